"""KPF level 1: two chips, three traces of the star's light, each as images of orders."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.named_images import image_numbers, orders_of_images
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_CHIPS = ("GREEN", "RED")


@register_reader("kpf", priority=25)
class KpfReader:
    """Extracted orders of the Keck Planet Finder."""

    description = "KPF level 1: the middle of the three science traces, green and red chip"

    def identify(self, source: Source) -> bool:
        """Return whether a chip's science flux and wavelengths are there."""
        return source.kind == "fits" and bool(_pairs(image_numbers(source)))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of both chips, of the second trace where it is there."""
        names = image_numbers(source)
        context = Context(source, source.headers[0], options, "kpf", product="orders", is_echelle=True)
        context.has_blaze = True
        context.stated = Stated("Angstrom", "KPF data model")
        orders = []
        for flux in _pairs(names):
            variance = flux.replace("FLUX", "VAR")
            orders += orders_of_images(source, names, flux, flux.replace("FLUX", "WAVE"), variance)
            if variance in names:
                context.uncertainty_source = f"sqrt of extension {variance}"
        for index, order in enumerate(orders):
            order.order = index
        context.note(f"The flux is that of {' and '.join(_pairs(names))}; the blaze is still in it.")
        _add_velocity(source, context)
        return (make_spectrum(orders, context),)


def _pairs(names: dict[str, int]) -> list[str]:
    """Return the name of the flux to read of each chip."""
    found = []
    for chip in _CHIPS:
        traces = [f"{chip}_SCI_FLUX{trace}" for trace in (2, 1, 3)]
        found += [flux for flux in traces if flux in names and flux.replace("FLUX", "WAVE") in names][:1]
    return found


def _add_velocity(source: Source, context: Context) -> None:
    """Put the median barycentric velocity [km/s] of the table BARY_CORR into ``meta``."""
    for index, hdu in enumerate(source.hdus):
        if hasattr(hdu, "columns") and hdu.name == "BARY_CORR" and "BARYVEL" in hdu.columns.names:
            values = np.asarray(source.data(index)["BARYVEL"], dtype=np.float64)
            velocity = float(np.nanmedian(values)) / 1000.0 if np.isfinite(values).any() else np.nan
            if np.isfinite(velocity):
                context.meta.update(berv_kms=velocity, berv_source="BARYVEL of the table BARY_CORR (median)")
