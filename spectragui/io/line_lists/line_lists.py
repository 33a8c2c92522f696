"""Line lists: the bundled ones (stars, night sky, telluric bands) and those that users import."""

from __future__ import annotations

import csv
import dataclasses
import functools
import os
from pathlib import Path
from typing import Literal

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.package_data import resource
from spectragui.core.regular_file import read_text
from spectragui.core.spectral_axis import air_to_vacuum, vacuum_to_air

LineKind = Literal["line", "head", "sky"]
Strength = Literal["weak", "medium", "strong", "opaque"]
COLUMNS = ("name", "wavelength_air_aa", "wavelength_vacuum_aa", "kind")


@dataclasses.dataclass(frozen=True)
class Line:
    """A spectral line or band head.

    Attributes
    ----------
    name : str
        "Mg I b2".
    wavelength_air_aa, wavelength_vacuum_aa : float
        Of the star at rest, or in the observer's frame for lines of the sky [Angstrom].
    kind : {"line", "head", "sky"}
    priority : int
        1 = among the strongest; 0 = not known.
    """

    name: str
    wavelength_air_aa: float
    wavelength_vacuum_aa: float
    kind: LineKind = "line"
    priority: int = 0

    def wavelength_in(self, medium: str) -> float:
        """Return the wavelength in "vacuum", or in air [Angstrom]."""
        return self.wavelength_vacuum_aa if medium == "vacuum" else self.wavelength_air_aa


@dataclasses.dataclass(frozen=True)
class LineList:
    """Lines in the order of their use: the first are named first where labels are crowded.

    Attributes
    ----------
    name : str
    lines : tuple of Line
    source : str
        Where they are from and in which unit and medium they were given, in words.
    """

    name: str
    lines: tuple[Line, ...]
    source: str = ""


@dataclasses.dataclass(frozen=True)
class Band:
    """An absorption band of the Earth's atmosphere, limits in vacuum in the observer's frame [Angstrom]."""

    name: str
    start_vacuum_aa: float
    stop_vacuum_aa: float
    strength: Strength

    def limits_in(self, medium: str) -> tuple[float, float]:
        """Return the limits in "vacuum", or in air [Angstrom]."""
        if medium == "vacuum":
            return self.start_vacuum_aa, self.stop_vacuum_aa
        return float(vacuum_to_air(self.start_vacuum_aa)), float(vacuum_to_air(self.stop_vacuum_aa))


@functools.cache
def stellar_lines() -> tuple[Line, ...]:
    """Return the bundled lines and band heads of stars at rest, the most useful first."""
    return _read_lines(resource("lines", "stellar.csv"))


@functools.cache
def identified_lines() -> tuple[Line, ...]:
    """Return what absorbs where in cool stars, in the models' windows: to name what matters there."""
    return _read_lines(resource("lines", "identified.csv"))


@functools.cache
def sky_lines() -> tuple[Line, ...]:
    """Return the bundled emission lines of the night sky, the strongest first."""
    return _read_lines(resource("lines", "sky.csv"))


@functools.cache
def telluric_bands() -> tuple[Band, ...]:
    """Return the bundled absorption bands of the Earth's atmosphere, in ascending wavelength."""
    rows = _csv_rows(resource("lines", "telluric_bands.csv").read_text(encoding="utf-8"))
    return tuple(
        Band(row["name"], float(row["start_vacuum_aa"]), float(row["stop_vacuum_aa"]), row["strength"])  # type: ignore[arg-type]
        for row in rows
    )


def make_line(name: str, wavelength_aa: float, medium: str, kind: LineKind = "line") -> Line:
    """Return a line of a wavelength given in air or vacuum [Angstrom]."""
    if medium == "vacuum":
        return Line(name, float(vacuum_to_air(wavelength_aa)), wavelength_aa, kind)
    return Line(name, wavelength_aa, float(air_to_vacuum(wavelength_aa)), kind)


def write_line_list(lines: LineList, path: str | os.PathLike[str]) -> None:
    """Write a line list as CSV, as `load_line_list` reads it.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    text = [f"# {lines.source}", ",".join(COLUMNS)]
    text += [
        f"{line.name.replace(',', ' ')},{line.wavelength_air_aa!r},{line.wavelength_vacuum_aa!r},{line.kind}"
        for line in lines.lines
    ]
    write_text_atomically(Path(path), "\n".join(text) + "\n")


def load_line_list(path: str | os.PathLike[str]) -> LineList:
    """Read a line list that `write_line_list` wrote.

    Raises
    ------
    ReadError
        If it is missing or damaged.
    """
    file = Path(path)
    try:
        source = read_text(file).partition("\n")[0].lstrip("# ")
        return LineList(file.stem, _read_lines(file), source)
    except (OSError, ValueError, KeyError) as error:
        raise ReadError(
            f"{file.name}: the line list cannot be read ({first_sentence(error)}).",
            "Import it again from its source.",
            str(error),
        ) from error


def _read_lines(path: Path) -> tuple[Line, ...]:
    return tuple(
        Line(
            row["name"], float(row["wavelength_air_aa"]), float(row["wavelength_vacuum_aa"]),
            row.get("kind") or "line",  # type: ignore[arg-type]
            int(row.get("priority") or 0),
        )
        for row in _csv_rows(read_text(path))
    )  # fmt: skip


def _csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(row for row in text.splitlines() if not row.startswith("#")))
