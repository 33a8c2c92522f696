"""`Observation`: a spectrum made ready for the models: one model's window and medium, rest frame."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from spectragui.core.median import median
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, doppler_factor
from spectragui.inference.opened_model import OpenedModel


@dataclasses.dataclass(frozen=True, eq=False)
class Segment:
    """One order, arm or stretch without long gaps, on its native pixels.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        The model's medium, rest frame, ascending.
    flux : ndarray, shape (n_pixels,)
        Divided by a coarse continuum, so of order one; finite (masked pixels hold 0).
    uncertainty : ndarray, shape (n_pixels,)
        1 sigma of ``flux``, finite and positive everywhere.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.
    """

    wavelength_aa: NDArray[np.float64]
    flux: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    mask: NDArray[np.bool_]

    @functools.cached_property
    def log_steps(self) -> NDArray[np.float64]:
        """Differences of ln(wavelength) between neighbours, shape (n_pixels - 1,)."""
        return np.diff(np.log(self.wavelength_aa))

    @functools.cached_property
    def step_kms(self) -> float:
        """The median width of the pixels."""
        return median(self.log_steps) * SPEED_OF_LIGHT_KMS


@dataclasses.dataclass(frozen=True, eq=False)
class Observation:
    """Segments of one star in one model's window, and what is known about them.

    Attributes
    ----------
    model : OpenedModel
        Whose window it was made ready for, with all that it works with.
    segments : tuple of Segment
        In ascending wavelength; may overlap.
    resolving_power : float
        wavelength / FWHM.
    is_resolving_power_known : bool
        False where it had to be estimated.
    v_rad_kms, e_v_rad_kms : float
        Velocity that was taken out to reach the rest frame (barycentric where the frame is
        known), and its error.
    snr : float
        Median flux / sigma per native pixel.
    coverage : float
        Part of the window covered by unmasked pixels, 0 to 1.
    """

    model: OpenedModel
    segments: tuple[Segment, ...]
    resolving_power: float
    is_resolving_power_known: bool
    v_rad_kms: float
    e_v_rad_kms: float
    snr: float
    coverage: float


def shifted_by(observation: Observation, velocity_kms: float, error_kms: float) -> Observation:
    """Return an observation with a velocity more taken out; the error is that of the new one."""
    factor = doppler_factor(velocity_kms)
    segments = tuple(
        dataclasses.replace(segment, wavelength_aa=segment.wavelength_aa / factor)
        for segment in observation.segments
    )
    total = observation.v_rad_kms + velocity_kms
    return dataclasses.replace(observation, segments=segments, v_rad_kms=total, e_v_rad_kms=error_kms)
