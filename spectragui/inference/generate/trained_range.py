"""Which labels a generating model was trained for: a box, and in it where model atmospheres exist."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.labels import LABELS, STAR_LABELS
from spectragui.core.model_folder import find_model, read_card
from spectragui.inference.generate.request import EMULATOR
from spectragui.simulation.emulator import load_emulator

_GENERATING = ("emulator", "cvae")  # kinds
SLACK = 0.01  # of a star's label's range: those of training spectra are as random as any others
FARTHEST = 0.5  # of a range: extrapolated so far at most
FARTHEST_POWER = 2.0  # and by this factor in resolving power
HULL_MARGIN_DEX = 0.35  # of log g, beyond the outermost training spectra: less than a step of the atmospheres
TEFF_MARGIN = 0.03  # a little more than half a step of the atmospheres
EMULATOR_BROADENING = {"vsini": (0.0, 400.0), "resolving_power": (1000.0, 1_000_000.0)}


@functools.lru_cache(maxsize=4)
def label_ranges(model: str) -> Mapping[str, tuple[float, float]]:
    """Return the trained range of each label of a generating model.

    Raises
    ------
    ModelError
        If there is no such model, or it generates no spectra.
    """
    card = read_card(find_model(model))
    if card.kind not in _GENERATING:
        raise ModelError(
            f"The model {card.name} is of the kind {card.kind!r}: it generates no spectra.",
            f"Choose {EMULATOR}, or a CVAE.",
        )
    ranges = {label.name: (label.minimum, label.maximum) for label in card.labels}
    return ranges if "vsini" in ranges else {**ranges, **EMULATOR_BROADENING}


def outside_range(labels: Mapping[str, float], model: str) -> tuple[str, ...]:
    """Say which labels lie outside what a model was trained for, a sentence each.

    Parameters
    ----------
    labels : mapping of str to float
        ``resolving_power`` 0 = no instrument, which only the emulator can do.
    model : str
    """
    sentences = []
    for name, (low, high) in label_ranges(model).items():
        value = labels[name]
        if name == "resolving_power" and value == 0:
            if model != EMULATOR:
                sentences.append(f"Without an instrument (R = 0) only {EMULATOR} generates spectra.")
            continue
        slack = SLACK * (high - low) if name in STAR_LABELS else 1e-9 * high
        if not low - slack <= value <= high + slack:
            sentences.append(_outside(name, value, low, high))
    if not sentences:
        sentences += _outside_atmospheres(labels["teff"], labels["logg"])
    return tuple(sentences)


def far_outside(labels: Mapping[str, float], model: str) -> tuple[str, ...]:
    """Say which labels lie so far outside that nothing can be extrapolated to them, a sentence each."""
    sentences = []
    for name, (low, high) in label_ranges(model).items():
        value = labels[name]
        if name == "resolving_power":
            inside = value == 0 or low / FARTHEST_POWER <= value <= high * FARTHEST_POWER
        else:
            reach = FARTHEST * (high - low)
            inside = low - reach <= value <= high + reach
        if not inside:
            sentences.append(f"{_outside(name, value, low, high)[:-1]}, too far to extrapolate.")
    return tuple(sentences)


def _outside(name: str, value: float, low: float, high: float) -> str:
    label = LABELS[name]
    unit = f" {label.unit}" if label.unit not in ("", "dex") else ""
    said = f"{label.plain_symbol} = {value:g}{unit}"
    return f"{said} is outside the trained range {low:g} to {high:g}{unit}."


def _outside_atmospheres(teff: float, logg: float) -> list[str]:
    low, high = gravity_range(teff)
    if low - HULL_MARGIN_DEX <= logg <= high + HULL_MARGIN_DEX:
        return []
    return [
        f"There is no model atmosphere with Teff = {teff:g} K and log g = {logg:g}:"
        f" at this Teff the trained range of log g is {low:.1f} to {high:.1f}."
    ]


def gravity_range(teff: float) -> tuple[float, float]:
    """Return lowest and highest log g of the training spectra near a Teff (their convex hull)."""
    ranges = [_gravity_range_at(teff * factor) for factor in (1.0 - TEFF_MARGIN, 1.0, 1.0 + TEFF_MARGIN)]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _gravity_range_at(teff: float) -> tuple[float, float]:
    outline = _outline()
    x = float(np.clip(5040.0 / teff, outline[:, 0].min(), outline[:, 0].max()))
    following = np.roll(outline, -1, axis=0)
    crossings = []
    for (x0, y0), (x1, y1) in zip(outline, following, strict=True):
        if min(x0, x1) <= x <= max(x0, x1):
            crossings.append(y0 if x0 == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            crossings += [y1] if x0 == x1 else []
    return float(min(crossings)), float(max(crossings))


@functools.lru_cache(maxsize=1)
def _outline() -> NDArray[np.float64]:
    """Return the convex hull of the training spectra in 5040 / Teff and log g, shape (n, 2)."""
    emulator = load_emulator(EMULATOR)
    if emulator.kernels is None:
        low, high = np.array([emulator.label_ranges[name] for name in ("teff", "logg")]).T
        corners = [(low[0], low[1]), (low[0], high[1]), (high[0], high[1]), (high[0], low[1])]
        return np.array([(5040.0 / teff, logg) for teff, logg in corners])
    points = emulator.kernels.points[:, :2] * emulator.feature_scale[:2] + emulator.feature_mean[:2]
    return convex_hull(np.asarray(points, dtype=np.float64))


def convex_hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of the convex hull of points in a plane, in order (Andrew 1979), shape (n, 2)."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]

    def chain(rows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        kept: list[NDArray[np.float64]] = []
        for point in rows:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array([*chain(ordered), *chain(ordered[::-1])])


def _turn(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
