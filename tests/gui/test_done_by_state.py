"""What is done with a spectrum from a state made by hand: its sign, its counts, its words."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.gui.files.watching import FolderWatcher
from spectragui.gui.orders.blaze_choice import blaze_in_use, choose_blaze, deblaze_step
from spectragui.gui.parameters.earlier_results import can_predict_again, offer_to_predict_again
from spectragui.gui.pipeline.fields import N_SEEDS, _with_curve
from spectragui.gui.pipeline.shown import is_settled, n_valid, shown_chain, step_states
from spectragui.gui.session.state import AppState, OpenSpectrum, Result
from spectragui.gui.velocity import velocities
from spectragui.gui.view.masking import paint
from spectragui.gui.view.shown_marks import forget_line_list, keep_line_list, show_line_list, toggle_marks
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.smooth import Smooth
from spectragui.preprocessing.stages.stitch_orders import Stitch
from tests.gui.conftest import make_echelle, make_spectrum
from tests.gui.predictions import make_prediction

STAR = OpenSpectrum("s0", ("a.fits",), 0, make_spectrum(), snr=30.0)


def test_a_velocity_is_taken_out_and_the_observers_put_in(session, monkeypatch):
    done = []
    monkeypatch.setattr(
        velocities, "change_spectrum", lambda _s, one, change, undo: done.append((one, change, undo))
    )
    best = SimpleNamespace(templates=SimpleNamespace(name="mdwarf"))
    correction = SimpleNamespace(velocity_kms=26.25, source="BERV")
    found = SimpleNamespace(axis_velocity_kms=-130.5, best=best, correction=correction)
    velocities.apply_rest_frame(session, STAR, found)
    one, change, undo = done[-1]
    assert (one, change.velocity_kms, change.frame) == ("s0", -130.5, "rest")
    assert (
        change.source == "cross-correlation with mdwarf templates" and undo == "Shift HD 1 to the rest frame"
    )
    velocities.apply_barycentric(session, STAR, found)
    _, change, undo = done[-1]
    assert (change.velocity_kms, change.frame) == (-26.25, "barycentric")  # taken out with the other sign
    assert change.source == "barycentric correction, BERV" and undo == "Convert HD 1 to the barycentre"
    velocities.apply_barycentric(session, STAR, SimpleNamespace(correction=None))
    assert len(done) == 2


def test_painted_pixels_are_counted_and_never_all(session):
    session.update(spectra=(STAR,), selected_id="s0")
    wave = STAR.spectrum.wavelength_aa
    paint(session, STAR, wave[10] - 0.01, wave[14] + 0.01, "mask")
    item = session.state.spectrum("s0")
    assert item.spectrum.mask[10:15].all() and item.spectrum.mask.sum() == 5
    assert session.undo_text == "Mask 5 pixels"
    paint(session, item, wave[12] - 0.01, wave[12] + 0.01, "unmask")
    item = session.state.spectrum("s0")
    assert session.undo_text == "Count 1 pixel" and item.spectrum.mask.sum() == 4
    paint(session, item, wave[12] - 0.01, wave[12] + 0.01, "unmask")
    assert session.notifications.messages[-1].text == "No pixel there changes."
    paint(session, item, wave[0] - 1.0, wave[-1] + 1.0, "mask")
    assert "would mask every pixel" in session.notifications.messages[-1].text
    assert session.state.spectrum("s0") is item


def test_line_lists_are_kept_shown_and_forgotten(session, tmp_path, monkeypatch):
    from spectragui.gui.view import shown_marks
    from spectragui.io.line_lists.line_lists import LineList, stellar_lines

    monkeypatch.setattr(shown_marks, "data_home", lambda: tmp_path)
    session.update(settings=session.state.settings.replace(view_marks=()))
    paths = []
    for name in ("my lines/1", "other"):
        keep_line_list(session, LineList(name, stellar_lines()[:3], "by hand"))
        settings = session.state.settings
        paths.append(settings.line_list)
        assert settings.line_lists == tuple(paths) and "star" in settings.view_marks
    assert paths[0].endswith("my_lines_1.csv")
    show_line_list(session, paths[0])
    forget_line_list(session, paths[1])
    assert (session.state.settings.line_list, session.state.settings.line_lists) == (paths[0], (paths[0],))
    forget_line_list(session, paths[0])
    assert (session.state.settings.line_list, session.state.settings.line_lists) == ("", ())
    assert not list((tmp_path / "line_lists").iterdir())
    before = session.state.settings.view_marks
    toggle_marks(session, "telluric")
    assert session.state.settings.view_marks == (*before, "telluric")
    toggle_marks(session, "star")
    assert "star" not in session.state.settings.view_marks and "telluric" in session.state.settings.view_marks


def test_results_of_an_earlier_state_are_offered_by_name_or_number(session):
    items = tuple(dataclasses.replace(STAR, id=f"s{number}") for number in range(3))
    fresh = [Result(f"r{number}", f"s{number}", make_prediction()) for number in range(3)]
    results = (fresh[0].of_earlier_state(), fresh[1], fresh[2].of_earlier_state())
    state = AppState(spectra=items[:2], results=results)
    assert can_predict_again(state) == ("s0",)  # the third is not open
    session.update(spectra=items)
    offers = []
    session.notifications.offer = lambda _key, ids, make: offers.append(make(ids))
    offer_to_predict_again(session, "s0")
    assert offers[-1].text == "HD 1 was changed: its result is of an earlier state."
    session.notifications.offer = lambda _key, ids, make: offers.append(make(("s0", "s2")))
    offer_to_predict_again(session, "s2")
    assert offers[-1].text == "2 spectra were changed: their results are of an earlier state."
    assert offers[-1].hint == "Marked so, they stay in the table." and offers[-1].button == "Predict again"


def test_what_arrived_is_offered_in_numbers(session):
    watcher = FolderWatcher(session)
    choice = SimpleNamespace(path=SimpleNamespace(name="many.fits"), entries=range(1200))
    assert watcher._offer_to_choose((choice,)).text == "many.fits holds 1,200 spectra."
    assert watcher._offer_to_choose((choice, choice)).text == "2 files hold 2,400 spectra."
    assert watcher._offer_catalogues(("/x/a.csv",)).text == "a.csv is a catalogue of photometry."
    assert (
        watcher._offer_catalogues(("/x/a.csv", "b")).text
        == "2 of the new files are catalogues of photometry."
    )
    watcher.deleteLater()


def test_the_blaze_that_is_in_use_is_named(session):
    orders = make_echelle()
    item = OpenSpectrum("s0", ("a.fits",), 0, orders)
    session.update(spectra=(item,), selected_id="s0", active_panel="Orders")
    assert blaze_in_use(session.state).source == "it is left in the flux"
    session.update(chains={"s0": Chain.of(Smooth(), Stitch())})
    choose_blaze(session, "shared")
    chain = shown_chain(session.state)
    assert [step.stage.name for step in chain.steps] == ["smooth", "deblaze", "stitch"] and deblaze_step(
        chain
    ) == 1
    assert blaze_in_use(session.state) == type(blaze_in_use(session.state))(
        "estimated", "estimated from all orders"
    )
    choose_blaze(session, "flat", "/x/flat.fits")
    used = blaze_in_use(session.state)
    assert (used.kind, used.source) == ("flat field", "flat.fits")
    assert deblaze_step(shown_chain(session.state)) == 1 and len(shown_chain(session.state)) == 3
    choose_blaze(session, "none")
    assert blaze_in_use(session.state).kind == "none"


def test_steps_of_a_chain_are_told_by_what_ran():
    spectrum = make_spectrum()
    chain = Chain.of(Smooth(width_pix=3.0), Smooth(width_pix=5.0), Smooth(width_pix=7.0))
    run = chain.run(spectrum)
    assert step_states(chain, run) == ("ok",) * 3 and is_settled(chain, run) and not is_settled(chain, None)
    assert step_states(chain, None) == ("running",) * 3
    changed = chain.with_stage(1, Smooth(width_pix=9.0))
    assert n_valid(changed, run) == 1 and step_states(changed, run) == ("ok", "running", "running")
    off = chain.switched(0, False)
    assert step_states(off, run)[0] == "off" and n_valid(off, run) == 0
    failed = SimpleNamespace(chain=chain, results=run.results[:1], error=ValueError("x"))
    assert step_states(chain, failed) == ("ok", "failed", "not run") and is_settled(chain, failed)


def test_a_point_that_is_drawn_keeps_the_curve_that_was_there():
    wave = np.linspace(5000.0, 5080.0, 161)
    curve = SimpleNamespace(role="continuum", wavelength_aa=wave, values=2.0 + (wave - 5000.0) / 80.0)
    points = _with_curve(((5021.0, 9.0),), SimpleNamespace(curves=(curve,)))
    assert len(points) == N_SEEDS  # one of nine is near it
    others = dict(points)
    assert others.pop(5021.0) == 9.0
    assert list(others) == pytest.approx([5000.0, 5010.0, 5030.0, 5040.0, 5050.0, 5060.0, 5070.0, 5080.0])
    assert list(others.values()) == pytest.approx([2.0 + (x - 5000.0) / 80.0 for x in others])
    assert _with_curve(((1.0, 2.0),), None) == ((1.0, 2.0),)
