"""`Overlays`: short curves drawn over a spectrum (fits, continua), on its scale and offset."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.theme.theme import Theme


@dataclasses.dataclass(frozen=True, eq=False)
class Overlay:
    """One short curve.

    Attributes
    ----------
    key : str
        Of the curve that it is drawn over.
    role : str
        Colour of the theme; a "continuum" is dashed.
    x : ndarray, shape (n,)
        In the displayed unit.
    flux : ndarray, shape (n,)
        In the unit of the spectrum.
    """

    key: str
    role: str
    x: NDArray[np.float64]
    flux: NDArray[np.float64]


class Overlays(pg.GraphicsObject):
    """Draws overlays where the curves are that they belong to."""

    def __init__(self, curves: CurvesItem, theme: Theme) -> None:
        super().__init__()
        self._curves, self._theme = curves, theme
        self._overlays: tuple[Overlay, ...] = ()
        self.setZValue(20)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """What is drawn."""
        return self._overlays

    def set_overlays(self, overlays: tuple[Overlay, ...]) -> None:
        """Draw these."""
        self._overlays = overlays
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: Any, **_kwargs: Any) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: D102
        if not self._overlays:
            return
        view = self.viewRect()
        curves = {curve.key: curve for curve in self._curves.curves}
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for overlay in self._overlays:
            outside = overlay.x[-1] < view.left() or overlay.x[0] > view.right()
            if overlay.key not in curves or outside:
                continue
            pen = QPen(self._theme.color(overlay.role), 1.0)
            pen.setCosmetic(True)
            if overlay.role == "continuum":
                pen.setDashPattern([4.0, 3.0])
            painter.setPen(pen)
            painter.drawPath(
                arrayToQPath(overlay.x, curves[overlay.key].on_screen(overlay.flux), connect="finite")
            )
