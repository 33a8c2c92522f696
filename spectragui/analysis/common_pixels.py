"""Bring several spectra onto the pixels of one of them, and refuse those that must not be combined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import UnitError
from spectragui.core.numerics import find_gaps, interpolate_linear, resample
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import FRAME_WORDS, air_to_vacuum, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.one_spectrum import as_one_spectrum

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
SAME_PIXELS = 1e-3  # of a pixel
COARSER = 1.05  # pixels this much wider than the target's are interpolated, not rebinned
COUNTERPART = 0.9  # of what all orders cover of another one: so much of it one alone has to cover
SAME_MOTION_KMS = 0.3  # exposures of one night in the observer's frame may differ by this much


def check_alike(spectra: Sequence[AnySpectrum], *, needs_unit: bool = True) -> None:
    """Refuse spectra whose axes differ in what cannot be bridged without being told.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
    needs_unit : bool
        Whether the fluxes have to be in one unit.

    Raises
    ------
    UnitError
        If frames or media differ, or, in the observer's frame, the Earth moved otherwise.
    """
    axes = [orders_of(spectrum)[0].spectral_axis for spectrum in spectra]
    names = [short_name(spectrum) for spectrum in spectra]
    for i in range(1, len(axes)):
        if axes[i].frame != axes[0].frame:
            raise UnitError(
                f"The frames differ and cannot be combined: {names[0]} {FRAME_WORDS[axes[0].frame]}, "
                f"{names[i]} {FRAME_WORDS[axes[i].frame]}.",
                "Convert them to one frame first, or correct the passport.",
            )
        if axes[i].medium != axes[0].medium:
            raise UnitError(
                f"The media differ: {names[0]} {axes[0].medium}, {names[i]} {axes[i].medium}.",
                "Convert them to one medium first, or correct the passport.",
            )
    units = {orders_of(spectrum)[0].flux_unit for spectrum in spectra}
    if needs_unit and len(units) > 1:
        said = " and ".join(sorted(unit or "no unit" for unit in units))
        raise UnitError(f"The fluxes are in {said}.", "Combine spectra of one unit.")
    if axes[0].frame == "observer":
        _check_motion(spectra)


def short_name(spectrum: AnySpectrum) -> str:
    """Return what a spectrum is called, without the folders of its file."""
    return spectrum.name.replace("\\", "/").rsplit("/", 1)[-1]


def _check_motion(spectra: Sequence[AnySpectrum]) -> None:
    motions = [
        float(value)
        for spectrum in spectra
        if (value := {**orders_of(spectrum)[0].meta, **spectrum.meta}.get("berv_kms")) is not None
    ]
    if motions and max(motions) - min(motions) > SAME_MOTION_KMS:
        spread = max(motions) - min(motions)
        raise UnitError(
            f"The spectra are in the observer's frame, and the Earth's motion differs by {spread:.1f} km/s "
            "between them: the star's lines would not coincide.",
            "Convert each to the barycentre first.",
        )


class OnPixels:
    """A spectrum to be brought onto the pixels of orders, one after another.

    Each order is met by its counterpart, the order that covers it. Where some order has none that
    covers nearly all of what the others reach together, the spectrum is stitched first, and all
    orders are met by the whole of it.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    targets : sequence of Spectrum
        In Angstrom; where their medium differs and both are known, the spectrum is converted.
    factor : float
        By which the wavelengths of ``spectrum`` are multiplied first.
    progress : Progress
        Of the stitching; may raise `Cancelled`.

    Raises
    ------
    StageError
        If its orders have to be stitched and cannot be.
    """

    def __init__(
        self,
        spectrum: AnySpectrum,
        targets: Sequence[Spectrum],
        factor: float = 1.0,
        progress: Progress = no_progress,
    ) -> None:
        self._factor = factor
        self._orders = tuple(order.in_angstrom() for order in orders_of(spectrum))
        #: How orders were joined, in words after "its"; empty where they were not.
        self.how = ""
        if isinstance(spectrum, EchelleSpectrum) and not all(self._has_counterpart(one) for one in targets):
            whole, self.how = as_one_spectrum(spectrum, progress)
            self._orders = (whole.in_angstrom(),)

    def on(self, target: Spectrum) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return flux, sigma and mask on the pixels of an order.

        Returns
        -------
        flux, sigma : ndarray, shape (n_pixels,)
            Sigma NaN where the spectrum gives none; masked pixels hold 0 and infinity.
        mask : ndarray of bool, shape (n_pixels,)

        Notes
        -----
        Equal pixels are taken as they are. Otherwise flux is conserved (`resample`), or interpolated
        where the spectrum's pixels are wider; errors follow, neighbouring pixels are correlated then.
        """
        best = np.zeros(len(target)), np.full(len(target), np.inf), np.ones(len(target), dtype=bool)
        most = 0
        wanted = target.spectral_axis.values
        for order in self._orders:
            wavelength = self._wavelength(order, target)
            if wavelength[-1] < wanted[0] or wavelength[0] > wanted[-1]:
                continue
            found = _on_pixels(wavelength, order, wanted)
            n_good = int(np.count_nonzero(~found[2]))
            if n_good > most:
                best, most = found, n_good
        return best

    def _has_counterpart(self, target: Spectrum) -> bool:
        """Whether one order covers nearly all that all of them cover of a target."""
        low, high = target.spectral_axis.values[[0, -1]]
        ends = [self._wavelength(order, target)[[0, -1]] for order in self._orders]
        parts = sorted((max(a, low), min(b, high)) for a, b in ends if a < high and b > low)
        covered, reached = 0.0, low
        for start, stop in parts:
            covered += max(stop - max(start, reached), 0.0)
            reached = max(stop, reached)
        return not parts or max(stop - start for start, stop in parts) >= COUNTERPART * covered

    def _wavelength(self, order: Spectrum, target: Spectrum) -> FloatArray:
        return _in_medium(order, target) * self._factor


def _in_medium(order: Spectrum, target: Spectrum) -> FloatArray:
    medium, wanted = order.spectral_axis.medium, target.spectral_axis.medium
    if (medium, wanted) == ("air", "vacuum"):
        return air_to_vacuum(order.spectral_axis.values)
    if (medium, wanted) == ("vacuum", "air"):
        return vacuum_to_air(order.spectral_axis.values)
    return order.spectral_axis.values


def _on_pixels(
    wavelength: FloatArray, order: Spectrum, wanted: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    step = float(np.median(np.diff(wanted)))
    if wavelength.size == wanted.size and np.all(np.abs(wavelength - wanted) < SAME_PIXELS * step):
        sigma = np.full(wanted.size, np.nan) if order.uncertainty is None else order.uncertainty
        flux = np.where(order.mask, 0.0, order.flux)
        return flux, np.where(order.mask, np.inf, sigma), order.mask.copy()
    is_coarser = float(np.median(np.diff(wavelength))) > COARSER * step
    if not is_coarser:
        return resample(wavelength, order.flux, order.uncertainty, order.mask, wanted)
    flux, sigma, mask = interpolate_linear(wavelength, order.flux, order.uncertainty, order.mask, wanted)
    for gap in find_gaps(wavelength):  # what lies between two stretches was not observed
        mask |= (wanted > wavelength[gap]) & (wanted < wavelength[gap + 1])
    return np.where(mask, 0.0, flux), np.where(mask, np.inf, sigma), mask
