"""From orders as they were read to clean, coarsely normalised segments in a model's window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import denoised_by
from spectragui.core.median import median
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import Spectrum
from spectragui.inference.observation.edges import find_dark_runs
from spectragui.inference.observation.ramps import find_ramps, find_walled_runs
from spectragui.preprocessing.envelope.coarse_continuum import estimate_coarse_continuum, is_normalised
from spectragui.preprocessing.envelope.order_ends import find_dim_ends
from spectragui.preprocessing.gaps import find_stretches
from spectragui.preprocessing.joined_pixels import join_finest_pixels
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.stages.bad_pixels import find_empty, find_plateaus, find_spikes

MARGIN_AA = 11.0  # for velocities up to 600 km/s in the optical
MIN_SEGMENT_PIXELS = 40
LEFT_ALONE = (0.85, 1.03)  # an envelope in between is that of a normalised spectrum
LONGEST_ORDER_AA = 200.0  # an order of an echelle; longer spectra are stitched and have no blaze
MIN_LEVEL = 0.02  # of the middle of an order: less blaze lets nothing through


def normalised_segments(
    orders: Sequence[Spectrum],
    window_aa: tuple[float, float],
    progress: Progress = no_progress,
    margin_aa: float = MARGIN_AA,
) -> list[Spectrum]:
    """Cut orders to a window, mask what no star made, divide by a coarse continuum.

    Parameters
    ----------
    orders : sequence of Spectrum
        Wavelengths in Angstrom, in the window's medium.
    window_aa : (float, float)
        Rest frame.
    progress : Progress
        Called for each order.
    margin_aa : float
        What is kept on both sides beside it.

    Returns
    -------
    list of Spectrum
        One for each stretch without long gaps; flux of order one, with uncertainty. Pixels that are finer
        than any line are joined (`spectragui.preprocessing.joined_pixels`).
    """
    low, high = window_aa[0] - margin_aa, window_aa[1] + margin_aa
    segments = []
    for number, order in enumerate(orders):
        progress(number / len(orders), "Preparing the spectrum")
        wavelength = order.wavelength_aa
        first, last = np.searchsorted(wavelength, (low, high))
        if last - first < MIN_SEGMENT_PIXELS:
            continue
        is_end = (bool(first == 0), bool(last == wavelength.size))
        part = join_finest_pixels(order.select(slice(int(first), int(last))))
        segments += _segments_of_order(part, is_end)
    return segments


def _segments_of_order(order: Spectrum, is_end: tuple[bool, bool]) -> list[Spectrum]:
    order = _of_order_one(order)
    flux = np.where(np.isfinite(order.flux), order.flux, 0.0)
    mask = order.mask | (flux == 0)
    sigma = _uncertainty(order, flux, mask)
    snr = median(flux[~mask] / sigma[~mask]) if np.count_nonzero(~mask) else 0.0
    mask = mask | find_empty(flux, snr) | find_plateaus(flux, mask)
    mask = mask | find_dark_runs(order.wavelength_aa, flux, mask)
    mask = mask | find_walled_runs(order.wavelength_aa, flux, mask)
    segments = []
    normalised = is_normalised(flux, mask)
    is_short = order.wavelength_aa[-1] - order.wavelength_aa[0] < LONGEST_ORDER_AA
    if is_short:
        mask = mask | find_dim_ends(flux, order.mask)
    ends = (False, False) if is_short else is_end  # a blaze falls off there, and is no ramp
    mask = mask | find_ramps(order.wavelength_aa, flux, mask, ends=ends)
    for part in find_stretches(order.wavelength_aa, mask, min_pixels=MIN_SEGMENT_PIXELS):
        columns = order.wavelength_aa[part], flux[part], sigma[part], mask[part]
        ends = (part.start > 0 or is_end[0], part.stop < flux.size or is_end[1])
        segment = _normalise(*columns, normalised, ends)
        if segment is not None:
            segments.append(order.select(part).replace(**segment))
    return segments


def _of_order_one(order: Spectrum) -> Spectrum:
    """Divide by the median, so that squares of very small or large units stay numbers."""
    good = order.good & np.isfinite(order.flux)
    level = median(np.abs(order.flux[good])) if good.any() else 0.0
    if not 0.0 < level < np.inf or 1e-6 < level < 1e12:
        return order
    sigma = None if order.uncertainty is None else order.uncertainty / level
    return order.replace(flux=order.flux / level, uncertainty=sigma)


def _uncertainty(order: Spectrum, flux: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    if order.uncertainty is None or np.count_nonzero(~mask) < 30:
        return estimate_noise(flux, mask)
    fallback = median(order.uncertainty[~mask])
    usable = np.isfinite(order.uncertainty) & (order.uncertainty > 0)
    own = np.where(usable, order.uncertainty, max(fallback, 1e-300))
    if denoised_by(order):  # its scatter is no noise that its errors could be compared with
        return own
    measured = estimate_noise(flux, mask)
    ratio = fallback / median(measured[~mask])
    snr = median(flux[~mask]) / fallback
    # Errors that cannot be: none at all, or a spectrum drowned in noise that it does not show.
    if ratio < 0.01 or (snr < 3.0 and ratio > 10.0):
        return measured
    return own


def _normalise(
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    sigma: NDArray[np.float64],
    mask: NDArray[np.bool_],
    is_normalised_already: bool,
    ends: tuple[bool, bool],
) -> dict[str, NDArray] | None:
    continuum = np.ones(flux.size)
    if not is_normalised_already:
        envelope = estimate_coarse_continuum(wavelength_aa, flux, sigma, mask)
        # Broad or blended lines lower the envelope of a normalised spectrum: leave it alone.
        if not np.all((envelope > LEFT_ALONE[0]) & (envelope < LEFT_ALONE[1])):
            continuum = envelope
    level = continuum / median(continuum)
    mask = mask | (level < MIN_LEVEL)
    if not np.all(np.isfinite(continuum)) or np.count_nonzero(~mask) < MIN_SEGMENT_PIXELS:
        return None
    flux, sigma = flux / continuum, sigma / continuum
    mask = mask | find_ramps(wavelength_aa, flux, mask, ends=ends)  # what no blaze falls off like
    mask = mask | find_spikes(flux, sigma, mask)
    return {"flux": np.where(mask, 0.0, flux), "uncertainty": sigma, "mask": mask}
