"""Confusion of classes: star or galaxy with the ROC below, and spectral types."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from spectragui.gui.photometry.binned_plots import RocPlot
from spectragui.gui.photometry.comparisons import Comparison
from spectragui.gui.photometry.confusion_matrix import ConfusionMatrix
from spectragui.gui.theme.theme import Theme


class StarsPlot(QWidget):
    """Confusion matrix of stars and galaxies over the ROC of P(star)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.matrix, self.roc = ConfusionMatrix(theme), RocPlot(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.matrix)
        layout.addWidget(self.roc, 1)

    def show_comparison(self, comparison: Comparison, row: int) -> None:
        """Show both."""
        self.matrix.show_confusion(comparison.confusion, comparison.classes)
        self.roc.show_comparison(comparison, row)


class TypesPlot(QWidget):
    """Confusion matrix of spectral types."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "flat")
        self.matrix = ConfusionMatrix(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.matrix)
        layout.addStretch(1)

    def show_comparison(self, comparison: Comparison, _row: int) -> None:
        """Show the matrix."""
        self.matrix.show_confusion(comparison.confusion, comparison.classes)
