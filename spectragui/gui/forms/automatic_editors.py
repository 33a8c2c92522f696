"""Editors of parameters that can be left to the program: their value is then None."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from spectragui.core.parameters import ParameterInfo
from spectragui.gui.forms.editors import LARGEST, Editor
from spectragui.gui.forms.number_box import NumberBox

COARSE_STEP = 100.0  # from which on numbers have no decimals


class AutomaticChoiceEditor(Editor):
    """List whose first entry leaves the choice to the program."""

    def __init__(self, info: ParameterInfo, value: str | None) -> None:
        self._choices = info.choices
        self._box = QComboBox()
        self._box.addItems(["", *info.choices])
        super().__init__(self._box)
        self.set_value(value)
        self._box.activated.connect(self._on_chosen)

    def set_value(self, value: str | None) -> None:
        """Show a value."""
        self._box.setCurrentIndex(0 if value is None else 1 + self._choices.index(value))

    def set_automatic(self, text: str) -> None:
        """Say what is taken where the choice is left to the program."""
        self._box.setItemText(0, text)

    def _on_chosen(self, index: int) -> None:
        self.value_changed.emit(None if index == 0 else self._choices[index - 1])
        self.edit_ended.emit()


class AutomaticSpinEditor(Editor):
    """Spin box whose lowest value leaves the number to the program."""

    def __init__(self, info: ParameterInfo, value: float | None) -> None:
        self._lowest = info.minimum if info.minimum is not None else 0.0
        self._spin = _AutomaticSpinBox()
        step = info.step or 1.0
        self._spin.setDecimals(0 if step >= COARSE_STEP else 2)
        self._spin.setRange(self._lowest - step, info.maximum if info.maximum is not None else LARGEST)
        self._spin.setSingleStep(step)
        self._spin.setGroupSeparatorShown(step >= COARSE_STEP)
        self._spin.setKeyboardTracking(False)
        self._spin.setSuffix(f" {info.unit}" if info.unit else "")
        super().__init__(self._spin)
        self.set_value(value)
        self._spin.valueChanged.connect(self._on_changed)
        self._spin.editingFinished.connect(self.edit_ended)

    def set_value(self, value: float | None) -> None:
        """Show a value."""
        self._spin.blockSignals(True)
        self._spin.setValue(self._spin.minimum() if value is None else float(value))
        self._spin.blockSignals(False)

    def set_automatic(self, text: str) -> None:
        """Say what is taken where the number is left to the program."""
        self._spin.setSpecialValueText(text)

    def _on_changed(self, value: float) -> None:
        self.value_changed.emit(None if value < self._lowest else float(value))


class _AutomaticSpinBox(NumberBox):
    """Spin box whose lowest value means "left alone"; the first step leads to zero, or the least value."""

    def stepBy(self, steps: int) -> None:  # noqa: N802
        if self.value() > self.minimum():
            super().stepBy(steps)
        elif steps > 0:
            self.setValue(max(0.0, self.minimum() + self.singleStep()))
