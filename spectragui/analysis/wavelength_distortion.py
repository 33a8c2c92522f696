"""How the velocity runs along an order whose wavelength calibration is bent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates, pieces_to_grid
from spectragui.analysis.radial_velocity import RadialVelocity
from spectragui.analysis.segment_velocities import segment_velocities
from spectragui.core.median import median
from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

MIN_DISTORTION_KMS = 0.3
MIN_CHUNK_PIXELS = 30


def measure_distortion(
    segment: Spectrum,
    templates: VelocityTemplates,
    found: RadialVelocity,
    *,
    chunk_aa: float = 9.0,
    reach_kms: float = 15.0,
) -> NDArray[np.float64] | None:
    """Measure how the velocity runs along a segment whose wavelength calibration is bent.

    Parameters
    ----------
    segment : Spectrum
        One order or arm, normalised.
    templates : VelocityTemplates
    found : RadialVelocity
        Of the whole spectrum.
    chunk_aa : float
        Length of the pieces that are measured one by one [Angstrom].
    reach_kms : float
        Search range about the velocity of the whole.

    Returns
    -------
    ndarray, shape (n_pixels,), or None
        Velocity at each pixel, a cubic in wavelength; None where it does not differ from a
        constant by more than `MIN_DISTORTION_KMS` and three times what noise makes of it.
    """
    wavelength = segment.wavelength_aa
    n_chunks = min(int((wavelength[-1] - wavelength[0]) / chunk_aa), len(segment) // MIN_CHUNK_PIXELS)
    if n_chunks < 5:
        return None
    depth = templates.broadened(found.template, found.broadening_kms)
    shift = SPEED_OF_LIGHT_KMS * np.arctanh(found.velocity_kms / SPEED_OF_LIGHT_KMS) / templates.step_kms
    size, n_larger = divmod(len(segment), n_chunks)
    numbers = np.arange(n_chunks + 1)
    edges = numbers * size + np.minimum(numbers, n_larger)
    parts = pieces_to_grid(segment, templates, edges)
    alone = segment_velocities(parts, depth, shift, templates.step_kms, reach_kms)
    middles = np.add.reduceat(wavelength, edges[:-1]) / np.diff(edges)
    places, velocities, errors = [], [], []
    for place, part, one in zip(middles, parts, alone, strict=True):
        if one is not None and part.n_pixels >= MIN_CHUNK_PIXELS and one.correlation > 0.5:
            places.append(float(place))
            velocities.append(one.velocity_kms)
            errors.append(one.error_kms)
    if len(places) < 5:
        return None
    return _smooth_distortion(np.array(places), np.array(velocities), np.array(errors), wavelength)


def _smooth_distortion(
    places: NDArray[np.float64],
    velocities: NDArray[np.float64],
    errors: NDArray[np.float64],
    wavelength_aa: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    middle, half = float(places.mean()), 0.5 * float(places[-1] - places[0])
    x = (places - middle) / half
    keep = np.abs(velocities - median(velocities)) < 12.0
    weight = 1.0 / np.hypot(errors, 0.1)
    for _ in range(4):
        if np.count_nonzero(keep) < 5:
            return None
        coefficients = np.polynomial.legendre.legfit(x[keep], velocities[keep], 3, w=weight[keep])
        off = np.abs(velocities - np.polynomial.legendre.legval(x, coefficients))
        keep = off < 3.0 * max(MAD_TO_SIGMA * median(off[keep]), 0.1)
    curve = np.polynomial.legendre.legval(np.clip((wavelength_aa - middle) / half, -1.0, 1.0), coefficients)
    noise = np.sqrt(4.0 / np.count_nonzero(keep)) * max(median(errors[keep]), float(np.std(off[keep])))
    if float(np.std(curve)) < max(MIN_DISTORTION_KMS, 3.0 * noise):
        return None
    return np.asarray(curve)
