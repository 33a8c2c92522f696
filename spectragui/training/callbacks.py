"""What happens while a network trains besides training: progress, history, checkpoints, stopping."""

from __future__ import annotations

import collections
import dataclasses
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import TrainingError, WriteError, first_sentence
from spectragui.core.progress import Progress

if TYPE_CHECKING:
    from spectragui.training.config import TrainingConfig

_FULL_BYTES = 2_000_000


@dataclasses.dataclass
class TrainingState:
    """Where a training stands; callbacks read it and may set ``is_stopping``.

    Attributes
    ----------
    step : int
        Batches done.
    fraction : float
        Part of the schedule that is done, 0 to 1.
    loss : float
        Of the last batch.
    validation_loss : float
        Of the last validation; NaN before the first.
    elapsed_s : float
        Time spent, earlier runs included.
    is_stopping : bool
        Ends the training after this batch.
    label_errors : dict of str to list of float
        Of the last validation: label -> mean absolute error, bias, scatter; empty where nobody looks.
    """

    step: int = 0
    fraction: float = 0.0
    loss: float = float("nan")
    validation_loss: float = float("nan")
    elapsed_s: float = 0.0
    is_stopping: bool = False
    label_errors: dict[str, list[float]] = dataclasses.field(default_factory=dict)


class Callback:
    """Do nothing at each of the points where a callback may act.

    Attributes
    ----------
    is_stopped : bool
        Whether it has stopped a training before its end, as a user asked: what would follow is cut short.
    kept : tuple of str
        Attributes that a checkpoint keeps, so that a resumed training counts on.
    """

    is_stopped: bool = False
    kept: tuple[str, ...] = ()

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Act after a batch; ``parts`` name what has a ``state_dict``, and the generator."""

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Act after a validation."""


class ReportProgress(Callback):
    """Pass progress on after every batch; the callback may raise `Cancelled`."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Report the part done and the losses."""
        message = f"batch {state.step}, loss {state.loss:.3f}, validation {state.validation_loss:.3f}"
        self.progress(state.fraction, message)


class _WaitingCallback(Callback):
    """Counts the validations since the best one."""

    kept = ("best", "n_waited")


class EarlyStopping(_WaitingCallback):
    """Stop when the validation loss has not fallen for some validations."""

    def __init__(self, patience: int, smallest_step: float = 1e-4) -> None:
        self.patience, self.best, self.n_waited = patience, float("inf"), 0
        self.smallest_step = smallest_step

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Count validations without progress."""
        if state.validation_loss < self.best - self.smallest_step:
            self.best, self.n_waited = state.validation_loss, 0
        else:
            self.n_waited += 1
        state.is_stopping = state.is_stopping or self.n_waited >= self.patience


class HalveRateOnPlateau(_WaitingCallback):
    """Halve the learning rate when the validation loss has not fallen for some validations."""

    def __init__(self, patience: int) -> None:
        self.patience, self.best, self.n_waited = patience, float("inf"), 0

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Count validations without progress."""
        self.n_waited += 1
        if state.validation_loss < self.best:
            self.best, self.n_waited = state.validation_loss, 0
        if self.n_waited >= self.patience:
            self.n_waited = 0
            for group in parts["optimizer"].param_groups:
                group["lr"] *= 0.5


class KeepBest(Callback):
    """Keep the averaged weights of the best validation, in a file that a resumed training finds again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.best = float("inf")

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Save the weights if they are better than all before."""
        import torch

        if self.path.is_file() and not math.isfinite(self.best):
            self.best = float(torch.load(self.path, weights_only=True)["validation_loss"])
        if not state.validation_loss < self.best:
            return
        self.best = state.validation_loss
        content = {"validation_loss": self.best, "step": state.step, "weights": parts["average"].state_dict()}
        _write(content, self.path)

    @property
    def step(self) -> int:
        """Batch after which the weights were best; 0 = not known."""
        import torch

        return int(torch.load(self.path, weights_only=True)["step"]) if self.path.is_file() else 0

    def load_into(self, network: Any) -> None:
        """Give a network the best weights, where there are any."""
        import torch

        if self.path.is_file():
            network.load_state_dict(torch.load(self.path, weights_only=True)["weights"])


class WriteHistory(Callback):
    """Append one JSON line a validation to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Append step, losses and time."""
        line = {
            "step": state.step,
            "loss": round(state.loss, 4),
            "validation_loss": round(state.validation_loss, 4),
            "elapsed_s": round(state.elapsed_s, 1),
            "learning_rate": parts["optimizer"].param_groups[0]["lr"],
        }
        if state.label_errors:
            line["labels"] = state.label_errors
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


class WriteTensorBoard(Callback):
    """Write losses, learning rate and errors of the labels as TensorBoard reads them, a run a network.

    Parameters
    ----------
    folder : pathlib.Path

    Raises
    ------
    TrainingError
        If the package is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TrainingError(
                "Logs for TensorBoard were asked for, but the package tensorboard is not installed.",
                "Install it (pip install tensorboard), or train without them.",
            ) from error
        self._make, self.folder = SummaryWriter, folder
        self._writer: Any = None
        self._n_runs, self._last = 0, 0

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Write one point of each curve."""
        if self._writer is None or state.step <= self._last:
            self._writer = self._make(str(self.folder / f"run{self._n_runs}"))
            self._n_runs += 1
        self._last = state.step
        scalars = {
            "loss/training": state.loss,
            "loss/validation": state.validation_loss,
            "learning_rate": parts["optimizer"].param_groups[0]["lr"],
        }
        for name, (mae, bias, scatter) in state.label_errors.items():
            scalars |= {f"mae/{name}": mae, f"bias/{name}": bias, f"scatter/{name}": scatter}
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, state.step)
        self._writer.flush()


class SaveCheckpoint(Callback):
    """Save everything that is needed to go on after a kill, atomically.

    Parameters
    ----------
    path : pathlib.Path
    every : int
        Batches.
    is_resumed : bool
        Whether the training goes on from what is there.
    last : int
        Batch after which the training ends before its schedule does; 0 = none.
    """

    def __init__(self, path: Path, every: int, is_resumed: bool = False, last: int = 0) -> None:
        self.path, self.every, self.is_resumed, self.last = path, every, is_resumed, last

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Save after every so many batches, and at the end."""
        is_last = state.is_stopping or state.fraction >= 1.0 or state.step == self.last
        if is_last or state.step % self.every == 0:
            save_checkpoint(self.path, state, parts)


def begin_anew(*paths: Path) -> None:
    """Remove what an earlier training has left: checkpoints, best weights, history."""
    for path in paths:
        path.unlink(missing_ok=True)


def resumed_from(callbacks: Sequence[Callback]) -> Path | None:
    """Return the checkpoint that a training goes on from; None where it begins."""
    for one in callbacks:
        if isinstance(one, SaveCheckpoint) and one.is_resumed and one.path.is_file():
            return one.path
    return None


def save_checkpoint(path: Path, state: TrainingState, parts: dict[str, Any]) -> None:
    """Write the state of a training and of all its parts; TrainingError where the disk is full."""
    content = {name: part.state_dict() for name, part in parts.items() if name != "generator"}
    content["generator"] = parts["generator"].get_state()
    content["state"] = dataclasses.asdict(state)
    _write(content, path)


def _write(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint; where that fails the one before is intact.

    Raises
    ------
    TrainingError
        If it cannot be written, as on a full disk.
    """
    import torch

    try:
        with atomic_path(path) as temporary:
            torch.save(content, temporary)
    except (OSError, RuntimeError, WriteError) as error:  # torch says a full disk as a RuntimeError
        raise TrainingError(
            f"The checkpoint {path.name} could not be written: {why_not_written(path.parent, error)}. "
            "The one before it is intact.",
            "Make room, then resume the training.",
        ) from error


def why_not_written(folder: Path, error: BaseException) -> str:
    """Return why a file could not be written, in words."""
    try:
        if shutil.disk_usage(folder).free < _FULL_BYTES:
            return "the disk is full"
    except OSError:
        return "its folder is gone"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return first_sentence(error).rstrip(".")


class CallbackStates:
    """What callbacks keep, as a part of a checkpoint.

    Parameters
    ----------
    callbacks : sequence of Callback
        Those of one kind are told apart by their order.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self._callbacks = tuple(callback for callback in callbacks if callback.kept)

    def state_dict(self) -> dict[str, Any]:
        """Return the kept attributes by the callbacks' kinds and numbers."""
        return {
            name: {kept: getattr(callback, kept) for kept in callback.kept}
            for name, callback in self._named()
        }

    def load_state_dict(self, content: Mapping[str, Any]) -> None:
        """Give callbacks what a checkpoint kept of them; those that it does not know begin anew."""
        for name, callback in self._named():
            for kept, value in content.get(name, {}).items():
                setattr(callback, kept, value)

    def _named(self) -> list[tuple[str, Callback]]:
        seen: collections.Counter[str] = collections.Counter()
        named = []
        for callback in self._callbacks:
            kind = type(callback).__name__
            named.append((f"{kind}{seen[kind]}", callback))
            seen[kind] += 1
        return named


def schedule_callbacks(settings: TrainingConfig, smallest_step: float = 1e-4) -> list[Callback]:
    """Return what the settings ask for: halving the rate on a plateau, stopping early."""
    asked: list[Callback] = []
    if settings.plateau:
        asked.append(HalveRateOnPlateau(settings.plateau))
    if settings.patience:
        asked.append(EarlyStopping(settings.patience, smallest_step))
    return asked


def load_checkpoint(path: Path, parts: dict[str, Any]) -> TrainingState:
    """Put a checkpoint back into the parts of a training.

    Raises
    ------
    TrainingError
        If it is missing, damaged, or of another network.
    """
    import pickle

    import torch

    try:
        content: dict[str, Any] = torch.load(path, weights_only=True)
        for name, part in parts.items():
            if name == "generator":
                part.set_state(content["generator"])
            elif isinstance(part, CallbackStates):  # earlier versions kept nothing of them
                part.load_state_dict(content.get(name, {}))
            else:
                part.load_state_dict(content[name])
        state = TrainingState(**content["state"])
    except FileNotFoundError as error:
        raise TrainingError(f"There is no checkpoint {path.name}.", "Train without --resume.") from error
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"The checkpoint {path.name} cannot be continued: {first_sentence(error)}.",
            "It is damaged or of another configuration: train without --resume.",
        ) from error
    state.is_stopping = False
    return state
