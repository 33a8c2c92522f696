"""Preprocessing through real widgets: an echelle example cleaned, stitched, normalised, kept, exported.

And the same arrays from the command line.
"""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from spectragui.core.package_data import bundled_examples
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.pipeline.shown import shown_chain, shown_run, step_states
from spectragui.gui.recovery.recovery import Recovery
from tests.gui.conftest import drop
from tests.gui.test_journey_parameters import click_tab, inked_fraction, wait_idle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def echelle_path():
    return next(example.path for example in bundled_examples() if "echelle" in example.path.name)


def test_an_echelle_spectrum_is_stitched_normalised_and_exported(
    window, qtbot, echelle_path, tmp_path, monkeypatch
):
    session = window.session
    assert drop(window, [echelle_path])
    wait_idle(qtbot, window)
    source = session.state.selected.spectrum
    assert isinstance(source, EchelleSpectrum)

    click_tab(qtbot, window, "Pipeline")
    panel, controls = window.panel("Pipeline"), window.panel("Pipeline controls")
    qtbot.mouseClick(panel.empty.button, LEFT)
    wait_idle(qtbot, window)
    assert panel.plot.isVisible() and controls.isVisible()
    assert set(step_states(shown_chain(session.state), shown_run(session.state))) <= {"ok", "off"}
    assert inked_fraction(panel, session.theme.color("continuum")) > 0.0005
    assert isinstance(shown_run(session.state).spectrum, Spectrum)

    index = controls.chains.findText("No preprocessing")
    assert controls.chains.count() >= 5 and index != controls.chains.currentIndex()

    chip = next(chip for chip in panel.strip.chips if chip.name.text() == "Stitch orders")
    qtbot.mouseClick(chip.name, LEFT)
    slider = controls.form.editors["edge_level"].control.slider
    before = shown_run(session.state).spectrum
    qtbot.mousePress(slider, LEFT, pos=QPoint(slider.width() // 4, slider.height() // 2))
    qtbot.mouseMove(slider, QPoint(slider.width() * 9 // 10, slider.height() // 2))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(slider.width() * 9 // 10, slider.height() // 2))
    wait_idle(qtbot, window)
    assert shown_run(session.state).spectrum != before

    click_tab(qtbot, window, "Orders")
    orders = window.panel("Orders").plot
    assert orders.isVisible() and orders.stitched.isVisible() and orders.weights.isVisible()
    assert inked_fraction(orders.plot, session.theme.color("observed")) > 0.02
    assert inked_fraction(orders.plot, session.theme.color("observed_alternate")) > 0.02

    exported, toml = tmp_path / "window.fits", tmp_path / "chain.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(exported), ""))
    window.trigger("pipeline.export")
    wait_idle(qtbot, window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(toml), ""))
    window.trigger("pipeline.save")
    qtbot.mouseClick(controls.keep_button, LEFT)
    kept = session.state.selected
    assert kept.spectrum.meta["history"] and kept.name.endswith("processed")
    assert kept.spectrum.meta["chain_hash"] == shown_chain_hash(session, echelle_path)
    assert window.bars.isHidden()
    assert window.grab().save(str(tmp_path / "journey.png"))
    check_command_line(echelle_path, toml, exported, kept.spectrum, tmp_path)


def shown_chain_hash(session, path):
    source = next(item for item in session.state.spectra if str(path) in item.files)
    return session.state.chains[source.id].hash


def check_command_line(source, toml, exported, kept, folder):
    """`spectragui preprocess` with the saved chain gives the arrays that the window gave."""
    from spectragui.cli.preprocess import preprocess
    from spectragui.io.read import read_spectrum

    output = folder / "command.fits"
    result = CliRunner().invoke(preprocess, [str(source), "--chain", str(toml), "-o", str(output)])
    assert result.exit_code == 0, result.output
    ours, theirs = read_spectrum(exported), read_spectrum(output)
    for one in (theirs, kept):
        np.testing.assert_array_equal(ours.wavelength_aa, one.wavelength_aa)
        np.testing.assert_array_equal(ours.flux, one.flux)
        np.testing.assert_array_equal(ours.uncertainty, one.uncertainty)
        np.testing.assert_array_equal(ours.mask, one.mask)


def test_a_crash_leaves_the_chain(window, qtbot, echelle_path, tmp_path):
    from spectragui.gui.pipeline import edits
    from spectragui.gui.session.state import AppState

    session = window.session
    first = Recovery(session, tmp_path)
    drop(window, [echelle_path])
    wait_idle(qtbot, window)
    edits.use_preset(session, "none")
    chain = shown_chain(session.state)
    from spectragui.preprocessing.stages.trim import Trim

    edits.set_chain(session, chain.insert(0, Trim(low_aa=4600.0)), "Add")
    qtbot.waitUntil(lambda: any(tmp_path.rglob("chains.json")), timeout=10_000)
    wait_idle(qtbot, window)
    first._timer.stop()
    first._lock.unlock()  # as when the process is killed
    session.changed.disconnect(first._on_session_changed)
    empty = AppState()
    session.update(spectra=empty.spectra, chains=empty.chains, selected_id="")
    second = Recovery(session, tmp_path)
    second.offer_last_session()
    session.notifications.messages[-1].on_button()
    wait_idle(qtbot, window)
    assert shown_chain(session.state).steps[0].stage == Trim(low_aa=4600.0)
    second.end()
    first.end()


def test_stitching_alone_is_what_the_command_gives(window, qtbot, echelle_path, tmp_path):
    from spectragui.cli.stitch import stitch
    from spectragui.gui.pipeline import edits
    from spectragui.io.read import read_spectrum
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stages.deblaze import Deblaze
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    drop(window, [echelle_path])
    wait_idle(qtbot, window)
    window.show_panel("Orders")
    edits.set_chain(window.session, Chain.of(Deblaze(), Stitch(excluded=(2,), method="first")), "Use")
    wait_idle(qtbot, window)
    ours = shown_run(window.session.state).spectrum
    output = tmp_path / "stitched.fits"
    words = [str(echelle_path), "--method", "first", "--exclude", "2", "-o", str(output)]
    result = CliRunner().invoke(stitch, words)
    assert result.exit_code == 0, result.output
    theirs = read_spectrum(output)
    np.testing.assert_array_equal(ours.wavelength_aa, theirs.wavelength_aa)
    np.testing.assert_array_equal(ours.flux, theirs.flux)
    np.testing.assert_array_equal(ours.uncertainty, theirs.uncertainty)
