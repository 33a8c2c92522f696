"""A generated spectrum over an observed one: data on its own pixels, and the residual in sigma."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.compare import comparison_of, fitted_pieces
from spectragui.inference.generate.request import EMULATOR
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.prepare import prepare_observation
from spectragui.inference.opened_model import open_model
from spectragui.inference.prediction import Comparison, PredictOptions


@dataclasses.dataclass(frozen=True, eq=False)
class Backdrop:
    """An observed spectrum made ready to have generated ones laid over it.

    Attributes
    ----------
    observation : Observation
        At rest, in air.
    frame : str
        Frame of the velocity, in which the overlay is shown: barycentric where that is known.
    """

    observation: Observation
    frame: str

    @property
    def v_rad_kms(self) -> float:
        """Velocity of the star in ``frame``."""
        return self.observation.v_rad_kms

    @property
    def resolving_power(self) -> float:
        """Resolving power of the observation, wavelength / FWHM."""
        return self.observation.resolving_power


@dataclasses.dataclass(frozen=True, eq=False)
class Overlay:
    """What is drawn, and two numbers of how well it fits.

    Attributes
    ----------
    comparison : Comparison
        Its wavelengths are air, in the frame of the backdrop.
    levels : tuple of ndarray, shape (n_pixels,) each
        What the data of each segment were divided by.
    rms : float
        Of observed minus generated, in units of the continuum.
    rchi2 : float
        Mean squared residual in sigma, noise and physics' error together.
    """

    comparison: Comparison
    levels: tuple[NDArray[np.float64], ...]
    rms: float
    rchi2: float


def prepare_backdrop(
    spectrum: AnySpectrum, options: PredictOptions | None = None, progress: Progress = no_progress
) -> Backdrop:
    """Take an observed spectrum to the window of the generating models.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    options : PredictOptions, optional
        What the user knows better: resolving power, medium, velocity.
    progress : Progress
        May raise `Cancelled`.

    Raises
    ------
    ModelError
        If nothing of it can be used; the message says why.
    """
    prepared = prepare_observation(spectrum, open_model(EMULATOR), options, progress)
    return Backdrop(prepared.observation, prepared.v_rad_frame or "unknown")


def lay_over(
    backdrop: Backdrop,
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    labels: LabelSet,
    v_rad_kms: float,
    levels: tuple[NDArray[np.float64], ...] | None = None,
) -> Overlay:
    """Compare a generated spectrum with an observed one on the observed pixels.

    Parameters
    ----------
    backdrop : Backdrop
    wavelength_aa : ndarray, shape (n_grid,), Angstrom
        Air, rest frame, evenly spaced.
    flux : ndarray, shape (n_grid,)
        Normalised, at the resolving power of the observation.
    labels : LabelSet
        Of the generated spectrum.
    v_rad_kms : float
        Where the generated spectrum is put, in the frame of the backdrop.
    levels : tuple of ndarray, optional
        Of an `Overlay` of nearly the same spectrum: saves their fit while a slider moves.

    Returns
    -------
    Overlay

    Notes
    -----
    The data of each segment are divided by a smooth curve that fits data / generated best, as in
    `reconstruct.compare`; uncertainties with them.
    """
    resting = backdrop.observation
    shift = doppler_factor(resting.v_rad_kms) / doppler_factor(v_rad_kms)
    step = wavelength_aa[1] - wavelength_aa[0]
    generated = []
    for segment in resting.segments:
        position = (segment.wavelength_aa * shift - wavelength_aa[0]) / step
        inside = (position >= 0) & (position <= flux.size - 1)
        generated.append(np.where(inside, interpolate_cubic(flux, position), np.nan))
    pieces = fitted_pieces(resting, generated, labels, levels)
    comparison = comparison_of(pieces, labels, resting.model)
    good = ~comparison.mask & np.isfinite(comparison.residual_sigma)
    residual = (comparison.observed - comparison.generated)[good]
    shown = dataclasses.replace(
        comparison, wavelength_aa=comparison.wavelength_aa * doppler_factor(resting.v_rad_kms)
    )
    return Overlay(
        comparison=shown,
        levels=tuple(piece[3] for piece in pieces),
        rms=float(np.sqrt(np.mean(np.square(residual)))) if residual.size else float("nan"),
        rchi2=float(np.mean(np.square(comparison.residual_sigma[good]))) if residual.size else float("nan"),
    )
