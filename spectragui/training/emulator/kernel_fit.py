"""Fit the kernel regression of an emulator: widths by leave-one-out errors, weights by linear algebra."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress, no_progress
from spectragui.simulation.regressors import KernelRegression, kernel_matrix, quadratic_terms

FloatArray = NDArray[np.float64]
# Outputs of like roughness share their widths: leading components are smoother than later ones.
GROUP_STARTS = (0, 4, 12, 30, 60)
START_INVERSE_LENGTHS = (0.85, 0.35, 0.45, 0.15, 0.17, 0.35)
START_NUGGET = 5e-5
RIDGE = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class _Problem:
    """Training inputs, their quadratic terms, targets of one group, weights of points and outputs."""

    points: FloatArray
    terms: FloatArray
    targets: FloatArray
    point_weights: FloatArray
    output_weights: FloatArray


@dataclasses.dataclass(frozen=True)
class KernelConfig:
    """How the widths of kernels are searched.

    Attributes
    ----------
    n_trials : int
        Of the search for a group's widths (Nelder-Mead).
    seed : int
        Of the random ``n_for_widths`` points that the widths are found with.
    n_for_widths : int
    """

    n_trials: int = 120
    seed: int = 0
    n_for_widths: int = 700


def fit_kernel_regression(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    output_weights: NDArray[Any],
    point_weights: NDArray[Any],
    config: KernelConfig = KernelConfig(),
    progress: Progress = no_progress,
) -> KernelRegression:
    """Fit all outputs, group by group.

    Parameters
    ----------
    inputs : ndarray, shape (n, n_in), standardised
    targets : ndarray, shape (n, n_out), unit variance
    output_weights : ndarray, shape (n_out,)
        Of the squared errors.
    point_weights : ndarray, shape (n,)
        Of each training point in the choice of the widths.
    config : KernelConfig
    progress : Progress

    Returns
    -------
    KernelRegression
    """
    x, y = np.asarray(inputs, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    starts = [start for start in GROUP_STARTS if start < y.shape[1]]
    groups = [slice(a, b) for a, b in zip(starts, [*starts[1:], y.shape[1]], strict=True)]
    some = np.random.default_rng(config.seed).permutation(len(x))[: config.n_for_widths]
    terms, guess = quadratic_terms(x), np.log([*_start_lengths(x.shape[1]), START_NUGGET])
    inverse, weights, polynomial = [], [], []
    for number, group in enumerate(groups):
        progress(number / len(groups), f"kernel widths, group {number + 1}")
        all_of_it = _Problem(
            x, terms, y[:, group], np.asarray(point_weights), np.asarray(output_weights)[group]
        )
        guess = _search_widths(_part(all_of_it, some), guess, config.n_trials)
        parts = _solve(all_of_it, guess)
        inverse.append(np.exp(guess[:-1]))
        weights.append(parts[0])
        polynomial.append(parts[1])
    sizes = tuple(group.stop - group.start for group in groups)
    return KernelRegression(x, np.stack(inverse), sizes, np.hstack(weights), np.hstack(polynomial))


def _start_lengths(n_inputs: int) -> Sequence[float]:
    """Return where the search starts: as found for all five labels, else their mean."""
    known = START_INVERSE_LENGTHS
    return known if len(known) == n_inputs else [float(np.mean(known))] * n_inputs


def _part(problem: _Problem, some: NDArray[np.intp]) -> _Problem:
    return dataclasses.replace(
        problem,
        points=problem.points[some],
        terms=problem.terms[some],
        targets=problem.targets[some],
        point_weights=problem.point_weights[some],
    )


def _search_widths(problem: _Problem, guess: FloatArray, n_trials: int) -> FloatArray:
    from scipy.optimize import minimize

    options = {"maxfev": n_trials, "adaptive": True}
    found = minimize(lambda p: _leave_one_out_error(problem, p), guess, method="Nelder-Mead", options=options)
    return np.asarray(found.x)


def _solve(problem: _Problem, parameters: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return kernel weights, polynomial, and the diagonal of the inverse kernel matrix."""
    from scipy.linalg import cho_factor, cho_solve, lapack

    scaled = problem.points * np.exp(parameters[:-1])
    kernel = kernel_matrix(scaled, scaled)
    kernel[np.diag_indices(len(kernel))] += np.exp(parameters[-1])
    factor = cho_factor(kernel, lower=True)
    solved = cho_solve(factor, problem.terms)
    normal = problem.terms.T @ solved + RIDGE * np.eye(problem.terms.shape[1])
    polynomial = np.linalg.solve(normal, solved.T @ problem.targets)
    weights = cho_solve(factor, problem.targets - problem.terms @ polynomial)
    inverse, _ = lapack.dpotri(factor[0], lower=1)
    return weights, polynomial, np.diag(inverse)


def _leave_one_out_error(problem: _Problem, parameters: FloatArray) -> float:
    """Return the log of the weighted mean square of the errors at points left out one by one."""
    try:
        weights, _, diagonal = _solve(problem, parameters)
    except np.linalg.LinAlgError:
        return 99.0  # widths too large for a positive definite matrix
    left_out = np.square(weights / diagonal[:, None]) * problem.output_weights
    return float(np.log(np.average(left_out.mean(axis=1), weights=problem.point_weights)))
