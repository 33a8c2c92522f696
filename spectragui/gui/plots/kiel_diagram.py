"""Kiel diagram: the results in effective temperature and surface gravity, linked with the table."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from spectragui.core.labels import format_with_error
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.session.state import AppState, Result
from spectragui.gui.theme.theme import Theme

POINT_SIZE, SELECTED_SIZE = 7, 11
DEFAULT_TEFF, DEFAULT_LOGG = (3700.0, 7200.0), (0.3, 5.2)


@dataclasses.dataclass(frozen=True)
class KielPoint:
    """One star of the diagram: the fit's labels where there are any, else the network's."""

    result_id: str
    name: str
    teff: float
    logg: float
    e_teff: float
    e_logg: float
    is_bad: bool
    is_of_earlier_state: bool = False


def kiel_point(result: Result, name: str) -> KielPoint | None:
    """Return the point of a result, None if it has no temperature or gravity."""
    row = result.prediction.row
    suffix = "_fit" if math.isfinite(float(row["teff_fit"])) else ""
    teff, logg = float(row[f"teff{suffix}"]), float(row[f"logg{suffix}"])
    if not (math.isfinite(teff) and math.isfinite(logg)):
        return None
    errors = float(row[f"e_teff{suffix}"]), float(row[f"e_logg{suffix}"])
    return KielPoint(result.id, name, teff, logg, *errors, bool(row["flag_bad"]), result.is_of_earlier_state)


def kiel_points(state: AppState) -> list[KielPoint]:
    """Return the points of all results."""
    points = []
    for result in state.results:
        item = state.spectrum(result.spectrum_id)
        name = item.name if item else str(result.prediction.row["object"] or result.prediction.row["file"])
        point = kiel_point(result, name)
        if point is not None:
            points.append(point)
    return points


class KielDiagram(StyledPlot):
    """Effective temperature (hot on the left) against surface gravity (giants at the top).

    Signals
    -------
    point_clicked : str
        Id of the result whose point was clicked.
    """

    point_clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._points: list[KielPoint] = []
        self._selected_id = ""
        self._scatter: pg.ScatterPlotItem | None = None
        self._range_rectangle: QGraphicsRectItem | None = None
        super().__init__(theme, None, parent)
        self.setAccessibleName("Kiel diagram")
        box = self.getViewBox()
        box.invertX(True)
        box.invertY(True)
        box.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "T<sub>eff</sub> (K)")
        self.set_axis_label("left", "log g (dex)")
        self.getAxis("left").setWidth(48)
        self._range_rectangle = QGraphicsRectItem()
        self.addItem(self._range_rectangle, ignoreBounds=True)
        self._errors = pg.ErrorBarItem(beam=0)
        self.addItem(self._errors, ignoreBounds=True)
        self._scatter = pg.ScatterPlotItem(hoverable=True, tip=self._tip, hoverSize=SELECTED_SIZE)
        self._scatter.sigClicked.connect(self._on_scatter_clicked)
        self.addItem(self._scatter, ignoreBounds=True)
        self.apply_theme()
        self._show_all()

    def set_points(self, points: Sequence[KielPoint], selected_id: str) -> None:
        """Show these stars; the selected one with its errors."""
        self._points, self._selected_id = list(points), selected_id
        self._redraw()
        self._show_all()

    def set_trained_range(self, teff: tuple[float, float] | None, logg: tuple[float, float] | None) -> None:
        """Outline what a model was trained on; None = nothing."""
        rectangle = QRectF()
        if teff is not None and logg is not None:
            rectangle = QRectF(teff[0], logg[0], teff[1] - teff[0], logg[1] - logg[0])
        if self._range_rectangle is not None:
            self._range_rectangle.setRect(rectangle)
        self._show_all()

    @property
    def points(self) -> list[KielPoint]:
        """The stars that are shown."""
        return self._points

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        if self._range_rectangle is not None:
            pen = QPen(self.theme.color("secondary"), 1.0, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            self._range_rectangle.setPen(pen)
        self._redraw()

    def _redraw(self) -> None:
        if self._scatter is None:
            return
        ordered = sorted(self._points, key=lambda point: point.result_id == self._selected_id)
        spots = [self._spot(point) for point in ordered]
        self._scatter.setData(spots)
        chosen = [point for point in self._points if point.result_id == self._selected_id]
        pen = pg.mkPen(self.theme.color("generated"))
        self._errors.setData(
            x=np.array([p.teff for p in chosen]),
            y=np.array([p.logg for p in chosen]),
            width=np.array([_twice(p.e_teff) for p in chosen]),
            height=np.array([_twice(p.e_logg) for p in chosen]),
            pen=pen,
        )

    def _spot(self, point: KielPoint) -> dict[str, object]:
        is_selected = point.result_id == self._selected_id
        fill = self.theme.color("generated" if is_selected else "residual")
        hollow = self.theme.color("surface")
        return {
            "pos": (point.teff, point.logg),
            "data": point,
            "size": SELECTED_SIZE if is_selected else POINT_SIZE,
            "brush": pg.mkBrush(hollow if point.is_bad else fill),
            "pen": pg.mkPen(fill if point.is_bad else hollow),
        }

    def _show_all(self) -> None:
        teff, logg = list(DEFAULT_TEFF), list(DEFAULT_LOGG)
        for point in self._points:
            teff = [min(teff[0], point.teff - 200), max(teff[1], point.teff + 200)]
            logg = [min(logg[0], point.logg - 0.2), max(logg[1], point.logg + 0.2)]
        self.getViewBox().setRange(xRange=teff, yRange=logg, padding=0.0)

    def _tip(self, x: float, y: float, data: KielPoint) -> str:
        teff = format_with_error(data.teff, data.e_teff, decimals=0)
        earlier = "\nof an earlier state of the spectrum" if data.is_of_earlier_state else ""
        return f"{data.name}\n{teff} K, log g {format_with_error(data.logg, data.e_logg)}{earlier}"

    def _on_scatter_clicked(self, _scatter: object, spots: Sequence[pg.SpotItem], _event: object) -> None:
        if len(spots):
            self.point_clicked.emit(spots[0].data().result_id)


def _twice(error: float) -> float:
    return 2.0 * error if math.isfinite(error) else 0.0
