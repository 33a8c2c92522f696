"""GaiaXPy's spectra as FITS: a source a row, the sampling as a list in the header."""

from __future__ import annotations

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.gaia_tables import (
    array_of_text,
    is_of_sources,
    rows_of_table,
    spectra_of_sources,
)
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source


@register_reader("gaia-fits", priority=36)
class GaiaFitsReader:
    """Calibrated XP spectra of GaiaXPy in a FITS table."""

    description = "GaiaXPy's calibrated XP spectra as FITS: SAMPLING in the header, a source a row"

    def identify(self, source: Source) -> bool:
        """Return whether a table of sources has arrays of flux and no wavelengths of its own."""
        return source.kind == "fits" and _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return one spectrum a row."""
        index = _table(source)
        assert index is not None
        text = source.headers[index].text("SAMPLING")
        try:
            told = array_of_text(text) if text else None
        except ValueError as error:
            raise source.error("its SAMPLING is no list of numbers.", "Write it again.", error) from error
        table = source.data(index)
        sampling = (told, "SAMPLING in the header" if text else "")
        return spectra_of_sources(rows_of_table(table, table.names), sampling, source, options, "gaia-fits")


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        if not hasattr(hdu, "columns") or not is_of_sources(hdu.columns.names):
            continue
        forms = dict(zip((n.lower() for n in hdu.columns.names), hdu.columns.formats, strict=True))
        is_array = any(letter.isdigit() for letter in str(forms["flux"])) or "P" in str(forms["flux"])
        has_wavelengths = any(name.lower().startswith(("wave", "lambda")) for name in hdu.columns.names)
        if is_array and not has_wavelengths:
            return index
    return None
