"""The paper's hourglass, and its augmentation in its order."""

from __future__ import annotations

import numpy as np
import torch

from spectragui.networks.denoising_autoencoder import (
    PAPER_WEIGHTS,
    CorrectionMember,
    HourglassAutoencoder,
    count_weights,
)
from spectragui.training.denoiser.disturbances import DenoiserAugmentation, augment


def test_the_paper_preset_has_its_45_million_weights() -> None:
    with torch.device("meta"):
        network = HourglassAutoencoder()
    assert count_weights(network) == PAPER_WEIGHTS == 45_270_016
    widths = [layer.in_features for layer in network.layers] + [network.layers[-1].out_features]
    assert widths == [4096, 3136, 2176, 1216, 256, 1216, 2176, 3136, 4096]


def test_xavier_bounds_weights_and_biases_and_the_output_lies_within_0_and_1() -> None:
    torch.manual_seed(1)
    network = HourglassAutoencoder((40, 20, 10))
    for layer in network.requires_grad_(False).layers:
        bound = (6.0 / (layer.in_features + layer.out_features)) ** 0.5
        assert float(layer.weight.abs().max()) <= bound
        assert float(layer.bias.abs().max()) <= bound
    out = network(10.0 * torch.randn(5, 40)).detach()
    assert out.shape == (5, 40)
    assert bool(((out > 0) & (out < 1)).all())


def test_augmentation_calibrates_both_adds_noise_to_the_input_alone_then_scales_both() -> None:
    wavelength = np.linspace(7100.0, 8850.0, 512)
    flux, sigma = np.full((4, 512), 0.5), np.full((4, 512), 0.05)
    drawn = augment(flux, sigma, wavelength, DenoiserAugmentation(), np.random.default_rng(1))
    assert np.abs(drawn.calibration - 1.0).max() <= 0.02 + 1e-12
    expected = drawn.scale * (flux * drawn.calibration) + drawn.offset
    assert np.allclose(drawn.target, expected)
    assert np.allclose(drawn.input, drawn.scale * (flux * drawn.calibration + drawn.noise) + drawn.offset)
    assert 0.04 < drawn.noise.std() < 0.06
    again = augment(flux, sigma, wavelength, DenoiserAugmentation(), np.random.default_rng(2))
    assert not np.allclose(again.calibration, drawn.calibration)
    assert not np.allclose(again.noise, drawn.noise)


def test_scale_and_offset_are_drawn_around_one_and_zero_with_a_hundredth() -> None:
    flux = np.ones((4000, 8))
    config = DenoiserAugmentation(calibration_error=0.0)
    drawn = augment(flux, 0.0 * flux, np.linspace(7100, 8850, 8), config, np.random.default_rng(3))
    assert abs(drawn.scale.mean() - 1.0) < 1e-3
    assert abs(drawn.offset.mean()) < 1e-3
    assert np.isclose(drawn.scale.std(), 0.01, rtol=0.1)
    assert np.isclose(drawn.offset.std(), 0.01, rtol=0.1)


def test_an_untrained_correction_leaves_the_posterior_alone() -> None:
    member = CorrectionMember(12, 16)
    shift, log_scale = member.requires_grad_(False)(torch.randn(3, 12), torch.rand(3, 12))
    assert float(shift.abs().max()) == float(log_scale.abs().max()) == 0.0
