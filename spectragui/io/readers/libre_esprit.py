"""LibreESpRIT text of ESPaDOnS and NARVAL (PolarBase): nm, intensity, Stokes, nulls, error."""

from __future__ import annotations

import re

import numpy as np

from spectragui.core.errors import first_sentence
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated


@register_reader("libre-esprit", priority=85)
class LibreEspritReader:
    """Spectra reduced by LibreESpRIT; the orders follow one another in the columns."""

    description = "LibreESpRIT text (ESPaDOnS, NARVAL, PolarBase): wavelength in nm, intensity, ..., error"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins with a title in asterisks and a line of two numbers."""
        lines = source.head.decode("latin-1").splitlines()[:3] if source.kind == "text" else []
        return (
            len(lines) == 3
            and lines[0].startswith("***")
            and re.match(r"\s*\d+\s+\d+\s*$", lines[1]) is not None
        )

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the echelle spectrum."""
        lines = source.text.splitlines()
        n_columns = int(lines[1].split()[1]) + 1
        rows = [line.split() for line in lines[2:]]
        complete = [row for row in rows if len(row) == n_columns]
        try:
            if complete and not source.text.endswith("\n"):
                complete.pop()  # the file was cut within its last row
            values = np.array(complete, dtype=np.float64)
        except ValueError as error:
            raise source.error(
                f"a row holds something else than numbers ({first_sentence(error)}).",
                "Download it again.",
                error,
            ) from error
        if values.ndim != 2 or n_columns < 2:
            raise source.error(
                "there are no rows of numbers after its two header lines.", "Download it again."
            )
        context = _context(source, options, lines[0])
        stated = int(lines[1].split()[0])
        if len(complete) < stated:
            context.note(
                f"The file holds {len(complete)} of the {stated} pixels that its second line states."
            )
        sigma = values[:, -1] if n_columns >= 3 else None
        return (make_spectrum(_orders(values, sigma), context),)


def _context(source: Source, options: ReadOptions, title: str) -> Context:
    context = Context(
        source, Header([("TITLE", title.strip("* "), "")]), options, "libre-esprit", is_echelle=True
    )
    context.stated = Stated(
        "nm", "LibreESpRIT writes nm", "air", "LibreESpRIT writes wavelengths in air (Donati et al. 1997)",
    )  # fmt: skip
    context.uncertainty_source = "last column"
    name = re.search(r"(ESPaDOnS|NARVAL)", title, re.I)
    context.meta["instrument"] = name.group(1) if name else "ESPaDOnS or NARVAL"
    context.meta["resolving_power"] = 65000.0
    context.meta["resolving_power_source"] = "assumed: polarimetric mode of ESPaDOnS and NARVAL (Donati 2003)"
    return context


def _orders(values: np.ndarray, sigma: np.ndarray | None) -> list[RawOrder]:
    edges = [0, *(np.flatnonzero(np.diff(values[:, 0]) < 0) + 1).tolist(), len(values)]
    return [
        RawOrder(values[a:b, 0], values[a:b, 1], None if sigma is None else sigma[a:b], None, index)
        for index, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    ]
