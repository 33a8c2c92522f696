"""Progress and cancellation: one callable that a long function calls and that may raise `Cancelled`."""

from __future__ import annotations

from typing import Protocol


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """Raised by a progress callback in the function that is to stop."""


class Progress(Protocol):
    """Callback of a long function: ``progress(fraction, message)``.

    ``fraction`` runs from 0 to 1; the call may raise `Cancelled`.
    """

    def __call__(self, fraction: float, message: str = "") -> None:
        """Report how much is done."""


def no_progress(fraction: float, message: str = "") -> None:
    """Ignore progress: the default where nobody watches."""


def part_of(progress: Progress, start: float, stop: float) -> Progress:
    """Return a progress callback that fills only ``start..stop`` of another one.

    Where a part ends before the whole does, its "done" is not told: what follows has not begun to speak.
    """

    def report(fraction: float, message: str = "") -> None:
        if message == "done" and stop < 1.0:
            message = "going on"
        progress(start + (stop - start) * fraction, message)

    return report
