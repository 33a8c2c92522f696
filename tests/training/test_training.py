"""Training: it learns, it is repeatable, it can be stopped and gone on with."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectragui.core.errors import SettingsError, SpectraGUIError, TrainingError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.progress import Cancelled
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.input_grid import InputGrid
from spectragui.training.config import TrainingConfig
from spectragui.training.config_file import read_config
from spectragui.training.grids import read_grid

torch = pytest.importorskip("torch")

from spectragui.networks.architectures import NetworkShape, build_network  # noqa: E402 - after torch
from spectragui.training.callbacks import (  # noqa: E402
    Callback,
    EarlyStopping,
    ReportProgress,
    SaveCheckpoint,
    TrainingState,
)
from spectragui.training.loop import fit, gaussian_loss  # noqa: E402
from spectragui.training.parameters.datasets import Batch  # noqa: E402

GRID = InputGrid(start_aa=4800.0, step_kms=4.8, n_pixels=512, mean_width_kms=600.0)


class EightSpectra:
    """Always the same eight spectra, with a little noise."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        low, high = [4000, 1, -2, -0.1, 0, 0], [7000, 5, 0.5, 0.5, 100, 4]
        self.labels = rng.uniform(low, high, (8, 6))
        self.flux = torch.from_numpy(rng.normal(0.0, 0.1, (8, GRID.n_pixels)).astype(np.float32))

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        rows = torch.randint(8, (n_spectra,), generator=generator)
        noise = 0.002 * torch.randn(n_spectra, GRID.n_pixels, generator=generator)
        used = torch.ones(n_spectra, GRID.n_pixels)
        return Batch(
            self.flux[rows] + noise, used, torch.zeros(n_spectra, N_CONDITIONS), self.labels[rows.numpy()]
        )


CONFIG = TrainingConfig(
    steps=60, batch=16, validation_spectra=32, validate_every=20, checkpoint_every=20, seed=3
)


class LastLoss(Callback):
    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        self.losses.append(state.loss)


def run(
    config: TrainingConfig = CONFIG, callbacks: tuple[Callback, ...] = (), resume: Path | None = None
) -> Any:
    data = EightSpectra()
    torch.manual_seed(config.seed)
    network = build_network("chunk_mlp", NetworkShape(GRID, N_CONDITIONS, 6), {"hidden": [64, 32]})
    scaling = LabelScaling.of(PARAMETER_LABELS, data.labels)
    recorder = LastLoss()
    model = fit(network, data, scaling, config, [*callbacks, recorder], resume)
    return model, scaling, data, recorder.losses


def test_overfits_eight_spectra() -> None:
    config = dataclasses.replace(CONFIG, steps=400, learning_rate=3e-3, average=0.95)
    model, scaling, data, losses = run(config)
    with torch.no_grad():
        output = model(data.flux, torch.ones_like(data.flux), torch.zeros(8, N_CONDITIONS))
    error = output[:, :6] - torch.from_numpy(scaling.to_scaled(data.labels))
    assert float(error.abs().mean()) < 0.08
    assert losses[-1] < losses[0]


def test_same_seed_same_loss() -> None:
    assert run()[3] == run()[3]
    assert run()[3] != run(dataclasses.replace(CONFIG, seed=4))[3]


class StopAt(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        if state.step == self.step:
            raise Cancelled


def test_resumed_training_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken = run()[3]
    checkpoint = tmp_path / "member0.pt"
    with pytest.raises(Cancelled):
        run(callbacks=(SaveCheckpoint(checkpoint, 20), StopAt(47)))
    resumed = run(callbacks=(SaveCheckpoint(checkpoint, 20),), resume=checkpoint)[3]
    assert resumed == unbroken[40:]


def test_cancel_is_answered_within_a_batch() -> None:
    calls = []

    def progress(fraction: float, message: str = "") -> None:
        calls.append(fraction)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(callbacks=(ReportProgress(progress),))
    assert len(calls) == 3 and calls[0] > 0


def test_early_stopping_waits_for_its_patience() -> None:
    stopping = EarlyStopping(2)
    state, told = TrainingState(), []
    for loss in (1.0, 0.9, 0.95, 0.92):
        state.validation_loss = loss
        stopping.on_validation_end(state, {})
        told.append(state.is_stopping)
    assert told == [False, False, False, True]


def test_damaged_checkpoint_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match="cannot be continued"):
        run(resume=broken)
    with pytest.raises(TrainingError, match="no checkpoint"):
        run(resume=tmp_path / "missing.pt")


def test_loss_that_is_no_number_is_said() -> None:
    with pytest.raises(TrainingError, match="no longer a number"):
        run(dataclasses.replace(CONFIG, learning_rate=1e30))


def test_loss_is_least_at_the_true_mean_and_scatter() -> None:
    target = torch.randn(20000, 1, generator=torch.Generator().manual_seed(1))
    losses = {
        (mean, sigma): float(
            gaussian_loss(torch.tensor([[mean, np.log(sigma)]]).expand(len(target), 2).float(), target, 0.0)
        )
        for mean in (-0.3, 0.0, 0.3)
        for sigma in (0.7, 1.0, 1.4)
    }
    assert min(losses, key=losses.__getitem__) == (0.0, 1.0)


def write_toml(folder: Path, text: str) -> Path:
    path = folder / "train.toml"
    path.write_text(text)
    return path


def test_configuration_is_read_with_defaults(tmp_path: Path) -> None:
    config = read_config(write_toml(tmp_path, 'output = "x"\n[training]\nsteps = 5\nminutes = 3\n'))
    assert config.output == "x" and config.training.steps == 5 and config.training.minutes == 3
    assert config.network.name == "chunk_mlp"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nstep = 5\n", "'step' that is not known"),
        ("[trainig]\n", "'trainig' that is not known"),
        ('[training]\nsteps = "many"\n', "should be of type int"),
        ("[training]\nsteps = -1\n", "below its minimum"),
        ("steps = = 3", "not valid TOML"),
    ],
)
def test_wrong_configurations_are_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises((TrainingError, SettingsError), match=words):
        read_config(write_toml(tmp_path, text))


def test_missing_configuration_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="could not be read"):
        read_config(tmp_path / "none.toml")


def grid_arrays(n_spectra: int = 20) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "wave": 4440.0 * np.exp(np.arange(500) * 4e-6),
        "flux": rng.integers(20000, 50000, (n_spectra, 500)).astype(np.uint16),
        "labels": rng.uniform([4000, 1, -2, 0, 0], [7000, 5, 0.5, 0.5, 4], (n_spectra, 5)),
        "label_names": np.array(["teff", "logg", "m_h", "alpha_m", "vmic"]),
    }


def test_grid_is_split_into_three(tmp_path: Path) -> None:
    np.savez(tmp_path / "g.npz", **grid_arrays())
    grid = read_grid(tmp_path / "g.npz")
    parts = [set(part.index) for part in (grid.held_out(), grid.for_validation(), grid.for_training())]
    assert [len(part) for part in parts] == [2, 2, 16]
    assert set.union(*parts) == set(range(20))


def test_spectra_without_labels_are_left_out_and_said(tmp_path: Path) -> None:
    arrays = grid_arrays()
    arrays["labels"][3, 0] = -9999
    arrays["labels"][4, 1] = np.nan
    np.savez(tmp_path / "g.npz", **arrays)
    grid = read_grid(tmp_path / "g.npz")
    assert len(grid) == 18 and 3 not in grid.index and "2 of 20" in grid.notes[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": None}, "no array 'labels'"),
        ({"label_names": np.array(["teff", "logg", "feh", "alpha_m", "vmic"])}, "no label 'm_h'"),
        ({"labels": np.full((20, 5), -9999.0)}, "All spectra"),
        ({"wave": np.linspace(4440, 4441, 499)}, "flux has the shape"),
        ({"wave": 4440.0 * np.exp(-np.arange(500) * 4e-6)}, "not ascending"),
    ],
)
def test_wrong_grids_are_said(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    arrays = {key: value for key, value in (grid_arrays() | change).items() if value is not None}
    np.savez(tmp_path / "g.npz", **arrays)
    with pytest.raises(TrainingError, match=words):
        read_grid(tmp_path / "g.npz")


def test_files_that_are_no_grids_are_said(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(SpectraGUIError, match="could not be read"):
        read_grid(tmp_path / "text.npz")
    with pytest.raises(SpectraGUIError, match="no file"):
        read_grid(tmp_path / "none.npz")


def test_a_part_that_is_done_is_not_said_to_be_the_end(tmp_path, monkeypatch, capsys):
    """The comparison with the base goes on after its parts: its figures are still to be written."""
    import json

    from spectragui.training import child, kinds

    def compare(_folder, _config, progress):
        for message in ("scoring the base", "", "done"):
            progress(0.5, message)

    monkeypatch.setattr(kinds, "is_compared", lambda _config: True)
    monkeypatch.setattr(kinds, "compare_with_base", compare)
    child._compare(tmp_path, None)
    said = [json.loads(line).get("message") for line in capsys.readouterr().out.splitlines()]
    assert [one for one in said if one] == ["Comparing with the base model", "Comparing: scoring the base"]
    assert child._told("done") == {} and child._told("epoch 3") == {"message": "epoch 3"}
