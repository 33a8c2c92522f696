"""SDSS-V mwmStar and mwmVisit (also astra's): an extension an instrument and observatory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.readers.apogee import APOGEE_BAD_BITS
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_from_ivar
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_POWER = {
    "APOGEE": (22500.0, "instrument table: APOGEE (Majewski et al. 2017, AJ 154, 94)"),
    "BOSS": (2000.0, "instrument table: BOSS (Smee et al. 2013, AJ 146, 32: 1850 to 2200)"),
}


@register_reader("sdss-mwm", priority=25)
class SdssMwmReader:
    """Rest-frame spectra of the Milky Way Mapper."""

    description = "SDSS-V mwmStar and mwmVisit: a spectrum a row, an extension an instrument"

    def identify(self, source: Source) -> bool:
        """Return whether a table has rows of flux, inverse variance and pixel flags."""
        return source.kind == "fits" and bool(_tables(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return every spectrum that has any information; empty extensions are passed over."""
        spectra = []
        for index in _tables(source):
            data, header = source.data(index), source.headers[index]
            for row in range(0 if data is None else len(data)):
                raw = _raw(data, row, header, options)
                if raw.uncertainty is not None and np.any(raw.uncertainty > 0):
                    spectra.append(make_spectrum([raw], _context(source, index, data, row, options)))
        if not spectra:
            raise source.error("none of its extensions holds a spectrum.", "Download the file again.")
        return tuple(spectra)


def _tables(source: Source) -> list[int]:
    wanted = {"flux", "ivar", "pixel_flags"}
    tables = [(i, hdu) for i, hdu in enumerate(source.hdus) if hasattr(hdu, "columns")]
    found = [i for i, hdu in tables if wanted <= {name.lower() for name in hdu.columns.names}]
    return found


def _raw(data: Any, row: int, header: Header, options: ReadOptions) -> RawOrder:
    flux = float_array(data["flux"][row])
    bits = APOGEE_BAD_BITS if _instrument(header) == "APOGEE" else None
    bad = bad_by_rule(np.asarray(data["pixel_flags"][row]).ravel(), options, bits=bits)
    return RawOrder(_wavelength(data, row, header, flux.size), flux, sigma_from_ivar(data["ivar"][row]), bad)


def _wavelength(data: Any, row: int, header: Header, n_pixels: int) -> NDArray[np.float64]:
    names = {name.lower(): name for name in data.names}
    if "wavelength" in names:
        return float_array(data[names["wavelength"]][row])
    start, step = header.number("CRVAL", "CRVAL1"), header.number("CDELT", "CDELT1")
    if not (math.isfinite(start) and math.isfinite(step) and 0 < start < 6):
        return np.full(n_pixels, np.nan)
    return np.asarray(10.0 ** (start + step * np.arange(n_pixels)), dtype=np.float64)


def _context(source: Source, index: int, data: Any, row: int, options: ReadOptions) -> Context:
    header = source.headers[index]
    context = Context(source, header, options, "sdss-mwm")
    context.stated = Stated(
        "Angstrom", "SDSS-V data model", "vacuum", "SDSS-V data model: wavelengths in vacuum",
        "rest", "SDSS-V data model: shifted to the star's rest frame",
    )  # fmt: skip
    context.flux_unit = "1e-17 erg / (Angstrom s cm2)"
    context.uncertainty_source = "1 / sqrt of column ivar"
    instrument = _instrument(header)
    if instrument:
        context.meta["instrument"] = instrument
        context.meta["resolving_power"], context.meta["resolving_power_source"] = _POWER[instrument]
    name = _value(data, row, "sdss_id") or header.get("SDSS_ID")
    when = _value(data, row, "mjd")
    if name is not None:
        context.meta["object"] = f"SDSS {name}"
    context.meta["name"] = f"{context.meta.get('object', source.name)} {instrument}" + (
        f" MJD {when}" if when is not None else ""
    )
    return context


def _instrument(header: Header) -> str:
    """Return "APOGEE" or "BOSS" by the keywords or the name of an extension; empty for neither."""
    said = f"{header.text('INSTRMNT')} {header.text('EXTNAME')}".upper()
    return next((key for key in _POWER if key in said), "")


def _value(data: Any, row: int, column: str) -> Any:
    value = data[column][row] if column in data.names else None
    return None if value is None or np.ndim(value) else value
