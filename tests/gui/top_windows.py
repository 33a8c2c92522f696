"""`top_windows`: what stands on the screen by itself."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import Shiboken

Window = TypeVar("Window", bound=QWidget)


def top_windows(kind: type[Window] = QWidget, *, is_shown: bool = False) -> list[Window]:
    """Return the windows of a kind, all or those that are shown.

    A collection of garbage while one goes through Qt's list deletes windows that stand in it.
    """
    return [
        window
        for window in QApplication.topLevelWidgets()
        if Shiboken.isValid(window) and isinstance(window, kind) and (window.isVisible() or not is_shown)
    ]
