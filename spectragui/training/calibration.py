"""Make stated errors true: 68.3 % of known labels within one sigma, at every S/N."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.parameter_network import ParameterNetwork, apply_network
from spectragui.training.metrics import error_factors
from spectragui.training.test_sets import TestCase, TestSpectra

_SNR_EDGES = (-1.2, -0.3, 0.1, 0.5, 0.9, 1.3, 1.7, 2.4)  # of the encoded S/N, see encode_conditions
_MIN_IN_BIN = 100
_LIMITS = (0.3, 3.0)


def calibrate_errors(
    network: ParameterNetwork, spectra: TestSpectra, n_spectra: int = 3000
) -> ParameterNetwork:
    """Return the network with error factors that make its errors true on these spectra.

    Parameters
    ----------
    network : ParameterNetwork
    spectra : TestSpectra
        Neither trained on nor held out.
    n_spectra : int
        Observations for each of the S/N from 6 to infinity.

    Notes
    -----
    A factor for each label and range of S/N: the 68.3 % quantile of |error| / stated sigma, at
    resolving powers of 5,000 to 115,000 and v sin i below 100 km/s, linear between the ranges.
    """
    plain = dataclasses.replace(network, error_factors=np.ones((1, 6)), error_knots=np.zeros(1))
    means, sigmas, labels, snrs = [], [], [], []
    for number, snr in enumerate((6.0, 10.0, 17.0, 30.0, 55.0, 100.0, 200.0, 500.0, float("inf"))):
        for case in (
            TestCase("slow", (20000.0, 115000.0), (0.0, 30.0), snr),
            TestCase("any", (5000.0, 115000.0), (0.0, 100.0), snr),
        ):
            for inputs, truth, _ in spectra.observe(case, n_spectra // 2, seed=1000 + number):
                mean, sigma = apply_network(plain, inputs)
                means.append(mean)
                sigmas.append(sigma)
                labels.append(truth)
                snrs.append(inputs.conditions[:, 2])
    arrays = [np.concatenate(parts) for parts in (means, sigmas, labels, snrs)]
    knots, factors = _factors_by_snr(*arrays)
    return dataclasses.replace(network, error_factors=factors, error_knots=knots)


def _factors_by_snr(
    mean: NDArray[np.float64],
    sigma: NDArray[np.float64],
    label: NDArray[np.float64],
    snr: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    knots, factors = [], []
    for low, high in zip(_SNR_EDGES[:-1], _SNR_EDGES[1:], strict=True):
        chosen = (snr >= low) & (snr < high)
        if chosen.sum() >= _MIN_IN_BIN:
            knots.append(float(snr[chosen].mean()))
            factors.append(error_factors(mean[chosen], sigma[chosen], label[chosen]))
    return np.array(knots), np.clip(np.stack(factors), *_LIMITS)
