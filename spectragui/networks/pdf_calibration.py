"""Make probabilities over bins tell the truth: sharper or blunter by S/N, so that ranks are flat."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError

Floats = NDArray[np.float64]
_POWERS = np.linspace(0.5, 2.2, 35)
_BLURS = (0.0, 0.35, 0.7, 1.05, 1.4)


@dataclasses.dataclass(frozen=True, eq=False)
class PdfCalibration:
    """How a probability p over bins is changed: p^power, blurred by a Gaussian, by signal-to-noise ratio.

    Attributes
    ----------
    log_snr : ndarray, shape (n_knots,)
        `log_total_snr` of the knots, ascending; between them power and blur are interpolated.
    power, blur : ndarray, shape (n_knots,)
        Exponent, and sigma of the Gaussian in bins.
    """

    log_snr: Floats
    power: Floats
    blur: Floats

    @property
    def as_array(self) -> NDArray[np.float32]:
        """The calibration as a tensor, shape (3, n_knots)."""
        return np.stack([self.log_snr, self.power, self.blur]).astype(np.float32)

    @classmethod
    def from_array(cls, values: NDArray[np.floating]) -> PdfCalibration:
        """Return the calibration that a tensor holds.

        Raises
        ------
        ModelError
            If it holds none.
        """
        array = np.asarray(values, dtype=np.float64)
        is_sound = array.ndim == 2 and array.shape[0] == 3 and array.shape[1] >= 1
        if not is_sound or (np.diff(array[0]) <= 0).any() or (array[1] <= 0).any() or (array[2] < 0).any():
            raise ModelError(
                "The calibration of the model's probabilities is none.", "Train the model again."
            )
        return cls(*array)

    def apply(self, log_p: NDArray[np.floating], log_snr: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return calibrated probabilities, shape (n, n_bins), rows of sum 1.

        Parameters
        ----------
        log_p : ndarray, shape (n, n_bins)
            Log of the network's probabilities (up to a constant).
        log_snr : ndarray, shape (n,)
        """
        power = np.interp(log_snr, self.log_snr, self.power)
        blur = np.interp(log_snr, self.log_snr, self.blur)
        return _changed(log_p, power, blur)


def log_total_snr(
    flux: NDArray[np.floating], sigma: NDArray[np.floating], observed: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return log10 of the signal-to-noise ratio of all bands together, at least 0, shape (n,)."""
    each = np.where(np.asarray(observed) > 0, np.asarray(flux) / np.maximum(sigma, 1e-9), 0.0)
    return np.asarray(0.5 * np.log10(np.maximum((each.astype(np.float64) ** 2).sum(axis=1), 1.0)))


def _changed(
    log_p: NDArray[np.floating], power: NDArray[np.floating], blur: NDArray[np.floating]
) -> NDArray[np.floating]:
    raised = np.asarray(log_p) * power[:, None].astype(log_p.dtype)
    p = np.exp(raised - raised.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    # A blur of b bins in three taps, twice: exact in its variance for b up to 1.
    share = np.clip(np.asarray(blur) ** 2 / 4.0, 0.0, 1.0 / 3.0)[:, None].astype(p.dtype)
    for _ in range(2):
        padded = np.pad(p, ((0, 0), (1, 1)), mode="edge")
        p = (1.0 - 2.0 * share) * p + share * (padded[:, :-2] + padded[:, 2:])
    return p


def ranks(p: NDArray[np.floating], value: Floats, low: float, high: float) -> Floats:
    """Return the probability integral transform: what part of each p lies below the true value.

    Parameters
    ----------
    p : ndarray, shape (n, n_bins)
        Probabilities of equal bins from ``low`` to ``high``; flat within a bin.
    value : ndarray, shape (n,)
    """
    n = p.shape[1]
    place = np.clip((value - low) / (high - low) * n, 0.0, n - 1e-6)
    index = place.astype(np.intp)
    below = np.concatenate([np.zeros((len(p), 1)), np.cumsum(p, axis=1)], axis=1)
    rows = np.arange(len(p))
    return np.asarray(below[rows, index] + (place - index) * p[rows, index])


def distance_from_flat(values: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of values in 0..1 from a flat distribution."""
    ordered = np.sort(values)
    n = len(ordered)
    steps = np.arange(n + 1) / n
    return float(max(np.abs(ordered - steps[:-1]).max(), np.abs(ordered - steps[1:]).max()))


def fit_calibration(
    log_p: NDArray[np.floating],
    value: Floats,
    log_snr: NDArray[np.floating],
    low: float,
    high: float,
    n_knots: int = 8,
) -> PdfCalibration:
    """Return the calibration that makes ranks of known values flat in each range of S/N.

    In each range the exponent and blur are taken with which the ranks are flattest and 68 % of the values
    lie between the ranks 0.16 and 0.84.

    Parameters
    ----------
    log_p : ndarray, shape (n, n_bins)
    value, log_snr : ndarray, shape (n,)
    low, high : float
        Ends of the bins.
    n_knots : int
    """
    edges = np.quantile(log_snr, np.linspace(0, 1, n_knots + 1))
    knots, powers, blurs = [], [], []
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        rows = (log_snr >= start) & (log_snr <= stop)
        best = min(
            ((_badness(log_p[rows], value[rows], power, blur, low, high), power, blur))
            for power in _POWERS
            for blur in _BLURS
        )
        knots.append(float(np.median(log_snr[rows])))
        powers.append(best[1])
        blurs.append(best[2])
    knots = [knot + 1e-4 * index for index, knot in enumerate(knots)]
    return PdfCalibration(np.array(knots), np.array(powers), np.array(blurs))


def _badness(
    log_p: NDArray[np.floating], value: Floats, power: float, blur: float, low: float, high: float
) -> float:
    n = len(log_p)
    p = _changed(log_p, np.full(n, power), np.full(n, blur))
    found = ranks(p, value, low, high)
    inside = float(np.mean((found > 0.1587) & (found < 0.8413)))
    return distance_from_flat(found) + abs(inside - 0.6827)
