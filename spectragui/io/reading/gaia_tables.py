"""Gaia's spectra in bulk: a source a row, arrays of flux, one sampling for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.gaia_sampling import GAIA_SAMPLINGS
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_MAX_SPECTRA = 5000
#: Name of a source, flux and its error, each with as many samples.
GaiaRow = tuple[str, NDArray[np.float64], NDArray[np.float64]]


def array_of_text(text: str) -> NDArray[np.float64]:
    """Return the numbers of a list as Gaia's archive and GaiaXPy write it: "[1.0, null]", "(1.0, nan)".

    Raises
    ------
    ValueError
        If the text is no list of numbers.
    """
    plain = re.sub(r"np\.float(?:32|64)\(([^()]*)\)", r"\1", text.strip().strip('"'))
    plain = plain.replace("(", "[").replace(")", "]")
    plain = re.sub(r",\s*\]", "]", re.sub(r"\bnan\b", "null", plain, flags=re.I))
    values = json.loads(plain or "[]")
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64).ravel()


def spectra_of_sources(
    rows: Iterable[GaiaRow],
    sampling: tuple[NDArray[np.float64] | None, str],
    source: Source,
    options: ReadOptions,
    reader: str,
) -> tuple[AnySpectrum, ...]:
    """Return one spectrum a source.

    Parameters
    ----------
    rows : iterable of (str, ndarray, ndarray)
    sampling : (ndarray [nm] or None, str)
        The wavelengths of the samples, and where they were read; None = by the number of samples.
    source, options, reader

    Raises
    ------
    ReadError
        If the table is empty, or a row's number of samples has no wavelengths.
    """
    spectra: list[AnySpectrum] = []
    for identifier, flux, sigma in rows:
        if flux.size == 0:
            continue
        wavelength, kind, said = _wavelengths(flux.size, sampling, identifier, source)
        if sigma.size != flux.size:
            raise source.error(
                f"the spectrum of source {identifier} has {flux.size} fluxes and {sigma.size} errors.",
                "Download the file again.",
            )
        context = _context(source, options, identifier, kind, reader, said)
        spectra.append(make_spectrum([RawOrder(wavelength, flux, sigma)], context))
        if len(spectra) == _MAX_SPECTRA:
            context.note(f"Only the first {_MAX_SPECTRA} sources were read.")
            break
    if not spectra:
        raise source.error("the table has no rows.", "Download the file again.")
    return tuple(spectra)


def _wavelengths(
    size: int, sampling: tuple[NDArray[np.float64] | None, str], identifier: str, source: Source
) -> tuple[NDArray[np.float64], str, str]:
    """Return wavelengths [nm], the archive's name of the product, and where they come from."""
    told, where = sampling
    if told is not None and told.size == size:
        if float(np.min(told)) < 100.0:
            raise source.error(
                "its samples are pseudo-wavelengths (pixels of BP and RP), from which no wavelength follows.",
                "Calibrate the spectra first: gaiaxpy.calibrate() instead of convert().",
            )
        is_rvs = size == 2401 and float(np.min(told)) > 800.0
        return told, "RVS" if is_rvs else "XP_SAMPLED", where
    if size in GAIA_SAMPLINGS:
        first, last, kind = GAIA_SAMPLINGS[size]
        return np.linspace(first, last, size), kind, "Gaia DR3 documentation"
    other = "" if told is None else f", and {where} gives {told.size}"
    raise source.error(
        f"the spectrum of source {identifier} has {size} samples, "
        f"neither 2401 (RVS) nor 343 (XP sampled){other}.",
        "Put the file of its sampling beside it, as GaiaXPy writes it.",
    )


def _context(
    source: Source, options: ReadOptions, identifier: str, kind: str, reader: str, said: str
) -> Context:
    context = Context(source, Header([("RETRIEVAL_TYPE", kind, "")]), options, reader)
    context.stated = Stated("nm", said)
    context.uncertainty_source = "column flux_error"
    if kind == "XP_SAMPLED":
        context.flux_unit = "W / (nm m2)"
    else:
        context.meta["normalised"] = True
    context.meta["object"] = f"Gaia DR3 {identifier}"
    context.meta["identifier"] = identifier
    return context


def rows_of_table(table: Any, names: Iterable[str]) -> Iterable[GaiaRow]:
    """Yield the sources of a table of arrays: FITS or VOTable."""
    known = {name.lower(): name for name in names}
    for row in table:
        flux, sigma = (
            np.ma.filled(np.ma.asarray(row[known[name]], dtype=np.float64), np.nan).ravel()
            for name in ("flux", "flux_error")
        )
        yield str(row[known["source_id"]]), flux, sigma


def is_of_sources(names: Iterable[str]) -> bool:
    """Return whether columns are those of Gaia's spectra in bulk."""
    return {"source_id", "flux", "flux_error"} <= {name.lower() for name in names}
