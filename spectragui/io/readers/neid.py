"""NEID level 2: orders as images SCIFLUX, SCIVAR, SCIWAVE."""

from __future__ import annotations

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.named_images import image_numbers, orders_of_images
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FIRST_ORDER = 173  # physical number of the first row


@register_reader("neid", priority=25)
class NeidReader:
    """Extracted orders of NEID."""

    description = "NEID level 1 and 2: images SCIFLUX, SCIVAR, SCIWAVE (the science fibre)"

    def identify(self, source: Source) -> bool:
        """Return whether there are images of the science fibre's flux and wavelengths."""
        return source.kind == "fits" and {"SCIFLUX", "SCIWAVE"} <= set(image_numbers(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of the science fibre; those without a wavelength solution are left out."""
        names = image_numbers(source)
        context = Context(source, source.headers[0], options, "neid", product="orders", is_echelle=True)
        context.has_blaze = True
        context.stated = Stated("Angstrom", "NEID data model")
        if "SCIVAR" in names:
            context.uncertainty_source = "sqrt of extension SCIVAR"
        orders = orders_of_images(source, names, "SCIFLUX", "SCIWAVE", "SCIVAR", "SCIBLAZE")
        context.blaze_source = "extension SCIBLAZE"
        for index, order in enumerate(orders):
            order.order = _FIRST_ORDER - index
        if "SCIBLAZE" not in names:
            context.note("The blaze function is still in the flux.")
        return (make_spectrum(orders, context),)
