"""The results table: its columns with unit and meaning, one row per spectrum and model."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from spectragui.core.follow_up import FOLLOW_UP_WORDS, follow_up
from spectragui.core.labels import LABELS, MAIN_LABELS, PARAMETER_LABELS
from spectragui.core.wording import one_line

Kind = Literal["text", "number", "integer"]


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of the results table."""

    name: str
    kind: Kind
    unit: str
    description: str
    ucd: str = ""


def _label_columns(suffix: str, how: str, names: tuple[str, ...]) -> list[Column]:
    columns = []
    for name in names:
        label = LABELS[name]
        meaning = f"{label.description}, {how}"
        columns.append(Column(f"{name}{suffix}", "number", label.unit, meaning, label.ucd))
        error = f"1-sigma error of {name}{suffix}"
        columns.append(Column(f"e_{name}{suffix}", "number", label.unit, error, f"stat.error;{label.ucd}"))
    return columns


#: What a reduced chi2 is, wherever one is shown: for tooltips, and (in ASCII) in tables.
CHI2_WORDS = (
    "Reduced χ²: mean of ((observed − generated) / σ)², σ being the noise and the known error of the physics "
    "in quadrature, the observed spectrum divided by a smooth level; pixels beyond 8 times the scatter are "
    "left out. 1 is as expected; below 1 the physics errs less than it may."
)
_CHI2 = "mean squared residual over noise and known physics error in quadrature"
_FIT = "from least squares against the emulator"

RESULT_COLUMNS: tuple[Column, ...] = (
    Column("file", "text", "", "file, or files joined by ' + '"),
    Column("object", "text", "", "object named by the file", "meta.id"),
    Column("spectrum", "integer", "", "index of the spectrum in its file, from 0"),
    Column("model", "text", "", "name of the model"),
    Column("model_version", "text", "", "version of the model"),
    *_label_columns("", "from the network", PARAMETER_LABELS),
    Column("resolving_power", "number", "", "resolving power, wavelength / FWHM", "spect.resolution"),
    Column(
        "v_rad", "number", "km/s", "radial velocity in v_rad_frame, positive = receding", "spect.dopplerVeloc"
    ),
    Column("e_v_rad", "number", "km/s", "1-sigma error of v_rad", "stat.error;spect.dopplerVeloc"),
    Column("snr", "number", "", "median flux / sigma per native pixel in the model's window", "stat.snr"),
    Column("coverage", "number", "", "part of the model's window that is covered, 0 to 1"),
    Column("rchi2", "number", "", f"reduced chi2 at the network's labels: {_CHI2}"),
    *_label_columns("_fit", _FIT, MAIN_LABELS),
    Column("rchi2_fit", "number", "", f"reduced chi2 at the fit's labels: {_CHI2}"),
    Column("flag_warn", "integer", "", "bits: read with care", "meta.code"),
    Column("flag_bad", "integer", "", "bits: do not use", "meta.code"),
    Column("flags", "text", "", "names of the bits that are set"),
    Column("chain_hash", "text", "", "hash of the preprocessing that the model applied"),
    Column("file_sha256", "text", "", "SHA-256 of the file when it was read; of joined files each, by ' + '"),
    Column("created", "text", "", "UTC time of the prediction, ISO 8601", "time.creation"),
    Column("citation", "text", "", "what to cite", "meta.bib"),
    # Further columns come last, so that programs that count columns go on.
    Column("v_rad_frame", "text", "", "frame of v_rad: barycentric, heliocentric, observer, rest or unknown"),
    *_label_columns("_fit", _FIT, PARAMETER_LABELS[len(MAIN_LABELS) :]),
    Column("earlier_state", "integer", "", "1 where the spectrum was changed after this prediction, else 0"),
    Column("reason", "text", "", "why there are no labels, where there are none"),
    Column("follow_up", "text", "", f"what would help most: {', '.join(FOLLOW_UP_WORDS)}"),
    Column(
        "vsini_limit",
        "number",
        LABELS["vsini"].unit,
        "v sin i is below this where the lines do not resolve it (UPPER_LIMIT), else empty",
        f"{LABELS['vsini'].ucd};stat.max",
    ),
)
COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in RESULT_COLUMNS)

_EMPTY: dict[Kind, Any] = {"text": "", "number": math.nan, "integer": 0}


def format_chi2(value: float) -> str:
    """Return a reduced chi2 as it is shown everywhere: "1.08", above 100 without decimals."""
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def make_row(**values: Any) -> Mapping[str, Any]:
    """Return a complete, read-only row: the given values, the rest empty (NaN, "", 0).

    ``follow_up`` follows from the others where it is not given.

    Raises
    ------
    KeyError
        If a name is not a column.
    """
    return complete_row(RESULT_COLUMNS, {"follow_up": follow_up(values), **values})


def stored_row(columns: Sequence[Column], stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a complete row of what JSON kept of one: None is NaN again; unknown columns are left out.

    Raises
    ------
    ValueError, TypeError, OverflowError
        If a value is not of its column's kind.
    """
    if not isinstance(stored, Mapping):
        raise TypeError("a row is a mapping")
    kinds: dict[Kind, Any] = {"text": str, "number": float, "integer": int}
    values: dict[str, Any] = {}
    for column in columns:
        if column.name in stored:
            value = stored[column.name]
            is_empty = value is None and column.kind == "number"
            values[column.name] = math.nan if is_empty else kinds[column.kind](value)
    return complete_row(columns, values)


def complete_row(columns: Sequence[Column], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a complete, read-only row of any table: the given values, the rest empty.

    Raises
    ------
    KeyError
        If a name is not a column.
    """
    unknown = set(values) - {column.name for column in columns}
    if unknown:
        raise KeyError(f"not a column of the table: {sorted(unknown)}")
    return MappingProxyType({c.name: _entry(values.get(c.name, _EMPTY[c.kind])) for c in columns})


def _entry(value: Any) -> Any:
    """Return a value as a table may hold it: names of files and stars come from strangers."""
    return one_line(value) if isinstance(value, str) else value
