"""What the strip of marks shows: rows of lines or bands, and where they fall on an axis."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import vacuum_to_air
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.io.line_lists.line_lists import Band, Line, sky_lines, stellar_lines, telluric_bands

FloatArray = NDArray[np.float64]
GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta"}


@dataclasses.dataclass(frozen=True, eq=False)
class MarkRow:
    """Marks of one kind.

    Attributes
    ----------
    key : {"star", "telluric", "sky"}
    title : str
        Written in the margin.
    names : tuple of str
        In the order in which they are named where not all can be.
    start_aa, stop_aa : ndarray, shape (n_marks,)
        In vacuum, in the star's rest frame or the observer's [Angstrom]; equal for lines.
    tips : tuple of str
        What each is, for the tooltip.
    role : str
        Colour of the theme.
    is_dashed : bool
        Ticks are dashed, so that the kinds differ in more than colour.
    """

    key: str
    title: str
    names: tuple[str, ...]
    start_aa: FloatArray
    stop_aa: FloatArray
    tips: tuple[str, ...]
    role: str
    is_dashed: bool = False

    def find(self, name: str) -> int | None:
        """Return the index of the mark that is called so, or whose name begins so; None = there is none."""
        wanted = _plain_name(name)
        plain = [_plain_name(known) for known in self.names]
        exact = (i for i, known in enumerate(plain) if known == wanted)
        begun = (i for i, known in enumerate(plain) if wanted and known.startswith(wanted))
        return next(exact, next(begun, None))

    @property
    def has_bands(self) -> bool:
        """Whether the marks have a width."""
        return self.start_aa is not self.stop_aa

    @property
    def follows_star(self) -> bool:
        """Whether the marks move with the star, or stay with the observer."""
        return self.key == "star"


@dataclasses.dataclass(frozen=True)
class MarkAxis:
    """The axis on which marks are placed.

    Attributes
    ----------
    unit : DisplayUnit
    medium : str
        Of the axis.
    star_factor, observer_factor : float
        Wavelength on the axis over that at rest, and over that in the observer's frame.
    """

    unit: DisplayUnit = DisplayUnit()
    medium: str = "air"
    star_factor: float = 1.0
    observer_factor: float = 1.0

    def place(self, row: MarkRow) -> tuple[FloatArray, FloatArray]:
        """Return the limits of a row's marks in the displayed unit, shape (n_marks,) each."""
        factor = self.star_factor if row.follows_star else self.observer_factor
        start = self._shown(row.start_aa * factor)
        if not row.has_bands:
            return start, start
        stop = self._shown(row.stop_aa * factor)
        return np.minimum(start, stop), np.maximum(start, stop)

    def _shown(self, vacuum_aa: FloatArray) -> FloatArray:
        wavelength = vacuum_aa if self.medium == "vacuum" else vacuum_to_air(vacuum_aa)
        return self.unit.from_angstrom(wavelength, self.medium)


def spelt(name: str) -> str:
    """Return a name with its Greek letters spelt, as it is typed: "Hα" -> "H alpha"."""
    return "".join(f" {GREEK[letter]}" if letter in GREEK else letter for letter in name)


def _plain_name(name: str) -> str:
    """Return a name in small letters without blanks, Greek letters spelt."""
    text = "".join(GREEK.get(letter, letter) for letter in name.casefold())
    return "".join(text.split())


def star_row(lines: tuple[Line, ...] = ()) -> MarkRow:
    """Return the row of the star's lines: the bundled ones unless others are given."""
    return _line_row("star", "Star", lines or stellar_lines(), "denoised", False)


def sky_row() -> MarkRow:
    """Return the row of the night sky's emission lines."""
    return _line_row("sky", "Sky", sky_lines(), "residual", True)


def telluric_row() -> MarkRow:
    """Return the row of the atmosphere's absorption bands, the strongest named first."""
    strengths = ("opaque", "strong", "medium", "weak")
    bands = sorted(telluric_bands(), key=lambda band: strengths.index(band.strength))
    return MarkRow(
        "telluric",
        "Telluric",
        tuple(band.name for band in bands),
        np.array([band.start_vacuum_aa for band in bands]),
        np.array([band.stop_vacuum_aa for band in bands]),
        tuple(_band_tip(band) for band in bands),
        "residual",
    )


def _line_row(key: str, title: str, lines: tuple[Line, ...], role: str, is_dashed: bool) -> MarkRow:
    wavelength = np.array([line.wavelength_vacuum_aa for line in lines])
    names = tuple(line.name for line in lines)
    return MarkRow(key, title, names, wavelength, wavelength, tuple(map(_line_tip, lines)), role, is_dashed)


def _line_tip(line: Line) -> str:
    what = {"line": "", "head": " band head", "sky": ", emission of the night sky"}[line.kind]
    places = 0 if line.kind == "head" else 2
    air, vacuum = (f"{value:.{places}f}" for value in (line.wavelength_air_aa, line.wavelength_vacuum_aa))
    return f"{line.name}{what}: {air} Å in air, {vacuum} Å in vacuum"


def _band_tip(band: Band) -> str:
    limits = f"{band.start_vacuum_aa:.0f}\N{EN DASH}{band.stop_vacuum_aa:.0f} Å in vacuum"
    return f"{band.name}, {band.strength} absorption of the atmosphere: {limits}"
