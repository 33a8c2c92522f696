"""EXPRES: a table, one row an order, with wavelengths before and after the barycentric correction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FRAME = "EXPRES data model: chromatic barycentric correction applied"


@register_reader("expres", priority=25)
class ExpresReader:
    """Extracted orders of EXPRES."""

    description = "EXPRES: one row an order (spectrum, uncertainty, bary_excalibur or bary_wavelength)"

    def identify(self, source: Source) -> bool:
        """Return whether a table has the columns spectrum and bary_wavelength."""
        return source.kind == "fits" and _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders in the barycentric frame."""
        index = _table(source)
        assert index is not None
        data, names = source.data(index), set(source.hdus[index].columns.names)
        context = Context(source, source.headers[index], options, "expres", product="orders")
        context.is_echelle = True
        context.stated = Stated(
            "Angstrom", "EXPRES data model", frame="barycentric", frame_source=f"bary_wavelength ({_FRAME})"
        )
        flux = np.asarray(data["spectrum"], dtype=np.float64)
        sigma = None
        if "uncertainty" in names:
            sigma = np.asarray(data["uncertainty"], dtype=np.float64)
            context.uncertainty_source = "column uncertainty"
        mask = None
        if "pixel_mask" in names:
            mask = bad_by_rule(np.asarray(data["pixel_mask"]), options, good_is_set=True)
        blaze = np.asarray(data["blaze"], dtype=np.float64) if "blaze" in names else None
        context.blaze_source = "column blaze"
        orders = split_rows(_wavelengths(data, names, context), flux, sigma, mask, blaze)
        return (make_spectrum(orders, context),)


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        if hasattr(hdu, "columns") and {"spectrum", "bary_wavelength"} <= set(hdu.columns.names):
            return index
    return None


def _wavelengths(data: Any, names: set[str], context: Context) -> NDArray[np.float64]:
    """Return the wavelengths by Excalibur in the orders that have them, else the pipeline's own."""
    wavelength = np.array(data["bary_wavelength"], dtype=np.float64)
    if "bary_excalibur" in names:
        better = np.asarray(data["bary_excalibur"], dtype=np.float64)
        has_better = np.isfinite(better).all(axis=1) & (better > 0).all(axis=1)
        wavelength[has_better] = better[has_better]
        context.note(f"{np.count_nonzero(has_better)} orders have wavelengths by Excalibur.")
    return wavelength
