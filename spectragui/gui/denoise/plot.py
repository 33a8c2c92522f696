"""`DenoisePlot`: noisy and denoised spectrum, the residual in sigma, what became of a tried line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from spectragui.core.labels import true_minus
from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.plots.axis_units import ANGSTROM, in_medium
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces, good_flux_sample, make_curve
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.mark_rows import MarkAxis, MarkRow
from spectragui.gui.plots.region_shades import RegionShades
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.stacked_plot import StackedPlot
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.session.denoise_state import Denoising
from spectragui.gui.theme.theme import Theme
from spectragui.inference.denoise.denoising_result import Denoised, Region
from spectragui.inference.denoise.line_trial import LineTrial
from spectragui.preprocessing.stage import StageRegion

DOUBT = "doubt"  # key of the row of marks that names the regions
ALONE_PARTS = 2.5  # quarters of the upper plot's height
Y_MARGIN = 0.06  # of the range, above and below
LEAST_IN_VIEW = 0.5  # of the flux of another spectrum: else y limits are chosen anew
FloatArray = NDArray[np.float64]


class NoiselessPlot(LowerPlot):
    """Curves without noise: the y limits are those of all in the view, since nothing is an outlier."""

    def fit_y(self, start: float, stop: float) -> None:
        """Choose y limits for what lies between two x."""
        samples = [curve.on_screen(good_flux_sample(curve, start, stop)) for curve in self.curves]
        values = np.concatenate(samples) if samples else np.empty(0)
        if values.size:
            low, high = float(values.min()), float(values.max())
            margin = Y_MARGIN * (high - low) or 1e-3 * abs(high) or 1.0
            self.box.setYRange(low - margin, high + margin, padding=0.0)


class DenoisePlot(StackedPlot):
    """Noisy (ink) and denoised (blue) spectrum above their residual, x linked.

    On demand the denoised spectrum stands alone below, with its own y limits.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._noisy: AnySpectrum | None = None
        self._denoising: Denoising | None = None
        self._is_apart = True
        self.apart = NoiselessPlot(theme, "Denoised spectrum alone")
        self.change = NoiselessPlot(theme, "Change by the tried line")
        self.residual = ResidualPlot(theme)
        super().__init__(theme, (self.apart, self.change, self.residual), "Wavelength (Å)", parent)
        self.plot.setAccessibleName("Noisy and denoised spectrum")
        self.pointer.highlights = False  # the colours have a meaning
        self.apart.set_axis_label("left", "Denoised", short="Den.")
        self.change.set_axis_label("left", "Change", short="Δ")
        self.shades = tuple(RegionShades(plot) for plot in (self.plot, self.apart, self.residual))
        for plot in (self.apart, self.change, self.residual):
            self.show_lower(plot, False)
        self.set_band_shown(True)
        self.set_marks_shown(True)
        self.apply_theme()

    @property
    def flux_plots(self) -> tuple[LowerPlot, ...]:
        """The lower plots that show flux as the upper one does."""
        return (self.apart,)

    @property
    def denoising(self) -> Denoising | None:
        """What is shown of a denoiser."""
        return self._denoising

    @property
    def noisy(self) -> AnySpectrum | None:
        """The noisy spectrum that is shown."""
        return self._noisy

    def set_denoising(self, noisy: AnySpectrum | None, denoising: Denoising | None) -> None:
        """Show a noisy spectrum, with what a denoiser made of it; the view stays if the data are there."""
        before_it, self._noisy, self._denoising = self._noisy, noisy, denoising
        trial = None if denoising is None else denoising.trial
        shown = denoising.denoised if denoising is not None and trial is None else None
        if trial is not None:
            shown, noisy = trial.after, trial.after.noisy
        curves = () if noisy is None else (make_curve("noisy", noisy, ANGSTROM, label="noisy"),)
        denoised = () if shown is None else (_denoised_curve(shown),)
        before = () if trial is None else (_before_curve(trial.before),)
        self._show_curves((*curves, *before, *denoised), curves)
        self.apart.set_curves((*before, *denoised))
        self.show_lower(self.apart, self._is_apart and shown is not None)
        self._show_residual(shown)
        self._show_change(trial)
        self._show_regions(() if shown is None else shown.regions)
        if noisy is not None:
            self._label(noisy, shown)
            if before_it is None or not self.covers(*self.box.viewRange()[0]):
                self._start_anew()
            elif not _is_same_flux(before_it, noisy) and self._is_out_of_view(noisy):
                self.fit_y()
        self._fit_noiseless()

    def _is_out_of_view(self, spectrum: AnySpectrum) -> bool:
        """Whether most of a spectrum's flux lies above or below the view: that of a brighter star, say."""
        (left, right), (low, high) = self.box.viewRange()
        x, flux = _wavelengths(spectrum), np.concatenate([order.flux for order in orders_of(spectrum)])
        seen = flux[(x >= left) & (x <= right) & np.isfinite(flux)]
        return bool(seen.size) and float(np.mean((seen >= low) & (seen <= high))) < LEAST_IN_VIEW

    def set_apart(self, shown: bool) -> None:
        """Draw the denoised spectrum alone too, below."""
        self._is_apart = shown
        self.show_lower(self.apart, shown and self._denoising is not None)
        self._fit_noiseless()

    def forget(self) -> None:
        """Let go of the spectrum and of what was made of it."""
        self.set_denoising(None, None)

    def set_band_shown(self, shown: bool) -> None:
        """Show or hide one sigma of the denoised flux."""
        self.apart.curves_item.set_band_shown(shown)

    def set_marks_shown(self, shown: bool) -> None:
        """Show or hide the names of strong lines; those of the regions stay."""
        self._marks_shown = shown
        has_regions = bool(self.shades[0].regions)
        self.set_mark_rows((*(("star",) if shown else ()), *((DOUBT,) if has_regions else ())))

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        super().fit_y()
        self._fit_noiseless()

    def reset(self) -> None:
        """Show everything, y limits from the percentiles."""
        super().reset()
        self.residual.reset_y()
        self._fit_noiseless()

    def _fit_noiseless(self) -> None:
        """Choose y limits of the lower plots for the view: while hidden they do not follow it."""
        for plot in (self.apart, self.change):
            plot.fit_y(*self.box.viewRange()[0])

    def _parts(self, plot: StyledPlot) -> float:
        return ALONE_PARTS if plot is self.apart else 1.0

    def _show_residual(self, denoised: Denoised | None) -> None:
        self.show_lower(self.residual, denoised is not None)
        if denoised is None:
            self.residual.set_curve(None)
            return
        x = _wavelengths(denoised.noisy)
        self.residual.set_curve(_curve("residual", "residual", x, denoised.residual_sigma))

    def _show_change(self, trial: LineTrial | None) -> None:
        self.show_lower(self.change, trial is not None)
        if trial is None:
            self.change.set_curves(())
            return
        x = _wavelengths(trial.before.noisy)
        made, shown = _curve("made", "generated", x, trial.added), _curve("shown", "denoised", x, trial.shown)
        self.change.set_curves((made, shown))

    def _show_regions(self, regions: tuple[Region, ...]) -> None:
        found = [StageRegion(one.start_aa, one.stop_aa, one.kind, text=one.words) for one in regions]
        for shades in self.shades:
            shades.set_regions(found)

    def _label(self, noisy: AnySpectrum, denoised: Denoised | None) -> None:
        axes = tuple(order.spectral_axis for order in orders_of(noisy))
        self.set_axis_label(ANGSTROM.axis_label(axes))
        medium = axes[0].medium
        unit = orders_of(noisy)[0].flux_unit
        self.plot.set_axis_label("left", f"Flux ({unit})" if unit else "Flux")
        velocity = 0.0 if denoised is None else float(denoised.row["v_rad"])
        factor = doppler_factor(velocity) if np.isfinite(velocity) else 1.0
        self.marks.set_axis(MarkAxis(medium=medium, star_factor=factor))
        self.marks.set_row(_region_row(() if denoised is None else denoised.regions, medium))
        self.set_marks_shown(self._marks_shown)

    def _reading_text(self, reading: Reading | None) -> str:
        if reading is None:
            return ""
        text = reading.text(ANGSTROM)
        residual = read_curves(self.residual.curves_item.curves, reading.x, 0.0)
        if residual is not None and np.isfinite(residual.flux):
            text += f"   residual {true_minus(f'{residual.flux:.1f}')} σ"
        return f"{reading.label}   {text}" if reading.label else text


def _is_same_flux(one: AnySpectrum, other: AnySpectrum) -> bool:
    pairs = list(zip(orders_of(one), orders_of(other), strict=False))
    is_same = all(np.array_equal(a.flux, b.flux, equal_nan=True) for a, b in pairs)
    return is_same and len(orders_of(one)) == len(orders_of(other))


def _denoised_curve(denoised: Denoised) -> Curve:
    return make_curve("denoised", denoised.spectrum, ANGSTROM, label="denoised", role="denoised")


def _before_curve(denoised: Denoised) -> Curve:
    return make_curve("before", denoised.spectrum, ANGSTROM, label="before", role="residual")


def _wavelengths(spectrum: AnySpectrum) -> FloatArray:
    return np.concatenate([order.wavelength_aa for order in orders_of(spectrum)])


def _curve(key: str, role: str, x: FloatArray, values: FloatArray) -> Curve:
    ascending = slice(None) if x[0] < x[-1] else slice(None, None, -1)
    trace = Trace(x[ascending], values[ascending], None, ~np.isfinite(values[ascending]), 0)
    return curve_of_traces(key, (trace,), label="", role=role)


def _region_row(regions: tuple[Region, ...], medium: str) -> MarkRow:
    """Return the row of marks that names the regions."""
    limits = np.array([(one.start_aa, one.stop_aa) for one in regions], dtype=float).reshape(-1, 2)
    vacuum = in_medium(limits, medium, "vacuum") if limits.size else limits
    return MarkRow(
        DOUBT,
        "Network",
        tuple(one.kind for one in regions),
        vacuum[:, 0],
        vacuum[:, 1],
        tuple(one.words for one in regions),
        "caution",
    )
