"""Networks that are only planned: their shapes without their weights."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


@contextlib.contextmanager
def without_memory() -> Iterator[None]:
    """Let what is built inside have shapes only: a description may ask for more than there is."""
    with torch.device("meta"), _WithoutChance():
        yield


class _WithoutChance(TorchFunctionMode):
    """Draws no numbers: where there is no memory torch would load its compiler for that, a second."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func is torch.randn:
            func = torch.empty
        elif func is torch.Tensor.normal_:
            return args[0]
        return func(*args, **(kwargs or {}))
