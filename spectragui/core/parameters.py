"""`param()`: a dataclass field that knows its unit, limits, label and help.

Forms, tool tips, the command line, saved files and preferences are all built from it, so a
parameter is described once.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal

from spectragui.core.errors import SettingsError

_KEY = "spectragui"

Kind = Literal["", "ranges", "points", "numbers", "integers"]


@dataclasses.dataclass(frozen=True)
class ParameterInfo:
    """What is known about one parameter besides its value.

    Attributes
    ----------
    label : str
        Name on screen.
    help : str
        Meaning, in one sentence.
    unit : str
        Unit as text, empty for pure numbers.
    minimum, maximum : float or None
        Inclusive limits.
    choices : tuple of str
        Allowed values of a text parameter; empty = free.
    step : float or None
        Natural step of a spin box.
    kind : str
        What a tuple holds: "ranges" ((low, high), ...), "points" ((x, y), ...), "numbers" (x, ...) or
        "integers" (i, ...); empty for plain values, whose type says it.
    used_if : (str, tuple), or empty
        Name of another field, and the values of it with which this one matters; empty = with all.
    """

    label: str = ""
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    step: float | None = None
    kind: Kind = ""
    used_if: tuple[str, tuple[Any, ...]] | tuple[()] = ()

    def is_used(self, values: Any) -> bool:
        """Whether the parameter matters beside the others' values."""
        if not self.used_if:
            return True
        name, choices = self.used_if
        return getattr(values, name) in choices


def param(
    default: Any,
    *,
    label: str = "",
    help: str = "",  # noqa: A002 - the word users of this function look for
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] = (),
    step: float | None = None,
    kind: Kind = "",
    used_if: tuple[str, tuple[Any, ...]] | tuple[()] = (),
) -> Any:
    """Describe a dataclass field: default, label, help, unit and limits."""
    info = ParameterInfo(label, help, unit, minimum, maximum, tuple(choices), step, kind, used_if)
    return dataclasses.field(default=default, metadata={_KEY: info})


def parameter_infos(cls: Any) -> dict[str, ParameterInfo]:
    """Return name -> `ParameterInfo` of every `param()` field of a dataclass (or instance)."""
    fields = dataclasses.fields(cls)
    return {field.name: field.metadata[_KEY] for field in fields if _KEY in field.metadata}


def check_parameters(values: Any) -> None:
    """Check every `param()` field of a dataclass instance against its limits and choices.

    Raises
    ------
    SettingsError
        On the first value that is not finite, out of limits, or not among the choices.
    """
    for name, info in parameter_infos(values).items():
        value = getattr(values, name)
        if value is None:  # left alone
            continue
        if info.choices and value not in info.choices:
            raise SettingsError(
                f"{name} = {value!r} is not one of the choices.", f"Choose: {', '.join(info.choices)}."
            )
        if info.kind and not _is_of_kind(value, info.kind):
            raise SettingsError(f"{name} must be {_KIND_WORDS[info.kind]}, not {repr(value)[:60]}.")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        unit = f" {info.unit}" if info.unit else ""
        if not math.isfinite(value):
            raise SettingsError(f"{name} must be a finite number, not {value}.")
        if info.minimum is not None and value < info.minimum:
            raise SettingsError(f"{name} = {value:g}{unit} is below its minimum {info.minimum:g}{unit}.")
        if info.maximum is not None and value > info.maximum:
            raise SettingsError(f"{name} = {value:g}{unit} is above its maximum {info.maximum:g}{unit}.")


_KIND_WORDS = {
    "ranges": "pairs of numbers, low and high",
    "points": "pairs of numbers",
    "numbers": "numbers",
    "integers": "whole numbers",
}


def _is_of_kind(value: Any, kind: Kind) -> bool:
    """Whether a value is a tuple of what its kind says; NaN is no number."""
    if not isinstance(value, (tuple, list)):
        return False
    if kind in ("ranges", "points"):
        pairs = [pair for pair in value if isinstance(pair, (tuple, list)) and len(pair) == 2]
        return len(pairs) == len(value) and all(all(map(_is_number, pair)) for pair in pairs)
    if kind == "integers":
        return all(isinstance(item, int) and not isinstance(item, bool) for item in value)
    return all(map(_is_number, value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
