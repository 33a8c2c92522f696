"""How many more exposures a wanted signal-to-noise ratio, or a wanted error, needs."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_EXPOSURES = 100_000  # more is "never"


def exposures_for_snr(exposure_snrs: Sequence[float], snr: float, wanted: float) -> int | None:
    """Return how many more exposures like those so far a sum needs for a signal-to-noise ratio.

    Parameters
    ----------
    exposure_snrs : sequence of float
        Of each exposure so far, per pixel; what is not known is NaN.
    snr : float
        Of their sum.
    wanted : float

    Returns
    -------
    int or None
        0 where it is reached; None where nothing tells it, or no number of exposures does.

    Notes
    -----
    Squares of signal-to-noise ratios add up: n = (wanted^2 - snr^2) / g. The gain g of an exposure is the
    mean of snr_i^2, or snr^2 / n where the sum got less of them (pixels left out, interpolated).
    """
    squares = [value * value for value in exposure_snrs if math.isfinite(value) and value > 0]
    if not squares or not (math.isfinite(snr) and snr > 0):
        return None
    if snr >= wanted:
        return 0
    gain = min(sum(squares), snr * snr) / len(squares)
    return _whole((wanted * wanted - snr * snr) / gain)


def exposures_for_error(n_exposures: int, error: float, wanted: float, floor: float = 0.0) -> int | None:
    """Return how many more exposures the error of a label needs, in which only the noise averages.

    Parameters
    ----------
    n_exposures : int
        So far.
    error : float
        1 sigma of the label from their sum, the floor in it.
    wanted : float
        Same unit.
    floor : float
        Part of the error that no exposure makes smaller, added in squares.

    Returns
    -------
    int or None
        0 where it is reached; None where nothing tells it, or no number of exposures does.
    """
    if n_exposures < 1 or not (math.isfinite(error) and error > 0):
        return None
    if error <= wanted:
        return 0
    if wanted <= floor:
        return None
    ratio = (error**2 - floor**2) / (wanted**2 - floor**2)
    return _whole(n_exposures * (ratio - 1.0))


def _whole(number: float) -> int | None:
    whole = math.ceil(number - 1e-9)
    return whole if whole <= MOST_EXPOSURES else None
