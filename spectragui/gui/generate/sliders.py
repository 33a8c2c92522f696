"""The sliders of Generate: one row a label, and one for each thing that observing does."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from spectragui.core.labels import LABELS
from spectragui.core.parameters import parameter_infos
from spectragui.core.spectral_axis import FASTEST_STAR_KMS
from spectragui.core.wording import with_true_minus
from spectragui.gui.forms.value_slider import Scale, SliderScale, ValueSlider
from spectragui.gui.session.generate_state import LABEL_FIELDS, OBSERVING_FIELDS, GenerateState
from spectragui.inference.generate.request import GenerateRequest

# Ends of the sliders, step, decimals and scale: somewhat beyond what models know, so that an
# extrapolation can be looked at; it is drawn, and said.
SLIDERS: dict[str, tuple[float, float, float, int, Scale]] = {
    "teff": (3500.0, 10_500.0, 10.0, 0, "linear"),
    "logg": (0.0, 5.5, 0.05, 2, "linear"),
    "m_h": (-3.0, 1.0, 0.05, 2, "linear"),
    "alpha_m": (-0.3, 0.7, 0.02, 2, "linear"),
    "vsini": (0.0, 350.0, 0.5, 1, "sqrt"),
    "vmic": (0.0, 5.0, 0.1, 2, "linear"),
    "resolving_power": (1000.0, 150_000.0, 1000.0, 0, "log"),
    "v_rad": (-FASTEST_STAR_KMS, FASTEST_STAR_KMS, 1.0, 2, "linear"),
    "extra_fwhm": (0.0, 100.0, 0.5, 1, "sqrt"),
    "snr": (0.0, 1000.0, 1.0, 0, "sqrt"),
}
LOW_TEXTS = {"snr": "no noise", "extra_fwhm": "none"}
TITLES = {"extra_fwhm": "Extra FWHM", "snr": "S/N"}


class GenerateRows(QWidget):
    """All sliders with their names; a box at each label says whether a fit may change it.

    Signals
    -------
    moved : str, float
        Name of the field, and its new value.
    ended
        A gesture is over.
    free_changed : tuple of str
        Labels that a fit may change.
    """

    moved = Signal(str, float)
    ended = Signal()
    free_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: dict[str, ValueSlider] = {}
        self.boxes: dict[str, QCheckBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)
        infos = parameter_infos(GenerateRequest)
        self._add_heading("Star", 0)
        for row, name in enumerate(LABEL_FIELDS, start=1):
            self._add_row(row, name, LABELS[name].symbol, LABELS[name].plain_symbol, infos[name].help)
            self._add_box(row, name)
        start = len(LABEL_FIELDS) + 2
        self._add_heading("Observed", start - 1)
        self._grid.addWidget(self._instrument_picker(), start - 1, 2)
        for row, name in enumerate(OBSERVING_FIELDS, start=start):
            label = LABELS.get(name)
            symbol = label.symbol if label else TITLES[name]
            self._add_row(row, name, symbol, label.plain_symbol if label else TITLES[name], infos[name].help)
        self.show_boxes(False)

    def _instrument_picker(self) -> QComboBox:
        """Return the list of instruments whose resolving power can be taken."""
        from spectragui.io.headers.instrument_facts import instrument_resolving_powers

        low, high = SLIDERS["resolving_power"][:2]
        self.instruments = QComboBox()
        self.instruments.setAccessibleName("Instrument")
        self.instruments.setToolTip("Take the resolving power of an instrument")
        self.instruments.setPlaceholderText("Instrument…")
        for name, power in instrument_resolving_powers():
            if low <= power <= high:
                self.instruments.addItem(f"{name}  {power:,.0f}", power)
        self.instruments.setCurrentIndex(-1)
        self.instruments.activated.connect(self._on_instrument_chosen)
        return self.instruments

    def _on_instrument_chosen(self, index: int) -> None:
        self.moved.emit("resolving_power", float(self.instruments.itemData(index)))
        self.ended.emit()

    def show_state(self, state: GenerateState) -> None:
        """Put all sliders where the state has them."""
        power = self.instruments.currentData()
        if power is not None and float(power) != state.request.resolving_power:
            self.instruments.setCurrentIndex(-1)
        for name, slider in self.sliders.items():
            value = float(getattr(state.request, name))
            if slider.value != value:
                slider.set_value(value)
        for name, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(name in state.free)
            box.blockSignals(False)

    def show_known(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Draw the trained ranges on the grooves."""
        for name, slider in self.sliders.items():
            known = ranges.get(name)
            slider.set_known(known)
            if known is not None:
                info = parameter_infos(GenerateRequest)[name]
                unit = f" {LABELS[name].unit}" if name in LABELS and LABELS[name].unit else ""
                trained = f"Trained from {known[0]:,g} to {known[1]:,g}{unit}."
                slider.setToolTip(with_true_minus(f"{info.help} {trained}").strip())

    def show_boxes(self, shown: bool) -> None:
        """Show or hide the boxes of the fit."""
        for box in self.boxes.values():
            box.setVisible(shown)

    def _add_heading(self, text: str, row: int) -> None:
        heading = QLabel(text)
        heading.setProperty("role", "heading")
        self._grid.addWidget(heading, row, 0, 1, 2)

    def _add_row(self, row: int, name: str, symbol: str, plain_name: str, help_text: str) -> None:
        low, high, step, decimals, scale = SLIDERS[name]
        unit = parameter_infos(GenerateRequest)[name].unit
        slider = ValueSlider(
            SliderScale(
                low,
                high,
                step=step,
                decimals=decimals,
                unit="" if unit == "dex" else unit,
                scale=scale,
                low_text=LOW_TEXTS.get(name, ""),
            )
        )
        slider.set_name(plain_name)
        slider.setToolTip(help_text)
        slider.value_changed.connect(lambda value: self.moved.emit(name, value))
        slider.edit_ended.connect(self.ended)
        title = QLabel(symbol)
        title.setTextFormat(Qt.TextFormat.RichText)
        title.setBuddy(slider)
        self.sliders[name] = slider
        self._grid.addWidget(title, row, 1)
        self._grid.addWidget(slider, row, 2)

    def _add_box(self, row: int, name: str) -> None:
        box = QCheckBox()
        box.setToolTip(f"Whether a fit may change {LABELS[name].plain_symbol}")
        box.setAccessibleName(f"Fit {LABELS[name].plain_symbol}")
        box.toggled.connect(lambda _on: self.free_changed.emit(self._free()))
        self.boxes[name] = box
        self._grid.addWidget(box, row, 0)

    def _free(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.boxes.items() if box.isChecked())
