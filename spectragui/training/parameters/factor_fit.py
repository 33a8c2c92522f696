"""Factors of stated errors on a grid of knots, by which 68.3 % lie within them between the knots too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ONE_SIGMA = 0.6827
_DENSITY = 0.484  # of normal errors, per unit of ln(|error| / sigma), where 68.3 % lie within
#: Neighbouring knots are drawn together as by so many spectra that would want them alike.
LIKENESS = 12.0
_TURNS = 120


def fit_factors(ratio: NDArray[np.float64], shares: Any, neighbours: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return factors whose interpolation holds 68.3 % of the errors everywhere.

    Parameters
    ----------
    ratio : ndarray, shape (n_spectra, n_labels)
        |error| / stated sigma.
    shares : ndarray or scipy.sparse.csr_array, shape (n_spectra, n_knots)
        What part of a spectrum's factor each knot gives; rows sum to one.
    neighbours : ndarray of int, shape (n_pairs, 2)
        Knots that lie beside each other.

    Returns
    -------
    ndarray, shape (n_knots, n_labels)

    Notes
    -----
    The minimum of the quantile loss of ln(ratio / factor), by steps along its gradient over its expected
    curvature. A quantile taken cell by cell and given to the cell's middle holds nothing in between, and
    a cell knows no more than its own few hundred spectra.
    """
    n_knots = shares.shape[1]
    places = np.concatenate([neighbours[:, 0], neighbours[:, 1]])
    others = np.concatenate([neighbours[:, 1], neighbours[:, 0]])
    n_beside = np.bincount(places, minlength=n_knots)[:, None]
    n_seen = shares.T @ np.ones((len(ratio), 1))
    curvature = _DENSITY * (n_seen + 2.0 * LIKENESS * n_beside)
    middle = np.quantile(ratio, ONE_SIGMA, axis=0)
    log_factors = np.tile(np.log(np.maximum(middle, 1e-3)), (n_knots, 1))
    for turn in range(_TURNS):
        within = ratio <= shares @ np.exp(log_factors)
        beside = np.zeros_like(log_factors)
        np.add.at(beside, places, log_factors[others])
        pull = _DENSITY * LIKENESS * (beside - n_beside * log_factors)
        gradient = shares.T @ (ONE_SIGMA - within) + pull
        damping = min(1.0, 2.0 * (1.0 - turn / _TURNS))  # of steps that only go to and fro at the end
        log_factors += damping * gradient / np.maximum(curvature, _DENSITY)
    return np.asarray(np.exp(log_factors))


def neighbours_of(shape: tuple[int, ...], first_axis: int = 0) -> NDArray[np.intp]:
    """Return the pairs of knots beside each other on a grid, (n_pairs, 2), numbered as in its flat order.

    Along axes before ``first_axis`` none are: errors with the physics' error and without it are not alike.
    """
    number = np.arange(int(np.prod(shape)), dtype=np.intp).reshape(shape)
    pairs = []
    for axis in range(first_axis, len(shape)):
        along = np.moveaxis(number, axis, 0)
        pairs.append(np.stack([along[:-1].ravel(), along[1:].ravel()], axis=1))
    return np.concatenate(pairs)
