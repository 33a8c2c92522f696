"""Other kinds than parameters, and new networks, trained from the window: data, check, run, accept."""

from __future__ import annotations

import csv
import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from safetensors.numpy import load_file

pytest.importorskip("torch")

from spectragui.core.model_folder import read_card, user_models_folder  # noqa: E402
from spectragui.core.package_data import resource  # noqa: E402
from spectragui.gui.training.dialog import CHECK, COMPARE, DATA, RUN, SETTINGS, show_training  # noqa: E402
from spectragui.gui.training.plan_config import config_of, config_text, estimate_of, separate_plans  # noqa: E402
from spectragui.gui.training.start_choices import start_choices, usual_settings  # noqa: E402
from spectragui.gui.training.training_plan import PAIRS, SINGLE, TrainingPlan  # noqa: E402
from spectragui.gui.training.trainings import ACCEPTED, DONE, FAILED, list_trainings  # noqa: E402
from spectragui.training.config_file import find_config, read_config  # noqa: E402
from spectragui.training.fine_tuning.parameters_against_base import MEAN  # noqa: E402
from spectragui.training.kinds import KINDS  # noqa: E402
from spectragui.training.run import train_model  # noqa: E402

pytestmark = pytest.mark.timeout(7200)  # a busy machine may take long
MINUTES = 3_600_000  # ms


@pytest.fixture
def dialog(window, qtbot):
    dialog = show_training(window.session, window)
    qtbot.waitExposed(dialog)
    yield dialog
    dialog.close()


def click(qtbot, button) -> None:
    assert button.isVisible() and button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def set_values(form, **values) -> None:
    for field, value in values.items():
        form.editors[field].set_value(value)
        form.editors[field].value_changed.emit(value)


def start_from(dialog, text: str) -> None:
    index = dialog.data.start.findText(text)
    assert index >= 0, [dialog.data.start.itemText(i) for i in range(dialog.data.start.count())]
    dialog.data.start.setCurrentIndex(index)


def check_and_set(dialog, qtbot, name: str, **settings) -> None:
    dialog.settings.name.setText(name)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == CHECK
    qtbot.waitUntil(lambda: dialog.check.check is not None, timeout=MINUTES)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == SETTINGS
    for form in (dialog.settings.form, dialog.settings.advanced):
        set_values(form, **{key: value for key, value in settings.items() if key in form.editors})


def train_and_accept(dialog, qtbot) -> Path:
    """Train, compare, accept; return the folder of the new model among the user's."""

    def reached(state: str) -> bool:
        training = dialog.run.training
        if training.state == FAILED:
            messages = dialog.trainings.parent().notifications.messages
            pytest.fail(str([(one.text, one.details) for one in messages]))
        return training.state == state

    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == RUN
    qtbot.waitUntil(lambda: reached(DONE), timeout=MINUTES)
    assert dialog.run.training.history()
    qtbot.waitUntil(lambda: dialog.next.isEnabled(), timeout=MINUTES)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == COMPARE
    click(qtbot, dialog.next)
    qtbot.waitUntil(lambda: reached(ACCEPTED), timeout=MINUTES)
    return user_models_folder() / dialog.run.training.name


def by_command(dialog, folder: Path) -> Path:
    """Train by the file that the window has written, in a process of its own; return the model's folder."""
    path = folder / "by-command"
    command = [sys.executable, "-m", "spectragui", "train", str(dialog.run.training.config), "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


def weights_of(folder: Path) -> dict[str, bytes]:
    """Return every tensor to the bit; what a file says of itself stands in any order."""
    return {name: value.tobytes() for name, value in load_file(folder / "model.safetensors").items()}


def test_a_redshift_network_is_tuned_on_a_catalogue_and_predicts(dialog, qtbot, tmp_path: Path) -> None:
    from spectragui.inference.photometry.predict_photometry import PhotometryOptions, predict_photometry
    from spectragui.io.catalogues import read_catalogue

    start_from(dialog, "alhambra-redshift (photometry)")
    assert dialog.pages.currentIndex() == DATA and "Choose the catalogue" in dialog.why.text()
    assert not dialog.data.source.isVisible()
    catalogue = resource("examples", "simulated_alhambra_catalogue.fits.gz")
    qtbot.keyClicks(dialog.data.catalogue.catalogue, str(catalogue))
    check_and_set(dialog, qtbot, "my-redshift", steps=30, validate_every=10)
    assert "parents" in dialog.check.text.toPlainText() and dialog.check.label.currentText() == "z"
    assert "rehearsal" not in dialog.settings.form.editors
    folder = train_and_accept(dialog, qtbot)
    assert read_card(folder).training["base"] == "alhambra-redshift"
    assert "sigma_NMAD" in dialog.compare.said.text()
    assert dialog.compare.table.item(1, 1).text() == "my-redshift"
    table = read_catalogue(catalogue).rows(slice(0, 5))
    found = predict_photometry(table, PhotometryOptions(model="my-redshift"))
    assert np.isfinite(found["z"]).all() and "my-redshift" in found.models["redshift"]
    # The command line, by the file that the window has written: the same weights, to the bit.
    config = read_config(dialog.run.training.config)
    again = train_model(dataclasses.replace(config, output=str(tmp_path / "again")))
    assert weights_of(folder) == weights_of(again)


@pytest.mark.slow
def test_two_thousand_rows_make_a_redshift_network(dialog, qtbot, shared_data: Path, tmp_path: Path) -> None:
    """Rows of another survey: each band is off by some hundredths of a magnitude."""
    from astropy.table import Table

    from spectragui.inference.photometry.predict_photometry import PhotometryOptions, predict_photometry
    from spectragui.io.catalogues import read_catalogue

    rows = Table.read(shared_data / "photometry" / "alhambra_mock.fits.gz")
    parents = np.unique(rows["parent_id"])
    rows = rows[np.isin(rows["parent_id"], parents[:: len(parents) // 1000])][:2000]
    assert len(rows) == 2000
    rows.write(tmp_path / "rows.fits")
    start_from(dialog, "alhambra-redshift (photometry)")
    qtbot.keyClicks(dialog.data.catalogue.catalogue, str(tmp_path / "rows.fits"))
    check_and_set(dialog, qtbot, "of-2000", steps=200, validate_every=50)
    folder = train_and_accept(dialog, qtbot)
    assert read_card(folder).training["base"] == "alhambra-redshift"
    print(dialog.compare.said.text())
    found = predict_photometry(
        read_catalogue(tmp_path / "rows.fits").rows(slice(0, 50)), PhotometryOptions(model="of-2000")
    )
    assert np.isfinite(found["z"]).mean() > 0.9


@pytest.mark.slow
def test_a_denoiser_is_tuned_and_denoises(dialog, qtbot, tmp_path: Path) -> None:
    from spectragui.inference.denoise.denoiser import open_denoiser

    start_from(dialog, "pfs-dae (denoiser)")
    set_values(dialog.data.nights.form, teff_high=4600.0, n_stars=150)
    check_and_set(dialog, qtbot, "my-dae", steps=20, draws=128, calibration=64)
    folder = train_and_accept(dialog, qtbot)
    model = open_denoiser("my-dae")
    wave = np.linspace(7150.0, 8800.0, 2000)
    estimate = model.estimate(wave, np.ones((1, 2000)), np.full((1, 2000), 0.05))
    assert np.isfinite(estimate.flux).all() and model.card.training["base"] == "pfs-dae"
    assert model.folder == folder and model.card.label_ranges["teff"][1] == 4600.0
    assert weights_of(folder) == weights_of(by_command(dialog, tmp_path))


@pytest.mark.slow
def test_a_new_starnet_of_two_labels_from_simulated_stars(dialog, qtbot, tmp_path: Path) -> None:
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum
    from spectragui.inference.prediction import PredictOptions
    from spectragui.simulation.emulator import load_emulator
    from spectragui.simulation.forward_model import Observing, simulate_spectrum

    start_from(dialog, "New network: StarNet")
    dialog.data.source.setCurrentIndex(dialog.data.source.findData("synthetic"))
    set_values(dialog.data.synthetic.form, number=24, teff_low=5000.0, teff_high=6500.0)
    dialog.data.synthetic.ticks.ticks["m_h"].setChecked(False)
    check_and_set(dialog, qtbot, "my-starnet", steps=40, folds=2, validate_every=10, batch=16)
    folder = train_and_accept(dialog, qtbot)
    card = read_card(folder)
    assert card.label_names == ("teff", "logg") and "base" not in card.training
    star = simulate_spectrum(
        load_emulator("optical-emulator"), {"teff": 5700.0, "logg": 4.0}, Observing(50_000.0, 0.0, 100.0)
    )
    row = predict_spectrum(star, PredictOptions(model="my-starnet", refine=False)).row
    assert 3000.0 < row["teff"] < 9000.0 and np.isnan(row["m_h"])
    assert weights_of(folder) == weights_of(by_command(dialog, tmp_path))


@pytest.mark.slow
def test_two_hundred_spectra_tune_the_bundled_model(dialog, qtbot, tmp_path: Path) -> None:
    """Stars at R 12,000 with scattered light and ripples: a model that predicts, the same by command."""
    from resource import RUSAGE_CHILDREN, getrusage

    from spectragui.inference.parameters.predict_spectrum import predict_spectrum
    from spectragui.inference.prediction import PredictOptions
    from spectragui.io.writers import write_spectrum
    from tests.training.fine_tuning.test_domain_shift import HIGH, LOW, NAMES, shifted_star

    rng = np.random.default_rng(5)
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "star", *NAMES])
        for number in range(200):
            labels = LOW + (HIGH - LOW) * rng.random(3)
            write_spectrum(shifted_star(labels, number), tmp_path / f"{number}.fits")
            table.writerow([f"{number}.fits", f"star {number}", *labels])
    start_from(dialog, "optical-parameters")
    dialog.data.table.setFocus()
    qtbot.keyClicks(dialog.data.table, str(tmp_path / "labels.csv"))
    qtbot.keyClick(dialog.data.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.data.boxes), timeout=MINUTES)
    check_and_set(dialog, qtbot, "my-optical", steps=60, folds=2, validate_every=20)
    assert "200 of 200 spectra" in dialog.check.text.toPlainText()
    folder = train_and_accept(dialog, qtbot)
    print(*(f"{row[1]} {row[0]} {row[2]} {row[6]} {row[7]}" for row in _table(dialog)), sep="\n")
    assert read_card(folder).training["base"] == "optical-parameters"
    star = shifted_star(np.array([5700.0, 4.2, -0.2]), 999)
    row = predict_spectrum(star, PredictOptions(model="my-optical", refine=False)).row
    assert row["model"] == "my-optical" and row["teff"] == pytest.approx(5700.0, abs=400.0)
    before = getrusage(RUSAGE_CHILDREN)
    assert weights_of(folder) == weights_of(by_command(dialog, tmp_path))
    after = getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds, megabytes = estimate_of(dialog.settings.plan_with(dialog.plan), 200)
    print(
        f"estimated {seconds:.0f} s, {megabytes:.0f} MB; {spent:.0f} s of CPU, {after.ru_maxrss / 1e3:.0f} MB"
    )
    assert 0.5 < spent / seconds < 2.0 and 0.5 < after.ru_maxrss / 1e3 / megabytes < 2.0


@pytest.mark.slow
def test_a_generator_is_tuned_compared_and_generates(dialog, qtbot, tmp_path: Path) -> None:
    from spectragui.simulation.generator import read_generator

    start_from(dialog, "optical-cvae (generator)")
    dialog.data.source.setCurrentIndex(dialog.data.source.findData("synthetic"))
    assert not dialog.data.synthetic.form.values.with_noise
    set_values(dialog.data.synthetic.form, number=30, teff_low=5000.0, teff_high=6500.0)
    check_and_set(dialog, qtbot, "my-cvae", steps=30, validate_every=10)
    folder = train_and_accept(dialog, qtbot)
    print(dialog.compare.said.text(), *_table(dialog), sep="\n")
    assert "that the new model was not trained on; rms residuals" in dialog.compare.said.text()
    assert [row[1] for row in _table(dialog)] == ["optical-cvae", "my-cvae"]
    generator = read_generator(folder)
    flux = generator.flux(np.array([5700.0, 4.4, 0.0, 0.0, 1.0, 3.0, 50_000.0]))
    assert np.isfinite(flux).all() and generator.card.training["base"] == "optical-cvae"
    assert weights_of(folder) == weights_of(by_command(dialog, tmp_path))


@pytest.mark.slow
def test_one_network_a_label_is_queued_and_compared_in_one_table(dialog, qtbot) -> None:
    start_from(dialog, "New network")
    dialog.data.source.setCurrentIndex(dialog.data.source.findData("synthetic"))
    set_values(dialog.data.synthetic.form, number=24, teff_low=5000.0, teff_high=6500.0)
    dialog.data.synthetic.ticks.ticks["m_h"].setChecked(False)
    check_and_set(dialog, qtbot, "each", steps=20, folds=2, validate_every=10, batch=16, together=SINGLE)
    assert "2 networks are trained one after the other" in dialog.settings.estimate.text()
    click(qtbot, dialog.next)
    assert dialog.run.training.name == "each-teff" and dialog.run.queue.count() == 2

    def all_done() -> bool:
        states = {one.name: one.state for one in list_trainings()}
        assert FAILED not in states.values()
        return states == {"each-teff": DONE, "each-logg": DONE}

    qtbot.waitUntil(all_done, timeout=MINUTES)
    click(qtbot, dialog.next)
    rows = _table(dialog)
    print(*rows, sep="\n")
    assert [row[1] for row in rows] == [MEAN, "each-logg", MEAN, "each-teff"] and all(row[2] for row in rows)
    click(qtbot, dialog.next)
    qtbot.waitUntil(lambda: dialog.run.training.state == ACCEPTED, timeout=MINUTES)
    assert read_card(user_models_folder() / "each-teff").label_names == ("teff",)


def _table(dialog) -> list[list[str]]:
    table = dialog.compare.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_every_start_makes_a_configuration_that_is_read_again(tmp_path: Path) -> None:
    """What *Copy as config* gives is what `train` takes; presets keep the papers' loss and schedule."""
    seen = set()
    for choice in start_choices():
        plan = TrainingPlan("new", choice.kind, choice.base, choice.preset, labels=("teff", "logg"))
        plan = dataclasses.replace(plan, settings=usual_settings(plan))
        path = tmp_path / "train.toml"
        path.write_text(config_text(plan, tmp_path))
        config = read_config(path)
        assert config == config_of(plan, tmp_path) or isinstance(config, KINDS.get(choice.kind).config)
        assert config.base.model == choice.base
        if choice.preset:
            paper = read_config(find_config(choice.preset)).training
            same = ("loss", "optimizer", "plateau", "patience", "steps", "batch", "weight_decay", "average")
            assert all(getattr(config.training, name) == getattr(paper, name) for name in same)
            assert config.training.learning_rate == pytest.approx(paper.learning_rate)
        seen.add(choice.kind)
    assert seen == {name for name, kind in KINDS.items() if kind.is_in_dialog} != set(KINDS)


def test_labels_are_learnt_one_by_one_or_in_pairs() -> None:
    plan = TrainingPlan("x", base="", labels=("teff", "logg", "m_h"))
    single = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, together=SINGLE))
    pairs = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, together=PAIRS))
    assert [one.name for one in separate_plans(single)] == ["x-teff", "x-logg", "x-mh"]
    assert [one.labels for one in separate_plans(pairs)] == [
        ("teff", "logg"), ("teff", "m_h"), ("logg", "m_h"),
    ]  # fmt: skip
    assert separate_plans(plan) == [plan] and not list_trainings()
