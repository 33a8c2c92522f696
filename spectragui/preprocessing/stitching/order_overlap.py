"""Where neighbouring orders overlap: their values side by side, and where one takes over from the other."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.preprocessing.stitching.order_pixels import OnOtherPixels, OrderPixels, values_on

Floats = NDArray[np.float64]
Takeover = Literal["crossing", "end"]


@dataclasses.dataclass(frozen=True, eq=False)
class Overlap:
    """Two neighbouring orders where both have good pixels.

    Attributes
    ----------
    bluer, redder : OrderPixels
    low_aa, high_aa : float
        From the redder order's first good pixel to the bluer one's last.
    pixels : slice
        Of the bluer order.
    redder_values : OnOtherPixels
        The redder order on those pixels.
    """

    bluer: OrderPixels
    redder: OrderPixels
    low_aa: float
    high_aa: float
    pixels: slice
    redder_values: OnOtherPixels

    @property
    def both(self) -> NDArray[np.bool_]:
        """Pixels of ``pixels`` where both orders are good."""
        return np.asarray(self.bluer.good[self.pixels] & self.redder_values.holds)

    def difference_sigma(self, bluer_scale: Floats, redder_scale: Floats) -> Floats:
        """Return (redder - bluer) / error, each scaled first, on ``pixels``; NaN where one is missing."""
        own, other = self.bluer, self.redder_values
        error = np.hypot(own.sigma[self.pixels] * bluer_scale, other.sigma * redder_scale)
        difference = other.flux * redder_scale - own.flux[self.pixels] * bluer_scale
        both = self.both
        return np.where(both, difference / np.where(both, error, 1.0), np.nan)


def find_overlap(bluer: OrderPixels, redder: OrderPixels) -> Overlap | None:
    """Return where two neighbouring orders overlap, or None where they do not."""
    low, high = redder.first_aa, bluer.last_aa
    start, stop = np.searchsorted(bluer.wavelength_aa, (low, np.nextafter(high, np.inf)))
    if stop - start < 2:
        return None
    pixels = slice(int(start), int(stop))
    return Overlap(bluer, redder, low, high, pixels, values_on(redder, bluer.wavelength_aa[pixels]))


def takeover_aa(
    bluer: OrderPixels, redder: OrderPixels, overlap: Overlap | None, rule: Takeover, by_hand: float | None
) -> float:
    """Return the wavelength from which on the redder order's pixels are used.

    Parameters
    ----------
    bluer, redder : OrderPixels
    overlap : Overlap or None
    rule : {"crossing", "end"}
        Where the redder order's weight crosses the bluer one's, or where the bluer order ends.
    by_hand : float or None
        Wavelength chosen instead, moved into the overlap.
    """
    if overlap is None:
        return 0.5 * (bluer.last_aa + redder.first_aa)
    if by_hand is not None:
        return min(max(by_hand, overlap.low_aa), overlap.high_aa)
    if rule == "end":
        return float(np.nextafter(overlap.high_aa, np.inf))
    # The one place that leaves most weight on its proper side, however often the two cross.
    lead = bluer.weight[overlap.pixels] - overlap.redder_values.weight
    gained = np.concatenate([[0.0], np.cumsum(lead)])
    edge = overlap.pixels.start + int(np.argmax(gained))
    return float(bluer.wavelength_aa[min(edge, overlap.pixels.stop - 1)])
