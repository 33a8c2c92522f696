"""Controls of Photometry: which catalogue, the one button, and what is said of the marked object."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.wording import counted
from spectragui.gui.actions import trigger
from spectragui.gui.forms.fitting_scroll_area import FittingScrollArea
from spectragui.gui.forms.running_job import RunningJob
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.photometry.catalogues import PANEL, copy_catalogue_command, show_catalogue
from spectragui.gui.photometry.predicting_catalogues import (
    PDF_TASK,
    Pdf,
    cancel_prediction,
    find_pdf,
    is_prediction_of,
    predict_catalogue,
    why_not,
)
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.theme.icons import icon
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.gui.session.photometry_state import OpenCatalogue

LEAST_WIDTH = 318  # as that of Parameters: the dock does not jump from tab to tab
MOST_REMARKS = 6


@register_panel(
    "Photometry controls",
    area="right",
    icon="mdi6.chart-scatter-plot",
    title=lambda _state: PANEL,
    is_available=lambda s: bool(s.catalogues),
    for_tab=PANEL,
)
class PhotometryControlsPanel(Panel):
    """Catalogue, Predict with progress and Cancel, the marked object, what was assumed."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.forms.elided_label import ElidedLabel
        from spectragui.gui.photometry.object_card import ObjectCard

        self.catalogues = QComboBox()
        self.catalogues.setAccessibleName("Catalogue")
        self.catalogues.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.catalogues.activated.connect(self._on_catalogue_chosen)
        self.models = QComboBox()
        self.models.setAccessibleName("Networks")
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.activated.connect(self._on_model_chosen)
        self.about = ElidedLabel()
        self.about.setProperty("role", "secondary")
        self.card = ObjectCard(session.theme)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "secondary")
        self.hint.setAccessibleName("What can be predicted")
        self.remarks = QLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setProperty("role", "secondary")
        self.remarks.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remarks.setAccessibleName("What was assumed")
        self._build()
        self.setMinimumWidth(LEAST_WIDTH)
        session.tasks.job_changed.connect(self._on_job_changed)
        self.repaint_theme()

    def _build(self) -> None:
        self.predict_button = QPushButton("Predict")
        self.predict_button.setProperty("primary", "true")
        self.predict_button.setToolTip("Predict every object of the catalogue (F8)")
        self.predict_button.clicked.connect(lambda: predict_catalogue(self.session))
        self._running = RunningJob("Progress of the prediction", lambda: cancel_prediction(self.session))
        self.columns_button = self._small(
            "Columns…", "Which column of the file is what", "photometry.columns"
        )
        self.type_button = self._small("Type an object…", "Type or paste magnitudes", "photometry.type")
        self.copy_button, self.close_button = QToolButton(), QToolButton()
        for button, name, tip in (
            (self.copy_button, "Copy as command line", "Copy the command line that predicts the same"),
            (self.close_button, "Close the catalogue", "Close this catalogue; Undo brings it back"),
        ):
            button.setAutoRaise(True)
            button.setAccessibleName(name)
            button.setToolTip(tip)
        self.copy_button.clicked.connect(lambda: copy_catalogue_command(self.session))
        self.close_button.clicked.connect(lambda: trigger(self.window(), "photometry.close"))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.catalogues, 1)
        first.addWidget(self.close_button)
        for widget in (self.columns_button, self.type_button):
            second.addWidget(widget)
        second.addStretch(1)
        second.addWidget(self.copy_button)
        for row in (first, second):
            row.setSpacing(6)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(first)
        layout.addWidget(self.about)
        layout.addLayout(second)
        for part in (self.models, self.predict_button, self._running, self.hint, self.card, self.remarks):
            layout.addWidget(part)
        layout.addStretch(1)
        scroll = FittingScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the catalogues and the marked object."""
        if old.catalogues is not new.catalogues or old.catalogue_id != new.catalogue_id:
            self._show_catalogues(new)
        elif old.photometry.model != new.photometry.model:
            self._show_models(new)
        if old.catalogue is not new.catalogue or old.catalogue_row != new.catalogue_row:
            self._show_object(new)

    def repaint_theme(self) -> None:
        """Draw the icons in the theme's colour."""
        self.copy_button.setIcon(icon("mdi6.console", self.session.theme))
        self.close_button.setIcon(icon("mdi6.close", self.session.theme))

    def _show_catalogues(self, state: AppState) -> None:
        self.catalogues.clear()
        for one in state.catalogues:
            self.catalogues.addItem(one.name, one.id)
            self.catalogues.setItemData(
                self.catalogues.count() - 1, one.path or "Typed here", Qt.ItemDataRole.ToolTipRole
            )
        self.catalogues.setCurrentIndex(self.catalogues.findData(state.catalogue_id))
        shown = state.catalogue
        if shown is None:
            return
        n_seen = len(shown.seen_bands)
        bands = shown.table.band_set
        self.about.set_full_text(
            f"{counted(len(shown.table), 'object')} · {n_seen} of {len(bands)} bands of {bands.title}"
        )
        self._show_models(state)
        self.columns_button.setEnabled(bool(shown.path))
        self.copy_button.setEnabled(bool(shown.path))
        remarks = [*shown.table.remarks, *(shown.result.remarks if shown.result is not None else ())]
        more = len(remarks) - MOST_REMARKS
        lines = [f"• {remark}" for remark in remarks[:MOST_REMARKS]]
        lines += [f"… and {more} more"] if more > 0 else []
        self.remarks.setText("\n".join(lines))
        self.remarks.setVisible(bool(lines))
        why = why_not(bands)
        self.predict_button.setEnabled(not why)
        self.predict_button.setText("Predict again" if shown.result is not None else "Predict")
        model = "" if shown.result is None else f"By {shown.result.model}."
        self.hint.setText(why or model or "Redshift, star or galaxy, stellar mass and type of every object.")
        self._show_running()

    def _show_object(self, state: AppState) -> None:
        shown = state.catalogue
        self.card.setVisible(shown is not None and state.catalogue_row >= 0)
        if shown is None or state.catalogue_row < 0:
            return
        self.card.show_object(shown, state.catalogue_row)
        if shown.result is not None:
            done = functools.partial(self._on_pdf_found, shown, state.catalogue_row)
            self.session.run(PDF_TASK, find_pdf, shown.result, state.catalogue_row, on_done=done)

    def _on_pdf_found(self, shown: OpenCatalogue, row: int, pdf: Pdf) -> None:
        state = self.session.state
        if state.catalogue is shown and state.catalogue_row == row:
            self.card.show_pdf(shown, row, pdf)

    def _on_catalogue_chosen(self, index: int) -> None:
        show_catalogue(self.session, str(self.catalogues.itemData(index)))

    def _show_models(self, state: AppState) -> None:
        """Offer what may take the place of a bundled network, where there is any."""
        from spectragui.inference.photometry.photometry_model import other_models

        shown = state.catalogue
        others = [] if shown is None else other_models(shown.table.band_set)
        self.models.clear()
        self.models.addItem("Bundled networks", "")
        self.models.setItemData(0, "All four networks that came with SpectraGUI", Qt.ItemDataRole.ToolTipRole)
        for number, card in enumerate(others, start=1):
            task = str(card.network.get("task", ""))
            self.models.addItem(f"{card.name} {card.version} for {task}", card.name)
            self.models.setItemData(number, card.summary, Qt.ItemDataRole.ToolTipRole)
        index = max(self.models.findData(state.photometry.model), 0)
        self.models.setCurrentIndex(index)
        self.models.setToolTip(str(self.models.itemData(index, Qt.ItemDataRole.ToolTipRole) or ""))
        self.models.setVisible(bool(others))

    def _on_model_chosen(self, index: int) -> None:
        chosen, state = str(self.models.itemData(index)), self.session.state
        if chosen != state.photometry.model:
            self.session.update(photometry=state.photometry.replace(model=chosen))

    def _on_job_changed(self, job: Job) -> None:
        if is_prediction_of(job, self.session.state.catalogue_id):
            self._show_running()

    def _show_running(self) -> None:
        shown = self.session.state.catalogue_id
        jobs = (job for job in self.session.tasks.active_jobs if is_prediction_of(job, shown))
        job = next(jobs, None)
        self._running.show_job(job)
        self.predict_button.setVisible(job is None)

    def _small(self, text: str, tip: str, action: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("narrow", "true")
        button.setToolTip(tip)
        button.clicked.connect(lambda: trigger(self.window(), action))
        return button
