"""Help > Shortcuts: all keys, built from `ACTIONS` and `HANDLED_KEYS`."""

from __future__ import annotations

import importlib

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spectragui.gui.actions import HANDLED_KEYS, MENUS, Action, ordered_actions, register_keys

NATIVE = QKeySequence.SequenceFormat.NativeText
N_COLUMNS = 3
MARGIN = 60  # pixels beside the page: the dialog's own, and a scroll bar
LARGEST_PART = 0.85  # of the window, in both directions
KEY_MODULES = (
    "spectragui.gui.plots.spectrum_plot",
    "spectragui.gui.pipeline.stage_chip",
    "spectragui.gui.forms.value_slider",
    "spectragui.gui.results.panel",
)
register_keys(
    "Mouse in plots",
    ("Wheel", "Zoom at the pointer"),
    ("Ctrl+wheel", "Zoom in y"),
    ("Drag", "Pan"),
    ("Shift+drag", "Select a region"),
    ("Double click", "Back to the full range"),
)
Block = tuple[str, list[tuple[str, str]]]


def show_shortcuts(parent: QWidget) -> QDialog:
    """Show all keys, by menu and by place; returns the dialog."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Shortcuts")
    most = parent.window().size() * LARGEST_PART
    pages = (_page(n_columns) for n_columns in range(N_COLUMNS, 0, -1))
    page = next((page for page in pages if page.sizeHint().width() + MARGIN <= most.width()), _page(1))
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setWidget(page)
    scroll.setAccessibleName("Shortcuts")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(12)
    layout.addWidget(scroll, 1)
    layout.addWidget(buttons)
    dialog.resize((page.sizeHint() + QSize(MARGIN, 80)).boundedTo(most))
    dialog.open()
    return dialog


def all_blocks() -> list[Block]:
    """Return title and rows of every menu and every place that has keys."""
    for module in KEY_MODULES:  # those that were not needed yet tell of their keys now
        importlib.import_module(module)
    blocks = [(menu, _rows(menu)) for menu in MENUS]
    blocks.append(("Elsewhere", _rows("")))
    places = HANDLED_KEYS.items()
    blocks += [(place, [(_native(keys), text) for keys, text in rows]) for place, rows in places]
    return [block for block in blocks if block[1]]


def shared_out(blocks: list[Block], n_columns: int) -> list[list[Block]]:
    """Deal blocks out to columns of about the same height, in their order."""
    left = sum(len(rows) + 2 for _, rows in blocks)
    columns: list[list[Block]] = [[]]
    height = 0
    for block in blocks:
        size = len(block[1]) + 2
        room = left / (n_columns - len(columns) + 1)
        if columns[-1] and height + 0.5 * size > room and len(columns) < n_columns:
            left -= height
            columns.append([])
            height = 0
        columns[-1].append(block)
        height += size
    return columns


def _page(n_columns: int) -> QWidget:
    page = QWidget()
    columns = QHBoxLayout(page)
    columns.setContentsMargins(4, 4, 16, 4)
    columns.setSpacing(36)
    for blocks in shared_out(all_blocks(), n_columns):
        columns.addLayout(_stack([_block(title, rows) for title, rows in blocks]))
    columns.addStretch(1)
    return page


def _rows(menu: str) -> list[tuple[str, str]]:
    def keys(action: Action) -> str:
        return "  ".join(QKeySequence(key).toString(NATIVE) for key in action.shortcuts)

    return [
        (keys(action), action.plain_text.rstrip("…"))
        for action in ordered_actions()
        if action.menu == menu and action.shortcuts
    ]


def _native(keys: str) -> str:
    """Write keys as the system does; words that are no keys ("Wheel") stay."""
    parts = keys.split("  ")
    return "  ".join(QKeySequence(part).toString(NATIVE) or part for part in parts)


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
