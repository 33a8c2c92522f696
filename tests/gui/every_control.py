"""The controls of a panel or dialog that no form made, found by walking its widgets and moved by hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from spectragui.gui.forms.editors import Editor

KINDS = (QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QAbstractButton)


def controls_of(root: QWidget) -> dict[str, QWidget]:
    """Return what a user can move, choose, type or tick, by its name; fields of forms are left out."""
    found: dict[str, QWidget] = {}
    for widget in root.findChildren(QWidget):
        is_control = isinstance(widget, KINDS) and not isinstance(widget, QScrollBar)
        if not is_control or (isinstance(widget, QAbstractButton) and not widget.isCheckable()):
            continue
        if _is_part_of_another(widget, root):
            continue
        words = widget.text() if isinstance(widget, QAbstractButton) else ""
        name = widget.accessibleName() or words.split(" a, b")[0]
        assert name and name not in found, f"{type(widget).__name__} {name!r}: without a name of its own"
        found[name] = widget
    return found


def _is_part_of_another(widget: QWidget, root: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not root:
        if isinstance(parent, (Editor, QAbstractSpinBox, QComboBox)):
            return True
        parent = parent.parentWidget()
    return False


def choose(box: QComboBox, index: int) -> None:
    """Choose an entry as a user does."""
    box.setCurrentIndex(index)
    box.activated.emit(index)


def difference(old: Any, new: Any) -> dict[str, Any]:
    """Return the fields in which two frozen values differ, with what they became."""
    return {name: value for name, value in vars(new).items() if vars(old)[name] != value}
