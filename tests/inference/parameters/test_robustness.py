"""Robustness: each trial is what its knob says, and the labels of a good spectrum stay where they are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.parameters import robustness
from spectragui.inference.parameters.robustness import KNOBS, measure_robustness, noisier
from spectragui.inference.parameters.robustness_output import robustness_rows, write_robustness
from spectragui.io.read import read_spectrum


@pytest.fixture(scope="module")
def found():
    patch = pytest.MonkeyPatch()
    patch.setattr(robustness, "NOISE_FACTORS", (1.0, 0.4))
    patch.setattr(robustness, "POWER_FACTORS", (1.0, 0.4))
    patch.setattr(robustness, "OFFSETS_KMS", (-40.0, 0.0, 0.5))
    messages = []
    spectrum = read_spectrum(resource("examples", "simulated_sun_like_1d.fits"))
    yield measure_robustness(spectrum, progress=lambda _done, text="": messages.append(text)), messages
    patch.undo()


def test_noise_is_added_to_reach_the_signal_to_noise_ratio():
    axis = SpectralAxis(5000.0 + 0.05 * np.arange(20_000), medium="air", frame="rest")
    spectrum = Spectrum(axis, np.ones(20_000), np.full(20_000, 0.01))
    noisy = noisier(spectrum, 0.25, seed=1)
    np.testing.assert_allclose(noisy.uncertainty, 0.04)
    assert np.std(noisy.flux) == pytest.approx(0.01 * math.sqrt(15), rel=0.03)
    assert noisier(spectrum, 1.0, seed=1) is spectrum


def test_every_knob_is_turned_and_the_plain_trials_give_the_result(found):
    result, messages = found
    assert {trial.knob for trial in result.trials} == set(KNOBS)
    for knob, value in (("snr", None), ("resolving_power", 50_000.0), ("velocity", 0.0)):
        plain = result.of(knob)[1 if knob == "velocity" else -1]
        assert value is None or plain.value == pytest.approx(value)
        assert plain.labels["teff"] == pytest.approx(result.labels["teff"], abs=2.0)
    assert [trial.name for trial in result.of("continuum")][0] == "as it is"
    assert any("Continuum: alpha shape" in text for text in messages)


def test_a_good_spectrum_holds_and_a_wrong_velocity_is_told(found):
    result, _ = found
    for knob in ("snr", "resolving_power", "continuum"):
        assert result.spread(knob, "teff") < 4 * result.labels.error("teff"), knob
    far = result.of("velocity")[0]
    assert far.value == -40.0 and (far.labels is None or far.is_flagged)


def test_trials_become_a_table_and_a_figure(found, tmp_path):
    result, _ = found
    rows = robustness_rows(result)
    assert len(rows) == len(result.trials) and {row["changed"] for row in rows} == set(KNOBS)
    write_robustness(result, tmp_path / "r.ecsv")
    write_robustness(result, tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 20_000
    assert "continuum" in (tmp_path / "r.ecsv").read_text()


def test_a_spectrum_that_is_not_served_says_so():
    axis = SpectralAxis(8000.0 + 0.05 * np.arange(2000), medium="air", frame="rest")
    with pytest.raises(ModelError, match="no result"):
        measure_robustness(Spectrum(axis, np.ones(2000), np.full(2000, 0.01)))
