"""Buttons with a menu, which look as they should once the menu is closed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton


def give_menu(button: QPushButton | QToolButton, menu: QMenu) -> None:
    """Give a button its menu; when that was closed, the button is lit only where the pointer is on it."""
    menu.aboutToHide.connect(lambda: _leave(button))
    button.setMenu(menu)


def _leave(button: QPushButton | QToolButton) -> None:
    """Say to a button whether the pointer is on it: Qt tells it nothing when its menu is closed elsewhere."""
    is_under = button.rect().contains(button.mapFromGlobal(QCursor.pos()))
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_under)
    button.update()
