"""Fit the peak of a cross-correlation function by a Gaussian, or a rotation profile where lines are broad."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

LIMB_DARKENING = 0.6
BROAD_KMS = 30.0  # narrower peaks show no rotation profile
MIN_GAIN = 0.8  # a rotation profile must fit by so much better
_FWHM_PER_SIGMA = 2.3548200450309493


@dataclasses.dataclass(frozen=True, eq=False)
class PeakFit:
    """The peak of a cross-correlation function.

    Attributes
    ----------
    shape : {"Gaussian", "rotation profile"}
    centre_kms, fwhm_kms : float
    height, base : float
        Of the peak above its base, and the base.
    velocity_kms, curve : ndarray, shape (n_shifts,)
        The fit where it was made, for a plot.
    """

    shape: str
    centre_kms: float
    fwhm_kms: float
    height: float
    base: float
    velocity_kms: NDArray[np.float64]
    curve: NDArray[np.float64]


def fit_peak(velocity_kms: NDArray[np.float64], ccf: NDArray[np.float64], near_kms: float) -> PeakFit | None:
    """Fit the peak that lies near a velocity.

    Parameters
    ----------
    velocity_kms, ccf : ndarray, shape (n_shifts,)
        Ascending.
    near_kms : float
        Where the peak is.

    Returns
    -------
    PeakFit or None
        None where there is no peak.
    """
    top = int(np.argmin(np.abs(velocity_kms - near_kms)))
    base = float(np.median(ccf))
    half = 0.5 * (ccf[top] + base)
    left, right = _walk_down(ccf, top, half, -1), _walk_down(ccf, top, half, 1)
    width = float(velocity_kms[right] - velocity_kms[left])
    near = np.abs(velocity_kms - near_kms) <= max(1.2 * width, 4.0 * float(np.median(np.diff(velocity_kms))))
    if not ccf[top] > base or np.count_nonzero(near) < 6:
        return None
    x, y = velocity_kms[near], ccf[near]
    gaussian = _fit(x, y, (near_kms, width / _FWHM_PER_SIGMA, ccf[top] - base, base), _gaussian)
    if gaussian is None:
        return None
    values, misfit = gaussian
    if width > BROAD_KMS:
        rotation = _fit(x, y, (near_kms, 0.65 * width, ccf[top] - base, base), _rotation)
        if rotation is not None and rotation[1] < MIN_GAIN * misfit:
            return _peak("rotation profile", x, rotation[0], _rotation)
    return _peak("Gaussian", x, values, _gaussian)


def _peak(shape: str, x: NDArray[np.float64], values: NDArray[np.float64], model: object) -> PeakFit:
    assert callable(model)
    fine = np.linspace(x[0], x[-1], 201)
    curve = np.asarray(model(fine, *values), dtype=np.float64)
    half = values[3] + 0.5 * values[2]
    above = fine[curve >= half] if values[2] > 0 else fine[:1]
    fwhm = float(above[-1] - above[0]) if above.size > 1 else 0.0
    if shape == "Gaussian":
        fwhm = abs(float(values[1])) * _FWHM_PER_SIGMA
    return PeakFit(shape, float(values[0]), fwhm, float(values[2]), float(values[3]), fine, curve)


def _fit(
    x: NDArray[np.float64], y: NDArray[np.float64], start: tuple[float, ...], model: object
) -> tuple[NDArray[np.float64], float] | None:
    from scipy.optimize import least_squares

    assert callable(model)

    def residual(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(model(x, *values) - y, dtype=np.float64)

    found = least_squares(
        residual, np.asarray(start, dtype=np.float64), x_scale=np.abs(start) + 1e-3, max_nfev=200
    )
    inside = x[0] <= found.x[0] <= x[-1] and found.x[2] > 0
    return (np.asarray(found.x), float(found.cost)) if found.success and inside else None


def _gaussian(
    x: NDArray[np.float64], centre: float, sigma: float, height: float, base: float
) -> NDArray[np.float64]:
    return np.asarray(base + height * np.exp(-0.5 * ((x - centre) / (abs(sigma) + 1e-6)) ** 2))


def _rotation(
    x: NDArray[np.float64], centre: float, vsini: float, height: float, base: float
) -> NDArray[np.float64]:
    """Return a rotation profile (Gray 2005, eq. 18.14), blurred by a fifth of its half width."""
    vsini = abs(vsini) + 1e-6
    offsets = np.linspace(-0.5, 0.5, 21) * vsini
    weight = np.exp(-0.5 * (offsets / (0.2 * vsini)) ** 2)
    total = np.zeros(x.shape)
    for offset, share in zip(offsets, weight / weight.sum(), strict=True):
        inside = np.clip(1.0 - ((x - centre - offset) / vsini) ** 2, 0.0, None)
        total += share * (
            2.0 * (1.0 - LIMB_DARKENING) * np.sqrt(inside) + 0.5 * np.pi * LIMB_DARKENING * inside
        )
    top = 2.0 * (1.0 - LIMB_DARKENING) + 0.5 * np.pi * LIMB_DARKENING
    return np.asarray(base + height * total / top)


def _walk_down(ccf: NDArray[np.float64], top: int, level: float, step: int) -> int:
    place = top
    while 0 < place < ccf.size - 1 and ccf[place] > level:
        place += step
    return place
