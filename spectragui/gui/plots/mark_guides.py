"""`MarkGuides`: in the plot itself, faint lines and shades below the marks of the strip above it."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from spectragui.gui.plots.line_marks import LineMarks
from spectragui.gui.theme.theme import Theme, mix


class MarkGuides(pg.GraphicsObject):
    """Faint lines and shades in the plot where the strip above it has named marks and bands."""

    def __init__(self, marks: LineMarks, theme: Theme) -> None:
        super().__init__()
        self._marks, self._theme = marks, theme
        self.setZValue(-90)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: Any, **_kwargs: Any) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: D102
        view, palette = self.viewRect(), self._theme.palette
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        lines: dict[str, list[QLineF]] = {}
        for start, stop, role in self._marks.spans():
            if stop > start:
                shade = mix(getattr(palette, role), palette.surface, 0.90)
                painter.fillRect(QRectF(start, view.top(), stop - start, view.height()), shade)
            else:
                lines.setdefault(role, []).append(QLineF(start, view.top(), start, view.bottom()))
        for role, drawn in lines.items():
            pen = QPen(mix(getattr(palette, role), palette.surface, 0.70))
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(drawn)
