"""`EmptyPlace`: says what belongs here, and offers the one action that fills it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui.gui.theme.rich_text import write_rich

TEXT_WIDTH = 480


class EmptyPlace(QFrame):
    """A sentence or two in the middle of an empty place, with one button under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "flat")
        self._title, self._text, self._button = QLabel(), QLabel(), QPushButton()
        self._title.setProperty("role", "title")
        self._text.setProperty("role", "secondary")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self._action: Callable[[], None] | None = None
        self._button.clicked.connect(self._on_button_clicked)
        inner = QWidget()
        inner.setMaximumWidth(TEXT_WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)

    def say(
        self, title: str, text: str, action_text: str = "", action: Callable[[], None] | None = None
    ) -> None:
        """Show a heading, an explanation and, where given, the action."""
        write_rich(self._title, title)
        write_rich(self._text, text)
        self._action = action
        self._button.setText(action_text)
        self._button.setAccessibleName(action_text)
        self._button.setVisible(action is not None)

    @property
    def title(self) -> str:
        """The heading."""
        return self._title.text()

    @property
    def button(self) -> QPushButton:
        """The button."""
        return self._button

    def _on_button_clicked(self) -> None:
        if self._action is not None:
            self._action()
