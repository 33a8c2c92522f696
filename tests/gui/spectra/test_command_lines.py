"""Copy as command line: the command gives what the window gave, however a spectrum was read and changed."""

from __future__ import annotations

import dataclasses
import json
import math
import shlex

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtWidgets import QApplication

from spectragui.analysis.axis_conversion import AxisConversion, Correction
from spectragui.analysis.change_words import change_words, parse_change
from spectragui.analysis.painted_mask import PaintedMask
from spectragui.cli.main import commands
from spectragui.core.errors import SettingsError
from spectragui.core.results import COLUMN_NAMES
from spectragui.gui.files.joining import join
from spectragui.gui.files.opening import open_files
from spectragui.gui.parameters.predicting import predict
from spectragui.gui.pipeline import edits
from spectragui.gui.pipeline.keep import finished_output
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.command_lines import spectrum_words
from spectragui.gui.spectra.correcting import change_spectrum
from spectragui.gui.velocity.dialog import VelocityDialog
from spectragui.io.read import read_spectrum
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.writers import write_spectra, write_spectrum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum
from tests.gui.conftest import make_spectrum

SUN = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 2.0}
CHANGES = (
    Correction(medium="vacuum", frame="barycentric"),
    AxisConversion(medium="air"),
    AxisConversion(velocity_kms=math.pi * 10, frame="rest", source="a friend's list, v = 31.4"),
    PaintedMask(5000.123456789, 5002.5),
    AxisConversion(unit="nm"),
)


def star(teff=5772.0, v_rad=12.0):
    observing = Observing(resolving_power=40_000.0, v_rad_kms=v_rad, snr=100.0, seed=4)
    return simulate_spectrum(load_emulator("optical-emulator"), {**SUN, "teff": teff}, observing)


@pytest.fixture
def opened(session, qtbot, tmp_path):
    """Return a function that opens the second spectrum of a file, read with an option and changed."""
    path = tmp_path / "two stars.fits"
    write_spectra([star(6500.0, -40.0), star()], path)

    def opens(changes=CHANGES):
        options = ReadOptions(spectra=(1,), frame="observer", medium="air")
        open_files(session, [path], options)
        qtbot.waitUntil(lambda: bool(session.state.spectra), timeout=30_000)
        for change in changes:
            change_spectrum(session, session.state.selected_id, change, "Change")
        return session.state.selected

    return opens


def run_copied(folder, monkeypatch, *more):
    """Run what is in the clipboard; return its standard output."""
    command, *words = shlex.split(QApplication.clipboard().text())
    assert command == "spectragui"
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(commands, [*words, *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_prediction(opened, session, window, qtbot, tmp_path, monkeypatch):
    item = opened()
    options = dataclasses.replace(session.state.options, resolving_power=39_999.5, medium="air", refine=False)
    session.update(options=options)
    predict(session, item.id)
    qtbot.waitUntil(lambda: bool(session.state.results), timeout=300_000)
    row = session.state.results[0].prediction.row
    window.show_panel("Parameters")
    window.panel("Parameters controls").copy_button.click()
    (said,) = json.loads(run_copied(tmp_path, monkeypatch, "--json"))
    for name in set(COLUMN_NAMES) - {"created", "file"}:
        shown = None if isinstance(row[name], float) and math.isnan(row[name]) else row[name]
        assert said[name] == shown, name
    assert said["spectrum"] == 1 and said["resolving_power"] == 39_999.5


def test_the_chain(opened, session, window, qtbot, tmp_path, monkeypatch):
    opened()
    window.show_panel("Pipeline")
    edits.use_preset(session, "none")
    edits.use_suggested(session)
    qtbot.waitUntil(lambda: finished_output(session.state) is not None, timeout=300_000)
    ours = finished_output(session.state)
    window.trigger("pipeline.command")
    run_copied(tmp_path, monkeypatch)
    theirs = read_spectrum(tmp_path / "two stars_processed.fits")
    np.testing.assert_allclose(theirs.wavelength_aa, ours.wavelength_aa, rtol=1e-12)
    np.testing.assert_array_equal(theirs.mask, ours.mask)
    np.testing.assert_allclose(theirs.flux[theirs.good], ours.flux[ours.good], rtol=1e-6)
    assert theirs.spectral_axis.frame == ours.spectral_axis.frame == "rest"
    assert theirs.meta["history"] == ours.meta["history"]


def test_the_velocity(opened, session, window, qtbot, tmp_path, monkeypatch):
    opened(CHANGES[:2])
    dialog = VelocityDialog(session, window)
    dialog.template.setCurrentIndex(dialog.template.findData("optical"))
    dialog.high.setValue(5100.0)
    dialog.measure()
    qtbot.waitUntil(lambda: dialog.velocity is not None, timeout=300_000)
    dialog.copy_button.click()
    (said,) = json.loads(run_copied(tmp_path, monkeypatch, "--json"))
    assert said["v_rad"] == dialog.velocity.velocity_kms
    assert said["frame"] == dialog.velocity.frame == "barycentric"
    dialog.close()


def test_the_generated_spectrum_over_another(session, window, qtbot, tmp_path, monkeypatch):
    item = OpenSpectrum("s", (), 0, star())
    axis = item.spectrum.spectral_axis.replace(frame="barycentric")
    item = item.replace(spectrum=item.spectrum.replace(spectral_axis=axis))
    session.update(spectra=(item,), selected_id="s")
    window.show_panel("Generate")
    centre, controls = window.panel("Generate"), window.panel("Generate controls")
    controls.over.click()
    qtbot.waitUntil(lambda: getattr(session.state.generation, "overlay", None) is not None, timeout=300_000)
    told = {"teff": 5771.123, "snr": 55.5, "seed": 3, "v_rad": -123.4567}
    session.update(generate=session.state.generate.with_request(**told))
    qtbot.waitUntil(lambda: centre.is_settled, timeout=300_000)
    controls.keep_button.click()
    qtbot.waitUntil(lambda: len(session.state.spectra) == 2, timeout=300_000)
    kept = session.state.spectra[-1].spectrum
    controls.copy_button.click()
    run_copied(tmp_path, monkeypatch)
    made = read_spectrum(tmp_path / "generated.fits")
    np.testing.assert_allclose(made.flux, kept.flux, rtol=1e-6)
    assert made.spectral_axis.frame == kept.spectral_axis.frame == "barycentric"
    assert made.meta["labels"] == kept.meta["labels"]


def test_reading_options_and_import_rules_are_told(session):
    options = ReadOptions(flux_column="counts", unit="log10(Angstrom)", mask_rule="0x50FF", error_kind="ivar")
    item = OpenSpectrum("a", ("night 1/a.txt",), 0, make_spectrum(), options=options)
    assert shlex.join(spectrum_words(item)) == (
        "'night 1/a.txt' --flux-column counts --error-kind ivar --mask-rule 0x50FF"
        " --unit 'log10(Angstrom)' --no-rules"
    )
    assert "--no-rules" not in spectrum_words(item.replace(options=options.replace(use_rules=True)))


def test_a_spectrum_that_no_file_holds_has_no_command(session, window):
    session.update(spectra=(OpenSpectrum("a", (), 0, make_spectrum()),), selected_id="a")
    QApplication.clipboard().setText("before")
    window.trigger("spectrum.copy_prediction")
    said = session.notifications.messages[-1]
    assert "was made here" in said.text and "Save" in said.hint
    assert QApplication.clipboard().text() == "before"


def test_arms_that_were_corrected_differently_stay_apart(session):
    axis = make_spectrum().spectral_axis
    arms = []
    for number in (1, 2):
        values = axis.values + 200.0 * number
        meta = {"arm_of": "night/1", "arm": str(number), "file": f"{number}.fits"}
        arm = make_spectrum(**meta).replace(spectral_axis=axis.replace(values=values))
        arms.append(OpenSpectrum(f"a{number}", (f"{number}.fits",), 0, arm))
    arms[0] = arms[0].replace(changes=(Correction(medium="vacuum"),))
    session.update(spectra=tuple(arms))
    join(session, ("a1", "a2"))
    assert len(session.state.spectra) == 2
    assert "corrected differently" in session.notifications.messages[-1].text


@pytest.mark.parametrize("change", [*CHANGES, PaintedMask(4999.0, 5001.0, is_masked=False)])
def test_words_tell_a_change_to_the_digit(change):
    assert parse_change(change_words(change)) == change


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("shift 3", "not known"),
        ("correct", "changes nothing"),
        ("correct medium=water", "air"),
        ("convert speed=3", "speed=3"),
        ("convert velocity=fast", "no number"),
        ("convert frame=rest", "velocity"),
        ("mask 5000", "not known"),
        ("mask 5000 nan", "no number"),
        ("convert source='x", "cannot be read"),
    ],
)
def test_what_is_no_change_is_refused_in_a_sentence(text, said):
    with pytest.raises(SettingsError) as caught:
        parse_change(text)
    assert said in str(caught.value)


def test_a_change_that_cannot_be_made_names_the_file(tmp_path):
    path = tmp_path / "star.fits"
    write_spectrum(make_spectrum(), path)
    words = ["info", str(path), "--change", "correct medium=unknown", "--change", "convert medium=air"]
    result = CliRunner().invoke(commands, words)
    assert result.exit_code == 1
    assert "star.fits" in result.stderr and "Traceback" not in result.stderr
    words = ["info", str(path), "--change", "convert velocity=30 frame=rest"]
    moved = CliRunner().invoke(commands, words)
    assert moved.exit_code == 0 and "rest frame" in moved.stdout
