"""Observed spectra are brought to where synthetic ones are, in the network's last features."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from spectragui.networks.conditions import LabelScaling  # noqa: E402 - after torch
from spectragui.training.config import TrainingConfig  # noqa: E402
from spectragui.training.feature_alignment import distance_of, feature_distance  # noqa: E402
from spectragui.training.loop import fit  # noqa: E402
from spectragui.training.parameters.datasets import Batch  # noqa: E402

N_PIXELS, SHIFT = 12, 1.5


class Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = torch.nn.Linear(N_PIXELS, 8), torch.nn.Linear(8, 2)

    def forward(self, flux, is_used, conditions):
        return self.last(torch.tanh(self.first(flux)))


class TwoKinds:
    """Half of each batch is observed: another level in half of the pixels, the labels alike."""

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        flux = torch.randn(n_spectra, N_PIXELS, generator=generator)
        labels = flux[:, :1].double().numpy()
        n_observed = n_spectra // 2
        flux[:n_observed, N_PIXELS // 2 :] += SHIFT
        return Batch(flux, torch.ones_like(flux), torch.zeros(n_spectra, 4), labels, n_observed=n_observed)


def distance_after(alignment: float) -> float:
    torch.manual_seed(3)
    scaling = LabelScaling.of(("m_h",), np.linspace(-1.0, 1.0, 9)[:, None])
    training = TrainingConfig(
        steps=80, batch=64, learning_rate=0.02, validate_every=80, validation_spectra=64, seed=1
    )
    network = fit(Network(), TwoKinds(), scaling, training, alignment=alignment)
    batch = TwoKinds().draw(400, torch.Generator().manual_seed(9))
    parts = [(batch.flux[rows], batch.is_used[rows], batch.conditions[rows])
             for rows in (slice(0, 200), slice(200, 400))]  # fmt: skip
    assert not network.last._forward_pre_hooks  # nothing listens any more
    return distance_of(network, *parts)


def test_alignment_brings_features_together() -> None:
    plain, aligned = distance_after(0.0), distance_after(1.0)
    assert plain > 0.3 and aligned < 0.4 * plain, (plain, aligned)


def test_the_distance_is_in_scatters_of_the_synthetic_features() -> None:
    synthetic = torch.tensor([[0.0, 10.0], [2.0, 14.0], [4.0, 18.0]])  # scatters 2 and 4
    assert float(feature_distance(synthetic + torch.tensor([2.0, 4.0]), synthetic)) == pytest.approx(1.0)
    assert float(feature_distance(synthetic + torch.tensor([6.0, 4.0]), synthetic)) == pytest.approx(5.0**0.5)
    assert float(feature_distance(synthetic, synthetic)) < 1e-5
