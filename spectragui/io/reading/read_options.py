"""`ReadOptions`: what a user may say about a file instead of letting the reader find out."""

from __future__ import annotations

import dataclasses
import re

from spectragui.core.errors import ReadError
from spectragui.core.parameters import check_parameters, param

#: Options that choose arrays by name: with one of them the general readers are asked first.
_CHOOSING = ("flux_column", "wavelength_column", "error_column", "mask_column", "extension")


@dataclasses.dataclass(frozen=True)
class ReadOptions:
    """How to read a file; every field left alone is found out from the file.

    Attributes
    ----------
    spectrum : int or None
        Index, from 0, of the one spectrum wanted of a file that holds several, or the number by
        which the file calls it (DESI's TARGETID); None = the first where one is asked for, all
        where all are.
    flux_column, wavelength_column, error_column, mask_column : str
        Name of a table's column, or its number counted from 1. Of images: name or number (from 0)
        of the extension; the flux is chosen by ``extension``.
    unit : str
        Unit of the wavelengths ("Angstrom", "nm", "um", "cm-1", "GHz", "eV"), or its logarithm
        ("log10(Angstrom)", "ln(nm)"), as `spectragui.io.reading.wavelength_units` knows them.
    medium : str
        "air" or "vacuum".
    frame : str
        "observer", "barycentric", "heliocentric" or "rest".
    error_kind : str
        What the errors are: "sigma", "variance", "ivar" (inverse variance) or "relative" (x flux).
    mask_rule : str
        Which values of the mask mark bad pixels: "nonzero", "zero", "none" (ignore the mask), or a
        number whose bits do ("12", "0x50FF").
    wavelength_file : str
        FITS image that holds the wavelength of every pixel.
    extension : str
        Name or number of the FITS extension that holds the flux or the table.
    max_values : int or None
        Values that one array of the file may have; None = 20 million.
    use_rules : bool
        Whether the user's import rules fill in what is left alone here.
    rule : str
        Name of the import rule that did so.
    rule_fields : tuple of str
        What it filled in.
    """

    spectrum: int | None = param(
        None, label="Spectrum", help="Index of the spectrum in its file, from 0, or its identifier."
    )
    flux_column: str = param("", label="Flux column", help="Name or number (from 1) of the flux column.")
    wavelength_column: str = param(
        "",
        label="Wavelength column",
        help="Name or number (from 1) of the wavelength column; of images, of the extension (from 0).",
    )
    error_column: str = param(
        "",
        label="Error column",
        help="Name or number (from 1) of the column of errors; of images, of the extension (from 0).",
    )
    error_kind: str = param(
        "",
        label="Errors are",
        help="What the errors are: 1 sigma, variance, inverse variance, or relative to the flux.",
        choices=("", "sigma", "variance", "ivar", "relative"),
    )
    mask_column: str = param(
        "",
        label="Mask column",
        help="Name or number (from 1) of the mask column; of images, of the extension (from 0).",
    )
    mask_rule: str = param(
        "",
        label="Bad where the mask is",
        help="Which mask values mark bad pixels: nonzero, zero, none (ignore the mask), or bits (0x50FF).",
    )
    unit: str = param(
        "",
        label="Unit",
        help="Unit of the wavelengths: Angstrom, nm, um, cm-1, GHz, eV ..., or log10(Angstrom), ln(nm).",
    )
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
    max_values: int | None = param(
        None,
        label="Most values",
        help="Values that one array may have, instead of 20 million; a file may have five times as many.",
        minimum=1000,
    )
    spectra: tuple[int, ...] = ()
    use_rules: bool = False
    rule: str = ""
    rule_fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_parameters(self)
        mask_bits(self.mask_rule)

    def replace(self, **changes: object) -> ReadOptions:
        """Return a copy with some options changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def said(self, name: str) -> str:
        """Return who said the value of a field, for the passport."""
        return f"your rule {self.rule!r}" if name in self.rule_fields else f"told by {OPTION_FLAGS[name]}"

    def is_wanted(self, index: int) -> bool:
        """Return whether the spectrum of this index, from 0, is among ``spectra``."""
        return not self.spectra or index in self.spectra

    @property
    def chooses_arrays(self) -> bool:
        """Whether a column or extension is named."""
        return any(getattr(self, name) for name in _CHOOSING)


def mask_bits(rule: str) -> int | None:
    """Return the bits that a mask rule names; None for the rules in words and for no rule.

    Raises
    ------
    ReadError
        If the rule is neither a known word nor a number.
    """
    word = rule.strip().lower()
    if word in ("", "nonzero", "zero", "none"):
        return None
    if re.fullmatch(r"0x[0-9a-f]+|\d+", word) and int(word, 0) > 0:
        return int(word, 0)
    raise ReadError(
        f"The mask rule {rule!r} is not known.",
        "Use --mask-rule nonzero, zero, none, or a number of bits such as 0x50FF.",
    )


#: How each option is written on the command line, for hints in error messages.
OPTION_FLAGS = {
    "spectrum": "--spectrum",
    "flux_column": "--flux-column",
    "wavelength_column": "--wavelength-column",
    "error_column": "--error-column",
    "error_kind": "--error-kind",
    "mask_column": "--mask-column",
    "mask_rule": "--mask-rule",
    "unit": "--unit",
    "medium": "--medium",
    "frame": "--frame",
    "wavelength_file": "--wavelength-file",
    "extension": "--extension",
    "max_values": "--max-values",
}
