"""Make the stated errors of a network true on stars that it was not trained on."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.error_calibration import LIMITS
from spectragui.networks.parameter_network import ParameterNetwork

_ONE_SIGMA = 0.6827
FEWEST_VALUES = 5  # of a label, below which its errors stay as they are


def calibrated_on(
    network: ParameterNetwork,
    predicted: NDArray[np.float64],
    sigma: NDArray[np.float64],
    true: NDArray[np.float64],
) -> ParameterNetwork:
    """Return the network with error factors by which 68.3 % of known labels lie within one sigma.

    Parameters
    ----------
    network : ParameterNetwork
    predicted, sigma : ndarray, shape (n_spectra, n_labels)
        Of spectra of other stars than those that were trained on, with the network's present factors.
    true : ndarray, shape (n_spectra, n_labels)
        NaN where not known; a label with fewer than `FEWEST_VALUES` keeps its errors.

    Notes
    -----
    The quantile of n values is taken at 0.683 (n + 1) / n, as a conformal interval has it, so that
    few stars give rather too wide than too narrow errors.
    """
    factors = np.ones(true.shape[1])
    for i in range(true.shape[1]):
        known = np.isfinite(true[:, i])
        n_known = int(known.sum())
        if n_known < FEWEST_VALUES:
            continue
        ratio = np.abs(predicted[known, i] - true[known, i]) / sigma[known, i]
        factors[i] = np.quantile(ratio, min(_ONE_SIGMA * (n_known + 1) / n_known, 1.0))
    old = network.calibration
    new = np.clip(old.factors * factors, *LIMITS)
    return dataclasses.replace(network, calibration=dataclasses.replace(old, factors=new))
