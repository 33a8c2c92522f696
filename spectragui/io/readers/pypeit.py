"""PypeIt: spec1d (a table an object or order) and coadd1d (one table OneSpec)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_from_ivar
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FRAMES = ("heliocentric", "barycentric")


@register_reader("pypeit", priority=28)
class PypeItReader:
    """Spectra reduced by PypeIt."""

    description = "PypeIt spec1d (an object a table, echelle orders joined) and coadd1d"

    def identify(self, source: Source) -> bool:
        """Return whether a table has PypeIt's columns."""
        return source.kind == "fits" and bool(_tables(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return one spectrum an object."""
        objects: dict[str, list[int]] = {}
        for index in _tables(source):
            name = source.own_headers[index].text("EXTNAME")
            objects.setdefault(re.sub(r"-ORDER\d+", "", name), []).append(index)
        spectra = []
        for name, tables in objects.items():
            context = _context(source, tables[0], options)
            raws = [_raw(source, index, context) for index in tables]
            context.is_echelle = len(raws) > 1
            if len(objects) > 1:
                context.meta["name"] = f"{source.headers[0].text('TARGET', 'OBJECT')} {name}".strip()
            spectra.append(make_spectrum(raws, context))
        return tuple(spectra)


def _tables(source: Source) -> list[int]:
    found = []
    for index, hdu in enumerate(source.hdus):
        names = set(hdu.columns.names) if hasattr(hdu, "columns") else set()
        is_spec1d = bool({"OPT_WAVE", "BOX_WAVE"} & names)
        if is_spec1d or {"wave", "wave_grid_mid", "flux", "mask"} <= names:
            found.append(index)
    return found


def _raw(source: Source, index: int, context: Context) -> RawOrder:
    data, names = source.data(index), set(source.hdus[index].columns.names)
    wave, flux, ivar, mask = _names(names)
    context.note(f"The flux is column {flux}.")
    context.flux_unit = "1e-17 erg / (Angstrom s cm2)" if "FLAM" in flux else ""
    sigma = None
    if ivar in names:
        sigma = sigma_from_ivar(data[ivar])
        context.uncertainty_source = f"1 / sqrt of column {ivar}"
    bad: Any = None
    if mask in names:
        bad = bad_by_rule(np.asarray(data[mask]).ravel(), context.options, good_is_set=True)
    number = re.search(r"ORDER(\d+)", source.own_headers[index].text("EXTNAME"))
    return RawOrder(
        float_array(data[wave]), float_array(data[flux]), sigma, bad, int(number[1]) if number else None
    )


def _names(names: set[str]) -> tuple[str, str, str, str]:
    """Return the columns of wavelength, flux, inverse variance and mask: optimal, calibrated first."""
    for way in ("OPT", "BOX"):
        for kind in ("FLAM", "COUNTS"):
            if f"{way}_{kind}" in names and f"{way}_WAVE" in names:
                return f"{way}_WAVE", f"{way}_{kind}", f"{way}_{kind}_IVAR", f"{way}_MASK"
    return "wave", "flux", "ivar", "mask"


def _context(source: Source, index: int, options: ReadOptions) -> Context:
    header = source.headers[index]
    context = Context(source, header, options, "pypeit", product="pypeit")
    frame = header.text("VEL_TYPE").lower()
    frame = frame if frame in _FRAMES else ""
    context.stated = Stated(
        "Angstrom", "PypeIt data model", "vacuum", "PypeIt data model: wavelengths in vacuum",
        frame, header.quote("VEL_TYPE") if frame else "",
    )  # fmt: skip
    return context
