"""Read TOML that anybody may have written: bounded in size and depth before it is parsed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from spectragui.core.regular_file import read_ordinary

MOST_BYTES = 1 << 20
_MOST_PARTS = 16  # of a dotted name
_MOST_NESTED = 64  # brackets that are open at once
_MOST_DIGITS = 400  # more take the parser time with their square
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_PARTS = re.compile(_PART)
_DIGITS = re.compile(r"[0-9_]+")


class TomlError(ValueError):
    """The text is no TOML, or no sensible one; the message is half a sentence."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return the content of a TOML text.

    Raises
    ------
    TomlError
        If it is no TOML, or nested deeper than anybody writes.
    """
    text = text.removeprefix("\ufeff")  # that some editors begin every file with
    if len(text) > MOST_BYTES:
        raise TomlError(f"it has more than {MOST_BYTES:,} characters")
    if _deepest(text) > _MOST_NESTED or any(
        len(_PARTS.findall(name.group())) > _MOST_PARTS for name in _DOTTED.finditer(text)
    ):
        raise TomlError("it is nested too deeply")
    if any(len(number.group()) > _MOST_DIGITS for number in _DIGITS.finditer(text)):
        raise TomlError("a number in it is too long")
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise TomlError("it is nested too deeply") from None
    except ValueError as error:  # also an integer of thousands of digits
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a number in it is too long"
        raise TomlError(said) from error
    if _has_huge(content):
        raise TomlError("a number in it is too large")
    return content


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    TomlError
        If it is no text, or no TOML.
    OSError
        If it cannot be read, or is no ordinary file.
    """
    content = read_ordinary(path, MOST_BYTES)
    try:
        return parse_toml(content.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise TomlError("it is no text in UTF-8") from None


def _deepest(text: str) -> int:
    """Return an upper limit of how many brackets are open at once."""
    deepest = depth = 0
    for bracket in re.finditer(r"[\[{]|[\]}]", text):
        depth = depth + 1 if bracket.group() in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _has_huge(value: Any) -> bool:
    """Whether a whole number in it is larger than TOML promises, so that it may not become a float."""
    if isinstance(value, dict):
        return any(map(_has_huge, value.values()))
    if isinstance(value, list):
        return any(map(_has_huge, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**63
