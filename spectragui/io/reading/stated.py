"""`Stated`: what the layout of a file says of its wavelengths."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Stated:
    """What a reader found said about the wavelengths; empty = not said.

    Each ``*_source`` names the keyword, column or comment.

    Attributes
    ----------
    unit : str
        As `spectragui.io.reading.wavelength_units.parse_unit` returns it, "log10(Angstrom)" included.
    medium, frame : str
    odd_unit : str
        A unit that is said but is none of a wavelength, as it is written.
    logarithm : str
        "log10" or "ln" where it is said that the numbers are logarithms, whatever says the unit.
    quantity : str
        "wavelength", "wavenumber", "frequency" or "energy" where a name says which.
    """

    unit: str = ""
    unit_source: str = ""
    medium: str = ""
    medium_source: str = ""
    frame: str = ""
    frame_source: str = ""
    odd_unit: str = ""
    logarithm: str = ""
    logarithm_source: str = ""
    quantity: str = ""
