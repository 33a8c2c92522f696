"""Gaia's bulk tables of RVS and sampled BP/RP spectra: a source a row, arrays written in brackets."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.gaia_sampling import GAIA_SAMPLINGS
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.stated import Stated

_MAX_SPECTRA = 5000


@register_reader("gaia-csv", priority=75)
class GaiaCsvReader:
    """Bulk-download tables of Gaia's mean spectra."""

    description = "Gaia RVS and XP sampled spectra in bulk (CSV or ECSV): a source a row"

    def identify(self, source: Source) -> bool:
        """Return whether the columns are source_id, flux, flux_error, and the flux is an array."""
        if source.kind != "text":
            return False
        lines = [line for line in source.head.decode("latin-1").splitlines() if not line.startswith("#")]
        names = lines[0].replace('"', "").split(",") if lines else []
        has_arrays = len(lines) > 1 and "[" in lines[1] or len(lines) == 1 and "[" in lines[0]
        return {"source_id", "flux", "flux_error"} <= set(names) and has_arrays

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return one spectrum a row.

        Raises
        ------
        ReadError
            If a row is damaged, or has an unknown number of samples.
        """
        spectra: list[AnySpectrum] = []
        for identifier, flux, sigma in _rows(source):
            if flux.size not in GAIA_SAMPLINGS or sigma.size != flux.size:
                raise source.error(
                    f"the spectrum of source {identifier} has {flux.size} samples, neither 2401 (RVS) "
                    "nor 343 (XP sampled).",
                    "Download the file again.",
                )
            first, last, kind = GAIA_SAMPLINGS[flux.size]
            wavelength = np.linspace(first, last, flux.size)
            context = _context(source, options, identifier, kind)
            spectra.append(make_spectrum([RawOrder(wavelength, flux, sigma)], context))
            if len(spectra) == _MAX_SPECTRA:
                break
        if not spectra:
            raise source.error("the table has no rows.", "Download the file again.")
        return tuple(spectra)


def _rows(source: Source) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    lines = [line for line in source.text.splitlines() if line.strip() and not line.startswith("#")]
    csv.field_size_limit(max(csv.field_size_limit(), 10_000_000))
    for row in csv.DictReader(lines):
        try:
            arrays = [
                np.array(json.loads(row[name] or "[]"), dtype=np.float64) for name in ("flux", "flux_error")
            ]
        except (ValueError, TypeError, KeyError) as error:
            raise source.error(
                f"the row of source {row.get('source_id')} is damaged ({error}).", "Download the file again."
            ) from error
        yield str(row["source_id"]), arrays[0].ravel(), arrays[1].ravel()


def _context(source: Source, options: ReadOptions, identifier: str, kind: str) -> Context:
    context = Context(source, Header([("RETRIEVAL_TYPE", kind, "")]), options, "gaia-csv")
    context.stated = Stated("nm", "Gaia DR3 documentation")
    context.uncertainty_source = "column flux_error"
    if kind == "XP_SAMPLED":
        context.flux_unit = "W / (nm m2)"
    else:
        context.meta["normalised"] = True
    context.meta["object"] = f"Gaia DR3 {identifier}"
    context.meta["identifier"] = identifier
    return context
