"""`ConfusionMatrix`: numbers of objects by the catalogue's class and the predicted one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from spectragui.analysis.photometry_statistics import Confusion
from spectragui.gui.theme.theme import Theme

ROW_HEIGHT = 34
HEAD_HEIGHT = 40
SIDE_WIDTH = 96
STRONGEST = 150  # alpha of a cell that holds all of its row


class ConfusionMatrix(QWidget):
    """Table of counts, each with its part of the row; the fuller a cell, the darker."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: Confusion | None = None
        self._classes: tuple[str, ...] = ()
        self.setAccessibleName("Confusion matrix")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_confusion(self, found: Confusion | None, classes: tuple[str, ...]) -> None:
        """Show how often each class was taken for each."""
        self._found, self._classes = found, classes
        self.setFixedHeight(HEAD_HEIGHT + ROW_HEIGHT * max(len(classes), 1) + 4)
        self.setAccessibleDescription("; ".join(self.sentences()))
        self.update()

    def sentences(self) -> list[str]:
        """Return the cells in words: "star taken for galaxy: 12 (3 %)"."""
        if self._found is None:
            return []
        said = []
        for row, true in enumerate(self._classes):
            for column, predicted in enumerate(self._classes):
                said.append(f"{true} taken for {predicted}: {self._cell_text(row, column)}")
        return said

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        if self._found is None:
            return
        n = len(self._classes)
        width = (self.width() - SIDE_WIDTH - 12) / max(n, 1)
        centre = Qt.AlignmentFlag.AlignCenter
        painter.setPen(self._theme.color("secondary"))
        painter.drawText(0, 2, self.width(), 18, centre, "predicted")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, name in enumerate(self._classes):
            left, top = round(SIDE_WIDTH + number * width), HEAD_HEIGHT + number * ROW_HEIGHT
            painter.drawText(left, 18, round(width), HEAD_HEIGHT - 20, centre, name)
            painter.drawText(0, top, SIDE_WIDTH - 10, ROW_HEIGHT, right, f"{name} (cat.)")
        for row in range(n):
            for column in range(n):
                self._paint_cell(painter, row, column, width)

    def _paint_cell(self, painter: QPainter, row: int, column: int, width: float) -> None:
        left, top = round(SIDE_WIDTH + column * width), HEAD_HEIGHT + row * ROW_HEIGHT
        role = self._theme.color("denoised" if row == column else "generated")
        alpha = round(STRONGEST * self._part(row, column))
        rect = (left + 1, top + 1, round(width) - 2, ROW_HEIGHT - 2)
        painter.fillRect(*rect, QColor(role.red(), role.green(), role.blue(), alpha))
        painter.setPen(self._theme.color("border"))
        painter.drawRect(*rect)
        painter.setPen(self._theme.color("text"))
        text = painter.fontMetrics().elidedText(
            self._cell_text(row, column), Qt.TextElideMode.ElideRight, rect[2] - 4
        )
        painter.drawText(*rect, Qt.AlignmentFlag.AlignCenter, text)

    def _part(self, row: int, column: int) -> float:
        assert self._found is not None
        total = int(self._found.counts[row].sum())
        return float(self._found.counts[row, column]) / total if total else 0.0

    def _cell_text(self, row: int, column: int) -> str:
        assert self._found is not None
        return f"{int(self._found.counts[row, column]):,} ({100 * self._part(row, column):.1f} %)"
