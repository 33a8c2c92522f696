"""Files that are dragged onto the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent


def local_files(event: QDropEvent | QDragEnterEvent) -> list[Path]:
    """Return the files and folders of a drag."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
