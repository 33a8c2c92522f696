"""Controls of Denoise: model, the one button, the proof, the tools, and what comes between exposures."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, QTimer
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

from spectragui.core.errors import ModelError
from spectragui.gui.actions import trigger
from spectragui.gui.denoise.denoising import (
    cancel_denoising,
    copy_denoising_command,
    denoise_many,
    forget_trial,
    is_denoising_of,
    keep_denoised,
    source_of,
    try_line_change,
)
from spectragui.gui.denoise.fitting import FIT_TASK, fit_from_here
from spectragui.gui.forms.fitting_scroll_area import FittingScrollArea
from spectragui.gui.forms.running_job import RunningJob
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import select_spectrum
from spectragui.gui.theme.icons import icon
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.workers.tasks import Job

REASON_ROLE = Qt.ItemDataRole.UserRole + 1  # why a model of the picker does not serve the spectrum
LEAST_WIDTH = 318  # as that of Parameters: the dock does not jump from tab to tab


@register_panel(
    "Denoise controls",
    area="right",
    icon="mdi6.blur-off",
    title=lambda _state: "Denoise",
    is_available=lambda s: bool(s.spectra),
    for_tab="Denoise",
)
class DenoiseControlsPanel(Panel):
    """Model picker, Denoise with progress and Cancel, the proof, tools, exposures."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.denoise.exposures import ExposuresView
        from spectragui.gui.denoise.fit_view import FitView
        from spectragui.gui.denoise.line_tools import LineTools
        from spectragui.gui.denoise.proof_card import DenoiseCard
        from spectragui.gui.forms.parameter_form import ParameterForm

        self.models = QComboBox()
        self.models.setAccessibleName("Denoiser")
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.activated.connect(self._on_model_chosen)
        self.form = ParameterForm(DenoiseOptions(), leave_out=("model", "device"), is_narrow=True)
        self.form.set_automatic({"v_rad": "found on the way"})
        self.form.edited.connect(self._on_options_edited)
        self.card, self.tools, self.exposures = DenoiseCard(), LineTools(), ExposuresView()
        self.fit = FitView()
        self.not_served = QLabel()
        self.not_served.setWordWrap(True)
        self.not_served.setProperty("role", "secondary")
        self.not_served.hide()
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setProperty("role", "secondary")
        self._suggested = ""
        self._build()
        self._connect()
        self.setMinimumWidth(LEAST_WIDTH)
        self._show_denoising(session.state)
        self.exposures.show_state(session.state)

    def _build(self) -> None:
        self.denoise_button = QPushButton("Denoise")
        self.denoise_button.setProperty("primary", "true")
        self.denoise_button.setToolTip("Denoise the selected spectra (F7); they stay as they are")
        self.keep_button = QPushButton("Keep as spectrum")
        self.keep_button.setToolTip("Put the denoised spectrum into the tree, from where it can be saved")
        self._running = RunningJob(
            "Progress of the denoising",
            lambda: cancel_denoising(self.session, self._source_id()),
        )
        self.options_button, self.tools_button = _fold("Options", self.form), _fold("Try a line", self.tools)
        self.copy_button = QToolButton()
        self.copy_button.setAutoRaise(True)
        self.copy_button.setToolTip("Copy the command line that denoises the same")
        self.copy_button.setAccessibleName("Copy as command line")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.options_button)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.models)
        layout.addWidget(self.not_served)
        layout.addLayout(row)
        parts: tuple[QWidget, ...] = (
            *(self.form, self.denoise_button, self._running, self._hint, self.card, self.keep_button),
            *(self.fit, self.tools_button, self.tools, _heading("Between exposures"), self.exposures),
        )
        for part in parts:
            layout.addWidget(part)
        layout.addStretch(1)
        self._scroll = scroll = FittingScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.repaint_theme()

    def _connect(self) -> None:
        session = self.session
        self.denoise_button.clicked.connect(lambda: denoise_many(session, session.state.selected_ids))
        self.keep_button.clicked.connect(lambda: keep_denoised(session))
        self.copy_button.clicked.connect(lambda: copy_denoising_command(session))
        self.card.place_clicked.connect(self._on_place_clicked)
        self.fit.fit_wanted.connect(lambda: fit_from_here(session))
        self.tools_button.toggled.connect(lambda is_open: self._show_tools() if is_open else None)
        self.tools.tried.connect(lambda change: try_line_change(session, change))
        self.tools.forgotten.connect(lambda: forget_trial(session))
        self.exposures.watch_wanted.connect(lambda: trigger(self.window(), "file.watch_exposures"))
        self.exposures.sum_wanted.connect(self._on_sum_wanted)
        self.exposures.snr_wanted.connect(self._on_snr_wanted)
        self.exposures.error_wanted.connect(self._on_error_wanted)
        session.tasks.job_changed.connect(self._on_job_changed)

    def repaint_theme(self) -> None:
        """Draw the button's icon in the theme's colour."""
        self.copy_button.setIcon(icon("mdi6.console", self.session.theme))

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the selection, the options, the results and the exposures."""
        if old.selected is not new.selected:
            self._fill_models(new)
            self._show_running()
        if old.denoise is not new.denoise or old.selected is not new.selected:
            self.form.set_values(new.denoise.options)
            self._mark_model(new.denoise.options.model)
        before = old.denoising(old.selected_id)
        if old.selected is not new.selected or before is not new.denoising(new.selected_id):
            self._show_denoising(new)
        if (
            any(
                getattr(old, name) is not getattr(new, name)
                for name in ("night", "watch", "spectra", "denoise", "denoisings")
            )
            or old.selected_id != new.selected_id
        ):
            self.exposures.show_state(new)
        shown = new.denoising(new.selected_id)
        is_kept = shown is not None and new.spectrum(shown.kept_id) is not None
        self.keep_button.setVisible(self.card.isVisibleTo(self) and not is_kept)
        n_selected = len(new.selected_ids)
        self.denoise_button.setEnabled(new.selected is not None and self.models.count() > 0)
        self.denoise_button.setText(f"Denoise {n_selected} spectra" if n_selected > 1 else "Denoise")

    def open_tool(self, kind: int) -> None:
        """Show the form of a tool: `INJECT` or `DEEPEN`."""
        self.tools.kinds.setCurrentIndex(kind)
        self.tools_button.setChecked(True)
        self._show_tools()

    def _show_tools(self) -> None:
        """Bring the tools into view, once the column has been laid out."""
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self.tools, 0, 8))

    def _show_denoising(self, state: AppState) -> None:
        denoising = state.denoising(state.selected_id)
        item = None if denoising is None else state.spectrum(denoising.spectrum_id)
        shown = denoising if item is not None else None
        self.card.setVisible(shown is not None)
        self._hint.setVisible(shown is None)
        self.tools_button.setVisible(shown is not None)
        self.tools.setVisible(shown is not None and self.tools_button.isChecked())
        self.tools.show_denoising(shown)
        self.fit.show_denoising(shown)
        if shown is not None and shown.trial is not None and self.tools.isVisible():
            self._show_tools()
        if shown is None or item is None:
            self._hint.setText(
                "S/N before and after, whether the residual is noise, how strong lines changed and where the "
                "network removed or invented signal will stand here."
            )
            return
        self.card.show_denoising(shown, item.spectrum is not shown.spectrum)
        wavelength = shown.denoised.spectrum.wavelength_aa[shown.denoised.spectrum.good]
        self.tools.offer_wavelength(float(wavelength[wavelength.size // 2]))

    def _fill_models(self, state: AppState) -> None:
        from spectragui.inference.denoise.denoiser_choice import denoiser_choices

        self.models.clear()
        source = source_of(self.session, state.selected_id)
        try:
            choices = denoiser_choices(None if source is None else source.spectrum)
        except ModelError as error:
            self._hint.setText(str(error))
            return
        self._suggested = choices[0].name if choices else ""
        for number, choice in enumerate(choices):
            is_suggested = number == 0 and source is not None and not choice.reason
            word = " — suggested" if is_suggested else " — not for this spectrum" if choice.reason else ""
            self.models.addItem(f"{choice.name} {choice.entry.card.version}{word}", choice.name)
            told = choice.reason or choice.entry.card.summary
            self.models.setItemData(number, told, Qt.ItemDataRole.ToolTipRole)
            self.models.setItemData(number, choice.reason, REASON_ROLE)
        self._mark_model(state.denoise.options.model)

    def _mark_model(self, name: str) -> None:
        index = self.models.findData(name or self._suggested)
        if index >= 0:
            self.models.setCurrentIndex(index)
            self.models.setToolTip(str(self.models.itemData(index, Qt.ItemDataRole.ToolTipRole) or ""))
            reason = str(self.models.itemData(index, REASON_ROLE) or "")
            self.not_served.setText(reason)
            self.not_served.setVisible(bool(reason))

    def _on_model_chosen(self, index: int) -> None:
        name = str(self.models.itemData(index))
        chosen = "" if name == self._suggested else name
        options = dataclasses.replace(self.session.state.denoise.options, model=chosen)
        self._on_options_edited("model", options)

    def _on_options_edited(self, name: str, options: DenoiseOptions) -> None:
        told = dataclasses.replace(options, model=options.model or "")
        state = dataclasses.replace(self.session.state.denoise, options=told)
        self.session.update(undo=f"Change {name.replace('_', ' ')}", gesture=f"denoise {name}", denoise=state)

    def _on_place_clicked(self, start_aa: float, stop_aa: float) -> None:
        panel = self.window().panel("Denoise")  # type: ignore[attr-defined]
        panel.show_place(start_aa, stop_aa)

    def _on_sum_wanted(self) -> None:
        night = self.session.state.night
        if night is not None:
            select_spectrum(self.session, night.coadd_id)

    def _on_snr_wanted(self, snr: float) -> None:
        state = dataclasses.replace(self.session.state.denoise, wanted_snr=snr)
        self.session.update(undo="Change the wanted S/N", gesture="denoise wanted", denoise=state)

    def _on_error_wanted(self, label: str, error: float) -> None:
        state = dataclasses.replace(self.session.state.denoise, wanted_label=label, wanted_error=error)
        self.session.update(undo="Change the wanted error", gesture="denoise error", denoise=state)

    def _source_id(self) -> str:
        item = source_of(self.session, self.session.state.selected_id)
        return "" if item is None else item.id

    def _on_job_changed(self, job: Job) -> None:
        if is_denoising_of(job, self._source_id()):
            self._show_running()
        if job.key == FIT_TASK:
            self.fit.set_running(any(one.key == FIT_TASK for one in self.session.tasks.active_jobs))

    def _show_running(self) -> None:
        source = self._source_id()
        jobs = (job for job in self.session.tasks.active_jobs if is_denoising_of(job, source))
        job = next(jobs, None)
        self._running.show_job(job)
        self.denoise_button.setVisible(job is None)


def _fold(title: str, widget: QWidget) -> QToolButton:
    """Return a button that shows a widget, and hides it again."""
    button = QToolButton()
    button.setCheckable(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setArrowType(Qt.ArrowType.RightArrow)
    button.setText(title)

    def show(is_open: bool) -> None:
        button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        widget.setVisible(is_open)

    button.toggled.connect(show)
    widget.hide()
    return button


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
