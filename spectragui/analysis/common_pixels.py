"""Bring several spectra onto the pixels of one of them, and refuse those that must not be combined."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.barycentric_correction import find_barycentric_correction
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


def check_alike(spectra: Sequence[AnySpectrum], *, needs_unit: bool = True, computes: bool = True) -> str:
    """Refuse spectra whose axes differ in what cannot be bridged without being told.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
    needs_unit : bool
        Whether the fluxes have to be in one unit.
    computes : bool
        Whether the Earth's motion is computed where a header gives only place and time: it takes a moment.

    Returns
    -------
    str
        What cannot be known of them, and so is to be minded, in a sentence; empty = nothing.

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
    return _check_motion(spectra, computes) if axes[0].frame == "observer" else ""


def short_name(spectrum: AnySpectrum) -> str:
    """Return what a spectrum is called, without the folders of its file."""
    return spectrum.name.replace("\\", "/").rsplit("/", 1)[-1]


def with_doubt(combined: AnySpectrum, doubt: str) -> AnySpectrum:
    """Return what was combined, with what is to be minded of it after the last line of its history."""
    if not doubt:
        return combined
    *before, last = combined.meta["history"]
    return combined.with_meta(history=(*before, f"{last} {doubt}"))


def _check_motion(spectra: Sequence[AnySpectrum], computes: bool) -> str:
    motions = [_motion(spectrum, computes) for spectrum in spectra]
    known = [motion for motion in motions if math.isfinite(motion)]
    if known and max(known) - min(known) > SAME_MOTION_KMS:
        raise UnitError(
            f"The spectra are in the observer's frame, and the Earth's motion differs by "
            f"{max(known) - min(known):.1f} km/s between them: the star's lines would not coincide.",
            "Convert each to the barycentre first.",
        )
    files = {str(spectrum.meta.get("file", "")) for spectrum in spectra}
    names = [short_name(one) for one, motion in zip(spectra, motions, strict=True) if math.isnan(motion)]
    if not names or (len(files) == 1 and "" not in files):  # of one exposure: it is the same motion
        return ""
    said = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return (
        f"The Earth's motion is not known of {said}: in the observer's frame, the star's lines coincide only "
        "where both were taken in one night."
    )


def _motion(spectrum: AnySpectrum, computes: bool) -> float:
    """Return the Earth's motion towards the star [km/s], from the header or computed; NaN if unknown."""
    given = {**orders_of(spectrum)[0].meta, **spectrum.meta}.get("berv_kms")
    if given is not None and math.isfinite(float(given)):
        return float(given)
    if not computes:
        return math.nan
    try:
        found = find_barycentric_correction(spectrum)
    except UnitError:
        return math.nan
    return math.nan if found is None else found.velocity_kms


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
