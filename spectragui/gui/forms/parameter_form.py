"""A form with one row for each `param()` field of a dataclass: name, control, unit, tooltip."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from spectragui.core.parameters import ParameterInfo, parameter_infos

LARGEST = 1e9  # of spin boxes without a limit


class ParameterForm(QWidget):
    """Edits a frozen dataclass.

    Parameters
    ----------
    values : dataclass instance
        With `param()` fields; other fields are kept as they are.
    parent : QWidget, optional
    leave_out : tuple of str
        Fields without a row.

    Signals
    -------
    changed : dataclass instance
        The values after an edit.
    """

    changed = Signal(object)

    def __init__(self, values: Any, parent: QWidget | None = None, leave_out: tuple[str, ...] = ()) -> None:
        super().__init__(parent)
        self._values = values
        layout = QFormLayout(self)
        layout.setHorizontalSpacing(16)
        layout.setVerticalSpacing(10)
        for name, info in parameter_infos(values).items():
            if name in leave_out:
                continue
            control = self._control(name, info, getattr(values, name))
            control.setToolTip(_tooltip(info))
            control.setAccessibleName(info.label or name)
            if isinstance(control, QCheckBox):
                layout.addRow("", control)
            else:
                layout.addRow(info.label or name, control)

    @property
    def values(self) -> Any:
        """The values as edited so far."""
        return self._values

    def _set(self, name: str, value: Any) -> None:
        self._values = dataclasses.replace(self._values, **{name: value})
        self.changed.emit(self._values)

    def _control(self, name: str, info: ParameterInfo, value: Any) -> QWidget:
        def store(new: Any) -> None:
            self._set(name, new)

        if isinstance(value, bool):
            return _check_box(info.label or name, value, store)
        if info.choices:
            return _combo_box(info.choices, value, store)
        if isinstance(value, int):
            return _spin_box(QSpinBox(), info, value, store)
        if isinstance(value, float):
            return _spin_box(QDoubleSpinBox(), info, value, store)
        edit = QLineEdit(str(value))
        edit.textEdited.connect(store)
        return edit


def _check_box(label: str, value: bool, store: Callable[[Any], None]) -> QCheckBox:
    box = QCheckBox(label)
    box.setChecked(value)
    box.toggled.connect(store)
    return box


def _combo_box(choices: tuple[str, ...], value: str, store: Callable[[Any], None]) -> QComboBox:
    box = QComboBox()
    box.addItems(choices)
    box.setCurrentText(value)
    box.currentTextChanged.connect(store)
    return box


def _spin_box(
    box: QSpinBox | QDoubleSpinBox, info: ParameterInfo, value: float, store: Callable[[Any], None]
) -> QWidget:
    low = -LARGEST if info.minimum is None else info.minimum
    high = LARGEST if info.maximum is None else info.maximum
    if isinstance(box, QSpinBox):
        box.setRange(int(low), int(high))
        box.setValue(int(value))
    else:
        box.setRange(low, high)
        box.setValue(value)
        if info.step:
            box.setSingleStep(info.step)
    if info.unit:
        box.setSuffix(f" {info.unit}")
    box.valueChanged.connect(store)
    return box


def _tooltip(info: ParameterInfo) -> str:
    limits = [f"{limit:g}" for limit in (info.minimum, info.maximum) if limit is not None]
    span = f" ({' to '.join(limits)} {info.unit})".replace(" )", ")") if len(limits) == 2 else ""
    return info.help + span
