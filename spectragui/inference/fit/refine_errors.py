"""Errors of a least-squares fit that hold for noise alone, and grow where the physics misfits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.fit_problem import Problem, misfit_share
from spectragui.inference.fit.least_squares import State

BLOCK_KMS = 40.0  # about 0.7 Angstrom: the errors of one line's pixels belong together


def covariance(problem: Problem, state: State) -> NDArray[np.float64]:
    """Return the covariance of the parameters, whatever the residuals' size and correlation in a line.

    Notes
    -----
    H^-1 (sum over blocks of g g^T + prior) H^-1 with H the curvature of chi2 / 2 and g a block's
    part of its gradient (cluster-robust "sandwich"): right for weights that are not the inverse
    variances, and for residuals that are correlated within `BLOCK_KMS`. 0 for what was held.

    References
    ----------
    Liang & Zeger 1986, Biometrika 73, 13.
    """
    number = np.floor(np.log(problem.wavelength_aa) * SPEED_OF_LIGHT_KMS / BLOCK_KMS).astype(np.int64)
    block = np.concatenate([[0], np.cumsum(np.diff(number) != 0)])
    pulls = state.derivatives * (state.weight * state.residual)
    sums = np.stack([np.bincount(block, row) for row in pulls])
    n_blocks = np.count_nonzero(np.any(sums != 0, axis=0))
    lost = len(sums) + sum(basis.shape[1] for basis in problem.spline.bases)
    correction = n_blocks / max(n_blocks - lost, 1)
    scale = np.sqrt(np.maximum(np.diag(state.curvature), 1e-30))
    free = np.outer(problem.is_free, problem.is_free)
    scaled = np.where(free, state.curvature / np.outer(scale, scale), 0.0)
    inverse = np.linalg.pinv(scaled, rcond=1e-9, hermitian=True)
    inverse = inverse / np.outer(scale, scale)
    return np.asarray(inverse @ (correction * sums @ sums.T + state.prior.curvature) @ inverse)


def misfit(problem: Problem, state: State) -> float:
    """Return how badly the physics describes the star: 0 = noise explains all, 1 = as in the Sun.

    Notes
    -----
    `spectragui.inference.parameters.network_input.misfit_amplitude` of the residual without the error
    patterns, which a simulated spectrum does not show.
    """
    plain = state.parameters.copy()
    plain[problem.parameters.amplitudes] = 0.0
    flux = problem.model.generate(plain)
    level = np.where(state.continuum.values > 0.05, state.continuum.values, 1.0)
    residual = problem.data - level * flux
    return misfit_share(problem, residual, problem.physics_at(plain) * level)
