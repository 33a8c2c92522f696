"""Look through a VOTable before it is parsed: it may name other files, and promise rows without end."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from spectragui.io.reading.limits import Limits, TooLargeError

_DEEPEST = 100
_MOST_FIELDS = 2000


class ForeignFileError(ValueError):
    """A VOTable takes its data from another file or address; the message is half a sentence."""


def check_votable(content: bytes, limits: Limits) -> None:
    """Raise where a VOTable would fetch something, or holds more than is read.

    Parameters
    ----------
    content : bytes
    limits : Limits

    Raises
    ------
    ForeignFileError
        If a STREAM has an address, or an entity is declared.
    TooLargeError
        If it has too many values, by what it promises or by its cells.
    xml.parsers.expat.ExpatError
        If it is no XML.
    """
    from xml.parsers import expat

    look = _Look(limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = look.on_start
    parser.EndElementHandler = look.on_end
    parser.EntityDeclHandler = look.on_entity
    parser.Parse(content, True)


class _Look:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = self._n_cells = self._n_fields = 0
        self._row_values = 0

    def on_start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooLargeError("it is nested too deeply")
        kind = name.rpartition(":")[2].upper()
        if kind == "STREAM" and any(key.rpartition(":")[2].lower() == "href" for key in attributes):
            raise ForeignFileError("its data lie at another address or in another file, which is not read")
        if kind == "TABLE":
            self._row_values = self._n_fields = 0
            self._promised = _whole(attributes.get("nrows", "0"))
        elif kind == "FIELD":
            self._n_fields += 1
            self._row_values += _array_size(attributes.get("arraysize", "1"))
            if self._n_fields > _MOST_FIELDS:
                raise TooLargeError(f"it has more than {_MOST_FIELDS:,} fields")
            self._limits.check_array(self._row_values, "a row of it")
        elif kind == "DATA":
            self._limits.check_array(self._promised * max(self._row_values, 1), "its table")
        elif kind == "TD":
            self._n_cells += 1
            # Each cell is an object of Python while it is read.
            self._limits.check_array(4 * self._n_cells, "its table")

    def on_end(self, _name: str) -> None:
        self._depth -= 1

    def on_entity(self, *_about: Any) -> None:
        raise ForeignFileError("it declares entities, which are not expanded")

    _promised = 0


def _array_size(text: str) -> int:
    """Return how many values an ``arraysize`` allocates for a row: "3", "3x2", "10*"."""
    return math.prod(_whole(part) for part in re.split(r"x", text.lower().replace("*", "")) if part) or 1


def _whole(text: str) -> int:
    digits = text.strip()
    return int(digits[:18]) if digits.isdecimal() else 0
