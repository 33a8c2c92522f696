"""IPAC tables (Spitzer, IRSA, NED): spectra as columns below a head of bars."""

from __future__ import annotations

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.text_columns import spectrum_of_text
from spectragui.io.reading.ipac_text import is_ipac, read_ipac
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.text_table import head_text


@register_reader("ipac-table", priority=78)
class IpacTableReader:
    """A spectrum in IPAC's table format."""

    description = "IPAC table: names, types, units and nulls between bars"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins with names between bars, and rows follow that have none."""
        return source.kind == "text" and is_ipac(head_text(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one spectrum of the table."""
        return (spectrum_of_text(read_ipac(source), source, options, "ipac-table"),)
