"""Conditional VAEs: the paper's sizes, learning, and the decoder in numpy against that in torch."""

import dataclasses

import numpy as np
import pytest

from spectragui.core.model_card import ModelCard, WavelengthGrid
from spectragui.simulation.generator import N_FEATURES, SpectrumGenerator, condition_features
from spectragui.simulation.generator_basis import SpectralBasis, fit_basis

torch = pytest.importorskip("torch")

from spectragui.networks.cvae import (  # noqa: E402 - after torch
    DenseCVAE,
    FactoredCVAE,
    draw_latent,
    kl_divergence,
)
from spectragui.training.generator.files import Scales, generator_tensors  # noqa: E402

N_PIXELS = 600


def wavy_spectra(n, seed=0):
    """Spectra of a few Gaussian lines whose depth and width follow two numbers each."""
    rng = np.random.default_rng(seed)
    depth, width = rng.uniform(0.2, 0.8, (n, 1)), rng.uniform(2.0, 12.0, (n, 1))
    pixel = np.arange(N_PIXELS)
    flux = np.ones((n, N_PIXELS))
    for centre in (80, 300, 310, 520):
        flux -= 0.5 * depth * np.exp(-0.5 * ((pixel - centre) / width) ** 2)
    return flux.astype(np.float32), np.concatenate([depth, width / 12.0], axis=1).astype(np.float32)


def test_the_papers_preset_has_the_papers_layers():
    with torch.device("meta"):
        network = DenseCVAE()
    shapes = [tuple(layer.weight.shape) for layer in network.modules() if isinstance(layer, torch.nn.Linear)]
    assert shapes == [
        (4000, 19_006),
        (2000, 4000),
        (1000, 2000),
        (200, 1000),
        (1000, 106),
        (2000, 1000),
        (4000, 2000),
        (19_000, 4000),
    ]
    assert sum(weight.numel() for weight in network.parameters()) == pytest.approx(172e6, rel=0.02)


def test_the_divergence_is_that_of_two_gaussians():
    mean, log_variance = torch.tensor([[0.0, 1.5]]), torch.tensor([[0.0, -2.0]])
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(normal(mean, (0.5 * log_variance).exp()), normal(0.0, 1.0))
    assert torch.allclose(kl_divergence(mean, log_variance), wanted, atol=1e-6)
    drawn = draw_latent(
        mean.expand(20_000, 2), log_variance.expand(20_000, 2), torch.Generator().manual_seed(1)
    )
    assert drawn[:, 1].mean() == pytest.approx(1.5, abs=0.02)
    assert drawn[:, 1].std() == pytest.approx(np.exp(-1.0), rel=0.03)


def test_the_papers_network_overfits_eight_spectra():
    torch.manual_seed(0)
    flux, labels = (torch.from_numpy(array) for array in wavy_spectra(8))
    network = DenseCVAE(N_PIXELS, 2, hidden=(64, 48, 32), n_latent=6)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)
    for _ in range(600):
        error, divergence = network.losses(flux, labels, generator)
        optimizer.zero_grad()
        (error + 1e-4 * divergence).backward()
        optimizer.step()
    latent, _ = network.encode(flux, labels)
    left = (network.decode(latent, labels) - flux).abs().mean().detach()
    assert float(left) < 0.5 * float((flux - flux.mean(0)).abs().mean())


@pytest.fixture(scope="module")
def small():
    """A factored network with random weights, and the same in numpy."""
    torch.manual_seed(3)
    basis = fit_basis(wavy_spectra(120)[0], 16, 14, knot_step=6)
    network = FactoredCVAE(basis.n_vectors, n_latent=5, width=24, spread_width=12)
    rng = np.random.default_rng(0)
    labels = rng.uniform([4000, 1, -2, 0, 0, 0, 2000], [9000, 5, 0.5, 0.4, 4, 200, 100_000], (7, 7))
    scales = Scales.of(condition_features(labels), rng.standard_normal((50, basis.n_vectors)), N_PIXELS)
    card = ModelCard("small", "1", "cvae", wavelength=WavelengthGrid(4450.0, 4479.95, N_PIXELS))
    tensors = generator_tensors(network, basis, scales)
    stored = SpectralBasis.from_tensors(tensors)
    weights = {k: np.asarray(v, np.float32) for k, v in tensors.items() if not k.startswith("basis.")}
    state = {k: torch.from_numpy(weights[k]) for k in network.state_dict()}
    network.load_state_dict(state)
    return network.eval(), SpectrumGenerator(card, stored, weights), scales, labels


def test_numpy_decodes_and_encodes_as_torch_does(small):
    network, generator, scales, labels = small
    features = torch.from_numpy(scales.features(condition_features(labels)))
    assert features.shape == (7, N_FEATURES)
    latent = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        coefficients = network.decode(features, latent).numpy() * scales.coefficient
        flux = generator.basis.expand(coefficients)
        scaled = torch.from_numpy(generator.basis.project(flux) / scales.coefficient)
        mean, log_variance = network.encode(scaled, features)
    assert np.abs(generator.flux(labels, latent.numpy()) - flux).max() < 1e-4 * np.abs(flux).max()
    own_mean, own_sigma = generator.encode(flux, labels)
    assert np.allclose(own_mean, mean.numpy(), atol=1e-4 * np.abs(mean.numpy()).max())
    assert np.allclose(own_sigma, (0.5 * log_variance).exp().numpy(), rtol=1e-4)


def test_the_mean_over_the_latent_space_is_the_spectrum_at_zero(small):
    _, generator, _, labels = small
    z = np.random.default_rng(1).standard_normal((400, 5))
    samples = generator.samples(labels[:1], np.concatenate([z, -z]))
    plain = generator.flux(labels[:1])
    assert np.abs(samples.mean(axis=0) - plain[0]).max() < 1e-4 * np.abs(samples).max()
    assert samples.std(axis=0).max() > 10 * np.abs(samples.mean(axis=0) - plain[0]).max()


def test_features_know_how_broad_lines_are():
    star = [5772.0, 4.44, 0.0, 0.0, 1.0]
    rows = condition_features([[*star, 0.0, 115_000.0], [*star, 0.0, 5000.0], [*star, 200.0, 115_000.0]])
    damping = rows[:, 9:]
    assert np.all(damping[0, :6] > 0.95)  # 2.6 km/s hardly damp 35 km/s and more
    assert damping[1, -1] < 1e-6
    assert np.all(np.abs(damping[2, 2:]) < 0.5)


def test_latents_without_a_card_are_refused(tmp_path):
    from spectragui.core.errors import ModelError

    with pytest.raises(ModelError):
        SpectrumGenerator.load(tmp_path)


def test_scales_are_those_of_the_spectra():
    scales = Scales.of(np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[0.0], [2.0]], np.float32))
    assert np.allclose(scales.features(np.array([[2.0, 20.0]])), 0.0)
    assert dataclasses.astuple(scales)[2] == pytest.approx([1.0])
