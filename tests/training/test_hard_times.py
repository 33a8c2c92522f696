"""A full disk, several processes, logs that were asked for: what a training does then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from spectragui.core.errors import TrainingError  # noqa: E402 - after torch
from spectragui.training import callbacks as callbacks_module  # noqa: E402
from spectragui.training.callbacks import (  # noqa: E402
    KeepBest,
    SaveCheckpoint,
    TrainingState,
    WriteTensorBoard,
    load_checkpoint,
)
from spectragui.training.child import FAILED, main  # noqa: E402
from spectragui.training.config import TrainingConfig  # noqa: E402
from spectragui.training.loop import run_schedule, training_parts  # noqa: E402

_FULL = """
import resource, signal, sys, torch
from pathlib import Path
from spectragui.core.errors import TrainingError
from spectragui.training.callbacks import TrainingState, save_checkpoint
from spectragui.training.config import TrainingConfig
from spectragui.training.loop import training_parts
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
parts = training_parts(torch.nn.Linear(200, 200), TrainingConfig(seed=3))
save_checkpoint(path, TrainingState(step=7), parts)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_checkpoint(path, TrainingState(step=8), parts)
except TrainingError as error:
    print(error.message, error.hint)
"""


def test_a_checkpoint_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    """The limit of a file's size stands for a full disk: a write fails half way."""
    path = tmp_path / "member0.pt"
    said = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "member0.pt could not be written" in said and "The one before it is intact" in said
    parts = training_parts(torch.nn.Linear(200, 200), TrainingConfig(seed=3))
    assert load_checkpoint(path, parts).step == 7
    assert [file.name for file in tmp_path.iterdir()] == ["member0.pt"]


def test_the_child_says_that_the_disk_is_full(tmp_path: Path, monkeypatch, capsys) -> None:
    import spectragui.training.config_file as config_file

    def full(_path):
        raise RuntimeError("[enforce fail at inline_container.cc:668] . unexpected pos 64 vs 0")

    monkeypatch.setattr(config_file, "read_config", full)
    monkeypatch.setattr(callbacks_module, "_FULL_BYTES", 1 << 62)
    assert main([str(tmp_path / "x.toml")]) == FAILED
    assert "the disk is full" in json.loads(capsys.readouterr().out)["error"]
    monkeypatch.setattr(callbacks_module, "_FULL_BYTES", 0)
    with pytest.raises(RuntimeError):
        main([str(tmp_path / "x.toml")])


_DISK = """
import sys
from pathlib import Path
import torch
from spectragui.core.package_data import resource
from spectragui.inference.photometry.photometry_model import PhotometryModel
from spectragui.training import child, run
from spectragui.training.callbacks import Callback
from spectragui.training.config import StartConfig, TrainingConfig, as_table
from spectragui.training.photometry.config import CatalogueConfig, PhotometryConfig
import tomlkit

disk, other = Path(sys.argv[1]), Path(sys.argv[2])
filler = disk / "filler"

class Fill(Callback):
    def __init__(self, at):
        self.at = at
    def on_step_end(self, state, parts):
        if state.step == self.at:
            try:
                with filler.open("wb", buffering=0) as stream:
                    while True:
                        stream.write(bytes(4096))
            except OSError:
                pass

def train(folder, fill_at, resume):
    folder.mkdir(exist_ok=True)
    catalogue = str(resource("examples", "simulated_alhambra_catalogue.fits.gz"))
    config = PhotometryConfig(
        str(folder), base=StartConfig("alhambra-redshift", learning_rate_factor=1.0),
        data=CatalogueConfig(catalogue, "alhambra", "", 0.0, 0.15, 0.15),
        training=TrainingConfig(steps=10, batch=64, checkpoint_every=4, validate_every=100, average=0.9),
    )
    file = other / "train.toml"
    file.write_text(tomlkit.dumps({"kind": "photometry", **as_table(config)}))
    fill = [Fill(fill_at)]
    run.train_model = lambda config, **how: real(config, **{**how, "callbacks": [*how["callbacks"], *fill]})
    code = child.main([str(file), *(["--resume"] if resume else [])])
    filler.unlink(missing_ok=True)
    kept = folder / "checkpoints" / "network.pt"
    step = torch.load(kept, weights_only=True)["state"]["step"]
    left = sorted(path.name for path in folder.rglob("*") if "tmp" in path.name)
    print("CODE", code, step, left, flush=True)

real = run.train_model
train(disk / "m", 6, False)
train(disk / "m", 9, True)
train(disk / "m", 0, True)
train(other / "m", 0, False)
weights = [(folder / "m" / "model.safetensors").read_bytes() for folder in (disk, other)]
print("SAME", weights[0] == weights[1])
"""


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of 24 MB: full before a checkpoint, full before the model; then there is room again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs -o size=24m tmpfs "$0"']
    try:
        may = subprocess.run([*mount, str(disk)], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no unshare")
    if may.returncode:
        pytest.skip("no file system may be mounted here")
    mount[-1] += ' && exec "$@"'
    script = [sys.executable, "-c", _DISK, str(disk), str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*mount, str(disk), *script], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    errors = [f"{one['error']} {one['hint']}" for one in said if "error" in one]
    codes = [line.split(maxsplit=2)[1:] for line in done.stdout.splitlines() if line.startswith("CODE")]
    assert len(errors) == 2 and all("the disk is full" in error for error in errors)
    assert "The one before it is intact" in errors[0] and "esume" in errors[0]
    # It failed with the checkpoint of batch 4, then with a later one; in the end the weights are the same.
    assert [code for code, _ in codes] == ["1", "1", "0", "0"] and codes[0][1].startswith("4 []")
    assert int(codes[1][1].split()[0]) in (8, 10) and codes[1][1].endswith("[]")
    assert done.stdout.rstrip().endswith("SAME True")


def line_training(folder: Path, steps: int, **more) -> float:
    """Fit a line by the one loop; return the last validation loss."""
    config = TrainingConfig(
        steps=steps, batch=32, learning_rate=0.05, average=0.9, validate_every=5, seed=4, **more
    )
    torch.manual_seed(1)
    parts = training_parts(torch.nn.Linear(3, 1), config)
    weights = torch.tensor([[1.0], [-2.0], [0.5]])
    known = torch.randn(64, 3, generator=torch.Generator().manual_seed(9))

    def loss(model, inputs):
        return (model(inputs) - inputs @ weights).square().mean()

    def batch_loss():
        return loss(parts["model"], torch.randn(config.batch, 3, generator=parts["generator"]))

    used = [KeepBest(folder / "b.pt"), SaveCheckpoint(folder / "c.pt", 5, last=config.stop_after)]
    state = run_schedule(
        parts, config, batch_loss, lambda: float(loss(parts["average"], known).detach()), used
    )
    assert state.step == (config.stop_after or steps)
    return state.validation_loss


def test_it_ends_where_it_is_told_with_a_checkpoint_there(tmp_path: Path) -> None:
    line_training(tmp_path, 40, stop_after=13)
    parts = training_parts(torch.nn.Linear(3, 1), TrainingConfig())
    assert load_checkpoint(tmp_path / "c.pt", parts).step == 13
    assert KeepBest(tmp_path / "b.pt").step in (5, 10) and KeepBest(tmp_path / "none.pt").step == 0


_TWO = """
import os, sys
from pathlib import Path
import torch, torch.distributed as dist
from spectragui.training.config import Config, TrainingConfig
from spectragui.training.processes import rank, shared_training
from tests.training.test_hard_times import line_training
config = Config(output=sys.argv[1], training=TrainingConfig(batch=64, device="cpu"))
with shared_training(config, False) as own:
    assert own.training.batch == 32 and (rank() == 0) == (own.output == config.output)
    Path(own.output).mkdir(exist_ok=True)
    loss = line_training(Path(own.output), 120)
    told = [None, None]
    dist.all_gather_object(told, loss)
    assert told[0] == told[1], told
    if rank() == 0:
        print("loss", loss)
"""


@pytest.mark.slow
def test_two_processes_reach_what_one_does(tmp_path: Path) -> None:
    """By torchrun with gloo, on the CPU: the same weights in both, and as good as one process."""
    script = tmp_path / "two.py"
    script.write_text(_TWO)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*torchrun, str(script), str(tmp_path / "out")], capture_output=True, text=True, env=env
    )
    assert done.returncode == 0, done.stderr
    two = float(done.stdout.split("loss")[1])
    one = line_training(tmp_path, 120)
    assert two < 1e-3 and one < 1e-3 and abs(two - one) < 5e-4
    assert not list((tmp_path / "out").glob("*-1*"))


def test_logs_are_written_or_the_missing_package_is_named(tmp_path: Path, monkeypatch) -> None:
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(TrainingError, match="package tensorboard is not installed"):
            WriteTensorBoard(tmp_path)
        return
    writer = WriteTensorBoard(tmp_path)
    parts = training_parts(torch.nn.Linear(1, 1), TrainingConfig())
    for step in (5, 10, 5):  # another network begins anew
        state = TrainingState(
            step=step, loss=1.0, validation_loss=2.0, label_errors={"teff": [1.0, 2.0, 3.0]}
        )
        writer.on_validation_end(state, parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run0", "run1"]
