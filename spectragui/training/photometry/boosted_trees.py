"""Gradient-boosted trees by scikit-learn, to compare with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.photometry import PhotometricTable
from spectragui.networks.photometry_network import MORPHOLOGY

Floats = NDArray[np.float64]
_MOST_ROWS = 60_000
_ROUNDS = 200


def tree_inputs(table: PhotometricTable) -> Floats:
    """Return magnitudes, errors, colours, size and shape with NaN where there is none."""
    magnitudes = np.where(table.detected, table.magnitudes, np.nan).astype(np.float64)
    errors = np.where(table.detected, table.errors, np.nan).astype(np.float64)
    nothing = np.full(len(table), np.nan)
    shapes = np.stack([table.morphology.get(name, nothing) for name in MORPHOLOGY], axis=1)
    colours = magnitudes[:, :-1] - magnitudes[:, 1:]
    return np.concatenate([magnitudes, errors, colours, magnitudes - magnitudes[:, -1:], shapes], axis=1)


def predict_by_trees(
    task: str, inputs: Floats, labels: Floats, test_inputs: Floats, seed: int = 1, rounds: int = _ROUNDS
) -> Floats:
    """Fit trees and return what they say of other rows.

    Parameters
    ----------
    task : {"redshift", "stellarity", "mass", "type"}
    inputs : ndarray, shape (n, n_columns)
    labels : ndarray, shape (n,)
        Redshift (fitted in ln(1 + z)), log mass, type (0-4), or 1 = star.
    test_inputs : ndarray, shape (m, n_columns)
    seed : int
    rounds : int

    Returns
    -------
    ndarray, shape (m,) or (m, n_classes)

    Raises
    ------
    TrainingError
        If scikit-learn, an optional extra, is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    except ImportError as error:
        raise TrainingError(
            "The gradient-boosted baseline needs scikit-learn, which is not installed.",
            "Install it: pip install 'spectragui[baselines]'.",
        ) from error
    rows = np.random.default_rng(seed).permutation(len(inputs))[:_MOST_ROWS]
    options = {"max_iter": rounds, "learning_rate": 0.1, "max_leaf_nodes": 31, "random_state": seed}
    if task in ("stellarity", "type"):
        model = HistGradientBoostingClassifier(**options)
        model.fit(inputs[rows], labels[rows].astype(np.int64))
        return np.asarray(model.predict_proba(test_inputs))
    regressor = HistGradientBoostingRegressor(**options)
    target = np.log1p(labels) if task == "redshift" else labels
    regressor.fit(inputs[rows], target[rows])
    found = np.asarray(regressor.predict(test_inputs), dtype=np.float64)
    return np.expm1(found) if task == "redshift" else found
