"""The blaze of an echelle order: sinc² of the distance from its middle."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import BoolArray, FloatArray


def sinc2_blaze(wavelength_aa: FloatArray, centre_aa: float, width_aa: float) -> FloatArray:
    """Return the blaze, one at its centre.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
    centre_aa : float
    width_aa : float
        From the centre to the first zero: the free spectral range.
    """
    return np.asarray(np.square(np.sinc((wavelength_aa - centre_aa) / width_aa)))


def fit_sinc2_blaze(wavelength_aa: FloatArray, envelope: FloatArray, good: BoolArray) -> FloatArray:
    """Fit a sinc² to an order's upper envelope.

    Parameters
    ----------
    wavelength_aa, envelope : ndarray, shape (n_pixels,)
    good : ndarray of bool, shape (n_pixels,)

    Returns
    -------
    ndarray, shape (n_pixels,)

    Notes
    -----
    Least squares in the envelope for centre and width, the height solved at each step; 200 points
    are enough, since the envelope is smooth.
    """
    from scipy.optimize import least_squares

    pixels = np.flatnonzero(good)[:: max(1, int(np.count_nonzero(good)) // 200)]
    x, y = wavelength_aa[pixels], envelope[pixels]
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    middle = float(wavelength_aa[0] + wavelength_aa[-1]) / 2

    def shape(values: FloatArray, place: FloatArray) -> FloatArray:
        return sinc2_blaze(place, middle + values[0] * length, float(np.exp(values[1])) * length)

    def residual(values: FloatArray) -> FloatArray:
        model = shape(values, x)
        height = float(model @ y) / max(float(model @ model), 1e-300)
        return np.asarray((height * model - y) / max(float(np.max(np.abs(y))), 1e-300))

    bounds = ([-0.6, np.log(0.55)], [0.6, np.log(20.0)])
    found = least_squares(residual, [0.0, np.log(0.9)], bounds=bounds, max_nfev=60)
    return shape(found.x, wavelength_aa)
