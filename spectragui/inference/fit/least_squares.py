"""Levenberg-Marquardt of a generated spectrum against data, the continuum solved for on the way."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress
from spectragui.inference.fit.continuum_spline import Continuum
from spectragui.inference.fit.fit_problem import Problem, Vector, weights
from spectragui.inference.fit.priors import Prior, prior_at

MAX_ITERATIONS = 40
MIN_ITERATIONS = 2  # the weights have to settle, before and after outliers are left out
LARGEST_STEP = {
    "teff": 600.0, "logg": 0.6, "m_h": 0.4, "alpha_m": 0.2, "vmic": 0.7, "broadening": 30.0, "velocity": 3.0,
}  # fmt: skip
LARGEST_PATTERN_STEP = 1.0
SMALL_STEP = {
    "teff": 1.0, "logg": 2e-3, "m_h": 1e-3, "alpha_m": 2e-3, "vmic": 5e-3, "broadening": 0.1,
    "velocity": 0.01,
}  # fmt: skip
SMALL_PATTERN_STEP = 5e-3
FIRST_DAMPING, MAX_DAMPING = 1e-3, 1e3
NEGLIGIBLE = 1e-3  # of chi2, of which 1 is one sigma
LEAST_VMIC_ON_THE_WAY = 0.5  # where there is none, spectra do not change with it to first order: a trap


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """One point of the fit.

    Attributes
    ----------
    parameters : ndarray, shape (n_parameters,)
    weight, residual, flux : ndarray, shape (n_pixels,)
        1 / variance, data minus model, normalised model.
    continuum : Continuum
    chi2 : float
        With priors and the continuum's penalty.
    prior : Prior
    derivatives : ndarray, shape (n_parameters, n_pixels)
        Of the model, without what the continuum can follow.
    curvature : ndarray, shape (n_parameters, n_parameters)
    gradient : ndarray, shape (n_parameters,)
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
    start : ndarray, shape (n_parameters,)
    progress : Progress
        May raise `Cancelled`.

    Notes
    -----
    Each accepted step is followed by new weights; whether a step is accepted is decided at equal
    weights. When the fit has come to rest with all lines counting, outliers are left out, stretches
    that fit badly count less, and it goes on.
    """
    lower, upper = problem.bounds
    ends = lower
    lower = np.where([name == "vmic" for name in problem.parameters.names], LEAST_VMIC_ON_THE_WAY, ends)
    parameters = np.clip(start, lower, upper)
    state = evaluate(problem, parameters, weights(problem, parameters, None))
    damping, accepted, is_near = FIRST_DAMPING, 0, False
    for iteration in range(1, MAX_ITERATIONS + 1):
        progress(iteration / MAX_ITERATIONS, f"Fitting the spectrum, step {iteration}")
        step = damped_step(problem, state, damping, (lower, upper))
        trial = evaluate(problem, np.clip(state.parameters + step, lower, upper), state.weight)
        small = is_small(problem, trial.parameters - state.parameters, state)
        at_rest = small and accepted >= MIN_ITERATIONS
        is_better = trial.chi2 <= state.chi2 * (1 + 1e-9)
        if is_better:
            accepted, damping, state = accepted + 1, max(damping / 5.0, 1e-7), trial
        elif trial.chi2 - state.chi2 < NEGLIGIBLE:
            # At the bottom, where rounding decides what is lower; the same step again would find the same.
            accepted, damping = accepted + 1, max(8.0 * damping, 1e-4)
        else:
            damping = max(8.0 * damping, 1e-4)
        if damping > MAX_DAMPING:  # no step of any length is a better one: a minimum, if steps are small
            at_rest = small
        if (at_rest and is_near) or (damping > MAX_DAMPING and not at_rest):
            return Solution(state, iteration, at_rest)
        if at_rest and not is_near:
            is_near, accepted, is_better, damping = True, 0, True, min(damping, FIRST_DAMPING)
            lower = ends
        if is_better:
            weight = weights(problem, state.parameters, state.residual, is_near=is_near)
            state = reweighted(problem, state, weight)
    return Solution(state, MAX_ITERATIONS, False)


def is_small(problem: Problem, step: Vector, state: State) -> bool:
    """Return whether a step is below `SMALL_STEP`, or a tenth of what noise alone would scatter."""
    scale = np.sqrt(np.maximum(np.diag(state.curvature), 1e-30))
    inverse = np.linalg.pinv(state.curvature / np.outer(scale, scale), rcond=1e-9, hermitian=True)
    noise = np.sqrt(np.abs(np.diag(inverse))) / scale
    small = problem.parameters.each(SMALL_STEP, SMALL_PATTERN_STEP)
    return bool(np.all(np.abs(step) < np.maximum(small, 0.1 * noise)))


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
    prior = prior_at(parameters, problem.parameters)
    derivatives = derivatives * continuum.values
    weighted = derivatives * weight
    alone = continuum.remove_from(derivatives)
    curvature = weighted @ alone.T + prior.curvature
    gradient = weighted @ residual - prior.gradient
    chi2 = float(np.sum(weight * np.square(residual))) + continuum.penalty + prior.chi2
    symmetric = 0.5 * (curvature + curvature.T)
    return State(parameters, weight, residual, flux, continuum, chi2, prior, alone, symmetric, gradient)


def damped_step(problem: Problem, state: State, damping: float, bounds: tuple[Vector, Vector]) -> Vector:
    """Return the next step, held at the bounds and within `LARGEST_STEP`."""
    lower, upper = bounds
    free = problem.is_free.copy()
    step = np.zeros(problem.parameters.size)
    for _ in range(3):
        step = _solve_free(state, damping, free)
        out = ((state.parameters <= lower) & (step < 0)) | ((state.parameters >= upper) & (step > 0))
        if not np.any(out & free):
            break
        free &= ~out
    largest = problem.parameters.each(LARGEST_STEP, LARGEST_PATTERN_STEP)
    place = problem.parameters.broadening
    largest[place] = max(largest[place], 0.7 * state.parameters[place])
    return np.asarray(step / max(float(np.max(np.abs(step) / largest)), 1.0))


def _solve_free(state: State, damping: float, free: NDArray[np.bool_]) -> Vector:
    scale = np.sqrt(np.maximum(np.diag(state.curvature), 1e-30))
    scaled = state.curvature / np.outer(scale, scale)
    part = np.ix_(free, free)
    step = np.zeros(len(scale))
    matrix = scaled[part] + (damping + 1e-10) * np.eye(int(free.sum()))
    step[free] = np.linalg.solve(matrix, (state.gradient / scale)[free])
    return np.asarray(step / scale)
