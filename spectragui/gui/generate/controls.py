"""Controls of Generate: model, presets, sliders, the observed spectrum, fit, and what to do with it."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.results import CHI2_WORDS, format_chi2
from spectragui.gui.generate.generating import (
    FIT_TASK,
    change_generation,
    fit_options,
    found_labels,
    generation_words,
    keep_generated,
    observing_values,
    run_fit,
    shown_backdrop,
    shown_request,
    start_from_result,
    take_fit,
)
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.generate_state import CVAE, EMULATOR, MODEL_WORDS, SAMPLES_SHOWN, GenerateState
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.command_lines import copy_command
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.inference.generate.fit_labels import LabelFit

MODES = (  # what is drawn: title, model, whether the other one too, samples
    ("CVAE", CVAE, False, 0),
    ("CVAE with samples", CVAE, False, SAMPLES_SHOWN),
    ("Emulator", EMULATOR, False, 0),
    ("Both, and their difference", CVAE, True, 0),
)


@register_panel(
    "Generate controls",
    area="right",
    icon="mdi6.tune-variant",
    title=lambda _state: "Generate",
    is_available=lambda s: bool(s.spectra) or s.active_panel == "Generate",
    for_tab="Generate",
)
class GenerateControlsPanel(Panel):
    """Sliders of the generated spectrum, and what can be done with it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.generate.fit_card import FitCard
        from spectragui.gui.generate.sliders import GenerateRows

        self.modes, self.presets = QComboBox(), QComboBox()
        self.rows = GenerateRows()
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.setProperty("role", "caution")
        self.warning.hide()
        self.over = QCheckBox("Over the selected spectrum")
        self.fit_quality = QLabel()
        self.fit_quality.setWordWrap(True)
        self.fit_quality.setProperty("role", "secondary")
        self.fit_quality.setToolTip(f"<p>{CHI2_WORDS}</p>")
        self.start_button, self.fit_button = QPushButton("Start from prediction"), QPushButton("Fit")
        self.keep_button, self.copy_button = QPushButton("Keep as spectrum"), QPushButton("Copy command")
        self.card = FitCard()
        self._build()
        self._connect()
        self._fitted_id = ""
        self.apply(AppState(), session.state)
        self.rows.show_state(session.state.generate)
        self._show_model(session.state.generate)

    def _build(self) -> None:
        for title, *_ in MODES:
            self.modes.addItem(title)
        self.modes.setAccessibleName("Model")
        self.modes.setToolTip("Which model generates the spectrum")
        self.presets.setAccessibleName("Preset")
        self.presets.setToolTip("Labels of a known star")
        self.presets.setPlaceholderText("Star…")
        self._fill_presets()
        self.keep_button.setProperty("primary", "true")
        self.keep_button.setToolTip("Add the generated spectrum to the tree, from where it can be saved")
        self.copy_button.setToolTip("Copy the command line that generates the same spectrum")
        self.start_button.setToolTip("Put the sliders where the prediction of the selected spectrum is")
        self.fit_button.setToolTip("Least squares over the ticked labels, from where the sliders are")
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip("All sliders back to the Sun; over a spectrum its velocity and R stay")
        self.reset_button.clicked.connect(self._on_reset)
        top = QGridLayout()
        top.setSpacing(8)
        top.addWidget(self.modes, 0, 0, 1, 2)
        top.addWidget(self.presets, 1, 0)
        top.addWidget(self.reset_button, 1, 1)
        top.setColumnStretch(0, 1)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.rows)
        layout.addWidget(self.over)
        layout.addLayout(_row(self.start_button, self.fit_button))
        for words in (
            self.warning,
            self.fit_quality,
        ):  # below the buttons, which stay where they are
            layout.addWidget(words)
        layout.addWidget(self.card)
        layout.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(_row(self.copy_button, self.keep_button))

    def _connect(self) -> None:
        self.modes.activated.connect(self._on_mode_chosen)
        self.presets.activated.connect(self._on_preset_chosen)
        self.rows.moved.connect(self._on_slider_moved)
        self.rows.ended.connect(self._on_gesture_ended)
        self.rows.free_changed.connect(lambda free: self._update("Choose labels to fit", free=free))
        self.over.toggled.connect(lambda on: self._update("Lay over the spectrum", is_over_observed=on))
        self.start_button.clicked.connect(lambda: start_from_result(self.session))
        self.fit_button.clicked.connect(self._on_fit_clicked)
        self.keep_button.clicked.connect(lambda: keep_generated(self.session))
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.session.tasks.job_changed.connect(self._on_job_changed)
        self.card.more.toggled.connect(lambda _: self._show_card())
        self._gesture = 0

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow sliders, selection and results."""
        if old.generate is not new.generate:
            self.presets.setCurrentIndex(-1)
            self.rows.show_state(new.generate)
            self._show_model(new.generate)
        if old.generation is not new.generation:
            self._show_warning(() if new.generation is None else new.generation.extrapolated)
        if (
            old.generate is not new.generate
            or old.selected is not new.selected
            or old.results is not new.results
            or old.generation is not new.generation
        ):
            self._show_observed(new)

    def _show_model(self, state: GenerateState) -> None:
        from spectragui.inference.generate.generate_spectrum import label_ranges

        wanted = (state.request.model, state.compares, state.request.samples > 0)
        for index, (_, model, compares, samples) in enumerate(MODES):
            if (model, compares, samples > 0) == wanted:
                self.modes.setCurrentIndex(index)
        self.rows.show_known(label_ranges(state.request.model))

    def _show_warning(self, sentences: tuple[str, ...]) -> None:
        self.warning.setText("! Extrapolated. " + " ".join(sentences))
        self.warning.setVisible(bool(sentences))

    def _show_observed(self, state: AppState) -> None:
        item = state.selected
        self.over.blockSignals(True)
        self.over.setChecked(state.generate.is_over_observed)
        self.over.blockSignals(False)
        self.over.setEnabled(item is not None)
        self.over.setText(f"Over {item.name}" if item is not None else "Over the selected spectrum")
        is_over = state.generate.is_over_observed and item is not None
        self.rows.show_boxes(is_over)
        self.start_button.setEnabled(found_labels(state) is not None)
        self.fit_button.setEnabled(is_over and bool(state.generate.free))
        for button in (self.start_button, self.fit_button):
            button.setVisible(item is not None)
        self.card.setVisible(is_over and self._fitted_id == state.selected_id)
        over = state.generation.overlay if state.generation is not None and is_over else None
        self.fit_quality.setVisible(over is not None)
        if over is not None:
            model = MODEL_WORDS[state.generate.request.model]
            self.fit_quality.setText(
                f"Observed − {model}: rms\u00a0{100 * over.rms:.2f}\u00a0%, "
                f"reduced\u00a0χ²\u00a0{format_chi2(over.rchi2)}"
            )

    def _fill_presets(self) -> None:
        from spectragui.inference.generate.generate_spectrum import presets

        for preset in presets():
            self.presets.addItem(preset.name, preset)
            self.presets.setItemData(self.presets.count() - 1, preset.source, 3)  # tooltip
        self.presets.setCurrentIndex(-1)

    def _update(self, undo: str, **changes: Any) -> None:
        generate = dataclasses.replace(self.session.state.generate, **changes)
        self.session.update(undo=undo, generate=generate)

    def _on_mode_chosen(self, index: int) -> None:
        title, model, compares, samples = MODES[index]
        generate = self.session.state.generate.with_request(model=model, samples=samples)
        generate = dataclasses.replace(generate, compares=compares)
        self.session.update(undo=f"Choose {title}", generate=generate)

    def _on_preset_chosen(self, index: int) -> None:
        preset = self.presets.itemData(index)
        change_generation(self.session, "", f"Choose {preset.name}", **preset.labels)
        self.presets.setCurrentIndex(index)

    def _on_reset(self) -> None:
        request, backdrop = self.session.state.generate.request, shown_backdrop(self.session.state)
        # Over a spectrum, velocity and resolution are the observation's.
        kept = {} if backdrop is None else observing_values(backdrop)
        default = GenerateState().with_request(model=request.model, samples=request.samples, **kept)
        self._update("Reset the sliders", request=default.request)

    def _on_slider_moved(self, name: str, value: float) -> None:
        change_generation(self.session, f"slider {name} {self._gesture}", f"Change {name}", **{name: value})

    def _on_gesture_ended(self) -> None:
        self._gesture += 1

    def _on_copy_clicked(self) -> None:
        copy_command(self.session, lambda: generation_words(shown_request(self.session.state)))

    def _on_fit_clicked(self) -> None:
        item = self.session.state.selected
        if item is None:
            return
        self.session.run(
            FIT_TASK,
            run_fit,
            item.spectrum,
            self.session.state.generate,
            fit_options(self.session.state),
            title=f"Fitting {item.name}",
            pool="inference",
            on_done=functools.partial(self._on_fitted, item.id),
        )

    def _on_fitted(self, spectrum_id: str, fit: LabelFit) -> None:
        if self.session.state.selected_id != spectrum_id:
            return
        self._fitted_id = spectrum_id
        self.card.show_fit(fit)
        take_fit(self.session, fit)
        self._show_observed(self.session.state)
        self._show_card()

    def _show_card(self) -> None:
        """Bring the whole card of the fit into sight, once it has its size."""
        QTimer.singleShot(0, self.card, self._scroll_to_card)

    def _scroll_to_card(self) -> None:
        column = self._scroll.widget()
        if self.card.isVisible() and column.layout() is not None:
            column.layout().activate()
            self._scroll.ensureWidgetVisible(self.card, 0, 0)

    def _on_job_changed(self, job: Job) -> None:
        if job.key == FIT_TASK:
            self.fit_button.setText("Fitting …" if job.is_active else "Fit")
            self.fit_button.setEnabled(not job.is_active)


def _row(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for button in buttons:
        row.addWidget(button, 1)
    return row
