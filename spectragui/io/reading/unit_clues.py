"""What else may tell the unit of wavelengths: HISTORY, the instrument, the star's own Lyman lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts
from spectragui.io.reading.axis_unit import Clue
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.unit_words import units_in_text
from spectragui.io.reading.wavelength_units import in_angstrom

#: Cards of running text.
TEXT_CARDS = ("HISTORY", "COMMENT", "")
# Lyman gamma to kappa [Angstrom, vacuum]: interstellar hydrogen lets no light through there.
_LYMAN_AA = (972.5368, 949.7431, 937.8035, 930.7483, 926.2257, 923.1504, 920.9631, 919.3514, 918.1294)
_LEAST_LINES, _BLACK, _CORE, _AROUND = 6, 0.4, 1.5e-4, 5e-3


def text_units(header: Header) -> tuple[tuple[str, ...], str]:
    """Return the units that HISTORY and COMMENT cards speak of, and the card that says it."""
    for keyword in TEXT_CARDS:
        lines = [str(value) for name, value, _ in header.cards if name == keyword]
        found = units_in_text(lines, is_strict=True)
        if found:
            said = next(line for line in lines if units_in_text([line], is_strict=True))
            return found, f"{keyword or 'a comment'} says {said.strip()[:60]!r}"
    return (), ""


def unit_clue(header: Header, facts: InstrumentFacts, raws: Sequence[RawOrder]) -> Clue:
    """Return what chooses among the units in which the numbers of a file can be read.

    Parameters
    ----------
    header : Header
    facts : InstrumentFacts
    raws : sequence of RawOrder
        As the file gives them.
    """

    def choose(readings: Sequence[str]) -> tuple[str, str]:
        said, where = text_units(header)
        agreed = [unit for unit in said if unit in readings]
        if len(agreed) == 1:
            return agreed[0], where
        if facts.unit in readings:
            return facts.unit, facts.unit_source
        if facts.name and "cm-1" in readings and len(readings) == 2:
            # The instruments of the table have gratings; those that count waves are not among them.
            return next(u for u in readings if u != "cm-1"), f"{facts.name} has a grating"
        black = [unit for unit in readings if _shows_lyman_lines(raws, unit)]
        if len(black) == 1:
            return black[0], "the flux is black at the Lyman lines of hydrogen"
        return "", ""

    return choose


def _shows_lyman_lines(raws: Sequence[RawOrder], unit: str) -> bool:
    """Return whether the light is gone at the wavelengths of all Lyman lines in the range."""
    depths: list[float] = []
    for raw in raws:
        wavelength, flux = in_angstrom(float_array(raw.wavelength), unit), float_array(raw.flux)
        if wavelength.shape == flux.shape:
            depths += [d for line in _LYMAN_AA if np.isfinite(d := _depth(wavelength, flux, line))]
    return len(depths) >= _LEAST_LINES and float(np.median(depths)) > 1.0 - _BLACK / 2 and _most(depths)


def _most(depths: Sequence[float]) -> bool:
    # Lyman gamma shines in the Earth's own hydrogen where the shutter is open long.
    return sum(depth > 1.0 - _BLACK for depth in depths) >= len(depths) - 1


def _depth(wavelength: NDArray[np.float64], flux: NDArray[np.float64], line_aa: float) -> float:
    """Return 1 - flux in a line's core over the light left around it; NaN outside the axis."""
    away = np.abs(wavelength / line_aa - 1.0)
    core, around = flux[away < _CORE], flux[away < _AROUND]
    core, around = core[np.isfinite(core)], around[np.isfinite(around)]
    if core.size < 3 or around.size < 20:
        return float("nan")
    light = float(np.percentile(around, 95))
    return 1.0 - float(np.median(core)) / light if light > 0 else float("nan")
