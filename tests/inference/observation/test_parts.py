"""The parts of a prediction: reconstruction, cleaning, errors, model store, preparation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.inference.fit.cleaning import clean_observation
from spectragui.inference.fit.compare import compare, generate_on_pixels, physics_misfit
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.prepare import prepare_observation
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.model_store import choose_model, suggest_model, window_overlap
from spectragui.inference.parameters.uncertainty import misfit_fraction, with_systematics
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum

MODEL = open_model("optical-parameters")
TRUTH = {"teff": 5400.0, "logg": 4.3, "m_h": -0.1, "alpha_m": 0.0, "vmic": 1.0, "vsini": 6.0}
LABELS = LabelSet(TRUTH, {"teff": 20.0, "logg": 0.03, "m_h": 0.02})


def simulated(snr: float = 120.0, power: float = 45_000.0, **changes: float) -> Spectrum:
    how = Observing(power, 0.0, snr, is_normalised=False, seed=3)
    return simulate_spectrum(load_emulator("optical-emulator"), TRUTH | changes, how)


@pytest.fixture(scope="module")
def observation() -> Observation:
    return prepare_observation(simulated(), MODEL).observation


def test_preparation_finds_what_was_simulated(observation: Observation) -> None:
    assert len(observation.segments) == 1
    assert observation.v_rad_kms == pytest.approx(0.0, abs=0.1)
    assert observation.resolving_power == 45_000.0
    assert observation.is_resolving_power_known
    assert observation.snr == pytest.approx(120.0, rel=0.1)
    segment = observation.segments[0]
    assert np.median(segment.flux[~segment.mask]) == pytest.approx(0.95, abs=0.08)
    assert np.all(segment.uncertainty > 0)
    assert np.all(segment.flux[segment.mask] == 0)


def test_arms_that_disagree_are_put_at_rest_one_by_one() -> None:
    star = simulated()
    left, right = star.select(slice(0, 12000)), star.select(slice(12000, len(star)))
    axis = right.spectral_axis
    moved = right.replace(spectral_axis=axis.replace(values=axis.values * (1 + 20.0 / 299792.458)))
    prepared = prepare_observation(EchelleSpectrum((left, moved), dict(star.meta)), MODEL)
    _, misfit = compare(prepared.observation, LABELS)
    assert misfit.correlation > 0.99


def test_at_the_truth_noise_explains_the_residual(observation: Observation) -> None:
    comparison, misfit = compare(observation, LABELS)
    assert misfit.rchi2_noise == pytest.approx(1.0, abs=0.15)
    assert misfit.correlation > 0.995
    assert physics_misfit(comparison) < 0.3
    assert misfit_fraction(misfit) < 0.05
    assert with_systematics(LABELS, misfit, MODEL.card.errors["misfit"]).error("teff") < 30.0


def test_elsewhere_it_does_not(observation: Observation) -> None:
    wrong = LABELS.replace(teff=6200.0)
    _, misfit = compare(observation, wrong)
    assert misfit.rchi2_noise > 2.0
    assert misfit_fraction(misfit) > 0.1
    assert (
        with_systematics(LabelSet(TRUTH, {"teff": 20.0}), misfit, MODEL.card.errors["misfit"]).error("teff")
        > 40.0
    )


def test_generated_spectra_have_the_data_s_pixels(observation: Observation) -> None:
    generated = generate_on_pixels(observation, LABELS)
    assert [flux.size for flux in generated] == [s.flux.size for s in observation.segments]
    sharp = generate_on_pixels(dataclasses.replace(observation, resolving_power=100_000.0), LABELS)
    assert sharp[0].min() < generated[0].min()
    (segment,) = observation.segments
    good = ~segment.mask
    moved = np.roll(generated[0], 3)  # a line is on its own pixels
    alike, beside = (np.corrcoef(segment.flux[good], one[good])[0, 1] for one in (generated[0], moved))
    assert alike > 0.97 and alike - beside > 0.02


def test_cosmic_rays_and_dead_pixels_are_masked(observation: Observation) -> None:
    segment = observation.segments[0]
    flux = np.array(segment.flux)
    hits = np.arange(500, flux.size - 500, 900)
    flux[hits] *= np.where(np.arange(hits.size) % 2, 2.5, 0.1)
    dirty = dataclasses.replace(observation, segments=(dataclasses.replace(segment, flux=flux),))
    cleaned, notes = clean_observation(dirty, LABELS)
    found = cleaned.segments[0].mask[hits]
    assert found.mean() > 0.8
    assert np.count_nonzero(cleaned.segments[0].mask) < 6 * hits.size
    assert notes


def test_a_clean_spectrum_is_left_alone(observation: Observation) -> None:
    cleaned, notes = clean_observation(observation, LABELS)
    assert np.count_nonzero(cleaned.segments[0].mask) <= np.count_nonzero(observation.segments[0].mask) + 5
    assert not [note for note in notes if "orders" in note]


def test_a_bad_order_counts_less() -> None:
    star = simulated()
    edges = np.linspace(0, len(star), 7).astype(int)
    orders = [star.select(slice(int(a), int(b))) for a, b in zip(edges, edges[1:], strict=False)]
    rng = np.random.default_rng(1)
    iodine = np.repeat(rng.uniform(0.4, 1.0, len(orders[3]) // 4 + 1), 4)[: len(orders[3])]
    orders[3] = orders[3].replace(flux=orders[3].flux * iodine)
    observation = prepare_observation(EchelleSpectrum(tuple(orders), dict(star.meta)), MODEL).observation
    cleaned, notes = clean_observation(observation, LABELS)
    medians = [float(np.median(s.uncertainty)) for s in cleaned.segments]
    assert np.argmax(medians) == 3
    assert any("1 of 6 orders" in note for note in notes)


def test_the_model_that_suits_is_suggested() -> None:
    entry = suggest_model(simulated())
    assert entry.card.name == "optical-parameters"
    assert window_overlap(simulated(), entry.card) > 0.97
    assert choose_model(simulated(), "optical-parameters").path == entry.path
    assert entry.is_bundled


def test_overlap_counts_overlapping_orders_once() -> None:
    card = suggest_model(simulated()).card
    wave = np.linspace(4450.0, 4925.0, 2000)
    half = Spectrum(SpectralAxis(wave), np.ones(2000))
    assert window_overlap(EchelleSpectrum((half, half)), card) == pytest.approx(0.5, abs=0.02)


def test_unknown_models_are_named() -> None:
    with pytest.raises(ModelError, match="no model 'nonsense'"):
        choose_model(simulated(), "nonsense")
