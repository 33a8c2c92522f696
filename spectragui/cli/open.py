"""`spectragui [FILES]`: open the window, or save a picture of it; the only command that needs Qt."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path


def open_window(
    files: Sequence[str | Path],
    screenshot: str | Path | None = None,
    panel: str | None = None,
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    scale: float | None = None,
    watch: str | Path | None = None,
) -> int:
    """Open the window on some files.

    Parameters
    ----------
    files : sequence of path-like
    screenshot : path-like, optional
        Save a picture as PNG when every job is done, without a display if need be, and return.
    panel : str, optional
        Panel to show; "Parameters" predicts in a screenshot.
    theme : {"light", "dark"}, optional
        Instead of the one in the preferences.
    size : (int, int), optional
        Width and height of the window.
    scale : float, optional
        Of the interface.
    watch : path-like, optional
        Folder whose new files are opened as they arrive.

    Returns
    -------
    int
        Exit status of the process.
    """
    gc.disable()  # what is made until the window stands is there to stay; `start` collects from then on
    try:
        from spectragui.gui.app import StartOptions, file_tuple, start

        options = StartOptions(
            files=file_tuple(files),
            screenshot=Path(screenshot) if screenshot is not None else None,
            panel=panel or "",
            theme=theme or "",
            size=size,
            scale=scale,
            watch=Path(watch) if watch is not None else None,
        )
        return start(options)
    finally:
        gc.enable()
