"""Which of many templates a spectrum is most like: all at once on a coarse grid, few in detail.

One batched correlation on a grid of `COARSE` steps tells the templates that come near the best; only
they are compared on the fine grid, about their peaks, and only the best gets its whole curve.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import Gridded, VelocityTemplates
from spectragui.core.kept_bytes import forgettable

COARSE = 4
NEAR = 0.05  # of the correlation: so near to the best on the coarse grid, the fine one decides
SECOND_PEAK, ELSEWHERE_KMS = (
    0.6,
    100.0,
)  # a second one so high, so far away: no shift is left to the coarse grid
N_CANDIDATES = 3  # templates that are tried with other broadenings
_SIGMA_PER_FWHM = 1.0 / 2.3548200450309493
_FLOOR = 1e-3  # of the largest variance
_LEAST = 1e-30
N_COARSE_KEPT, N_FINE_KEPT, N_STACKS_KEPT = 128, 16, 4  # 80 kB, 0.6 MB and 2 MB each
N_EXACT = 3  # shifts on both sides of the peak that are computed in double precision


@dataclasses.dataclass(frozen=True, eq=False)
class BestTemplate:
    """The template that a spectrum is most like.

    Attributes
    ----------
    template : int
    broadening_kms : float
        Gaussian FWHM put on it.
    depth : ndarray, shape (n_grid,)
        The broadened template.
    correlation : ndarray, shape (2 n_shifts + 1,)
        Correlation coefficient at all shifts.
    """

    template: int
    broadening_kms: float
    depth: NDArray[np.float64]
    correlation: NDArray[np.float64]


def best_template(
    data: Gridded, templates: VelocityTemplates, limit_kms: float, broadenings_kms: Sequence[float]
) -> BestTemplate:
    """Return the template and broadening with the highest correlation at any shift.

    Parameters
    ----------
    data : Gridded
        Sums over all segments, on the whole grid.
    templates : VelocityTemplates
    limit_kms : float
        Search range, both sides of zero.
    broadenings_kms : sequence of float
        All templates are tried with the first, those that fit best with the others too.
    """
    search = _Search(data, templates, limit_kms)
    first, *others = (float(value) for value in broadenings_kms)
    heights = search.heights([(template, first) for template in range(templates.depths.shape[0])])
    nearest = sorted(heights, key=lambda pair: heights[pair], reverse=True)[:N_CANDIDATES]
    heights |= search.heights([(template, value) for template, _ in nearest for value in others])
    template, broadening = max(heights, key=lambda pair: heights[pair])
    depth = templates.broadened(template, broadening)
    return BestTemplate(template, broadening, depth, search.whole_curve(template, broadening))


class _Search:
    """Heights of correlation peaks: coarse for all, fine for those near the best."""

    def __init__(self, data: Gridded, templates: VelocityTemplates, limit_kms: float) -> None:
        from scipy import fft

        self.n_shifts = int(np.ceil(limit_kms / templates.step_kms))
        self._data, self._templates = data, templates
        n_coarse = -(-data.weight.size // COARSE)
        self._n_shifts = -(-self.n_shifts // COARSE)
        self._n_fourier = fft.next_fast_len(n_coarse + self._n_shifts + 1, real=True)
        sums = np.stack([data.weight, data.weighted_depth])
        sums = np.pad(sums, ((0, 0), (0, n_coarse * COARSE - data.weight.size)))
        sums = sums.reshape(2, n_coarse, COARSE).sum(axis=2)
        # Single precision tells which templates come near, in half the time.
        self._transforms = fft.rfft(sums.astype(np.float32), self._n_fourier)
        self._fine_transforms: NDArray[np.complex64] | None = None
        used = np.flatnonzero(data.weight)
        self._used = int(used[0]), int(used[-1]) + 1
        self._double = data.weight[slice(*self._used)], data.weighted_depth[slice(*self._used)]
        self._single = tuple(values.astype(np.float32) for values in self._double)

    def heights(self, pairs: Sequence[tuple[int, float]]) -> dict[tuple[int, float], float]:
        """Return the height of the peak of each pair of template and broadening that comes near the best."""
        if not pairs:
            return {}
        curves, variances = self._coarse_curves(pairs)
        if self._is_doubtful(curves):
            return {pair: float(self.whole_curve(*pair).max()) for pair in pairs}
        tops = curves.argmax(axis=1)
        coarse = curves[np.arange(len(pairs)), tops]
        limit = float(np.sort(coarse)[-min(N_CANDIDATES, len(pairs))]) - NEAR
        heights = {}
        for number in np.flatnonzero(coarse >= limit).tolist():
            shift = COARSE * (int(tops[number]) - self._n_shifts)
            floor = _FLOOR * float(variances[number].max())
            heights[pairs[number]] = self._fine_height(pairs[number], shift, floor)
        return heights

    def whole_curve(self, template: int, fwhm_kms: float) -> NDArray[np.float64]:
        """Return the correlation coefficient at all shifts of the fine grid, shape (2 n_shifts + 1,).

        In single precision, which tells peaks apart; about the highest in double precision.
        """
        from scipy import fft

        data = self._data
        n_fourier = fft.next_fast_len(data.weight.size + self.n_shifts + 1, real=True)
        if self._fine_transforms is None:
            sums = np.stack([data.weight, data.weighted_depth])
            self._fine_transforms = fft.rfft(sums.astype(np.float32), n_fourier)
        weight, weighted_depth = self._fine_transforms
        broadened, squared = _fine_transform(self._templates, n_fourier, template, fwhm_kms)
        products = np.stack([weighted_depth * broadened, weight * squared, weight * broadened])
        circular = fft.irfft(products, n_fourier)
        ends = circular[:, -self.n_shifts :], circular[:, : self.n_shifts + 1]
        cross, power, mean = np.concatenate(ends, axis=1).astype(np.float64)
        variance = power - mean**2 / float(np.sum(data.weight))
        floor = _FLOOR * float(np.max(variance))
        curve = cross / np.sqrt(np.maximum(variance, floor + 1e-300) * max(data.total, 1e-300))
        reach = min(N_EXACT, self.n_shifts)
        top = min(max(int(np.argmax(curve)), reach), curve.size - 1 - reach)
        depth = self._templates.broadened(template, fwhm_kms)
        curve[top - reach : top + reach + 1] = self._exact(depth, top - self.n_shifts, reach, floor)
        return np.asarray(curve)

    def _is_doubtful(self, curves: NDArray[np.float64]) -> bool:
        """Return whether a peak elsewhere comes near the highest one: then coarse shifts may mislead."""
        top = np.unravel_index(int(curves.argmax()), curves.shape)
        curve = curves[top[0]]
        reach = math.ceil(ELSEWHERE_KMS / (COARSE * self._templates.step_kms))
        away = np.abs(np.arange(curve.size) - top[1]) > reach
        return bool(np.max(curve[away], initial=0.0) > SECOND_PEAK * curve[top[1]])

    def _coarse_curves(
        self, pairs: Sequence[tuple[int, float]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return correlation and variance at coarse shifts, shape (n_pairs, 2 n_shifts + 1) each."""
        from scipy import fft

        weight, weighted_depth = self._transforms
        broadened, squared = _coarse_transforms(self._templates, self._n_fourier, tuple(pairs))
        cross, power, mean = (
            self._wrapped(fft.irfft(product, self._n_fourier))
            for product in (weighted_depth * broadened, weight * squared, weight * broadened)
        )
        variance = power - mean**2 / float(np.sum(self._data.weight))
        floor = _FLOOR * variance.max(axis=1, keepdims=True) + _LEAST
        return cross / np.sqrt(np.maximum(variance, floor) * max(self._data.total, _LEAST)), variance

    def _wrapped(self, circular: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate((circular[:, -self._n_shifts :], circular[:, : self._n_shifts + 1]), axis=1)

    def _fine_height(self, pair: tuple[int, float], shift: int, floor: float) -> float:
        """Return the height of a peak on the fine grid, looked for about a coarse shift."""
        depth = self._templates.broadened_single(*pair)
        return float(np.max(self._exact(depth, shift, COARSE + 1, floor)))

    def _exact(
        self, depth: NDArray[np.floating], shift: int, reach: int, floor: float
    ) -> NDArray[np.floating]:
        """Return the correlation coefficient at shifts within ``reach`` of one, as precise as ``depth``."""
        first, last = self._used
        # Pixel i of the data meets pixel i - k of the template at the shift k.
        low, high = first - shift - reach, last - shift + reach
        inside = depth[max(low, 0) : max(high, 0)]
        stretch = np.zeros(high - low, dtype=depth.dtype)
        before = min(max(-low, 0), high - low)
        stretch[before : before + inside.size] = inside
        weight, weighted = self._single if depth.dtype == np.float32 else self._double
        cross = np.correlate(stretch, weighted, "valid")
        mean = np.correlate(stretch, weight, "valid")
        variance = np.correlate(np.square(stretch), weight, "valid") - mean**2 / float(weight.sum())
        scale = np.sqrt(np.maximum(variance, floor + 1e-300) * max(self._data.total, 1e-300))
        return np.asarray((cross / scale)[::-1])


@forgettable
@functools.lru_cache(maxsize=N_FINE_KEPT)
def _fine_transform(
    templates: VelocityTemplates, n_fourier: int, template: int, fwhm_kms: float
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return the conjugate transforms of a broadened template on the fine grid, and of its squares."""
    from scipy import fft

    depth = templates.broadened(template, fwhm_kms)
    pair = np.stack([depth, np.square(depth)]).astype(np.float32)
    broadened, squared = np.conj(fft.rfft(pair, n_fourier))
    return broadened, squared


@forgettable
@functools.lru_cache(maxsize=N_STACKS_KEPT)
def _coarse_transforms(
    templates: VelocityTemplates, n_fourier: int, pairs: tuple[tuple[int, float], ...]
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return `_coarse_transform` of each pair, shape (n_pairs, n_frequencies) each."""
    rows = [_coarse_transform(templates, n_fourier, *pair) for pair in pairs]
    broadened, squared = (np.stack(column) for column in zip(*rows, strict=True))
    return broadened, squared


@forgettable
@functools.lru_cache(maxsize=N_COARSE_KEPT)
def _coarse_transform(
    templates: VelocityTemplates, n_fourier: int, template: int, fwhm_kms: float
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return the conjugate transforms of a broadened template on coarse pixels, and of its squares."""
    from scipy import fft

    depth = templates.depths[template]
    n_coarse = -(-depth.size // COARSE)
    means = np.pad(depth, (0, n_coarse * COARSE - depth.size)).reshape(n_coarse, COARSE).mean(axis=1)
    sigma = _SIGMA_PER_FWHM * fwhm_kms / (COARSE * templates.step_kms)
    frequency = 2.0 * np.pi * np.arange(n_fourier // 2 + 1) / n_fourier
    broadened = fft.rfft(means, n_fourier) * np.exp(-0.5 * np.square(sigma * frequency))
    squared = fft.rfft(np.square(fft.irfft(broadened, n_fourier)))
    return np.conj(broadened).astype(np.complex64), np.conj(squared).astype(np.complex64)
