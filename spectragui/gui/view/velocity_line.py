"""Ask for the line at velocity zero: a marked one, or a wavelength."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QWidget

from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.spectrum_plot import SpectrumPlot
from spectragui.io.line_lists.line_lists import stellar_lines


def ask_line(parent: QWidget, plot: SpectrumPlot) -> DisplayUnit | None:
    """Ask for the line at velocity zero, those in the view first; None = no line was given."""
    medium = plot.medium
    view = sorted(plot.unit.to_angstrom(plot.box.viewRange()[0], medium).tolist())
    lines = [(line.name, line.wavelength_in(medium)) for line in stellar_lines()]
    lines.sort(key=lambda line: not view[0] < line[1] < view[1])
    names = [f"{name} {wavelength:.2f}" for name, wavelength in lines]
    text, is_chosen = QInputDialog.getItem(
        parent, "Velocity about a line", "Line, or its wavelength at rest in Å:", names, 0, True
    )
    try:
        wavelength = float(text.split()[-1])
    except (ValueError, IndexError):
        return None
    return DisplayUnit("velocity", wavelength, text) if is_chosen and wavelength > 0 else None
