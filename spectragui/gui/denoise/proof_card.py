"""The proof beside a denoised spectrum: verdict, S/N, whiteness, lines that changed, doubtful regions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui.core.labels import format_with_error, true_minus
from spectragui.core.wording import as_shown
from spectragui.gui.forms.verdict_words import set_role, show_verdict
from spectragui.gui.session.denoise_state import Denoising
from spectragui.inference.denoise.denoising_result import Denoised, LineChange, Region

LINES_SHOWN, REGIONS_SHOWN = 6, 5
LARGE_CHANGE = 3.0  # sigma of an equivalent width: said in the caution's colour, with a mark
EARLIER = "Of an earlier state: the spectrum was changed after this denoising. Denoise again."
SNR_TIP = (
    "<p>Signal-to-noise ratio per pixel. Before: median of flux / σ of the data. After: median of flux / σ "
    "of the denoised flux, σ by the network; that error is common to many pixels, so averaging them "
    "lowers it little.</p>"
)
LINES_TIP = (
    "<p>Equivalent widths of the strong lines in the data and in the denoised spectrum, over the same "
    "pixels, and their difference over its error. The lines that changed most come first.</p>"
)


class DenoiseCard(QWidget):
    """Numbers of one denoising.

    Signals
    -------
    place_clicked : float, float
        From where to where the user wants to look [Angstrom].
    """

    place_clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.earlier, self.verdict, self.reasons = _wrapped("caution"), _wrapped("good"), _wrapped()
        self.earlier.setText(EARLIER)
        self.verdict.setAccessibleName("Verdict")
        self.snr, self.whiteness, self.notes = QLabel(), _wrapped(), _wrapped("secondary")
        self.snr.setProperty("role", "value")
        self.snr.setToolTip(SNR_TIP)
        self.whiteness.setAccessibleName("Whiteness of the residual")
        self.lines, self.regions = QGridLayout(), QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.earlier, self.verdict, self.reasons, self._facts(), self._regions(), self.notes):
            layout.addWidget(widget)

    def show_denoising(self, denoising: Denoising, is_earlier: bool) -> None:
        """Show the numbers of a denoising."""
        found = denoising.denoised
        self.earlier.setVisible(is_earlier)
        show_verdict(found.verdict, self.verdict, self.reasons)
        self.snr.setText(snr_text(found))
        self.snr.setAccessibleName(f"S/N {self.snr.text()}")
        self.whiteness.setText(as_shown(found.whiteness_words))
        self._show_lines(found.lines)
        self._show_regions(found.regions)
        self.notes.setText(as_shown("\n".join(found.notes)))
        self.notes.setVisible(bool(found.notes))

    @property
    def line_texts(self) -> list[str]:
        """What stands in the rows of the lines, for tests and screen readers."""
        labels = [self.lines.itemAt(i).widget() for i in range(self.lines.count())]
        return [label.text() for label in labels if isinstance(label, QLabel)]

    @property
    def region_buttons(self) -> list[QPushButton]:
        """The rows of the regions."""
        return self._regions_box.findChildren(QPushButton)

    def _facts(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", "true")
        box = QVBoxLayout(card)
        box.setContentsMargins(12, 10, 12, 10)
        box.setSpacing(8)
        top = QGridLayout()
        title = QLabel("S/N")
        title.setProperty("role", "secondary")
        title.setToolTip(SNR_TIP)
        top.addWidget(title, 0, 0)
        top.addWidget(self.snr, 0, 1, Qt.AlignmentFlag.AlignRight)
        box.addLayout(top)
        box.addWidget(self.whiteness)
        self._lines_box = QWidget()
        self._lines_box.setToolTip(LINES_TIP)
        self.lines = QGridLayout(self._lines_box)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setHorizontalSpacing(10)
        self.lines.setVerticalSpacing(4)
        self.lines.setColumnStretch(0, 1)
        box.addWidget(self._lines_box)
        return card

    def _regions(self) -> QWidget:
        self._regions_box = QWidget()
        self.regions = QVBoxLayout(self._regions_box)
        self.regions.setContentsMargins(0, 0, 0, 0)
        self.regions.setSpacing(2)
        return self._regions_box

    def _show_lines(self, lines: Sequence[LineChange]) -> None:
        _clear(self.lines)
        self._lines_box.setVisible(bool(lines))
        for column, title in enumerate(("Line", "EW (Å)", "change")):
            self.lines.addWidget(_cell(title, "secondary", is_text=column == 0), 0, column)
        ordered = sorted(lines, key=lambda line: -_size(line.change_sigma))
        for row, line in enumerate(ordered[:LINES_SHOWN], start=1):
            is_large = _size(line.change_sigma) > LARGE_CHANGE
            texts = (
                f"{line.name} {line.wavelength:.0f}",
                true_minus(f"{line.ew_noisy:.2f}") + " → " + true_minus(f"{line.ew_denoised:.2f}"),
                change_text(line.change_sigma) + (" !" if is_large else ""),
            )
            for column, text in enumerate(texts):
                role = "complaint" if is_large and column == 2 else ""
                cell = _cell(text, role, is_text=column == 0)
                cell.setToolTip(line_tip(line))
                self.lines.addWidget(cell, row, column)

    def _show_regions(self, regions: Sequence[Region]) -> None:
        _clear(self.regions)
        self._regions_box.setVisible(bool(regions))
        ordered = sorted(regions, key=lambda region: -region.chi2)
        for region in ordered[:REGIONS_SHOWN]:
            self.regions.addWidget(self._region_button(region))
        if len(regions) > REGIONS_SHOWN:
            self.regions.addWidget(
                _cell(f"and {len(regions) - REGIONS_SHOWN} more regions", "secondary", True)
            )

    def _region_button(self, region: Region) -> QPushButton:
        start, stop = f"{region.start_aa:.0f}", f"{region.stop_aa:.0f}"
        limits = start if start == stop else f"{start}–{stop}"
        button = QPushButton(f"{region.kind} {limits} Å, χ² {region.chi2:.1f}")
        button.setProperty("flat", "true")
        button.setToolTip(as_shown(f"{region.words} Click to look at it."))
        button.setAccessibleName(f"Go to the region {button.text()}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        span = 3.0 * (region.stop_aa - region.start_aa) + 10.0
        button.clicked.connect(lambda: self.place_clicked.emit(region.start_aa - span, region.stop_aa + span))
        return button


def snr_text(found: Denoised) -> str:
    """Return "8.4 → 61"."""
    return f"{_snr(found.snr_before)} → {_snr(found.snr_after)}"


def change_text(change_sigma: float) -> str:
    """Return "+1.2 σ"; a dash where nothing is known."""
    return f"{true_minus(f'{change_sigma:+.1f}')} σ" if math.isfinite(change_sigma) else "—"


def line_tip(line: LineChange) -> str:
    """Return the equivalent widths of a line with their errors, for a tooltip."""
    noisy = format_with_error(line.ew_noisy, line.e_ew_noisy)
    denoised = format_with_error(line.ew_denoised, line.e_ew_denoised)
    return f"{line.name} {line.wavelength:.2f} Å (vacuum): {noisy} Å in the data, {denoised} Å denoised"


def _snr(value: float) -> str:
    if not math.isfinite(value):
        return "?"
    return true_minus(f"{value:.1f}" if abs(value) < 20 else f"{value:.0f}")


def _size(change_sigma: float) -> float:
    return abs(change_sigma) if math.isfinite(change_sigma) else -1.0


def _wrapped(role: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def _cell(text: str, role: str, is_text: bool) -> QLabel:
    label = QLabel(text)
    if role:
        set_role(label, role)
    side = Qt.AlignmentFlag.AlignLeft if is_text else Qt.AlignmentFlag.AlignRight
    label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return label


def _clear(layout: QGridLayout | QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
