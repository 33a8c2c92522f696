"""The font of Material Design icons (from qtawesome): one character drawn at any size and scaling.

qtawesome itself is not imported: with qtpy it would take a third of the start.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

FONT_FILES = "materialdesignicons6-webfont-*.ttf"
CHARMAP_FILES = "materialdesignicons6-webfont-charmap-*.json"


def character(name: str) -> str:
    """Return the character of the icon font that is an icon ("mdi6.close", or "close" alone).

    Raises
    ------
    KeyError
        If the family has no such icon.
    """
    return chr(int(_charmap()[name.removeprefix("mdi6.")], 16))


class GlyphEngine(QIconEngine):
    """Draws one character of the icon font.

    Parameters
    ----------
    character : str
    colour, disabled : QColor
    """

    def __init__(self, character: str, colour: QColor, disabled: QColor) -> None:
        super().__init__()
        self._character = character
        self._colour = colour
        self._disabled = disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the character so that it fills the rectangle."""
        font = QFont(_family())
        font.setPixelSize(min(rect.width(), rect.height()))
        painter.save()
        painter.setFont(font)
        painter.setPen(self._pen(mode == QIcon.Mode.Disabled))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the character on nothing."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> GlyphEngine:
        """Return a copy, as Qt asks for."""
        return GlyphEngine(self._character, self._colour, self._disabled)

    def _pen(self, is_disabled: bool) -> QColor:
        return self._disabled if is_disabled else self._colour


def _font_folder() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the installation of spectragui lacks qtawesome, which has the icons")
    return Path(spec.submodule_search_locations[0]) / "fonts"


@functools.cache
def _charmap() -> dict[str, str]:
    path = next(_font_folder().glob(CHARMAP_FILES))
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


@functools.cache
def _family() -> str:
    path = next(_font_folder().glob(FONT_FILES))
    return QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))[0]
