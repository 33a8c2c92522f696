"""`ReadOptions`: what a user may say about a file instead of letting the reader find out."""

from __future__ import annotations

import dataclasses

from spectragui.core.parameters import check_parameters, param


@dataclasses.dataclass(frozen=True)
class ReadOptions:
    """How to read a file; every field left alone is found out from the file.

    Attributes
    ----------
    spectrum : int or None
        Index, from 0, of the one spectrum wanted of a file that holds several; None = the first
        where one is asked for, all where all are.
    flux_column, wavelength_column, error_column : str
        Name of a table's column, or its number counted from 1.
    unit : str
        Unit of the wavelengths ("Angstrom", "nm", "um", "cm-1").
    medium : str
        "air" or "vacuum".
    frame : str
        "observer", "barycentric", "heliocentric" or "rest".
    wavelength_file : str
        FITS image that holds the wavelength of every pixel.
    extension : str
        Name or number of the FITS extension that holds the flux or the table.
    """

    spectrum: int | None = param(None, label="Spectrum", help="Index of the spectrum in its file, from 0.")
    flux_column: str = param("", label="Flux column", help="Name or number (from 1) of the flux column.")
    wavelength_column: str = param(
        "", label="Wavelength column", help="Name or number (from 1) of the wavelength column."
    )
    error_column: str = param("", label="Error column", help="Name or number (from 1) of the 1-sigma column.")
    unit: str = param("", label="Unit", help="Unit of the wavelengths: Angstrom, nm, um or cm-1.")
    medium: str = param(
        "",
        label="Medium",
        help="Whether the wavelengths are in air or vacuum.",
        choices=("", "air", "vacuum"),
    )
    frame: str = param(
        "",
        label="Frame",
        help="Frame of the wavelengths.",
        choices=("", "observer", "barycentric", "heliocentric", "rest", "unknown"),
    )
    wavelength_file: str = param(
        "", label="Wavelength file", help="FITS image that holds the wavelength of every pixel."
    )
    extension: str = param("", label="Extension", help="Name or number of the FITS extension to read.")

    def __post_init__(self) -> None:
        check_parameters(self)

    def replace(self, **changes: object) -> ReadOptions:
        """Return a copy with some options changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


#: How each option is written on the command line, for hints in error messages.
OPTION_FLAGS = {
    "spectrum": "--spectrum",
    "flux_column": "--flux-column",
    "wavelength_column": "--wavelength-column",
    "error_column": "--error-column",
    "unit": "--unit",
    "medium": "--medium",
    "frame": "--frame",
    "wavelength_file": "--wavelength-file",
    "extension": "--extension",
}
