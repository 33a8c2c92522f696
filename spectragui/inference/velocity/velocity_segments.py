"""Orders made ready for a velocity: the Earth's own lines masked, cut to templates' windows, normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.template_set import TemplateSet
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.inference.observation.segments import MARGIN_AA, normalised_segments
from spectragui.io.line_lists.line_lists import sky_lines, telluric_bands
from spectragui.preprocessing.observer_frame import EARTH_KMS, observer_factor

# Bands of these strengths are masked where such a part of the window is left; else only stronger ones.
MASKED = ((0.5, ("medium", "strong", "opaque")), (0.3, ("strong", "opaque")), (0.0, ("opaque",)))
SKY_WIDTHS_KMS = (12.0, 150.0)  # half width masked about a line of the sky: the line spread within these
DEFAULT_POWER = 20_000.0


def velocity_segments(
    orders: Sequence[Spectrum],
    templates: TemplateSet,
    resolving_power: float | None,
    limit_kms: float,
    range_aa: tuple[float, float] | None = None,
    progress: Progress = no_progress,
) -> list[Spectrum]:
    """Return the stretches of a spectrum that are compared with templates.

    Parameters
    ----------
    orders : sequence of Spectrum
        As read, wavelengths in air [Angstrom].
    templates : TemplateSet
    resolving_power : float or None
        Says how wide lines of the sky are masked.
    limit_kms : float
        Search range: so much more is kept at the windows' ends.
    range_aa : (float, float), optional
        Only this part, as observed.
    progress : Progress

    Returns
    -------
    list of Spectrum
        Flux of order one; empty where nothing is left.
    """
    segments: list[Spectrum] = []
    for low, high in templates.windows_aa:
        extra = limit_kms / SPEED_OF_LIGHT_KMS
        first, last = low * (1.0 - extra) + MARGIN_AA, high * (1.0 + extra) - MARGIN_AA
        if range_aa is not None:
            first, last = max(first, range_aa[0] + MARGIN_AA), min(last, range_aa[1] - MARGIN_AA)
        inside = [o for o in orders if o.wavelength_aa[-1] > first and o.wavelength_aa[0] < last]
        clean = _without_earth(inside, (first, last), resolving_power or DEFAULT_POWER)
        if clean:
            segments += normalised_segments(clean, (first, last), progress)
    return segments


def _without_earth(
    orders: list[Spectrum], window_aa: tuple[float, float], resolving_power: float
) -> list[Spectrum]:
    """Mask telluric bands, as many as can be spared, and lines of the sky."""
    counted = [
        order.good & (order.wavelength_aa > window_aa[0]) & (order.wavelength_aa < window_aa[1])
        for order in orders
    ]
    n_all = sum(int(np.count_nonzero(one)) for one in counted)
    for least, strengths in MASKED:
        bands = [_in_bands(order, strengths) for order in orders]
        n_left = sum(int(np.count_nonzero(one & ~mask)) for one, mask in zip(counted, bands, strict=True))
        if n_left >= least * n_all:
            break
    result = []
    for order, mask in zip(orders, bands, strict=True):
        result.append(order.replace(mask=order.mask | mask | _on_sky_lines(order, resolving_power)))
    return result


def _in_bands(order: Spectrum, strengths: tuple[str, ...]) -> NDArray[np.bool_]:
    observed, margin = _as_observed(order)
    mask = np.zeros(len(order), dtype=bool)
    for band in telluric_bands():
        if band.strength in strengths:
            low, high = band.limits_in("air")
            mask |= (observed > low * (1.0 - margin)) & (observed < high * (1.0 + margin))
    return mask


def _on_sky_lines(order: Spectrum, resolving_power: float) -> NDArray[np.bool_]:
    observed, margin = _as_observed(order)
    mask = np.zeros(len(order), dtype=bool)
    if margin:  # nobody knows where the sky's lines are: masking so widely would cost more than they do
        return mask
    half = float(np.clip(SPEED_OF_LIGHT_KMS / resolving_power, *SKY_WIDTHS_KMS)) / SPEED_OF_LIGHT_KMS
    for line in sky_lines():
        centre = line.wavelength_air_aa
        first, last = np.searchsorted(observed, (centre * (1.0 - half), centre * (1.0 + half)))
        mask[first:last] = True
    return mask


def _as_observed(order: Spectrum) -> tuple[NDArray[np.float64], float]:
    """Return wavelengths in the observer's frame, and by which part they may be wrong."""
    factor = observer_factor(order)
    if factor is None:
        return order.wavelength_aa, EARTH_KMS / SPEED_OF_LIGHT_KMS
    return order.wavelength_aa * factor, 0.0
