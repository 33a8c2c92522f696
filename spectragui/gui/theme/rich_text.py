"""Names of labels with their subscripts where Qt shows plain text: menus, lists, cells, sentences.

Sentences and menus hold the plain symbol ("Teff"); here it becomes the symbol of `LABELS`.
"""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QAction, QColor, QFont, QPainter, QPaintEvent, QPalette, QTextDocument
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionMenuItem,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from spectragui.core.labels import LABELS

_TAGS = re.compile("<[^>]*>")
_PLAIN = {
    plain: label.symbol
    for label in LABELS.values()
    if "<" in label.symbol
    for plain in (label.plain_symbol, _TAGS.sub("", label.symbol))
}
_NAMES = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in _PLAIN))
MENU_PADDING = 10  # as in the style sheet, left of an entry's text
MENU_TICK = 14  # pixels of a tick, before the entries of a menu that has some
CELL_PADDING = 6


def has_symbol(text: str) -> bool:
    """Whether a text names a label that is written with a subscript."""
    return _NAMES.search(text) is not None


def without_tags(text: str) -> str:
    """Return a symbol as plain text: "T<sub>eff</sub>" -> "Teff"; `RichCombo` draws it with its subscript."""
    return _TAGS.sub("", text)


def rich(text: str) -> str:
    """Return a plain text as HTML, names of labels with their subscripts and lines kept.

    A text without such names stays as it is: plain.
    """
    if not has_symbol(text):
        return text
    escaped = html.escape(text, quote=False).replace("\n", "<br>")
    return _NAMES.sub(lambda found: _PLAIN[found.group()], escaped)


def draw_rich(painter: QPainter, rect: QRect, text: str, font: QFont, colour: QColor) -> None:
    """Draw a plain text with subscripts in a rectangle, left and in the middle; the end is cut."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(font)
    document.setHtml(f'<span style="color:{colour.name()}">{rich(text)}</span>')
    painter.save()
    painter.setClipRect(rect)
    painter.translate(rect.left(), rect.top() + (rect.height() - document.size().height()) / 2)
    document.drawContents(painter)
    painter.restore()


class RichDelegate(QStyledItemDelegate):
    """Cells and entries of lists whose text may name a label."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the cell, and its text with subscripts where it names a label."""
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        text = own.text
        if not has_symbol(text):
            super().paint(painter, option, index)
            return
        style = own.widget.style()
        place = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, own, own.widget)
        own.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget)
        is_chosen = bool(own.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text
        colour = own.palette.color(role)
        draw_rich(painter, place.adjusted(CELL_PADDING // 2, 0, 0, 0), text, own.font, colour)


class RichCombo(QComboBox):
    """List to choose from whose entries may name labels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(RichDelegate(self))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the chosen entry with its subscripts."""
        if not has_symbol(self.currentText()):
            super().paintEvent(event)
            return
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = ""
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        colour = option.palette.color(QPalette.ColorRole.Text)
        draw_rich(painter, field, self.currentText(), self.font(), colour)


class RichCheckBox(QCheckBox):
    """Box to tick whose text may name a label."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the box, and its text with subscripts."""
        if not has_symbol(self.text()):
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = self.palette().color(group, QPalette.ColorRole.WindowText)
        draw_rich(painter, place, self.text(), self.font(), colour)


class RichMenu(QMenu):
    """Menu whose entries may name labels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._indent = 0

    def initStyleOption(self, option: QStyleOptionMenuItem, action: QAction) -> None:  # noqa: N802
        """Leave the place of a name empty: it is drawn with its subscript afterwards."""
        super().initStyleOption(option, action)
        self._indent = max(option.maxIconWidth, MENU_TICK if option.menuHasCheckableItems else 0)
        if has_symbol(action.text()):
            option.text = ""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the entries, those that name labels with their subscripts."""
        super().paintEvent(event)
        painter = QPainter(self)
        for action in self.actions():
            place = self.actionGeometry(action)
            if has_symbol(action.text()) and place.intersects(event.rect()):
                room = place.adjusted(MENU_PADDING + self._indent, 0, 0, 0)
                colour = self.palette().color(QPalette.ColorRole.Text)
                draw_rich(painter, room, action.text(), self.font(), colour)


def write_rich(label: QLabel, text: str) -> None:
    """Write a plain text into a label, names of labels with their subscripts."""
    label.setTextFormat(Qt.TextFormat.RichText if has_symbol(text) else Qt.TextFormat.PlainText)
    label.setText(rich(text))
