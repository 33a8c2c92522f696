"""The line under the pointer stays under the pointer when the view moves beneath it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from tests.gui.conftest import make_spectrum


@pytest.fixture
def plot(qtbot, theme, monkeypatch):
    class NoButtonDown:  # Qt remembers a button that another test never let go
        mouseButtons = staticmethod(lambda: Qt.MouseButton.NoButton)  # noqa: N815

    monkeypatch.setattr("spectragui.gui.plots.plot_cursor.QGuiApplication", NoButtonDown)
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.set_spectra([PlotSpectrum("a", make_spectrum(), "star")])
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def test_the_reading_is_of_what_has_come_under_a_resting_pointer(qtbot, plot):
    box, said = plot.box, []
    plot.cursor_moved.connect(said.append)
    middle = box.sceneBoundingRect().center()
    plot.plot.scene().sigMouseMoved.emit(middle)
    qtbot.waitUntil(lambda: bool(said))
    plot.set_x_range(5010.0, 5014.0)
    qtbot.waitUntil(lambda: said[-1].startswith("5012.0"))
    assert plot.pointer.x == pytest.approx(5012.0, abs=0.02)


def test_nothing_is_read_where_the_pointer_is_not_over_the_data(qtbot, plot):
    said = []
    plot.plot.scene().sigMouseMoved.emit(plot.box.sceneBoundingRect().center())
    qtbot.waitUntil(lambda: plot.pointer.x is not None)
    plot.plot.scene().sigMouseMoved.emit(QPointF(1.0, 1.0))
    qtbot.waitUntil(lambda: plot.pointer.x is None)
    plot.cursor_moved.connect(said.append)
    plot.set_x_range(5010.0, 5014.0)
    plot.pointer.update()
    assert said == [""]
