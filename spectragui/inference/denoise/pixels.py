"""A spectrum's own pixels as a denoiser takes them, and the way back."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError, UnitError
from spectragui.core.numerics import der_noise
from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of

Floats = NDArray[np.float64]
MIN_PIXELS = 100
MIN_COVERAGE = 0.2
N_STRETCHES, LEAST_OF_STRETCH = 40, 0.4
#: Width of the prior of the smooth factor of a flux that is not calibrated.
FREE_LEVEL = 0.3


@dataclasses.dataclass(frozen=True, eq=False)
class DenoiserPixels:
    """Pixels inside a denoiser's window, ascending, per frequency.

    Attributes
    ----------
    index : ndarray of int, shape (n,)
        Of the spectrum's own pixels.
    wavelength_aa : ndarray, shape (n,)
        Vacuum, the spectrum's own frame.
    flux, sigma : ndarray, shape (n,)
        Sigma infinite where masked.
    to_fnu : ndarray, shape (n,)
        Own flux times this is ``flux``.
    free_level : float
        Width of the prior of an additional smooth factor.
    has_errors : bool
    coverage : float
        Part of the window that good pixels cover.
    reached : float
        Part of the window's stretches in which enough pixels are good: masked pixels among good ones lack
        nothing that their neighbours do not tell.
    is_medium_assumed : bool
    notes : tuple of str
    """

    index: NDArray[np.int64]
    wavelength_aa: Floats
    flux: Floats
    sigma: Floats
    to_fnu: Floats
    free_level: float
    has_errors: bool
    coverage: float
    reached: float
    is_medium_assumed: bool
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> NDArray[np.bool_]:
        """Pixels that count."""
        return np.isfinite(self.sigma)


def one_order(spectrum: AnySpectrum, window_aa: tuple[float, float], name: str) -> Spectrum:
    """Return the one order that lies in a window.

    Raises
    ------
    ModelError
        If there are several, or none.
    """
    if not isinstance(spectrum, EchelleSpectrum):
        return spectrum
    inside = []
    for order in orders_of(spectrum):
        try:
            wavelength = order.wavelength_aa
        except UnitError:
            continue
        if wavelength.max() > window_aa[0] and wavelength.min() < window_aa[1]:
            inside.append(order)
    if len(inside) == 1:
        return inside[0].replace(meta={**spectrum.meta, **inside[0].meta})
    if not inside:
        raise ModelError(no_overlap(spectrum, {name: window_aa}))
    raise ModelError(
        f"{spectrum.name} has {len(inside)} orders in the window of {name}; it denoises one spectrum.",
        "Stitch the orders first.",
    )


def denoiser_pixels(spectrum: Spectrum, window_aa: tuple[float, float], name: str) -> DenoiserPixels:
    """Return the pixels of a spectrum that lie in a denoiser's window (vacuum).

    Raises
    ------
    ModelError
        If too little is there, the sampling is too coarse or nothing is above the noise.
    UnitError
        If the axis has no wavelengths.
    """
    notes: list[str] = []
    wavelength = spectrum.wavelength_aa
    axis = spectrum.spectral_axis
    if axis.medium == "air":
        wavelength = air_to_vacuum(wavelength)
    elif axis.medium == "unknown":
        notes.append("The medium of the wavelengths is not known: vacuum was assumed.")
    order = np.argsort(wavelength, kind="stable")
    inside = order[(wavelength[order] >= window_aa[0] - 0.5) & (wavelength[order] <= window_aa[1] + 0.5)]
    if inside.size < MIN_PIXELS:
        raise ModelError(no_overlap(spectrum, {name: window_aa}), "Choose a denoiser of its wavelengths.")
    at = wavelength[inside]
    to_fnu, free_level, note = _per_frequency(spectrum, at)
    if note:
        notes.append(note)
    good = spectrum.good[inside] & np.isfinite(spectrum.flux[inside])
    steps = np.gradient(at)
    coverage = float(np.sum(steps[good]) / (window_aa[1] - window_aa[0])) if good.any() else 0.0
    if good.sum() < MIN_PIXELS or coverage < MIN_COVERAGE:
        raise ModelError(
            f"{spectrum.name} has good pixels in {100 * coverage:.0f} % of the window of {name}, "
            f"{window_aa[0]:.0f}-{window_aa[1]:.0f} A in vacuum; {100 * MIN_COVERAGE:.0f} % are needed."
        )
    flux = np.where(good, spectrum.flux[inside], 0.0) * to_fnu
    has_errors = spectrum.uncertainty is not None
    if spectrum.uncertainty is not None:
        sigma = np.where(good, spectrum.uncertainty[inside] * to_fnu, np.inf)
    else:
        notes.append("The file gives no errors: the noise was estimated from the flux.")
        sigma = np.where(good, running_noise(flux, good), np.inf)
    return DenoiserPixels(
        inside,
        at,
        flux,
        sigma,
        to_fnu,
        free_level,
        has_errors,
        min(coverage, 1.0),
        _reached(at, np.where(good, steps, 0.0), window_aa),
        axis.is_medium_assumed,
        tuple(notes),
    )


def _reached(at: Floats, good_steps: Floats, window_aa: tuple[float, float]) -> float:
    """Return the part of a window's stretches that good pixels cover by at least `LEAST_OF_STRETCH`."""
    covered, edges = np.histogram(at, N_STRETCHES, window_aa, weights=good_steps)
    return float(np.mean(covered >= LEAST_OF_STRETCH * (edges[1] - edges[0])))


def running_noise(flux: Floats, good: NDArray[np.bool_], window: int = 201) -> Floats:
    """Estimate each pixel's noise from the scatter about it, shape (n,); the median of blocks."""
    whole = der_noise(flux, ~good)
    floor = max(whole, 1e-12 * float(np.median(np.abs(flux[good]))), 1e-300)
    centres, values = [], []
    for start in range(0, flux.size, window // 2):
        rows = slice(start, start + window)
        if good[rows].sum() > 30:
            centres.append(start + 0.5 * window)
            values.append(der_noise(flux[rows], ~good[rows]))
    if not centres:
        return np.full(flux.size, floor)
    return np.maximum(np.interp(np.arange(flux.size), centres, values), 0.3 * floor)


def _per_frequency(spectrum: Spectrum, wavelength: Floats) -> tuple[Floats, float, str]:
    """Return the factor to flux per frequency, how free the level is, and what is to be said."""
    factor = np.square(wavelength / np.median(wavelength))
    unit = spectrum.flux_unit
    if spectrum.meta.get("normalised"):
        return factor, FREE_LEVEL, "The flux is normalised: the level was left free."
    kind = _flux_kind(unit)
    if kind == "frequency":
        return np.ones_like(wavelength), 0.0, ""
    if kind == "wavelength":
        return factor, 0.0, ""
    said = f"The flux is in {unit}" if unit else "The flux has no unit"
    return np.ones_like(wavelength), FREE_LEVEL, f"{said}, not calibrated: the level was left free."


def _flux_kind(unit: str) -> str:
    from astropy import units as u

    try:
        known = u.Unit(unit)
    except (ValueError, TypeError):
        return ""
    for name, wanted in (("frequency", u.Jy), ("wavelength", u.erg / u.s / u.cm**2 / u.AA)):
        if known.is_equivalent(wanted):
            return name
    return ""


def without(pixels: DenoiserPixels, left_out: NDArray[np.bool_]) -> DenoiserPixels:
    """Return pixels with some of them taken away, and a note that says so."""
    keep = ~left_out
    lost = pixels.wavelength_aa[left_out]
    note = (
        f"{lost.size} pixels in {lost.min():.0f}-{lost.max():.0f} A were left out: the star's velocity "
        "brings lines there that the model does not hold."
    )
    cut = {
        name: getattr(pixels, name)[keep] for name in ("index", "wavelength_aa", "flux", "sigma", "to_fnu")
    }
    return dataclasses.replace(pixels, **cut, notes=(*pixels.notes, note))


def no_overlap(spectrum: AnySpectrum, windows_aa: dict[str, tuple[float, float]]) -> str:
    """Return what is said of a spectrum that reaches no denoiser's window (vacuum)."""
    ends = [order.wavelength_aa for order in orders_of(spectrum)]
    low, high = min(float(w.min()) for w in ends), max(float(w.max()) for w in ends)
    served = ", ".join(f"{name} denoises {a:.0f}-{b:.0f} A (vacuum)" for name, (a, b) in windows_aa.items())
    return f"{spectrum.name} reaches from {low:.0f} to {high:.0f} A; {served}."
