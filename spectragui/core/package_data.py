"""Find the bundled `resources` and `models`, in a checkout as in an installed wheel."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """Return the folder ``resources`` or ``models``.

    In a wheel both lie inside the package (mapped in ``pyproject.toml``); in a checkout beside it.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation of spectragui lacks its folder {name!r}")


def resource(*parts: str) -> Path:
    """Return the path of a bundled resource, as ``resource("icons", "open.svg")``."""
    return data_folder("resources").joinpath(*parts)


@dataclasses.dataclass(frozen=True)
class Example:
    """A bundled, simulated spectrum or catalogue."""

    path: Path
    title: str
    text: str


def bundled_examples(kind: Literal["spectrum", "catalogue"] = "spectrum") -> tuple[Example, ...]:
    """Return the examples, as ``examples.toml`` beside them lists them; the simplest one first."""
    folder = resource("examples")
    listed = tomllib.loads((folder / "examples.toml").read_text(encoding="utf-8"))
    rows = listed["example" if kind == "spectrum" else kind]
    return tuple(Example(folder / row["file"], row["title"], row["text"]) for row in rows)
