"""BT-Settl (PHOENIX by F. Allard) model spectra: text spec.7 with logarithms of flux, and FITS tables."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit

# Wavelength and log10 of flux with Fortran's D; the second may touch the first.
_LOGARITHM = r"[-+]?\d+\.\d+[Dd][-+]?\d+"
_ROW = re.compile(rf"\s*(\d+\.\d*(?:[DdEe][-+]?\d+)?)\s*({_LOGARITHM})")
_NO_FLUX = -50.0  # logarithms below are those of nothing, at the ends of the models
_LOG_OFFSET = 8.0  # the text holds log10 of erg/s/cm2/cm


@register_reader("bt-settl", priority=84)
class BtSettlTextReader:
    """Model spectra as text."""

    description = "BT-Settl and other PHOENIX models as text (spec.7): log10 of flux with D exponents"

    def identify(self, source: Source) -> bool:
        """Return whether the lines begin with two numbers, the second with a D exponent."""
        if source.kind != "text":
            return False
        lines = source.head.decode("latin-1").splitlines()[:-1][:40]
        rows = [line for line in lines if _ROW.match(line)]
        is_regular = len(rows) >= 8 and len(rows) > 0.8 * len([line for line in lines if line.strip()])
        return is_regular and _are_logarithms(rows)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the model spectrum, flux in erg/s/cm2/Angstrom."""
        wavelength, logarithm = _columns(source)
        order = np.argsort(wavelength, kind="stable")
        context = Context(source, Header([]), options, "bt-settl", product="model")
        context.stated = _stated("Angstrom", "BT-Settl: wavelengths in Angstrom")
        context.flux_unit = "erg / (Angstrom s cm2)"
        context.simulated_source = "the file is of the BT-Settl library"
        context.meta.update(instrument="PHOENIX BT-Settl")
        with np.errstate(over="ignore"):
            flux = 10.0 ** (logarithm[order] - _LOG_OFFSET)
        return (make_spectrum([RawOrder(wavelength[order], flux)], context),)


@register_reader("bt-settl-fits", priority=34)
class BtSettlFitsReader:
    """Model spectra as FITS tables."""

    description = "BT-Settl models as FITS tables (Wavelength, Flux, BBFlux)"

    def identify(self, source: Source) -> bool:
        """Return whether a table has fluxes of the model and of a black body."""
        return source.kind == "fits" and _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the model spectrum."""
        index = _table(source)
        assert index is not None
        data, columns = source.data(index), source.hdus[index].columns
        names = {name.lower(): name for name in columns.names}
        context = Context(source, source.headers[index], options, "bt-settl-fits", product="model")
        unit = parse_unit(str(columns[names["wavelength"]].unit or ""))
        context.stated = _stated(unit, "TUNIT of the wavelengths" if unit else "")
        context.flux_unit = flux_unit_text(str(columns[names["flux"]].unit or ""))
        context.simulated_source = "the file is of the BT-Settl library"
        context.meta.update(instrument="PHOENIX BT-Settl")
        wavelength, flux = (float_array(data[names[name]]) for name in ("wavelength", "flux"))
        order = np.argsort(wavelength, kind="stable")
        return (make_spectrum([RawOrder(wavelength[order], flux[order])], context),)


def _are_logarithms(rows: list[str]) -> bool:
    """Whether the second numbers have the size of a star's log10 flux [erg/s/cm2/cm], and a third follows.

    Any other Fortran program's fluxes, written with D exponents as well, are about one, or far from it.
    """
    found = [match for row in rows if (match := _ROW.match(row)) and row[match.end() :].strip()]
    values = [float(match[2].upper().replace("D", "E")) for match in found]
    usable = [value for value in values if value > _NO_FLUX]
    return len(found) > 0.8 * len(rows) and (not usable or 2.0 < float(np.median(usable)) < 20.0)


def _stated(unit: str, source: str) -> Stated:
    said = "BT-Settl models: wavelengths in vacuum"
    return Stated(unit, source, "vacuum", said, "rest", "a model spectrum")


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        names = {name.lower() for name in hdu.columns.names} if hasattr(hdu, "columns") else set()
        if {"wavelength", "flux", "bbflux"} <= names:
            return index
    return None


def _columns(source: Source) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found = [match.groups() for line in source.text.splitlines() if (match := _ROW.match(line))]
    if not found:
        raise source.error("the text holds no rows of wavelength and flux.", "Download it again.")
    text = " ".join(f"{first} {second}" for first, second in found).upper().replace("D", "E")
    values = np.array(text.split(), dtype=np.float64).reshape(-1, 2)
    return values[:, 0], values[:, 1]
