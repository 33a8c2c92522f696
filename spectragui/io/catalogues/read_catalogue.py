"""From a file to a `PhotometricTable`: its format, its columns, its conventions, and what was assumed."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import CatalogueError, SpectraGUIError
from spectragui.core.photometry import CATALOGUE_ROLES, PhotometricTable
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.wording import counted
from spectragui.io.catalogues.binary_catalogue import (
    PARQUET_MAGIC,
    open_source,
    read_fits_catalogue,
    read_parquet_catalogue,
    read_votable_catalogue,
)
from spectragui.io.catalogues.catalogue_mapping import (
    FEWEST_BANDS,
    FLUX_UNITS,
    CatalogueMapping,
    guess_from_columns,
)
from spectragui.io.catalogues.magnitude_values import (
    BandValues,
    band_values,
    from_fluxes,
    log_mass,
    numbers,
)
from spectragui.io.catalogues.raw_catalogue import RawCatalogue, text_array
from spectragui.io.catalogues.text_catalogue import lines_of, read_text_catalogue, text_layout

_MOST_LISTED = 6
_STAR_KINDS = ("star", "qso", "quasar", "agn")


def guess_mapping(
    catalogue: str | os.PathLike[str] | Sequence[str], bands: str = "", max_values: int = 0
) -> CatalogueMapping:
    """Return which column of a catalogue plays which part, as names and units suggest.

    Parameters
    ----------
    catalogue : path-like, or sequence of str
        A file, or names of columns.
    bands : str, optional
        Name of the band set; by default the one most of whose bands are found.
    max_values : int, optional
        Values of one array that are read at most; 0 = as usual.

    Raises
    ------
    CatalogueError
        If the file is no table.
    """
    if not isinstance(catalogue, (str, os.PathLike)):
        return guess_from_columns(catalogue, bands=bands)
    head = read_raw(Path(catalogue), max_values, only_head=True)
    return guess_from_columns(list(head.columns), head.units, bands)


def is_catalogue(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a table with magnitudes of a known band set: cheap for text, never raises."""
    try:
        found = guess_mapping(path)
    except (SpectraGUIError, OSError):
        return False
    return len(found.present_bands) >= FEWEST_BANDS


def read_raw(
    path: Path, max_values: int = 0, progress: Progress = no_progress, *, only_head: bool = False
) -> RawCatalogue:
    """Read a table of any format as it is, or only the names of its columns (but for a VOTable).

    Raises
    ------
    CatalogueError
        If it is no table, damaged or too large.
    ReadError
        If it cannot be read.
    """
    source = open_source(path, max_values)
    try:
        if source.head.startswith(PARQUET_MAGIC):
            return read_parquet_catalogue(
                path, source.limits, "" if only_head else source.sha256, only_head=only_head
            )
        if source.kind == "fits":
            return read_fits_catalogue(source, only_head=only_head)
        if source.kind != "text":
            raise CatalogueError(
                f"{path.name}: this is no catalogue: {source.kind} files are not read as one.",
                "Give CSV, ECSV, FITS, VOTable or Parquet.",
            )
        if b"<VOTABLE" in source.head or b":VOTABLE" in source.head:
            return read_votable_catalogue(source)
        if only_head:
            layout = text_layout(next(lines_of(path, source.limits), []), path.name)
            empty = {name: np.empty(0) for name in layout.names}
            return RawCatalogue(path, empty, layout.units, layout.form)
        return read_text_catalogue(path, source.limits, progress)
    finally:
        source.close()


def read_catalogue(
    path: str | os.PathLike[str],
    mapping: CatalogueMapping | None = None,
    band_set: str = "",
    progress: Progress = no_progress,
    max_values: int = 0,
) -> PhotometricTable:
    """Read a catalogue of photometry.

    Parameters
    ----------
    path : path-like
        CSV (plain or packed), ECSV, FITS, VOTable or Parquet, by its content.
    mapping : CatalogueMapping, optional
        By default guessed from the names of its columns.
    band_set : str, optional
        Name of the bands, where the mapping is guessed.
    progress : Progress
    max_values : int
        Values of one array that are read at most; 0 = as usual.

    Raises
    ------
    CatalogueError
        If it has no magnitudes or errors of the bands, a column of the mapping is missing, or its values
        are no magnitudes: said with what is missing.
    ReadError
        If the file cannot be read.
    """
    raw = read_raw(Path(path), max_values, part_of(progress, 0.0, 0.8))
    if mapping is None:
        mapping = guess_from_columns(list(raw.columns), raw.units, band_set)
    table = make_table(raw, mapping, part_of(progress, 0.8, 1.0))
    progress(1.0, "catalogue read")
    return table


def make_table(
    raw: RawCatalogue, mapping: CatalogueMapping, progress: Progress = no_progress
) -> PhotometricTable:
    """Return the photometry in a table whose columns are known; raises as `read_catalogue`."""
    bands, name = mapping.bands, raw.path.name
    _check_mapping(mapping, raw)
    magnitudes = np.full((len(raw), len(bands)), np.nan, dtype=np.float32)
    errors, limits = magnitudes.copy(), magnitudes.copy()
    remarks = [*raw.remarks, *mapping.remarks]
    values: dict[str, BandValues] = {}
    for number, band in enumerate(bands.names):
        if band not in mapping.columns:
            continue
        found = _read_band(raw, mapping, band)
        magnitudes[:, number], errors[:, number], limits[:, number] = (
            found.magnitude, found.error, found.limit,
        )  # fmt: skip
        values[band] = found
        progress((number + 1) / len(bands), "magnitudes")
    _check_values(values, len(raw), mapping, name)
    remarks += _band_remarks(values, mapping)
    roles = {role: raw.columns[column] for role, column in mapping.columns.items() if role in CATALOGUE_ROLES}
    reference, said = _reference(roles, mapping)
    groups = {group: _group(roles, group) for group in ("morphology", "flags")}
    return PhotometricTable(
        bands, _ids(raw, roles), magnitudes, errors, limits,
        morphology=groups["morphology"], reference=reference, flags=groups["flags"],
        columns=raw.columns, units=raw.units, file=str(raw.path), file_sha256=raw.sha256,
        mapping=dataclasses.replace(mapping), remarks=tuple(dict.fromkeys([*remarks, *said])),
        meta={"form": raw.form},
    )  # fmt: skip


def _check_mapping(mapping: CatalogueMapping, raw: RawCatalogue) -> None:
    name, bands = raw.path.name, mapping.bands
    for role, column in mapping.columns.items():
        if column not in raw.columns:
            raise CatalogueError(
                f"{name}: it has no column {column!r}, which is to be {role}.",
                f"Its columns: {_some(list(raw.columns))}.",
            )
    present = mapping.present_bands
    hint = (
        f"Name them with --column ROLE=COLUMN, as --column {bands.names[0]}=NAME "
        f"--column e_{bands.names[0]}=NAME."
    )
    if not present:
        raise CatalogueError(
            f"{name}: no column is known to hold a magnitude (columns: {_some(list(raw.columns))}).", hint
        )
    if len(present) < FEWEST_BANDS:
        missing = [band for band in bands.names if band not in present]
        raise CatalogueError(
            f"{name}: it has magnitudes in {_some(present)} only; {_some(missing)} are missing: it may be a "
            "catalogue of another survey.",
            hint,
        )
    without = [band for band in present if f"e_{band}" not in mapping.columns]
    if len(present) - len(without) < FEWEST_BANDS:
        raise CatalogueError(f"{name}: no column is known to hold the error of {_some(without)}.", hint)


def _read_band(raw: RawCatalogue, mapping: CatalogueMapping, band: str) -> BandValues:
    columns = mapping.columns
    value = raw.columns[columns[band]]
    error = raw.columns[columns[f"e_{band}"]] if f"e_{band}" in columns else None
    flag = raw.columns[columns[f"l_{band}"]] if f"l_{band}" in columns else None
    if mapping.kind == "magnitudes":
        return band_values(value, error, flag)
    if mapping.flux_unit not in FLUX_UNITS:
        raise CatalogueError(
            f"{raw.path.name}: {columns[band]} and others look like fluxes, but nothing says in which unit.",
            f"Say it with --flux-unit: {', '.join(FLUX_UNITS)}.",
        )
    return from_fluxes(value, error, flag, FLUX_UNITS[mapping.flux_unit])


def _check_values(
    values: Mapping[str, BandValues], n_rows: int, mapping: CatalogueMapping, name: str
) -> None:
    """Raise where the columns hold something else than magnitudes with errors."""
    odd = [band for band, found in values.items() if found.n_odd > 0.5 * max(n_rows - found.n_unobserved, 1)]
    if len(odd) >= max(1, len(values) // 2):
        raise CatalogueError(
            f"{name}: what stands in {mapping.columns[odd[0]]} (and {counted(len(odd) - 1, 'column')} more) "
            "are no AB magnitudes: most are outside 0 to 40.",
            "If they are fluxes, say so with --flux-unit; else check the mapping.",
        )
    if sum(found.n_detected for found in values.values()) == 0:
        n_no_error = sum(found.n_no_error for found in values.values())
        why = "no magnitude has an error" if n_no_error else "no band holds a magnitude"
        raise CatalogueError(f"{name}: {why}, in any row.", "Check the mapping of its columns.")


def _band_remarks(values: Mapping[str, BandValues], mapping: CatalogueMapping) -> list[str]:
    bands = mapping.bands.names
    remarks = []
    missing = [band for band in bands if band not in values]
    if missing:
        remarks.append(f"{counted(len(missing), 'band')} of {len(bands)} missing: {_some(missing)}.")
    totals = {
        "n_no_limit": "not detected, with no limit given: they count as not observed",
        "n_no_error": "magnitudes without an error: they are not used",
        "n_odd": "entries that are no magnitudes: they count as not observed",
    }
    for field, meaning in totals.items():
        counts = {band: getattr(found, field) for band, found in values.items() if getattr(found, field)}
        if counts:
            remarks.append(f"{sum(counts.values()):,} {meaning} ({_some(list(counts))}).")
    n_limits = sum(found.n_limits for found in values.values())
    if n_limits:
        by_flag = any(f"l_{band}" in mapping.columns for band in values)
        how = "by the limit flags (l_) or the code 99" if by_flag else "99 = not detected"
        if mapping.kind == "fluxes":
            how = "fluxes below their errors"
        remarks.append(f"{n_limits:,} entries are limits, taken as 1 sigma: {how}.")
    return remarks


def _reference(
    roles: Mapping[str, NDArray[Any]], mapping: CatalogueMapping
) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Return what the catalogue says of its objects, and the sentences about it."""
    found, said = _group(roles, "reference"), []
    if "log_mass" in found:
        column = mapping.columns["log_mass"]
        found["log_mass"], sentence = log_mass(roles["log_mass"], mapping.mass_scale, column)
        said.append(sentence)
    for name in ("z", "z_lower", "z_upper", "type", "m_abs_b", "odds"):
        if name in found:
            values = found[name]
            values[(np.abs(values) >= 90.0) | ((values < 0) & (name != "m_abs_b"))] = np.nan
    if "kind" in found and "star" not in found:
        kinds = np.char.lower(np.char.strip(found["kind"].astype(str)))
        star = np.isin(kinds, _STAR_KINDS)
        if (star | (kinds == "galaxy")).any():
            found["star"] = np.where(star, 1.0, np.where(kinds == "galaxy", 0.0, np.nan))
            said.append(f"Stars and QSOs by the column {mapping.columns['kind']}.")
    if "star" in found and "z" in found:
        found["z"] = np.where(found["star"] == 1.0, np.where(found["z"] > 0, found["z"], np.nan), found["z"])
    return found, said


def _group(roles: Mapping[str, NDArray[Any]], group: str) -> dict[str, NDArray[Any]]:
    found = {}
    for name, values in roles.items():
        if CATALOGUE_ROLES[name].group != group:
            continue
        if CATALOGUE_ROLES[name].is_text:
            found[name] = (
                values if values.dtype.kind in "UO" else text_array([str(v) for v in values.tolist()])
            )
        else:
            found[name] = numbers(values)
    return found


def _ids(raw: RawCatalogue, roles: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    if "id" not in roles:
        return np.arange(1, len(raw) + 1).astype(str)
    values = roles["id"]
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.round(values)).all():
        values = values.astype(np.int64)
    return values if values.dtype.kind in "UO" else values.astype(str)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_LISTED])
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"
