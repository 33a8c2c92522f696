"""`ComparisonPlot`: data, the spectrum generated at the labels found, and the residual in sigma."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from spectragui.core.labels import LabelSet, true_minus
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces
from spectragui.gui.plots.mark_rows import MarkAxis
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.sensitivity_plot import SensitivityPlot
from spectragui.gui.plots.stacked_plot import StackedPlot
from spectragui.gui.theme.theme import Theme
from spectragui.inference.prediction import Comparison

AXIS_LABEL = "Wavelength (Å, {medium}, rest frame)"


class ComparisonPlot(StackedPlot):
    """Observed (ink) and generated (orange) spectrum above their residual, x linked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._comparison: Comparison | None = None
        self.residual, self.sensitivity = ResidualPlot(theme), SensitivityPlot(theme)
        super().__init__(theme, (self.residual, self.sensitivity), AXIS_LABEL.format(medium="air"), parent)
        self.plot.setAccessibleName("Observed and generated spectrum")
        self.plot.set_axis_label("left", "Normalised flux")
        self.pointer.highlights = False  # two curves, two colours with a meaning
        self.show_lower(self.sensitivity, False)
        self.apply_theme()

    @property
    def comparison(self) -> Comparison | None:
        """What is shown."""
        return self._comparison

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison, or nothing; the view stays where it was if the new data reach there."""
        had_one, self._comparison = self._comparison is not None, comparison
        if comparison is not None:
            self.set_axis_label(AXIS_LABEL.format(medium=comparison.medium))
            self.marks.set_axis(MarkAxis(medium=comparison.medium))
        curves = comparison_curves(comparison) if comparison is not None else ()
        self._show_curves(curves[:2], curves[:1])
        self.residual.set_curve(curves[2] if curves else None)
        if curves and not (had_one and self.covers(*self.box.viewRange()[0])):
            self._start_anew()

    def set_sensitivity(
        self,
        change: NDArray[np.float64] | None,
        label: str = "",
        short: str = "ΔF",
        names: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Show under the residual how flux and labels change with each other, shape (n_pixels,), or nothing.

        Parameters
        ----------
        change : ndarray or None
        label, short : str
            Of the axis, and where that is too long.
        names : sequence of (float, str)
            Wavelength and name of what matters most, the most important first.
        """
        curve = None
        if change is not None and self._comparison is not None:
            curve = sensitivity_curve(self._comparison, change)
        self.sensitivity.set_curve(curve, label, short, names)
        self.show_lower(self.sensitivity, curve is not None)

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        super().fit_y()
        self.sensitivity.fit_y(*self.box.viewRange()[0])

    def reset(self) -> None:
        """Show the whole window of the model, y limits from the percentiles."""
        super().reset()
        self.residual.reset_y()
        self.sensitivity.fit_y(*self._full_x)

    def _reading_text(self, reading: Reading | None) -> str:
        if reading is None:
            return ""
        text = reading.text(ANGSTROM)
        residual = read_curves(self.residual.curves_item.curves, reading.x, 0.0)
        if residual is not None and np.isfinite(residual.flux):
            text += f"   residual {true_minus(f'{residual.flux:.1f}')} σ"
        return f"{reading.label}   {text}" if reading.role == "generated" else text


def comparison_curves(comparison: Comparison) -> tuple[Curve, Curve, Curve]:
    """Return the curves of data, generated spectrum and residual."""
    mask = comparison.mask | ~np.isfinite(comparison.observed)
    pieces = segments(comparison.wavelength_aa)
    nothing = np.zeros(mask.size, dtype=bool)

    def make(key: str, label: str, role: str, flux: NDArray[np.float64], masked: NDArray[np.bool_],
             sigma: NDArray[np.float64] | None = None) -> Curve:  # fmt: skip
        traces = (
            Trace(comparison.wavelength_aa[p], flux[p], None if sigma is None else sigma[p], masked[p], i)
            for i, p in enumerate(pieces)
        )
        return curve_of_traces(key, traces, label=label, role=role)

    return (
        make("observed", "observed", "observed", comparison.observed, mask, comparison.uncertainty),
        make("generated", generated_label(comparison.labels), "generated", comparison.generated, nothing),
        make("residual", "", "residual", comparison.residual_sigma, mask),
    )


def sensitivity_curve(comparison: Comparison, change: NDArray[np.float64]) -> Curve:
    """Return the curve of a change of flux on a comparison's pixels."""
    nothing = np.zeros(change.size, dtype=bool)
    pieces = segments(comparison.wavelength_aa)
    traces = (
        Trace(comparison.wavelength_aa[piece], change[piece], None, nothing[piece], number)
        for number, piece in enumerate(pieces)
    )
    return curve_of_traces("sensitivity", traces, label="", role="generated")


def segments(wavelength_aa: NDArray[np.float64]) -> list[slice]:
    """Return the stretches that ascend in wavelength: one an order where orders overlap."""
    starts = np.flatnonzero(np.diff(wavelength_aa) <= 0) + 1
    edges = [0, *starts.tolist(), wavelength_aa.size]
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a > 1]


def generated_label(labels: LabelSet) -> str:
    """Return "generated at 5779 K, 4.42, −0.01"."""
    places = {"teff": "{:.0f} K", "logg": "{:.2f}", "m_h": "{:.2f}"}
    parts = [form.format(labels[name]) for name, form in places.items() if name in labels]
    parts = [part if part.endswith(" K") else true_minus(part) for part in parts]
    return "generated at " + ", ".join(parts) if parts else "generated"
