"""Bring several spectra onto the pixels of one of them, and refuse those that must not be combined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import UnitError
from spectragui.core.numerics import interpolate_linear, resample
from spectragui.core.spectral_axis import FRAME_WORDS, air_to_vacuum, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
SAME_PIXELS = 1e-3  # of a pixel
COARSER = 1.05  # pixels this much wider than the target's are interpolated, not rebinned
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


def values_on_order(
    spectrum: AnySpectrum, target: Spectrum, factor: float = 1.0
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return flux, sigma and mask of a spectrum on the pixels of an order.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        Of its orders, the one with most good pixels on the target counts.
    target : Spectrum
        In Angstrom; where its medium differs and both are known, the other is converted.
    factor : float
        By which the wavelengths of ``spectrum`` are multiplied first.

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
    nothing = np.zeros(len(target)), np.full(len(target), np.inf), np.ones(len(target), dtype=bool)
    wanted = target.spectral_axis.values
    best, most = nothing, 0
    for order in orders_of(spectrum):
        order = order.in_angstrom()
        wavelength = _in_medium(order, target) * factor
        if wavelength[-1] < wanted[0] or wavelength[0] > wanted[-1]:
            continue
        found = _on_pixels(wavelength, order, wanted)
        n_good = int(np.count_nonzero(~found[2]))
        if n_good > most:
            best, most = found, n_good
    return best


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
    assert order.mask is not None
    step = float(np.median(np.diff(wanted)))
    if wavelength.size == wanted.size and np.all(np.abs(wavelength - wanted) < SAME_PIXELS * step):
        sigma = np.full(wanted.size, np.nan) if order.uncertainty is None else order.uncertainty
        flux = np.where(order.mask, 0.0, order.flux)
        return flux, np.where(order.mask, np.inf, sigma), order.mask.copy()
    is_coarser = float(np.median(np.diff(wavelength))) > COARSER * step
    how = interpolate_linear if is_coarser else resample
    return how(wavelength, order.flux, order.uncertainty, order.mask, wanted)
