"""SPIRou and NIRPS by APERO: e.fits and t.fits (orders, blaze), s.fits (merged)."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.blaze_images import divided_by_blaze
from spectragui.io.reading.named_images import image_numbers, named_image, orders_of_images
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_CHANNELS = ("AB", "A", "B")


@register_reader("spirou", priority=25)
class SpirouReader:
    """Spectra of SPIRou as CFHT distributes them."""

    description = "SPIRou (APERO) e, t and p.fits: orders of channel AB or Stokes I; s.fits: merged"

    def identify(self, source: Source) -> bool:
        """Return whether flux and wavelengths of a channel are there, as images or in a table."""
        return source.kind == "fits" and bool(_channel(source) or _table(source) is not None)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of the science channel, or the merged spectrum."""
        channel = _channel(source)
        if not channel:
            return (_read_table(source, options),)
        names = image_numbers(source)
        flux = f"FLUX{channel}" if f"FLUX{channel}" in names else "STOKESI"
        context = _context(source, names[flux], options)
        context.is_echelle = True
        blaze = f"BLAZE{channel}"
        orders = orders_of_images(source, names, flux, f"WAVE{channel}", blaze=blaze)
        errors = named_image(source, names, "STOKESIERR") if flux == "STOKESI" else None
        if errors is not None and len(errors) == len(orders):
            for row, order in enumerate(orders):
                order.uncertainty = errors[row]
            context.uncertainty_source = "extension StokesIErr"
        context.has_blaze = blaze not in names
        if blaze in names:
            orders = [divided_by_blaze(order) for order in orders]
            context.blaze_source = f"extension Blaze{channel}"
        said = "was divided by" if blaze in names else "still holds"
        what = "Stokes I" if flux == "STOKESI" else f"that of channel {channel}"
        context.note(f"The flux is {what} and {said} its blaze function.")
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
    channel = next((c for c in _CHANNELS if f"FLUX{c}" in names and f"WAVE{c}" in names), "")
    return channel or ("AB" if {"STOKESI", "WAVEAB"} <= set(names) else "")


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
