"""`ModelCard`: what a model is, as it stands in ``card.toml``: read once, checked, and passed on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from spectragui.core.errors import ModelError

Medium = Literal["air", "vacuum"]
#: The bundled emulator of the optical window: what simulates unless another one is named.
OPTICAL_EMULATOR = "optical-emulator"
FORMAT = 2  # of the file; `card_formats` reads older ones


@dataclasses.dataclass(frozen=True)
class Edge:
    """How far from the ends of its training range a label may lie: what "outside" means.

    Attributes
    ----------
    warn, bad : float
        Distance from either end, inside positive, in the label's unit.
    vague : float
        A label whose 1-sigma error is larger reaches an end by chance: a warning, since the error
        says it already.
    """

    warn: float = 0.0
    bad: float = 0.0
    vague: float = math.inf


@dataclasses.dataclass(frozen=True)
class CardLabel:
    """One label of a model: unit, the range of its training spectra, and what is outside of it."""

    name: str
    unit: str
    minimum: float
    maximum: float
    edge: Edge = Edge()


@dataclasses.dataclass(frozen=True)
class WavelengthGrid:
    """The pixels of a model: ``n_pixels`` from ``start_aa`` to ``stop_aa``.

    ``dv_kms`` is the step of a grid constant in log wavelength; 0 = constant in wavelength.
    """

    start_aa: float
    stop_aa: float
    n_pixels: int
    dv_kms: float = 0.0
    medium: Medium = "air"


@dataclasses.dataclass(frozen=True)
class Domain:
    """Where a model holds, beside the ranges of its labels.

    Attributes
    ----------
    window_aa : (float, float) or None
        What is cut out of a spectrum [Angstrom, the model's medium, rest frame]; None = its pixels.
    resolving_power : (float, float)
        Of the training spectra.
    coolest_teff, hottest_teff : float
        [K]; infinite = no limit but the range of the label. Beyond them a result is bad.
    coolest_because, hottest_because : str
        Why ("the training spectra lack most of TiO").
    lte_warn, lte_bad : float
        [M/H] below which LTE fails; minus infinity = it does not matter.
    gaps_aa : tuple of (float, float)
        Stretches of the window that the training spectra do not cover: they are not looked at.
    correlation_warn, correlation_bad : float
        Of data and generated spectrum, without the noise; below it they are not alike. How high it can
        be for the stars that a model is made for, its physics decides.
    """

    window_aa: tuple[float, float] | None = None
    resolving_power: tuple[float, float] = (1000.0, 115_000.0)
    coolest_teff: float = -math.inf
    coolest_because: str = ""
    hottest_teff: float = math.inf
    hottest_because: str = ""
    lte_warn: float = -math.inf
    lte_bad: float = -math.inf
    correlation_warn: float = 0.95
    correlation_bad: float = 0.90
    gaps_aa: tuple[tuple[float, float], ...] = ()

    def is_served(self, resolving_power: float) -> bool:
        """Whether a resolving power is in the trained range, or so near that a result is worth a look."""
        low, high = self.resolving_power
        return 0.7 * low <= resolving_power <= 3.0 * high


@dataclasses.dataclass(frozen=True)
class Companions:
    """What else a model works with, by name.

    Attributes
    ----------
    emulator : str
        Model that generates spectra at its labels, for fits and comparisons.
    error_patterns : str
        Model folder that holds how wrong the physics is; empty = nobody measured it.
    velocity_templates : str
        Bundled set of templates, or "emulator": made of the emulator's spectra.
    """

    emulator: str = ""
    error_patterns: str = ""
    velocity_templates: str = "emulator"


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
    domain : Domain
    companions : Companions
    errors : mapping of str to mapping of str to float
        1-sigma errors of the labels beside those that noise makes: "emulator" (what the emulator is
        wrong by), "physics" (what such synthetic spectra are wrong by on real stars), "misfit" (for
        an unexplained structure of a tenth of the lines' own).
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
    network : mapping
        How the network is built from the tensors; which entries there are, its kind says
        (`spectragui.networks.network_description`).
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
    domain: Domain = Domain()
    companions: Companions = Companions()
    errors: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    limits: tuple[str, ...] = ()
    licence: str = ""
    citation: str = ""
    sha256: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tensors: Mapping[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    network: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("errors", "training", "metrics", "sha256", "tensors", "network", "extra"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain = {key: dict(value) if isinstance(value, Mapping) else value for key, value in fields.items()}
        return _card_from_fields, (plain,)

    @property
    def window_aa(self) -> tuple[float, float]:
        """What is cut out of a spectrum [Angstrom, the model's medium, rest frame].

        Raises
        ------
        ModelError
            If the model has no wavelengths.
        """
        if self.domain.window_aa is not None:
            return self.domain.window_aa
        if self.wavelength is None:
            raise ModelError(f"The card of the model {self.name} says nothing about its wavelengths.")
        return self.wavelength.start_aa, self.wavelength.stop_aa

    @property
    def medium(self) -> Medium:
        """Medium of its wavelengths."""
        return "air" if self.wavelength is None else self.wavelength.medium

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of its labels, in its order."""
        return tuple(label.name for label in self.labels)

    @property
    def label_ranges(self) -> dict[str, tuple[float, float]]:
        """Range of the training spectra of each label."""
        return {label.name: (label.minimum, label.maximum) for label in self.labels}

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


def card_content(card: ModelCard) -> dict[str, Any]:
    """Return what stands in the file: plain values first, tables after them."""
    plain: dict[str, Any] = {"format": FORMAT}
    plain |= {
        name: getattr(card, name)
        for name in ("name", "version", "kind", "title", "summary", "licence", "citation")
        if getattr(card, name)
    }
    plain |= {name: list(getattr(card, name)) for name in ("chain", "limits") if getattr(card, name)}
    tables: dict[str, Any] = {
        "labels": {label.name: _label_content(label) for label in card.labels},
        "wavelength": None if card.wavelength is None else dataclasses.asdict(card.wavelength),
        "domain": {**_changed(card.domain), "resolving_power": list(card.domain.resolving_power)},
        "companions": _changed(card.companions),
        "errors": {kind: dict(table) for kind, table in card.errors.items()},
        **{name: dict(getattr(card, name)) for name in ("training", "metrics", "network", "sha256")},
        "tensors": {name: list(shape) for name, shape in card.tensors.items()},
    }
    extra = dict(card.extra)
    plain |= {key: value for key, value in extra.items() if not isinstance(value, Mapping)}
    tables |= {key: value for key, value in extra.items() if isinstance(value, Mapping)}
    return plain | {key: value for key, value in tables.items() if value}


def _label_content(label: CardLabel) -> dict[str, Any]:
    content: dict[str, Any] = {"unit": label.unit, "minimum": label.minimum, "maximum": label.maximum}
    edge = _changed(label.edge)
    return content | ({"edge": edge} if edge else {})


def _changed(values: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that are not as by default, tuples as lists."""
    found = {}
    for field in dataclasses.fields(values):
        value = getattr(values, field.name)
        if value != field.default:
            found[field.name] = _listed(value)
    return found


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, tuple) else value


def _card_from_fields(fields: dict[str, Any]) -> ModelCard:
    return ModelCard(**fields)
