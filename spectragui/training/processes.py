"""One training in several processes, on several GPUs or machines: ``torchrun -m spectragui train CONFIG``.

Each process draws batches of its own, gradients are averaged over all, so that the weights stay the same in
each; the first one writes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.errors import TrainingError

if TYPE_CHECKING:
    import torch

_SEED_STEP = 7919


def world_size() -> int:
    """Return in how many processes this training runs."""
    return max(_number("WORLD_SIZE", 1), 1)


def rank() -> int:
    """Return which of them this is; 0 writes."""
    return _number("RANK", 0) if world_size() > 1 else 0


def _number(name: str, usual: int) -> int:
    try:
        return int(os.environ.get(name, usual))
    except ValueError:
        return usual


@contextlib.contextmanager
def shared_training(config: Any, resume: bool) -> Iterator[Any]:
    """Give each process its part of a training: the configuration that it trains by.

    Parameters
    ----------
    config : Config, GeneratorConfig, DenoiserConfig or PhotometryConfig
    resume : bool
        Whether every process goes on from the first one's checkpoints.

    Raises
    ------
    TrainingError
        If the processes do not find each other.
    """
    n = world_size()
    if n == 1:
        yield config
        return
    import torch
    import torch.distributed as dist

    training = config.training
    is_on_gpus = training.device != "cpu" and torch.cuda.is_available()
    if is_on_gpus:
        torch.cuda.set_device(_number("LOCAL_RANK", 0))
    try:
        dist.init_process_group("nccl" if is_on_gpus else "gloo")
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"The {n} processes of the training do not find each other: {error}.", "Start them with torchrun."
        ) from error
    own = dataclasses.replace(
        config, training=dataclasses.replace(training, batch=max(round(training.batch / n), 1))
    )
    try:
        with contextlib.ExitStack() as stack:
            if rank():
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / Path(config.output).name
                kept = Path(config.output) / "checkpoints"
                if resume and kept.is_dir():
                    shutil.copytree(kept, folder / "checkpoints")
                own = dataclasses.replace(own, output=str(folder))
            dist.barrier()
            yield own
            dist.barrier()
    finally:
        dist.destroy_process_group()


def _is_shared() -> bool:
    import torch.distributed as dist

    return world_size() > 1 and dist.is_available() and dist.is_initialized()


def own_seed(seed: int) -> int:
    """Return the seed of what this process draws."""
    return seed + _SEED_STEP * rank()


def average_gradients(weights: Iterable[torch.nn.Parameter]) -> None:
    """Replace the gradients of this process by the mean over all."""
    if not _is_shared():
        return
    import torch.distributed as dist

    for weight in weights:
        if weight.grad is not None:
            dist.all_reduce(weight.grad)
            weight.grad /= world_size()


def agreed(value: float, device: torch.device | str = "cpu") -> float:
    """Return the largest of what all processes say: when one stops, all do."""
    if not _is_shared():
        return value
    import torch
    import torch.distributed as dist

    shared = torch.tensor([value], dtype=torch.float64, device=device)
    dist.all_reduce(shared, op=dist.ReduceOp.MAX)
    return float(shared[0])
