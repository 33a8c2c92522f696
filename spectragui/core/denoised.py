"""What tells a denoised spectrum from data: its mark, and what its errors have in common.

A network made its flux from an observed one. Its pixels hold no noise of their own, and their errors
are common to many of them: whoever counts them as independent gets errors that are too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import MeasurementError
from spectragui.core.spectrum import CORRELATION, AnySpectrum, EchelleSpectrum, Spectrum, orders_of

#: Key of ``meta``: model and version ("pfs-dae 1.0"); missing where the flux is data.
DENOISED = "denoised"


def mark_denoised(
    spectrum: AnySpectrum,
    model: str,
    version: str,
    factor: ArrayLike | None = None,
    *,
    is_short: bool = False,
) -> AnySpectrum:
    """Return a spectrum marked as denoised.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        Flux and 1 sigma of the network.
    model, version : str
        Of the network.
    factor : array_like, shape (n_pixels, n_components), optional
        Covariance of the flux = factor @ factor.T, pixels of all orders one after the other; what the
        uncertainty holds beyond its rows is taken to be independent.
    is_short : bool
        Whether the rows, in units of the uncertainty, are kept in half precision (0.05 %): of many spectra
        they are most of the memory.
    """
    name = f"{model} {version}".strip()
    mark: dict[str, Any] = {
        DENOISED: name,
        "uncertainty_source": f"the network's ({name}), common to many pixels",
        "history": (*spectrum.meta.get("history", ()), f"Denoised by {name}: not data any more."),
    }
    orders, first = [], 0
    rows = None if factor is None else np.asarray(factor)
    if rows is not None and rows.dtype != np.float32:
        rows = rows.astype(np.float64)
    for order in orders_of(spectrum):
        meta: dict[str, Any] = dict(mark)
        if rows is not None and order.uncertainty is not None:
            own = rows[first : first + len(order)]
            meta[CORRELATION] = _correlation(own, order.uncertainty, np.float16 if is_short else np.float32)
        first += len(order)
        orders.append(order.with_meta(**meta))
    if isinstance(spectrum, EchelleSpectrum):
        return spectrum.replace(orders=tuple(orders)).with_meta(**mark)
    return orders[0]


def _correlation(
    rows: NDArray[np.floating], sigma: NDArray[np.float64], dtype: type[np.floating]
) -> NDArray[np.floating]:
    usable = np.isfinite(sigma) & (sigma > 0) & np.isfinite(rows.sum(axis=1))
    scale = np.where(usable, sigma, 1.0).astype(rows.dtype)
    length = np.sqrt(np.einsum("pk,pk->p", rows, rows)) / scale
    scale *= np.maximum(length, 1.0)
    # Single precision at most, as files keep it, so that they read back equal.
    shares = np.zeros(rows.shape, dtype)
    np.divide(rows, scale[:, None], out=shares, where=usable[:, None], casting="same_kind")
    shares.setflags(write=False)
    return shares


def denoised_by(spectrum: AnySpectrum) -> str:
    """Return by which model (and version) a spectrum was denoised; empty where it is data."""
    for meta in (spectrum.meta, *(order.meta for order in orders_of(spectrum))):
        if meta.get(DENOISED):
            return str(meta[DENOISED])
    return ""


def denoised_sentence(spectrum: AnySpectrum) -> str:
    """Return what has to be said with every number from a denoised spectrum; empty where it is data."""
    model = denoised_by(spectrum)
    if not model:
        return ""
    return (
        f"The flux is not data: {model} made it from a noisy spectrum. What the network does not know is "
        "missing in it, and its errors are common to many pixels."
    )


def with_marks_of(result: AnySpectrum, parts: Sequence[AnySpectrum]) -> AnySpectrum:
    """Return what was computed of several spectra, marked where one of them was denoised.

    How errors hang together is not followed through the computation: they are counted as independent.
    """
    models = list(dict.fromkeys(filter(None, map(denoised_by, parts))))
    orders = tuple(order.without_correlation() for order in orders_of(result))
    mark = {DENOISED: " + ".join(models)} if models else {}
    orders = tuple(order.with_meta(**mark) for order in orders)
    if isinstance(result, EchelleSpectrum):
        return result.replace(orders=orders).with_meta(**mark)
    return orders[0]


def check_is_data(spectra: Sequence[AnySpectrum], action: str, hint: str) -> None:
    """Refuse denoised spectra.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
    action : str
        What they are wanted for: "be co-added".
    hint : str
        How to do it all the same.

    Raises
    ------
    MeasurementError
        If one of them was denoised.
    """
    marked = [spectrum for spectrum in spectra if denoised_by(spectrum)]
    if marked:
        name = marked[0].name.replace("\\", "/").rsplit("/", 1)[-1]
        raise MeasurementError(
            f"{name} was denoised by {denoised_by(marked[0])}: it is not data, and should not {action}.", hint
        )


def require_errors(spectrum: AnySpectrum) -> None:
    """Refuse a denoised spectrum without errors: its pixels do not tell them.

    Raises
    ------
    MeasurementError
        If an order of it has none.
    """
    if denoised_by(spectrum) and any(order.uncertainty is None for order in orders_of(spectrum)):
        raise MeasurementError(
            f"The spectrum was denoised by {denoised_by(spectrum)} and has no errors: its pixels do not tell "
            "its noise.",
            "Save it with its errors (FITS or ECSV), or use the noisy spectrum.",
        )


def covariance_factor(spectrum: Spectrum) -> NDArray[np.float64] | None:
    """Return what the covariance of a spectrum's flux is made of.

    Returns
    -------
    ndarray, shape (n_pixels, n_components), or None
        Covariance = factor @ factor.T + diag(sigma^2 - |row|^2); None where pixels are independent.
    """
    shares = spectrum.meta.get(CORRELATION)
    if shares is None or spectrum.uncertainty is None:
        return None
    sigma = np.where(np.isfinite(spectrum.uncertainty), spectrum.uncertainty, 0.0)
    return np.asarray(shares * sigma[:, None])


def linear_error(
    gradient: NDArray[np.float64], sigma: NDArray[np.float64], factor: NDArray[np.float64] | None
) -> float:
    """Return the 1-sigma error of a linear function of fluxes.

    Parameters
    ----------
    gradient : ndarray, shape (n_pixels,)
    sigma : ndarray, shape (n_pixels,)
    factor : ndarray, shape (n_pixels, n_components), or None
        See `covariance_factor`.
    """
    return float(np.sqrt(max(float(covariance_of(gradient[None], sigma, factor)[0, 0]), 0.0)))


def covariance_of(
    gradients: NDArray[np.float64], sigma: NDArray[np.float64], factor: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return the covariance of linear functions of fluxes, shape (n, n) of ``gradients`` (n, n_pixels)."""
    own = np.square(sigma)
    if factor is None:
        return np.asarray((gradients * own) @ gradients.T)
    own = np.maximum(own - np.sum(np.square(factor), axis=1), 0.0)
    common = gradients @ factor
    return np.asarray((gradients * own) @ gradients.T + common @ common.T)
