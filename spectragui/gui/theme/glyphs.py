"""The few marks (tick, chevrons) that a style sheet can only take from a file, drawn in any colour."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import WriteError

# Strokes of the few marks that a style sheet can only take from a file, in a box of 16.
_GLYPHS = {
    "check": "M3.5 8.5 L6.7 11.7 L12.5 4.8",
    "dash": "M4 8 L12 8",
    "chevron-down": "M4.5 6.3 L8 9.8 L11.5 6.3",
    "chevron-up": "M4.5 9.7 L8 6.2 L11.5 9.7",
    "chevron-left": "M9.7 4.5 L6.2 8 L9.7 11.5",
    "chevron-right": "M6.3 4.5 L9.8 8 L6.3 11.5",
    "close": "M4.5 4.5 L11.5 11.5 M11.5 4.5 L4.5 11.5",
}


def glyph_file(name: str, colour: str) -> str:
    """Return the path of a mark drawn in a colour ("#RRGGBB"), made when it is first asked for."""
    path = _glyph_folder() / f"{name}-{colour.lstrip('#').lower()}.svg"
    if not path.exists():
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
            f'<path d="{_GLYPHS[name]}" fill="none" stroke="{colour}" stroke-width="1.7" '
            'stroke-linecap="round" stroke-linejoin="round"/></svg>'
        )
        with contextlib.suppress(WriteError):  # a full disk costs the marks, not the window
            write_text_atomically(path, drawing)
    return path.as_posix()


@functools.cache
def _glyph_folder() -> Path:
    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)
    folder = Path(cache) / "spectragui" / "glyphs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
    except OSError:  # a read-only home: the marks go where anything may be written
        with contextlib.suppress(OSError):
            folder = Path(tempfile.gettempdir()) / "spectragui-glyphs"
            folder.mkdir(parents=True, exist_ok=True)
    return folder
