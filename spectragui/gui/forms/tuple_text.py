"""Tuples of a parameter as a line of text: "6540–6590, 6860–6960" and back."""

from __future__ import annotations

import re
from typing import Any

from spectragui.core.errors import SettingsError
from spectragui.core.parameters import Kind

NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+−]?\d+)?"
_RANGE = rf"^\s*({NUMBER})\s*(?:–|-|\.\.|to|:)\s*({NUMBER})\s*$"
_POINT = rf"^\s*({NUMBER})\s*(?::|\s)\s*({NUMBER})\s*$"
_WHOLE = r"^\s*(\d+)\s*(?:(?:–|-)\s*(\d+))?\s*$"

EXAMPLES = {
    "ranges": "6540–6590, 6860–6960",
    "points": "5000: 1.02, 5100: 0.98",
    "numbers": "5001.2, 5100",
    "integers": "0, 3, 5–7",
}


def tuple_to_text(value: tuple[Any, ...], kind: Kind) -> str:
    """Write a tuple for a line of text."""
    if kind == "ranges":
        return ", ".join(f"{_plain(low)}–{_plain(high)}" for low, high in value)
    if kind == "points":
        return ", ".join(f"{_plain(x)}: {y:.5g}" for x, y in value)
    return ", ".join(_plain(item) for item in value)


def tuple_from_text(text: str, kind: Kind) -> tuple[Any, ...]:
    """Read a tuple from a line of text; empty gives an empty tuple.

    Raises
    ------
    SettingsError
        If a part of it cannot be understood.
    """
    parts = [part for part in re.split(r"[,;\n]", text) if part.strip()]
    if kind == "integers":
        return tuple(dict.fromkeys(number for part in parts for number in _whole_numbers(part)))
    if kind == "ranges":
        return tuple(_pair(part, _RANGE, kind) for part in parts)
    if kind == "points":
        return tuple(sorted(_pair(part, _POINT, kind) for part in parts))
    return tuple(_number(part, kind) for part in parts)


def _plain(value: float) -> str:
    return f"{value:.10g}" if isinstance(value, int) else f"{round(float(value), 4):.10g}"


def _pair(part: str, pattern: str, kind: Kind) -> tuple[float, float]:
    found = re.match(pattern, part)
    if found is None:
        raise _not_understood(part, kind)
    first, second = (_number(text, kind) for text in found.groups())
    return (min(first, second), max(first, second)) if kind == "ranges" else (first, second)


def _number(text: str, kind: Kind) -> float:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        raise _not_understood(text, kind) from None


def _whole_numbers(part: str) -> range:
    found = re.match(_WHOLE, part)
    if found is None:
        raise _not_understood(part, "integers")
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    if last - first > 10_000:
        raise _not_understood(part, "integers")
    return range(first, last + 1)


def _not_understood(part: str, kind: Kind) -> SettingsError:
    return SettingsError(f"“{part.strip()}” is not understood.", f"Write it as in: {EXAMPLES[kind]}")
