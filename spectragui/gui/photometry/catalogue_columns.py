"""Columns of a catalogue on screen: what each shows, sorts by and is called."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import format_with_error, true_minus
from spectragui.core.photometry import CATALOGUE_ROLES
from spectragui.core.photometry_result import PHOTOMETRY_FLAG_WORDS, TYPE_NAMES, PhotometryFlag

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable
    from spectragui.gui.session.photometry_state import OpenCatalogue

TYPE_WORDS = dict(enumerate(TYPE_NAMES, start=1))
LEVEL_WORDS = ("inside", "with care", "do not use")
SAMPLED = 1000  # values of a column that say whether it holds whole numbers
Values = NDArray[Any]

_REFERENCE_HEADERS = {"log_mass": "log M", "m_abs_b": "M(B)", "z_lower": "z lower", "z_upper": "z upper"}
#: Predictions on screen: name, its error, header, decimals, meaning.
PREDICTED = (
    ("z", "e_z", "z", 4, "Redshift, with the error of its distribution"),
    ("p_star", "", "P(star)", 3, "Probability that it is a star or a QSO, not a galaxy"),
    ("log_mass", "e_log_mass", "log M", 2, "log10 of the stellar mass in solar masses"),
    ("m_abs_b", "e_m_abs_b", "M(B)", 2, "Absolute B magnitude (AB)"),
)


@dataclasses.dataclass(frozen=True, eq=False)
class CatalogueColumn:
    """One column on screen.

    Attributes
    ----------
    key : str
        Unique.
    header, tip : str
    ordering : callable
        ``ordering()`` returns ``values``.
    text : callable
        ``text(row)`` is shown.
    fields : mapping of str to ndarray
        Columns of the exported file that it shows, for copying.
    is_number : bool
        Right-aligned.
    is_shown : bool
        At first.
    """

    key: str
    header: str
    tip: str
    ordering: Callable[[], Values]
    text: Callable[[int], str]
    fields: Mapping[str, Values]
    is_number: bool = True
    is_shown: bool = True

    @functools.cached_property
    def values(self) -> Values:
        """What orders the rows, shape (n,): made when first asked for; NaN comes last."""
        return self.ordering()


def table_columns(catalogue: OpenCatalogue) -> tuple[CatalogueColumn, ...]:
    """Return the columns of a catalogue, what was predicted first after the name."""
    table = catalogue.table
    reference = _magnitude_column(table, table.band_set.reference_index)
    columns = [_id_column(table), dataclasses.replace(reference, key="reference")]
    if catalogue.result is not None:
        columns += _predicted_columns(catalogue)
    for group in ("reference", "morphology", "flags"):
        columns += [_role_column(name, values) for name, values in getattr(table, group).items()]
    columns += [_magnitude_column(table, band) for band in catalogue.seen_bands]
    return tuple(columns)


def number_text(value: float, decimals: int) -> str:
    """Return a number with a true minus sign; nothing where it is not known."""
    return true_minus(f"{value:.{decimals}f}") if math.isfinite(value) else ""


def magnitude_text(table: PhotometricTable, row: int, band: int) -> str:
    """Return "23.41 ± 0.12"; "> 25.1" where nothing was detected; nothing where it was not observed."""
    magnitude, error = float(table.magnitudes[row, band]), float(table.errors[row, band])
    limit = float(table.limits[row, band])
    if math.isfinite(magnitude):
        return format_with_error(magnitude, error, decimals=3)
    return f"> {limit:.2f}" if math.isfinite(limit) else ""


def verdict_levels(columns: Mapping[str, Values]) -> NDArray[np.int8]:
    """Return 0 = inside, 1 = with care, 2 = do not use, shape (n,)."""
    bad, warn = columns["flag_bad"] != 0, columns["flag_warn"] != 0
    return np.where(bad, 2, np.where(warn, 1, 0)).astype(np.int8)


def verdict_words(warn: int, bad: int) -> str:
    """Return "inside", or what is wrong first in a few words."""
    level = 2 if bad else 1 if warn else 0
    bits = bad or warn
    words = next((text for flag, text in PHOTOMETRY_FLAG_WORDS.items() if flag & PhotometryFlag(bits)), "")
    return f"{LEVEL_WORDS[level]}: {words}" if words else LEVEL_WORDS[level]


def type_text(spectral_type: float) -> str:
    """Return the name of one of the five classes of spectral type, or its number."""
    if not math.isfinite(spectral_type) or spectral_type <= 0:
        return ""
    return TYPE_WORDS.get(round(spectral_type), f"{spectral_type:g}")


def _id_column(table: PhotometricTable) -> CatalogueColumn:
    ids = table.ids

    def text(row: int) -> str:
        return str(ids[row])

    return CatalogueColumn(
        "id", "Object", "Name or number of the object", lambda: ids, text, {"id": ids}, False
    )


def _magnitude_column(table: PhotometricTable, band: int) -> CatalogueColumn:
    name = table.band_set.names[band]
    magnitudes, errors, limits = (
        values[:, band] for values in (table.magnitudes, table.errors, table.limits)
    )
    tip = f"AB magnitude in {name}; > where nothing was detected: the limit of 1 sigma"

    def text(row: int) -> str:
        return magnitude_text(table, row, band)

    fields = {name: magnitudes, f"e_{name}": errors, f"limit_{name}": limits}

    # Ordered by brightness; what was not detected is fainter than all that was.
    def ordering() -> Values:
        return np.where(np.isfinite(magnitudes), magnitudes, limits + np.float32(100.0))

    return CatalogueColumn(name, name, tip, ordering, text, fields)


def _predicted_columns(catalogue: OpenCatalogue) -> list[CatalogueColumn]:
    assert catalogue.result is not None
    found = catalogue.result.columns
    columns: list[CatalogueColumn] = []
    for name, error, header, decimals, tip in PREDICTED:
        if name in found:
            columns.append(_value_column(found, name, error, header, decimals, tip))
        if name == "p_star":
            columns += _type_column(found)
    return [*columns, _verdict_column(found)]


def _value_column(
    found: Mapping[str, Values], name: str, error: str, header: str, decimals: int, tip: str
) -> CatalogueColumn:
    values, errors = found[name], found.get(error)

    def text(row: int) -> str:
        if errors is None:
            return number_text(float(values[row]), decimals)
        return format_with_error(float(values[row]), float(errors[row]), decimals=decimals)

    fields = {name: values} if errors is None else {name: values, error: errors}
    return CatalogueColumn(name, header, tip, lambda: values, text, fields)


def _type_column(found: Mapping[str, Values]) -> list[CatalogueColumn]:
    if "spectral_type" not in found:
        return []
    values = found["spectral_type"]
    tip = "Spectral type, the most probable of E, Sbc, Scd, Irr, SB"
    fields = {"spectral_type": values}
    return [
        CatalogueColumn(
            "spectral_type", "Type", tip, lambda: values, lambda row: type_text(values[row]), fields, False
        )
    ]


def _verdict_column(found: Mapping[str, Values]) -> CatalogueColumn:
    warn, bad = found["flag_warn"], found["flag_bad"]

    def text(row: int) -> str:
        return verdict_words(int(warn[row]), int(bad[row]))

    fields = {"flag_warn": warn, "flag_bad": bad}
    tip = "Whether to believe the numbers"
    return CatalogueColumn("verdict", "Verdict", tip, lambda: verdict_levels(found), text, fields, False)


def _role_column(name: str, values: Values) -> CatalogueColumn:
    role = CATALOGUE_ROLES.get(name)
    is_text = values.dtype.kind in "OSU"
    of_catalogue = role is not None and role.group == "reference"
    unit = f" ({role.unit})" if role is not None and role.unit and name not in _REFERENCE_HEADERS else ""
    header = f"{_REFERENCE_HEADERS.get(name, name)} cat." if of_catalogue else f"{name}{unit}"
    tip = role.description if role is not None else name
    decimals = 0 if not is_text and _are_whole(values) else 4 if name.startswith("z") else 3

    def text(row: int) -> str:
        return str(values[row]) if is_text else number_text(float(values[row]), decimals)

    tip = tip[:1].upper() + tip[1:]
    return CatalogueColumn(f"cat_{name}", header, tip, lambda: values, text, {name: values}, not is_text)


def _are_whole(values: Values) -> bool:
    sample = values[:SAMPLED]
    known = sample[np.isfinite(sample)] if values.dtype.kind == "f" else sample
    return bool(np.all(known == np.round(known)))


def as_tab_separated(columns: list[CatalogueColumn], rows: NDArray[np.int64]) -> str:
    """Return rows as a table of tab-separated plain numbers under the file's column names."""
    fields: dict[str, Values] = {}
    for column in columns:
        for name, values in column.fields.items():
            is_second = name in fields and column.key.startswith(
                "cat_"
            )  # the catalogue's beside a prediction
            fields.setdefault(f"cat_{name}" if is_second else name, values)
    lines = ["\t".join(fields)]
    for row in rows.tolist():
        lines.append("\t".join(_plain(values[row]) for values in fields.values()))
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.7g}" if math.isfinite(value) else ""
    return str(value).replace("\t", " ")
