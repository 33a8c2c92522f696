"""`RawOrder`: columns of one order as a reader found them, and conversions of errors to 1 sigma."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError


@dataclasses.dataclass
class RawOrder:
    """Columns of one order as a reader found them.

    Attributes
    ----------
    wavelength, flux : ndarray, shape (n_pixels,)
        In the file's own unit and order.
    uncertainty : ndarray, shape (n_pixels,), or None
        1 sigma.
    mask : ndarray of bool, shape (n_pixels,), or None
        True = ignore.
    order : int or None
        Physical or running number.
    blaze : ndarray, shape (n_pixels,), or None
        Response of the order, where the file or one beside it gives it.
    """

    wavelength: NDArray[Any]
    flux: NDArray[Any]
    uncertainty: NDArray[Any] | None = None
    mask: NDArray[Any] | None = None
    order: int | None = None
    blaze: NDArray[Any] | None = None


def split_rows(
    wavelength: NDArray[Any],
    flux: NDArray[Any],
    sigma: NDArray[Any] | None = None,
    mask: NDArray[Any] | None = None,
    blaze: NDArray[Any] | None = None,
) -> list[RawOrder]:
    """Return one raw order a row; all arrays of n_orders x n_pixels, the last three may be flat."""
    shape = flux.shape

    def row_of(image: NDArray[Any] | None, row: int) -> NDArray[Any] | None:
        return None if image is None else image.reshape(shape)[row]

    return [
        RawOrder(wavelength[row], flux[row], row_of(sigma, row), row_of(mask, row), row, row_of(blaze, row))
        for row in range(shape[0])
    ]


def float_array(values: Any) -> NDArray[np.float64]:
    """Return values as a flat float64 array in native byte order; masked entries become NaN.

    Raises
    ------
    ReadError
        If they are complex: what their flux would be nobody says.
    """
    if np.iscomplexobj(values):
        raise ReadError("the column holds complex numbers, which are no flux.", "Choose another column.")
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    return np.ascontiguousarray(np.asarray(values).astype(np.float64)).ravel()


def sigma_of_kind(values: Any, kind: str, flux: Any) -> NDArray[np.float64]:
    """Return errors of a kind ("sigma", "variance", "ivar", "relative" to the flux) as 1 sigma, flat."""
    if kind == "relative":
        return float_array(values) * np.abs(float_array(flux))
    convert = {"variance": sigma_from_variance, "ivar": sigma_from_ivar}
    return convert.get(kind, float_array)(values)


def sigma_from_variance(variance: Any) -> NDArray[np.float64]:
    """Return sqrt(variance); NaN where the variance is not positive."""
    values = float_array(variance)
    with np.errstate(invalid="ignore"):
        return np.where(values > 0, np.sqrt(np.abs(values)), np.nan)


def sigma_from_ivar(ivar: Any) -> NDArray[np.float64]:
    """Return 1 / sqrt(inverse variance); NaN where it is not positive (no information)."""
    values = float_array(ivar)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, 1.0 / np.sqrt(np.abs(values)), np.nan)
