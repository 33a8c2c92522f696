"""Tools that show what becomes of a line that the network does not expect: inject one, deepen one."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.analysis.line_injection import LineInjection
from spectragui.core.labels import format_with_error, true_minus
from spectragui.gui.denoise.denoising import INJECT
from spectragui.gui.denoise.proof_card import change_text
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.session.denoise_state import Denoising
from spectragui.inference.denoise.line_trial import LineDeepening, LineTrial, SisterLine
from spectragui.inference.denoise.strong_lines import line_label


class LineTools(QWidget):
    """Forms of both tools, and what the network made of the line.

    Signals
    -------
    tried : LineInjection or LineDeepening
    forgotten
        The spectrum is to be shown without the line again.
    """

    tried = Signal(object)
    forgotten = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds, self.lines = QComboBox(), QComboBox()
        self.kinds.addItems(["Inject a line", "Deepen a line"])
        self.kinds.setAccessibleName("What to try")
        self.kinds.setToolTip("Put a line into the noisy spectrum, or deepen one, and denoise it again")
        self.lines.setAccessibleName("Line to deepen")
        self.lines.setToolTip("A strong line of the denoised spectrum")
        self.injection = ParameterForm(LineInjection(), is_narrow=True)
        self.deepening = ParameterForm(LineDeepening(), leave_out=("line",), is_narrow=True)
        self.try_button, self.forget_button = QPushButton("Try"), QPushButton("Remove")
        self.try_button.setToolTip("Denoise the spectrum with this line; the spectrum itself stays as it is")
        self.forget_button.setToolTip("Show the spectrum without the line again")
        self.found, self.sisters = QLabel(), QLabel()
        self.found.setAccessibleName("What became of the line")
        self.sisters.setAccessibleName("Other lines")
        for label in (self.found, self.sisters):
            label.setWordWrap(True)
        self._build()
        self.kinds.currentIndexChanged.connect(self._show_form)
        self.try_button.clicked.connect(lambda: self.tried.emit(self.change))
        self.forget_button.clicked.connect(self.forgotten)

    @property
    def change(self) -> LineInjection | LineDeepening:
        """What the forms say."""
        if self.kinds.currentIndex() == INJECT:
            return self.injection.values
        values = self.deepening.values
        return LineDeepening(self.lines.currentText(), values.factor, values.half_width)

    def show_denoising(self, denoising: Denoising | None) -> None:
        """Offer the lines of a denoised spectrum, and show what became of the one that was tried."""
        labels = [] if denoising is None else [line_label(line) for line in denoising.denoised.lines]
        if labels != [self.lines.itemText(i) for i in range(self.lines.count())]:
            chosen = self.lines.currentText()
            self.lines.clear()
            self.lines.addItems(labels)
            self.lines.setCurrentIndex(max(self.lines.findText(chosen), 0) if labels else -1)
        trial = None if denoising is None else denoising.trial
        self.forget_button.setVisible(trial is not None)
        self.found.setVisible(trial is not None)
        self.sisters.setVisible(trial is not None)
        if trial is not None:
            self.found.setText(trial_words(trial))
            self.sisters.setText(sister_words(trial))

    def offer_wavelength(self, wavelength_aa: float) -> None:
        """Propose a place for the injected line, as long as nobody chose one."""
        if self.injection.values == LineInjection():
            self.injection.set_values(LineInjection(round(wavelength_aa)))

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.try_button, 1)
        buttons.addWidget(self.forget_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.kinds)
        for form in (self.injection, self.lines, self.deepening):
            layout.addWidget(form)
        layout.addLayout(buttons)
        layout.addWidget(self.found)
        layout.addWidget(self.sisters)
        self._show_form(INJECT)

    def _show_form(self, kind: int) -> None:
        self.injection.setVisible(kind == INJECT)
        for part in (self.lines, self.deepening):
            part.setVisible(kind != INJECT)


def trial_words(trial: LineTrial) -> str:
    """Return what the network made of a line, in sentences."""
    shown = format_with_error(trial.ew_shown, trial.e_ew_shown)
    part = f" ({true_minus(f'{100 * trial.part:.0f}')} %)" if math.isfinite(trial.part) else ""
    words = trial.words[:1].upper() + trial.words[1:]
    told = (
        "the panel shades it: the residual holds it."
        if trial.is_flagged
        else f"not flagged: it is a matter of {trial.significance:.1f} σ of the noise."
    )
    made = true_minus(f"{trial.ew_made:.2f}")
    return f"{words}: {made} Å more. The denoised spectrum shows {shown} Å{part} of it; {told}"


def sister_words(trial: LineTrial) -> str:
    """Return how far other lines moved, those of the same species first."""
    sisters = [line for line in trial.lines if line.is_sister]
    others = [line for line in trial.lines if line.has_moved and not line.is_sister]
    parts = []
    if sisters:
        parts.append(f"Sister lines, not touched: {', '.join(map(_moved_text, sisters))}.")
    if others:
        parts.append(f"Others that moved by more than 2 σ: {', '.join(map(_moved_text, others))}.")
    elif trial.lines and not any(line.has_moved for line in sisters):
        parts.append("No other strong line moved by more than 2 σ.")
    return " ".join(parts)


def _moved_text(line: SisterLine) -> str:
    """Return "Ca II T3 8665 +4.2 σ (moved)" or "Ca II T1 8500 +0.3 σ"."""
    return f"{line_label(line)} {change_text(line.change_sigma)}" + (" (moved)" if line.has_moved else "")
