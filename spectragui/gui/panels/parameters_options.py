"""What a user may tell the prediction: a form built from the fields of `PredictOptions`."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QWidget

from spectragui.core.parameters import ParameterInfo, parameter_infos
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.prediction import PredictOptions


class OptionsForm(QWidget):
    """One row a field; every field can be left to the program.

    Signals
    -------
    changed : str, PredictOptions
        Name of the field that was edited, and the options after it.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = PredictOptions()
        self._is_showing = False
        self.controls: dict[str, QWidget] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, info) in enumerate(parameter_infos(PredictOptions).items()):
            control = self._make_control(name, info)
            control.setToolTip(_tooltip(info))
            control.setAccessibleName(info.label)
            self.controls[name] = control
            if isinstance(control, QCheckBox):
                grid.addWidget(control, row, 0, 1, 2)
                continue
            title = QLabel(info.label)
            title.setProperty("role", "secondary")
            title.setBuddy(control)
            grid.addWidget(title, row, 0)
            grid.addWidget(control, row, 1)

    def show_options(self, options: PredictOptions, spectrum: AnySpectrum | None) -> None:
        """Show options, and what is taken for those left alone."""
        self._options = options
        self._is_showing = True
        for name, info in parameter_infos(PredictOptions).items():
            value, control = getattr(options, name), self.controls[name]
            if isinstance(control, QCheckBox):
                control.setChecked(bool(value))
            elif isinstance(control, QComboBox):
                control.setItemText(0, automatic_text(name, spectrum))
                control.setCurrentIndex(0 if value is None else 1 + info.choices.index(value))
            elif isinstance(control, QDoubleSpinBox):
                control.setSpecialValueText(automatic_text(name, spectrum))
                control.setValue(control.minimum() if value is None else float(value))
        self._is_showing = False

    def summary(self, spectrum: AnySpectrum | None) -> str:
        """Return the options in a line, as "R from the file, air, velocity measured, with fit"."""
        options = self._options
        known = {
            "R": automatic_text("resolving_power", spectrum)
            if options.resolving_power is None
            else f"{options.resolving_power:,.0f}",
            "": automatic_text("medium", spectrum) if options.medium is None else options.medium,
            "velocity": "measured" if options.v_rad is None else f"{options.v_rad:g} km/s",
        }
        words = [f"{name} {value}".strip() for name, value in known.items()]
        return " · ".join([*words, "with fit" if options.refine else "no fit"])

    def _make_control(self, name: str, info: ParameterInfo) -> QWidget:
        if info.choices:
            box = QComboBox()
            box.addItems(["from the file", *info.choices])
            box.activated.connect(lambda i: self._set(name, None if i == 0 else info.choices[i - 1]))
            return box
        if info.minimum is None:
            check = QCheckBox(info.label)
            check.toggled.connect(lambda on: self._set(name, on))
            return check
        spin = _AutomaticSpinBox()
        step = info.step or 1.0
        spin.setDecimals(0 if step >= 100 else 2)
        spin.setRange(info.minimum - step, info.maximum if info.maximum is not None else 1e9)
        spin.setSingleStep(step)
        spin.setGroupSeparatorShown(step >= 100)
        spin.setKeyboardTracking(False)
        spin.setSuffix(f" {info.unit}" if info.unit else "")
        spin.setSpecialValueText("from the file")
        spin.valueChanged.connect(
            lambda value: self._set(name, None if value < (info.minimum or 0.0) else float(value))
        )
        return spin

    def _set(self, name: str, value: Any) -> None:
        if not self._is_showing and getattr(self._options, name) != value:
            self._options = dataclasses.replace(self._options, **{name: value})
            self.changed.emit(name, self._options)


def automatic_text(name: str, spectrum: AnySpectrum | None) -> str:
    """Return what is taken where an option is left alone: "115,000 (file)", "measured"."""
    if name == "v_rad":
        return "measured"
    if spectrum is None:
        return "from the file"
    first = orders_of(spectrum)[0]
    if name == "medium":
        axis = first.spectral_axis
        if not axis.is_medium_known:
            return "unknown: air assumed"
        return f"{axis.medium} ({'assumed' if axis.is_medium_assumed else 'file'})"
    power = {**first.meta, **spectrum.meta}.get("resolving_power")
    return f"{float(power):,.0f} (file)" if power else "unknown: estimated"


class _AutomaticSpinBox(QDoubleSpinBox):
    """Spin box whose lowest value means "left alone"; the first step leads to zero, or the least value."""

    def stepBy(self, steps: int) -> None:  # noqa: N802
        if self.value() > self.minimum():
            super().stepBy(steps)
        elif steps > 0:
            self.setValue(max(0.0, self.minimum() + self.singleStep()))


def _tooltip(info: ParameterInfo) -> str:
    if info.minimum is None or info.maximum is None:
        return info.help
    return f"{info.help} Between {info.minimum:,.0f} and {info.maximum:,.0f} {info.unit}".strip() + "."
