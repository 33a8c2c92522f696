"""The status bar: names of labels in its messages have their subscripts, as in menus and cells."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar, QStyle, QStyleOption, QWidget

from spectragui.gui.theme.rich_text import draw_rich, has_symbol

MARGIN = 6  # left of a message, as Qt has it


class StatusBar(QStatusBar):
    """Status bar whose messages may name labels.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the message, with subscripts where it names a label."""
        text = self.currentMessage()
        if not has_symbol(text):
            super().paintEvent(event)
            return
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        draw_rich(painter, self._message_place(), text, self.font(), colour)

    def _message_place(self) -> QRect:
        """Return the room left of what is always shown."""
        kinds = (QLabel, QPushButton)
        shown = [child.x() for child in self.children() if isinstance(child, kinds) and child.isVisible()]
        return QRect(MARGIN, 0, min([self.width() - 2 * MARGIN, *shown]) - MARGIN, self.height())
