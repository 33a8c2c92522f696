"""StarNet and VGG: the thesis' sizes, and what ours may do besides."""

from __future__ import annotations

from typing import Any

import pytest

from spectragui.core.errors import ModelError
from spectragui.networks.conditions import N_CONDITIONS
from spectragui.networks.input_grid import InputGrid

torch = pytest.importorskip("torch")

from spectragui.networks.architectures import NetworkShape, build_network  # noqa: E402 - after torch

THESIS_GRID = InputGrid(4450.0, 7.2, 7214, 1600.0, 2)
SMALL_GRID = InputGrid(8620.0, 3.6, 512, 1600.0)
AS_PUBLISHED: dict[str, Any] = {"conditions": 0, "outputs": 1}


def count(network: torch.nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def inputs(n_spectra: int = 8, grid: InputGrid = SMALL_GRID) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    flux = 0.2 * torch.randn(n_spectra, grid.n_pixels, generator=generator)
    conditions = torch.randn(n_spectra, N_CONDITIONS, generator=generator)
    return flux, torch.ones_like(flux), conditions


@pytest.mark.parametrize(("name", "weights"), [("starnet", 7_419_191), ("vgg", 124_291)])
def test_weights_of_the_thesis(name: str, weights: int) -> None:
    network = build_network(name, NetworkShape(THESIS_GRID, N_CONDITIONS, 3), AS_PUBLISHED)
    assert count(network) == weights


@pytest.mark.parametrize("name", ["starnet", "vgg"])
@pytest.mark.parametrize("n_pixels", [512, 1001])
def test_any_length_and_any_number_of_labels(name: str, n_pixels: int) -> None:
    grid = InputGrid(8620.0, 3.6, n_pixels, 1600.0, 1)
    for n_labels in (1, 2, 3, 6):
        network = build_network(name, NetworkShape(grid, N_CONDITIONS, n_labels), {})
        assert network(*inputs(4, grid)).shape == (4, 2 * n_labels)


@pytest.mark.parametrize("name", ["starnet", "vgg"])
@pytest.mark.parametrize("options", [{}, AS_PUBLISHED, {"bin_pixels": 2}, {"channels": 3}])
def test_overfits_eight_spectra(name: str, options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    small = {"filters": [8, 16, 16]} if name == "vgg" else {"hidden": [64, 32]}
    network = build_network(name, NetworkShape(SMALL_GRID, N_CONDITIONS, 2), {**small, **options})
    flux, used, conditions = inputs()
    target = torch.randn(8, 2, generator=torch.Generator().manual_seed(2))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(150):
        found = network(flux, used, conditions, 0.01 * used)[:, :2]
        loss = (found - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert min(losses[-5:]) < 0.3 * losses[0]


def test_labels_alone_have_one_sigma_for_all_spectra() -> None:
    network = build_network("starnet", NetworkShape(SMALL_GRID, N_CONDITIONS, 3), AS_PUBLISHED)
    network.labels.set_log_sigma(torch.tensor([-1.0, -2.0, -3.0]))
    output = network(*inputs())
    assert torch.equal(output[:, 3:], torch.tensor([[-1.0, -2.0, -3.0]]).expand(8, 3))


@pytest.mark.parametrize("name", ["starnet", "vgg"])
def test_one_network_a_label(name: str) -> None:
    options = {**AS_PUBLISHED, "one_a_label": 1}
    network = build_network(name, NetworkShape(SMALL_GRID, N_CONDITIONS, 3), options)
    single = build_network(name, NetworkShape(SMALL_GRID, N_CONDITIONS, 1), AS_PUBLISHED)
    assert count(network) == 3 * count(single)
    flux, used, conditions = inputs()
    together = network(flux, used, conditions)
    alone = [one(flux, used, conditions) for one in network.networks]
    assert torch.equal(together[:, :3], torch.cat([one[:, :1] for one in alone], dim=1))
    assert torch.equal(together[:, 3:], torch.cat([one[:, 1:] for one in alone], dim=1))


def test_three_channels_listen_to_errors_and_mask() -> None:
    network = build_network("starnet", NetworkShape(SMALL_GRID, N_CONDITIONS, 2), {"channels": 3})
    flux, used, conditions = inputs()
    plain = network(flux, used, conditions, 0.01 * used)
    assert not torch.allclose(plain, network(flux, used, conditions, 0.1 * used))
    half = used.clone()
    half[:, :256] = 0.0
    assert not torch.allclose(plain, network(flux, half, conditions, 0.01 * used))
    with pytest.raises(ModelError, match="errors of the flux"):
        network(flux, used, conditions)


def test_dense_layers_may_be_told_what_was_observed() -> None:
    network = build_network("starnet", NetworkShape(SMALL_GRID, N_CONDITIONS, 2), {"coverage_parts": 8})
    flux, used, conditions = inputs()
    used[:, :64] = 0.0
    coverage = network.features(flux, used)[:, -8:]
    assert torch.equal(coverage[0], torch.tensor([0.0, 1, 1, 1, 1, 1, 1, 1]))
    assert not torch.allclose(
        network(flux, used, conditions), network(flux, torch.ones_like(used), conditions)
    )


def test_factored_layer_begins_with_principal_components() -> None:
    torch.manual_seed(0)
    network = build_network("starnet", NetworkShape(SMALL_GRID, N_CONDITIONS, 2), {"narrow": 4})
    shapes = torch.randn(3, SMALL_GRID.n_pixels)
    flux = 0.05 * torch.randn(300, 3) @ shapes
    network.fit_components(flux)
    features = network.features(flux, torch.ones_like(flux))
    assert features.mean(0).abs().max() < 0.05
    assert (features.std(0) < 1.1).all() and features.std(0).max() > 0.8


def test_bundled_shape_is_small_enough() -> None:
    grid = InputGrid(8620.0, 3.6, 2048, 1600.0)
    network = build_network("starnet", NetworkShape(grid, N_CONDITIONS, 6), {"narrow": 96})
    assert count(network) <= 1_500_000
