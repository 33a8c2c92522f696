"""Header of a table whose titles may hold subscripts."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QTextDocument
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionHeader, QWidget

from spectragui.gui.theme.theme import Theme

PADDING = 8  # as the cells'
SORT_MARK = 14  # room of the sort indicator


class HtmlHeader(QHeaderView):
    """Horizontal header that paints HTML titles.

    Parameters
    ----------
    titles : list of str
        HTML, one a logical column.
    theme : Theme
    """

    def __init__(self, titles: list[str], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._titles = titles
        self._theme = theme
        self._sizes: dict[int, QSize] = {}  # asked for hundreds of times while a window is built

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:  # noqa: N802, D102
        option = QStyleOptionHeader()
        self.initStyleOption(option)
        self.initStyleOptionForIndex(option, logical_index)
        option.rect = rect
        option.text = ""
        painter.save()
        self.style().drawControl(QStyle.ControlElement.CE_Header, option, painter, self)
        document = self._document(logical_index)
        room = self._room(rect, logical_index)
        side = self.model().headerData(logical_index, self.orientation(), Qt.ItemDataRole.TextAlignmentRole)
        is_right = bool(Qt.AlignmentFlag(int(side)) & Qt.AlignmentFlag.AlignRight)
        left = max(room.right() + 1 - document.idealWidth(), room.left()) if is_right else room.left()
        painter.translate(left, rect.top() + (rect.height() - document.size().height()) / 2)
        document.drawContents(painter, QRectF(0, 0, room.right() + 1 - left, rect.height()))
        painter.restore()

    def sectionSizeFromContents(self, logical_index: int) -> QSize:  # noqa: N802, D102
        if logical_index not in self._sizes:
            height = super().sectionSizeFromContents(logical_index).height()
            needed = math.ceil(self._document(logical_index).idealWidth()) + 2 * PADDING + SORT_MARK
            self._sizes[logical_index] = QSize(max(needed, 40), height)
        return self._sizes[logical_index]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802, D102
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._sizes.clear()
        super().changeEvent(event)

    def _room(self, rect: QRect, logical_index: int) -> QRect:
        room = rect.adjusted(PADDING, 0, -PADDING, 0)
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == logical_index:
            room.setRight(room.right() - SORT_MARK)
        return room

    def _document(self, logical_index: int) -> QTextDocument:
        document = QTextDocument()
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        document.setDefaultFont(font)
        document.setDocumentMargin(0)
        colour = self._theme.palette.secondary
        document.setHtml(f'<span style="color:{colour}">{self._titles[logical_index]}</span>')
        return document
