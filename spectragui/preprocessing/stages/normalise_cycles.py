"""Normalise in cycles, as in the thesis: smooth, subtract the continuum, subtract a low polynomial."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import ChosenNote, StageCurve, StageResult, register_stage
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.savitzky_golay import choose_by_bic, smooth, smoothing_matrix

ORDINALS = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", 5: "Fifth"}
LEVEL_PERCENTILE = 90.0
BLOCK_PIXELS = 8192
CORRELATED = "Neighbouring pixels are correlated now."


@register_stage("normalise_cycles", priority=85)
@dataclasses.dataclass(frozen=True)
class NormaliseCycles(PixelStage):
    """Normalise every order by itself, in cycles of three steps; the continuum ends at 1."""

    title = "Normalise in cycles"
    help = (
        "For each order, three times: smooth (Savitzky-Golay) and divide by its level, subtract the "
        "continuum, subtract a low polynomial. The continuum is put back at 1. Take the blaze out before."
    )

    cycles: int = param(3, label="Cycles", minimum=1, maximum=10, step=1, help="How often it is repeated.")
    by_bic: bool = param(
        True,
        label="Choose by BIC",
        help="Let the Bayesian information criterion choose the smoothing of each order and cycle.",
    )
    window: int = param(
        7,
        label="Window",
        unit="px",
        minimum=3,
        maximum=51,
        step=2,
        help="Of the smoothing; even numbers count one more.",
        used_if=("by_bic", (False,)),
    )
    order: int = param(
        3,
        label="Order",
        minimum=0,
        maximum=6,
        step=1,
        help="Of the smoothing's local polynomials.",
        used_if=("by_bic", (False,)),
    )
    degree: int = param(
        2,
        label="Degree of the rest",
        minimum=0,
        maximum=6,
        step=1,
        help="Of the polynomial along the order that is subtracted after the continuum.",
    )

    def new_meta(self) -> Mapping[str, Any]:
        """Return that the flux is normalised now."""
        return {"normalised": True}

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the smoothed order with its continuum at 1.

        Notes
        -----
        The errors are those of the product of all smoothings, sigma_o^2 = sum_i M_oi^2 sigma_i^2, and,
        in quadrature, those of the continuum.
        """
        require_good(order, 10)
        state = _Normalised(order)
        notes = [state.cycle(number + 1, self) for number in range(self.cycles)]
        curve = StageCurve("continuum", "continuum", index, order.wavelength_aa, state.continuum())
        return StageResult(state.spectrum(), (curve,), notes=(*notes, CORRELATED))

    def smoothing_of(self, order: Spectrum) -> tuple[int, int]:
        """Return window and order of the smoothing."""
        if self.by_bic:
            return choose_by_bic(order)
        return self.window | 1, min(self.order, (self.window | 1) - 1)


class _Normalised:
    """An order between cycles: flux = gain x smoothed input + offset."""

    def __init__(self, order: Spectrum) -> None:
        self.order = order
        self.flux = order.flux.copy()
        self.empty = np.zeros(order.flux.size, dtype=bool)
        self.gain = 1.0
        self.offset = np.zeros(order.flux.size)
        self.continuum_error = np.zeros(order.flux.size)
        self.smoothings: list[tuple[int, int]] = []  # window and order of each
        self.spread = order.uncertainty  # of the smoothed input, in its unit

    def cycle(self, number: int, stage: NormaliseCycles) -> str:
        """Smooth, divide by the level, subtract continuum and polynomial; return what was chosen."""
        window, degree = stage.smoothing_of(self._now(self._smoothed_sigma()))
        self._smooth(window, degree)
        level = float(np.percentile(self.flux[self.order.good], LEVEL_PERCENTILE))
        if not level > 0:
            raise StageError(f"The level of the order is {level:.3g}, not positive.", "Leave it out.")
        self._change(1.0 / level, np.zeros(self.flux.size))
        envelope = Continuum(operation="subtract", common_shape=False)
        polynomial = Continuum("polynomial", "subtract", degree=stage.degree, common_shape=False)
        error = np.hypot(self._subtract(envelope), self._subtract(polynomial))
        # Each cycle finds the rest of the one before: their errors are one.
        self.continuum_error = np.maximum(self.continuum_error, error)
        how = f"window {window} px and order {degree}" + (" by BIC" if stage.by_bic else "")
        return ChosenNote(f"{ORDINALS.get(number, 'Later')} cycle: {how}.")

    def continuum(self) -> FloatArray:
        """Return the flux of the input that has become 1."""
        return (1.0 - self.offset) / self.gain

    def spectrum(self) -> Spectrum:
        """Return the order as it is now."""
        sigma = self._smoothed_sigma()
        if sigma is not None:
            sigma = np.where(self.empty, np.inf, np.hypot(sigma, self.continuum_error))
        changed = self.order.without_blaze().without_correlation()
        mask = self.order.mask | self.empty
        return changed.replace(flux=self.flux, uncertainty=sigma, mask=mask, flux_unit="")

    def _smooth(self, window: int, degree: int) -> None:
        good, sigma = self.order.good, self.order.uncertainty
        self.smoothings.append((window, degree))
        spread = None if sigma is None else np.zeros(sigma.size)
        for piece in find_pieces(self.order.wavelength_aa):
            new, _, empty = smooth(self.flux[piece], None, good[piece], window, degree)
            self.flux[piece] = new
            self.empty[piece] |= empty
            if sigma is not None and spread is not None:
                used = np.where(good[piece], np.square(np.where(good[piece], sigma[piece], 0.0)), 0.0)
                spread[piece] = np.sqrt(smoothed_variance(used, good[piece], self.smoothings))
        self.spread = spread

    def _subtract(self, continuum: Continuum) -> FloatArray:
        """Put what is left of the continuum at 1; return its error, shape (n_pixels,).

        Notes
        -----
        It is found with the errors before the smoothing: those of means of many pixels are the same, and
        how far noise lifts the tops of the spectrum was calibrated with them. Smoothed pixels scatter less,
        and so does what runs over their tops.
        """
        raw, smoothed = self._raw_sigma(), self._smoothed_sigma()
        found = continuum.run_pixels(self._now(raw), 0)
        self._change(1.0, 1.0 - found.curves[0].values)
        assert isinstance(found.spectrum, Spectrum)
        after = found.spectrum.uncertainty
        if raw is None or smoothed is None or after is None:
            return np.zeros(self.flux.size)
        used = self.order.good & ~self.empty
        added = np.where(
            used, np.square(np.where(used, after, 0.0)) - np.square(np.where(used, raw, 0.0)), 0.0
        )
        less = float(np.median(smoothed[used] / raw[used])) if used.any() else 1.0
        return less * np.sqrt(np.maximum(np.nan_to_num(added, posinf=0.0, neginf=0.0), 0.0))

    def _change(self, factor: float, added: FloatArray) -> None:
        self.flux = self.flux * factor + added
        self.gain *= factor
        self.offset = self.offset * factor + added
        self.continuum_error = self.continuum_error * factor

    def _raw_sigma(self) -> FloatArray | None:
        sigma = self.order.uncertainty
        return None if sigma is None else sigma * self.gain

    def _smoothed_sigma(self) -> FloatArray | None:
        return None if self.spread is None else self.spread * self.gain

    def _now(self, sigma: FloatArray | None) -> Spectrum:
        safe = None if sigma is None else np.where(sigma > 0, sigma, np.inf)
        return self.order.replace(flux=self.flux, uncertainty=safe)


def smoothed_variance(
    variance: FloatArray, good: BoolArray, smoothings: Sequence[tuple[int, int]]
) -> FloatArray:
    """Return the variance of pixels after several smoothings, sum_i M_oi^2 sigma_i^2, M their product.

    Parameters
    ----------
    variance : ndarray, shape (n_pixels,)
        Of independent pixels; 0 where they are not good.
    good : ndarray of bool, shape (n_pixels,)
    smoothings : sequence of (int, int)
        Window and order of each, the first made first.

    Notes
    -----
    Block by block, with as many pixels beside each as the windows reach: the matrix of a whole long
    spectrum would fill the memory.
    """
    reach = sum(window // 2 for window, _ in smoothings)
    result = np.zeros(variance.size)
    for start in range(0, variance.size, BLOCK_PIXELS):
        stop = min(start + BLOCK_PIXELS, variance.size)
        part = slice(max(start - reach, 0), min(stop + reach, variance.size))
        product = None
        for window, degree in smoothings:
            matrix = smoothing_matrix(good[part], window, degree)
            product = matrix if product is None else matrix @ product
        if product is not None:
            own = product.multiply(product) @ variance[part]
            result[start:stop] = own[start - part.start : stop - part.start]
    return np.maximum(result, 0.0)
