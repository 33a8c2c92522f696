"""What a least-squares fit compares: the joined data, the model, and how much each pixel counts."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import DER_SNR_FACTOR, MAD_TO_SIGMA
from spectragui.inference.fit.continuum_spline import ContinuumSpline
from spectragui.inference.fit.model_error import UNCALIBRATED, physics_error
from spectragui.inference.fit.spectrum_model import FitParameters, SpectrumModel
from spectragui.inference.observation.observation import Observation
from spectragui.inference.parameters.network_input import misfit_amplitude

Vector = NDArray[np.float64]

CLIP_SIGMA = 4.0  # beyond it a pixel counts less, beyond three times that not at all
BLOCK_AA = 10.0  # of the local scatter: a stretch that fits badly counts less
LEAST_MISFIT = 0.1  # the emulator itself errs by about a tenth of the physics
AMPLITUDE_LIMIT = 3.0
LARGEST_VSINI = 400.0
LARGEST_VELOCITY_KMS = 60.0


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """Data, model and continuum of one fit, all segments joined.

    Attributes
    ----------
    model : SpectrumModel
    spline : ContinuumSpline
    data, sigma : ndarray, shape (n_pixels,)
    good : ndarray of bool, shape (n_pixels,)
    wavelength_aa : ndarray, shape (n_pixels,)
    resolving_power, teff : float
        Of the instrument; and the star's, about.
    is_free : ndarray of bool, shape (n_parameters,)
        False = held at its starting value.
    """

    model: SpectrumModel
    spline: ContinuumSpline
    data: Vector
    sigma: Vector
    good: NDArray[np.bool_]
    wavelength_aa: Vector
    resolving_power: float
    teff: float
    is_free: NDArray[np.bool_]

    @classmethod
    def build(
        cls, observation: Observation, model: SpectrumModel, teff: float, held: tuple[str, ...] = ()
    ) -> Problem:
        """Join the segments of a star of about ``teff``; ``held`` names parameters that are not fitted."""

        def joined(name: str) -> NDArray:
            return np.concatenate([getattr(segment, name) for segment in observation.segments])

        return cls(
            model,
            ContinuumSpline.build(observation, teff),
            joined("flux"),
            joined("uncertainty"),
            ~joined("mask"),
            joined("wavelength_aa"),
            observation.resolving_power,
            teff,
            np.array([name not in held for name in model.parameters.names]),
        )

    @property
    def parameters(self) -> FitParameters:
        """What is fitted."""
        return self.model.parameters

    def physics_at(self, values: Vector) -> Vector:
        """Return the physics' error at a point of the parameters, shape (n_pixels,)."""
        labels = self.parameters.label_set(values)
        return physics_error(self.model.patterns, self.wavelength_aa, labels, self.resolving_power)

    @property
    def bounds(self) -> tuple[Vector, Vector]:
        """Lower and upper limits of the parameters."""
        ranges = [self.model.emulator.label_ranges[name] for name in self.parameters.labels]
        lower, upper = (list(side) for side in zip(*ranges, strict=True))
        n_patterns = self.parameters.n_patterns
        lower += [self.model.smallest_broadening, -LARGEST_VELOCITY_KMS] + [-AMPLITUDE_LIMIT] * n_patterns
        upper += [LARGEST_VSINI**2, LARGEST_VELOCITY_KMS] + [AMPLITUDE_LIMIT] * n_patterns
        return np.array(lower), np.array(upper)


def weights(problem: Problem, parameters: Vector, residual: Vector | None, *, is_near: bool = True) -> Vector:
    """Return 1 / variance of each pixel, 0 where it does not count.

    Parameters
    ----------
    problem : Problem
    parameters : ndarray, shape (n_parameters,)
    residual : ndarray, shape (n_pixels,), or None
        Of the present fit; None before there is one.
    is_near : bool
        False while the fit is still on its way: lines that do not fit yet are what leads it, so
        none is left out, and no stretch counts less.

    Notes
    -----
    The variance is the data's plus the physics' (`physics_error`, times how much of it the present
    fit shows), times the square of the local scatter where the fit is worse than both. Huber's
    weights beyond `CLIP_SIGMA`: cosmic-ray hits, telluric lines and lines that the list lacks do
    not pull.
    """
    physics = problem.physics_at(parameters)
    share = 1.0
    if residual is not None and is_near:
        share = max(misfit_share(problem, residual, physics), LEAST_MISFIT)
    total = np.hypot(problem.sigma, share * physics)
    weight = problem.good / np.square(total)
    if residual is None:
        return np.asarray(weight)
    pull = np.abs(residual) / total
    if is_near:
        scatter = local_scatter(problem, pull)
    else:
        scatter = np.maximum(MAD_TO_SIGMA * np.median(pull[problem.good]), 1.0)
    pull = pull / scatter
    weight = weight / np.square(scatter) * np.minimum(1.0, CLIP_SIGMA / np.maximum(pull, 1e-9))
    return np.asarray(np.where((pull < 3.0 * CLIP_SIGMA) | (not is_near), weight, 0.0))


def misfit_share(problem: Problem, residual: Vector, physics: Vector) -> float:
    """Return how much of the physics' error a residual shows: 0 = noise explains all, 1 = as in the Sun.

    Parameters
    ----------
    problem : Problem
    residual, physics : ndarray, shape (n_pixels,)
        In the same unit; pixels where the line list was not calibrated do not count.
    """
    good = problem.good & (physics < 0.5 * UNCALIBRATED)
    sigma = problem.sigma[good]
    return misfit_amplitude(residual[good], noise_share(residual[good] / sigma) * sigma, physics[good])


def noise_share(pull: Vector) -> float:
    """Return the noise seen from pixel to pixel in units of the stated noise, 1 at most.

    Parameters
    ----------
    pull : ndarray, shape (n_pixels,)
        Residual / stated noise.

    Notes
    -----
    DER_SNR (Stoehr et al. 2008) of the residual. Errors that are stated too large would hide what
    the physics gets wrong.
    """
    if pull.size < 5:
        return 1.0
    second = np.abs(2.0 * pull[2:-2] - pull[:-4] - pull[4:])
    return float(min(DER_SNR_FACTOR * np.median(second), 1.0))


def local_scatter(problem: Problem, pull: Vector) -> Vector:
    """Return the robust scatter of |residual| / sigma in blocks, at least 1, shape (n_pixels,)."""
    scatter = np.ones(pull.size)
    for pixels in problem.spline.slices:
        wavelength, good = problem.wavelength_aa[pixels], problem.good[pixels]
        length = wavelength[-1] - wavelength[0]
        n_blocks = max(int(round(length / BLOCK_AA)), 1)
        edges = np.searchsorted(wavelength, wavelength[0] + length * np.arange(1, n_blocks) / n_blocks)
        groups = zip(np.split(pull[pixels], edges), np.split(good, edges), strict=True)
        values = [MAD_TO_SIGMA * np.median(p[g]) if g.sum() > 20 else 1.0 for p, g in groups]
        centres = wavelength[0] + length * (np.arange(n_blocks) + 0.5) / n_blocks
        scatter[pixels] = np.interp(wavelength, centres, np.maximum(values, 1.0))
    return scatter
