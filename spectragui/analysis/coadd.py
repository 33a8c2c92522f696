"""Co-add exposures of a star: weighted mean with rejection, on the pixels of the best of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.common_pixels import OnPixels, check_alike, short_name, with_doubt
from spectragui.core.denoised import check_is_data, require_errors, with_marks_of
from spectragui.core.errors import MeasurementError
from spectragui.core.numerics import MAD_TO_SIGMA, der_noise
from spectragui.core.parameters import param
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of

FloatArray = NDArray[np.float64]
SMOOTH_PIXELS = 51  # over which the weights are smooth, so that they do not follow the noise
SURE_LEVEL = 4.0  # sigma by which levels must differ to be brought together: else it would add noise
TAKE_DENOISED = "Co-add the noisy ones and denoise the sum, or choose: Take denoised spectra."
LEAST_SCALE = 1.0  # of the rejection: real differences (seeing, drift) widen it, luck never narrows it


@dataclasses.dataclass(frozen=True)
class CoaddOptions:
    """How exposures are co-added."""

    rejection_sigma: float = param(
        5.0,
        label="Reject beyond",
        help="Pixels this many sigma off the median of the exposures are left out (two exposures: the "
        "higher one); 0 rejects nothing.",
        unit="σ",
        minimum=0.0,
        maximum=50.0,
        step=0.5,
    )
    matches_levels: bool = param(
        True,
        label="Bring all to one level",
        help="Multiply each exposure, order by order, so that its level is that of the best one.",
    )
    takes_denoised: bool = param(
        False,
        label="Take denoised spectra",
        help="They are not data: what their network got wrong is in all of them, and does not average out.",
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Coadded:
    """A co-added spectrum, and what was done for it.

    Attributes
    ----------
    spectrum : Spectrum or EchelleSpectrum
        On the pixels of the exposure with the highest signal-to-noise ratio.
    n_rejected : int
        Pixels that were left out.
    """

    spectrum: AnySpectrum
    n_rejected: int


def coadd(
    spectra: Sequence[AnySpectrum],
    options: CoaddOptions = CoaddOptions(),
    progress: Progress = no_progress,
) -> Coadded:
    """Return the weighted mean of exposures.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
        At least two, in one medium, frame and flux unit.
    options : CoaddOptions
    progress : callable

    Raises
    ------
    UnitError
        If media, frames or units differ.
    MeasurementError
        If there are fewer than two, or one was denoised and the options do not take it.

    Notes
    -----
    f = sum w f_k / sum w, sigma^2 = sum w^2 sigma_k^2 / (sum w)^2, w = 1 / the local median of
    sigma_k^2: weights that follow each pixel's own error would favour low fluxes. Exposures without
    errors get those that their scatter tells (DER_SNR). A pixel is masked where no exposure has it.
    """
    if len(spectra) < 2:
        raise MeasurementError("One exposure cannot be co-added.", "Check two or more in the tree.")
    doubt = check_alike(spectra)
    if not options.takes_denoised:
        check_is_data(spectra, "be co-added", TAKE_DENOISED)
    for spectrum in spectra:
        require_errors(spectrum)
    best = max(range(len(spectra)), key=lambda i: _quality(spectra[i]))
    reference = spectra[best]
    orders, n_rejected = [], 0
    targets = tuple(order.in_angstrom() for order in orders_of(reference))
    met = [OnPixels(spectrum, targets, progress=part_of(progress, 0.0, 0.5)) for spectrum in spectra]
    for number, target in enumerate(targets):
        progress(0.5 + 0.5 * number / len(targets), f"Co-adding order {number + 1} of {len(targets)}")
        order, rejected = _coadd_order(target, met, options)
        orders.append(order)
        n_rejected += rejected
    has_several = isinstance(reference, EchelleSpectrum)
    result: AnySpectrum = reference.replace(orders=tuple(orders)) if has_several else orders[0]
    result = with_marks_of(result, spectra)
    result = result.with_meta(**_meta(reference, spectra, met, n_rejected, options))
    return Coadded(with_doubt(result, doubt), n_rejected)


def _quality(spectrum: AnySpectrum) -> float:
    snr = spectrum_snr(spectrum)
    return snr if np.isfinite(snr) else 0.0


def _coadd_order(target: Spectrum, met: Sequence[OnPixels], options: CoaddOptions) -> tuple[Spectrum, int]:
    found = [one.on(target) for one in met]
    flux = np.stack([values for values, _, _ in found])  # (n_exposures, n_pixels)
    good = np.stack([~mask for _, _, mask in found])
    sigma = np.stack([_known_sigma(*one) for one in found])
    if options.matches_levels:
        factors = _levels(flux, sigma, good, target)
        flux, sigma = flux * factors[:, None], sigma * factors[:, None]
    rejected = _outliers(flux, sigma, good, options.rejection_sigma)
    good &= ~rejected
    weight = good / np.maximum(_smooth_variance(sigma, good), np.finfo(float).tiny)
    total = weight.sum(axis=0)
    masked = total <= 0
    divisor = np.where(masked, 1.0, total)
    mean = np.sum(weight * np.where(good, flux, 0.0), axis=0) / divisor
    variance = np.sum(np.square(weight * np.where(good, sigma, 0.0)), axis=0) / np.square(divisor)
    return target.replace(
        flux=np.where(masked, np.nan, mean),
        uncertainty=np.where(masked, np.nan, np.sqrt(variance)),
        mask=masked,
    ), int(rejected.sum())


def _known_sigma(flux: FloatArray, sigma: FloatArray, mask: NDArray[np.bool_]) -> FloatArray:
    """Return errors, from the scatter where the spectrum has none."""
    if np.any(np.isfinite(sigma[~mask])) or mask.all():
        return np.where(mask, 1.0, sigma)
    noise = der_noise(flux, mask)
    return np.full(flux.size, noise if np.isfinite(noise) and noise > 0 else 1.0)


def _levels(flux: FloatArray, sigma: FloatArray, good: NDArray[np.bool_], target: Spectrum) -> FloatArray:
    """Return the factor that brings each exposure to the level of the target; 1 where it is there."""
    factors = np.ones(len(flux))
    for k in range(len(flux)):
        both = good[k] & target.good
        if np.count_nonzero(both) < 10:
            continue
        mine, wanted = float(np.median(flux[k][both])), float(np.median(target.flux[both]))
        if mine <= 0 or wanted <= 0:
            continue
        # Of a ratio of medians; the target's error is taken to be alike.
        error = 1.25 * np.sqrt(2.0 / np.count_nonzero(both)) * float(np.median(sigma[k][both])) / mine
        if abs(wanted / mine - 1.0) > SURE_LEVEL * error:
            factors[k] = wanted / mine
    return factors


def _smooth_variance(sigma: FloatArray, good: NDArray[np.bool_]) -> FloatArray:
    """Return the local median of the variance of each exposure, shape of ``sigma``."""
    from scipy.ndimage import median_filter

    smooth = np.empty_like(sigma)
    for k in range(len(sigma)):
        variance = np.square(sigma[k])
        level = float(np.median(variance[good[k]])) if good[k].any() else 1.0
        filled = np.where(good[k], variance, level)
        smooth[k] = median_filter(filled, size=min(SMOOTH_PIXELS, filled.size), mode="nearest")
    return smooth


def _outliers(
    flux: FloatArray, sigma: FloatArray, good: NDArray[np.bool_], limit: float
) -> NDArray[np.bool_]:
    """Return which pixels are off the median of their exposures, shape of ``flux``."""
    nothing = np.zeros(flux.shape, dtype=bool)
    count = good.sum(axis=0)
    if limit <= 0 or not np.any(count >= 2):
        return nothing
    with np.errstate(invalid="ignore"):
        values = np.where(good, flux, np.nan)
        usable = count >= 2
        middle = np.full(flux.shape[1], np.nan)
        middle[usable] = np.nanmedian(values[:, usable], axis=0)
        typical = np.sqrt(np.where(good, np.square(sigma), 0.0).sum(axis=0) / np.maximum(count, 1))
        pair = np.isin(count, (2,))
        # The median of two lies half way: their distance to it is half of that between them.
        expected = np.where(
            pair, typical / np.sqrt(2.0), np.hypot(sigma, typical * np.sqrt(1.57 / np.maximum(count, 1)))
        )
        off = (values - middle) / expected
        width = max(LEAST_SCALE, MAD_TO_SIGMA * float(np.nanmedian(np.abs(off[:, usable]))))
        return np.where(pair, off > limit * width, np.abs(off) > limit * width) & good


def _meta(
    reference: AnySpectrum,
    spectra: Sequence[AnySpectrum],
    met: Sequence[OnPixels],
    n_rejected: int,
    options: CoaddOptions,
) -> dict[str, object]:
    said = [
        f"{_file_name(spectrum)}, its {one.how}" if one.how else _file_name(spectrum)
        for spectrum, one in zip(spectra, met, strict=True)
    ]
    names = ", ".join(dict.fromkeys(said))
    what = str(reference.meta.get("object") or short_name(reference))
    line = f"Co-added from {len(spectra)} exposures ({names}): weighted mean, {n_rejected} pixels rejected"
    line += f" beyond {options.rejection_sigma:g} sigma." if options.rejection_sigma else "."
    return {
        "name": f"{what}, {len(spectra)} co-added",
        "uncertainty_source": "propagated from the exposures that were co-added",
        "history": (*reference.meta.get("history", ()), line),
    }


def _file_name(spectrum: AnySpectrum) -> str:
    return str(spectrum.meta.get("file", spectrum.name)).replace("\\", "/").rsplit("/", 1)[-1]
