"""Magnitudes, errors and limits from what stands in a catalogue: 99, -99, flags of limits, fluxes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import CatalogueError
from spectragui.core.photometry import MAGNITUDES_OF_E, MICROJANSKY_ZERO_POINT

NOT_DETECTED = (90.0, 100.0)  # the code 99: not detected, the error column holds the limit
NOT_OBSERVED = -90.0  # magnitudes below it are the code -99: not observed, or saturated
MAGNITUDE_RANGE = (0.0, 40.0)
_LIMIT_RANGE = (10.0, 40.0)
_LARGEST_ERROR = 5.0
_BRIGHT = 19.0  # an error of 0.000 of a brighter object is one below 0.0005
_SMALLEST_ERROR = 0.001
_LIMIT_MARKS = (">", "<", "l", "u", "limit", "1", "true", "t", "y", "yes")


@dataclasses.dataclass
class BandValues:
    """Magnitudes of one band, shape (n_rows,) each, and how many entries were what.

    Attributes
    ----------
    magnitude, error, limit : ndarray
        NaN where there is none.
    n_detected, n_limits, n_unobserved : int
    n_no_limit : int
        Not detected, and no limit given: nothing is known.
    n_no_error : int
        Magnitudes that are not used, since they have no error.
    n_odd : int
        Entries that are no magnitudes.
    """

    magnitude: NDArray[np.float32]
    error: NDArray[np.float32]
    limit: NDArray[np.float32]
    n_detected: int = 0
    n_limits: int = 0
    n_unobserved: int = 0
    n_no_limit: int = 0
    n_no_error: int = 0
    n_odd: int = 0


def numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return a column as numbers, NaN for what is none."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    found = np.full(len(values), np.nan)
    for index, text in enumerate(values.tolist()):
        try:
            found[index] = float(text)
        except (TypeError, ValueError):
            continue
    return found


def band_values(
    value: NDArray[Any], error: NDArray[Any] | None, limit_flag: NDArray[Any] | None
) -> BandValues:
    """Return the AB magnitudes of a band from the columns of a catalogue.

    Parameters
    ----------
    value : ndarray
        Magnitudes; 99 = not detected, -99, blank or NaN = not observed.
    error : ndarray or None
        1 sigma; of a magnitude of 99 the limit.
    limit_flag : ndarray or None
        Says where the value itself is a limit.
    """
    told = numbers(value)
    sigma = np.full(len(told), np.nan) if error is None else numbers(error)
    is_limit = np.zeros(len(told), dtype=bool) if limit_flag is None else _marks(limit_flag)
    is_missing = ~np.isfinite(told) | (told < NOT_OBSERVED)
    is_code = ~is_missing & (((told > NOT_DETECTED[0]) & (told < NOT_DETECTED[1])) | (told == 999.0))
    is_limit &= ~is_missing & ~is_code
    limit = np.where(is_code, sigma, np.where(is_limit, told, np.nan))
    limit[~((limit > _LIMIT_RANGE[0]) & (limit < _LIMIT_RANGE[1]))] = np.nan
    low, high = MAGNITUDE_RANGE
    is_plain = ~(is_missing | is_code | is_limit)
    is_magnitude = is_plain & (told > low) & (told < high)
    sigma = np.where((sigma == 0) & (told < _BRIGHT), _SMALLEST_ERROR, sigma)
    has_error = (sigma > 0) & (sigma < _LARGEST_ERROR)
    good = is_magnitude & has_error
    return BandValues(
        np.where(good, told, np.nan).astype(np.float32),
        np.where(good, sigma, np.nan).astype(np.float32),
        limit.astype(np.float32),
        n_detected=int(good.sum()),
        n_limits=int(np.isfinite(limit).sum()),
        n_unobserved=int(is_missing.sum()),
        n_no_limit=int(((is_code | is_limit) & ~np.isfinite(limit)).sum()),
        n_no_error=int((is_magnitude & ~has_error).sum()),
        n_odd=int((is_plain & ~is_magnitude).sum()),
    )


def from_fluxes(
    flux: NDArray[Any], error: NDArray[Any] | None, limit_flag: NDArray[Any] | None, in_ujy: float
) -> BandValues:
    """Return the AB magnitudes of a band from its fluxes.

    A flux below its own error is not detected, and its error is the limit; -99, blank or an error of 0 =
    not observed.

    Parameters
    ----------
    flux, error, limit_flag : ndarray or None
        As in `band_values`.
    in_ujy : float
        What the unit of the fluxes is in microjansky.
    """
    value = numbers(flux)
    sigma = np.full(len(value), np.nan) if error is None else numbers(error)
    is_missing = ~np.isfinite(value) | (value == -99.0) | (value == 99.0) & (sigma <= 0)
    has_error = np.isfinite(sigma) & (sigma > 0)
    flagged = np.zeros(len(value), dtype=bool) if limit_flag is None else _marks(limit_flag)
    good = ~is_missing & has_error & ~flagged
    detected = good & (value > sigma)
    scale = np.where(flagged & ~has_error, value, sigma) * in_ujy
    is_limit = ~is_missing & ~detected & (scale > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = MICROJANSKY_ZERO_POINT - 2.5 * np.log10(value * in_ujy)
        limit = MICROJANSKY_ZERO_POINT - 2.5 * np.log10(scale)
        error_mag = MAGNITUDES_OF_E * sigma / value
    low, high = MAGNITUDE_RANGE
    is_odd = detected & ~((magnitude > low) & (magnitude < high))
    detected &= ~is_odd
    return BandValues(
        np.where(detected, magnitude, np.nan).astype(np.float32),
        np.where(detected, error_mag, np.nan).astype(np.float32),
        np.where(is_limit, limit, np.nan).astype(np.float32),
        n_detected=int(detected.sum()),
        n_limits=int(is_limit.sum()),
        n_unobserved=int(is_missing.sum()),
        n_no_error=int((~is_missing & ~has_error & ~flagged).sum()),
        n_odd=int(is_odd.sum()),
    )


def _marks(flags: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a flag says that the value is a limit: ">", "<", 1, true."""
    if flags.dtype.kind in "iuf":
        return np.isfinite(flags.astype(np.float64)) & (flags != 0)
    found = np.unique(flags.astype(str))
    marks = [word for word in found.tolist() if word.strip().lower() in _LIMIT_MARKS]
    return np.asarray(np.isin(flags.astype(str), marks))


def log_mass(values: NDArray[Any], scale: str, column: str) -> tuple[NDArray[np.float64], str]:
    """Return log10 of masses, and the sentence that says how the column was read.

    Parameters
    ----------
    values : ndarray
        A column of stellar masses [solar masses, or their log10]; codes (-99, 0, 99) become NaN.
    scale : {"", "log10", "linear"}
        Empty = told by its values.
    column : str
        Its name, for messages.

    Raises
    ------
    CatalogueError
        If it is told by values that are neither.
    """
    mass = numbers(values)
    mass[(mass <= 0) | (mass == 99.0) | (mass == 999.0)] = np.nan
    known = mass[np.isfinite(mass)]
    if not known.size:
        return mass, f"Column {column} holds no stellar masses."
    if not scale:
        is_log, is_linear = np.mean(known < 20) > 0.99, np.mean(known > 1e3) > 0.99
        if not (is_log or is_linear):
            raise CatalogueError(
                f"The masses in {column} run from {known.min():.3g} to {known.max():.3g}: they are neither "
                "log10 of solar masses nor solar masses.",
                "Say which with --mass-scale log10 or linear, or take the column away.",
            )
        scale = "log10" if is_log else "linear"
        how = f"as its values say ({known.min():.3g} to {known.max():.3g})"
    else:
        how = "as you said"
    if scale == "log10":
        return mass, f"Column {column} is log10 of the stellar mass, {how}."
    return np.log10(mass), f"Column {column} is the stellar mass in solar masses, {how}; log10 is taken."
