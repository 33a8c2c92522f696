"""The calibration of a denoiser: errors by what the model expects, alarms by stars of its domain."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.model_folder import find_model, read_card
from spectragui.inference.denoise.alarms import AT_SNR, KEY, Alarms, alarms_of
from spectragui.inference.denoise.basis_check import check_error_calibration
from spectragui.inference.denoise.denoiser import Denoiser, error_scale
from spectragui.networks.denoising_autoencoder import PosteriorCorrection
from spectragui.training.config import TrainingConfig
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig
from spectragui.training.denoiser.denoiser_calibration import (
    FALSE_ALARMS,
    CalibrationSpectra,
    calibrate_alarms,
    calibrations_by_power,
    error_calibration,
    limits_from,
    tail_limit,
)
from spectragui.training.denoiser.heldout import HeldOutMaker, denoised_held_out
from spectragui.training.denoiser.run import domain_of, train_denoiser


def test_errors_that_are_too_small_where_noise_is_low_are_widened_there() -> None:
    rng = np.random.default_rng(1)
    expected = np.exp(rng.uniform(np.log(1e-3), np.log(1e-2), 800))
    real = np.where(expected < 3e-3, 1.5, 0.9)
    ratios = np.abs(rng.normal(size=(800, 200))) * real[:, None]
    found = error_calibration(expected, ratios)
    assert error_scale(found, np.array([1.2e-3]))[0] == pytest.approx(1.5, rel=0.05)
    assert error_scale(found, np.array([9e-3]))[0] == pytest.approx(0.9, rel=0.05)


def test_errors_are_calibrated_for_each_resolving_power_and_between_them() -> None:
    rng = np.random.default_rng(2)
    power = np.repeat([5000.0, 20_000.0], 80)
    expected = np.exp(rng.uniform(np.log(1e-3), np.log(1e-2), power.size))
    ratio = np.abs(rng.normal(size=(power.size, 200))) * np.where(power > 1e4, 2.0, 0.9)[:, None]
    found, powers = calibrations_by_power(CalibrationSpectra(power, expected, expected, ratio, []))
    assert found.shape == (2, 2, 5) and powers is not None

    def at(resolving_power: float) -> float:
        return float(error_scale(found, np.array([3e-3]), powers, resolving_power)[0])

    assert at(2000.0) == at(5000.0) == pytest.approx(0.9, rel=0.05)
    assert at(90_000.0) == at(20_000.0) == pytest.approx(2.0, rel=0.05)
    assert at(10_000.0) == pytest.approx(np.sqrt(at(5000.0) * at(20_000.0)), rel=1e-6)
    for wrong in (powers[::-1], powers[:1], np.array([0.0, 1.0]), np.array([5000.0, np.nan])):
        with pytest.raises(ModelError, match="calibration of its errors"):
            check_error_calibration(found, "other", wrong)


def test_a_limit_that_few_spectra_reach_is_that_of_the_tail_not_of_the_largest() -> None:
    few, many = (np.random.default_rng(5).exponential(size=n) for n in (180, 20_000))
    assert tail_limit(many, 0.003) == np.quantile(many, 0.997)
    assert tail_limit(few, 0.003) == pytest.approx(-np.log(0.003), rel=0.25)
    few[np.argmax(few)] = 1000.0
    assert tail_limit(few, 0.003) < 0.25 * 1000.0


def test_alarms_are_rare_at_every_signal_to_noise_not_only_on_average() -> None:
    """What the components miss is a larger part of the noise of bright spectra."""
    rng = np.random.default_rng(6)
    snr = np.exp(rng.uniform(np.log(5.0), np.log(200.0), 4000))
    surprise = rng.exponential(size=snr.size) * snr
    proofs = [
        SimpleNamespace(
            chi2=0.1, whiteness=0.5, surprise=one, velocity_gain=50.0, velocity_contrast=1.0, sharpness=0.1,
            regions=[], lines=[SimpleNamespace(misfit_sigma=2.0)],
        )
        for one in surprise
    ]  # fmt: skip
    spectra = CalibrationSpectra(np.zeros(snr.size), snr, snr, snr[:, None], proofs)  # type: ignore[arg-type]
    found = limits_from(spectra, Alarms())
    assert len(found[AT_SNR]) == len(found["surprise"]) == 6 and isinstance(found["velocity_gain"], float)
    card = read_card(find_model("pfs-dae"))
    own = dataclasses.replace(card, network={KEY: found})
    limits = np.array([alarms_of(own, 0.0, one).surprise for one in snr])
    for some in np.array_split(np.argsort(snr), 4):
        assert np.mean(surprise[some] > limits[some]) == pytest.approx(FALSE_ALARMS["surprise"], abs=0.004)
    low, high = found[AT_SNR][:2]
    middle = alarms_of(own, 0.0, np.sqrt(low * high)).surprise
    assert middle == pytest.approx(np.sqrt(found["surprise"][0] * found["surprise"][1]))
    assert alarms_of(own, 0.0, 0.5).surprise == alarms_of(own).surprise == pytest.approx(found["surprise"][0])
    assert len(spectra.select(snr < 6.0).bands()) == 1
    few = limits_from(spectra.select(snr < 6.0), Alarms())
    assert isinstance(few["surprise"], float) and AT_SNR not in few
    for changed in ({AT_SNR: [10.0, 5.0]}, {AT_SNR: [5.0]}, {"surprise": [1.0, 2.0]}):
        with pytest.raises(ModelError):
            alarms_of(dataclasses.replace(card, network={KEY: {**found, **changed}}))


def test_alarms_are_found_anew_and_weights_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(find_model("pfs-dae"), folder)
    before = (folder / "model.safetensors").read_bytes()
    calibrate_alarms(folder, HeldOutMaker(domain_of(folder)), 24, 3)
    model = Denoiser.load(folder)
    assert (folder / "model.safetensors").read_bytes() == before
    assert model.card.training["alarm_spectra"] == 24 and model.card.training["calibration_spectra"] == 1000
    assert model.alarms != Denoiser.load(find_model("pfs-dae")).alarms


def test_the_bundled_errors_hold_in_every_bin_of_signal_to_noise() -> None:
    """24 spectra a bin scatter by about 3 %; of 1,000 see docs/experiments.md."""
    folder = find_model("pfs-dae")
    model, maker = Denoiser.load(folder), HeldOutMaker(domain_of(folder))
    for number, snr in enumerate((5.0, 20.0, 100.0)):
        held = maker.make(24, np.random.default_rng([number, 501]), snr)
        found = denoised_held_out(model, held)
        sigma = np.sqrt(np.einsum("npk,npk->np", found.factor, found.factor))
        assert 0.58 < np.mean(np.abs(found.flux - held.truth) < sigma) < 0.78, snr


def test_alarms_stand_in_the_card_and_wrong_ones_end_in_a_sentence() -> None:
    card = read_card(find_model("pfs-dae"))
    assert set(card.network[KEY]) == {*FALSE_ALARMS, "model_error", AT_SNR}
    assert sum(FALSE_ALARMS.values()) <= 0.032
    for wrong, said in (({"chi2": -1.0}, "no positive number"), ({"chi3": 1.0}, "not known")):
        with pytest.raises(ModelError, match=said):
            alarms_of(dataclasses.replace(card, network={KEY: wrong}))


def test_a_limit_may_differ_between_resolving_powers() -> None:
    card = read_card(find_model("optical-dae"))
    several = {"powers": [5000.0, 20_000.0], "sharpness": [3.0, 12.0], "region": 5.0}
    own = dataclasses.replace(card, network={KEY: several})
    at = {power: alarms_of(own, power) for power in (3000.0, 5000.0, 10_000.0, 20_000.0, 1e5)}
    assert [round(one.sharpness, 6) for one in at.values()] == [3.0, 3.0, 6.0, 12.0, 12.0]
    assert {one.region for one in at.values()} == {5.0}
    for changed in ({"powers": [5000.0]}, {"powers": [2e4, 5e3]}, {"powers": []}, {"sharpness": [3.0, -1.0]}):
        with pytest.raises(ModelError):
            alarms_of(dataclasses.replace(card, network={KEY: {**several, **changed}}))
    bundled = [alarms_of(card, power).sharpness for power in card.network[KEY]["powers"]]
    assert bundled[0] < 5.0 < bundled[-1]  # narrow lines are missed by more


def test_a_small_denoiser_is_trained_with_its_ensemble_and_calibrated(tmp_path: Path) -> None:
    from spectragui.training.config import NetworkConfig

    config = DenoiserConfig(
        output=str(tmp_path / "small-dae"),
        domain=DomainConfig(
            grid="", n_lines=8, n_level=4, n_templates=4, n_stars=60, vsini_knots=(0.0, 12.0)
        ),
        network=NetworkConfig("posterior", {"width": 16, "draws": 160}),
        training=TrainingConfig(steps=40, batch=64, members=2, calibration_spectra=16, threads=1),
    )
    folder = train_denoiser(config)
    model = Denoiser.load(folder)
    assert isinstance(model.correction, PosteriorCorrection) and len(model.correction.members) == 2
    assert model.error_calibration is not None and model.error_calibration.shape == (2, 8)
    gains = model.card.training["error_by_posterior_alone"]
    assert len(gains) == 2 and all(value < 1.05 for value in gains)
    held = HeldOutMaker(domain_of(folder)).make(4, np.random.default_rng(3), 20.0)
    found = denoised_held_out(model, held)
    assert np.isfinite(found.flux).all()
    assert np.mean(np.abs(found.flux / held.truth - 1.0)) < np.mean(held.sigma / held.truth)
