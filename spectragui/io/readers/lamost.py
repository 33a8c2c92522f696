"""LAMOST low resolution: an image of rows flux, inverse variance, ..., or a table of one row."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, make_spectrum
from spectragui.io.axis_passport import Stated
from spectragui.io.fits_header import Header
from spectragui.io.linear_scale import linear_scale
from spectragui.io.raw_order import RawOrder, float_array, sigma_from_ivar
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source


@register_reader("lamost", priority=25)
class LamostReader:
    """Spectra of LAMOST."""

    description = "LAMOST: rows of flux, inverse variance and masks (data releases 1-7), or a one-row table"

    def identify(self, source: Source) -> bool:
        """Return whether the header names LAMOST and the layout is known."""
        if source.kind != "fits" or "LAMOST" not in source.headers[0].text("TELESCOP").upper():
            return False
        shape = source.hdus[0].shape
        return (len(shape) == 2 and 3 <= shape[0] <= 8) or _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectrum."""
        header = source.headers[0]
        context = Context(source, header, options, "lamost")
        context.stated = _stated(header)
        context.uncertainty_source = "1 / sqrt(inverse variance)"
        index = _table(source)
        raw = _from_image(source) if index is None else _from_table(source, index)
        name = header.text("DESIG", "OBJNAME")
        if name:
            context.meta["object"] = name
        return (make_spectrum([raw], context),)


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        names = {name.upper() for name in hdu.columns.names} if hasattr(hdu, "columns") else set()
        if {"FLUX", "IVAR", "WAVELENGTH"} <= names:
            return index
    return None


def _from_image(source: Source) -> RawOrder:
    data = np.asarray(source.data(0), dtype=np.float64)
    wavelength, _ = linear_scale(source.headers[0], data.shape[1])
    mask = data[3] != 0 if len(data) > 3 else None
    return RawOrder(wavelength, data[0], sigma_from_ivar(data[1]), mask)


def _from_table(source: Source, index: int) -> RawOrder:
    data = source.data(index)
    names = {name.upper() for name in data.names}
    mask = np.asarray(data["ANDMASK"]).ravel() != 0 if "ANDMASK" in names else None
    return RawOrder(
        float_array(data["WAVELENGTH"]), float_array(data["FLUX"]), sigma_from_ivar(data["IVAR"]), mask
    )


def _stated(header: Header) -> Stated:
    medium, medium_source = "vacuum", "LAMOST data release: wavelengths in vacuum"
    if "VACUUM" in header:
        medium, medium_source = "vacuum" if header.get("VACUUM") else "air", header.quote("VACUUM")
    frame, frame_source = "heliocentric", "LAMOST data release: corrected to the Sun"
    if header.get("HELIO") is False:
        frame, frame_source = "observer", header.quote("HELIO")
    elif "HELIO" in header:
        frame_source = header.quote("HELIO")
    return Stated("Angstrom", "LAMOST data release", medium, medium_source, frame, frame_source)
