"""`top_windows`: what stands on the screen by itself."""

from __future__ import annotations

import gc
from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import Shiboken

Window = TypeVar("Window", bound=QWidget)


def top_windows(kind: type[Window] = QWidget, *, is_shown: bool = False) -> list[Window]:
    """Return the windows of a kind, all or those that are shown.

    No garbage is collected while Qt's list becomes Python's: a window deleted meanwhile stands in it
    as a dangling pointer, and the process dies by it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        windows = QApplication.topLevelWidgets()
    finally:
        if was_enabled:
            gc.enable()
    return [
        window
        for window in windows
        if Shiboken.isValid(window) and isinstance(window, kind) and (window.isVisible() or not is_shown)
    ]
