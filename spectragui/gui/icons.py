"""Icons of one family (Material Design outline) in the theme's colours."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from spectragui.gui.theme import Theme

ICON_PIXELS = 16


def icon(name: str, theme: Theme, role: str = "secondary") -> QIcon:
    """Return an icon in a colour of the theme; ask again when the theme has changed.

    Parameters
    ----------
    name : str
        qtawesome name, as "mdi6.folder-open-outline"; empty gives an empty icon.
    theme : Theme
    role : str
        Role of `spectragui.gui.theme.Palette`.
    """
    if not name:
        return QIcon()
    import qtawesome

    return qtawesome.icon(name, color=theme.color(role), color_disabled=theme.color("disabled"))
