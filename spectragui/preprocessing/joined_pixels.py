"""Pixels far finer than any line joined to wider ones, errors and masks with them."""

from __future__ import annotations

import numpy as np

from spectragui.core.median import median
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import PIXEL_ARRAYS, Spectrum

JOINED = "n_joined_pixels"  # in ``meta``: pixels of the file that are one now
#: No spectrograph and no atlas has pixels so narrow; thermal widths of iron lines are ten times as large.
FINEST_KMS = 0.15


def join_finest_pixels(order: Spectrum, finest_kms: float = FINEST_KMS) -> Spectrum:
    """Average neighbouring pixels where they are narrower than any line could need.

    Parameters
    ----------
    order : Spectrum
        In Angstrom, ascending.
    finest_kms : float
        What the joined pixels are at least as wide as.

    Returns
    -------
    Spectrum
        With `JOINED` in its meta; the same one where nothing had to be joined.

    Notes
    -----
    Weighted by inverse variance, masked pixels left out, so that errors of independent pixels stay right.
    """
    wavelength = order.wavelength_aa
    step_kms = (
        median(np.diff(wavelength) / wavelength[:-1]) * SPEED_OF_LIGHT_KMS if len(order) > 1 else finest_kms
    )
    number = int(np.ceil(finest_kms / step_kms)) if step_kms > 0.0 else 1
    n_joined = len(order) // max(number, 1)
    if number < 2 or n_joined < 2 or any(key in order.meta for key in PIXEL_ARRAYS):
        return order
    shape, cut = (n_joined, number), slice(0, n_joined * number)
    good = order.good & np.isfinite(order.flux)
    if order.uncertainty is None:
        weight = good.astype(np.float64)
    else:
        good &= np.isfinite(order.uncertainty) & (order.uncertainty > 0.0)
        weight = np.where(good, 1.0 / np.square(np.where(good, order.uncertainty, 1.0)), 0.0)
    weight = weight[cut].reshape(shape)
    total = weight.sum(axis=1)
    is_lost = ~(total > 0.0)
    safe = np.where(is_lost, 1.0, total)
    places = wavelength[cut].reshape(shape)
    flux = (weight * np.where(good, order.flux, 0.0)[cut].reshape(shape)).sum(axis=1) / safe
    place = np.where(is_lost, places.mean(axis=1), (weight * places).sum(axis=1) / safe)
    return order.replace(
        spectral_axis=order.spectral_axis.replace(values=place),
        flux=np.where(is_lost, np.nan, flux),
        uncertainty=None if order.uncertainty is None else np.where(is_lost, np.nan, 1.0 / np.sqrt(safe)),
        mask=is_lost,
        meta={**order.meta, JOINED: number},
    )
