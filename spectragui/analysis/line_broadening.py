"""Measure how broad the lines of a spectrum are, against a template that is sharper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import MODEL_SCATTER, VelocityTemplates, broaden
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

WIDE_AA = 24.0
H_BETA_AA, H_BETA_WIDTH_AA = 4861.3, 25.0  # broad by itself, it tells nothing
WIDTHS_KMS = tuple(float(width) for width in np.geomspace(1.8, 400.0, 22))


def measure_broadening(
    segments: Sequence[Spectrum], templates: VelocityTemplates, template: int
) -> tuple[float, float]:
    """Find the Gaussian FWHM that makes a template most alike the data.

    Parameters
    ----------
    segments : sequence of Spectrum
        Normalised and at rest, in the templates' medium.
    templates : VelocityTemplates
    template : int
        Which of them.

    Returns
    -------
    fwhm_kms, correlation : float
        Line spread, rotation and macroturbulence of the data together; and the weighted
        correlation coefficient reached.

    Notes
    -----
    The correlation coefficient on a logarithmic grid of widths, its maximum by a parabola.
    """
    heights = np.array([template_correlation(segments, templates, template, width) for width in WIDTHS_KMS])
    top = int(np.argmax(heights))
    if not 0 < top < heights.size - 1:
        return WIDTHS_KMS[top], float(heights[top])
    left, middle, right = heights[top - 1 : top + 2]
    curvature = left - 2.0 * middle + right
    offset = 0.5 * (left - right) / curvature if curvature < 0 else 0.0
    logarithm = np.log(WIDTHS_KMS[top]) + offset * np.log(WIDTHS_KMS[1] / WIDTHS_KMS[0])
    return float(np.exp(logarithm)), float(middle)


def template_correlation(
    segments: Sequence[Spectrum], templates: VelocityTemplates, template: int, fwhm_kms: float
) -> float:
    """Return the weighted correlation coefficient of data at rest with a broadened template.

    Parameters
    ----------
    segments : sequence of Spectrum
        Normalised and at rest, in the templates' medium.
    templates : VelocityTemplates
    template : int
    fwhm_kms : float
        Of the Gaussian that the template is broadened by.
    """
    depth = broaden(templates.depths[template], fwhm_kms / templates.step_kms)
    cross = data = model = 0.0
    for segment in segments:
        good = segment.good & (np.abs(segment.wavelength_aa - H_BETA_AA) > H_BETA_WIDTH_AA)
        if np.count_nonzero(good) < 20:
            continue
        place = np.log(segment.wavelength_aa[good] / templates.first_wavelength_aa)
        place *= SPEED_OF_LIGHT_KMS / templates.step_kms
        here = np.interp(place, np.arange(depth.size), depth)
        observed = 1.0 - segment.flux[good]
        variance = MODEL_SCATTER**2
        sigma = segment.uncertainty
        weight = 1.0 / (variance + (sigma[good] ** 2 if sigma is not None else 0.0)) * np.ones(here.size)
        here, observed = _without_wide(here, segment), np.clip(_without_wide(observed, segment), -1.5, 1.5)
        here = here - np.average(here, weights=weight)
        observed = observed - np.average(observed, weights=weight)
        cross += float(np.sum(weight * here * observed))
        data += float(np.sum(weight * observed**2))
        model += float(np.sum(weight * here**2))
    return cross / np.sqrt(max(data * model, 1e-300))


def _without_wide(values: NDArray[np.float64], segment: Spectrum) -> NDArray[np.float64]:
    """Subtract the running mean over `WIDE_AA`: wings of hydrogen lines do not tell the broadening."""
    from scipy.ndimage import uniform_filter1d

    wavelength = segment.wavelength_aa
    length = float(wavelength[-1] - wavelength[0])
    n_pixels = int(values.size * WIDE_AA / max(length, 1e-9))
    if not 5 <= n_pixels < values.size // 2:
        return values
    return np.asarray(values - uniform_filter1d(values, n_pixels, mode="nearest"))
