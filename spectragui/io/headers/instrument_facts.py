"""What is known about an instrument besides its headers: facts from `resources/instruments/*.toml`.

A file is matched by header keywords only, never by its name or its object.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from spectragui.core.package_data import resource
from spectragui.io.headers.fits_header import Header


@dataclasses.dataclass(frozen=True)
class InstrumentFacts:
    """Facts about the products of one instrument.

    Attributes
    ----------
    name : str
        "HARPS"; empty = the instrument is not known.
    resolving_power : float or None
        wavelength / FWHM of this mode.
    resolving_power_source : str
    medium, frame : str
        Of this kind of product; empty = not known.
    unit : str
        In which its archive writes wavelengths: a clue where a file does not say it.
    medium_source, frame_source, unit_source : str
        Why, with the publication or the manual.
    """

    name: str = ""
    resolving_power: float | None = None
    resolving_power_source: str = ""
    medium: str = ""
    medium_source: str = ""
    frame: str = ""
    frame_source: str = ""
    unit: str = ""
    unit_source: str = ""


def instrument_facts(header: Header, product: str = "") -> InstrumentFacts:
    """Return what is known about the instrument that a header names.

    Parameters
    ----------
    header : Header
    product : str
        Kind of file ("s1d", "e2ds"), which decides on the frame; empty = not known.
    """
    for entry in _entries():
        if any(_matches(header, match) for match in entry.get("match", [])):
            return _facts(entry, header, product)
    return InstrumentFacts()


def instrument_named_in(text: str) -> str:
    """Return the one known instrument that a comment names as a word of its own; empty for none or two."""
    names = [entry["name"] for entry in _entries() if len(entry["name"]) >= 3]
    # The longest first, so that "HARPS-N" is not taken for HARPS.
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found = set(re.findall(rf"(?<![\w-])(?:{pattern})(?![\w-])", text))
    return found.pop() if len(found) == 1 else ""


@functools.cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    paths = sorted(resource("instruments").glob("*.toml"))
    entries = [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths]
    return tuple(entry for entry in entries if "match" in entry)


@functools.lru_cache(maxsize=1)
def instrument_resolving_powers() -> tuple[tuple[str, float], ...]:
    """Return (name, resolving power) of every known instrument with one usual value, by name."""
    known = [(str(entry["name"]), entry.get("resolving_power")) for entry in _entries()]
    found = {name: float(power) for name, power in known if power}
    return tuple(sorted(found.items(), key=lambda item: item[0].lower()))


def _matches(header: Header, conditions: Mapping[str, str]) -> bool:
    """Whether every keyword of ``conditions`` is there and matches its regular expression."""
    return all(
        keyword in header and re.match(pattern, str(header.get(keyword)).strip()) is not None
        for keyword, pattern in conditions.items()
    )


def _facts(entry: Mapping[str, Any], header: Header, product: str) -> InstrumentFacts:
    values: dict[str, Any] = {"name": entry["name"]}
    values.update(_resolving_power(entry, header))
    for quantity in ("medium", "frame", "unit"):
        values.update(_convention(entry, header, product, quantity))
    return InstrumentFacts(**values)


def _resolving_power(entry: Mapping[str, Any], header: Header) -> dict[str, Any]:
    for mode in entry.get("mode", []):
        if _matches(header, mode["when"]):
            condition = ", ".join(header.quote(keyword) for keyword in mode["when"])
            source = f"{entry['name']} with {condition} ({mode.get('source', entry.get('source', ''))})"
            return {"resolving_power": float(mode["resolving_power"]), "resolving_power_source": source}
    if "resolving_power" not in entry:
        return {}
    source = f"instrument table: {entry['name']} ({entry.get('source', '')})"
    return {"resolving_power": float(entry["resolving_power"]), "resolving_power_source": source}


def _convention(entry: Mapping[str, Any], header: Header, product: str, quantity: str) -> dict[str, Any]:
    """Return medium or frame of a product, from the product's own table or the instrument's."""
    own = entry.get("product", {}).get(product, {})
    if not _matches(header, own.get("when", {})):
        own = {}
    for table in (own, entry):
        if quantity in table:
            reason = table.get(f"{quantity}_source", entry.get("source", ""))
            what = f"{entry['name']} {product}".strip()
            return {quantity: table[quantity], f"{quantity}_source": f"instrument table: {what} ({reason})"}
    return {}
