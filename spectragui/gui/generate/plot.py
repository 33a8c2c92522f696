"""`GeneratePlot`: a generated spectrum, its samples, another model's, and an observed one behind them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from spectragui.core.labels import true_minus
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.comparison_plot import segments
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.sensitivity_plot import SensitivityPlot
from spectragui.gui.plots.stacked_plot import StackedPlot
from spectragui.gui.theme.theme import Theme
from spectragui.inference.generate.overlay import Overlay

FloatArray = NDArray[np.float64]
MOST_SAMPLES = 5  # drawn; more would be a blot, and their band says it better


@dataclasses.dataclass(frozen=True, eq=False)
class GeneratedPicture:
    """What is drawn.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, air
    flux : ndarray, shape (n_pixels,)
        Normalised.
    label : str
        Of the model that made it.
    spread : ndarray, shape (n_pixels,), optional
        Standard deviation of samples, or 1 sigma of the noise.
    samples : ndarray, shape (n_samples, n_pixels), optional
        Of the model, or with noise: ``sample_label`` says which.
    other : ndarray, shape (n_pixels,), optional
        Flux of another model.
    other_label : str
    overlay : Overlay, optional
        An observed spectrum behind it.
    observed_label : str
    axis_label : str
    sample_label : str
    """

    wavelength_aa: FloatArray
    flux: FloatArray
    label: str = "generated"
    spread: FloatArray | None = None
    samples: NDArray[np.floating] | None = None
    other: FloatArray | None = None
    other_label: str = ""
    overlay: Overlay | None = None
    observed_label: str = ""
    axis_label: str = "Wavelength (Å, air, rest frame)"
    sample_label: str = "samples"


class GeneratePlot(StackedPlot):
    """Generated spectrum above the residual of an observed one and the difference of two models."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._picture: GeneratedPicture | None = None
        self._observed: tuple[Overlay, Curve] | None = None
        self.residual, self.difference = ResidualPlot(theme), SensitivityPlot(theme)
        self.difference.setAccessibleName("Difference of two models")
        label = GeneratedPicture.axis_label
        super().__init__(theme, (self.residual, self.difference), label, parent)
        self.plot.setAccessibleName("Generated spectrum")
        self.plot.set_axis_label("left", "Normalised flux")
        self.pointer.highlights = False
        self.set_band_shown(True)
        self.show_lower(self.residual, False)
        self.show_lower(self.difference, False)
        self.apply_theme()

    @property
    def picture(self) -> GeneratedPicture | None:
        """What is shown."""
        return self._picture

    def set_picture(self, picture: GeneratedPicture, is_settled: bool = True) -> None:
        """Draw a picture; the view stays where it is.

        Parameters
        ----------
        picture : GeneratedPicture
        is_settled : bool
            False while a slider moves: limits and overview then keep for a moment what they were.
        """
        is_first = self._picture is None
        self._picture = picture
        curves = self._curves(picture)
        if is_first or is_settled:
            self._show_curves(curves, curves[-1:] if picture.overlay is None else curves[:1])
        else:
            self.curves_item.set_curves(curves)
        self._show_lower(picture)
        self.set_axis_label(picture.axis_label)
        if is_first:
            self._start_anew()

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        super().fit_y()
        self.difference.fit_y(*self.box.viewRange()[0])

    def reset(self) -> None:
        """Show the whole window of the model."""
        super().reset()
        self.residual.reset_y()
        self.difference.fit_y(*self._full_x)

    def _curves(self, picture: GeneratedPicture) -> tuple[Curve, ...]:
        """Return the curves, the generated spectrum on top."""
        x, curves = picture.wavelength_aa, []
        if picture.overlay is not None:
            curves.append(self._observed_curve(picture.overlay, picture.observed_label))
        if picture.samples is not None:
            for number, sample in enumerate(picture.samples[:MOST_SAMPLES]):
                label = picture.sample_label if number == 0 else ""
                curves.append(_curve(f"sample {number}", label, "generated_alternate", x, sample))
        if picture.other is not None:
            other = _curve("other", picture.other_label, "generated_alternate", x, picture.other)
            curves.append(other)
        curves.append(_curve("generated", picture.label, "generated", x, picture.flux, picture.spread))
        return tuple(curves)

    def _observed_curve(self, overlay: Overlay, label: str) -> Curve:
        """Return the observed spectrum's curve: the one drawn already, as long as its level is the same."""
        if self._observed is not None:
            drawn, curve = self._observed
            same = len(drawn.levels) == len(overlay.levels)
            if same and all(a is b for a, b in zip(drawn.levels, overlay.levels, strict=True)):
                return curve
        comparison = overlay.comparison
        mask = comparison.mask | ~np.isfinite(comparison.observed)
        traces = (
            Trace(comparison.wavelength_aa[p], comparison.observed[p], None, mask[p], number)
            for number, p in enumerate(segments(comparison.wavelength_aa))
        )
        curve = curve_of_traces("observed", traces, label=label, role="observed")
        self._observed = overlay, curve
        return curve

    def _show_lower(self, picture: GeneratedPicture) -> None:
        overlay = picture.overlay
        self.show_lower(self.residual, overlay is not None)
        if overlay is not None:
            shown = overlay.comparison
            mask = shown.mask | ~np.isfinite(shown.residual_sigma)
            pieces = enumerate(segments(shown.wavelength_aa))
            traces = [
                Trace(shown.wavelength_aa[p], shown.residual_sigma[p], None, mask[p], i) for i, p in pieces
            ]
            self.residual.curves_item.set_curves(
                (curve_of_traces("residual", traces, label="", role="residual"),)
            )
        self.show_lower(self.difference, picture.other is not None)
        if picture.other is not None:
            change = 100.0 * (picture.flux - picture.other)
            curve = _curve("difference", "", "generated", picture.wavelength_aa, change)
            self.difference.set_curve(curve, "Difference (%)", short="Δ (%)")

    def _reading_text(self, reading: Reading | None) -> str:
        if reading is None:
            return ""
        text = reading.text(ANGSTROM)
        if self._picture is not None and self._picture.overlay is not None:
            residual = read_curves(self.residual.curves_item.curves, reading.x, 0.0)
            if residual is not None and np.isfinite(residual.flux):
                text += f"   residual {true_minus(f'{residual.flux:.1f}')} σ"
        return f"{reading.label}   {text}" if len(self.curves) > 1 and reading.label else text


def _curve(
    key: str,
    label: str,
    role: str,
    x: FloatArray,
    flux: NDArray[np.floating],
    spread: FloatArray | None = None,
) -> Curve:
    trace = Trace(x, np.asarray(flux, dtype=np.float64), spread, ~np.isfinite(flux), 0)
    return curve_of_traces(key, (trace,), label=label, role=role)
