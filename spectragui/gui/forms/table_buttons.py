"""The row of flat buttons above a table: words with icons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from spectragui.gui.theme.icons import icon
from spectragui.gui.theme.theme import Theme


class TableButtons(QWidget):
    """Buttons of a table.

    Parameters
    ----------
    theme : Theme
    buttons : sequence of (text, icon, tip, function)
    """

    def __init__(self, theme: Theme, buttons: Sequence[tuple[str, str, str, Callable[[], None]]]) -> None:
        super().__init__()
        self._theme = theme
        self._icons: list[tuple[QToolButton, str]] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for text, name, tip, function in buttons:
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(lambda _checked=False, function=function: function())
            self._icons.append((button, name))
            layout.addWidget(button)
        self.repaint_icons()

    def repaint_icons(self) -> None:
        """Take the icons' colour from the theme again."""
        for button, name in self._icons:
            button.setIcon(icon(name, self._theme))
