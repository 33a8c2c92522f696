"""CRIRES+ (cr2res): a table a detector, columns ORDER_TRACE_SPEC, _ERR and _WL."""

from __future__ import annotations

import re

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_SPECTRUM = re.compile(r"(\d\d)_(\d\d)_SPEC$")


@register_reader("crires", priority=26)
class CriresReader:
    """Extracted spectra of CRIRES+."""

    description = "CRIRES+ (cr2res): a table a detector with columns ORDER_TRACE_SPEC, _ERR, _WL"

    def identify(self, source: Source) -> bool:
        """Return whether a table has the pipeline's columns."""
        return source.kind == "fits" and bool(_columns(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the pieces of all orders on all detectors, of the first trace."""
        found = _columns(source)
        first = min(trace for _, _, trace in found)
        context = Context(source, source.headers[0], options, "crires", product="orders", is_echelle=True)
        context.stated = Stated(
            "nm", "cr2res writes nm", "vacuum", "CRIRES+ pipeline: wavelengths in vacuum",
            "observer", "CRIRES+ pipeline: not corrected for the Earth's motion",
        )  # fmt: skip
        context.uncertainty_source = "columns _ERR"
        if len({trace for _, _, trace in found}) > 1:
            context.note(f"The flux is that of trace {first}; the file holds others.")
        orders = [_piece(source, index, order, first) for index, order, trace in found if trace == first]
        return (make_spectrum(orders, context),)


def _columns(source: Source) -> list[tuple[int, str, str]]:
    """Return (extension, order, trace) of every spectrum that has wavelengths."""
    found = []
    for index, hdu in enumerate(source.hdus):
        names = hdu.columns.names if hasattr(hdu, "columns") else []
        for name in names:
            match = _SPECTRUM.match(name)
            if match and f"{match[1]}_{match[2]}_WL" in names:
                found.append((index, match[1], match[2]))
    return found


def _piece(source: Source, index: int, order: str, trace: str) -> RawOrder:
    data, name = source.data(index), f"{order}_{trace}"
    errors = f"{name}_ERR"
    sigma = float_array(data[errors]) if errors in source.hdus[index].columns.names else None
    return RawOrder(
        float_array(data[f"{name}_WL"]), float_array(data[f"{name}_SPEC"]), sigma, None, int(order)
    )
