"""The measurements as a Qt table model: value and error together, units in the header."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spectragui.core.labels import format_with_error, true_minus
from spectragui.core.measurements import MEASUREMENT_COLUMNS
from spectragui.core.spectral_axis import FRAME_WORDS
from spectragui.gui.results.table_model import ID_ROLE, SORT_ROLE
from spectragui.gui.session.state import Measurement

Index = QModelIndex | QPersistentModelIndex
Row = Mapping[str, Any]
_NONE = QModelIndex()
METHODS = {"statistics": "statistics", "sum": "sum", "gaussian": "Gaussian", "voigt": "Voigt"}


@dataclasses.dataclass(frozen=True)
class MeasurementColumn:
    """One column on screen: title with unit, meaning, text and what it is sorted by."""

    title: str
    tip: str
    text: Callable[[Row], str]
    sort_key: Callable[[Row], Any]
    is_number: bool = True


def _value(title: str, tip: str, name: str, decimals: int, factor: float = 1.0) -> MeasurementColumn:
    def text(row: Row) -> str:
        error = row.get(f"e_{name}", math.nan)
        return format_with_error(row[name] * factor, error * factor, decimals=decimals)

    return MeasurementColumn(title, tip, text, lambda row: float(row[name]))


def _number(title: str, tip: str, name: str, form: str) -> MeasurementColumn:
    def text(row: Row) -> str:
        return true_minus(form.format(row[name])) if math.isfinite(row[name]) else ""

    return MeasurementColumn(title, tip, text, lambda row: float(row[name]))


def _text(title: str, tip: str, name: str, words: Callable[[Row], str] | None = None) -> MeasurementColumn:
    shown = words or (lambda row: str(row[name]))
    return MeasurementColumn(title, tip, shown, lambda row: str(row[name]).lower(), False)


def _region(row: Row) -> str:
    return f"{row['start']:.2f}\N{EN DASH}{row['stop']:.2f}"


def _axis(row: Row) -> str:
    return f"{row['medium']}, {FRAME_WORDS.get(row['frame'], row['frame'])}"


MEASUREMENT_TABLE: tuple[MeasurementColumn, ...] = (
    _text("Object", "Spectrum that was measured", "object"),
    _text("Line", "Marked line of the star nearest to the centre", "line"),
    _text("Method", "How it was measured", "method", lambda row: METHODS.get(row["method"]) or row["method"]),
    _value("λ (Å)", "Centre of the profile, or centroid, in medium and frame of the spectrum", "centre", 5),
    _value("W (mÅ)", "Equivalent width, positive in absorption", "ew", 2, 1e3),
    _value("FWHM (Å)", "Full width at half depth", "fwhm", 4),
    _value("Depth", "Depth at the centre relative to the continuum; negative in emission", "depth", 4),
    _number("S/N", "Median of flux / error per pixel; without errors from the scatter", "snr", "{:.0f}"),
    _value("Mean", "Mean flux of the region", "mean", 5),
    _number("Profile χ²", "Reduced χ² of the profile, σ the error of the pixels alone", "rchi2", "{:.2f}"),
    _number("Continuum", "Flux of the continuum", "continuum", "{:.5g}"),
    _number("Pixels", "Good pixels in the region", "n_pixels", "{:.0f}"),
    MeasurementColumn("Region (Å)", "From, to", _region, lambda row: float(row["start"])),
    _text("Axis", "Medium and frame of the wavelengths", "medium", _axis),
)  # fmt: skip


class MeasurementsModel(QAbstractTableModel):
    """Rows are measurements, columns `MEASUREMENT_TABLE`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._measurements: tuple[Measurement, ...] = ()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements, in the order in which they came."""
        return self._measurements

    def set_measurements(self, measurements: tuple[Measurement, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self._measurements = measurements
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else len(self._measurements)

    def columnCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else len(MEASUREMENT_TABLE)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802, D102
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(MEASUREMENT_TABLE):
            return None
        column = MEASUREMENT_TABLE[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        return _alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if not index.isValid():
            return None
        item, column = self._measurements[index.row()], MEASUREMENT_TABLE[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(item.row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == SORT_ROLE:
            return column.sort_key(item.row)
        if role == ID_ROLE:
            return item.id
        if role == Qt.ItemDataRole.ToolTipRole and column.title == "Object":
            return str(item.row["file"])
        return None


def _alignment(column: MeasurementColumn) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def as_tab_separated(rows: list[Row]) -> str:
    """Return measurements as a table of tab-separated plain values under the file's column names."""
    names = [column.name for column in MEASUREMENT_COLUMNS]
    lines = ["\t".join(names)]
    lines += ["\t".join(_plain(row[name]) for name in names) for row in rows]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.8g}" if math.isfinite(value) else ""
    return str(value).replace("\t", " ")
