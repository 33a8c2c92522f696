"""A pool of threads that each run torch on one core."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch


@contextlib.contextmanager
def one_thread_each(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads that run torch on one core each: many small products gain more so."""
    before = torch.get_num_threads()

    def begin() -> None:
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)

    try:
        with ThreadPoolExecutor(count, initializer=begin) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)
