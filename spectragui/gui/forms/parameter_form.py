"""A form with one row for each `param()` field of a dataclass: name, control, unit, tooltip."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from spectragui.core.errors import SpectraGUIError
from spectragui.core.parameters import ParameterInfo, parameter_infos
from spectragui.core.wording import with_true_minus
from spectragui.gui.forms.automatic_editors import AutomaticChoiceEditor, AutomaticSpinEditor
from spectragui.gui.forms.editors import (
    CheckEditor,
    ChoiceEditor,
    Editor,
    SliderEditor,
    SpinEditor,
    TextEditor,
)
from spectragui.gui.theme.rich_text import write_rich

NARROW_LABEL = 92  # pixels of a name in a narrow form; longer ones take two lines


class ParameterForm(QWidget):
    """Edits a frozen dataclass.

    Parameters
    ----------
    values : dataclass instance
        With `param()` fields; other fields are kept as they are.
    parent : QWidget, optional
    leave_out : tuple of str
        Fields without a row.
    is_narrow : bool
        For a dock: names take two lines rather than width.

    Attributes
    ----------
    gesture : int
        Another number for each gesture: edits of one number are one entry of a history.

    Signals
    -------
    changed : dataclass instance
        The values after an edit.
    edited : str, dataclass instance
        The name of the field, and the values after its edit.
    """

    changed = Signal(object)
    edited = Signal(str, object)

    def __init__(
        self,
        values: Any,
        parent: QWidget | None = None,
        leave_out: tuple[str, ...] = (),
        is_narrow: bool = False,
    ) -> None:
        super().__init__(parent)
        self._values = values
        self.gesture = 0
        self.editors: dict[str, Editor] = {}
        self._complaints: dict[str, QLabel] = {}
        self._titles: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8 if is_narrow else 16)
        grid.setVerticalSpacing(6 if is_narrow else 10)
        grid.setColumnStretch(1, 1)
        for name, info in parameter_infos(values).items():
            if name not in leave_out:
                self._add_row(grid, name, info, is_narrow)
        grid.setRowStretch(grid.rowCount(), 1)
        self._show_used()

    @property
    def values(self) -> Any:
        """The values as edited so far."""
        return self._values

    def set_values(self, values: Any) -> None:
        """Show other values of the same class; they are not told as an edit."""
        self._values = values
        for name, editor in self.editors.items():
            editor.set_value(getattr(values, name))
        self._show_used()

    def set_automatic(self, texts: Mapping[str, str]) -> None:
        """Say what is taken for fields that are left to the program, by their names."""
        for name, text in texts.items():
            self.editors[name].set_automatic(text)

    def _add_row(self, grid: QGridLayout, name: str, info: ParameterInfo, is_narrow: bool) -> None:
        row = grid.rowCount()
        default = next(field.default for field in dataclasses.fields(self._values) if field.name == name)
        editor = make_editor(info, getattr(self._values, name), default)
        editor.set_name(info.label or name, _tooltip(info, default))
        self.editors[name] = editor
        complaint = QLabel()
        complaint.setProperty("role", "complaint")
        complaint.setWordWrap(True)
        complaint.hide()
        self._complaints[name] = complaint
        grid.addWidget(editor, row, 1)
        grid.addWidget(complaint, row + 1, 1)
        if not isinstance(editor, CheckEditor):
            title = QLabel()
            write_rich(title, info.label or name)
            title.setProperty("role", "secondary")
            title.setBuddy(editor.control)
            title.setToolTip(editor.toolTip())
            if is_narrow:
                title.setWordWrap(True)
                title.setFixedWidth(NARROW_LABEL)
            grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignVCenter)
            self._titles[name] = title
        editor.value_changed.connect(lambda value: self._set(name, value))
        editor.edit_ended.connect(self._on_edit_ended)
        editor.refused.connect(lambda why: self._complain(name, why))

    def _set(self, name: str, value: Any) -> None:
        try:
            self._values = dataclasses.replace(self._values, **{name: value})
        except SpectraGUIError as error:  # values that do not go together
            self._complain(name, str(error))
            return
        self._complain(name, "")
        self._show_used()
        self.changed.emit(self._values)
        self.edited.emit(name, self._values)

    def _show_used(self) -> None:
        """Show the rows of what matters beside the other values."""
        for name, info in parameter_infos(self._values).items():
            if name in self.editors:
                is_used = info.is_used(self._values)
                self.editors[name].setVisible(is_used)
                if name in self._titles:
                    self._titles[name].setVisible(is_used)
                if not is_used:
                    self._complaints[name].hide()

    def _complain(self, name: str, why: str) -> None:
        self._complaints[name].setText(why)
        self._complaints[name].setVisible(bool(why))

    def _on_edit_ended(self) -> None:
        self.gesture += 1


def make_editor(info: ParameterInfo, value: Any, default: Any) -> Editor:
    """Return the editor that suits a parameter; one whose default is None can be left to the program."""
    if default is None:
        return AutomaticChoiceEditor(info, value) if info.choices else AutomaticSpinEditor(info, value)
    if isinstance(default, bool):
        return CheckEditor(info, value)
    if info.choices:
        return ChoiceEditor(info, value)
    if isinstance(default, (int, float)):
        is_bounded = info.minimum is not None and info.maximum is not None
        return SliderEditor(info, value, default) if is_bounded else SpinEditor(info, value, default)
    return TextEditor(info, value)


def _tooltip(info: ParameterInfo, default: Any) -> str:
    limits = [f"{limit:,g}" for limit in (info.minimum, info.maximum) if limit is not None]
    unit = f" {info.unit}" if info.unit else ""
    parts = [info.help]
    if len(limits) == 2:
        parts.append(f"From {limits[0]} to {limits[1]}{unit}.")
    if isinstance(default, (int, float, str)) and not isinstance(default, bool) and default != "":
        value = f"{default:g}" if isinstance(default, (int, float)) else default
        parts.append(f"Usually {value}{unit if isinstance(default, (int, float)) else ''}.")
    return with_true_minus("\n".join(part for part in parts if part))
