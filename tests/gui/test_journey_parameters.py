"""Journey 1 and 4 through real widgets: drop a HARPS file, see it, predict, read the row, export it."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QTableView

from spectragui.core.results import RESULT_COLUMNS
from tests.gui.conftest import drop

GAP_LIMIT_MS = 100.0
IMPORT_GAP_LIMIT_MS = 300.0  # the one import of torch


@pytest.fixture
def sun(shared_data: Path) -> Path:
    return shared_data / "stars" / "harps_sun_ganymede.fits"


def wait_idle(qtbot, window, timeout_s=90):
    qtbot.waitUntil(lambda: not window.session.tasks.active_jobs, timeout=1000 * timeout_s)


def inked_fraction(widget, colour) -> float:
    """Return the part of a widget's pixels that are drawn in a colour."""
    picture = widget.grab().toImage()
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1, 4)
    wanted = np.array([colour.blue(), colour.green(), colour.red()])
    return float(np.mean(np.all(np.abs(pixels[..., :3].astype(int) - wanted) < 12, axis=-1)))


def click_tab(qtbot, window, name):
    bar = window.tabs.tabBar()
    index = next(i for i in range(bar.count()) if bar.tabText(i) == name)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())


def shown_row(table: QTableView) -> dict[str, str]:
    model = table.model()
    orientation = Qt.Orientation.Horizontal
    return {
        str(model.headerData(column, orientation)): str(model.index(0, column).data() or "")
        for column in range(model.columnCount())
    }


def export_as(qtbot, window, monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_kwargs: (str(path), ""))
    window.trigger("file.export")
    wait_idle(qtbot, window)


def is_same(first, second):
    if isinstance(first, float) and isinstance(second, float):
        return first == second or (math.isnan(first) and math.isnan(second))
    return first == second


def test_harps_file_dropped_predicted_and_exported(window, qtbot, sun, tmp_path, monkeypatch):
    session = window.session
    assert drop(window, [sun])
    wait_idle(qtbot, window)
    view = window.panel("View")
    assert view.isVisible()
    assert inked_fraction(view, session.theme.color("observed")) > 0.05
    axis = session.state.selected.spectrum.spectral_axis
    assert (axis.medium, axis.frame) == ("air", "rest")

    click_tab(qtbot, window, "Parameters")
    controls = window.panel("Parameters controls")
    assert controls.isVisible()
    qtbot.mouseClick(controls.predict_button, Qt.MouseButton.LeftButton)
    assert session.tasks.active_jobs
    wait_idle(qtbot, window)
    qtbot.waitUntil(
        lambda: inked_fraction(window.panel("Parameters"), session.theme.color("generated")) > 0.005
    )
    assert window.bars.isHidden()

    prediction = session.state.results[0].prediction
    assert abs(prediction.row["teff"] - 5772) < 150
    table = window.panel("Results").table
    row = shown_row(table)
    assert any("\N{PLUS-MINUS SIGN}" in text for text in row.values())
    assert any(text.startswith(f"{prediction.row['teff']:.0f}"[:3]) for text in row.values())

    for suffix in (".ecsv", ".fits"):
        path = tmp_path / f"results{suffix}"
        export_as(qtbot, window, monkeypatch, path)
        check_table(path, prediction.row)
    picture = tmp_path / "journey.png"
    assert window.grab().save(str(picture))


def check_table(path, row):
    """The table read back is the row that is in the window, with units and descriptions."""
    from astropy.table import Table

    from spectragui.io.tables.tables import read_results

    again = read_results(path)
    assert len(again) == 1
    assert {name for name in row if not is_same(row[name], again[0][name])} == set()
    table = Table.read(path)
    for column in RESULT_COLUMNS:
        unit = table[column.name].unit
        known = "" if path.suffix == ".fits" and column.unit == "dex" else column.unit
        assert ("" if unit is None else unit.to_string()) in (known, known.replace("km/s", "km / s"))


def test_window_stays_alive_during_a_prediction(window, qtbot, sun):
    """The longest gap of a 10 ms timer in the GUI thread, with the model loaded."""
    drop(window, [sun])
    wait_idle(qtbot, window)
    window.trigger("spectrum.predict")  # imports torch and loads the model
    wait_idle(qtbot, window)
    gaps, last = [], [time.thread_time()]

    def tick():
        now = time.thread_time()
        gaps.append(1000 * (now - last[0]))
        last[0] = now

    timer = QTimer()
    timer.setInterval(10)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    window.trigger("spectrum.predict")
    wait_idle(qtbot, window)
    timer.stop()
    print(f"longest gap {max(gaps):.0f} ms of {len(gaps)}")
    # Of this thread's own time: the machine may be busy. The figure itself is taken by `make bench`.
    assert np.percentile(gaps, 99) < 3 * GAP_LIMIT_MS


def test_cancelled_prediction_leaves_everything_as_it_was(window, qtbot, sun):
    drop(window, [sun])
    wait_idle(qtbot, window)
    before = window.session.state.results
    window.trigger("spectrum.predict")
    window.trigger("spectrum.stop")
    wait_idle(qtbot, window)
    assert window.session.state.results is before
    assert window.bars.isHidden()


def test_correction_marks_the_result_and_undo_unmarks_it(window, qtbot, sun):
    from spectragui.analysis.axis_conversion import Correction, corrected
    from spectragui.gui.spectra.correcting import replace_item

    session = window.session
    drop(window, [sun])
    wait_idle(qtbot, window)
    window.trigger("spectrum.predict")
    wait_idle(qtbot, window)
    item = session.state.selected
    assert len(session.state.results) == 1
    changed = corrected(item.spectrum, Correction(medium="vacuum"))
    replace_item(session, item.replace(spectrum=changed), "Correct the Sun")
    (result,) = session.state.results
    assert result.is_of_earlier_state
    assert result.prediction.comparison is not None
    window.trigger("edit.undo")
    (result,) = session.state.results
    assert not result.is_of_earlier_state
