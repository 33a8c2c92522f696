"""Levenberg-Marquardt of a generated spectrum against data, the continuum solved for on the way."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.progress import Progress
from spectragui.inference.continuum_spline import Continuum, ContinuumSpline
from spectragui.inference.model_error import physics_error
from spectragui.inference.observation import Observation
from spectragui.inference.priors import Prior, prior_at
from spectragui.inference.spectrum_model import N_LABELS, N_PARAMETERS, PARAMETERS, SpectrumModel

Vector = NDArray[np.float64]

MAX_ITERATIONS = 30
MIN_ITERATIONS = 4  # the weights have to settle
CLIP_SIGMA = 4.0  # beyond it a pixel counts less, beyond three times that not at all
BLOCK_AA = 10.0  # of the local scatter: a stretch that fits badly counts less
LARGEST_STEP = np.array([600.0, 0.6, 0.4, 0.2, 0.7, 30.0, 3.0, 1.0, 1.0])
SMALL_STEP = np.array([1.0, 2e-3, 1e-3, 2e-3, 5e-3, 0.1, 0.01, 5e-3, 5e-3])
MAX_DAMPING = 1e3
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
    resolving_power : float
    is_free : ndarray of bool, shape (N_PARAMETERS,)
        False = held at its starting value.
    """

    model: SpectrumModel
    spline: ContinuumSpline
    data: Vector
    sigma: Vector
    good: NDArray[np.bool_]
    wavelength_aa: Vector
    resolving_power: float
    is_free: NDArray[np.bool_]

    @classmethod
    def build(cls, observation: Observation, model: SpectrumModel, held: tuple[str, ...] = ()) -> Problem:
        """Join the segments of an observation; ``held`` names parameters that are not fitted."""

        def joined(name: str) -> NDArray:
            return np.concatenate([getattr(segment, name) for segment in observation.segments])

        return cls(
            model,
            ContinuumSpline.build(observation),
            joined("flux"),
            joined("uncertainty"),
            ~joined("mask"),
            joined("wavelength_aa"),
            observation.resolving_power,
            np.array([name not in held for name in PARAMETERS]),
        )

    @property
    def bounds(self) -> tuple[Vector, Vector]:
        """Lower and upper limits of `PARAMETERS`."""
        ranges = [self.model.emulator.label_ranges[name] for name in PARAMETERS[:N_LABELS]]
        lower, upper = (list(side) for side in zip(*ranges, strict=True))
        lower += [self.model.smallest_broadening, -LARGEST_VELOCITY_KMS] + [-AMPLITUDE_LIMIT] * 2
        upper += [LARGEST_VSINI**2, LARGEST_VELOCITY_KMS] + [AMPLITUDE_LIMIT] * 2
        return np.array(lower), np.array(upper)


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """One point of the fit.

    Attributes
    ----------
    parameters : ndarray, shape (N_PARAMETERS,)
    weight, residual, flux : ndarray, shape (n_pixels,)
        1 / variance, data minus model, normalised model.
    continuum : Continuum
    chi2 : float
        With priors and the continuum's penalty.
    prior : Prior
    derivatives : ndarray, shape (N_PARAMETERS, n_pixels)
        Of the model, without what the continuum can follow.
    curvature : ndarray, shape (N_PARAMETERS, N_PARAMETERS)
    gradient : ndarray, shape (N_PARAMETERS,)
    """

    parameters: Vector
    weight: Vector
    residual: Vector
    flux: Vector
    continuum: Continuum
    chi2: float
    prior: Prior
    derivatives: NDArray[np.float64]
    curvature: NDArray[np.float64]
    gradient: Vector


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """Where a fit ended: the last state, how many iterations it took, whether it came to rest."""

    state: State
    n_iterations: int
    converged: bool


def solve(problem: Problem, start: Vector, progress: Progress) -> Solution:
    """Minimise chi2 from a starting point.

    Parameters
    ----------
    problem : Problem
    start : ndarray, shape (N_PARAMETERS,)
    progress : Progress
        May raise `Cancelled`.

    Notes
    -----
    Each accepted step is followed by new weights (local scatter, outliers); whether a step is
    accepted is decided at equal weights.
    """
    lower, upper = problem.bounds
    parameters = np.clip(start, lower, upper)
    state = evaluate(problem, parameters, weights(problem, parameters, None))
    damping, accepted = 1e-3, 0
    for iteration in range(1, MAX_ITERATIONS + 1):
        progress(iteration / MAX_ITERATIONS, f"Fitting the spectrum, step {iteration}")
        step = damped_step(state, damping, (lower, upper), problem.is_free)
        trial = evaluate(problem, np.clip(state.parameters + step, lower, upper), state.weight)
        at_rest = is_small(trial.parameters - state.parameters, state) and accepted >= MIN_ITERATIONS
        if trial.chi2 <= state.chi2 * (1 + 1e-9):
            accepted, damping, state = accepted + 1, max(damping / 5.0, 1e-7), trial
        else:
            damping = max(8.0 * damping, 1e-4)
        if at_rest or damping > MAX_DAMPING:
            return Solution(state, iteration, at_rest)
        if state is trial:
            state = reweighted(problem, trial, weights(problem, trial.parameters, trial.residual))
    return Solution(state, MAX_ITERATIONS, False)


def is_small(step: Vector, state: State) -> bool:
    """Return whether a step is below `SMALL_STEP`, or a tenth of what noise alone would scatter."""
    scale = np.sqrt(np.maximum(np.diag(state.curvature), 1e-30))
    inverse = np.linalg.pinv(state.curvature / np.outer(scale, scale), rcond=1e-9, hermitian=True)
    noise = np.sqrt(np.abs(np.diag(inverse))) / scale
    return bool(np.all(np.abs(step) < np.maximum(SMALL_STEP, 0.1 * noise)))


def evaluate(problem: Problem, parameters: Vector, weight: Vector) -> State:
    """Generate the spectrum and its derivatives at a point, and solve for the continuum."""
    flux, derivatives = problem.model.generate_with_derivatives(parameters)
    return _state(problem, parameters, weight, flux, derivatives)


def reweighted(problem: Problem, state: State, weight: Vector) -> State:
    """Return the same point with other weights."""
    _, derivatives = problem.model.generate_with_derivatives(state.parameters)
    return _state(problem, state.parameters, weight, state.flux, derivatives)


def _state(
    problem: Problem, parameters: Vector, weight: Vector, flux: Vector, derivatives: NDArray[np.float64]
) -> State:
    continuum = problem.spline.solve(problem.data, flux, weight)
    residual = problem.data - continuum.values * flux
    prior = prior_at(parameters)
    derivatives = derivatives * continuum.values
    weighted = derivatives * weight
    alone = continuum.remove_from(derivatives)
    curvature = weighted @ alone.T + prior.curvature
    gradient = weighted @ residual - prior.gradient
    chi2 = float(np.sum(weight * np.square(residual))) + continuum.penalty + prior.chi2
    symmetric = 0.5 * (curvature + curvature.T)
    return State(parameters, weight, residual, flux, continuum, chi2, prior, alone, symmetric, gradient)


def damped_step(
    state: State, damping: float, bounds: tuple[Vector, Vector], is_free: NDArray[np.bool_]
) -> Vector:
    """Return the next step, held at the bounds and within `LARGEST_STEP`."""
    lower, upper = bounds
    free = is_free.copy()
    step = np.zeros(N_PARAMETERS)
    for _ in range(3):
        step = _solve_free(state, damping, free)
        out = ((state.parameters <= lower) & (step < 0)) | ((state.parameters >= upper) & (step > 0))
        if not np.any(out & free):
            break
        free &= ~out
    largest = LARGEST_STEP.copy()
    largest[5] = max(largest[5], 0.7 * state.parameters[5])
    return np.asarray(step / max(float(np.max(np.abs(step) / largest)), 1.0))


def _solve_free(state: State, damping: float, free: NDArray[np.bool_]) -> Vector:
    scale = np.sqrt(np.maximum(np.diag(state.curvature), 1e-30))
    scaled = state.curvature / np.outer(scale, scale)
    part = np.ix_(free, free)
    step = np.zeros(N_PARAMETERS)
    matrix = scaled[part] + (damping + 1e-10) * np.eye(int(free.sum()))
    step[free] = np.linalg.solve(matrix, (state.gradient / scale)[free])
    return np.asarray(step / scale)


def weights(problem: Problem, parameters: Vector, residual: Vector | None) -> Vector:
    """Return 1 / variance of each pixel, 0 where it does not count.

    Parameters
    ----------
    problem : Problem
    parameters : ndarray, shape (N_PARAMETERS,)
    residual : ndarray, shape (n_pixels,), or None
        Of the present fit; None before there is one.

    Notes
    -----
    The variance is the data's plus the physics' (`physics_error`), times the square of the local
    scatter where the fit is worse than both. Huber's weights beyond `CLIP_SIGMA`: cosmic-ray hits,
    telluric lines and lines that the list lacks do not pull.
    """
    labels = LabelSet({"teff": parameters[0], "vsini": float(np.sqrt(max(parameters[5], 0.0)))})
    physics = physics_error(problem.wavelength_aa, labels, problem.resolving_power)
    total = np.hypot(problem.sigma, physics)
    weight = problem.good / np.square(total)
    if residual is None:
        return np.asarray(weight)
    pull = np.abs(residual) / total
    scatter = local_scatter(problem, pull)
    pull = pull / scatter
    weight = weight / np.square(scatter) * np.minimum(1.0, CLIP_SIGMA / np.maximum(pull, 1e-9))
    return np.asarray(np.where(pull < 3.0 * CLIP_SIGMA, weight, 0.0))


def local_scatter(problem: Problem, pull: Vector) -> Vector:
    """Return the robust scatter of |residual| / sigma in blocks, at least 1, shape (n_pixels,)."""
    scatter = np.ones(pull.size)
    for pixels in problem.spline.slices:
        wavelength, good = problem.wavelength_aa[pixels], problem.good[pixels]
        length = wavelength[-1] - wavelength[0]
        n_blocks = max(int(round(length / BLOCK_AA)), 1)
        edges = np.searchsorted(wavelength, wavelength[0] + length * np.arange(1, n_blocks) / n_blocks)
        groups = zip(np.split(pull[pixels], edges), np.split(good, edges), strict=True)
        values = [1.4826 * np.median(p[g]) if g.sum() > 20 else 1.0 for p, g in groups]
        centres = wavelength[0] + length * (np.arange(n_blocks) + 0.5) / n_blocks
        scatter[pixels] = np.interp(wavelength, centres, np.maximum(values, 1.0))
    return scatter
