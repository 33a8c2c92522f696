"""Controls of Parameters: model, options, the one button, and the numbers found."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
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

from spectragui.gui.actions import trigger
from spectragui.gui.forms.fitting_scroll_area import FittingScrollArea
from spectragui.gui.forms.running_job import RunningJob
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.parameters.predicting import (
    cancel_prediction,
    is_prediction_of,
    predict_many,
    shown_result,
)
from spectragui.gui.parameters.prediction_commands import copy_prediction_command
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Result
from spectragui.gui.spectra.open_spectra import select_result
from spectragui.gui.theme.icons import icon
from spectragui.inference.prediction import PredictOptions
from spectragui.workers.tasks import Job

LEAST_WIDTH = 318  # the widest card and a scroll bar: a dock does not grow when a result comes


@register_panel(
    "Parameters controls",
    area="right",
    icon="mdi6.tune",
    title=lambda _state: "Parameters",
    is_available=lambda s: bool(s.spectra),
    for_tab="Parameters",
)
class ParametersControlsPanel(Panel):
    """Model picker, options, Predict with progress and Cancel, the card of results, Kiel diagram."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.parameters.card import ParametersCard
        from spectragui.gui.parameters.parameters_options import OptionsForm
        from spectragui.gui.plots.kiel_diagram import KielDiagram

        self.models = QComboBox()
        self.models.setAccessibleName("Model")
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.activated.connect(self._on_model_chosen)
        self.form = OptionsForm()
        self.form.edited.connect(self._on_options_edited)
        self.card = ParametersCard()
        self.kiel = KielDiagram(session.theme)
        self.kiel.setFixedHeight(200)
        self.kiel.setToolTip("All results; dashed: what the model was trained on")
        self.kiel.point_clicked.connect(self._on_kiel_point_clicked)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setProperty("role", "secondary")
        self._build()
        self.setMinimumWidth(LEAST_WIDTH)
        session.tasks.job_changed.connect(self._on_job_changed)
        self._show_result(None)

    def _build(self) -> None:
        from spectragui.gui.forms.elided_label import ElidedLabel

        self.predict_button = QPushButton("Predict")
        self.predict_button.setProperty("primary", "true")
        self.predict_button.setToolTip("Read the parameters of the selected spectra (F5)")
        self.predict_button.clicked.connect(self._on_predict_clicked)
        self._options_button = QToolButton()
        self._options_button.setCheckable(True)
        self._options_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._options_button.setArrowType(Qt.ArrowType.RightArrow)
        self._options_button.setText("Options")
        self._options_button.toggled.connect(self._on_options_toggled)
        self._options_text = ElidedLabel()
        self._options_text.setProperty("role", "secondary")
        self.form.hide()
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        options = QHBoxLayout()
        options.setSpacing(6)
        options.addWidget(self._options_button)
        # Its room stays when it is hidden: else button and symbol would move under the pointer.
        policy = self._options_text.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._options_text.setSizePolicy(policy)
        options.addWidget(self._options_text, 1)
        options.addWidget(self._build_copy())
        layout.addWidget(self.models)
        layout.addLayout(options)
        layout.addWidget(self.form)
        layout.addWidget(self._build_action())
        for widget in (self._hint, self.card, self._build_robustness(), self.kiel, self.card.notes):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._scroll = scroll = FittingScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _build_robustness(self) -> QPushButton:
        """Return the button that tries how far the result holds."""
        self.robustness_button = QPushButton("Robustness of this result…")
        self.robustness_button.setToolTip(
            "Labels of this spectrum with more noise, less resolution, other continua and velocities"
        )
        self.robustness_button.clicked.connect(lambda: trigger(self.window(), "spectrum.robustness"))
        self.robustness_button.hide()
        return self.robustness_button

    def _build_copy(self) -> QToolButton:
        """Return the button that copies the command of the prediction."""
        button = self.copy_button = QToolButton()
        button.setAutoRaise(True)
        button.setToolTip("Copy the command line that predicts the same")
        button.setAccessibleName("Copy as command line")
        button.clicked.connect(lambda: copy_prediction_command(self.session))
        self.repaint_theme()
        return button

    def repaint_theme(self) -> None:
        """Draw the button's icon in the theme's colour."""
        self.copy_button.setIcon(icon("mdi6.console", self.session.theme))

    def _build_action(self) -> QWidget:
        """Return the place of the one button, and of progress and Cancel while it works."""
        self._running = RunningJob(
            "Progress of the prediction",
            lambda: cancel_prediction(self.session, self.session.state.selected_id),
        )
        self.progress_bar, self.progress_text = self._running.bar, self._running.text
        self.cancel_button = self._running.cancel_button
        place = QWidget()
        box = QVBoxLayout(place)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.predict_button)
        box.addWidget(self._running)
        return place

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the selection, the options and the results."""
        selected = new.selected
        if old.selected is not new.selected:
            self._fill_models(new)
            self._show_running(self._active_job(new.selected_id))
        if old.selected is not new.selected or old.options is not new.options:
            spectrum = selected.spectrum if selected else None
            self.form.show_options(new.options, spectrum)
            self._options_text.set_full_text(self.form.summary(spectrum))
            self._mark_model(new.options.model)
        if (
            old.selected is not new.selected
            or old.results is not new.results
            or old.selected_result_id != new.selected_result_id
        ):
            self._show_result(shown_result(new))
            from spectragui.gui.plots.kiel_diagram import kiel_points

            self.kiel.set_points(kiel_points(new), new.selected_result_id)
        self.predict_button.setEnabled(selected is not None and self.models.count() > 0)
        n_selected = len(new.selected_ids)
        result = shown_result(new)
        again = " again" if n_selected == 1 and result is not None and result.is_of_earlier_state else ""
        self.predict_button.setText(f"Predict {n_selected} spectra" if n_selected > 1 else f"Predict{again}")

    def _show_result(self, result: Result | None) -> None:
        for widget in (self.card, self.card.notes):
            widget.setVisible(result is not None)
        self._has_point = result is not None and result.prediction.network is not None
        self.robustness_button.setVisible(self._has_point)
        self._hint.setVisible(result is None)
        if result is not None:
            self.card.show_prediction(result.prediction)
        else:
            self._hint.setText(
                "Temperature, gravity, metallicity and more will stand here, with errors and a verdict."
            )
        self._fit_kiel()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show the Kiel diagram where there is room for the whole of it."""
        super().resizeEvent(event)
        self._fit_kiel()

    def _fit_kiel(self) -> None:
        """Show the diagram if its whole height fits under the card: a stub is worse than none."""
        column, width = self._scroll.widget(), self._scroll.viewport().width()
        layout = column.layout()
        self.kiel.hide()
        self.card.notes.setHidden(True)
        needed = layout.totalHeightForWidth(width)
        self.card.notes.setVisible(bool(self.card.notes.text()) and not self.card.isHidden())
        has_room = needed + layout.spacing() + self.kiel.height() <= self.height()
        self.kiel.setVisible(self._has_point and has_room)

    def _fill_models(self, state: AppState) -> None:
        from spectragui.core.errors import ModelError
        from spectragui.inference.parameters.model_store import (
            parameter_models,
            suggest_model,
            window_overlap,
        )

        self.models.clear()
        try:
            entries = parameter_models()
            suggested = suggest_model(state.selected.spectrum).card.name if state.selected else ""
        except ModelError as error:
            self._hint.setText(str(error))
            return
        for entry in entries:
            card = entry.card
            suits = state.selected is not None and window_overlap(state.selected.spectrum, card) > 0
            note = " — suggested" if suits and card.name == suggested else ""
            self.models.addItem(f"{card.name} {card.version}{note}", card.name)
            self.models.setItemData(self.models.count() - 1, card.summary, Qt.ItemDataRole.ToolTipRole)
        self._suggested = suggested
        self._mark_model(state.options.model)
        self._outline_training(entries)

    def _mark_model(self, name: str) -> None:
        index = self.models.findData(name or getattr(self, "_suggested", ""))
        if index >= 0:
            self.models.setCurrentIndex(index)
            self.models.setToolTip(str(self.models.itemData(index, Qt.ItemDataRole.ToolTipRole) or ""))

    def _outline_training(self, entries: list) -> None:
        name = self.models.currentData()
        ranges = {
            label.name: (label.minimum, label.maximum)
            for e in entries
            if e.card.name == name
            for label in e.card.labels
        }
        self.kiel.set_trained_range(ranges.get("teff"), ranges.get("logg"))

    def _on_model_chosen(self, index: int) -> None:
        name = str(self.models.itemData(index))
        chosen = "" if name == getattr(self, "_suggested", "") else name
        self._update_options("model", PredictOptions(**{**vars(self.session.state.options), "model": chosen}))

    def _on_options_edited(self, name: str, options: PredictOptions) -> None:
        self._update_options(name, options)

    def _update_options(self, name: str, options: PredictOptions) -> None:
        self.session.update(
            undo=f"Change {name.replace('_', ' ')}", gesture=f"options {name}", options=options
        )

    def _on_options_toggled(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._options_button.setArrowType(arrow)
        self.form.setVisible(is_open)
        self._options_text.setVisible(not is_open)

    def _on_predict_clicked(self) -> None:
        predict_many(self.session, self.session.state.selected_ids)

    def _on_kiel_point_clicked(self, result_id: str) -> None:
        select_result(self.session, result_id)

    def _active_job(self, spectrum_id: str) -> Job | None:
        jobs = self.session.tasks.active_jobs
        return next((job for job in jobs if is_prediction_of(job, spectrum_id) and job.is_active), None)

    def _on_job_changed(self, job: Job) -> None:
        selected = self.session.state.selected_id
        if is_prediction_of(job, selected):
            self._show_running(job if job.is_active else self._active_job(selected))

    def _show_running(self, job: Job | None) -> None:
        self._running.show_job(job)
        self.predict_button.setVisible(job is None)
