"""Editors of single parameters: each shows a value, tells of edits, and takes an edit back on Esc."""

from __future__ import annotations

import math
import re
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from spectragui.core.errors import SettingsError
from spectragui.core.parameters import Kind, ParameterInfo
from spectragui.gui.forms.number_box import NumberBox, WholeNumberBox, decimals_for
from spectragui.gui.forms.tuple_text import EXAMPLES, tuple_from_text, tuple_to_text
from spectragui.gui.forms.value_slider import SliderScale, ValueSlider

LARGEST = 1e9  # of spin boxes without a limit
LOG_RATIO = 300.0  # a positive range that spans more has a logarithmic slider
LONGEST_ZERO_TEXT = 10  # characters: a spin box holds no more
STEPS = 200  # of a slider whose parameter names none


class Editor(QWidget):
    """A control for one value.

    Signals
    -------
    value_changed : object
        The value after an edit; not by `set_value`.
    edit_ended
        A gesture is over: the next edit is another entry in the history.
    refused : str
        What was typed cannot be used, and why; empty = it can now.
    """

    value_changed = Signal(object)
    edit_ended = Signal()
    refused = Signal(str)

    def __init__(self, control: QWidget) -> None:
        super().__init__()
        self.control = control
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(control)
        self.setFocusProxy(control)

    def set_value(self, value: Any) -> None:
        """Show a value; it is not told as an edit."""
        raise NotImplementedError

    def set_automatic(self, text: str) -> None:
        """Say what is taken where the parameter is left to the program; most cannot be."""

    def set_name(self, name: str, tip: str) -> None:
        """Name the control for screen readers and explain it."""
        self.control.setAccessibleName(name)
        self.setToolTip(tip)


class CheckEditor(Editor):
    """Check box of a yes or no."""

    def __init__(self, info: ParameterInfo, value: bool) -> None:
        self._box = QCheckBox(info.label)
        super().__init__(self._box)
        self.set_value(value)
        self._box.toggled.connect(self._on_toggled)

    def set_value(self, value: bool) -> None:
        """Show a value."""
        self._box.blockSignals(True)
        self._box.setChecked(value)
        self._box.blockSignals(False)

    def _on_toggled(self, is_on: bool) -> None:
        self.value_changed.emit(is_on)
        self.edit_ended.emit()


class ChoiceEditor(Editor):
    """List of a few allowed words."""

    def __init__(self, info: ParameterInfo, value: str) -> None:
        self._box = QComboBox()
        self._box.addItems(info.choices)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(8)
        super().__init__(self._box)
        self.set_value(value)
        self._box.currentTextChanged.connect(self._on_chosen)

    def set_value(self, value: str) -> None:
        """Show a value."""
        self._box.blockSignals(True)
        self._box.setCurrentText(value)
        self._box.blockSignals(False)

    def _on_chosen(self, text: str) -> None:
        self.value_changed.emit(text)
        self.edit_ended.emit()


class SliderEditor(Editor):
    """Slider, spin box and unit of a number with two limits."""

    def __init__(self, info: ParameterInfo, value: float, default: float) -> None:
        assert info.minimum is not None and info.maximum is not None
        low, high = info.minimum, info.maximum
        self._is_whole = isinstance(default, int)
        is_log = low > 0 and high / low >= LOG_RATIO
        step = info.step or (1.0 if self._is_whole else _nice_step(high - low))
        self._slider = ValueSlider(
            SliderScale(
                low,
                high,
                step=step,
                decimals=0 if self._is_whole else decimals_for(step, low, high, default),
                unit=info.unit,
                scale="log" if is_log else "linear",
                low_text=zero_text(info) if low == 0 else "",
                default=default,
            )
        )
        super().__init__(self._slider)
        self.set_value(value)
        self._slider.value_changed.connect(lambda new: self.value_changed.emit(self._typed(new)))
        self._slider.edit_ended.connect(self.edit_ended)

    def set_value(self, value: float) -> None:
        """Show a value; a drag that is under way goes on."""
        if self._typed(self._slider.value) != value:
            self._slider.set_value(value)

    def set_name(self, name: str, tip: str) -> None:
        """Name slider and spin box."""
        self._slider.set_name(name)
        self.setToolTip(tip)

    def _typed(self, value: float) -> float:
        return round(value) if self._is_whole else float(value)


class SpinEditor(Editor):
    """Spin box of a number without two limits."""

    def __init__(self, info: ParameterInfo, value: float, default: float) -> None:
        self._is_whole = isinstance(default, int)
        self._spin: NumberBox | WholeNumberBox = WholeNumberBox() if self._is_whole else NumberBox()
        super().__init__(self._spin)
        self._fit(info, default)
        self._before = value
        self.set_value(value)
        self._spin.setKeyboardTracking(False)
        self._spin.valueChanged.connect(lambda new: self.value_changed.emit(new))
        self._spin.editingFinished.connect(self._on_finished)
        self._spin.installEventFilter(self)

    def _fit(self, info: ParameterInfo, default: float) -> None:
        spin = self._spin
        low = -LARGEST if info.minimum is None else info.minimum
        high = LARGEST if info.maximum is None else info.maximum
        if isinstance(spin, WholeNumberBox):
            spin.setRange(int(low), int(high))
        else:
            needed = decimals_for(info.step, info.minimum, info.maximum, default)
            spin.setDecimals(max(needed, 3) if info.step is None else needed)
            spin.setRange(low, high)
        if info.step:
            spin.setSingleStep(info.step)  # type: ignore[arg-type]
        if info.unit:
            spin.setSuffix(f" {info.unit}")
        spin.setStepType(QAbstractSpinBox.StepType.DefaultStepType)

    def set_value(self, value: float) -> None:
        """Show a value."""
        self._spin.blockSignals(True)
        self._spin.setValue(int(value) if self._is_whole else float(value))  # type: ignore[arg-type]
        self._spin.blockSignals(False)
        if not self._spin.hasFocus():
            self._before = self._spin.value()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take an edit back on Esc."""
        kind = event.type()
        if kind == QEvent.Type.FocusIn:
            self._before = self._spin.value()
        elif _is_escape(event):
            is_typed = self._spin.lineEdit().isModified()
            if self._spin.value() != self._before:
                self._spin.setValue(self._before)  # type: ignore[arg-type]
                self.edit_ended.emit()
                return True
            if is_typed:
                self.set_value(self._before)
                return True
        return super().eventFilter(watched, event)

    def _on_finished(self) -> None:
        if self._spin.value() != self._before:
            self._before = self._spin.value()
            self.edit_ended.emit()


class TextEditor(Editor):
    """Line of text, or of several numbers (see `tuple_text`)."""

    def __init__(self, info: ParameterInfo, value: Any) -> None:
        self._kind: Kind = info.kind
        self._value = value
        self._line = QLineEdit()
        super().__init__(self._line)
        if info.kind:
            self._line.setPlaceholderText("none")
            self._line.setClearButtonEnabled(True)
        self.set_value(value)
        self._line.installEventFilter(self)
        if info.kind:
            self._line.editingFinished.connect(self._take)
            self._line.textChanged.connect(lambda text: self._take() if not text else None)
        else:
            self._line.textEdited.connect(lambda text: self.value_changed.emit(text))

    def set_name(self, name: str, tip: str) -> None:
        """Name the line, and explain how it is written."""
        super().set_name(name, f"{tip}\nWritten as {EXAMPLES[self._kind]}" if self._kind else tip)

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._value = value
        text = tuple_to_text(value, self._kind) if self._kind else str(value)
        if self._line.text() != text:
            self._line.blockSignals(True)
            self._line.setText(text)
            self._line.setCursorPosition(0)
            self._line.blockSignals(False)
        self.refused.emit("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take what is being typed back on Esc."""
        if _is_escape(event) and self._kind and self._line.isModified():
            self.set_value(self._value)
            self._line.setModified(False)
            return True
        return super().eventFilter(watched, event)

    def _take(self) -> None:
        try:
            value = tuple_from_text(self._line.text(), self._kind)
        except SettingsError as error:
            self.refused.emit(f"{error.message} {error.hint}")
            return
        self.refused.emit("")
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)
            self.edit_ended.emit()


def zero_text(info: ParameterInfo) -> str:
    """Return what 0 means by the help of a parameter ("0 = all."): a short word, or "automatic"."""
    _, found, rest = info.help.partition("0 = ")
    words = re.split(r"[.,;]", rest, maxsplit=1)[0]
    if not found:
        return ""
    return words if len(words) <= LONGEST_ZERO_TEXT else "automatic"


def _nice_step(span: float) -> float:
    return float(10.0 ** math.floor(math.log10(span / STEPS)))


def _is_escape(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.type() == QEvent.Type.KeyPress
        and (event.key() == Qt.Key.Key_Escape)
    )
