"""Make stated errors true: 68.3 % of known labels within one sigma, at every S/N and resolving power."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.error_calibration import ErrorCalibration, no_calibration, stretched
from spectragui.networks.parameter_network import ParameterNetwork, apply_network
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.factor_fit import ONE_SIGMA, fit_factors, neighbours_of
from spectragui.training.parameters.observing_cases import (
    NOISE_FREE_SNR,
    ObservedGrid,
    ObservingCase,
    overlap,
)

MISFITS = (0.0, 1.0)
POWERS = ((1500.0, 5000.0), (5000.0, 20000.0), (20000.0, 115000.0))
VSINIS_KMS = ((0.0, 10.0), (10.0, 30.0), (30.0, 100.0), (100.0, 300.0))
SNRS = (6.0, 10.0, 20.0, 40.0, 80.0, 160.0, 400.0, NOISE_FREE_SNR)
_LIMITS = (0.25, 3.0)
PART_SNRS = (30.0, 100.0)
COVERAGES = (0.15, 0.3, 0.5, 0.75)  # of the window, one stretch anywhere in it
_SLOW_KMS = (0.0, 30.0)  # what factors by coverage are measured on
_PART_LIMITS = (0.5, 8.0)
_TEFF_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_FEWEST_FOR_TEFF = 2000  # spectra, of all cases, below which errors do not depend on Teff
_ROUNDS = 3  # of factors by Teff, and by all else


@dataclasses.dataclass(frozen=True)
class _Seen:
    """What a network said of some spectra: errors over their stated sigma, and where they belong."""

    ratio: NDArray[np.float64]  # (n_spectra, n_labels)
    conditions: NDArray[np.float32]
    vsini_kms: NDArray[np.float64]
    teff: NDArray[np.float64]  # zeros for a network that does not give it
    coverage: NDArray[np.float64]


def calibrate_errors(
    network: ParameterNetwork, spectra: ObservedGrid, trained: AugmentationConfig, n_spectra: int = 560
) -> ParameterNetwork:
    """Return the network with error factors that make its errors true on these spectra.

    First by misfit, resolving power, v sin i and S/N, of whole spectra, and by Teff; then, with these
    factors, by the part of the window that was observed, and by v sin i for resolving powers that nobody
    told.

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
    Factors of all combinations are found together (`fit_factors`), so that the part of the errors within
    them is 68.3 % where they are interpolated, too. Stars in common hold the combinations together: the
    more different ones there are, the better is what is said of the next.
    """
    plain = dataclasses.replace(network, calibration=no_calibration(len(network.label_names)))
    misfits = MISFITS if spectra.model_error is not None else MISFITS[:1]
    limits = (trained.resolving_power_min, trained.resolving_power_max)
    all_powers = _within(POWERS, limits)
    all_vsinis = _within(VSINIS_KMS, (0.0, trained.vsini_max_kms))
    axes = (enumerate(misfits), enumerate(all_powers), enumerate(all_vsinis), enumerate(SNRS))
    parts = []
    for (m, misfit), (i, powers), (j, vsinis), (k, snr) in itertools.product(*axes):
        snr_or_none = snr if snr < NOISE_FREE_SNR else float("inf")
        case = ObservingCase("calibration", powers, vsinis, snr_or_none, misfit=misfit)
        parts.append(_see(plain, spectra, case, n_spectra, seed=1000 + 1000 * m + 100 * i + 10 * j + k))
    ends = [np.unique(all_powers), np.unique([(low, 0.5 * (low + high), high) for low, high in all_vsinis])]
    empty = ErrorCalibration(
        np.array(misfits),
        np.log10(ends[0]),
        ends[1],
        np.log10(SNRS),
        np.ones((len(misfits), ends[0].size, ends[1].size, len(SNRS), len(network.label_names))),
    )
    calibrated = dataclasses.replace(network, calibration=_fitted(empty, _joined(parts)))
    return _of_parts(calibrated, spectra, all_powers, all_vsinis, n_spectra)


def _see(
    network: ParameterNetwork, spectra: ObservedGrid, case: ObservingCase, n_spectra: int, seed: int
) -> _Seen:
    """Return what a network says of ``n_spectra`` stars drawn by lot, as the case observes them."""
    names = network.label_names
    parts = []
    for inputs, truth, _ in spectra.observe(case, n_spectra, seed, is_drawn=True):
        labels, sigma = apply_network(network, inputs)
        vsini, teff = (
            labels[:, names.index(name)] if name in names else np.zeros(len(labels))
            for name in ("vsini", "teff")
        )
        part = inputs.is_used.mean(axis=1).astype(float)
        parts.append(_Seen(np.abs(labels - truth) / sigma, inputs.conditions, vsini, teff, part))
    return _joined(parts)


def _joined(parts: Sequence[_Seen]) -> _Seen:
    names = [field.name for field in dataclasses.fields(_Seen)]
    return _Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _fitted(empty: ErrorCalibration, seen: _Seen) -> ErrorCalibration:
    """Return a calibration with the factors of its knots, and by Teff."""
    from scipy.sparse import csr_array

    n_labels = seen.ratio.shape[1]
    knots, weight = empty.corners(seen.conditions, seen.vsini_kms)
    rows = np.repeat(np.arange(len(knots)), knots.shape[1])
    shape = (len(knots), empty.factors[..., 0].size)
    shares = csr_array((weight.ravel(), (rows, knots.ravel())), shape=shape)
    neighbours = neighbours_of(empty.factors.shape[:4], first_axis=1)
    places = _teff_knots(seen.teff)
    by_teff = np.ones((max(places.size, 1), n_labels))
    hats = _hats(np.log(np.maximum(seen.teff, 1.0)), places)
    for _ in range(_ROUNDS if places.size else 1):
        factors = fit_factors(seen.ratio / (hats @ by_teff), shares, neighbours)
        if places.size:
            by_teff = fit_factors(seen.ratio / (shares @ factors), hats, neighbours_of((places.size,)))
    factors = np.clip(factors, *_LIMITS).reshape(empty.factors.shape)
    if not places.size:
        return dataclasses.replace(empty, factors=factors)
    return dataclasses.replace(
        empty, factors=factors, log_teff=places, by_teff=np.clip(by_teff, *_PART_LIMITS)
    )


def _teff_knots(teff: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln Teff of the knots; none where Teff is not given, or spectra are few."""
    if len(teff) < _FEWEST_FOR_TEFF or not teff.any():
        return np.zeros(0)
    return np.unique(np.log(np.round(np.quantile(teff, _TEFF_QUANTILES), -1)))


def _hats(values: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what part each knot has in a linear interpolation, shape (n_values, n_knots or 1)."""
    if not knots.size:
        return np.ones((len(values), 1))
    columns = [np.interp(values, knots, one) for one in np.eye(knots.size)]
    return np.stack(columns, axis=1)


def _of_parts(
    network: ParameterNetwork,
    spectra: ObservedGrid,
    powers: Sequence[tuple[float, float]],
    vsinis: Sequence[tuple[float, float]],
    n_spectra: int,
) -> ParameterNetwork:
    """Return the network with factors by coverage, and for a resolving power that is not told."""
    whole = (powers[0][0], powers[-1][1])

    def see(seed: int, rotation: tuple[float, float], **how: Any) -> _Seen:
        cases = [ObservingCase("calibration", whole, rotation, snr, **how) for snr in PART_SNRS]
        return _joined([_see(network, spectra, case, n_spectra, seed) for case in cases])

    old = network.calibration
    hidden = _joined([see(7000 + i, rotation, is_power_known=False) for i, rotation in enumerate(vsinis)])
    hats = _hats(stretched(hidden.vsini_kms), stretched(old.vsini_kms))
    untold = fit_factors(hidden.ratio, hats, neighbours_of(old.vsini_kms.shape))
    slow = overlap(_SLOW_KMS, (vsinis[0][0], vsinis[-1][1])) or vsinis[0]
    seen = [see(8000 + number, slow, coverage=part) for number, part in enumerate(COVERAGES)]
    knots = np.array([part.coverage.mean() for part in seen] + [spectra.seen_part])
    found = [np.quantile(part.ratio, ONE_SIGMA, axis=0) for part in seen]
    by_coverage = np.stack([*found, np.ones(len(network.label_names))])
    calibration = dataclasses.replace(
        old,
        coverage=knots,
        by_coverage=np.clip(by_coverage, *_PART_LIMITS),
        untold=np.clip(untold, *_PART_LIMITS),
    )
    return dataclasses.replace(network, calibration=calibration)


def _within(ranges: Sequence[tuple[float, float]], limits: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the parts of ranges inside limits; the limits themselves where nothing is left."""
    parts = [overlap(one, limits) for one in ranges]
    return [part for part in parts if part is not None and part[0] < part[1]] or [limits]
