"""The numbers of one prediction: network and fit side by side, verdict, reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from spectragui.core.labels import LABELS, PARAMETER_LABELS, LabelSet, format_with_error
from spectragui.core.results import CHI2_WORDS, format_chi2
from spectragui.core.wording import estimate
from spectragui.gui.forms.verdict_words import as_sentence, set_role, show_verdict
from spectragui.gui.theme.rich_text import write_rich
from spectragui.inference.prediction import Prediction

VELOCITY_FRAMES = {
    "observer": "as observed",
    "unknown": "as observed",
    "rest": "rest frame",
}


SUMMARY_TIP = (
    f"<p>{CHI2_WORDS} At the fit's labels, where there is a fit.</p><p>Coverage: part of the model's window. "
    "S/N: median of flux / σ per pixel in the model's window. R: resolving power, wavelength / FWHM.</p>"
)


def value_text(name: str, labels: LabelSet | None, limits: Mapping[str, float]) -> str:
    """Return what a card says of one label: "5779 ± 41", "< 3.1", or nothing."""
    if labels is None or name not in labels:
        return ""
    if name in limits and labels[name] <= limits[name]:
        return f"< {limits[name]:.1f}"
    return format_with_error(labels[name], labels.error(name), decimals=LABELS[name].decimals)


def summary_text(row: Mapping[str, object], is_power_estimated: bool = False) -> str:
    """Return "Reduced χ² 1.08 · coverage 100 % · S/N 212 · R 115,000", or "R about 15,000"."""
    parts = []
    fit, network = float(row["rchi2_fit"]), float(row["rchi2"])  # type: ignore[arg-type]
    chi2 = fit if math.isfinite(fit) else network
    if math.isfinite(chi2):
        parts.append(f"Reduced χ² {format_chi2(chi2)}")
    for name, form in (
        ("coverage", "coverage {:.0%}"),
        ("snr", "S/N {:.0f}"),
    ):
        value = float(row[name])  # type: ignore[arg-type]
        if math.isfinite(value):
            parts.append(form.format(value).replace("%", " %"))
    power = float(row["resolving_power"])  # type: ignore[arg-type]
    if math.isfinite(power):
        parts.append(f"R about {estimate(power)}" if is_power_estimated else f"R {power:,.0f}")
    return " · ".join(parts)


def velocity_text(row: Mapping[str, object]) -> str:
    """Return the radial velocity with its error, empty where it is not known."""
    return format_with_error(float(row["v_rad"]), float(row["e_v_rad"]), decimals=2)  # type: ignore[arg-type]


def velocity_frame(prediction: Prediction) -> str:
    """Return in which frame the radial velocity of a prediction is."""
    if not math.isfinite(float(prediction.row["v_rad"])):
        return ""
    return VELOCITY_FRAMES.get(prediction.v_rad_frame, prediction.v_rad_frame)


class ParametersCard(QWidget):
    """Card of labels, verdict as a sentence on its tint, reasons and summary under it.

    ``notes``, what was assumed or found out on the way, is a label of its own for the place below.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: dict[tuple[str, str], QLabel] = {}
        self.verdict, self.reasons, self.summary, self.notes = QLabel(), QLabel(), QLabel(), QLabel()
        self.earlier = QLabel("Of an earlier state: the spectrum was changed after this prediction.")
        self.earlier.setProperty("role", "caution")
        self.earlier.setWordWrap(True)
        self.earlier.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._table = self._build_table()
        layout.addWidget(self.earlier)
        layout.addWidget(self._table)
        for label in (self.verdict, self.reasons, self.summary, self.notes):
            label.setWordWrap(True)
        for label in (self.verdict, self.reasons, self.summary):
            layout.addWidget(label)
        for label in (self.reasons, self.summary, self.notes):  # a selectable label loses its padding
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.summary.setToolTip(SUMMARY_TIP)
        for label in (self.summary, self.notes):
            label.setProperty("role", "secondary")
        self.verdict.setAccessibleName("Verdict")
        self.verdict.setProperty("role", "good")  # from the start: a role given later has no padding

    def show_prediction(self, prediction: Prediction) -> None:
        """Show the numbers of a prediction."""
        self._table.setVisible(prediction.network is not None)
        self.earlier.setVisible(prediction.is_of_earlier_state)
        limits = prediction.upper_limits
        best = prediction.fit or prediction.network
        for name in PARAMETER_LABELS:
            for column, labels in (("network", prediction.network), ("fit", prediction.fit)):
                cell = self._cells[name, column]
                cell.setText(value_text(name, labels, limits))
                set_role(cell, "value" if labels is best else "")
                cell.setAccessibleName(
                    f"{LABELS[name].plain_symbol} {column} {cell.text()} {LABELS[name].unit}"
                )
        velocity = (velocity_text(prediction.row), velocity_frame(prediction))
        self._cells["v_rad", "network"].setText(", ".join(text for text in velocity if text))
        for name in ("", *PARAMETER_LABELS):
            self._cells[name, "fit"].setVisible(prediction.fit is not None)
        self._show_verdict(prediction)

    def cell_text(self, name: str, column: str) -> str:
        """Return what stands beside a label in the column "network" or "fit"."""
        return self._cells[name, column].text()

    def _show_verdict(self, prediction: Prediction) -> None:
        verdict = prediction.verdict
        show_verdict(verdict, self.verdict, self.reasons)
        self.summary.setText(summary_text(prediction.row, prediction.is_resolving_power_estimated))
        self.summary.setVisible(bool(self.summary.text()))
        said = {reason.rstrip(".") for reason in verdict.reasons}
        notes = [note for note in prediction.notes if note.rstrip(".") not in said]
        write_rich(self.notes, "\n".join(map(as_sentence, notes)))
        self.notes.setVisible(bool(notes))

    def _build_table(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", "true")
        grid = QGridLayout(card)
        grid.setContentsMargins(12, 10, 12, 10)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, name in ((1, "network"), (2, "fit")):
            title = QLabel(name)
            title.setProperty("role", "secondary")
            grid.addWidget(title, 0, column, right)
            self._cells["", name] = title
        for row, name in enumerate((*PARAMETER_LABELS, "v_rad"), start=1):
            label = LABELS[name]
            title = QLabel(f'{label.symbol} <span style="font-weight:400">{label.unit}</span>')
            title.setProperty("role", "secondary")
            title.setToolTip(f"{label.description} [{label.unit}]")
            grid.addWidget(title, row, 0)
            is_alone = name == "v_rad"  # one value, with its frame, across both columns
            for column, kind in ((1, "network"),) if is_alone else ((1, "network"), (2, "fit")):
                cell = QLabel()
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(cell, row, column, 1, 2 if is_alone else 1, right)
                self._cells[name, kind] = cell
        return card
