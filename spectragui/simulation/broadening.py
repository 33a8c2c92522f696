"""All broadening of a spectrum and its velocity as one function in Fourier space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.simulation.doppler_shift import apply_transfer, shift_transfer, velocity_frequencies
from spectragui.simulation.line_spread import gaussian_transfer, line_spread_sigma_kms, pixel_transfer
from spectragui.simulation.macroturbulence import macroturbulence_transfer
from spectragui.simulation.rotation import LIMB_DARKENING, rotation_transfer, tabulated_rotation_transfer


def broadening_transfer(
    frequencies: ArrayLike,
    vsini_kms: ArrayLike = 0.0,
    vmac_kms: ArrayLike = 0.0,
    resolving_power: ArrayLike = np.inf,
    velocity_kms: ArrayLike = 0.0,
    limb_darkening: float = LIMB_DARKENING,
    pixel_kms: ArrayLike = 0.0,
) -> NDArray[np.complex128]:
    """Return the Fourier transform of rotation, macroturbulence, line spread, pixel and shift together.

    Parameters
    ----------
    frequencies : array_like, shape (n_frequencies,), cycles per km/s
        From `spectragui.simulation.doppler_shift.velocity_frequencies`.
    vsini_kms, vmac_kms, resolving_power, velocity_kms, pixel_kms : array_like, shape (...)
        Broadcast against each other; 0 (infinite resolving power) = without.
    limb_darkening : float
        Linear coefficient.

    Returns
    -------
    ndarray, shape (..., n_frequencies), complex
        Multiplies the transform of a spectrum on a constant-velocity grid
        (`spectragui.simulation.doppler_shift.apply_transfer`).
    """
    f = np.asarray(frequencies, dtype=np.float64)
    transfer = gaussian_transfer(f, line_spread_sigma_kms(resolving_power)).astype(np.complex128)
    if np.ndim(velocity_kms) > 0 or velocity_kms != 0:
        transfer = transfer * shift_transfer(f, velocity_kms)
    if np.any(np.asarray(vsini_kms) > 0):
        transfer = transfer * rotation_transfer(f, vsini_kms, limb_darkening)
    if np.any(np.asarray(vmac_kms) > 0):
        transfer = transfer * macroturbulence_transfer(f, vmac_kms)
    if np.any(np.asarray(pixel_kms) > 0):
        transfer = transfer * pixel_transfer(f, pixel_kms)
    return transfer


def broaden(
    values: NDArray[np.floating],
    dv_kms: float,
    *,
    oversample: int = 1,
    vsini_kms: float = 0.0,
    **broadening: float,
) -> NDArray[np.floating]:
    """Broaden and shift a spectrum on a constant-velocity grid.

    Parameters
    ----------
    values : ndarray, shape (n_pixels,)
    dv_kms : float
        Step of the grid.
    oversample : int
        Pixels returned for each input pixel.
    vsini_kms, **broadening : float
        As for `broadening_transfer`.

    Returns
    -------
    ndarray, shape (n_pixels * oversample,)
    """
    frequencies, length = velocity_frequencies(values.shape[-1], dv_kms)
    transfer = broadening_transfer(frequencies, **broadening)
    if vsini_kms > 0:
        transfer = transfer * tabulated_rotation_transfer(frequencies, vsini_kms)
    return apply_transfer(values, transfer, length, oversample)
