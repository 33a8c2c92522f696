"""Errors of two arms are calibrated on pairs that do not all share one draw of the continuum's error."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from spectragui.networks.conditions import LabelScaling  # noqa: E402 - after torch
from spectragui.training.fused import run  # noqa: E402


def test_no_draw_gives_more_than_a_block() -> None:
    drawn: list[int] = []

    def draw_cases(case, generator, snr):  # type: ignore[no-untyped-def]
        drawn.append(len(case))
        flux = torch.randn(len(case), 2, generator=generator)
        labels = flux.numpy()[:, :1].astype(float)
        return SimpleNamespace(flux=flux, is_used=flux, conditions=flux, case=case, labels=labels)

    network = SimpleNamespace(
        member=lambda flux, used, told: flux * torch.tensor([1.0, 0.0]),
        label_names=("logg",),
        scaling=LabelScaling(("logg",), (0.0,), (1.0,)),
        log_snr=np.log10([10.0, 100.0]),
        factors=np.full((3, 2, 1), 2.0),
    )
    labels, errors, truth = run.predict_pairs(
        network, SimpleNamespace(draw_cases=draw_cases), 2, 30.0, 1000, 7
    )
    assert max(drawn) == 64 and sum(drawn) == 1000 and len(drawn) == 16
    assert labels.shape == errors.shape == truth.shape == (1000, 1)
    assert np.array_equal(labels, truth) and np.allclose(errors, 2.0)
    assert len(np.unique(truth)) == 1000  # each block is another draw
