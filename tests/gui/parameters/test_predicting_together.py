"""Predict together: two selected spectra become one result; anything else is told."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtGui import QGuiApplication

from spectragui.analysis.axis_conversion import Correction
from spectragui.core.errors import ModelError
from spectragui.gui.parameters import predicting_together
from spectragui.gui.parameters.prediction_commands import copy_prediction_command
from spectragui.gui.session.state import Result
from tests.gui.conftest import make_spectrum
from tests.gui.predictions import make_prediction, open_with


@pytest.fixture
def two(session):
    open_with(session, make_spectrum(), None, None)
    session.update(selected_id="s0", selected_ids=("s0", "s1"))
    return session


def test_two_spectra_become_one_result(two, qtbot, monkeypatch):
    given = []

    def run(spectra, options, progress):
        given.append((spectra, options))
        return make_prediction("GJ 1", 3300.0, fit=False, model="mdwarf-fused")

    monkeypatch.setattr(predicting_together, "run_together", run)
    predicting_together.predict_selected_together(two)
    qtbot.waitUntil(lambda: len(two.state.results) == 1)
    (spectra, options) = given[0]
    assert spectra == tuple(item.spectrum for item in two.state.spectra)
    assert options.model == "" and options.resolving_power is None
    result = two.state.results[0]
    assert result.prediction.row["model"] == "mdwarf-fused"
    assert (two.state.selected_result_id, result.spectrum_id) == (result.id, "s0")
    two.undo()
    assert not two.state.results


def test_a_refusal_is_told(two, qtbot, monkeypatch):
    def run(spectra, options, progress):
        raise ModelError("The spectra are of two stars by their names: GJ 1 and GJ 2.")

    monkeypatch.setattr(predicting_together, "run_together", run)
    said = []
    two.notifications.added.connect(lambda note: said.append(note.text))
    predicting_together.predict_selected_together(two)
    qtbot.waitUntil(lambda: any("two stars" in text for text in said))
    assert not two.state.results


def test_one_spectrum_is_not_enough(two):
    two.update(selected_ids=("s0",))
    said = []
    two.notifications.added.connect(lambda note: said.append(note.text))
    predicting_together.predict_selected_together(two)
    assert said and "Select two spectra" in said[0]
    assert not two.tasks.active_jobs


def joint(session, file="s0.fits + s1.fits"):
    """Show a result of both spectra, read from two files."""
    prediction = make_prediction("GJ 1", 3300.0, fit=False, model="mdwarf-fused")
    prediction = dataclasses.replace(prediction, row={**prediction.row, "file": file})
    items = tuple(
        item.replace(files=(f"/data/{item.id}.fits",), spectrum=item.spectrum.with_meta(n_spectra=1))
        for item in session.state.spectra
    )
    session.update(spectra=items, selected_ids=("s0",), results=(Result("r", "s0", prediction),))
    session.update(selected_result_id="r")


def copied(session) -> str:
    QGuiApplication.clipboard().setText("")
    copy_prediction_command(session)
    return QGuiApplication.clipboard().text()


def test_the_command_of_two_arms_predicts_them_together(two):
    joint(two)
    assert copied(two) == "spectragui predict --together /data/s0.fits /data/s1.fits"
    joint(two, "s0.fits")
    assert copied(two) == "spectragui predict /data/s0.fits"


def test_a_change_of_one_arm_alone_cannot_be_told(two):
    joint(two)
    changed = two.state.spectra[1].replace(changes=(Correction(medium="vacuum"),))
    two.update(spectra=(two.state.spectra[0], changed))
    said = []
    two.notifications.added.connect(lambda note: said.append(note.text))
    assert copied(two) == "" and "no command tells of one arm alone" in said[-1]
