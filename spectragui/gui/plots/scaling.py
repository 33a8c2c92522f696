"""How fluxes of different sizes share one y axis: factors, offsets, limits and the axis' label."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Sequence

import numpy as np

from spectragui.core.spectrum import RATIO, AnySpectrum, Spectrum, orders_of
from spectragui.core.wording import superscript
from spectragui.gui.plots.curve import Curve, FloatArray, good_flux_sample

LOW_PERCENTILE, HIGH_PERCENTILE = 0.5, 99.5
MARGIN = 0.05
LABEL_PIXELS, LEAST_HEIGHT = 26.0, 130.0
NEAR_BELOW, NEAR_ABOVE = (
    0.6,
    0.1,
)  # of the span between the percentiles: lines are deep, spikes are not wanted
MOST_VALUES, FEWER_VALUES = 1_000_000, 50_000  # looked at for extremes, and for percentiles
BELOW_FLOOR = 1e-3  # of the lowest positive flux: what is not positive is drawn there
SMALLEST_FLOOR = 1e-290
LEAST_STEP = 0.35  # of a typical height, between two stacked curves
LEAST_FACTOR = sys.float_info.min_10_exp  # a power of ten below has no inverse
LEAST_MEDIAN = sys.float_info.min
LEAST_SHARE = 0.1  # of what a curve spans: a median below it (of a difference) says nothing of its size
SAME_SCALE = 3.0  # medians further apart than this factor are drawn relative to them
LEAST_COMMON = 0.4  # of the wider of two pairs of limits: else the view is fitted anew


@dataclasses.dataclass(frozen=True)
class CurveStatistics:
    """Median and percentiles of a curve's good flux, in the data's unit."""

    median: float
    low: float
    high: float

    @property
    def has_typical_median(self) -> bool:
        """Whether the curve may be drawn relative to its median: that of a difference is near 0, or below."""
        return self.median >= max(LEAST_SHARE * (self.high - self.low), LEAST_MEDIAN)

    @property
    def size(self) -> float:
        """The median, or the largest of the percentiles where the median is none of its size."""
        return self.median if self.has_typical_median else max(abs(self.low), abs(self.high))


def curve_statistics(curve: Curve, start: float = -np.inf, stop: float = np.inf) -> CurveStatistics:
    """Return median and percentiles of a curve between two x; of 0 to 1 where it has no good pixel."""
    sample = good_flux_sample(curve, start, stop)
    if sample.size == 0:
        sample = good_flux_sample(curve)
    if sample.size == 0:
        return CurveStatistics(0.5, 0.0, 1.0)
    low, median, high = np.percentile(sample, (LOW_PERCENTILE, 50.0, HIGH_PERCENTILE))
    return CurveStatistics(float(median), float(low), float(high))


def place_curves(
    curves: list[Curve],
    units: list[str],
    stacking: float,
    normalised_in: tuple[float, float] | None = None,
    is_logarithmic: bool = False,
) -> tuple[tuple[Curve, ...], str]:
    """Give curves a common scale and offsets.

    Parameters
    ----------
    curves : list of Curve
    units : list of str
        Flux unit of each, astropy text.
    stacking : float
        Offset from one curve to the next: 1 = they just meet, 0 = none.
    normalised_in : (float, float), optional
        Divide each curve by its median between these x.
    is_logarithmic : bool
        Place them on a logarithmic y axis; offsets are in decades then.

    Returns
    -------
    curves : tuple of Curve
    factor : str
        "" where the flux is drawn as it is, "relative" where each is divided by its median, "here"
        where by that in a range, "own" where by its own size because a median is none (of a difference),
        else the power of ten that it was divided by ("10⁻¹⁵").
    """
    if normalised_in is not None:
        statistics = [curve_statistics(curve, *normalised_in) for curve in curves]
        scales, factor = _relative(statistics, "here")
    else:
        statistics = [curve_statistics(curve) for curve in curves]
        scales, factor = _scales(statistics, units)
    tops = [s.high * k for s, k in zip(statistics, scales, strict=True)]
    feet = [s.low * k for s, k in zip(statistics, scales, strict=True)]
    floor = None
    if is_logarithmic:
        floor = _floor(curves, scales)
        tops, feet = ([math.log10(max(value, floor)) for value in values] for values in (tops, feet))
    offsets = _stacked_offsets(tops, feet, stacking)
    placed = zip(curves, scales, offsets, strict=True)
    return tuple(curve.placed(scale, offset, floor) for curve, scale, offset in placed), factor


def logarithmic_floor(curves: Sequence[Curve]) -> float:
    """Return the scaled flux below which nothing of these curves is drawn on a common logarithmic axis."""
    return _floor(list(curves), [curve.scale for curve in curves])


def _floor(curves: list[Curve], scales: list[float]) -> float:
    """Return the scaled flux below which nothing is drawn on a logarithmic axis."""
    lowest = [_lowest_positive(good_flux_sample(c)) * k for c, k in zip(curves, scales, strict=True)]
    positive = [value for value in lowest if value > 0]
    return max(min(positive, default=1.0) * BELOW_FLOOR, SMALLEST_FLOOR)


def _stacked_offsets(tops: list[float], feet: list[float], stacking: float) -> list[float]:
    """Return offsets at which, for a stacking of 1, the top of each curve meets the foot of the next."""
    heights = [abs(top - foot) for top, foot in zip(tops, feet, strict=True)]
    least = LEAST_STEP * (float(np.median(heights)) if heights else 0.0)
    offsets, place = [], 0.0
    for i in range(len(tops)):
        offsets.append(stacking * place)
        if i + 1 < len(tops):
            place += max(tops[i] - feet[i + 1], least)
    return offsets


def _scales(statistics: list[CurveStatistics], units: list[str]) -> tuple[list[float], str]:
    medians = [s.median for s in statistics if s.has_typical_median]
    has_other_sizes = len(medians) > 1 and max(medians) > SAME_SCALE * min(medians)
    if len(statistics) > 1 and (has_other_sizes or len(set(units)) > 1):
        return _relative(statistics, "relative")
    size = max([max(abs(s.low), abs(s.high)) for s in statistics], default=1.0)
    power = max(math.floor(math.log10(size)), LEAST_FACTOR) if size > 0 else 0
    if -2 <= power < 5:
        return [1.0] * len(statistics), ""
    return [10.0**-power] * len(statistics), f"10{superscript(power)}"


def _relative(statistics: list[CurveStatistics], factor: str) -> tuple[list[float], str]:
    """Return scales that bring every curve to the size of 1, and what they are called."""
    scales = [1.0 / s.size if s.size >= LEAST_MEDIAN else 1.0 for s in statistics]
    return scales, factor if all(s.has_typical_median for s in statistics) else "own"


def y_limits(
    curves: tuple[Curve, ...], start: float = -np.inf, stop: float = np.inf, height: float = 400.0
) -> tuple[float, float]:
    """Return y limits on the screen's scale, which no cosmic ray can stretch.

    Parameters
    ----------
    curves : tuple of Curve
    start, stop : float
        Limits of the x range that counts.
    height : float
        Screen pixels between the limits: at the top there is room for a line of labels.

    Returns
    -------
    tuple of float

    Notes
    -----
    From the 0.5 to the 99.5 percentile, stretched to the cores of deep lines and to what else lies
    close to these limits, and a margin.
    """
    limits = [found for curve in curves if (found := _curve_limits(curve, start, stop)) is not None]
    if not limits:
        return 0.0, 1.0
    low, high = min(low for low, _ in limits), max(high for _, high in limits)
    span = high - low or abs(high) or 1.0
    headroom = max(MARGIN, LABEL_PIXELS / max(height, LEAST_HEIGHT))
    return low - MARGIN * span, high + span * headroom / (1.0 - headroom)


def is_other_scale(before: tuple[float, float], now: tuple[float, float]) -> bool:
    """Whether limits that suited what was drawn no longer suit what is: too wide, too narrow or beside it."""
    common = min(before[1], now[1]) - max(before[0], now[0])
    return common < LEAST_COMMON * max(before[1] - before[0], now[1] - now[0])


def _curve_limits(curve: Curve, start: float, stop: float) -> tuple[float, float] | None:
    values = good_flux_sample(curve, start, stop, limit=MOST_VALUES)
    if values.size == 0:
        return None
    low, high = np.percentile(
        values[:: max(1, values.size // FEWER_VALUES)], (LOW_PERCENTILE, HIGH_PERCENTILE)
    )
    span = high - low
    low = values[values >= low - NEAR_BELOW * span].min()
    high = values[values <= high + NEAR_ABOVE * span].max()
    if curve.floor is not None and low * curve.scale <= 0:  # what is not positive is nowhere on the axis
        low = _lowest_positive(values)
    limits = curve.on_screen(np.array([low, high]))
    return float(limits.min()), float(limits.max())


def _lowest_positive(values: FloatArray) -> float:
    positive = values[values > 0]
    return float(np.percentile(positive, LOW_PERCENTILE)) if positive.size else 0.0


def flux_label(spectra: list[AnySpectrum], factor: str) -> str:
    """Return the label of the y axis."""
    if factor == "own":
        return "Flux, each on a scale of its own"
    if factor in ("relative", "here"):
        return "Flux / its median" + (" in the view" if factor == "here" else "")
    first = [orders_of(spectrum)[0] for spectrum in spectra]
    units = {order.flux_unit for order in first}
    names = {_quantity(order) for order in first}
    name = names.pop() if len(names) == 1 else "Flux"
    unit = pretty_unit(units.pop()) if len(units) == 1 else ""
    parts = " ".join(part for part in (factor, unit) if part)
    return f"{name} ({parts})" if parts else name


def _quantity(order: Spectrum) -> str:
    if order.flux_unit == "" and order.meta.get("normalised"):
        return "Normalised flux"
    return "Ratio" if order.flux_unit == "" and order.meta.get(RATIO) else "Flux"


def pretty_unit(unit: str) -> str:
    """Write an astropy unit for the screen: "erg / (s cm2 Angstrom)" -> "erg Å⁻¹ s⁻¹ cm⁻²"."""
    if not unit or unit in ("adu", "electron", "count", "ct"):
        return {"electron": "electrons", "count": "counts", "ct": "counts"}.get(unit, unit)
    from astropy import units as u

    try:
        return str(u.Unit(unit).to_string("unicode")).removeprefix("1×")
    except (ValueError, TypeError):
        return unit
