"""Ratio and difference of two spectra, and division by a telluric standard, with propagated errors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.common_pixels import OnPixels, check_alike, short_name, with_doubt
from spectragui.analysis.mark_frames import observer_factor
from spectragui.core.denoised import check_is_data, with_marks_of
from spectragui.core.errors import MeasurementError, UnitError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import RATIO, AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.envelope.coarse_continuum import estimate_coarse_continuum, is_normalised

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LEAST_SIGNIFICANCE = 3.0  # of a divisor, in sigma
LEAST_TRANSMISSION = 0.1  # below, nothing of the star is left to be corrected
TAKE_DENOISED = "Divide the noisy spectrum and denoise the quotient, or allow denoised spectra."
AIRMASS_KEYWORDS = ("AIRMASS", "ESO TEL AIRM START", "AIRM", "SECZ", "AM")
Combined = tuple[FloatArray, FloatArray | None, BoolArray]


def ratio(first: AnySpectrum, second: AnySpectrum, progress: Progress = no_progress) -> AnySpectrum:
    """Return first / second on the pixels of the first.

    Raises
    ------
    UnitError
        If frames or media differ.
    MeasurementError
        If they share no pixels.

    Notes
    -----
    sigma^2 = (sigma_1^2 + r^2 sigma_2^2) / f_2^2; pixels where the second is less than 3 sigma
    above zero are masked. Masked pixels hold NaN. Orders: see `OnPixels`.
    """
    doubt = check_alike((first, second), needs_unit=False)
    met = OnPixels(second, _targets(first), progress=progress)

    def divide(order: Spectrum) -> Combined:
        flux, sigma, mask = met.on(order)
        mask = mask | ~_is_significant(flux, sigma)
        divisor = np.where(mask, 1.0, flux)
        result = order.flux / divisor
        if order.uncertainty is None or np.isnan(sigma[~mask]).any():
            return result, None, mask
        error = np.sqrt(np.square(order.uncertainty) + np.square(result * np.where(mask, 0.0, sigma)))
        return result, error / np.abs(divisor), mask

    name = f"{short_name(first)} / {short_name(second)}"
    done = f"Divided by {_source(second, met)}"
    return with_doubt(_combined(first, divide, name, done, second, is_ratio=True), doubt)


def difference(first: AnySpectrum, second: AnySpectrum, progress: Progress = no_progress) -> AnySpectrum:
    """Return first - second on the pixels of the first; raises as `ratio`, and if flux units differ."""
    doubt = check_alike((first, second))
    met = OnPixels(second, _targets(first), progress=progress)

    def subtract(order: Spectrum) -> Combined:
        flux, sigma, mask = met.on(order)
        result = order.flux - np.where(mask, 0.0, flux)
        if order.uncertainty is None or np.isnan(sigma[~mask]).any():
            return result, None, mask
        return result, np.hypot(order.uncertainty, np.where(mask, 0.0, sigma)), mask

    name = f"{short_name(first)} \N{MINUS SIGN} {short_name(second)}"
    return with_doubt(_combined(first, subtract, name, f"Subtracted {_source(second, met)}", second), doubt)


def divide_by_standard(
    star: AnySpectrum,
    standard: AnySpectrum,
    exponent: float | None = None,
    progress: Progress = no_progress,
    *,
    takes_denoised: bool = False,
) -> AnySpectrum:
    """Return a star divided by the transmission that a telluric standard saw.

    Parameters
    ----------
    star, standard : Spectrum or EchelleSpectrum
        In any frames that are known: they are brought together in the observer's.
    exponent : float or None
        Of the transmission, the ratio of the airmasses; None = from the headers, else 1.
    progress : Progress
        Where orders have to be stitched first; may raise `Cancelled`.
    takes_denoised : bool
        Whether one of them may be denoised: a network trained on stars alone takes tellurics out itself,
        or leaves what is none.

    Raises
    ------
    UnitError
        If where the observer's frame lies is not known of both, and their frames differ.
    MeasurementError
        If they share no pixels, or one was denoised and may not be.

    Notes
    -----
    The transmission T is the standard over its continuum (its upper envelope, unless it is
    normalised already); f / T^p with the relative errors sigma / f and p sigma_T / T. Pixels with
    T below 0.1 are masked. Lines of the standard itself stay in the quotient.
    """
    if not takes_denoised:
        check_is_data((star, standard), "be divided by a telluric standard", TAKE_DENOISED)
    factor = _to_stars_axis(star, standard)
    if exponent is None:
        exponent = airmass_ratio(star, standard)
    met = OnPixels(_flattened(standard), _targets(star), factor, progress)

    def correct(order: Spectrum) -> Combined:
        seen, sigma, mask = met.on(order)
        mask = mask | ~(seen > LEAST_TRANSMISSION)
        seen = np.where(mask, 1.0, seen)
        power = seen**exponent
        result = order.flux / power
        if order.uncertainty is None:
            return result, None, mask
        own = order.uncertainty / power
        told = np.where(mask | ~np.isfinite(sigma), 0.0, sigma)
        return result, np.hypot(own, exponent * np.abs(result) * told / seen), mask

    words = f"Divided by the transmission (to the power of {exponent:.3g}) of {_source(standard, met)}"
    return _combined(star, correct, f"{short_name(star)}, tellurics divided", words, standard)


def airmass_ratio(star: AnySpectrum, standard: AnySpectrum) -> float:
    """Return the airmass of the star over that of the standard, as the headers say; 1 if they do not."""
    values = [_airmass(spectrum) for spectrum in (star, standard)]
    return values[0] / values[1] if all(1.0 <= value < 10.0 for value in values) else 1.0


def _airmass(spectrum: AnySpectrum) -> float:
    cards = {str(card[0]).upper(): card[1] for card in spectrum.meta.get("header", ())}
    for keyword in AIRMASS_KEYWORDS:
        try:
            return float(cards[keyword])
        except (KeyError, TypeError, ValueError):
            continue
    return math.nan


def _to_stars_axis(star: AnySpectrum, standard: AnySpectrum) -> float:
    """Return by which the standard's wavelengths are multiplied to meet the star's tellurics."""
    orders = [orders_of(spectrum)[0] for spectrum in (star, standard)]
    media = {order.spectral_axis.medium for order in orders}
    if "unknown" in media and len(media) > 1:
        raise UnitError(
            f"{short_name(star)} and {short_name(standard)}: air or vacuum is not known of both.",
            "Correct the passport first.",
        )
    found = [
        observer_factor(order.spectral_axis, {**order.meta, **spectrum.meta})
        for order, spectrum in zip(orders, (star, standard), strict=True)
    ]
    is_doubtful = any(doubt for _, doubt in found)
    if is_doubtful and orders[0].spectral_axis.frame != orders[1].spectral_axis.frame:
        doubt = next(doubt for _, doubt in found if doubt)
        raise UnitError(
            f"{short_name(star)} and {short_name(standard)} are in different frames. {doubt}",
            "Correct the passport, or convert both to the observer's frame.",
        )
    return 1.0 if is_doubtful else found[0][0] / found[1][0]


def _flattened(standard: AnySpectrum) -> AnySpectrum:
    """Return the standard over its continuum."""

    def flatten(order: Spectrum) -> Spectrum:
        order = order.in_angstrom()
        if not order.good.any() or is_normalised(order.flux, order.mask):
            return order
        level = float(np.median(order.flux[order.good]))
        sigma = order.uncertainty if order.uncertainty is not None else np.full(len(order), 0.01 * abs(level))
        flux = np.where(order.mask, level, order.flux)
        continuum = estimate_coarse_continuum(
            order.spectral_axis.values, flux, np.where(order.mask, 1.0, sigma), order.mask
        )
        error = None if order.uncertainty is None else order.uncertainty / continuum
        return order.replace(flux=order.flux / continuum, uncertainty=error)

    if isinstance(standard, EchelleSpectrum):
        flat = standard.replace(orders=tuple(flatten(order) for order in standard.orders))
        return flat.with_meta(has_blaze=False)
    return flatten(standard)


def _is_significant(flux: FloatArray, sigma: FloatArray) -> BoolArray:
    limit = np.where(np.isfinite(sigma), LEAST_SIGNIFICANCE * sigma, 0.0)
    return np.asarray(np.abs(flux) > limit) & (flux != 0.0)


def _combined(
    first: AnySpectrum,
    combine: Callable[[Spectrum], Combined],
    name: str,
    done: str,
    second: AnySpectrum,
    *,
    is_ratio: bool = False,
) -> AnySpectrum:
    """Return ``first`` with every order combined, named, and with what was done in its history."""

    def one(order: Spectrum) -> Spectrum:
        order = order.in_angstrom()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            flux, sigma, mask = combine(order)
        mask = order.mask | mask  # what was not combined is not on the scale of the rest
        flux = np.where(mask, np.nan, flux)
        sigma = None if sigma is None else np.where(mask, np.nan, sigma)
        order = order.replace(flux=flux, uncertainty=sigma, mask=mask)
        return order.replace(flux_unit="").with_meta(**{RATIO: True}) if is_ratio else order

    orders = tuple(one(order) for order in orders_of(first))
    if not any(order.good.any() for order in orders):
        raise MeasurementError(
            f"{short_name(first)} and {short_name(second)} share no good pixels.",
            "Choose spectra of one range.",
        )
    line = f"{done}, on the pixels of {_source(first)}."
    history = (*first.meta.get("history", ()), line)
    result = first.replace(orders=orders) if isinstance(first, EchelleSpectrum) else orders[0]
    result = with_marks_of(result, (first, second))
    has_errors = any(order.uncertainty is not None for order in orders)
    source = "propagated from both spectra" if has_errors else "none: one of the two spectra has none"
    return result.with_meta(name=name, history=history, uncertainty_source=source)


def _targets(first: AnySpectrum) -> tuple[Spectrum, ...]:
    return tuple(order.in_angstrom() for order in orders_of(first))


def _source(spectrum: AnySpectrum, met: OnPixels | None = None) -> str:
    """Return what a spectrum is called, its file, and how its orders were joined."""
    file = str(spectrum.meta.get("file", "")).replace("\\", "/").rsplit("/", 1)[-1]
    name = short_name(spectrum)
    said = f"{name} ({file})" if file and file != name else name
    return f"{said}, its {met.how}" if met is not None and met.how else said


@dataclasses.dataclass(frozen=True)
class Operation:
    """A way of combining two spectra: its name on screen and its function."""

    name: str
    words: str
    function: Callable[..., AnySpectrum]


OPERATIONS = (
    Operation("ratio", "Ratio: first / second", ratio),
    Operation("difference", "Difference: first − second", difference),
    Operation("telluric", "Telluric: first / transmission of the second", divide_by_standard),
)
