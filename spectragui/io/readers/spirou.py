"""SPIRou and NIRPS by APERO: e.fits and t.fits (orders, blaze), s.fits (merged)."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, make_spectrum
from spectragui.io.axis_passport import Stated
from spectragui.io.named_images import image_numbers, orders_of_images
from spectragui.io.raw_order import RawOrder, float_array
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source

_CHANNELS = ("AB", "A", "B")


@register_reader("spirou", priority=25)
class SpirouReader:
    """Spectra of SPIRou as CFHT distributes them."""

    description = "SPIRou (APERO) e.fits, t.fits: orders of channel AB divided by the blaze; s.fits: merged"

    def identify(self, source: Source) -> bool:
        """Return whether flux and wavelengths of a channel are there, as images or in a table."""
        return source.kind == "fits" and bool(_channel(source) or _table(source) is not None)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of the science channel, or the merged spectrum."""
        channel = _channel(source)
        if not channel:
            return (_read_table(source, options),)
        names = image_numbers(source)
        context = _context(source, names[f"FLUX{channel}"], options)
        context.is_echelle = True
        blaze = f"BLAZE{channel}"
        orders = orders_of_images(source, names, f"FLUX{channel}", f"WAVE{channel}", blaze=blaze)
        said = "was divided by" if blaze in names else "still holds"
        context.note(f"The flux is that of channel {channel} and {said} its blaze function.")
        return (make_spectrum(orders, context),)


def _context(source: Source, index: int, options: ReadOptions) -> Context:
    context = Context(source, source.headers[index], options, "spirou", product="orders")
    context.stated = Stated(
        "nm", "APERO writes nm", "vacuum", "APERO: wavelengths in vacuum",
        "observer", "APERO: not corrected for the Earth's motion",
    )  # fmt: skip
    return context


def _channel(source: Source) -> str:
    names = image_numbers(source)
    return next((c for c in _CHANNELS if f"FLUX{c}" in names and f"WAVE{c}" in names), "")


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        names = {name.upper() for name in hdu.columns.names} if hasattr(hdu, "columns") else set()
        if "WAVE" in names and names & {f"FLUX{c}" for c in _CHANNELS}:
            return index
    return None


def _read_table(source: Source, options: ReadOptions) -> AnySpectrum:
    index = _table(source)
    assert index is not None
    data, context = source.data(index), _context(source, index, options)
    names = {name.upper(): name for name in source.hdus[index].columns.names}
    kinds = [f"{channel}{suffix}" for suffix in ("TELLUCORRECTED", "") for channel in _CHANNELS]
    kind = next(kind for kind in kinds if f"FLUX{kind}" in names)
    flux = float_array(data[names[f"FLUX{kind}"]])
    sigma = None
    if f"FLUXERR{kind}" in names:
        sigma = float_array(data[names[f"FLUXERR{kind}"]])
        context.uncertainty_source = f"column {names[f'FLUXERR{kind}']}"
        sigma = sigma if np.any(sigma > 0) else None
    context.note(f"The flux is column {names[f'FLUX{kind}']}.")
    return make_spectrum([RawOrder(float_array(data[names["WAVE"]]), flux, sigma)], context)
