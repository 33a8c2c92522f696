"""Bundled networks on spectra that nothing was trained or tuned on: what they must reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from spectragui.inference.opened_model import open_model  # noqa: E402 - after torch
from spectragui.networks.parameter_network import load_network  # noqa: E402
from spectragui.training.grids import read_grid  # noqa: E402
from spectragui.training.h_band_grids import grid_arrays  # noqa: E402
from spectragui.training.parameters.metrics import coverage_of_errors, mean_absolute_errors  # noqa: E402
from spectragui.training.parameters.observing_cases import usual_cases  # noqa: E402
from spectragui.training.parameters.report import evaluate_network, targets_of  # noqa: E402

GRIDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "grids"
CALIBRATED = ("S/N 100, R >= 20,000, v sin i < 30", "S/N 10, R >= 20,000, v sin i < 30")


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("mdwarf-starnet", "mdwarf.npz"),
        ("mdwarf-vgg", "mdwarf.npz"),
        ("optical-starnet", "optical.npz"),
        ("optical-vgg", "optical.npz"),
        ("optical-any-length", "optical.npz"),
        ("hband-starnet", "hband.npz"),
        ("mdwarf-nir", "nir.npz"),
    ],
)
def test_what_a_network_must_reach(name: str, grid: str, tmp_path: Path) -> None:
    if not GRIDS.is_dir():
        pytest.skip("the shared data are not here")
    model = open_model(name)
    path = GRIDS / grid
    if not path.is_file():  # one that is computed: stars of its own, no other was trained on
        path = tmp_path / grid
        np.savez(path, **grid_arrays(grid, GRIDS.parent / "hband", 200, seed=99))
    targets = targets_of(model.card)
    cases = [
        case
        for case in usual_cases(model.card.domain.resolving_power, model.card.range_of("vsini")[1])
        if case.name in (*targets, *CALIBRATED)
    ]
    held_out = read_grid(path, model.emulator.label_names)
    held_out = held_out if path.parent == tmp_path else held_out.held_out()
    for result in evaluate_network(load_network(model.path), held_out, n_spectra=300, cases=cases):
        errors = dict(
            zip(result.label_names, mean_absolute_errors(result.predicted, result.true), strict=True)
        )
        for label, most in targets.get(result.case.name, {}).items():
            assert errors[label] <= most, (result.case.name, label, errors[label])
        inside = coverage_of_errors(result.predicted, result.sigma, result.true)
        assert ((inside > 0.55) & (inside < 0.81)).all(), (result.case.name, inside)
