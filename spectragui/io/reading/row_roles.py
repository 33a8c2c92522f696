"""Which row of an image is flux, which its error: by the names that headers give to rows, or by size."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import der_noise
from spectragui.io.headers.fits_header import Header

MOST_ROWS = 12
# Keywords that name rows: UVES_popler, ESPaDOnS and programs that write arrays as they come.
_NAMES = (
    "ARRAY{n}",
    "UP_ARR{n:02d}",
    "ROW{n}",
    "BANDID{n}",
    "PLANE{n}",
    "LABEL{n}",
    "COL{n}",
    "NAME{n}",
    "VECTOR{n}",
)
_ERROR = re.compile(r"(err(or)?s?\b|sigma|uncert|noise|std|variance|\bvar\b|ivar|inverse var)", re.I)
_FLUX = re.compile(r"(flux|spectrum|intensity|counts|signal|object)", re.I)
_OTHER = re.compile(r"(continuum|sky|background|model|mask|quality|status|fluctuation|wavelength|fit)", re.I)


@dataclasses.dataclass(frozen=True)
class RowRoles:
    """Rows of an image, from 0.

    Attributes
    ----------
    flux : int
    error : int or None
    kind : str
        What the errors are: "sigma", "variance" or "ivar".
    source : str
        Why the errors are taken for such.
    left : tuple of str
        What the rows are called that are neither.
    """

    flux: int
    error: int | None = None
    kind: str = "sigma"
    source: str = ""
    left: tuple[str, ...] = ()


def row_names(header: Header, n_rows: int) -> tuple[str, ...]:
    """Return what a header calls the rows of its image; empty where it does not name them all."""
    for pattern in _NAMES:
        names = tuple(header.text(pattern.format(n=number)) for number in range(1, n_rows + 1))
        if all(names):
            return names
    return ()


def roles_of_rows(header: Header, rows: NDArray[np.float64]) -> RowRoles | None:
    """Return which row is what; None where rows are spectra of their own, or nothing tells.

    Parameters
    ----------
    header : Header
    rows : ndarray, shape (n_rows, n_pixels)
    """
    names = row_names(header, len(rows))
    if names:
        return _by_names(names)
    if len(rows) == 2 and "pyspeckit" in header.text("ORIGIN", "CREATOR").lower():
        return RowRoles(0, 1, "sigma", "row 2, as pyspeckit writes it")
    if len(rows) == 2 and looks_like_errors(rows[0], rows[1]):
        return RowRoles(0, 1, "sigma", "assumed: the second row has the size of the flux's noise")
    return None


def looks_like_errors(flux: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    """Return whether values are positive, not all zero, and of the size of the flux's noise."""
    finite = values[np.isfinite(values)]
    if finite.size < 8 or finite.min() < 0 or finite.max() == 0:
        return False
    noise = der_noise(flux)
    return bool(0.1 * noise < float(np.median(finite)) < 10.0 * noise)


def _by_names(names: tuple[str, ...]) -> RowRoles | None:
    errors = [i for i, name in enumerate(names) if _ERROR.search(name) and not _OTHER.search(name)]
    fluxes = [i for i, name in enumerate(names) if i not in errors and _FLUX.search(name)]
    fluxes = [i for i in fluxes if not _OTHER.search(names[i])] or fluxes
    if not fluxes or (len(fluxes) > 1 and not errors):
        return None
    error = errors[0] if errors else None
    kind = "sigma"
    if error is not None and re.search(r"\bi(nverse )?var", names[error], re.I):
        kind = "ivar"
    elif error is not None and re.search(r"\bvar", names[error], re.I):
        kind = "variance"
    said = "" if error is None else f"row {error + 1} ({names[error]})"
    left = tuple(f"{i + 1} ({name})" for i, name in enumerate(names) if i not in (fluxes[0], error))
    return RowRoles(fluxes[0], error, kind, said, left)
