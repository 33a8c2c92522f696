"""Journey 2 through real widgets: open a noisy spectrum, denoise it, judge the proof, save the result."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton

from spectragui.cli.main import commands
from spectragui.core.denoise_columns import DENOISE_COLUMNS
from spectragui.core.package_data import bundled_examples
from spectragui.io.read import read_spectrum
from tests.gui.conftest import drop
from tests.gui.test_journey_parameters import click_tab, inked_fraction, wait_idle

HALO_GIANT = "simulated_pfs_halo_giant.fits"


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Import torch and read the model before anything is measured."""
    from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum

    denoise_spectrum(read_spectrum(example()))


def example():
    return next(item.path for item in bundled_examples() if item.path.name == HALO_GIANT)


def click(qtbot, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def controls(window, qtbot):
    """Return the controls beside the noisy example, opened in the Denoise tab."""
    assert drop(window, [example()])
    wait_idle(qtbot, window)
    click_tab(qtbot, window, "Denoise")
    return window.panel("Denoise controls")


def test_noisy_spectrum_is_denoised_judged_and_saved(window, qtbot, controls, tmp_path, monkeypatch):
    session, panel = window.session, window.panel("Denoise")
    assert inked_fraction(panel.plot, session.theme.color("observed")) > 0.02
    assert panel.bar.note.startswith("Not denoised yet")
    noisy = session.state.selected.spectrum
    before = noisy.flux.copy()
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)

    found = session.state.denoising(session.state.selected_id).denoised
    assert session.state.selected.spectrum is noisy and np.array_equal(noisy.flux, before)
    assert inked_fraction(panel.plot, session.theme.color("denoised")) > 0.002
    assert panel.plot.residual.isVisible() and panel.plot.residual.box.linkedView(0) is panel.plot.box
    assert controls.card.snr.text().startswith("9.7 → ")
    assert found.snr_after > 3 * found.snr_before
    assert "p = " in controls.card.whiteness.text()
    assert found.verdict.sentence in controls.card.verdict.text()
    texts = controls.card.line_texts
    assert any(text.startswith("Ca II T2") for text in texts) and any(text.endswith(" σ") for text in texts)

    made = session.state.spectra[-1]
    assert made.name == "Simulated halo giant, denoised"
    assert made.spectrum.meta["denoised"] == f"{found.model} {found.version}"
    assert any("pfs-dae" in line for line in made.spectrum.meta["history"])
    assert made.spectrum.uncertainty is not None and made.snr == found.snr_after
    assert np.array_equal(made.spectrum.wavelength_aa, noisy.wavelength_aa)
    path = tmp_path / "denoised.fits"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_kwargs: (str(path), ""))
    session.update(selected_id=made.id)
    window.trigger("file.save_spectrum")
    wait_idle(qtbot, window)
    read = read_spectrum(path)
    assert read.meta["denoised"] == made.spectrum.meta["denoised"]
    good = read.good
    assert np.allclose(read.flux[good], made.spectrum.flux[good], rtol=1e-6)

    session.update(selected_id=session.state.spectra[0].id)
    session.undo()
    assert len(session.state.spectra) == 1 and not session.state.denoisings
    session.redo()
    assert len(session.state.spectra) == 2 and len(session.state.denoisings) == 1
    assert not [m for m in session.notifications.messages if m.severity == "failure"]


def test_window_answers_while_it_denoises(window, qtbot, controls):
    ticks, timer = [], QTimer()
    timer.setInterval(1)
    timer.timeout.connect(lambda: ticks.append(bool(window.session.tasks.active_jobs)))
    timer.start()
    click(qtbot, controls.denoise_button)
    assert window.session.tasks.active_jobs
    wait_idle(qtbot, window)
    timer.stop()
    assert any(ticks)  # how soon they come is measured in tests/benchmarks


def test_selecting_the_denoised_spectrum_shows_what_it_was_made_of(window, qtbot, controls):
    session, panel = window.session, window.panel("Denoise")
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    noisy = panel.plot.noisy
    session.update(selected_id=session.state.spectra[-1].id)
    assert panel.plot.noisy is noisy and panel.plot.denoising is session.state.denoisings[0]
    assert controls.card.isVisible()


def test_denoising_again_takes_the_place_of_the_result_before(window, qtbot, controls):
    session = window.session
    for _ in range(2):
        click(qtbot, controls.denoise_button)
        wait_idle(qtbot, window)
    assert len(session.state.spectra) == 2 and len(session.state.denoisings) == 1
    session.update(spectra=session.state.spectra[:1])  # the result is closed
    click(qtbot, controls.keep_button)
    assert len(session.state.spectra) == 2 and not controls.keep_button.isVisible()


def test_corrected_spectrum_says_that_the_result_is_of_before(window, qtbot, controls):
    from spectragui.analysis.axis_conversion import Correction, corrected
    from spectragui.gui.spectra.correcting import change_spectrum

    session, panel = window.session, window.panel("Denoise")
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    item = session.state.selected
    change_spectrum(session, item.id, lambda s: corrected(s, Correction(frame="barycentric")), "Correct")
    assert "earlier state" in panel.caution.text() and panel.caution.isVisible()
    assert controls.card.earlier.isVisible()
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    assert not controls.card.earlier.isVisible()


def test_command_line_of_the_window(window, qtbot, controls):
    qtbot.mouseClick(controls.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text().split()
    assert copied[:2] == ["spectragui", "denoise"] and copied[2].endswith(HALO_GIANT)
    assert copied[-2:] == ["-o", "simulated_pfs_halo_giant_denoised.fits"]


def test_spectrum_that_no_denoiser_serves_ends_in_a_sentence(window, qtbot):
    session = window.session
    assert drop(window, [bundled_examples()[1].path])
    wait_idle(qtbot, window)
    window.trigger("spectrum.denoise")
    wait_idle(qtbot, window)
    failures = [m for m in session.notifications.messages if m.severity == "failure"]
    assert len(failures) == 1 and failures[0].text and not failures[0].details
    assert not session.state.denoisings and len(session.state.spectra) == 1


def test_injected_line_is_followed_and_the_tree_stays(window, qtbot, controls):
    session, panel = window.session, window.panel("Denoise")
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    spectra = session.state.spectra
    window.trigger("spectrum.inject_line")
    tools = controls.tools
    assert tools.isVisible() and tools.kinds.currentText() == "Inject a line"
    tools.injection.editors["wavelength"].control.setValue(8600.0)
    tools.injection.editors["equivalent_width"].control.setValue(2.5)
    tools.injection.editors["width"].control.setValue(3.0)
    click(qtbot, tools.try_button)
    wait_idle(qtbot, window)
    trial = session.state.denoising(session.state.selected_id).trial
    assert trial.ew_made == pytest.approx(2.5, rel=0.03)
    assert (
        "Line of 2.5 Å at 8600.0 Å" in tools.found.text() and "σ" in tools.found.text() + tools.sisters.text()
    )
    assert trial.significance > 5.5 and trial.is_flagged and "shades it" in tools.found.text()
    assert panel.plot.change.isVisible() and len(panel.plot.change.curves) == 2
    assert any(r.low_aa < 8600.0 < r.high_aa for r in panel.plot.shades[0].regions)
    assert "doubt" in panel.plot.marks.shown
    left, right = panel.plot.box.viewRange()[0]
    assert 8500.0 < left < 8600.0 < right < 8700.0 and panel.caution.text().startswith("Not the data alone")
    assert session.state.spectra is spectra
    click(qtbot, tools.forget_button)
    assert not panel.plot.change.isVisible() and not tools.found.isVisible()


def test_deepened_line_says_how_its_sisters_move(window, qtbot, controls):
    session = window.session
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    window.trigger("spectrum.deepen_line")
    tools = controls.tools
    assert tools.kinds.currentText() == "Deepen a line"
    tools.lines.setCurrentIndex(
        next(i for i in range(tools.lines.count()) if "T2" in tools.lines.itemText(i))
    )
    click(qtbot, tools.try_button)
    wait_idle(qtbot, window)
    trial = session.state.denoising(session.state.selected_id).trial
    sisters = {line.name for line in trial.lines if line.is_sister}
    assert sisters == {"Ca II T1", "Ca II T3"}
    for line in trial.lines:
        assert not line.has_moved or line.name in tools.sisters.text()
    assert "Sister lines, not touched: " in tools.sisters.text()


def test_impossible_line_is_a_sentence(window, qtbot, controls):
    session = window.session
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    window.trigger("spectrum.inject_line")
    controls.tools.injection.editors["wavelength"].control.setValue(5000.0)
    click(qtbot, controls.tools.try_button)
    wait_idle(qtbot, window)
    failures = [m.text for m in session.notifications.messages if m.severity == "failure"]
    assert failures == ["There is no denoised spectrum around 5000.0 Å."]


def test_closing_the_noisy_spectrum_forgets_what_was_made_of_it(window, qtbot, controls):
    from spectragui.gui.spectra.open_spectra import close_spectra

    session = window.session
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    close_spectra(session, [session.state.spectra[0].id])
    assert not session.state.denoisings and len(session.state.spectra) == 1  # the result stays in the tree
    session.undo()
    assert len(session.state.denoisings) == 1


def test_window_and_command_line_give_the_same_row(window, qtbot, controls):
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    row = window.session.state.denoisings[0].denoised.row
    told = CliRunner().invoke(commands, ["denoise", str(example()), "--json"])
    assert told.exit_code == 0, told.output
    (said,) = json.loads(told.stdout)
    for column in DENOISE_COLUMNS:
        name, value = column.name, row[column.name]
        if name not in ("created", "file"):
            shown = None if isinstance(value, float) and math.isnan(value) else value
            assert said[name] == (pytest.approx(shown, rel=1e-4) if isinstance(shown, float) else shown), name


def test_the_denoised_spectrum_alone_fills_its_plot(window, qtbot, controls):
    plot = window.panel("Denoise").plot
    click(qtbot, controls.denoise_button)
    wait_idle(qtbot, window)
    denoised = window.session.state.denoisings[0].denoised.spectrum
    low, high = plot.apart.box.viewRange()[1]
    values = denoised.flux[denoised.good]
    assert low < values.min() < values.max() < high
    assert high - low < 1.3 * (values.max() - values.min())
