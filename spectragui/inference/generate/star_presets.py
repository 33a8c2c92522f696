"""Labels of well-known stars to start from: ``resources/presets.toml``."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping

from spectragui.core.package_data import resource


@dataclasses.dataclass(frozen=True)
class Preset:
    """A star: its name, its labels, and where they are from."""

    name: str
    labels: Mapping[str, float]
    source: str


@functools.lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Return the stars, in the file's order; all lie inside the range of the bundled models."""
    rows = tomllib.loads(resource("presets.toml").read_text(encoding="utf-8"))["star"]
    return tuple(Preset(row["name"], dict(row["labels"]), row["source"]) for row in rows)
