"""Files beside a spectrum: wavelengths and blaze functions of the same orders."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.io.reading.error_files import flux_file_of
from spectragui.io.reading.source import Source, library_errors

_SIDE_NAME = re.compile(r"(wave|wavelengths?|blaze|lambda)([_.\-0-9]|$)", re.IGNORECASE)
_FITS_SUFFIX = re.compile(r"\.(fits?|fts)(\.gz)?$", re.IGNORECASE)

_WIDEST_ORDER, _WIDEST_SPECTRUM = 30.0, 10_000.0  # last wavelength over first; models reach far

#: Message and hint for a side file that was given as a spectrum.
NOT_A_SPECTRUM = {
    "wavelengths": (
        "the file holds the wavelengths of echelle orders, not a spectrum.",
        "Open the file of fluxes; these wavelengths are found beside it, or given with --wavelength-file.",
    ),
    "velocities": (
        "the file holds cross-correlation functions or velocities, not a spectrum.",
        "Open the extracted spectrum that they were made of.",
    ),
    "errors": (
        "the file holds the errors of {flux}, not a spectrum.",
        "Open {flux}; its errors are found beside it.",
    ),
    "blaze": (
        "the file holds the blaze function of echelle orders or another exposure of a lamp, not a spectrum.",
        "Open the e2ds file that belongs to it.",
    ),
}


def find_side_files(paths: Iterable[Path]) -> set[Path]:
    """Return those of the paths that are images of wavelengths, blaze functions or errors of others."""
    files = list(paths)
    given = {path.absolute() for path in files}
    errors = {path for path in files if (flux := flux_file_of(path)) is not None and flux.absolute() in given}
    return errors | {path for path in files if _is_side_name(path) and _is_file(path) and _is_image(path)}


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # also in a folder that is locked, or with a name that is too long


def _damages() -> tuple[type[Exception], ...]:
    return (ReadError, *library_errors())


def _is_side_name(path: Path) -> bool:
    stem = _FITS_SUFFIX.sub("", path.name)
    return _FITS_SUFFIX.search(path.name) is not None and any(
        _SIDE_NAME.match(part) for part in re.split(r"[_\s]", stem)
    )


def _is_image(path: Path) -> bool:
    try:
        source = Source(path)
        try:
            if source.kind != "fits":
                return False
            shape, header = source.hdus[0].shape, source.headers[0]
            return len(shape) == 2 or (len(shape) == 1 and not math.isfinite(header.number("CRVAL1")))
        finally:
            source.close()
    except _damages():  # what it is, is said when it is read
        return False


#: Columns by which an image of wavelengths may be longer or shorter than that of the fluxes.
MOST_COLUMNS_APART = 2


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...], apart: int) -> bool:
    """Return whether an image has as many rows as another, and about as many columns."""
    return len(shape) == len(wanted) and shape[:-1] == wanted[:-1] and abs(shape[-1] - wanted[-1]) <= apart


def wavelength_image(
    path: Path, shape: tuple[int, ...], *, needed_by: Source, apart: int = 0
) -> NDArray[np.float64]:
    """Return the wavelengths, shape (n_orders, n_pixels), that a FITS image holds.

    Parameters
    ----------
    path : Path
    shape : tuple of int
        Of the fluxes.
    needed_by : Source
    apart : int
        By how many columns the wavelengths may be more or fewer.

    Raises
    ------
    ReadError
        If the file holds no image of that shape whose rows ascend or descend.
    """
    source = Source(path)
    try:
        if source.kind != "fits":
            raise source.error("this is not a FITS image of wavelengths.", "Give one with --wavelength-file.")
        fitting = [i for i, h in enumerate(source.hdus) if h.is_image and _fits(h.shape, shape, apart)]
        for index in sorted(fitting, key=lambda i: abs(source.hdus[i].shape[-1] - shape[-1])):
            values = np.asarray(source.data(index), dtype=np.float64)
            if is_wavelength_image(values):
                return values
    finally:
        source.close()
    size = " orders of ".join(map(str, shape))
    raise ReadError(
        f"{needed_by.name}: {path.name} holds no wavelengths for {size} pixels.",
        "Give the right file with --wavelength-file.",
    )


def wavelength_vector(path: Path, n_pixels: int, *, needed_by: Source) -> NDArray[np.float64]:
    """Return the wavelengths, shape (n_pixels,), that a FITS vector holds.

    Raises
    ------
    ReadError
        If the file holds no such vector.
    """
    return wavelength_image(path, (n_pixels,), needed_by=needed_by).ravel()


def is_wavelength_image(values: NDArray[Any]) -> bool:
    """Return whether every row of an image is a plausible wavelength scale."""
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    usable = rows[np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1) > 0)]
    if len(usable) == 0 or usable.min() <= 0 or rows.shape[1] < 8:
        return False
    widest = _WIDEST_ORDER if np.ndim(values) > 1 else _WIDEST_SPECTRUM
    step = np.diff(usable, axis=1)
    monotonic = np.all(step > 0, axis=1) | np.all(step < 0, axis=1)
    span = usable.max(axis=1) / usable.min(axis=1)
    return bool(monotonic.mean() > 0.9 and np.all(span[monotonic] < widest) and np.all(span[monotonic] > 1))


def wavelength_files_beside(source: Source, shape: tuple[int, ...]) -> list[Path]:
    """Return FITS files in the same folder whose name speaks of wavelengths and whose shape fits."""
    found = []
    for path in sorted(source.path.parent.iterdir()):
        if path == source.path or not _is_side_name(path) or "blaze" in path.name.lower():
            continue
        if _has_shape(path, shape):
            found.append(path)
    return found


def named_file_beside(source: Source, name: str) -> Path | None:
    """Return the file that a header names, in the same folder; colons may have become - or _."""
    if not name:
        return None
    for variant in (name, name.replace(":", "-"), name.replace(":", "_")):
        path = source.path.parent / Path(variant).name
        if _is_file(path):
            return path
    return None


def _has_shape(path: Path, shape: tuple[int, ...]) -> bool:
    try:
        source = Source(path)
        try:
            return source.kind == "fits" and any(
                hdu.is_image and _fits(hdu.shape, shape, MOST_COLUMNS_APART) for hdu in source.hdus
            )
        finally:
            source.close()
    except ReadError:
        return False
