"""Icons of one family (Material Design outline) in the theme's colours."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from spectragui.gui.theme.icon_font import GlyphEngine, character
from spectragui.gui.theme.theme import Theme

ICON_PIXELS = 16


def icon(name: str, theme: Theme, role: str = "secondary") -> QIcon:
    """Return an icon in a colour of the theme; ask again when the theme has changed.

    Parameters
    ----------
    name : str
        As "mdi6.folder-open-outline"; empty gives an empty icon.
    theme : Theme
    role : str
        Role of `spectragui.gui.theme.theme.Palette`.

    Raises
    ------
    KeyError
        If the family has no such icon.
    """
    if not name:
        return QIcon()
    return QIcon(GlyphEngine(character(name), theme.color(role), theme.color("disabled")))
