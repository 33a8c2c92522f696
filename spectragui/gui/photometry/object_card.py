"""`ObjectCard`: what the models say of one object, beside what its catalogue says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from spectragui.core.labels import format_with_error
from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.forms.verdict_words import SYMBOLS, set_role
from spectragui.gui.photometry.catalogue_columns import (
    PREDICTED,
    TYPE_WORDS,
    magnitude_text,
    number_text,
    type_text,
    verdict_levels,
)
from spectragui.gui.theme.theme import Theme

if TYPE_CHECKING:
    from spectragui.gui.session.photometry_state import OpenCatalogue

_LEVELS = ("good", "caution", "bad")
_REFERENCES = {
    "z": "z",
    "p_star": "star",
    "log_mass": "log_mass",
    "m_abs_b": "m_abs_b",
    "spectral_type": "type",
}
_ROWS = (*PREDICTED, ("spectral_type", "", "Type", 0, "Most probable of E, Sbc, Scd, Irr, SB"))
PLOT_HEIGHT = 170
LEAST_SECOND = 0.03  # probability of a second peak that is named
INSIDE = "Nothing speaks against these numbers."
Floats = NDArray[np.floating]


class ObjectCard(QWidget):
    """Predictions with errors, the catalogue's values, the distribution of the redshift, the verdict.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from spectragui.gui.photometry.redshift_pdf_plot import RedshiftPdfPlot

        self._cells: dict[tuple[str, str], QLabel] = {}
        self.title, self.subtitle = ElidedLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.subtitle.setProperty("role", "secondary")
        self.subtitle.setWordWrap(True)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setAccessibleName("Verdict on the object")
        self.verdict.setProperty("role", "good")
        self.reasons, self.second = QLabel(), QLabel()
        for label in (self.reasons, self.second):
            label.setWordWrap(True)
        self.reasons.setAccessibleName("Further reasons")
        self.second.setProperty("role", "secondary")
        self.second.setAccessibleName("Second peak")
        self.pdf = RedshiftPdfPlot(theme)
        self.pdf.setFixedHeight(PLOT_HEIGHT)
        self._table = self._build_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (
            self.title,
            self.subtitle,
            self._table,
            self.verdict,
            self.reasons,
            self.pdf,
            self.second,
        ):
            layout.addWidget(part)

    def show_object(self, catalogue: OpenCatalogue, row: int) -> None:
        """Show one object of a catalogue by its place in the file."""
        table = catalogue.table
        self.title.set_full_text(str(table.ids[row]))
        band = table.band_set.reference_index
        is_seen = np.isfinite(table.magnitudes[row]) & np.isfinite(table.errors[row])  # of this row alone
        seen, n_bands = int(is_seen.sum()), int((is_seen | np.isfinite(table.limits[row])).sum())
        magnitude = magnitude_text(table, row, band) or "not observed"
        self.subtitle.setText(
            f"{table.band_set.reference} {magnitude} · {seen} of {n_bands} observed bands detected"
        )
        is_predicted = catalogue.result is not None
        self._table.setVisible(is_predicted or any(name in table.reference for name in _REFERENCES.values()))
        for name, _error, _header, decimals, _tip in _ROWS:
            self._cells[name, "predicted"].setText(_predicted_text(catalogue, name, row))
            self._cells[name, "catalogue"].setText(_catalogue_text(catalogue, name, decimals, row))
        for part in (self.verdict, self.pdf):
            part.setVisible(is_predicted)
        for part in (self.reasons, self.second):
            part.hide()
        if is_predicted:
            self._show_words(catalogue, row)
            self.pdf.show_pdf(None, None, (math.nan, math.nan), ())

    def cell_text(self, name: str, column: str) -> str:
        """Return what stands beside a name in the column "predicted" or "catalogue"."""
        return self._cells[name, column].text()

    def show_pdf(self, catalogue: OpenCatalogue, row: int, pdf: tuple[Floats, Floats]) -> None:
        """Show the distribution of the redshift of the object that is shown, its second peak named."""
        assert catalogue.result is not None
        found, reference = catalogue.result.columns, catalogue.table.reference
        interval = (float(found["z_lower"][row]), float(found["z_upper"][row]))
        peak, known = float(found["z"][row]), math.nan
        if "z" in reference:
            known = float(reference["z"][row])
        second = second_peak(catalogue, row)
        words = f"second: {second[0]:.3f} ({100 * second[1]:.0f} %)" if second is not None else ""
        marks = (
            (peak, f"z = {peak:.3f}"),
            (math.nan if second is None else second[0], words),
            (known, f"catalogue {known:.3f}"),
        )
        self.pdf.show_pdf(*pdf, interval, marks)

    def _show_words(self, catalogue: OpenCatalogue, row: int) -> None:
        assert catalogue.result is not None
        found = {name: catalogue.result.columns[name][row : row + 1] for name in ("flag_warn", "flag_bad")}
        level = _LEVELS[int(verdict_levels(found)[0])]
        sentences = catalogue.result.words(row) or (INSIDE,)
        self.verdict.setText(f"{SYMBOLS[level]}  {sentences[0]}")
        set_role(self.verdict, level)
        self.reasons.setText("\n".join(f"• {sentence}" for sentence in sentences[1:]))
        self.reasons.setVisible(len(sentences) > 1)
        second = second_peak(catalogue, row)
        says_so = any("second redshift" in sentence.casefold() for sentence in sentences)
        self.second.setVisible(second is not None and not says_so)
        if second is not None:
            weight = f"{100 * second[1]:.0f} %"
            self.second.setText(f"Second peak of the redshift: z = {second[0]:.3f} ({weight}).")

    def _build_table(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", "true")
        grid = QGridLayout(card)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, name in ((1, "predicted"), (2, "catalogue")):
            title = QLabel(name)
            title.setProperty("role", "secondary")
            grid.addWidget(title, 0, column, right)
        for number, (name, _error, header, _decimals, tip) in enumerate(_ROWS, start=1):
            title = QLabel(header)
            title.setProperty("role", "secondary")
            title.setToolTip(tip)
            grid.addWidget(title, number, 0)
            for column, kind in ((1, "predicted"), (2, "catalogue")):
                cell = QLabel()
                cell.setAccessibleName(f"{header}, {kind}")
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if kind == "predicted":
                    cell.setProperty("role", "value")
                grid.addWidget(cell, number, column, right)
                self._cells[name, kind] = cell
        return card


def _predicted_text(catalogue: OpenCatalogue, name: str, row: int) -> str:
    if catalogue.result is None or name not in catalogue.result.columns:
        return ""
    found = catalogue.result.columns
    value = float(found[name][row])
    if name == "spectral_type":
        words = type_text(value)
        place = f"p_type_{round(value)}" if words else ""
        return f"{words} ({100 * float(found[place][row]):.0f} %)" if place in found else words
    error, decimals = next((e, d) for n, e, _, d, _ in PREDICTED if n == name)
    if not error:
        return number_text(value, decimals)
    return format_with_error(value, float(found[error][row]), decimals=decimals)


def _catalogue_text(catalogue: OpenCatalogue, name: str, decimals: int, row: int) -> str:
    reference = catalogue.table.reference
    role = _REFERENCES[name]
    if role not in reference:
        return ""
    value = float(reference[role][row])
    if role == "star":
        return "" if not math.isfinite(value) else "star" if value > 0.5 else "galaxy"
    if role == "type":
        is_between = math.isfinite(value) and value > 0 and value not in TYPE_WORDS
        return number_text(value, 1) if is_between else type_text(value)  # a star's type is 0: none
    return number_text(value, decimals)


def second_peak(catalogue: OpenCatalogue, row: int) -> tuple[float, float] | None:
    """Return redshift and probability of a second peak worth naming; None = there is none."""
    assert catalogue.result is not None
    found = catalogue.result.columns
    z, weight = float(found["z_second"][row]), float(found["p_second"][row])
    return (z, weight) if math.isfinite(z) and weight >= LEAST_SECOND else None
