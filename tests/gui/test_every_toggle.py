"""Every action that is on or off changes exactly its own state; keys and steps do what they say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtGui import QKeySequence

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.actions import ACTIONS
from spectragui.gui.plots.plot_panel import LOGARITHMIC, Y_FOLLOWS
from spectragui.gui.session.state import OpenSpectrum
from tests.gui.conftest import make_spectrum, settle
from tests.gui.every_control import difference

ONE_OF_SEVERAL = ("view.theme.", "measure.", "view.mask", "view.unmask")  # switching one on switches one off


def open_two(window):
    spectra = [make_spectrum().with_meta(object=f"star {i}") for i in range(2)]
    items = tuple(OpenSpectrum(f"s{i}", (f"{i}.fits",), 0, one) for i, one in enumerate(spectra))
    window.session.update(spectra=items, selected_id="s0")
    window.show_panel("View")
    settle()


def checked(state):
    return {action.name for action in ACTIONS if action.is_checked is not None and action.is_checked(state)}


def test_every_toggle_changes_its_own_state_and_takes_it_back(window):
    open_two(window)
    session, panel = window.session, window.panel("View")
    for action in ACTIONS:
        if action.is_checked is None:
            continue
        before, on_before = session.state, checked(session.state)
        window.trigger(action.name)
        now, on_now = session.state, checked(session.state)
        is_one_of_several = action.name.startswith(ONE_OF_SEVERAL) and action.name != "measure.from_one"
        changed = on_before ^ on_now
        if not is_one_of_several:
            assert changed == {action.name}, action.name
        assert action.name in on_now or action.name in on_before, action.name
        fields = set(difference(before, now))
        assert fields <= {"settings", "tool"}, action.name
        assert len(difference(before.settings, now.settings)) <= 1, action.name
        for other in ACTIONS:
            if other.is_checked is not None:
                assert window.qaction(other.name).isChecked() == other.is_checked(now), other.name
        shows, marks = now.settings.view_shows, now.settings.view_marks
        assert panel.plot.curves_item._shows_band == ("errors" in shows)
        assert (panel.plot._normalised_in is not None) == ("normalised" in shows)
        assert panel.plot.is_logarithmic == (LOGARITHMIC in shows)
        assert panel.plot._y_follows == (Y_FOLLOWS in shows)
        assert set(panel.plot.marks._shown) == set(marks)
        assert panel.plot.box.drags_regions == bool(now.tool)
        if not action.name.startswith("view.theme."):
            window.trigger(action.name)
            assert checked(session.state) == on_before, action.name
    assert session.undo_text == ""  # what is shown is no work that could be undone


def test_every_action_has_its_keys_and_tells_them(window):
    for action in ACTIONS:
        qaction = window.qaction(action.name)
        wanted = [QKeySequence(key) for key in action.shortcuts]
        assert qaction.shortcuts() == wanted, action.name
        for key in wanted:
            assert key.toString(QKeySequence.SequenceFormat.NativeText) in qaction.toolTip(), action.name
        if action.tip:
            assert qaction.toolTip().startswith(action.tip)


def test_moves_of_the_view_go_where_they_say(window):
    open_two(window)
    panel = window.panel("View")
    box, plot = panel.plot.box, panel.plot

    def shown():
        return box.viewRange()[0]

    def do(name):
        window.trigger(name)
        settle()

    full = shown()
    plot.set_x_range(5008.0, 5012.0)
    settle()
    do("view.zoom_in")
    assert shown() == pytest.approx([5009.0, 5011.0])
    do("view.zoom_out")
    assert shown() == pytest.approx([5008.0, 5012.0])
    do("view.next")
    assert shown() == pytest.approx([5010.0, 5014.0])
    do("view.previous")
    do("view.previous")
    assert shown() == pytest.approx([5006.0, 5010.0])
    assert panel._back.isEnabled() and not panel._forward.isEnabled()
    do("view.back")
    assert shown() == pytest.approx([5008.0, 5012.0])
    assert panel._back.isEnabled() and panel._forward.isEnabled()
    do("view.forward")
    assert shown() == pytest.approx([5006.0, 5010.0]) and not panel._forward.isEnabled()
    box.setYRange(-50.0, 50.0, padding=0)
    do("view.fit_y")
    assert 0.2 < box.viewRange()[1][0] < 1.0 < box.viewRange()[1][1] < 1.5
    do("view.reset")
    assert shown() == pytest.approx(full)
    while panel._back.isEnabled():
        do("view.back")
    assert not panel._back.isEnabled() and panel._forward.isEnabled()


def test_spectra_are_stepped_through_in_the_order_of_the_tree(window):
    session = window.session
    items = tuple(
        OpenSpectrum(f"s{i}", (f"{i}.fits",), 0, make_spectrum().with_meta(object=f"star {i}"))
        for i in range(3)
    )
    session.update(spectra=items, selected_id="s0")
    for name, wanted in (
        ("next", "s1"),
        ("next", "s2"),
        ("next", "s0"),
        ("previous", "s2"),
        ("previous", "s1"),
    ):
        window.trigger(f"spectrum.{name}")
        assert session.state.selected_id == wanted


def test_the_window_tells_how_many_pixels_all_orders_have(window):
    from tests.gui.conftest import make_echelle

    session = window.session
    session.update(spectra=(OpenSpectrum("s0", ("0.fits",), 0, make_echelle(3)),), selected_id="s0")
    assert window._pixels.text() == "300 pixels"


def test_stages_are_looked_at_moved_and_switched_by_actions_and_keys(window, qtbot):
    from spectragui.gui.pipeline import edits
    from spectragui.gui.pipeline.shown import shown_chain, shown_step
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stage import STAGES
    from spectragui.preprocessing.stages.smooth import Smooth
    from spectragui.preprocessing.stages.trim import Trim

    open_two(window)
    session = window.session
    edits.set_chain(session, Chain.of(Trim(), Smooth(), STAGES.get("mask_ranges")()), "Use")
    session.update(active_panel="Pipeline")
    strip = window.panel("Pipeline").strip

    def names():
        return [step.stage.name for step in shown_chain(session.state).steps]

    first = names()
    edits.choose_step(session, 1)
    window.trigger("pipeline.previous")
    assert shown_step(session.state) == 0
    window.trigger("pipeline.next")
    assert shown_step(session.state) == 1
    window.trigger("pipeline.later")
    assert names() == [first[0], first[2], first[1]] and shown_step(session.state) == 2
    window.trigger("pipeline.earlier")
    assert names() == first and shown_step(session.state) == 1
    window.trigger("pipeline.switch")
    assert [step.is_on for step in shown_chain(session.state).steps] == [True, False, True]
    window.trigger("pipeline.duplicate")
    assert names() == [first[0], first[1], first[1], first[2]] and shown_step(session.state) == 2
    window.trigger("pipeline.remove")
    assert names() == first
    strip._on_key(1, "next")
    assert shown_step(session.state) == 2
    strip._on_key(2, "previous")
    assert shown_step(session.state) == 1
    from PySide6.QtCore import Qt

    for key, wanted in ((Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        qtbot.keyClick(strip.chips[shown_step(session.state)].name, key)
        assert shown_step(session.state) == wanted
    edges = [chip.geometry() for chip in strip.chips]
    for chip, x, wanted in ((0, edges[2].center().x() - 4, [first[1], first[0], first[2]]),):
        strip._on_dragged(
            chip, strip.mapToGlobal(edges[2].center().__class__(x, edges[2].center().y())), True
        )
        assert names() == wanted
    qtbot.waitUntil(lambda: not session.tasks.active_jobs)


def test_clicking_a_mark_shows_velocities_about_it_in_the_medium_of_the_axis(window):
    wavelength = np.linspace(5150.0, 5200.0, 1001)
    for medium, rest in (("air", 5183.604), ("vacuum", 5185.048)):
        axis = SpectralAxis(wavelength, medium=medium, frame="rest")
        item = OpenSpectrum(medium, (f"{medium}.fits",), 0, Spectrum(axis, np.ones(1001)))
        window.session.update(spectra=(item,), selected_id=medium)
        panel = window.panel("View")
        panel.catch_up()
        panel._on_mark_clicked("Mg b1", 5185.048)
        assert panel.plot.unit.line_aa == pytest.approx(rest, abs=0.002)
        assert panel.units.currentData() == "velocity"
        assert dataclasses.asdict(panel.plot.unit)["line_name"].startswith("Mg b1 518")
