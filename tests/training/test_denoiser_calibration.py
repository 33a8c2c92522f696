"""The calibration of a denoiser: errors by what the model expects, alarms by stars of its domain."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.model_folder import find_model, read_card
from spectragui.inference.denoise.alarms import KEY, alarms_of
from spectragui.inference.denoise.denoiser import Denoiser, error_scale
from spectragui.networks.denoising_autoencoder import PosteriorCorrection
from spectragui.training.config import TrainingConfig
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig
from spectragui.training.denoiser.denoiser_calibration import FALSE_ALARMS, error_calibration
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
    assert set(card.network[KEY]) == {*FALSE_ALARMS, "model_error"}
    assert sum(FALSE_ALARMS.values()) <= 0.055
    for wrong, said in (({"chi2": -1.0}, "no positive number"), ({"chi3": 1.0}, "not known")):
        with pytest.raises(ModelError, match=said):
            alarms_of(dataclasses.replace(card, network={KEY: wrong}))


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
