"""Robustness of this result: one button, a background job, one figure, exported."""

from __future__ import annotations

from spectragui.core.labels import LabelSet
from spectragui.gui.parameters.robustness_dialog import show_robustness
from spectragui.inference.parameters.robustness import KNOBS, Robustness, Trial
from spectragui.inference.prediction import PredictOptions
from tests.gui.conftest import make_spectrum
from tests.gui.predictions import make_prediction, open_with


def trials():
    labels = LabelSet({"teff": 5770.0, "logg": 4.4, "m_h": 0.0}, {"teff": 30.0, "logg": 0.05, "m_h": 0.03})
    rows = [
        Trial(
            knob,
            float("nan") if knob == "continuum" else float(n),
            f"{n}",
            labels.replace(teff=5770.0 + n),
            n == 2,
        )
        for knob in KNOBS
        for n in range(3)
    ]
    rows.append(Trial("snr", 9.0, "9", None, True, "too noisy"))
    return Robustness("Sun", "optical-parameters", labels, tuple(rows))


def test_the_button_runs_the_trials_and_draws_them(window, qtbot, monkeypatch, tmp_path):
    given = []

    def measured(spectrum, options, progress):
        given.append(spectrum)
        progress(0.5, "S/N per pixel: 40")
        return trials()

    monkeypatch.setattr("spectragui.inference.parameters.robustness.measure_robustness", measured)
    session = window.session
    open_with(session, make_spectrum(), make_prediction())
    session.update(active_panel="Parameters")
    controls = window.panel("Parameters controls")
    assert not controls.robustness_button.isHidden()
    dialog = show_robustness(session, PredictOptions(), window)
    qtbot.waitUntil(lambda: dialog.found is not None)
    assert given == [session.state.selected.spectrum]
    assert set(dialog.plots) == {(label, knob) for label in ("teff", "logg", "m_h") for knob in KNOBS}
    assert "Teff 5770 ± 30" in dialog._said.text() and "S/N per pixel 2" in dialog._said.text()
    dialog.grab()
    dialog.save(tmp_path / "robust.csv")
    qtbot.waitUntil((tmp_path / "robust.csv").is_file)
    dialog.close()


def test_a_failure_is_said_in_the_dialog(window, qtbot, monkeypatch):
    from spectragui.core.errors import ModelError

    def refuse(*_):
        raise ModelError("There is no result to be tried.")

    monkeypatch.setattr("spectragui.inference.parameters.robustness.measure_robustness", refuse)
    open_with(window.session, make_spectrum(), None)
    dialog = show_robustness(window.session, PredictOptions(), window)
    qtbot.waitUntil(lambda: "no result to be tried" in dialog._said.text())
    assert not dialog._export.isEnabled()
    dialog.close()
