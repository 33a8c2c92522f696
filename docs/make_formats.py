"""Write docs/formats.md: what each real and each generated file gives, or why it does not open.

Usage: PYTHONPATH=. python docs/make_formats.py
The data are in $SPECTRAGUI_SHARED, else in ../shared beside the checkout.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from spectragui.core.errors import SpectraGUIError
from spectragui.core.spectrum import orders_of
from spectragui.io import describe, read_spectra
from spectragui.io.reading.reader import READERS

CHECKOUT = Path(__file__).resolve().parent.parent

INTRODUCTION = """# Formats

Made by `python docs/make_formats.py`; do not edit.

A file is known by its content, never by its name. The readers are asked in this order; the first
that knows the layout reads it. How to add one: `docs/how_to_add.md`.

| reader | reads |
|---|---|
"""
HEADING = """
## {title}

Unit is the file's own; wavelengths are always given in Å. In *italics*: assumed, not read.
"Where from" of every value: `spectragui info FILE`.

| file | reader | orders | pixels | range [Å] | unit | medium | frame | R | errors | notes |
|---|---|---|---|---|---|---|---|---|---|---|
"""
LAYOUTS_HEADING = """
## Layouts tested on generated files

Layouts of which no real file was at hand, and variants of others. `tests/io/generated_layouts` makes
a small file of each; wavelengths, fluxes, errors and masks must come back as they were put in.

| layout | reader | spectra | orders | unit | medium | frame | R | errors |
|---|---|---|---|---|---|---|---|---|
"""
REFUSED = """
## Refused in a sentence

Wavelength and blaze files, cross-correlation functions and velocities (HARPS ccf, ESPRESSO CCF, KPF
level 2, SPIRou v.fits), fibre positions (pfsConfig, pfsDesign), lamp exposures, pictures of the sky,
cubes, catalogues, a PHOENIX-ACES model without its wavelength file, orders without wavelengths. The
sentence says what to open instead, or which option helps; `tests/io/readers/test_not_spectra.py` and
`tests/io/test_bad_input.py` hold it. Damaged and random files: `tests/io/test_fuzz.py`.
"""


def main() -> None:
    """Write the document."""
    shared = Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared") / "data"
    readers = "".join(f"| `{name}` | {reader.description} |\n" for name, reader in READERS.items())
    text = INTRODUCTION + readers
    folders = (("stars", "Real stars"), ("stars/galah", "GALAH"), ("formats", "Other instruments"))
    for folder, title in folders:
        files = sorted(path for path in (shared / folder).iterdir() if path.is_file())
        text += HEADING.format(title=title) + "".join(row(path) for path in files)
    text += LAYOUTS_HEADING + layouts() + REFUSED
    (CHECKOUT / "docs" / "formats.md").write_text(text, encoding="utf-8")


def layouts() -> str:
    """Return a line for every layout that a test generates (tests/io/generated_layouts)."""
    from tests.io.generated_layouts import LAYOUTS

    lines = []
    for layout in sorted(LAYOUTS, key=lambda layout: layout.name.lower()):
        with tempfile.TemporaryDirectory() as folder:
            made = layout.build(Path(folder))
            spectra = read_spectra(made.path, made.options)
        spectrum = spectra[0]
        axis, power = orders_of(spectrum)[0].spectral_axis, describe(spectrum).fact("resolving_power")
        cells = [
            layout.name,
            str(spectrum.meta["reader"]),
            str(spectrum.meta.get("n_spectra", 1)),
            str(len(orders_of(spectrum))),
            own_unit(axis.unit_source),
            marked(axis.medium, axis.medium_source),
            marked(axis.frame, axis.frame_source),
            marked(power.value, power.source) if power.raw else "not known",
            marked(str(spectrum.meta.get("uncertainty_source", "none")), ""),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(lines)


def row(path: Path) -> str:
    """Return the line of one file."""
    try:
        spectra = read_spectra(path)
    except SpectraGUIError as error:
        said = str(error).replace(f"{path.name}: ", "").replace("|", "\\|")
        return f"| {path.name} | | | | | | | | | | not read: {said} |\n"
    spectrum, said = spectra[0], describe(spectra[0])
    axis = orders_of(spectrum)[0].spectral_axis
    low, high = said.fact("range_aa").raw
    power = said.fact("resolving_power")
    cells = [
        path.name + (f" ({len(spectra)} spectra)" if len(spectra) > 1 else ""),
        str(spectrum.meta["reader"]),
        str(len(orders_of(spectrum))),
        str(said.fact("pixels").raw),
        f"{low:.1f} to {high:.1f}",
        own_unit(axis.unit_source),
        marked(axis.medium, axis.medium_source),
        marked(axis.frame, axis.frame_source),
        marked(power.value, power.source) if power.raw else "not known",
        marked(str(spectrum.meta.get("uncertainty_source", "none")), ""),
        " ".join(spectrum.meta.get("notes", ())),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def own_unit(source: str) -> str:
    """Return the unit that the file uses, in italics where it was assumed."""
    unit = source.rsplit("converted from ", 1)[1] if "converted from" in source else "Angstrom"
    return marked(unit, source)


def marked(value: str, source: str) -> str:
    """Return a value, in italics where it was assumed."""
    is_assumed = source.startswith("assumed") or value.startswith("assumed")
    return f"*{value}*" if is_assumed else value


if __name__ == "__main__":
    main()
