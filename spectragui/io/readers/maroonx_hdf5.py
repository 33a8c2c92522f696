"""MAROON-X: HDF5 groups of fibres and orders; fibres 2, 3 and 4 see the star."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.hdf5_file import Hdf5Arrays, opened_hdf5
from spectragui.io.reading.raw_order import RawOrder, sigma_from_variance
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FIBRES = ("fiber_3", "fiber_2", "fiber_4")  # the middle one first


@register_reader("maroonx-hdf5", priority=94)
class MaroonXReader:
    """Reduced spectra of MAROON-X."""

    description = "MAROON-X HDF5: wavelength_solution, optimal_extraction, optimal_var (fibre 3)"

    def identify(self, source: Source) -> bool:
        """Return whether the groups of the pipeline are there."""
        if source.kind != "hdf5":
            return False
        try:
            with opened_hdf5(source) as file:
                return {"wavelength_solution", "optimal_extraction"} <= set(file)
        except ReadError:
            return False

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of the middle fibre."""
        with opened_hdf5(source) as file:
            known = [f for f in _FIBRES if f"optimal_extraction/{f}" in file]
            orders = _orders(file, known[0], Hdf5Arrays(file, source.limits)) if known else []
        if not orders:
            raise source.error("none of its fibres 2 to 4 has orders.", "Copy or download it again.")
        context = Context(source, Header([]), options, "maroonx-hdf5", product="orders", is_echelle=True)
        context.stated = Stated(
            "nm", "MAROON-X pipeline writes nm", "vacuum", "MAROON-X pipeline: wavelengths in vacuum",
            "observer", "MAROON-X pipeline: not corrected for the Earth's motion",
        )  # fmt: skip
        context.uncertainty_source = "sqrt of optimal_var"
        context.meta.update(instrument="MAROON-X", resolving_power=85000.0)
        context.meta["resolving_power_source"] = "instrument table: MAROON-X (Seifahrt et al. 2018)"
        context.note(f"The flux is that of {known[0]}.")
        return (make_spectrum(orders, context),)


def _orders(file: Any, fibre: str, own: Hdf5Arrays) -> list[RawOrder]:
    orders = []
    for name in file[f"optimal_extraction/{fibre}"]:
        flux = own.number_array(f"optimal_extraction/{fibre}/{name}")
        wavelength = own.number_array(f"wavelength_solution/{fibre}/{name}")
        variance = own.number_array(f"optimal_var/{fibre}/{name}")
        if flux is None or wavelength is None or np.shape(flux) != np.shape(wavelength):
            continue
        sigma = None if variance is None else sigma_from_variance(variance)
        orders.append(RawOrder(wavelength, flux, sigma, None, int(name) if str(name).isdigit() else None))
    return orders
