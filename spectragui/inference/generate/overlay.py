"""A generated spectrum over an observed one: data on its own pixels, and the residual in sigma."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.compare import comparison_of, fitted_pieces, reduced_chi2
from spectragui.inference.generate.request import EMULATOR
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.prepare import Prepared, prepare_observation
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.model_store import choose_model
from spectragui.inference.parameters.predict_spectrum import first_look, require_enough
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
        See `spectragui.inference.fit.compare.reduced_chi2`.
    """

    comparison: Comparison
    levels: tuple[NDArray[np.float64], ...]
    rms: float
    rchi2: float


def prepare_backdrop(
    spectrum: AnySpectrum, options: PredictOptions | None = None, progress: Progress = no_progress
) -> Backdrop:
    """Take an observed spectrum to the window of the generating models, cleaned as for a prediction.

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
    options = options or PredictOptions()
    prepared = prepare_observation(spectrum, open_model(EMULATOR), options, part_of(progress, 0.0, 0.7))
    progress(0.7, "Looking for hits and bad orders")
    observation = prepared.observation
    with contextlib.suppress(ModelError):  # what cannot be predicted is laid over as it is
        observation = _cleaned(spectrum, prepared, options)
    return Backdrop(observation, prepared.v_rad_frame or "unknown")


def _cleaned(spectrum: AnySpectrum, prepared: Prepared, options: PredictOptions) -> Observation:
    """Return the observation without what no star can have made, as the prediction finds it."""
    observation = prepared.observation
    require_enough(observation)
    model = choose_model(spectrum, options.model)
    if model.card.companions.emulator != EMULATOR:
        return observation
    seen = dataclasses.replace(prepared, observation=dataclasses.replace(observation, model=model))
    return dataclasses.replace(first_look(seen)[0].observation, model=observation.model)


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
        rchi2=reduced_chi2(comparison.residual_sigma, comparison.mask),
    )
