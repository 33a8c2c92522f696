"""Put a spectrum on another grid of wavelengths."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core import numerics
from spectragui.core.errors import StageError
from spectragui.core.numerics import FloatArray, log_grid, overlapping_pixels, pixel_edges
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.pixel_stage import in_angstrom, require_good
from spectragui.preprocessing.stage import OrderStage, StageResult, register_stage

MAX_PIXELS = 2_000_000


@register_stage("resample", priority=130)
@dataclasses.dataclass(frozen=True)
class Resample(OrderStage):
    """Average over the pixels of an even grid, so that flux is conserved."""

    title = "Resample"
    help = "Put the spectrum on an even grid in wavelength or in velocity, flux conserved."

    grid: str = param(
        "linear",
        label="Grid",
        choices=("linear", "velocity"),
        help="Even in wavelength, or even in log wavelength (a constant step in velocity).",
    )
    step_aa: float = param(
        0.0,
        label="Step (linear)",
        unit="Å",
        minimum=0.0,
        maximum=100.0,
        step=0.01,
        help="Of the linear grid; 0 = the spectrum's own median step.",
        used_if=("grid", ("linear",)),
    )
    step_kms: float = param(
        0.0,
        label="Step (velocity)",
        unit="km/s",
        minimum=0.0,
        maximum=5000.0,
        step=0.1,
        help="Of the velocity grid; 0 = the spectrum's own median step.",
        used_if=("grid", ("velocity",)),
    )
    start_aa: float = param(0.0, label="From", unit="Å", minimum=0.0, help="First pixel; 0 = the spectrum's.")
    stop_aa: float = param(0.0, label="To", unit="Å", minimum=0.0, help="Last pixel; 0 = the spectrum's.")

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the order on its new grid, in Angstrom."""
        require_good(order, 2)
        upright = in_angstrom(order)
        wavelength = upright.wavelength_aa
        target = self._grid(wavelength)
        put = numerics.resample if _is_coarser(wavelength, target) else numerics.interpolate_linear
        flux, sigma, mask = put(wavelength, upright.flux, upright.uncertainty, upright.mask, target)
        new_sigma = None if upright.uncertainty is None else sigma
        axis = upright.spectral_axis.replace(values=target)
        changed = upright.without_blaze().without_correlation()
        changed = changed.replace(spectral_axis=axis, flux=flux, uncertainty=new_sigma, mask=mask)
        return StageResult(changed, notes=(_note(wavelength, target, put is numerics.resample),))

    def _grid(self, wavelength: FloatArray) -> FloatArray:
        start, stop = max(self.start_aa, 0.0) or wavelength[0], self.stop_aa or wavelength[-1]
        start, stop = float(start), float(stop)
        if self.grid == "linear":
            step = self.step_aa or float(np.median(np.diff(wavelength)))
            n_pixels = (stop - start) / step
        else:
            own = float(np.median(np.diff(np.log(wavelength)))) * SPEED_OF_LIGHT_KMS
            step = self.step_kms or own
            n_pixels = np.log(stop / start) / (step / SPEED_OF_LIGHT_KMS) if stop > start else 0.0
        if not 1.0 <= n_pixels + 1e-9 < MAX_PIXELS:
            raise StageError(
                f"The grid from {start:.2f} to {stop:.2f} Å would have {max(n_pixels + 1, 0):,.0f} pixels.",
                "Choose another range or step.",
            )
        # All orders lie on one grid: it is counted from zero (or from the start that was given).
        if self.grid == "linear":
            origin = self.start_aa or step * np.ceil(start / step - 1e-6)
            count = int(np.floor((stop - origin) / step + 1e-6)) + 1
            grid = origin + step * np.arange(count)
        else:
            unit = step / SPEED_OF_LIGHT_KMS
            origin = self.start_aa or float(np.exp(unit * np.ceil(np.log(start) / unit - 1e-6)))
            grid = log_grid(origin, stop, step) if stop > origin else np.empty(0)
        inside = grid[(grid >= wavelength[0] - step) & (grid <= wavelength[-1] + step)] if grid.size else grid
        if inside.size < 2:
            raise StageError(
                f"Fewer than 2 pixels of the grid lie on the spectrum "
                f"({wavelength[0]:.2f} to {wavelength[-1]:.2f} Å).",
                "Choose another range or step.",
            )
        return np.asarray(inside, dtype=np.float64)


def neighbour_correlation(wavelength_in: FloatArray, wavelength_out: FloatArray) -> float:
    """Return the mean correlation of neighbouring pixels after flux-conserving resampling of equal errors.

    Parameters
    ----------
    wavelength_in, wavelength_out : ndarray, ascending

    Notes
    -----
    Pixel o is sum_i w_oi f_i, so that cov(o, o + 1) = sum_i w_oi w_(o+1)i; only the pixel that both
    share counts.
    """
    index_in, index_out, overlap = overlapping_pixels(pixel_edges(wavelength_in), pixel_edges(wavelength_out))
    n_out = wavelength_out.size
    variance = np.bincount(index_out, weights=np.square(overlap), minlength=n_out)
    shared = (index_in[:-1] == index_in[1:]) & (index_out[1:] == index_out[:-1] + 1)
    covariance = np.zeros(n_out - 1)
    np.add.at(covariance, index_out[:-1][shared], (overlap[:-1] * overlap[1:])[shared])
    both = np.sqrt(variance[:-1] * variance[1:])
    usable = both > 0
    return float(np.mean(covariance[usable] / both[usable])) if usable.any() else 0.0


def _is_coarser(wavelength: FloatArray, target: FloatArray) -> bool:
    return bool(np.median(np.diff(target)) > 0.999 * np.median(np.diff(wavelength)))


def _note(wavelength: FloatArray, target: FloatArray, conserves: bool) -> str:
    if not conserves:
        return (
            "The grid is finer than the pixels: interpolated linearly; each pixel's error is right, "
            "neighbouring pixels are strongly correlated."
        )
    correlation = neighbour_correlation(wavelength, target)
    return (
        "Flux conserved; each pixel's error is right, neighbouring pixels are correlated "
        f"by {correlation:.1f}."
    )
