"""Files of errors beside a file of fluxes, named alike: star_f.fits and star_e.fits, Flux-001 and Err-001."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_of_kind
from spectragui.io.reading.source import Source

_SUFFIX = r"(\.(?:fits?|fts|txt|dat|csv|asc)(?:\.gz)?)$"
#: Part of the flux file's name, what stands there in the error file's, and what the errors are.
_RENAMED = (
    (r"\.spec\.fits$", ".variance.fits", "variance"),
    (r"^Flux-", "Err-", "sigma"),
    (r"^Flux-", "Var-", "variance"),
)
# The ends of names: of fluxes, and of errors by what they are.
_FLUX_ENDS = ("f", "flux", "spec", "sci", "s")
_ERROR_ENDS = {
    "sigma": ("e", "err", "error", "errors", "sig", "sigma", "noise", "unc", "std"),
    "variance": ("var", "variance"),
    "ivar": ("ivar", "invvar"),
}


def error_files_of(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the names that a file of errors of a flux file may have, and what it would hold.

    Parameters
    ----------
    path : Path

    Yields
    ------
    (Path, str)
        "sigma", "variance" or "ivar".
    """
    for pattern, replacement, kind in _RENAMED:
        name = re.sub(pattern, replacement, path.name)
        if name != path.name:
            yield path.with_name(name), kind
    found = re.search(_SUFFIX, path.name, re.I)
    if found is None:
        return
    stem, suffix = path.name[: found.start()], found[1]
    ended = re.fullmatch(rf"(.+[_.-])({'|'.join(_FLUX_ENDS)})", stem, re.I)
    for kind, ends in _ERROR_ENDS.items():
        for end in ends:
            if ended:
                word = end.upper() if ended[2].isupper() else end
                yield path.with_name(f"{ended[1]}{word}{suffix}"), kind
            for mark in ("_", "-", "."):
                yield path.with_name(f"{stem}{mark}{end}{suffix}"), kind
            yield path.with_name(f"{stem}{f'_{end}'.upper()}{suffix}"), kind


def flux_file_of(path: Path) -> Path | None:
    """Return the file of fluxes beside, of which a file holds the errors by its name; None without one."""
    found = re.search(_SUFFIX, path.name, re.I)
    if found is None:
        return None
    ends = "|".join(end for ends in _ERROR_ENDS.values() for end in ends)
    match = re.fullmatch(rf"(.+?)[_.-]({ends})", path.name[: found.start()], re.I)
    if match is None:
        return None
    candidates = [path.with_name(match[1] + found[1])]
    for mark in ("_", "-", "."):
        candidates += [path.with_name(f"{match[1]}{mark}{end}{found[1]}") for end in _FLUX_ENDS]
        candidates += [path.with_name(f"{match[1]}{mark}{end.upper()}{found[1]}") for end in _FLUX_ENDS]
    return next((other for other in candidates if other != path and other.is_file()), None)


def sigma_beside(source: Source, shape: tuple[int, ...]) -> tuple[NDArray[np.float64] | None, str]:
    """Return 1-sigma errors of an image's shape from a file beside, and where they were read.

    Parameters
    ----------
    source : Source
        The file of fluxes; where both headers name an object, it must be the same.
    shape : tuple of int

    Returns
    -------
    sigma : ndarray, shape ``shape``, or None
    where : str
    """
    header = source.headers[0] if source.kind == "fits" else Header([])
    for path, kind in error_files_of(source.path):
        if path == source.path or not path.is_file():
            continue
        values = _values(path, shape, header)
        if values is not None:
            words = {"variance": "sqrt(variance) in ", "ivar": "1 / sqrt(inverse variance) in "}.get(kind, "")
            sigma = sigma_of_kind(values, kind, values).reshape(shape)
            return sigma, f"{words}{path.name}, found in the same folder"
    return None, ""


def with_sigma_beside(source: Source, raws: Sequence[RawOrder]) -> tuple[list[RawOrder], str]:
    """Return orders with the errors of a file beside, if there is one for all of them, and where.

    Parameters
    ----------
    source : Source
    raws : sequence of RawOrder
        In the order of the file's rows.
    """
    sizes = {float_array(raw.flux).size for raw in raws}
    if len(sizes) != 1:
        return list(raws), ""
    size = sizes.pop()
    for shape in ((size,), (len(raws), size)) if len(raws) == 1 else ((len(raws), size),):
        sigma, where = sigma_beside(source, shape)
        if sigma is not None:
            rows = sigma.reshape(len(raws), size)
            return [_with(raw, row) for raw, row in zip(raws, rows, strict=True)], where
    return list(raws), ""


def _with(raw: RawOrder, sigma: NDArray[np.float64]) -> RawOrder:
    return dataclasses.replace(raw, uncertainty=sigma)


def _values(path: Path, shape: tuple[int, ...], header: Header) -> NDArray[np.float64] | None:
    """Return the first array of a shape, of a file that speaks of the same object; None without one."""
    try:
        beside = Source(path)
        try:
            if beside.kind == "text":
                return _column(beside, shape)
            if beside.kind != "fits" or not _is_of_same(beside.headers[0], header):
                return None
            found = [i for i, hdu in enumerate(beside.hdus) if hdu.is_image and hdu.shape == shape]
            return np.asarray(beside.data(found[0]), dtype=np.float64) if found else None
        finally:
            beside.close()
    except ReadError:
        return None


def _is_of_same(one: Header, other: Header) -> bool:
    """Return whether two headers name the same object ("HD 1", "HD 1 (Error)") and give the same scale."""
    names = [header.text("OBJECT").lower() for header in (one, other)]
    if all(names) and not (names[0].startswith(names[1]) or names[1].startswith(names[0])):
        return False
    starts = [header.number("CRVAL1") for header in (one, other)]
    return not np.isfinite(starts).all() or bool(np.isclose(starts[0], starts[1], rtol=1e-9))


def _column(beside: Source, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Return the last column of a text of as many rows as there are pixels."""
    from spectragui.io.reading.text_table import read_text_table

    if len(shape) != 1:
        return None
    values = read_text_table(beside).values
    return values[:, -1] if len(values) == shape[0] and values.shape[1] == 2 else None
