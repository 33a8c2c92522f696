"""What the fit of the orders' levels found: each order's level with its error, and what is odd about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.core.numerics import FloatArray
from spectragui.preprocessing.stitching.level_match import Levels
from spectragui.preprocessing.stitching.order_overlap import Overlap
from spectragui.preprocessing.stitching.order_pixels import OrderPixels

BAND_SIGMA = 3.0  # of the prior: what lies farther from 1 is named
WANDER_ORDERS = 8  # neighbours whose mean level tells whether levels wander
WANDER_SIGMA = 3.0
LEAST_TOLD_TILT = 0.01
LEAST_PIXELS = 12  # good in both orders: fewer do not hold a level


@dataclasses.dataclass(frozen=True)
class OrderLevel:
    """The level of one order.

    Attributes
    ----------
    order : int
        Index in the spectrum that was stitched.
    low_aa, high_aa : float
        Its range [Angstrom].
    level : float
        By which its flux was divided.
    error : float
        1 sigma of it, relative. The prior's width where the order touches no other.
    touches : bool
        Whether it overlaps with another.
    free : float
        The level as the overlaps alone give it, nearly without a prior.
    name : str
        What the order is called: by its number in the file, else by its place.
    """

    order: int
    low_aa: float
    high_aa: float
    level: float
    error: float
    touches: bool
    free: float
    name: str


@dataclasses.dataclass(frozen=True)
class LevelsFound:
    """The levels of all orders that were joined.

    Attributes
    ----------
    orders : tuple of OrderLevel
        In ascending wavelength.
    width : float
        Of the prior of ln level about 0.
    asked_width : float
        The prior's width that was asked for; less than ``width`` where orders are too unlike for it.
    shared_tilt : float
        The largest change of ln factor along an order that neighbours have in common; no part of the levels.
    """

    orders: tuple[OrderLevel, ...]
    width: float
    asked_width: float
    shared_tilt: float = 0.0

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest level that the prior takes for likely."""
        reach = BAND_SIGMA * self.width
        return float(np.exp(-reach)), float(np.exp(reach))

    @property
    def outside(self) -> tuple[OrderLevel, ...]:
        """Orders whose level the prior takes for unlikely."""
        low, high = self.band
        return tuple(one for one in self.orders if not low <= one.level <= high)

    @property
    def wandering(self) -> tuple[OrderLevel, float] | None:
        """The middle order, and the mean ln level, of the neighbours that are farthest off together.

        None where no run of `WANDER_ORDERS` neighbours is: levels that err one by one have a mean near 1,
        errors that add up from order to order have not. The prior holds them back; what is looked at here are
        the levels as the overlaps alone give them.
        """
        values = np.log([one.free for one in self.orders if one.touches])
        if values.size < WANDER_ORDERS:
            return None
        means = np.convolve(values, np.full(WANDER_ORDERS, 1.0 / WANDER_ORDERS), "valid")
        worst = int(np.argmax(np.abs(means)))
        if abs(means[worst]) <= WANDER_SIGMA * self.width / np.sqrt(WANDER_ORDERS):
            return None
        touching = [one for one in self.orders if one.touches]
        return touching[worst + WANDER_ORDERS // 2], float(means[worst])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the levels, in sentences."""
        change = np.array([1.0 / one.level - 1.0 for one in self.orders])
        rms, largest = 100 * float(np.std(change)), 100 * float(np.abs(change).max())
        notes = [f"Levels changed by {rms:.2g} % (rms), {largest:.2g} % at most."]
        if self.width > self.asked_width:
            notes.append(
                f"Neighbours differ by more than {100 * self.asked_width:.2g} %: the prior of the levels was "
                f"widened to {100 * self.width:.2g} %."
            )
        if abs(self.shared_tilt) > LEAST_TOLD_TILT:
            notes.append(
                "Neighbours differ alike where they overlap: taken for a tilt that orders share (by "
                f"{100 * abs(self.shared_tilt):.2g} % along an order at most), not for levels."
            )
        return (*notes, *self.warnings)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the notes that a joined spectrum must keep."""
        found = (self._outside_note(), self._wander_note(), self._lone_note())
        return tuple(note for note in found if note)

    def _outside_note(self) -> str:
        if not self.outside:
            return ""
        named = [f"{one.name} ({one.level:.3f})" for one in self.outside[:5]]
        more = f" and {len(self.outside) - 5} more" if len(self.outside) > 5 else ""
        low, high = self.band
        return f"Unlikely levels (outside {low:.3f}-{high:.3f}): {', '.join(named)}{more}."

    def _wander_note(self) -> str:
        found = self.wandering
        if found is None:
            return ""
        order, mean = found
        place = 0.5 * (order.low_aa + order.high_aa)
        return (
            f"The levels wander: {WANDER_ORDERS} orders about {place:.0f} Å lie {100 * mean:+.1f} % from 1 "
            "together, so the stitched spectrum may be bent."
        )

    def _lone_note(self) -> str:
        lone = [one for one in self.orders if not one.touches]
        if not lone or len(self.orders) == 1:
            return ""
        error = 100 * max(one.error for one in lone)
        is_are = "order touches" if len(lone) == 1 else "orders touch"
        return (
            f"{len(lone)} {is_are} no other ({lone[0].low_aa:.0f}-{lone[-1].high_aa:.0f} Å): "
            f"levels known to {error:.2g} % only."
        )

    def rows(self) -> tuple[tuple[int, float, float, float, float], ...]:
        """Return (order, low, high, level, error) of each order, as ``meta["order_levels"]`` keeps them."""
        return tuple((o.order, o.low_aa, o.high_aa, o.level, o.error) for o in self.orders)


def levels_found(
    orders: Sequence[OrderPixels],
    overlaps: Sequence[Overlap | None],
    levels: Levels,
    asked_width: float,
    names: Sequence[str],
) -> LevelsFound | None:
    """Return the levels in the middles of the orders; None where none were fitted.

    ``names`` are those of all orders of the spectrum, by their indices.
    """
    if levels.width <= 0:
        return None
    holds = [one is not None and np.count_nonzero(one.both) >= LEAST_PIXELS for one in overlaps]
    found = []
    for number, order in enumerate(orders):
        middle = np.array([0.5 * sum(levels.ranges_aa[number])])
        touches = any(holds[max(0, number - 1) : number + 1])
        level = 1.0 / float(levels.factor(number, middle)[0])
        error = float(levels.errors[number])
        free = float(np.exp(-levels.free[number]))
        ends, name = (order.first_aa, order.last_aa), names[order.index]
        found.append(OrderLevel(order.index, *ends, level, error, touches, free, name))
    return LevelsFound(tuple(found), levels.width, asked_width, levels.shared_tilt)


def level_error_at(wavelength_aa: FloatArray, found: LevelsFound) -> FloatArray:
    """Return the relative error of the level at each pixel of a joined spectrum, shape (n_pixels,).

    In an overlap it is that of the surer order.
    """
    error = np.zeros(wavelength_aa.size)
    for one in found.orders:
        inside = (wavelength_aa >= one.low_aa) & (wavelength_aa <= one.high_aa)
        error[inside] = np.where(error[inside] > 0, np.minimum(error[inside], one.error), one.error)
    return error
