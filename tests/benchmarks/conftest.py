"""Benchmarks print what they measured; the figures to hold stand beside them and are not asserted."""

import pytest


@pytest.fixture
def report(capsys):
    """Return a function that prints one line of a measurement, past pytest's capture."""

    def say(what, value, unit, must=None, aim=None):
        limits = "" if must is None else f"   (must {must:g}, aim {aim:g})"
        with capsys.disabled():
            print(f"\n  {what}: {value:.3g} {unit}{limits}", end="")

    return say
