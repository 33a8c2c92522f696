"""Fine-tuning from the window: data, check, settings, run, comparison, accepted, and then it predicts."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

pytest.importorskip("torch")

from spectragui.core.model_copy import import_model  # noqa: E402
from spectragui.core.model_folder import read_card  # noqa: E402
from spectragui.gui.training.dialog import CHECK, COMPARE, DATA, RUN, SETTINGS, show_training  # noqa: E402
from spectragui.gui.training.trainings import (  # noqa: E402
    ACCEPTED,
    DONE,
    FAILED,
    RUNNING,
    Training,
    list_trainings,
    offer_unfinished,
    trainings_of,
)
from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402
from spectragui.inference.prediction import PredictOptions  # noqa: E402
from spectragui.io.writers import write_spectrum  # noqa: E402
from tests.inference.toy_model import toy_in, toy_star  # noqa: E402

pytestmark = pytest.mark.timeout(900)
N_STARS = 24
MINUTES = 600_000  # ms: a busy machine may take long


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A toy model, and a folder of labelled spectra with 20 % scattered light."""
    toy = toy_in(tmp_path_factory.mktemp("toy"), tmp_path_factory)
    folder = tmp_path_factory.mktemp("stars")
    rng = np.random.default_rng(8)
    with (folder / "labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["spec", "star", "T_phot", "logg"])
        for number in range(N_STARS):
            teff, logg = rng.uniform(3300.0, 4700.0), rng.uniform(3.3, 4.7)
            star = toy_star(teff, logg, snr=80.0)
            level = float(np.quantile(star.flux, 0.95))
            write_spectrum(star.replace(flux=(star.flux + 0.2 * level) / 1.2), folder / f"{number}.fits")
            table.writerow([f"{number}.fits", f"star {number}", teff, logg])
    return toy, folder


@pytest.fixture
def dialog(made, window, qtbot):
    """The dialog with the toy among the user's models, its first page filled in."""
    toy, folder = made
    for name in ("toy-emulator", "toy"):
        import_model(toy.parent / name)
    dialog = show_training(window.session, window)
    qtbot.waitExposed(dialog)
    assert dialog.pages.currentIndex() == DATA and not dialog.next.isEnabled()
    dialog.data.start.setCurrentIndex(dialog.data.start.findText("toy"))
    dialog.data.table.setFocus()
    qtbot.keyClicks(dialog.data.table, str(folder / "labels.csv"))
    qtbot.keyClick(dialog.data.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.data.boxes), timeout=MINUTES)
    return dialog


def click(qtbot, button) -> None:
    assert button.isVisible() and button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def fill_in(dialog, qtbot, name: str, steps: int) -> None:
    """Go through data, check and settings."""
    data = dialog.data
    assert data.folder.text() and data.boxes["file"].currentText() == "not in the table"
    assert "which column names the files" in dialog.why.text()
    data.boxes["file"].setCurrentIndex(data.boxes["file"].findText("spec"))
    data.boxes["teff"].setCurrentIndex(data.boxes["teff"].findText("T_phot"))
    assert data.ticks["teff"].isChecked() and data.ticks["logg"].isChecked()
    dialog.settings.name.setText(name)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == CHECK
    qtbot.waitUntil(lambda: dialog.check.check is not None, timeout=MINUTES)
    assert f"{N_STARS} of {N_STARS} spectra" in dialog.check.text.toPlainText()
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == SETTINGS
    form, advanced = dialog.settings.form, dialog.settings.advanced
    for editor_form, field, value in (
        (form, "steps", steps), (form, "batch", 16), (form, "rate_e4", 10.0),
        (advanced, "folds", 2), (advanced, "validate_every", 5),
    ):  # fmt: skip
        editor_form.editors[field].set_value(value)
        editor_form.editors[field].value_changed.emit(value)


def finish(dialog, qtbot, state: str) -> Training:
    """Wait until the training has ended so; otherwise say how it has ended."""

    def ended() -> bool:
        training = dialog.run.training
        assert training is not None
        if training.state == FAILED != state:
            messages = dialog.trainings.parent().notifications.messages
            pytest.fail(str([(one.text, one.details) for one in messages]))
        return training.state == state

    qtbot.waitUntil(ended, timeout=MINUTES)
    return dialog.run.training


def test_the_journey(dialog, qtbot, made) -> None:
    fill_in(dialog, qtbot, "toy-shallow", 20)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == RUN
    training = finish(dialog, qtbot, DONE)
    assert training.history() and "teff" in training.history()[-1]["labels"]
    qtbot.waitUntil(lambda: dialog.next.isEnabled(), timeout=MINUTES)
    click(qtbot, dialog.next)
    assert dialog.pages.currentIndex() == COMPARE
    table = dialog.compare.table
    assert [table.item(row, 1).text() for row in range(2)] == ["toy", "toy-shallow"]
    click(qtbot, dialog.next)
    finish(dialog, qtbot, ACCEPTED)
    star = toy_star(4000.0, 4.0)
    row = predict_spectrum(star, PredictOptions(model="toy-shallow", refine=False)).row
    assert row["model"] == "toy-shallow" and 2500.0 < row["teff"] < 5500.0
    assert read_card(made[0]).name == "toy"
    dialog.close()


@pytest.fixture
def started(dialog, qtbot):
    """A training that runs, and has written a checkpoint."""
    fill_in(dialog, qtbot, "toy-long", 100_000)
    click(qtbot, dialog.next)
    training = dialog.run.training
    checkpoint = training.folder / "checkpoints" / "member0.pt"
    qtbot.waitUntil(lambda: checkpoint.is_file() and bool(training.history()), timeout=MINUTES)
    return training


def test_it_pauses_goes_on_and_stops_with_its_best(dialog, started, qtbot) -> None:
    click(qtbot, dialog.run.pause)
    assert dialog.run.pause.text() == "Go on"
    qtbot.waitUntil(lambda: dialog.trainings.jobs["toy-long"].message == "Paused", timeout=MINUTES)
    paused = len(started.history())
    click(qtbot, dialog.run.pause)
    qtbot.waitUntil(lambda: len(started.history()) > paused, timeout=MINUTES)
    click(qtbot, dialog.run.stop)
    finish(dialog, qtbot, DONE)
    assert read_card(started.folder).name == "toy-long"
    click(qtbot, dialog.discard)
    assert not started.folder.exists() and dialog.pages.currentIndex() == DATA
    dialog.close()


def test_a_killed_child_is_said_and_resumed(dialog, started, qtbot, window) -> None:
    before = started.history()[-1]["step"]
    os.kill(int((started.folder / "pid").read_text()), signal.SIGKILL)
    finish(dialog, qtbot, FAILED)
    assert any("SIGKILL" in message.text for message in window.session.notifications.messages)
    assert dialog.why.text() == "The training did not come to its end: resume it, or discard it."
    click(qtbot, dialog.run.resume)
    qtbot.waitUntil(lambda: started.history()[-1]["step"] > before + 10, timeout=MINUTES)
    click(qtbot, dialog.run.cancel)
    finish(dialog, qtbot, "cancelled")
    dialog.close()


def test_another_training_does_not_write_over_one_that_is_there(dialog, started, qtbot) -> None:
    """Neither its data set by a new check, nor its checkpoints by a new start under its name."""
    data = started.data.read_bytes()
    dialog.steps.setCurrentRow(DATA)
    click(qtbot, dialog.next)
    assert dialog.plan.name != started.name
    qtbot.waitUntil(lambda: dialog.check.check is not None, timeout=MINUTES)
    click(qtbot, dialog.next)
    dialog.settings.name.setText(started.name)
    assert "There is a training toy-long already" in dialog.why.text() and not dialog.next.isEnabled()
    assert started.data.read_bytes() == data and dialog.trainings.is_running(started)
    dialog.trainings.cancel(started)
    finish(dialog, qtbot, "cancelled")
    dialog.close()


def test_interrupted_ones_are_offered_at_the_next_start(window, qtbot, monkeypatch) -> None:
    session = window.session
    training = Training("half-done", "toy", RUNNING)
    training.config.parent.mkdir(parents=True, exist_ok=True)
    training.config.write_text("")
    trainings_of(session).mark(training, RUNNING)
    assert [one.name for one in list_trainings()] == ["half-done"]
    offer_unfinished(session)
    message = session.notifications.messages[-1]
    assert "half-done was interrupted" in message.text and message.button == "Resume"
    other = Training("waiting", "toy", RUNNING)
    other.config.write_text("")
    trainings_of(session).mark(other, RUNNING)
    offer_unfinished(session)  # a queue was killed: one offer, or the others would only be in the Log
    message = session.notifications.messages[-1]
    assert "half-done, waiting were interrupted" in message.text and message.button == "Resume all"
    resumed = []
    monkeypatch.setattr(trainings_of(session), "resume", lambda training: resumed.append(training.name))
    message.on_button()
    assert resumed == ["half-done", "waiting"]


def test_a_table_that_cannot_serve_is_said_and_nothing_runs(dialog, qtbot, tmp_path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    (tmp_path / "words.csv").write_text("file,teff\nx.fits,hot\n")
    data = dialog.data
    data.table.setText(str(tmp_path / "bad.csv"))
    data.table.editingFinished.emit()
    qtbot.waitUntil(lambda: data.boxes["teff"].count() == 3, timeout=MINUTES)
    assert not dialog.next.isEnabled()
    data.table.setText(str(tmp_path / "words.csv"))
    data.table.editingFinished.emit()
    qtbot.waitUntil(lambda: data.boxes["teff"].findText("teff") > 0, timeout=MINUTES)
    click(qtbot, dialog.next)
    qtbot.waitUntil(lambda: "'hot'" in dialog.check.text.toPlainText(), timeout=MINUTES)
    assert "Row 1 of words.csv" in dialog.check.text.toPlainText() and not dialog.next.isEnabled()
    assert not list_trainings()
    dialog.close()
