"""Help > Shortcuts: all keys, built from `ACTIONS`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from spectragui.gui.actions import MENUS, Action, ordered_actions

NATIVE = QKeySequence.SequenceFormat.NativeText
BY_MOUSE = (
    ("Wheel", "Zoom at the pointer"),
    ("Drag", "Pan"),
    ("Shift+drag", "Select a region"),
    ("Double click", "Back to the full range"),
)


def show_shortcuts(parent: QWidget) -> QDialog:
    """Show all keys, by menu; returns the dialog."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Shortcuts")
    columns = QHBoxLayout()
    columns.setSpacing(36)
    columns.addLayout(_stack([_block(menu, _rows(menu)) for menu in ("File", "Edit", "Spectrum")]))
    columns.addLayout(_stack([_block(menu, _rows(menu)) for menu in MENUS if menu in ("View", "Help")]))
    columns.addLayout(_stack([_block("Mouse in plots", list(BY_MOUSE))]))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 16, 20, 12)
    layout.setSpacing(16)
    layout.addLayout(columns)
    layout.addWidget(buttons)
    dialog.open()
    return dialog


def _rows(menu: str) -> list[tuple[str, str]]:
    def keys(action: Action) -> str:
        return "  ".join(QKeySequence(key).toString(NATIVE) for key in action.shortcuts)

    return [
        (keys(action), action.plain_text.rstrip("…"))
        for action in ordered_actions()
        if action.menu == menu and action.shortcuts
    ]


def _stack(blocks: list[QGridLayout]) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(16)
    for block in blocks:
        box.addLayout(block)
    box.addStretch()
    return box


def _block(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(5)
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (key, text) in enumerate(rows, start=1):
        label = QLabel(key)
        label.setProperty("role", "key")
        grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnStretch(1, 1)
    return grid
