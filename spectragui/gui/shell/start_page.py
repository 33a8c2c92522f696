"""First screen: a place to drop files, examples that open with one click, recent files, keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.package_data import Example, bundled_examples
from spectragui.gui.actions import ACTIONS
from spectragui.gui.files.opening import open_files
from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.panel import Panel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.theme.icons import icon

PAGE_WIDTH = 980
RECENT_SHOWN = 5
KEYS_SHOWN = (
    "file.open",
    "spectrum.predict",
    "spectrum.generate",
    "photometry.predict",
    "edit.undo",
    "help.search",
    "help.shortcuts",
)


class StartPage(Panel):
    """What the window shows while nothing is open.

    Parameters
    ----------
    session : Session
    trigger : callable
        Triggers an action by name.
    """

    def __init__(self, session: Session, trigger: Callable[[str], None]) -> None:
        super().__init__(session)
        self._trigger = trigger
        self._recent = QVBoxLayout()
        page = QWidget()
        page.setMaximumWidth(PAGE_WIDTH)
        page.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(page)
        column.setSpacing(20)
        column.addWidget(self._drop_card())
        column.addLayout(self._columns())
        outer = QGridLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.addWidget(page, 1, 1)
        for edge in (0, 2):
            outer.setRowStretch(edge, 1)
            outer.setColumnStretch(edge, 1)
        outer.setColumnStretch(1, 100)
        self._show_recent(())
        self.repaint_theme()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the list of recent files."""
        if old.settings.recent_files is not new.settings.recent_files:
            self._show_recent(new.settings.recent_files)

    def repaint_theme(self) -> None:
        """Draw the icon in the theme's colour."""
        self._picture.setPixmap(icon("mdi6.chart-bell-curve", self.session.theme, "accent").pixmap(40, 40))

    def show_drag(self, is_over: bool) -> None:
        """Light up while files are dragged over the window."""
        self._drop.setProperty("drop", "over" if is_over else "true")
        self._drop.style().unpolish(self._drop)
        self._drop.style().polish(self._drop)

    def _drop_card(self) -> QFrame:
        self._drop = QFrame()
        self._drop.setProperty("drop", "true")
        self._picture = QLabel()
        button = QPushButton("Open…")
        button.setProperty("primary", "true")
        button.setToolTip("Choose files to open  (Ctrl+O)")
        button.setMinimumWidth(140)
        button.clicked.connect(lambda: self._trigger("file.open"))
        texts = (
            ("Drop spectra or a catalogue here", "large"),
            (
                "Spectra: FITS, echelle orders, ASCII, CSV, ECSV, one file or many. "
                "Catalogues of galaxies: FITS, CSV, VOTable, Parquet",
                "secondary",
            ),
        )
        box = QVBoxLayout(self._drop)
        box.setContentsMargins(24, 30, 24, 30)
        box.setSpacing(8)
        box.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignCenter)
        for text, role in texts:
            label = QLabel(text)
            label.setProperty("role", role)
            box.addWidget(label, 0, Qt.AlignmentFlag.AlignCenter)
        box.addSpacing(6)
        box.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        generate = QPushButton("or generate a spectrum by sliders")
        generate.setProperty("flat", "true")
        generate.setToolTip("Synthetic spectra of stars, live  (Ctrl+G)")
        generate.setCursor(Qt.CursorShape.PointingHandCursor)
        generate.clicked.connect(lambda: self._trigger("spectrum.generate"))
        box.addWidget(generate, 0, Qt.AlignmentFlag.AlignCenter)
        return self._drop

    def _columns(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(28)
        examples = (*bundled_examples(), *bundled_examples("catalogue"))
        if examples:
            row.addLayout(_column("Examples, simulated", [self._example_card(item) for item in examples]), 6)
        self._recent.setSpacing(2)
        row.addLayout(self._recent)
        row.addStretch(1)
        row.addLayout(_column("Keys", [_keys(KEYS_SHOWN)]), 3)
        return row

    def _example_card(self, example: Example) -> QPushButton:
        button = QPushButton()
        button.setProperty("card", "true")
        button.setAccessibleName(f"Open the example {example.title}")
        button.setToolTip(f"{example.text}\nOpen {example.path.name}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        box = QVBoxLayout(button)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(1)
        for text, role in ((example.title, "title"), (example.text, "secondary")):
            label = ElidedLabel()  # names of recent files may leave it little room
            label.set_full_text(text)
            label.setProperty("role", role)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            box.addWidget(label)
        button.setMinimumHeight(box.sizeHint().height())
        button.clicked.connect(lambda: open_files(self.session, [example.path]))
        return button

    def _show_recent(self, files: Sequence[str]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        if not files:
            return
        heading = QLabel("Recent files")
        heading.setProperty("role", "heading")
        self._recent.addWidget(heading)
        for name in files[:RECENT_SHOWN]:
            self._recent.addWidget(self._recent_button(name))
        self._recent.addStretch()

    def _recent_button(self, name: str) -> QPushButton:
        button = QPushButton(Path(name).name)
        button.setProperty("flat", "true")
        button.setToolTip(name)
        button.setAccessibleName(f"Open {name}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: open_files(self.session, [name]))
        return button


def _column(title: str, widgets: Sequence[QWidget]) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(8)
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    box.addWidget(heading)
    for widget in widgets:
        box.addWidget(widget)
    box.addStretch()
    return box


def _keys(names: Sequence[str]) -> QWidget:
    frame = QWidget()
    grid = QGridLayout(frame)
    grid.setContentsMargins(0, 2, 0, 0)
    grid.setVerticalSpacing(6)
    grid.setHorizontalSpacing(12)
    actions = {action.name: action for action in ACTIONS}
    for row, action in enumerate(actions[name] for name in names if name in actions):
        key = QLabel(QKeySequence(action.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText))
        key.setProperty("role", "key")
        text = QLabel(action.plain_text.rstrip("…"))
        text.setProperty("role", "secondary")
        grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(text, row, 1)
    grid.setColumnStretch(1, 1)
    return frame
