"""Files that are dragged onto the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent


def local_files(event: QDropEvent | QDragEnterEvent) -> list[Path]:
    """Return the files of a drag; those of a folder in place of the folder."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    files: list[Path] = []
    for path in paths:
        files.extend(sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path])
    return files
