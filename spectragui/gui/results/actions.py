"""The rows of `ACTIONS` that are about the results table."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_results, register_action
from spectragui.gui.window import Window


def _export(window: Window) -> None:
    from spectragui.gui.results.panel import ResultsPanel

    panel = window.panel("Results")
    if isinstance(panel, ResultsPanel):
        panel.export()


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
        bars=(("Spectra.menu", 3),),
    ),
):
    register_action(_row)
