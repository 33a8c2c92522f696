"""Progress of a part fills its part; a cancellation comes through."""

import pytest

from spectragui.core.progress import Cancelled, no_progress, part_of


def test_a_part_fills_its_part():
    seen = []
    report = part_of(
        part_of(lambda fraction, message="": seen.append((fraction, message)), 0.5, 1.0), 0.0, 0.5
    )
    report(0.0, "start")
    report(1.0)
    assert seen == [(0.5, "start"), (0.75, "")]


def test_the_end_of_a_part_is_not_that_of_the_whole():
    seen = []
    whole = lambda _fraction, message="": seen.append(message)  # noqa: E731
    part_of(part_of(whole, 0.0, 0.5), 0.0, 1.0)(1.0, "done")
    part_of(part_of(whole, 0.5, 1.0), 0.0, 1.0)(1.0, "done")
    assert seen == ["going on", "done"]


def test_a_cancellation_comes_through():
    def stop(fraction, message=""):
        raise Cancelled

    with pytest.raises(Cancelled):
        part_of(stop, 0.0, 1.0)(0.5)


def test_nobody_needs_to_watch():
    assert no_progress(0.5, "half") is None
