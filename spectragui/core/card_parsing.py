"""What stands in a card's file to a `ModelCard`: every entry of its type, or a sentence that names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

from spectragui.core.model_card import (
    CardLabel,
    Companions,
    Domain,
    Edge,
    Medium,
    ModelCard,
    WavelengthGrid,
)
from spectragui.core.wording import plain_text

_TEXTS = ("title", "summary", "licence", "citation")
_SENTENCES = ("chain", "limits")
_TABLES = ("training", "metrics", "network", "sha256")
_MOST_TEXT = 5000


class CardError(ValueError):
    """An entry of a card is missing or of the wrong type; the message is half a sentence."""


def parse_card(content: Mapping[str, Any]) -> ModelCard:
    """Return the card that a TOML file's content (of the present format) describes.

    Raises
    ------
    CardError
        If an entry is missing, not known in its table, or of another type.
    """
    known = {field.name for field in dataclasses.fields(ModelCard)} | {"format"}
    fields: dict[str, Any] = {
        name: _text(_needed(content, name), name) for name in ("name", "version", "kind")
    }
    fields["version"] = plain_text(fields["version"])
    fields |= {name: plain_text(_text(content.get(name, ""), name)) for name in _TEXTS}
    fields |= {name: _texts(content.get(name, ()), name) for name in _SENTENCES}
    fields |= {name: dict(_table(content.get(name, {}), name)) for name in _TABLES}
    return ModelCard(
        **fields,
        labels=tuple(
            _label(name, entry) for name, entry in _table(content.get("labels", {}), "labels").items()
        ),
        wavelength=_wavelength(content["wavelength"]) if "wavelength" in content else None,
        domain=_domain(_table(content.get("domain", {}), "domain")),
        companions=_companions(_table(content.get("companions", {}), "companions")),
        errors={
            kind: {
                name: _number(value, f"errors.{kind}.{name}") for name, value in _table(table, kind).items()
            }
            for kind, table in _table(content.get("errors", {}), "errors").items()
        },
        tensors={
            name: tuple(_whole(size, f"tensors.{name}") for size in _list(shape, f"tensors.{name}"))
            for name, shape in _table(content.get("tensors", {}), "tensors").items()
        },
        extra={key: value for key, value in content.items() if key not in known},
    )


def _label(name: str, entry: Any) -> CardLabel:
    table = _table(entry, f"labels.{name}")
    edges = _known(_table(table.get("edge", {}), f"labels.{name}.edge"), Edge, f"labels.{name}.edge")
    edge = Edge(**{key: _number(value, f"labels.{name}.edge.{key}") for key, value in edges.items()})
    low, high = (_number(_needed(table, key), f"labels.{name}.{key}") for key in ("minimum", "maximum"))
    return CardLabel(name, _text(table.get("unit", ""), f"labels.{name}.unit"), low, high, edge)


def _wavelength(entry: Any) -> WavelengthGrid:
    table = _known(_table(entry, "wavelength"), WavelengthGrid, "wavelength")
    return WavelengthGrid(
        _number(_needed(table, "start_aa"), "start_aa"),
        _number(_needed(table, "stop_aa"), "stop_aa"),
        _whole(_needed(table, "n_pixels"), "n_pixels"),
        _number(table.get("dv_kms", 0.0), "dv_kms"),
        cast("Medium", _text(table.get("medium", "air"), "medium")),
    )


def _domain(table: Mapping[str, Any]) -> Domain:
    values: dict[str, Any] = {}
    for key, value in _known(table, Domain, "domain").items():
        if key in ("window_aa", "resolving_power"):
            values[key] = _two_numbers(value, key)
        elif key == "gaps_aa":
            values[key] = tuple(_two_numbers(one, key) for one in _list(value, key))
        else:
            values[key] = plain_text(_text(value, key)) if key.endswith("_because") else _number(value, key)
    return Domain(**values)


def _two_numbers(value: Any, key: str) -> tuple[float, float]:
    ends = _list(value, key)
    if len(ends) != 2:
        raise CardError(f"{key} is not two numbers")
    return _number(ends[0], key), _number(ends[1], key)


def _companions(table: Mapping[str, Any]) -> Companions:
    known = _known(table, Companions, "companions")
    return Companions(**{key: _text(value, f"companions.{key}") for key, value in known.items()})


def _needed(table: Mapping[str, Any], name: str) -> Any:
    if name not in table:
        raise CardError(f"it lacks {name}")
    return table[name]


def _known(table: Mapping[str, Any], cls: Any, where: str) -> Mapping[str, Any]:
    unknown = set(table) - {field.name for field in dataclasses.fields(cls)}
    if unknown:
        raise CardError(f"{where} has an entry {min(unknown)!r} that is not known")
    return table


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CardError(f"{name} is not a table")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise CardError(f"{name} is {_shown(value)}, not a list")
    return list(value)


def _text(value: Any, name: str) -> str:
    if isinstance(value, (Mapping, list)):
        raise CardError(f"{name} is {_shown(value)}, not a text")
    return str(value)[:_MOST_TEXT]


def _texts(value: Any, name: str) -> tuple[str, ...]:
    return tuple(plain_text(_text(item, name)) for item in _list(value, name))


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CardError(f"{name} is {_shown(value)}, not a number")
    return float(value)


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CardError(f"{name} is {_shown(value)}, not a whole number")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
