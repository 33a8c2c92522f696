"""Tell a fault that comes again and again, as in a paint method, from one that is new."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

BURST_S = 5.0

Fault = tuple[str, str, int, str]


class RepeatedFaults:
    """Remembers where exceptions were raised, and when last.

    Parameters
    ----------
    clock : callable
        Seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_s: dict[Fault, float] = {}

    def is_known(self, error: BaseException) -> bool:
        """Return whether the same exception came from the same place before."""
        return _fault(error) in self._last_s

    def is_burst(self, error: BaseException) -> bool:
        """Return whether it did less than `BURST_S` ago; remembers that it came now."""
        fault, now_s = _fault(error), self._clock()
        before_s = self._last_s.get(fault)
        self._last_s[fault] = now_s
        return before_s is not None and now_s - before_s < BURST_S


def _fault(error: BaseException) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)
    text = str(error) if not frames else ""  # a value in the text must not make a fault a new one
    return type(error).__name__, file, line, text
