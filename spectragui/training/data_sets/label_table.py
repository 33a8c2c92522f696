"""The table of a training set: which spectrum has which labels; columns guessed by their names, or told."""

from __future__ import annotations

import csv
import dataclasses
import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.regular_file import read_ordinary
from spectragui.io.reading.fits_structure import check_structure
from spectragui.io.reading.limits import Limits, TooLargeError
from spectragui.io.reading.xml_check import check_votable
from spectragui.training.data_sets.cuts import Cut, apply_cuts

#: What a column of the table can be, beside the labels and their errors.
FILE, STAR, RA, DEC, GAIA, POWER = "file", "star", "ra", "dec", "gaia", "resolving_power"
ROLES = (FILE, STAR, RA, DEC, GAIA, POWER, *PARAMETER_LABELS)
MOST_ROWS, MOST_COLUMNS = 5_000_000, 2000
LARGEST_COLUMN = 50_000_000  # values of FITS: a survey's table of all visits has some million rows
_MISSING_BELOW = -998.0  # -999, -9999: what surveys write where there is nothing
# Names in lower case without what is not a letter or a digit.
_NAMES: Mapping[str, tuple[str, ...]] = {
    FILE: ("file", "filename", "spectrum", "path", "fits", "specfile", "name of file"),
    STAR: ("star", "object", "name", "target", "starid", "mainid", "id", "apogeeid", "sobjectid", "starname"),
    RA: ("ra", "raj2000", "radeg", "raicrs", "rightascension"),
    DEC: ("dec", "de", "dej2000", "decdeg", "deicrs", "declination"),
    GAIA: ("gaia", "gaiaid", "sourceid", "gaiadr3", "gaiaedr3", "gaiadr3sourceid", "gaiadr2"),
    POWER: ("resolvingpower", "r", "resolution", "specres"),
    "teff": ("teff", "temperature", "teffk", "teffgspphot", "teffapogee", "tefflit"),
    "logg": ("logg", "loggdex", "gravity", "surfacegravity"),
    "m_h": ("mh", "metallicity", "metals", "feh", "fehdex", "fem"),
    "alpha_m": ("alpham", "alphafe", "am", "alpha", "afe"),
    "vsini": ("vsini", "vrot", "vbroad", "vsinikms"),
    "vmic": ("vmic", "vmicro", "xi", "microturbulence", "vturb"),
}  # fmt: skip
_ERROR_PREFIXES, _ERROR_SUFFIXES = ("e", "err", "error", "sigma", "sig", "u"), ("err", "error", "unc", "std")


@dataclasses.dataclass(frozen=True)
class LabelColumns:
    """Which column of a table is what.

    Attributes
    ----------
    names : mapping of str to str
        Role (`ROLES`) -> column.
    errors : mapping of str to str
        Label -> column of its 1-sigma error.
    remarks : tuple of str
        What was assumed, in sentences.
    """

    names: Mapping[str, str]
    errors: Mapping[str, str] = dataclasses.field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that a column gives, in the usual order."""
        return tuple(name for name in PARAMETER_LABELS if name in self.names)


@dataclasses.dataclass(frozen=True, eq=False)
class LabelTable:
    """Rows of a training set, still without their spectra.

    Attributes
    ----------
    name : str
        Of the file.
    columns : LabelColumns
    files : tuple of str
        As they stand in the table.
    stars : tuple of str
        Name of the star, empty where none is given.
    gaia : tuple of str
        Gaia source identifier, empty where none is given.
    ra_deg, dec_deg : ndarray, shape (n_rows,)
        NaN where not given.
    resolving_power : ndarray, shape (n_rows,)
        NaN where not given.
    labels, errors : ndarray, shape (n_rows, n_labels)
        In the order of ``columns.labels``, in the units of `LABELS`; NaN where missing.
    """

    name: str
    columns: LabelColumns
    files: tuple[str, ...]
    stars: tuple[str, ...]
    gaia: tuple[str, ...]
    ra_deg: NDArray[np.float64]
    dec_deg: NDArray[np.float64]
    resolving_power: NDArray[np.float64]
    labels: NDArray[np.float64]
    errors: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def label_names(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``labels``."""
        return self.columns.labels

    def select(self, kept: NDArray[np.bool_], remarks: tuple[str, ...] = ()) -> LabelTable:
        """Return the rows for which ``kept`` is True, with more remarks."""
        rows = np.flatnonzero(kept)
        columns = dataclasses.replace(self.columns, remarks=(*self.columns.remarks, *remarks))
        changes: dict[str, Any] = {
            name: tuple(getattr(self, name)[row] for row in rows) for name in ("files", "stars", "gaia")
        }
        for name in ("ra_deg", "dec_deg", "resolving_power", "labels", "errors"):
            changes[name] = getattr(self, name)[rows]
        return dataclasses.replace(self, columns=columns, **changes)


def read_columns(path: Path) -> Any:
    """Return a table as astropy reads it: ECSV, CSV, FITS or VOTable, by its suffix.

    Raises
    ------
    TrainingError
        If it is missing, of no such format, damaged, or has no row.
    """
    from astropy.table import Table

    path = Path(path)
    how = _FORMATS.get(path.suffix.lower())
    if not path.is_file():
        raise TrainingError(f"There is no table {path}.", "Check its name.")
    if how is None:
        raise TrainingError(
            f"{path.name} is no table that labels are read from.", f"Use one of {', '.join(_FORMATS)}."
        )
    _check_content(path, str(how["format"]))
    if (twice := _named_twice(path)) is not None:
        raise TrainingError(f"The table {path.name} has two columns {twice}.", "Rename one of them.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = Table.read(path, **how)
    except csv.Error as error:
        raise TrainingError(
            f"The table {path.name} could not be read: an entry is too long, or a quotation mark is missing."
        ) from error
    except Exception as error:  # noqa: BLE001 - astropy's readers raise whatever their parts raise
        raise TrainingError(f"The table {path.name} could not be read: {first_sentence(error)}.") from error
    if not len(table):
        raise TrainingError(
            f"The table {path.name} has no rows.", "Each row names a spectrum and its labels."
        )
    if len(table) > MOST_ROWS:
        raise TrainingError(f"The table {path.name} has {len(table):,} rows; {MOST_ROWS:,} are possible.")
    return table


def _check_content(path: Path, how: str) -> None:
    """Refuse, before it is parsed, a table that is empty, too large, or takes its data from elsewhere."""
    limits = Limits(LARGEST_COLUMN) if how == "fits" else Limits()
    try:
        if not path.stat().st_size:
            raise TrainingError(f"The table {path.name} could not be read: it is empty.")
        if how == "fits":
            with path.open("rb") as stream:
                check_structure(stream, limits)
        elif how == "votable":
            check_votable(read_ordinary(path, limits.text_bytes), limits)
        elif path.stat().st_size > limits.text_bytes:
            raise TooLargeError(f"it has more than {limits.text_bytes:,} bytes")
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"The table {path.name} could not be read: {first_sentence(error).rstrip('.')}.",
            "Leave out rows and columns that are not needed." if isinstance(error, TooLargeError) else "",
        ) from error


_FORMATS: Mapping[str, Mapping[str, Any]] = {
    ".csv": {"format": "ascii.csv", "comment": r"\s*#"},
    ".ecsv": {"format": "ascii.ecsv"},
    ".fits": {"format": "fits"},
    ".fit": {"format": "fits"},
    ".vot": {"format": "votable"},
    ".xml": {"format": "votable"},
}


def _named_twice(path: Path) -> str | None:
    """Return a column that a text table has twice (astropy gives the second another name in silence)."""
    if path.suffix.lower() not in (".csv", ".ecsv"):
        return None
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        head = next((line for line in stream if line.strip() and not line.lstrip().startswith("#")), "")
    separator = "," if "," in head else None
    names = [name.strip().strip('"') for name in head.strip().split(separator)]
    if len(names) > MOST_COLUMNS:
        raise TrainingError(
            f"The table {path.name} has {len(names):,} columns; {MOST_COLUMNS:,} are possible."
        )
    return next((name for name in names if name and names.count(name) > 1), None)


def guess_columns(names: Iterable[str]) -> LabelColumns:
    """Say which columns are what, by their names.

    Parameters
    ----------
    names : iterable of str
        Columns of the table.
    """
    names = list(names)
    plain = {name: re.sub(r"[^a-z0-9]", "", name.lower()) for name in names}
    found: dict[str, str] = {}
    for role in ROLES:
        for wanted in _NAMES[role]:
            hit = next((name for name in names if plain[name] == wanted and name not in found.values()), None)
            if hit is not None:
                found[role] = hit
                break
    remarks = []
    if "m_h" in found and plain[found["m_h"]].startswith("fe"):
        remarks.append(f"{found['m_h']} is taken as [M/H].")
    if "alpha_m" in found and plain[found["alpha_m"]] in ("alphafe", "afe"):
        remarks.append(f"{found['alpha_m']} is taken as [α/M].")
    errors = {
        role: hit for role in PARAMETER_LABELS if role in found and (hit := _error_of(found[role], plain))
    }
    return LabelColumns(found, errors, tuple(remarks))


def _error_of(column: str, plain: Mapping[str, str]) -> str:
    bare = plain[column]
    wanted = {prefix + bare for prefix in _ERROR_PREFIXES} | {bare + suffix for suffix in _ERROR_SUFFIXES}
    return next((name for name, short in plain.items() if short in wanted), "")


def read_label_table(
    path: Path,
    told: Mapping[str, str] | None = None,
    labels: Iterable[str] = (),
    cuts: Sequence[Cut] = (),
) -> LabelTable:
    """Read which spectrum has which labels.

    Parameters
    ----------
    path : path-like
    told : mapping of str to str, optional
        Role (`ROLES`) -> column, where the guess by names is not right.
    labels : iterable of str
        That are wanted; none = all that the table has.
    cuts : sequence of Cut
        Rows that fail one are left out; what each costs is a remark.

    Raises
    ------
    TrainingError
        If the table cannot be read, lacks the files or every label, names a column that is not
        there, or has words where numbers should be.
    """
    path = Path(path)
    table = read_columns(path)
    columns = _chosen(table, path.name, dict(told or {}), tuple(labels))
    if cuts:
        kept, losses = apply_cuts({name: table[name] for name in table.colnames}, len(table), cuts)
        said = f"{np.sum(kept):,} of {len(table):,} rows pass the cuts."
        remarks = (*columns.remarks, *(loss.sentence for loss in losses), said)
        table, columns = table[kept], dataclasses.replace(columns, remarks=remarks)
    names = columns.labels
    values = np.stack(
        [_numbers(table, columns.names[name], path.name, _target(name)) for name in names], axis=1
    )
    errors = np.full(values.shape, np.nan)
    for i, name in enumerate(names):
        if name in columns.errors:
            errors[:, i] = _numbers(table, columns.errors[name], path.name, _target(name))

    def texts(role: str) -> tuple[str, ...]:
        return _texts(table[columns.names[role]]) if role in columns.names else ("",) * len(table)

    def numbers(role: str, unit: str = "") -> NDArray[np.float64]:
        if role not in columns.names:
            return np.full(len(table), np.nan)
        return _numbers(table, columns.names[role], path.name, unit)

    return LabelTable(
        path.name,
        columns,
        texts(FILE),
        texts(STAR),
        texts(GAIA),
        numbers(RA, "deg"),
        numbers(DEC, "deg"),
        numbers(POWER),
        values,
        errors,
    )


def _chosen(table: Any, name: str, told: dict[str, str], wanted: tuple[str, ...]) -> LabelColumns:
    there = list(table.colnames)
    for role, column in told.items():
        if role not in ROLES:
            raise TrainingError(f"{role!r} is nothing that a column can be.", f"Known: {', '.join(ROLES)}.")
        if column not in there:
            raise TrainingError(f"{name} has no column {column!r}.", f"It has: {', '.join(there)}.")
    guess = guess_columns(there)
    names = {role: column for role, column in guess.names.items() if column not in told.values()} | told
    columns = dataclasses.replace(guess, names=names)
    if FILE not in names:
        raise TrainingError(
            f"{name} has no column that names the spectra.",
            f"It has: {', '.join(there)}. Call it `file`, or tell which it is.",
        )
    missing = [label for label in wanted if label not in names]
    if missing or not columns.labels:
        what = f"no label {missing[0]}" if missing else "no label"
        raise TrainingError(
            f"{name} has {what} among its columns: {', '.join(there)}.",
            f"Call it one of {', '.join(PARAMETER_LABELS)}, or tell which column it is.",
        )
    if wanted:
        dropped = [label for label in columns.labels if label not in wanted]
        columns = dataclasses.replace(
            columns, names={role: column for role, column in names.items() if role not in dropped}
        )
    return columns


def _target(name: str) -> str:
    unit = LABELS[name].unit
    return "" if unit == "dex" else unit


def label_values(table: Any, column: str, file: str, label: str) -> NDArray[np.float64]:
    """Return a column of a table as values of a label, in its unit; NaN where there is none."""
    return _numbers(table, column, file, _target(label))


def _numbers(table: Any, column: str, file: str, unit: str = "") -> NDArray[np.float64]:
    """Return a column as numbers in a unit; NaN where it is empty, masked, -999 or -9999."""
    cells = table[column]
    if getattr(cells, "ndim", 1) != 1:
        raise TrainingError(
            f"The column {column} of {file} has several numbers a row.", "Give one column each."
        )
    mask = np.asarray(getattr(cells, "mask", np.zeros(len(cells), bool)))
    if cells.dtype.kind in "OUS":
        values = np.array([_number(cell, row + 1, column, file) for row, cell in enumerate(_texts(cells))])
    elif cells.dtype.kind in "fiu":
        values = np.asarray(cells, dtype=np.float64).copy()
    else:
        raise TrainingError(f"The column {column} of {file} holds no numbers.", "Choose another column.")
    values[mask] = np.nan
    values[~np.isfinite(values) | (values < _MISSING_BELOW)] = np.nan
    return _in_unit(values, cells, unit, column, file)


def _in_unit(
    values: NDArray[np.float64], cells: Any, unit: str, column: str, file: str
) -> NDArray[np.float64]:
    given = getattr(cells, "unit", None)
    if given is None or not unit or str(given) in ("", "dex"):
        return values
    try:
        return np.asarray((values * given).to(unit).value, dtype=np.float64)
    except Exception as error:  # noqa: BLE001 - units of strangers are of any kind
        raise TrainingError(
            f"The column {column} of {file} is in {given}, which is no unit of that label.",
            f"It should be in {unit}.",
        ) from error


def _number(text: str, row: int, column: str, file: str) -> float:
    if text.strip().lower() in ("", "nan", "null", "none", "--", "-", "n/a"):
        return math.nan
    try:
        return float(text)
    except ValueError:
        raise TrainingError(
            f"Row {row} of {file} has {text[:40]!r} in the column {column}, which should hold numbers.",
            "Correct it, or choose another column.",
        ) from None


def _texts(cells: Any) -> tuple[str, ...]:
    mask = np.asarray(getattr(cells, "mask", np.zeros(len(cells), bool)))
    texts = (cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) for cell in cells)
    return tuple("" if hidden else text.strip() for text, hidden in zip(texts, mask, strict=True))
