"""What happens while a network trains besides training: progress, history, checkpoints, stopping."""

from __future__ import annotations

import collections
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.progress import Progress

if TYPE_CHECKING:
    from spectragui.training.config import TrainingConfig


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
        with atomic_path(self.path) as temporary:
            torch.save(content, temporary)

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


class SaveCheckpoint(Callback):
    """Save everything that is needed to go on after a kill, atomically."""

    def __init__(self, path: Path, every: int) -> None:
        self.path, self.every = path, every

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Save after every so many batches, and at the end."""
        if state.step % self.every == 0 or state.is_stopping or state.fraction >= 1.0:
            save_checkpoint(self.path, state, parts)


def save_checkpoint(path: Path, state: TrainingState, parts: dict[str, Any]) -> None:
    """Write the state of a training and of all its parts."""
    import torch

    content = {name: part.state_dict() for name, part in parts.items() if name != "generator"}
    content["generator"] = parts["generator"].get_state()
    content["state"] = dataclasses.asdict(state)
    with atomic_path(path) as temporary:
        torch.save(content, temporary)


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
