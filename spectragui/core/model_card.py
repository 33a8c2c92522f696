"""`ModelCard`: what is known about a model, as it stands in ``card.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spectragui.core.errors import ModelError


@dataclasses.dataclass(frozen=True)
class CardLabel:
    """One label of a model: unit and the range of its training spectra."""

    name: str
    unit: str
    minimum: float
    maximum: float


@dataclasses.dataclass(frozen=True)
class WavelengthGrid:
    """The pixels of a model: ``n_pixels`` from ``start_aa`` to ``stop_aa``.

    ``dv_kms`` is the step of a grid constant in log wavelength; 0 = constant in wavelength.
    """

    start_aa: float
    stop_aa: float
    n_pixels: int
    dv_kms: float = 0.0
    medium: str = "air"


@dataclasses.dataclass(frozen=True)
class ModelCard:
    """What is known about a model.

    Attributes
    ----------
    name, version, kind : str
        ``kind`` says which code reads the weights ("emulator", "parameters", ...).
    title, summary : str
        For people: a name, and one sentence.
    labels : tuple of CardLabel
    wavelength : WavelengthGrid or None
    chain : tuple of str
        Preprocessing stages before the network, in order.
    training : mapping
        Data, number of spectra, seed, what was held out.
    metrics : mapping
        Measured on held-out spectra; values may be tables.
    limits : tuple of str
        What the model cannot do, one sentence each.
    licence, citation : str
    sha256 : mapping of str to str
        File name -> checksum.
    tensors : mapping of str to tuple of int
        Tensor name -> shape; empty = not checked.
    extra : mapping
        Whatever else the card's file holds.
    """

    name: str
    version: str
    kind: str
    title: str = ""
    summary: str = ""
    labels: tuple[CardLabel, ...] = ()
    wavelength: WavelengthGrid | None = None
    chain: tuple[str, ...] = ()
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    limits: tuple[str, ...] = ()
    licence: str = ""
    citation: str = ""
    sha256: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tensors: Mapping[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("training", "metrics", "sha256", "tensors", "extra"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain = {key: dict(value) if isinstance(value, Mapping) else value for key, value in fields.items()}
        return _card_from_fields, (plain,)

    def range_of(self, label: str) -> tuple[float, float]:
        """Return the training range of a label.

        Raises
        ------
        ModelError
            If the model has no such label.
        """
        for entry in self.labels:
            if entry.name == label:
                return entry.minimum, entry.maximum
        raise ModelError(f"The model {self.name} has no label {label!r}.")


def parse_card(content: Mapping[str, Any]) -> ModelCard:
    """Return the card that a TOML file's content describes.

    Raises KeyError, TypeError, ValueError or AttributeError where it does not describe one.
    """
    labels = tuple(
        CardLabel(name, str(entry.get("unit", "")), float(entry["minimum"]), float(entry["maximum"]))
        for name, entry in content.get("labels", {}).items()
    )
    grid = content.get("wavelength")
    known = {field.name for field in dataclasses.fields(ModelCard)}
    fields: dict[str, Any] = {name: str(content[name]) for name in ("name", "version", "kind")}
    fields |= {name: str(content.get(name, "")) for name in ("title", "summary", "licence", "citation")}
    fields |= {name: tuple(map(str, content.get(name, ()))) for name in ("chain", "limits")}
    fields |= {name: dict(content.get(name, {})) for name in ("training", "metrics", "sha256")}
    return ModelCard(
        **fields,
        labels=labels,
        wavelength=None if grid is None else WavelengthGrid(**grid),
        tensors={name: tuple(map(int, shape)) for name, shape in content.get("tensors", {}).items()},
        extra={key: value for key, value in content.items() if key not in known},
    )


def card_content(card: ModelCard) -> dict[str, Any]:
    """Return what stands in the file: plain values first, tables after them."""
    plain: dict[str, Any] = {
        name: getattr(card, name)
        for name in ("name", "version", "kind", "title", "summary", "licence", "citation")
        if getattr(card, name)
    }
    plain |= {name: list(getattr(card, name)) for name in ("chain", "limits") if getattr(card, name)}
    tables: dict[str, Any] = {
        "labels": {
            label.name: {"unit": label.unit, "minimum": label.minimum, "maximum": label.maximum}
            for label in card.labels
        },
        "wavelength": None if card.wavelength is None else dataclasses.asdict(card.wavelength),
        **{name: dict(getattr(card, name)) for name in ("training", "metrics", "sha256")},
        "tensors": {name: list(shape) for name, shape in card.tensors.items()},
    }
    extra = dict(card.extra)
    plain |= {key: value for key, value in extra.items() if not isinstance(value, Mapping)}
    tables |= {key: value for key, value in extra.items() if isinstance(value, Mapping)}
    return plain | {key: value for key, value in tables.items() if value}


def _card_from_fields(fields: dict[str, Any]) -> ModelCard:
    return ModelCard(**fields)
