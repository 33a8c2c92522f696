"""The variable-length network: pixels of any width and number, chunks and arms that are missing."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import TrainingError
from spectragui.networks.conditions import N_CONDITIONS
from spectragui.networks.input_grid import InputGrid

torch = pytest.importorskip("torch")

from spectragui.networks.architectures import NetworkShape, build_network  # noqa: E402 - after torch

GRID = InputGrid(8620.0, 3.6, 512, 1600.0)


def make(pooling: int = 0, n_arms: int = 1, **options: object) -> torch.nn.Module:
    torch.manual_seed(3)
    shape = NetworkShape(GRID, N_CONDITIONS * n_arms, 2)
    return build_network("chunk_pool", shape, {"pooling": pooling, **options}).eval()


def smooth(place: np.ndarray) -> np.ndarray:
    return 0.1 * np.sin(place / 23.0) + 0.05 * np.cos(place / 9.0)


def on_pixels(edges: np.ndarray) -> tuple[torch.Tensor, ...]:
    fine = np.linspace(0, GRID.n_pixels, 200_001)
    total = np.concatenate([[0.0], np.cumsum(0.5 * (smooth(fine[1:]) + smooth(fine[:-1])) * np.diff(fine))])
    means = np.diff(np.interp(edges, fine, total)) / np.diff(edges)
    arrays = (means, edges[:-1], edges[1:], np.ones(len(means)))
    return tuple(torch.tensor(one, dtype=torch.float32) for one in arrays)


@pytest.mark.parametrize("pooling", [0, 1, 2])
def test_pixels_of_any_width_give_the_same(pooling: int) -> None:
    network, told = make(pooling), torch.randn(N_CONDITIONS, generator=torch.Generator().manual_seed(1))
    values, left, right, share = on_pixels(np.arange(GRID.n_pixels + 1.0))
    with torch.no_grad():
        templates = network.templates.transpose(1, 2)  # as smooth as spectra are
        network.templates.copy_(3.0 * torch.nn.functional.avg_pool1d(templates, 9, 1, 4).transpose(1, 2))
        whole = network(values[None], torch.ones(1, GRID.n_pixels), told[None])
        assert torch.allclose(network.forward_pixels(values, left, right, share, told), whole, atol=1e-5)
        for step in (0.31, 0.7, 1.37):  # finer and coarser than the templates' steps, and not in phase
            other = network.forward_pixels(*on_pixels(np.append(np.arange(0.0, 512.0, step), 512.0)), told)
            assert torch.allclose(other, whole, atol=0.05 * float(whole.std())), step


@pytest.mark.parametrize("pooling", [0, 1, 2])
def test_what_is_not_observed_does_not_count(pooling: int) -> None:
    network, told = make(pooling), torch.zeros(N_CONDITIONS)
    values, left, right, share = on_pixels(np.arange(GRID.n_pixels + 1.0))
    used = torch.zeros(1, GRID.n_pixels)
    used[:, 128:320] = 1.0
    some = used[0] > 0
    with torch.no_grad():
        masked = network(values[None] * used, used, told[None])
        alone = network.forward_pixels(values[some], left[some], right[some], share[some], told)
    assert torch.allclose(alone, masked, atol=1e-5)


def test_pixels_that_share_a_place_count_once() -> None:
    network, told = make(), torch.zeros(N_CONDITIONS)
    values, left, right, share = on_pixels(np.arange(GRID.n_pixels + 1.0))
    twice = [torch.cat([one, one]) for one in (values, left, right, 0.5 * share)]
    with torch.no_grad():
        once = network.forward_pixels(values, left, right, share, told)
        assert torch.allclose(network.forward_pixels(*twice, told), once, atol=1e-4)


def test_arms_have_conditions_of_their_own() -> None:
    network = make(n_arms=2, arm_chunks=[3, 5])
    flux, used = 0.1 * torch.ones(1, GRID.n_pixels), torch.zeros(1, GRID.n_pixels)
    used[:, : 3 * 64] = 1.0  # the first arm alone
    told = torch.zeros(1, 2 * N_CONDITIONS)
    with torch.no_grad():
        first = network._pooled(torch.zeros(1, 8, 24), used.reshape(1, 8, 64).mean(-1), told)
        assert torch.equal(network(flux * 0, used, told), first)
    with pytest.raises(TrainingError, match="cannot be built"):
        make(n_arms=2, arm_chunks=[3, 4])


def test_the_running_mean_of_pixels_is_that_of_the_grid() -> None:
    edges = np.arange(GRID.n_pixels + 1.0)
    flux = 3.0 * (1.0 + smooth(0.5 * (edges[1:] + edges[:-1])))
    ones = np.ones_like(flux)
    by_pixel = GRID.normalise_pixels(flux, edges[:-1], edges[1:], ones)
    by_grid = GRID.normalise(flux[None].astype(np.float32), ones[None].astype(np.float32))[0]
    inside = slice(32, -32)
    assert np.abs(by_pixel - by_grid)[inside].max() < 2e-4
