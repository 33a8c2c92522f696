"""The blaze of all orders at once: sinc² whose centre and width change smoothly from order to order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectragui.core.numerics import MAD_TO_SIGMA, BoolArray, FloatArray
from spectragui.preprocessing.envelope.blaze import sinc2_blaze

SMOOTH_DEGREE = 3  # of centre and width along the orders
FIT_POINTS = 200  # of an order's envelope: it is smooth
SOFT = 0.02  # of the envelope's top: larger misfits are lines and bands, and count less
LEAST_ORDERS = 8
LEAST_BLAZE = 0.02
CLIP = 3.0
PARAMETER_FLOOR = 1e-4
ERROR_FLOOR = 0.01
WORSE, WORST_MISFIT = 1.5, 0.02  # of the median order, together against one by one
NO_BLAZE = 0.12  # median misfit of what has no blaze in it
_LIMITS = ((-0.6, float(np.log(0.55))), (0.6, float(np.log(20.0))))


def joint_sinc2(
    wavelengths: Sequence[FloatArray],
    envelopes: Sequence[FloatArray],
    good: Sequence[BoolArray],
    stride: int = 1,
) -> list[FloatArray] | None:
    """Fit a sinc² to the upper envelopes of all orders, centres and widths smooth along them.

    Parameters
    ----------
    wavelengths, envelopes : sequence of ndarray, shape (n_pixels,) each
        In ascending wavelength.
    good : sequence of ndarray of bool, shape (n_pixels,) each
    stride : int
        Every ``stride``-th order is alike: 2 where orders come in halves.

    Returns
    -------
    list of ndarray, shape (n_pixels,) each, or None
        1 at the blaze's centre, at least `LEAST_BLAZE`. None where that is not how the orders are: too
        few, or most of them fit much worse together than one by one.

    Notes
    -----
    One order alone cannot tell its blaze from the slope of a band or the fall of the star's light;
    in units of an order's length centre and width are smooth functions of the order's number. So each
    order is fitted by itself (soft L1), then both are replaced by a cubic along the orders, outliers
    rejected.
    """
    if len(wavelengths) < LEAST_ORDERS * stride:
        return None
    fits = [_fit(*order) for order in zip(wavelengths, envelopes, good, strict=True)]
    found = np.array([parameters for parameters, _ in fits])
    misfit = np.array([error for _, error in fits])
    for first in range(stride):
        alike = np.arange(first, len(found), stride)
        for column in range(2):
            found[alike, column] = _smooth(found[alike, column], misfit[alike])
    orders = zip(wavelengths, envelopes, good, found, strict=True)
    together = np.array([_misfit(wavelength, envelope, ok, row) for wavelength, envelope, ok, row in orders])
    if np.median(together) > min(WORSE * float(np.median(misfit)) + WORST_MISFIT, NO_BLAZE):
        return None
    return [
        np.maximum(_blaze(wavelength, row), LEAST_BLAZE)
        for wavelength, row in zip(wavelengths, found, strict=True)
    ]


def _blaze(wavelength_aa: FloatArray, parameters: FloatArray, at: FloatArray | None = None) -> FloatArray:
    """Return the sinc² of centre and ln width, both in lengths of the order."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    middle = 0.5 * float(wavelength_aa[0] + wavelength_aa[-1])
    place = wavelength_aa if at is None else at
    return sinc2_blaze(place, middle + parameters[0] * length, float(np.exp(parameters[1])) * length)


def _fit(wavelength_aa: FloatArray, envelope: FloatArray, good: BoolArray) -> tuple[FloatArray, float]:
    """Return centre and ln width, and the rms misfit in units of the envelope's top."""
    from scipy.optimize import least_squares

    at, wanted = _points(wavelength_aa, envelope, good)
    found = least_squares(
        lambda parameters: _residual(wavelength_aa, at, wanted, parameters),
        [0.0, float(np.log(0.9))],
        bounds=_LIMITS,
        max_nfev=60,
        loss="soft_l1",
        f_scale=SOFT,
    )
    return np.asarray(found.x), _misfit(wavelength_aa, envelope, good, np.asarray(found.x))


def _points(
    wavelength_aa: FloatArray, envelope: FloatArray, good: BoolArray
) -> tuple[FloatArray, FloatArray]:
    pixels = np.flatnonzero(good)
    pixels = pixels[:: max(1, pixels.size // FIT_POINTS)]
    return wavelength_aa[pixels], envelope[pixels] / max(float(np.max(envelope[pixels], initial=0.0)), 1e-300)


def _residual(
    wavelength_aa: FloatArray, at: FloatArray, wanted: FloatArray, parameters: FloatArray
) -> FloatArray:
    model = _blaze(wavelength_aa, parameters, at)
    height = float(model @ wanted) / max(float(model @ model), 1e-300)
    return np.asarray(height * model - wanted)


def _misfit(
    wavelength_aa: FloatArray, envelope: FloatArray, good: BoolArray, parameters: FloatArray
) -> float:
    """Return the median misfit in units of the envelope's top."""
    at, wanted = _points(wavelength_aa, envelope, good)
    return float(np.median(np.abs(_residual(wavelength_aa, at, wanted, parameters))))


def _smooth(values: FloatArray, misfit: FloatArray) -> FloatArray:
    """Return a cubic along the orders, orders that fit badly with less weight, outliers with none."""
    place = np.linspace(-1.0, 1.0, values.size)
    basis = np.polynomial.chebyshev.chebvander(place, SMOOTH_DEGREE)
    weight = 1.0 / (misfit + ERROR_FLOOR)
    keep = np.ones(values.size, dtype=bool)
    curve = values
    for _ in range(6):
        used = weight * keep
        curve = basis @ np.linalg.lstsq(basis * used[:, None], values * used)[0]
        deviation = np.abs(values - curve)
        scatter = MAD_TO_SIGMA * float(np.median(deviation[keep])) + PARAMETER_FLOOR
        agree = deviation < CLIP * scatter
        if agree.sum() <= SMOOTH_DEGREE + 1 or np.array_equal(agree, keep):
            break
        keep = agree
    return np.asarray(curve)
