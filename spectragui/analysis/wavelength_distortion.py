"""How the velocity runs along an order whose wavelength calibration is bent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates, broaden, to_grid
from spectragui.analysis.radial_velocity import RadialVelocity, segment_velocity
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
    depth = broaden(templates.depths[found.template], found.broadening_kms / templates.step_kms)
    shift = SPEED_OF_LIGHT_KMS * np.arctanh(found.velocity_kms / SPEED_OF_LIGHT_KMS) / templates.step_kms
    wavelength = segment.wavelength_aa
    n_chunks = min(int((wavelength[-1] - wavelength[0]) / chunk_aa), len(segment) // MIN_CHUNK_PIXELS)
    places, velocities, errors = [], [], []
    for pixels in np.array_split(np.arange(len(segment)), n_chunks) if n_chunks >= 5 else []:
        part = to_grid(segment.select(slice(int(pixels[0]), int(pixels[-1]) + 1)), templates)
        if part.n_pixels < MIN_CHUNK_PIXELS:
            continue
        one = segment_velocity(part, depth, shift, templates.step_kms, reach_kms)
        if one is not None and one.correlation > 0.5:
            places.append(float(wavelength[pixels].mean()))
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
    keep = np.abs(velocities - np.median(velocities)) < 12.0
    weight = 1.0 / np.hypot(errors, 0.1)
    for _ in range(4):
        if np.count_nonzero(keep) < 5:
            return None
        coefficients = np.polynomial.legendre.legfit(x[keep], velocities[keep], 3, w=weight[keep])
        off = np.abs(velocities - np.polynomial.legendre.legval(x, coefficients))
        keep = off < 3.0 * max(MAD_TO_SIGMA * float(np.median(off[keep])), 0.1)
    curve = np.polynomial.legendre.legval(np.clip((wavelength_aa - middle) / half, -1.0, 1.0), coefficients)
    noise = np.sqrt(4.0 / np.count_nonzero(keep)) * max(
        float(np.median(errors[keep])), float(np.std(off[keep]))
    )
    if float(np.std(curve)) < max(MIN_DISTORTION_KMS, 3.0 * noise):
        return None
    return np.asarray(curve)
