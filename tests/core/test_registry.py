"""One registry class for readers, stages, networks and panels."""

import pytest

from spectragui.core.errors import SpectraGUIError
from spectragui.core.registry import Registry


def test_entries_come_in_order_of_priority_then_of_registration():
    readers: Registry[str] = Registry("reader")
    readers.register("generic")("g")
    readers.register("last", priority=900)("l")
    readers.register("harps", priority=10)("h")
    readers.register("ascii")("a")
    assert readers.names() == list(readers) == ["harps", "generic", "ascii", "last"]
    assert readers.items()[0] == ("harps", "h")
    assert len(readers) == 4
    assert "harps" in readers
    assert readers.get("ascii") == "a"


def test_a_name_is_taken_once():
    readers: Registry[str] = Registry("reader")
    readers.register("harps")("h")
    with pytest.raises(ValueError, match="registered twice"):
        readers.register("harps")("again")


def test_an_unknown_name_lists_the_known_ones():
    readers: Registry[str] = Registry("reader")
    readers.register("harps")("h")
    with pytest.raises(SpectraGUIError, match="There is no reader 'harp'. Known: harps."):
        readers.get("harp")
