"""Cards of every format that was ever written, and what makes a card sound."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from spectragui.core.errors import ModelError
from spectragui.core.labels import LABELS
from spectragui.core.model_card import FORMAT, OPTICAL_EMULATOR, Edge, ModelCard

KINDS = ("parameters", "emulator", "cvae", "denoiser", "photometry", "fused")
MEDIA = ("air", "vacuum")
LARGEST_PIXELS = 2_000_000
LONGEST_AA = 1e7
MOST_WEIGHTS = 100_000_000  # numbers in all files of a model
MOST_TENSORS = 10_000
MOST_FILES = 8
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NAME_RULE = "A name has letters, digits and . _ - only, begins with a letter or a digit, and has at most 64."
# What Windows takes for devices, whatever the suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)
# Nothing that a star can be lies outside; a range or an edge beyond these switches the check of ranges off.
_PHYSICAL: Mapping[str, tuple[float, float]] = {
    "teff": (500.0, 200_000.0),
    "logg": (-3.0, 10.0),
    "m_h": (-10.0, 3.0),
    "alpha_m": (-3.0, 3.0),
    "vsini": (0.0, 2000.0),
    "vmic": (0.0, 100.0),
    "resolving_power": (1.0, 1e7),
    "v_rad": (-300_000.0, 300_000.0),
}
_LARGEST_EDGES = {"teff": 2000.0, "vsini": 100.0, "resolving_power": 1e5, "v_rad": 1000.0}
_LARGEST_EDGE = 2.0  # of the others
SHA256 = re.compile(r"[0-9a-f]{64}")
COMPARE = "Compare card.toml with the card of a bundled model."

_USUAL_EDGES: Mapping[str, Mapping[str, float]] = {
    "teff": {"warn": 150.0, "bad": 60.0},
    "logg": {"warn": 0.10, "bad": 0.02, "vague": 0.30},
    "m_h": {"warn": 0.05, "bad": 0.01, "vague": 0.05},
    "alpha_m": {"bad": -0.10},
    "vsini": {"bad": -15.0},
    "vmic": {"bad": -0.5},
}
_OPTICAL_FACTS: Mapping[str, Any] = {
    "domain": {
        "window_aa": [4450.0, 5400.0],
        "resolving_power": [1000.0, 115_000.0],
        "coolest_teff": 4200.0,
        "coolest_because": "the training spectra lack most of TiO",
        "lte_warn": -1.5,
        "lte_bad": -2.0,
    },
    "companions": {
        "emulator": OPTICAL_EMULATOR,
        "error_patterns": OPTICAL_EMULATOR,
        "velocity_templates": "optical",
    },
    "errors": {
        # Noise-free held-out spectra of FGK stars, median / 0.67.
        "emulator": {
            "teff": 7.0, "logg": 0.014, "m_h": 0.007, "alpha_m": 0.004, "vmic": 0.018, "vsini": 0.03,
        },
        # rms of four direct fits of real stars with the full synthesis (docs/experiments.md, "Refinement").
        "physics": {
            "teff": 34.0, "logg": 0.062, "m_h": 0.056, "alpha_m": 0.05, "vmic": 0.15, "vsini": 0.5,
        },
        # The Sun has 0.9 tenths.
        "misfit": {"teff": 45.0, "logg": 0.09, "m_h": 0.05, "alpha_m": 0.05, "vsini": 0.7, "vmic": 0.2},
    },
}  # fmt: skip
#: What cards of format 1 left to the program, by kind: it knew one window and one list of labels.
MISSING_IN_FORMAT_1: Mapping[str, Mapping[str, Any]] = {
    "parameters": {**_OPTICAL_FACTS, "edges": _USUAL_EDGES},
    "emulator": {
        "domain": _OPTICAL_FACTS["domain"],
        "companions": {"error_patterns": OPTICAL_EMULATOR, "velocity_templates": "optical"},
        "errors": _OPTICAL_FACTS["errors"],
    },
    "cvae": {"companions": {"emulator": OPTICAL_EMULATOR}},
}


def usual_edge(name: str) -> Edge:
    """Return the edge of a label that a training gives to a new card, unless it is told another."""
    return Edge(**_USUAL_EDGES.get(name, {}))


def present_format(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the content of a card in the present format.

    Parameters
    ----------
    content : mapping
        Of the TOML file, in any format.
    name : str
        Of the model, for messages.

    Raises
    ------
    ModelError
        If the format is newer than this program, or is none.
    """
    number = content.get("format", 1)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ModelError(f"The card of the model {name} has the format {number!r}, which is none.", COMPARE)
    if number > FORMAT:
        raise ModelError(
            f"The card of the model {name} has format {number}; this program reads formats up to {FORMAT}.",
            "Update SpectraGUI.",
        )
    found = {key: value for key, value in content.items() if key != "format"}
    if number == 1:
        found = _from_format_1(found)
    return found


def _from_format_1(content: dict[str, Any]) -> dict[str, Any]:
    missing = dict(MISSING_IN_FORMAT_1.get(str(content.get("kind")), {}))
    edges = missing.pop("edges", {})
    labels = content.get("labels", {})
    if isinstance(labels, Mapping):
        labels = {
            name: {**entry, "edge": edges[name]} if name in edges and isinstance(entry, Mapping) else entry
            for name, entry in labels.items()
        }
    return {**missing, **content, "labels": labels}


def is_allowed_name(name: str) -> bool:
    """Whether a model, or a file of one, may be called so: it is no path, and no device on any system."""
    return bool(NAME.fullmatch(name)) and not _DEVICE.fullmatch(name) and not name.endswith(".")


def check_card(card: ModelCard) -> None:
    """Check that a card says nothing impossible.

    Raises
    ------
    ModelError
        With the first thing that is wrong.
    """
    for word, name in (("name", card.name), *_named(card)):
        if not is_allowed_name(name):
            raise _wrong(card, f"the {word} {name[:80]!r} is not allowed", NAME_RULE)
    if card.kind not in KINDS:
        raise _wrong(card, f"the kind {card.kind!r} is not known", f"Known: {', '.join(KINDS)}.")
    _check_labels(card)
    _check_wavelengths(card)
    _check_domain(card)
    for kind, table in card.errors.items():
        for name, value in table.items():
            if not 0 <= value < math.inf:
                raise _wrong(card, f"the error {kind}.{name} is {value}")
    _check_files(card)


def _check_files(card: ModelCard) -> None:
    for file, digest in card.sha256.items():
        if not SHA256.fullmatch(str(digest)):
            raise _wrong(card, f"the checksum of {file} is none")
        if not file.endswith(".safetensors"):
            raise _wrong(card, f"its file {file} is no safetensors", "Other files of a model are not read.")
    if len(card.sha256) > MOST_FILES or (card.sha256 and "model.safetensors" not in card.sha256):
        raise _wrong(card, "its checksums are not those of its weights, model.safetensors")
    for name, shape in card.tensors.items():
        if any(size < 0 for size in shape):
            raise _wrong(card, f"the tensor {name[:80]} has a negative size")
    if len(card.tensors) > MOST_TENSORS or sum(map(math.prod, card.tensors.values())) > MOST_WEIGHTS:
        raise _wrong(card, f"its tensors have more than {MOST_WEIGHTS:,} numbers")


def _named(card: ModelCard) -> list[tuple[str, str]]:
    companions = card.companions
    names = [("emulator", companions.emulator), ("folder of error patterns", companions.error_patterns)]
    names += [("set of velocity templates", companions.velocity_templates)]
    return [(word, name) for word, name in names if name] + [("file", file) for file in card.sha256]


def _check_labels(card: ModelCard) -> None:
    for label in card.labels:
        if label.name not in LABELS:
            raise _wrong(card, f"{label.name!r} is not a label", f"Known: {', '.join(LABELS)}.")
        if label.unit != LABELS[label.name].unit:
            raise _wrong(card, f"{label.name} is in {label.unit!r}, not in {LABELS[label.name].unit!r}")
        _check_range(card, label.name, (label.minimum, label.maximum))
        low, high = _PHYSICAL[label.name]
        if label.minimum < low or label.maximum > high:
            raise _wrong(card, f"the range of {label.name} is {label.minimum:g} to {label.maximum:g}")
        edge, most = label.edge, _LARGEST_EDGES.get(label.name, _LARGEST_EDGE)
        if not (abs(edge.warn) <= most and abs(edge.bad) <= most and edge.vague > 0):
            raise _wrong(card, f"the edge of {label.name} is not finite, or too large")


def _check_wavelengths(card: ModelCard) -> None:
    grid = card.wavelength
    if grid is None:
        return
    _check_range(card, "wavelength", (grid.start_aa, grid.stop_aa), LONGEST_AA, 0.0)
    if not 2 <= grid.n_pixels <= LARGEST_PIXELS:
        raise _wrong(card, f"n_pixels is {grid.n_pixels}", f"2 to {LARGEST_PIXELS:,} are possible.")
    if not 0 <= grid.dv_kms < 1e5:
        raise _wrong(card, f"dv_kms is {grid.dv_kms}")
    if grid.medium not in MEDIA:
        raise _wrong(card, f"the medium {grid.medium!r} is not known", f"Known: {', '.join(MEDIA)}.")


def _check_domain(card: ModelCard) -> None:
    domain = card.domain
    if domain.window_aa is not None:
        _check_range(card, "window_aa", domain.window_aa, LONGEST_AA, 0.0)
    _check_range(card, "resolving_power", domain.resolving_power, 1e7, 0.0)
    for gap in domain.gaps_aa:
        _check_range(card, "gaps_aa", gap, LONGEST_AA, 0.0)
    for name in ("coolest_teff", "hottest_teff", "lte_warn", "lte_bad"):
        if math.isnan(getattr(domain, name)):
            raise _wrong(card, f"{name} is not a number")
    if not -1.0 <= domain.correlation_bad <= domain.correlation_warn < 1.0:
        raise _wrong(card, "correlation_bad is not at most correlation_warn, or they are no correlations")
    if domain.coolest_teff >= domain.hottest_teff:
        raise _wrong(card, "coolest_teff is not below hottest_teff")
    if domain.lte_bad > domain.lte_warn:
        raise _wrong(card, "lte_bad is above lte_warn")


def _check_range(
    card: ModelCard, name: str, ends: tuple[float, float], most: float = math.inf, least: float = -math.inf
) -> None:
    low, high = ends
    if not (math.isfinite(low) and math.isfinite(high) and least < low < high <= most):
        raise _wrong(card, f"the range of {name} is {low:g} to {high:g}")


def _wrong(card: ModelCard, what: str, hint: str = COMPARE) -> ModelError:
    shown = card.name if NAME.fullmatch(card.name) else repr(card.name[:80])
    return ModelError(f"The card of the model {shown} is wrong: {what}.", hint)
