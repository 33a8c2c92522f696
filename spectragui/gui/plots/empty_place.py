"""`EmptyPlace`: says what belongs here, and offers the one action that fills it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget


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
        self._text.setMaximumWidth(460)
        self._action: Callable[[], None] | None = None
        self._button.clicked.connect(self._on_button_clicked)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(1)
        for widget in (self._title, self._text, self._button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._text.setMinimumWidth(200)
        layout.addStretch(1)

    def say(
        self, title: str, text: str, action_text: str = "", action: Callable[[], None] | None = None
    ) -> None:
        """Show a heading, an explanation and, where given, the action."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setMinimumWidth(min(460, max(200, self._text.fontMetrics().horizontalAdvance(text) + 8)))
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
