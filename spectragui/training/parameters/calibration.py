"""Make stated errors true: 68.3 % of known labels within one sigma, at every S/N and resolving power."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.error_calibration import ErrorCalibration, no_calibration
from spectragui.networks.parameter_network import ParameterNetwork, apply_network
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.metrics import error_factors
from spectragui.training.parameters.observing_cases import (
    NOISE_FREE_SNR,
    ObservedGrid,
    ObservingCase,
    overlap,
)

MISFITS = (0.0, 1.0)
POWERS = ((1500.0, 5000.0), (5000.0, 20000.0), (20000.0, 115000.0))
VSINIS_KMS = ((0.0, 30.0), (30.0, 100.0), (100.0, 300.0))
SNRS = (6.0, 10.0, 20.0, 40.0, 80.0, 160.0, 400.0, NOISE_FREE_SNR)
_LIMITS = (0.25, 3.0)
PART_SNRS = (30.0, 100.0)
COVERAGES = (0.15, 0.3, 0.5, 0.75)  # of the window, one stretch anywhere in it
_PART_LIMITS = (0.5, 8.0)


def calibrate_errors(
    network: ParameterNetwork, spectra: ObservedGrid, trained: AugmentationConfig, n_spectra: int = 560
) -> ParameterNetwork:
    """Return the network with error factors that make its errors true on these spectra.

    First by misfit, resolving power, v sin i and S/N, of whole spectra; then, with these factors, by the part
    of the window that was observed, and for resolving powers that nobody told.

    Parameters
    ----------
    network : ParameterNetwork
    spectra : ObservedGrid
        Neither trained on nor held out; with the physics' error, else it is not calibrated for.
    trained : AugmentationConfig
        Says which resolving powers and v sin i it was trained for.
    n_spectra : int
        Observations for each combination of misfit, resolving power, v sin i and S/N.

    Notes
    -----
    A factor for each label and combination: the 68.3 % quantile of |error| / stated sigma.
    """
    plain = dataclasses.replace(network, calibration=no_calibration(len(network.label_names)))
    misfits = MISFITS if spectra.model_error is not None else MISFITS[:1]
    limits = (trained.resolving_power_min, trained.resolving_power_max)
    all_powers = _within(POWERS, limits)
    all_vsinis = _within(VSINIS_KMS, (0.0, trained.vsini_max_kms))
    shape = (len(misfits), len(all_powers), len(all_vsinis), len(SNRS), len(network.label_names))
    factors = np.ones(shape)
    axes = (enumerate(misfits), enumerate(all_powers), enumerate(all_vsinis), enumerate(SNRS))
    for (m, misfit), (i, powers), (j, vsinis), (k, snr) in itertools.product(*axes):
        snr_or_none = snr if snr < NOISE_FREE_SNR else float("inf")
        case = ObservingCase("calibration", powers, vsinis, snr_or_none, misfit=misfit)
        parts = [
            (*apply_network(plain, inputs), truth)
            for inputs, truth, _ in spectra.observe(
                case, n_spectra, seed=1000 + 1000 * m + 100 * i + 10 * j + k
            )
        ]
        mean, sigma, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        factors[m, i, j, k] = np.clip(error_factors(mean, sigma, label), *_LIMITS)
    calibration = ErrorCalibration(
        np.array(misfits),
        np.array([np.log10(low * high) / 2.0 for low, high in all_powers]),
        np.array([0.5 * (low + high) for low, high in all_vsinis]),
        np.log10(SNRS),
        factors,
    )
    calibrated = dataclasses.replace(network, calibration=calibration)
    return _of_parts(calibrated, spectra, all_powers, all_vsinis[0], n_spectra)


def _of_parts(
    network: ParameterNetwork,
    spectra: ObservedGrid,
    powers: Sequence[tuple[float, float]],
    vsinis: tuple[float, float],
    n_spectra: int,
) -> ParameterNetwork:
    """Return the network with factors by coverage, and for a resolving power that is not told."""
    whole = (powers[0][0], powers[-1][1])

    def factors_of(seed: int, **how: Any) -> tuple[float, NDArray[np.float64]]:
        parts, coverages = [], []
        for snr in PART_SNRS:
            case = ObservingCase("calibration", whole, vsinis, snr, **how)
            for inputs, truth, _ in spectra.observe(case, n_spectra, seed=seed):
                parts.append((*apply_network(network, inputs), truth))
                coverages.append(inputs.is_used.mean())
        mean, sigma, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return float(np.mean(coverages)), np.clip(error_factors(mean, sigma, label), *_PART_LIMITS)

    _, untold = factors_of(7000, is_power_known=False)
    found = [factors_of(8000 + number, coverage=part) for number, part in enumerate(COVERAGES)]
    knots = np.array([place for place, _ in found] + [float(spectra.seen_part)])
    by_coverage = np.stack([factors for _, factors in found] + [np.ones(len(network.label_names))])
    calibration = dataclasses.replace(
        network.calibration, coverage=knots, by_coverage=by_coverage, untold=untold
    )
    return dataclasses.replace(network, calibration=calibration)


def _within(ranges: Sequence[tuple[float, float]], limits: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the parts of ranges inside limits; the limits themselves where nothing is left."""
    parts = [overlap(one, limits) for one in ranges]
    return [part for part in parts if part is not None and part[0] < part[1]] or [limits]
