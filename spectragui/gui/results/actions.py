"""The rows of `ACTIONS` that are about the results table."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_results, register_action
from spectragui.gui.window import Window


def _export(window: Window) -> None:
    from spectragui.gui.results.exporting import ask_and_export

    ask_and_export(window.session, window)


for _row in (
    Action(
        "file.export",
        "&Export results…",
        _export,
        "File",
        "mdi6.export-variant",
        "Ctrl+E",
        "Write the results table as ECSV, CSV, FITS, VOTable or LaTeX",
        has_results,
        toolbar="Export",
        group=3,
    ),
):
    register_action(_row)
