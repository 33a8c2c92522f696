"""The pixels of a region that somebody selected: of the order that covers it best."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import covariance_factor, denoised_by
from spectragui.core.errors import MeasurementError
from spectragui.core.numerics import pixel_edges
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of

FloatArray = NDArray[np.float64]
SMALLEST_ERROR = 1e-9  # of the flux: no pixel is surer than that


@dataclasses.dataclass(frozen=True, eq=False)
class RegionPixels:
    """Good pixels between two wavelengths.

    Attributes
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Ascending.
    sigma : ndarray, shape (n_pixels,), or None
        1 sigma; None where the spectrum gives none.
    width_aa : ndarray, shape (n_pixels,)
        Of each pixel [Angstrom].
    n_masked : int
        Pixels of the region that are left out.
    order : int
        Index of the order they are from.
    start_aa, stop_aa : float
        Of the region, as it was asked for.
    factor : ndarray, shape (n_pixels, n_components), or None
        What their errors have in common (`spectragui.core.denoised.covariance_factor`).
    is_data : bool
        False of a denoised spectrum, whose scatter says nothing of its noise.
    """

    wavelength_aa: FloatArray
    flux: FloatArray
    sigma: FloatArray | None
    width_aa: FloatArray
    n_masked: int
    order: int
    start_aa: float
    stop_aa: float
    factor: FloatArray | None = None
    is_data: bool = True

    def __len__(self) -> int:
        return int(self.flux.size)

    def scaled(self) -> tuple[RegionPixels, float]:
        """Return the pixels with fluxes of order one, and by what they were divided.

        Fluxes of 1e-17 erg or 1e300 counts would else end in sums of squares that no float holds.
        """
        size = float(np.median(np.abs(self.flux)))
        if not (np.isfinite(size) and size > 0):
            return self, 1.0
        sigma = None if self.sigma is None else np.maximum(self.sigma / size, SMALLEST_ERROR)
        factor = None if self.factor is None else self.factor / size
        return dataclasses.replace(self, flux=self.flux / size, sigma=sigma, factor=factor), size


def region_pixels(spectrum: AnySpectrum, start_aa: float, stop_aa: float) -> RegionPixels:
    """Return the good pixels of a spectrum between two wavelengths.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        Of orders that overlap, the one with most good pixels there counts, then the one with the
        highest signal-to-noise ratio.
    start_aa, stop_aa : float
        In the spectrum's own medium and frame [Angstrom].

    Raises
    ------
    MeasurementError
        If the spectrum has no good pixel there.
    """
    start_aa, stop_aa = min(start_aa, stop_aa), max(start_aa, stop_aa)
    found = [_pixels(order, i, start_aa, stop_aa) for i, order in enumerate(orders_of(spectrum))]
    best = max(found, key=lambda pixels: (len(pixels), _quality(pixels)))
    if len(best) == 0:
        raise MeasurementError(
            f"There are no good pixels between {start_aa:.2f} and {stop_aa:.2f} Å.",
            "Select a region where the spectrum is.",
        )
    return best


def _pixels(order: Spectrum, number: int, start_aa: float, stop_aa: float) -> RegionPixels:
    order = order if order.spectral_axis.unit == "pixel" else order.in_angstrom()
    wavelength = order.spectral_axis.values
    inside = (wavelength >= start_aa) & (wavelength <= stop_aa)
    good = inside & order.good
    sigma = None if order.uncertainty is None else order.uncertainty[good]
    n_masked = int(inside.sum() - good.sum())
    widths = np.diff(pixel_edges(wavelength))
    factor = covariance_factor(order)
    return RegionPixels(
        wavelength[good],
        order.flux[good],
        sigma,
        widths[good],
        n_masked,
        number,
        start_aa,
        stop_aa,
        None if factor is None else factor[good],
        not denoised_by(order),
    )


def _quality(pixels: RegionPixels) -> float:
    if len(pixels) == 0:
        return -np.inf
    if pixels.sigma is None:
        return float(np.median(pixels.flux))
    return float(np.median(pixels.flux / pixels.sigma))
