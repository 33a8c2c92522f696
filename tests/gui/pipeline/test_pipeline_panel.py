"""Pipeline and Orders by real widgets: choose, switch, drag, edit, undo, fail, keep."""

from __future__ import annotations

import dataclasses
import gc
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from spectragui.core.package_data import bundled_examples
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.files.opening import open_files
from spectragui.gui.pipeline import edits
from spectragui.gui.pipeline.shown import shown_chain, shown_result, shown_run, shown_step, step_states
from spectragui.gui.session.state import OpenSpectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.smooth import Smooth
from spectragui.preprocessing.stages.trim import Trim
from tests.gui.conftest import make_echelle, make_spectrum, settle

LEFT = Qt.MouseButton.LeftButton


def wait_idle(qtbot, window, timeout_s=60):
    qtbot.waitUntil(lambda: not window.session.tasks.active_jobs, timeout=1000 * timeout_s)


def add(session, spectrum):
    item = OpenSpectrum(session.new_id("spectrum"), ("star.fits",), len(session.state.spectra), spectrum)
    session.update(spectra=(*session.state.spectra, item), selected_id=item.id)
    return item


@pytest.fixture
def pipeline(window, qtbot):
    """Return the panel of a window with one spectrum and a chain of two stages."""
    add(window.session, make_spectrum())
    window.show_panel("Pipeline")
    panel = window.panel("Pipeline")
    assert panel.strip.isHidden()
    edits.set_chain(window.session, Chain.of(Trim(), Smooth()), "Use")
    wait_idle(qtbot, window)
    return panel


def titles(session):
    return [step.stage.title for step in shown_chain(session.state).steps]


def states(session):
    return step_states(shown_chain(session.state), shown_run(session.state))


def drag(qtbot, slider, fractions):
    """Press the slider's handle and move it through parts of its width."""
    width, middle = slider.width(), slider.height() // 2
    qtbot.mousePress(slider, LEFT, pos=QPoint(int(fractions[0] * width), middle))
    for fraction in fractions[1:]:
        qtbot.mouseMove(slider, QPoint(int(fraction * width), middle))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(int(fractions[-1] * width), middle))


def test_the_empty_place_fills_itself(window, qtbot):
    open_files(window.session, [bundled_examples()[0].path])
    wait_idle(qtbot, window)
    window.show_panel("Pipeline")
    panel = window.panel("Pipeline")
    assert "no chain" in panel.empty.title
    qtbot.mouseClick(panel.empty.button, LEFT)
    wait_idle(qtbot, window)
    assert set(states(window.session)) <= {"ok", "off"}
    assert panel.plot.isVisible() and panel.strip.isVisible()
    assert window.session.undo_text.startswith("Use ")
    window.trigger("edit.undo")
    assert shown_chain(window.session.state) is None and not panel.plot.isVisible()


def test_chips_choose_switch_and_remove(pipeline, window, qtbot):
    session, chips = window.session, pipeline.strip.chips
    assert [chip.name.text() for chip in chips] == ["Trim", Smooth.title]
    qtbot.mouseClick(chips[0].name, LEFT)
    assert shown_step(session.state) == 0
    assert chips[0].name.accessibleName() == "Trim, done"
    qtbot.keyClick(chips[0].name, Qt.Key.Key_Space)
    wait_idle(qtbot, window)
    assert states(session) == ("off", "ok") and not chips[0].box.isChecked()
    qtbot.keyClick(chips[0].name, Qt.Key.Key_Right)
    assert shown_step(session.state) == 1 and window.focusWidget() is chips[1].name
    qtbot.keyClick(chips[1].name, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert titles(session) == [Smooth.title, "Trim"]
    qtbot.keyClick(pipeline.strip.chips[0].name, Qt.Key.Key_Delete)
    assert titles(session) == ["Trim"]
    for expected in ([Smooth.title, "Trim"], ["Trim", Smooth.title]):
        window.trigger("edit.undo")
        assert titles(session) == expected
    wait_idle(qtbot, window)


def test_a_chip_is_dragged_to_another_place(pipeline, window, qtbot):
    first, second = pipeline.strip.chips
    start, target = (
        first.rect().center(),
        first.mapFromGlobal(second.mapToGlobal(second.rect().bottomRight())),
    )
    qtbot.mousePress(first, LEFT, pos=start)
    for part in (0.3, 0.7, 1.0):
        qtbot.mouseMove(first, start + (target - start) * part + QPoint(10, 0))
    qtbot.mouseRelease(first, LEFT, pos=target + QPoint(10, 0))
    assert titles(window.session) == [Smooth.title, "Trim"]
    assert window.session.undo_text == "Move Trim"
    wait_idle(qtbot, window)


def test_the_menu_adds_any_stage(pipeline, window, qtbot):
    menu = pipeline.strip.menu
    menu.aboutToShow.emit()
    entries = [entry for entry in menu.actions() if not entry.isSeparator()]
    assert len(entries) >= 10 and all(len(entry.toolTip()) > 20 for entry in entries)
    next(entry for entry in entries if entry.text() == "Trim").trigger()
    wait_idle(qtbot, window)
    assert titles(window.session) == ["Trim", Smooth.title, "Trim"] and shown_step(window.session.state) == 2


class Painted(QObject):
    """What was painted, by the names of classes."""

    def __init__(self):
        super().__init__()
        self.names = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.names.append(type(watched).__name__)
        return False


def test_a_slider_paints_its_form_and_plots_and_nothing_else(pipeline, window, qtbot):
    """Else each move paints the page, its tabs and the toolbar again, which costs more than the curves."""
    settle()
    _, slider = slider_of(window)
    slider.setValue(slider.value() + 40)  # the first gesture can be undone from now on: the toolbar says so
    wait_idle(qtbot, window)
    settle()
    painted = Painted()
    QApplication.instance().installEventFilter(painted)
    try:
        slider.setValue(slider.value() + 40)
        wait_idle(qtbot, window)
        settle()
    finally:
        QApplication.instance().removeEventFilter(painted)
    assert {"ValueSlider", "NumberBox"} <= set(painted.names)
    assert not {"QToolBar", "QTabBar", "PlotBar", "StageStrip", "OverviewBar"} & set(painted.names)


def test_a_drag_of_a_slider_is_one_entry_and_the_plot_follows(pipeline, window, qtbot):
    session = window.session
    before = shown_chain(session.state).steps[1].stage
    name, slider = slider_of(window)
    shown = pipeline.plot.after.curves[0]
    drag(qtbot, slider, [0.3, 0.4, 0.5, 0.6])
    wait_idle(qtbot, window)
    after = shown_chain(session.state).steps[1].stage
    assert getattr(after, name) != getattr(before, name)
    assert pipeline.plot.after.curves[0] is not shown
    assert shown_run(session.state).chain == shown_chain(session.state)
    assert session.undo_text.startswith("Change ")
    window.trigger("edit.undo")
    assert shown_chain(session.state).steps[1].stage == before
    assert window.panel("Pipeline controls").form.values == before
    assert not session.undo_text.startswith("Change ")
    wait_idle(qtbot, window)


def slider_of(window):
    """Return name and slider of the first number with two limits in the form."""
    form = window.panel("Pipeline controls").form
    for name, editor in form.editors.items():
        slider = getattr(editor.control, "slider", None)
        if slider is not None:
            return name, slider
    raise AssertionError("the stage has no slider")


def test_esc_takes_the_edit_back(pipeline, window, qtbot):
    session = window.session
    before, text = shown_chain(session.state), session.undo_text
    _, slider = slider_of(window)
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert shown_chain(session.state) != before
    qtbot.keyClick(slider, Qt.Key.Key_Escape)
    assert shown_chain(session.state) == before and session.undo_text == text
    wait_idle(qtbot, window)


def test_a_failing_stage_says_so_on_its_form_and_what_is_before_it_stays(pipeline, window, qtbot):
    session = window.session
    chain = Chain.of(Smooth(), Trim(low_aa=9000.0), Smooth())
    edits.set_chain(session, chain, "Use", step_id=chain.steps[1].id)
    wait_idle(qtbot, window)
    assert states(session) == ("ok", "failed", "not run")
    controls = window.panel("Pipeline controls")
    assert controls.error.isVisible() and "Nothing is left" in controls.error.text()
    assert not controls.keep_button.isEnabled()
    assert "failed" in pipeline.strip.chips[1].name.accessibleName()
    assert pipeline.plot.view.result is None and len(pipeline.plot.view.before) == 400
    assert window.bars.isHidden()
    edits.choose_step(session, 0)
    assert not controls.error.isVisible() and pipeline.plot.view.result is not None
    edits.choose_step(session, 1)
    edits.change_stage(session, 1, Trim(low_aa=5001.0), "from")
    wait_idle(qtbot, window)
    assert states(session) == ("ok", "ok", "ok") and not controls.error.isVisible()


def test_only_the_changed_tail_runs_again(pipeline, window, qtbot):
    session = window.session
    first = shown_run(session.state).results[0]
    edits.change_stage(session, 1, dataclasses.replace(Smooth(), **odd_change()), "width")
    wait_idle(qtbot, window)
    assert shown_run(session.state).results[0] is first


def odd_change():
    """Return some other value of a parameter of `Smooth`."""
    from spectragui.core.parameters import parameter_infos

    for name, info in parameter_infos(Smooth).items():
        value = getattr(Smooth(), name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and info.maximum is not None:
            return {name: type(value)(value + (info.step or 1))}
    raise AssertionError


def test_ranges_are_drawn_dragged_and_typed(window, qtbot):
    from spectragui.preprocessing.stages.mask_ranges import MaskRanges

    session = window.session
    add(session, make_spectrum())
    window.show_panel("Pipeline")
    edits.set_chain(session, Chain.of(MaskRanges()), "Use")
    wait_idle(qtbot, window)
    plot = window.panel("Pipeline").plot
    plot.box.region_dragged.emit(5002.0, 5004.0, True)
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.ranges == ((5002.0, 5004.0),)
    assert shown_result(session.state).spectrum.mask.sum() == pytest.approx(41, abs=1)
    handle = plot.ranges.items[0]
    handle.setRegion((5002.0, 5006.0))
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.ranges == ((5002.0, 5006.0),)
    editor = window.panel("Pipeline controls").form.editors["ranges"].control
    assert editor.text() == "5002–5006"
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "5010-5012, 5001 - 5003")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    wait_idle(qtbot, window)
    assert set(plot.ranges.ranges) == {(5010.0, 5012.0), (5001.0, 5003.0)}
    editor.selectAll()
    qtbot.keyClicks(editor, "nonsense")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    complaint = window.panel("Pipeline controls").form._complaints["ranges"]
    assert complaint.isVisible() and "nonsense" in complaint.text()
    plot.ranges._remove(plot.ranges.items[0])
    wait_idle(qtbot, window)
    assert len(shown_chain(session.state).steps[0].stage.ranges) == 1


def test_continuum_points_are_added_dragged_and_removed(window, qtbot):
    from spectragui.preprocessing.stages.continuum import Continuum

    session = window.session
    add(session, make_spectrum())
    window.show_panel("Pipeline")
    edits.set_chain(session, Chain.of(Continuum()), "Use")
    wait_idle(qtbot, window)
    plot = window.panel("Pipeline").plot
    automatic = shown_result(session.state).curves[0]
    plot.box.point_requested.emit(5004.0, 1.3)
    wait_idle(qtbot, window)
    stage = shown_chain(session.state).steps[0].stage
    assert stage.method == "points" and (5004.0, 1.3) in stage.points and len(stage.points) >= 8
    others = np.array([point for point in stage.points if point[0] != 5004.0])
    expected = np.interp(others[:, 0], automatic.wavelength_aa, automatic.values)
    np.testing.assert_allclose(others[:, 1], expected)  # they begin on the curve that was found
    last = len(plot.points.items) - 1
    plot.points.items[last].setPos(5019.0, 1.1)
    wait_idle(qtbot, window)
    assert (5019.0, pytest.approx(1.1)) in shown_chain(session.state).steps[0].stage.points
    continuum = next(c for c in shown_result(session.state).curves if c.role == "continuum")
    assert np.interp(5019.0, continuum.wavelength_aa, continuum.values) == pytest.approx(1.1, rel=0.01)
    plot.points._remove(plot.points.items[0])
    wait_idle(qtbot, window)
    assert len(shown_chain(session.state).steps[0].stage.points) == len(stage.points) - 1


def test_an_edit_of_the_spectrum_or_another_selection_drops_the_old_result(pipeline, window, qtbot):
    session = window.session
    first = session.state.selected
    second = add(session, make_spectrum(300, 6000.0))
    assert shown_run(session.state) is None and not pipeline.plot.isVisible()
    edits.set_chain(session, Chain.of(Trim()), "Use")
    wait_idle(qtbot, window)
    assert shown_run(session.state).source is second.spectrum
    session.update(selected_id=first.id)
    assert len(shown_chain(session.state)) == 2 and shown_run(session.state).source is first.spectrum
    changed = first.replace(spectrum=make_spectrum(200))
    session.update(spectra=(changed, second))
    assert shown_run(session.state) is None
    wait_idle(qtbot, window)
    assert shown_run(session.state).source is changed.spectrum


def test_stopped_runs_say_so_and_run_again(pipeline, window, qtbot, monkeypatch):
    session = window.session

    def slowly(self, order, index):
        time.sleep(0.3)
        return original(self, order, index)

    original = Trim.run_order
    monkeypatch.setattr(Trim, "run_order", slowly)
    chain = Chain.of(Trim(edge_pixels=1), Trim(edge_pixels=2), Trim(edge_pixels=3))
    edits.set_chain(session, chain, "Use")
    qtbot.waitUntil(lambda: bool(session.tasks.active_jobs), timeout=60_000)
    session.tasks.cancel_all()
    wait_idle(qtbot, window)
    assert "failed" in states(session)
    controls = window.panel("Pipeline controls")
    edits.choose_step(session, states(session).index("failed"))
    assert controls.again.isVisible() and "Stopped" in controls.error.text()
    monkeypatch.setattr(Trim, "run_order", original)
    qtbot.mouseClick(controls.again, LEFT)
    wait_idle(qtbot, window)
    assert states(session) == ("ok", "ok", "ok")


def test_moving_a_slider_for_seconds_never_stalls_the_window(window, qtbot):
    open_files(window.session, [bundled_examples()[1].path])
    wait_idle(qtbot, window)
    window.show_panel("Pipeline")
    edits.use_suggested(window.session)
    wait_idle(qtbot, window)
    _, slider = slider_of(window)
    work, last = [], [time.thread_time()]
    timer = QTimer(interval=10)

    def tick():
        now = time.thread_time()
        work.append(1e3 * (now - last[0]))
        last[0] = now

    timer.timeout.connect(tick)
    settle()
    gc.collect()  # what earlier tests left is not searched meanwhile
    last[0] = time.thread_time()
    timer.start()
    stop, values = time.perf_counter() + 2.0, 0
    while time.perf_counter() < stop:
        slider.setValue(500 + 37 * values % 900)
        values += 1
        qtbot.wait(8)
    timer.stop()
    wait_idle(qtbot, window)
    state = window.session.state
    assert shown_run(state).chain == shown_chain(state)
    # Of this thread's own time between two ticks: the machine may be busy.
    assert max(work) < 100.0, sorted(work)[-5:]


def test_orders_are_isolated_stepped_left_out_and_cut(window, qtbot):
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    session = window.session
    add(session, make_echelle(5))
    window.show_panel("Orders")
    panel = window.panel("Orders")
    assert panel.plot.isVisible()  # the orders need no chain
    edits.set_chain(session, Chain.of(Stitch()), "Use")
    wait_idle(qtbot, window)
    plot = panel.plot
    assert plot.stitched.curves and plot.weights.curves and plot.residual.curves_item.curves
    trace = plot._traces[2]
    plot.box.clicked.emit(float(trace.x[50]), 1.0)
    assert plot.isolated == 2 and "order" in panel.bar.note
    assert [t.number for c in plot.curves for t in c.traces] == [2]
    window.trigger("view.next")
    assert plot.isolated == 3
    plot.box.clicked.emit(0.0, 0.0)
    assert plot.isolated is None
    plot._current = 1
    window.trigger("pipeline.leave_out")
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.excluded == (1,)
    window.trigger("edit.undo")
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.excluded == ()
    order, line = next(iter(plot.cuts.items.items()))
    low, high = line.bounds()
    plot.cut_moved.emit(order, 0.3 * low + 0.7 * high, True)
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.cuts == (
        (float(order), pytest.approx(0.3 * low + 0.7 * high, abs=1e-3)),
    )
    cut = next(r for r in shown_result(session.state).regions if r.kind == "cut" and r.order == order)
    assert cut.low_aa == pytest.approx(0.3 * low + 0.7 * high, abs=0.2)


def test_orders_say_what_belongs_there(window, qtbot):
    session = window.session
    echelle = add(session, make_echelle(3))
    window.show_panel("Orders")
    single = add(session, make_spectrum())
    panel = window.panel("Orders")
    assert single.name in panel.empty.title
    qtbot.mouseClick(panel.empty.button, LEFT)
    assert session.state.selected_id == echelle.id and panel.plot.isVisible()
    session.update(spectra=(single,), selected_id=single.id)
    assert session.state.active_panel == "View"


def test_keep_export_and_command_line(pipeline, window, qtbot, tmp_path, monkeypatch):
    from PySide6.QtWidgets import QFileDialog

    from spectragui.io.read import read_spectrum
    from spectragui.preprocessing.chain_files import read_chain

    session = window.session
    output = shown_run(session.state).spectrum
    path = tmp_path / "out.fits"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
    window.trigger("pipeline.export")
    wait_idle(qtbot, window)
    again = read_spectrum(path)
    np.testing.assert_array_equal(again.flux, output.flux)
    toml = tmp_path / "mine.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(toml), ""))
    window.trigger("pipeline.command")
    assert read_chain(toml) == shown_chain(session.state)
    words = QApplication.clipboard().text().split()
    assert words[:3] == ["spectragui", "preprocess", "star.fits"] and str(toml) in words
    window.trigger("pipeline.keep")
    kept = session.state.selected
    assert kept.name == "HD 1, processed" and kept.spectrum.meta["chain_hash"]
    np.testing.assert_array_equal(kept.spectrum.flux, output.flux)
    assert len(kept.spectrum.meta["history"]) == 2
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(toml), ""))
    window.trigger("pipeline.open")
    wait_idle(qtbot, window)
    assert titles(session) == ["Trim", Smooth.title]


def screen_place(plot, x, y):
    """Return where a point of a plot's axes is in its viewport."""
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))


def mouse_drag(qtbot, plot, start, stop, button=LEFT, modifier=Qt.KeyboardModifier.NoModifier):
    viewport = plot.viewport()
    qtbot.mouseMove(viewport, start)  # what is under the pointer takes the drag
    settle()
    qtbot.mousePress(viewport, button, modifier, start)
    for part in (0.2, 0.5, 0.8, 1.0):
        place = start + (stop - start) * part
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(viewport.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            button,
            modifier,
        )
        QApplication.sendEvent(viewport, move)
        settle()
    qtbot.mouseRelease(viewport, button, modifier, stop)


def test_the_mouse_marks_ranges_and_draws_the_continuum(window, qtbot):
    from spectragui.preprocessing.stages.continuum import Continuum
    from spectragui.preprocessing.stages.mask_ranges import MaskRanges

    session = window.session
    add(session, make_spectrum())
    window.show_panel("Pipeline")
    edits.set_chain(session, Chain.of(MaskRanges(), Continuum()), "Use")
    edits.choose_step(session, 0)
    wait_idle(qtbot, window)
    plot = window.panel("Pipeline").plot
    shift = Qt.KeyboardModifier.ShiftModifier
    start, stop = (screen_place(plot.plot, x, 0.9) for x in (5003.0, 5006.0))
    mouse_drag(qtbot, plot.plot, start, stop, modifier=shift)
    wait_idle(qtbot, window)
    ((low, high),) = shown_chain(session.state).steps[0].stage.ranges
    assert (low, high) == (pytest.approx(5003.0, abs=0.1), pytest.approx(5006.0, abs=0.1))
    settle()
    edge, target = (screen_place(plot.plot, x, 0.9) for x in (high, 5008.0))
    mouse_drag(qtbot, plot.plot, edge, target)
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.ranges[0][1] == pytest.approx(5008.0, abs=0.15)
    qtbot.mouseClick(
        plot.plot.viewport(), Qt.MouseButton.RightButton, pos=screen_place(plot.plot, 5005.0, 0.9)
    )
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.ranges == ()
    edits.choose_step(session, 1)
    wait_idle(qtbot, window)
    place = screen_place(plot.plot, 5010.0, 1.0)
    qtbot.mouseMove(plot.plot.viewport(), place)
    settle()
    qtbot.mouseClick(plot.plot.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(plot.plot.viewport(), LEFT, pos=place)
    qtbot.mouseRelease(plot.plot.viewport(), LEFT, pos=place)
    wait_idle(qtbot, window)
    stage = shown_chain(session.state).steps[1].stage
    assert stage.method == "points" and any(abs(x - 5010.0) < 0.1 for x, _ in stage.points)
    x, y = stage.points[-2]
    mouse_drag(qtbot, plot.plot, screen_place(plot.plot, x, y), screen_place(plot.plot, x, y - 0.1))
    wait_idle(qtbot, window)
    moved = shown_chain(session.state).steps[1].stage.points[-2]
    assert moved[1] == pytest.approx(y - 0.1, abs=0.02)
    window.trigger("edit.undo")
    assert shown_chain(session.state).steps[1].stage == stage  # the whole drag
    wait_idle(qtbot, window)


def test_the_mouse_isolates_orders_and_drags_cuts(window, qtbot):
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    session = window.session
    add(session, make_echelle(5))
    window.show_panel("Orders")
    edits.set_chain(session, Chain.of(Stitch()), "Use")
    wait_idle(qtbot, window)
    plot = window.panel("Orders").plot
    order, line = sorted(plot.cuts.items.items())[1]
    low, high = line.bounds()
    target = 0.25 * low + 0.75 * high
    start, stop = screen_place(plot.plot, line.value(), 0.8), screen_place(plot.plot, target, 0.8)
    mouse_drag(qtbot, plot.plot, start, stop)
    wait_idle(qtbot, window)
    ((number, wavelength),) = shown_chain(session.state).steps[0].stage.cuts
    assert number == order and wavelength == pytest.approx(target, abs=0.1)
    assert session.undo_text == "Change cuts by hand"
    place = screen_place(plot.plot, 5002.0, 1.0)
    qtbot.mouseClick(plot.plot.viewport(), LEFT, pos=place)
    assert plot.isolated == 0
    settle()
    qtbot.mouseClick(plot.plot.viewport(), LEFT, pos=plot.plot.viewport().rect().center())
    assert plot.isolated is None
    qtbot.mouseMove(plot.plot.viewport(), screen_place(plot.plot, 5002.0, 1.0))
    qtbot.waitUntil(lambda: plot.current == 0, timeout=2000)
    assert window.panel("Orders").bar.note.startswith("order")
    window.trigger("pipeline.leave_out")
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage.excluded == (0,)


def test_a_chain_serves_all_open_spectra(pipeline, window, qtbot):
    session = window.session
    other = add(session, make_spectrum(300, 6000.0))
    session.update(selected_id=session.state.spectra[0].id)
    wait_idle(qtbot, window)
    window.trigger("pipeline.for_all")
    session.update(selected_id=other.id)
    wait_idle(qtbot, window)
    assert titles(session) == ["Trim", Smooth.title] and states(session) == ("ok", "ok")
    assert shown_run(session.state).source is other.spectrum


def test_a_result_that_is_not_there_is_said(window, qtbot, tmp_path, monkeypatch):
    from PySide6.QtWidgets import QFileDialog

    session = window.session
    add(session, make_spectrum())
    edits.set_chain(session, Chain.of(Trim(low_aa=9000.0)), "Use")  # in View: nothing runs
    window.trigger("pipeline.keep")
    assert session.state.active_panel == "Pipeline" and len(session.state.spectra) == 1
    assert "still to run" in session.notifications.messages[-1].text
    wait_idle(qtbot, window)
    window.trigger("pipeline.keep")
    assert "Trim failed" in session.notifications.messages[-1].text
    path = tmp_path / "bad.toml"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
    for text, complaint in (
        ("[[step]]\nstage = 'nonsense'", "no stage 'nonsense'"),
        ("[[step]", "not a TOML file"),
        ("[[step]]\nstage = 'trim'\nlow_aa = 'x'", "low_aa cannot be"),
    ):
        path.write_text(text)
        window.trigger("pipeline.open")
        assert complaint in session.notifications.messages[-1].text
        assert titles(session) == ["Trim"]


def test_a_long_run_shows_its_progress_in_the_place_of_the_button(pipeline, window, qtbot, monkeypatch):
    def slowly(self, order, index):
        time.sleep(0.4)
        return original(self, order, index)

    original = Trim.run_order
    monkeypatch.setattr(Trim, "run_order", slowly)
    controls = window.panel("Pipeline controls")
    place = controls.card.y()
    edits.set_chain(window.session, Chain.of(Trim(edge_pixels=1), Trim(edge_pixels=2)), "Use")
    qtbot.waitUntil(lambda: controls._running.isVisible(), timeout=5000)
    assert not controls.keep_button.isVisible() and controls.progress_text.full_text.startswith("Trim")
    qtbot.waitUntil(lambda: controls.keep_button.isVisible(), timeout=5000)
    settle()
    assert not controls._running.isVisible() and controls.keep_button.isEnabled()
    assert controls.card.y() == place


def odd_spectra():
    flux = 1.0 + np.random.default_rng(0).normal(0.0, 0.01, 400)
    wavelength = np.linspace(5000.0, 5100.0, 400)

    def make(values, axis=wavelength, **about):
        return Spectrum(SpectralAxis(axis, **about), values)

    nothing, infinite = np.full(400, np.nan), np.where(np.arange(400) % 7 == 0, np.inf, flux)
    return {
        "all NaN": make(nothing),
        "infinite": make(infinite),
        "constant": make(np.ones(400)),
        "negative": make(-flux),
        "two pixels": make(flux[:2], wavelength[:2]),
        "wavenumbers": make(flux, 1e8 / wavelength[::-1], unit="cm-1"),
        "pixels": make(flux, np.arange(400.0), unit="pixel"),
        "an order of NaN": EchelleSpectrum(
            (make(flux), make(nothing, wavelength + 90), make(flux, wavelength + 180))
        ),
        "the same order twice": EchelleSpectrum((make(flux), make(flux))),
    }


@pytest.mark.parametrize("name", odd_spectra())
def test_odd_spectra_fail_in_words_or_not_at_all(window, qtbot, name):
    session = window.session
    add(session, odd_spectra()[name])
    window.show_panel("Pipeline")
    edits.use_suggested(session)
    wait_idle(qtbot, window)
    chain = shown_chain(session.state)
    for index in range(len(chain)):
        edits.choose_step(session, index)
    window.show_panel("Orders")
    wait_idle(qtbot, window)
    assert not [m for m in session.notifications.messages if m.severity == "failure"]
    run = shown_run(session.state)
    assert run.error is None or run.error.hint
    assert window.grab().width() == 1280


def test_many_plots_fit_into_a_small_window(window, qtbot):
    from spectragui.preprocessing.stages.stitch_orders import Stitch
    from tests.gui.predictions import make_prediction

    session = window.session
    item = add(session, make_echelle(5))
    from spectragui.gui.session.state import Result

    session.update(results=(Result("r0", item.id, make_prediction("HD 2")),))
    edits.set_chain(session, Chain.of(Stitch()), "Use")
    for name in ("Pipeline", "Orders", "View"):
        window.show_panel(name)
        wait_idle(qtbot, window)
        settle()
        assert (window.width(), window.height()) == (1280, 720), name


def test_choosing_a_stage_moves_no_chip_and_no_tab(pipeline, window, qtbot):
    strip = window.panel("Pipeline").strip

    def places():
        QApplication.processEvents()
        tabs = window.tabs.tabBar()
        chips = [chip.geometry().getRect() for chip in strip.chips]
        return chips, [tabs.tabRect(i).getRect() for i in range(tabs.count())]

    before = places()
    for index in range(len(strip.chips)):
        qtbot.mouseClick(strip.chips[index].name, Qt.MouseButton.LeftButton)
        assert places()[0] == before[0]
    window.session.update(active_panel="View")
    assert places()[1] == before[1]
