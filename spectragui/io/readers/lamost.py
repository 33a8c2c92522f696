"""LAMOST: an image of rows flux, inverse variance, ..., a table of one row, or the two arms of MRS."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import wavelength_scale
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_from_ivar
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_WAVELENGTHS = ("WAVELENGTH", "LOGLAM")
_MASKS = ("ANDMASK", "AND_MASK", "PIXMASK")


@register_reader("lamost", priority=25)
class LamostReader:
    """Spectra of LAMOST."""

    description = "LAMOST LRS (rows of an image, or a one-row table) and MRS (two arms, co-added)"

    def identify(self, source: Source) -> bool:
        """Return whether the header names LAMOST and the layout is known."""
        if source.kind != "fits" or "LAMOST" not in source.headers[0].text("TELESCOP").upper():
            return False
        shape = source.hdus[0].shape
        return (len(shape) == 2 and 3 <= shape[0] <= 8) or bool(_tables(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectrum."""
        header = source.headers[0]
        context = Context(source, header, options, "lamost")
        context.stated = _stated(header)
        context.uncertainty_source = "1 / sqrt(inverse variance)"
        tables = _tables(source)
        raws = [_from_table(source, index, options) for index in tables] or [_from_image(source, options)]
        if _is_medium_resolution(source, tables):
            context.is_echelle = True
            context.has_blaze = False  # a grating in first order
            context.meta["resolving_power"] = 7500.0
            context.meta["resolving_power_source"] = "instrument table: LAMOST MRS (Liu et al. 2020)"
            context.note(f"The arms are {' and '.join(source.hdus[index].name for index in tables)}.")
        name = header.text("DESIG", "OBJNAME")
        if name:
            context.meta["object"] = name
        return (make_spectrum(raws, context),)


def _tables(source: Source) -> list[int]:
    """Return the table of a spectrum, or those of its two arms: co-added, else the first exposures."""
    found: dict[str, int] = {}
    for index, hdu in enumerate(source.hdus):
        names = {name.upper() for name in hdu.columns.names} if hasattr(hdu, "columns") else set()
        if {"FLUX", "IVAR"} <= names and names & set(_WAVELENGTHS):
            found.setdefault(_arm(hdu.name), index)
    for arms in (("COADD_B", "COADD_R"), ("B", "R")):
        if any(arm in found for arm in arms):
            return [found[arm] for arm in arms if arm in found]
    return list(found.values())[:1]


def _arm(name: str) -> str:
    """Return "COADD_B", "B" for "B-84420148", or the name as it is."""
    return name.split("-", 1)[0].upper()


def _is_medium_resolution(source: Source, tables: list[int]) -> bool:
    return any(_arm(source.hdus[index].name) in ("COADD_B", "COADD_R", "B", "R") for index in tables)


def _from_image(source: Source, options: ReadOptions) -> RawOrder:
    data = np.asarray(source.data(0), dtype=np.float64)
    wavelength = wavelength_scale(source.headers[0], data.shape[1])
    mask = bad_by_rule(data[3], options) if len(data) > 3 else None
    return RawOrder(wavelength, data[0], sigma_from_ivar(data[1]), mask)


def _from_table(source: Source, index: int, options: ReadOptions) -> RawOrder:
    data = source.data(index)
    names = {name.upper() for name in data.names}
    mask = next((name for name in _MASKS if name in names), None)
    bad = None if mask is None else bad_by_rule(np.asarray(data[mask]).ravel(), options)
    column = next(name for name in _WAVELENGTHS if name in names)
    wavelength = float_array(data[column])
    if column == "LOGLAM":
        wavelength = 10.0**wavelength
    return RawOrder(wavelength, float_array(data["FLUX"]), sigma_from_ivar(data["IVAR"]), bad)


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
