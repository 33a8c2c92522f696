"""`FitCard`: what a fit of labels gave: values with errors, reduced chi2, correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from spectragui.core.labels import LABELS, format_with_error, true_minus
from spectragui.core.results import CHI2_WORDS, format_chi2
from spectragui.gui.session.generate_state import EMULATOR, MODEL_WORDS

if TYPE_CHECKING:
    from spectragui.inference.generate.fit_labels import LabelFit


class FitCard(QFrame):
    """Labels with errors in two columns; their correlations fold out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._texts: dict[str, str] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(6)
        self._values = QGridLayout()
        self._values.setHorizontalSpacing(12)
        self._values.setVerticalSpacing(3)
        self._values.setColumnStretch(1, 1)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setProperty("role", "secondary")
        self.summary.setToolTip(f"<p>{CHI2_WORDS}</p>")
        self.more = QToolButton()
        self.more.setText("Correlations")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.toggled.connect(self._on_more_toggled)
        self.matrix = QLabel()
        self.matrix.setTextFormat(Qt.TextFormat.RichText)
        self.matrix.hide()
        layout.addLayout(self._values)
        layout.addWidget(self.summary)
        layout.addWidget(self.more)
        layout.addWidget(self.matrix)
        self.hide()

    def show_fit(self, fit: LabelFit) -> None:
        """Show a `spectragui.inference.generate.fit_labels.LabelFit`."""
        while self._values.count():
            item = self._values.takeAt(0)
            if item is not None and item.widget() is not None:
                item.widget().deleteLater()
        self._texts = {}
        for row, name in enumerate(fit.names):
            label = LABELS[name]
            text = self._texts[name] = format_with_error(
                fit.labels[name], fit.labels.error(name), decimals=label.decimals
            )
            for column, (words, role) in enumerate(
                ((label.symbol, "secondary"), (text, "value"), (label.unit, "secondary"))
            ):
                cell = QLabel(words)
                cell.setProperty("role", role)
                if column == 1:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                    cell.setAccessibleName(f"{label.plain_symbol} {words} {label.unit}")
                self._values.addWidget(cell, row, column)
        quality = f"Reduced χ² {format_chi2(fit.rchi2)} with the {MODEL_WORDS[EMULATOR]}."
        said = dict.fromkeys((*fit.verdict.reasons, *fit.messages))
        self.summary.setText(" ".join([quality, f"{fit.verdict.sentence}.", *said]))
        self.matrix.setText(correlation_table(fit.names, np.asarray(fit.covariance)))
        self.more.setVisible(len(fit.names) > 1)

    def value_text(self, name: str) -> str:
        """Return what stands beside a label."""
        return self._texts.get(name, "")

    def _on_more_toggled(self, is_open: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.matrix.setVisible(is_open)


def correlation_table(names: tuple[str, ...], covariance: np.ndarray) -> str:
    """Return the lower triangle of the correlation matrix as a small HTML table."""
    sigma = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlation = covariance / np.outer(sigma, sigma)
    rows = []
    for i, name in enumerate(names[1:], start=1):
        cells = "".join(
            f"<td align='right'>&nbsp;{true_minus(f'{correlation[i, j]:.2f}')}</td>" for j in range(i)
        )
        rows.append(f"<tr><td>{LABELS[name].symbol}</td>{cells}</tr>")
    head = "".join(f"<td align='right'>&nbsp;{LABELS[name].symbol}</td>" for name in names[:-1])
    return f"<table cellspacing='0' cellpadding='1'>{''.join(rows)}<tr><td></td>{head}</tr></table>"
