"""A chain: runs its stages, re-runs only the changed tail, keeps its results on failure, saves itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.core.errors import SettingsError, StageError
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.chain_files import chain_from_toml, chain_to_toml
from spectragui.preprocessing.stage import Stage, StageResult
from spectragui.preprocessing.stages.trim import Trim


def make_spectrum(start: float = 5000.0, n_pixels: int = 100) -> Spectrum:
    axis = SpectralAxis(start + 0.1 * np.arange(n_pixels), medium="air", frame="rest")
    return Spectrum(axis, np.linspace(1.0, 2.0, n_pixels), np.full(n_pixels, 0.1))


CALLS: list[float] = []


@dataclasses.dataclass(frozen=True)
class Scale(Stage):
    """Multiply; counts its runs."""

    title = "Scale"
    factor: float = param(2.0, minimum=0.0)

    def run(self, spectrum):
        CALLS.append(self.factor)
        if self.factor == 0.0:
            raise StageError("Nothing is left.", "Choose another factor.")
        return StageResult(spectrum.replace(flux=spectrum.flux * self.factor))


def test_every_spectrum_on_the_way_is_kept():
    spectrum = make_spectrum()
    run = Chain.of(Trim(low_aa=5002.0), Scale(3.0)).run(spectrum)
    assert run.spectra[0] is spectrum
    assert len(run.spectra[1]) == 80
    np.testing.assert_allclose(run.spectra[2].flux, 3.0 * spectrum.flux[20:])
    assert run.output.meta["history"] == ("Trim (low_aa=5002.0)", "Scale (factor=3.0)")


def test_only_the_changed_tail_runs_again():
    spectrum = make_spectrum()
    chain = Chain.of(Scale(2.0), Scale(3.0), Scale(4.0))
    run = chain.run(spectrum)
    CALLS.clear()
    again = chain.with_stage(1, Scale(5.0)).run(spectrum, run)
    assert CALLS == [5.0, 4.0]
    assert again.results[0] is run.results[0]
    CALLS.clear()
    assert chain.run(spectrum, run).results == run.results and not CALLS
    chain.run(make_spectrum(), run)
    assert CALLS == [2.0, 3.0, 4.0]


def test_a_failing_stage_keeps_what_was_before_it():
    spectrum = make_spectrum()
    chain = Chain.of(Scale(2.0), Scale(0.0), Scale(4.0))
    run = chain.run(spectrum)
    assert run.failed_step == 1 and len(run.results) == 1
    np.testing.assert_array_equal(run.spectrum.flux, 2.0 * spectrum.flux)
    with pytest.raises(StageError, match="Scale: Nothing is left"):
        chain.apply(spectrum)


def test_a_step_that_is_off_passes_its_input_on():
    spectrum = make_spectrum()
    run = Chain.of(Scale(2.0), Scale(3.0)).switched(0, False).run(spectrum)
    assert run.results[0].spectrum is spectrum
    assert run.chain.hash == Chain.of(Scale(3.0)).hash


def test_steps_can_be_moved_doubled_and_removed():
    chain = Chain.of(Scale(1.0), Scale(2.0), Scale(3.0))
    factors = lambda c: [step.stage.factor for step in c.steps]  # noqa: E731
    assert factors(chain.move(0, 2)) == [2.0, 3.0, 1.0]
    assert factors(chain.duplicate(1)) == [1.0, 2.0, 2.0, 3.0]
    assert factors(chain.remove(1)) == [1.0, 3.0]
    doubled = chain.duplicate(1)
    assert len({step.id for step in doubled.steps}) == 4


def test_a_chain_is_the_same_after_toml():
    chain = Chain.of(Trim(5000.0, 5005.0, 3), Trim(), title="Mine", text="Why").switched(1, False)
    again = chain_from_toml(chain_to_toml(chain))
    assert again == chain and again.title == "Mine" and again.text == "Why" and again.hash == chain.hash


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("step = 3", "steps of a chain"),
        ("[[step]]\nstage='polish'", "no stage 'polish'"),
        ("[[step]]\nstage='trim'\nlow=3", "no parameter 'low'"),
        ("[[step]]\nstage='trim'\nlow_aa='red'", "cannot be 'red'"),
        ("[[step]]\nstage='trim'\nlow_aa=-3", "below its minimum"),
        ("[[step", "not a TOML file"),
    ],
)
def test_a_damaged_chain_is_refused_in_words(text, says):
    with pytest.raises(SettingsError, match=says):
        chain_from_toml(text)


def test_orders_left_with_nothing_drop_out():
    orders = EchelleSpectrum((make_spectrum(5000.0), make_spectrum(5100.0)))
    result = Trim(low_aa=5050.0).run(orders)
    assert len(result.spectrum) == 1
    assert "1 order left out" in result.notes[0]
    with pytest.raises(StageError):
        Trim(low_aa=6000.0).run(orders)
