"""Errors of a network are made true on stars of which it knew nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.networks.error_calibration import no_calibration
from spectragui.networks.parameter_network import ParameterNetwork
from spectragui.training.fine_tuning.observed_calibration import FEWEST_VALUES, calibrated_on


def network(n_labels: int) -> ParameterNetwork:
    return ParameterNetwork("none", {}, None, None, (), no_calibration(n_labels))  # type: ignore[arg-type]


def test_two_thirds_lie_within_one_sigma_afterwards() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(size=(3000, 2))
    sigma = np.ones((3000, 2))
    predicted = true + rng.normal(size=(3000, 2)) * [2.0, 0.5]
    factors = calibrated_on(network(2), predicted, sigma, true).calibration.factors.ravel()
    np.testing.assert_allclose(factors, [2.0, 0.5], rtol=0.05)


def test_few_values_leave_errors_alone_and_make_them_rather_wide() -> None:
    true = np.full((FEWEST_VALUES - 1, 1), 5.0)
    assert calibrated_on(network(1), true + 9.0, np.ones_like(true), true).calibration.factors.item() == 1.0
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        true = rng.normal(size=(12, 1))
        one = calibrated_on(network(1), true + rng.normal(size=(12, 1)), np.ones((12, 1)), true)
        covered.append(abs(rng.normal()) <= one.calibration.factors.item())
    assert np.mean(covered) == pytest.approx(0.68, abs=0.06)


def test_unknown_labels_do_not_count_and_factors_multiply() -> None:
    true = np.full((40, 1), np.nan)
    true[:20] = 0.0
    predicted = np.full((40, 1), 3.0)
    base = network(1)
    doubled = dataclasses.replace(
        base, calibration=dataclasses.replace(base.calibration, factors=2.0 * base.calibration.factors)
    )
    assert calibrated_on(doubled, predicted, np.full((40, 1), 2.0), true).calibration.factors.item() == 3.0
