"""`Curve`: one spectrum as it is drawn, its orders laid out in lanes that ascend in x."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum, order_name, orders_of
from spectragui.gui.plots.axis_units import DisplayUnit

FloatArray = NDArray[np.float64]
GAP_FACTOR = 8.0  # a step this many times the usual one is a gap


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """One order on the plot's x axis.

    Attributes
    ----------
    x : ndarray, shape (n_pixels,)
        In the displayed unit, ascending.
    flux, uncertainty : ndarray, shape (n_pixels,); uncertainty may be None
    mask : ndarray of bool, shape (n_pixels,)
        True = drawn faint.
    number : int
        Place among the orders of its spectrum.
    name : str
        What the order is called; empty where the spectrum has none.
    """

    x: FloatArray
    flux: FloatArray
    uncertainty: FloatArray | None
    mask: NDArray[np.bool_]
    number: int = 0
    name: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Lane:
    """Orders that do not overlap, one after the other, with NaN between them.

    Attributes
    ----------
    x : ndarray, shape (n_points,)
        Ascending.
    good, masked : ndarray, shape (n_points,); masked may be None
        Flux of the pixels that count, and of those that do not; NaN elsewhere.
    lower, upper : ndarray, shape (n_points,), or None
        Flux minus and plus 1 sigma.
    tone : int
        0 or 1: which of the two inks.
    """

    x: FloatArray
    good: FloatArray
    masked: FloatArray | None
    lower: FloatArray | None
    upper: FloatArray | None
    tone: int


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """One spectrum ready to be drawn.

    Attributes
    ----------
    key : str
        Identifies the curve within its plot.
    label : str
        Written beside the curve.
    role : str
        Role of its colour in the theme ("observed", "generated", ...).
    traces : tuple of Trace
    lanes : tuple of Lane
    scale, offset : float
        Flux is multiplied by the one, then the other is added: on the screen, never in the data.
    floor : float or None
        Where y is logarithmic: scaled flux below it is drawn there; None = y is linear.
    """

    key: str
    label: str
    role: str
    traces: tuple[Trace, ...]
    lanes: tuple[Lane, ...]
    scale: float = 1.0
    offset: float = 0.0
    floor: float | None = None

    def placed(self, scale: float, offset: float, floor: float | None = None) -> Curve:
        """Return the same curve at another scale and offset."""
        return dataclasses.replace(self, scale=scale, offset=offset, floor=floor)

    def on_screen(self, flux: FloatArray) -> FloatArray:
        """Return where flux is drawn, in units of the screen's y axis; same shape, NaN stays."""
        if self.floor is not None:
            return np.log10(np.maximum(flux * self.scale, self.floor)) + self.offset
        if self.scale == 1.0 and not self.offset:
            return flux
        return flux * self.scale + self.offset

    @property
    def n_points(self) -> int:
        """Pixels in all orders together."""
        return sum(trace.x.size for trace in self.traces)

    @property
    def x_range(self) -> tuple[float, float]:
        """First and last x of the curve."""
        return min(float(t.x[0]) for t in self.traces), max(float(t.x[-1]) for t in self.traces)


def make_curve(
    key: str,
    spectrum: AnySpectrum,
    unit: DisplayUnit,
    *,
    label: str = "",
    role: str = "observed",
    medium: str = "",
) -> Curve:
    """Prepare a spectrum for drawing in a display unit and medium; the spectrum itself is not changed."""
    traces, orders = [], orders_of(spectrum)
    for number, order in enumerate(orders):
        x, flip = unit.convert(order.spectral_axis, medium)
        pixels = slice(None, None, -1) if flip else slice(None)
        sigma = None if order.uncertainty is None else order.uncertainty[pixels]
        name = order_name(order, number) if len(orders) > 1 else ""
        traces.append(Trace(x, order.flux[pixels], sigma, order.mask[pixels], number, name))
    return curve_of_traces(key, traces, label=label or spectrum.name, role=role)


def curve_of_traces(key: str, traces: Iterable[Trace], *, label: str, role: str) -> Curve:
    """Lay traces out in lanes."""
    ordered = tuple(sorted(traces, key=lambda trace: float(trace.x[0])))
    return Curve(key, label, role, ordered, tuple(_lanes(ordered)))


def _lanes(traces: tuple[Trace, ...]) -> list[Lane]:
    """Deal orders out in turn, so that neighbours never share a lane and lanes ascend in x."""
    lanes: list[list[Trace]] = []
    for index, trace in enumerate(traces):
        turn = index % 2
        while turn < len(lanes) and lanes[turn] and lanes[turn][-1].x[-1] >= trace.x[0]:
            turn += 2
        while len(lanes) <= turn:
            lanes.append([])
        lanes[turn].append(trace)
    return [_join(lane, number % 2) for number, lane in enumerate(lanes) if lane]


def _join(traces: list[Trace], tone: int) -> Lane:
    parts = [_with_gaps(trace) for trace in traces]
    joined: list[list[FloatArray | None]] = [[] for _ in range(5)]
    for i, part in enumerate(parts):
        for column, values in zip(joined, part, strict=True):
            column.append(values)
        if i + 1 < len(parts):
            middle = 0.5 * (traces[i].x[-1] + traces[i + 1].x[0])
            for column, value in zip(joined, (middle, np.nan, np.nan, np.nan, np.nan), strict=True):
                column.append(np.array([value]))
    lengths = [len(values) for values in joined[0] if values is not None]
    x, good, masked, lower, upper = (_concatenate(column, lengths) for column in joined)
    assert x is not None and good is not None
    return Lane(x, good, masked, lower, upper, tone)


def _concatenate(parts: list[FloatArray | None], lengths: list[int]) -> FloatArray | None:
    if all(part is None or len(part) == 1 for part in parts) and any(part is None for part in parts):
        return None
    filled = [np.full(n, np.nan) if p is None else p for p, n in zip(parts, lengths, strict=True)]
    return filled[0] if len(filled) == 1 else np.concatenate(filled)


_Columns = tuple[FloatArray, FloatArray, FloatArray | None, FloatArray | None, FloatArray | None]


def _with_gaps(trace: Trace) -> _Columns:
    """Return x, good flux, masked flux, lower and upper of a trace; NaN pixels where x jumps."""
    good, masked = _split_by_mask(trace.flux, trace.mask)
    lower = upper = None
    if trace.uncertainty is not None:
        lower, upper = good - trace.uncertainty, good + trace.uncertainty
    x = trace.x
    gaps = _gaps(np.diff(x))
    if gaps.size == 0:
        return x, good, masked, lower, upper
    middle = 0.5 * (x[gaps] + x[gaps + 1])

    def insert(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else np.insert(values, gaps + 1, np.nan)

    x_open, good_open = np.insert(x, gaps + 1, middle), np.insert(good, gaps + 1, np.nan)
    return x_open, good_open, insert(masked), insert(lower), insert(upper)


def _gaps(steps: FloatArray) -> NDArray[np.intp]:
    """Return the steps in x, shape (n_steps,), that are far wider than the others."""
    wide = np.flatnonzero(steps > GAP_FACTOR * np.median(steps))
    # The step may change along a spectrum (log-linear, prism): compare with the neighbours' steps.
    usual = np.minimum(steps[wide - 1], steps[(wide + 1) % max(steps.size, 1)])
    return wide[steps[wide] > GAP_FACTOR * usual]


def _split_by_mask(flux: FloatArray, mask: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray | None]:
    """Return the flux of good pixels, and that of masked ones with the pixels they join to."""
    if not mask.any():
        return flux, None
    good = np.where(mask, np.nan, flux)
    finite = mask & np.isfinite(flux)
    if not finite.any():
        return good, None
    joined = finite.copy()
    joined[1:] |= finite[:-1]
    joined[:-1] |= finite[1:]
    return good, np.where(joined & np.isfinite(flux), flux, np.nan)


def good_flux_sample(
    curve: Curve, start: float = -np.inf, stop: float = np.inf, limit: int = 50_000
) -> FloatArray:
    """Return about ``limit`` good flux values of a curve between two x, evenly picked, as in the data."""
    parts = []
    for lane in curve.lanes:
        first, last = np.searchsorted(lane.x, (start, stop))
        parts.append(lane.good[first:last])
    step = max(1, sum(part.size for part in parts) // limit)
    values = np.concatenate([part[::step] for part in parts])
    return values[np.isfinite(values)]
