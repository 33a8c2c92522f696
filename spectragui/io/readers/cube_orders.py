"""Orders with their wavelengths in one cube: Spextool (with errors) and CHIRON (without)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import is_wavelength_image
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit


@register_reader("order-cube", priority=40)
class OrderCubeReader:
    """Orders as planes of a cube whose rows or columns are wavelength, flux and error."""

    description = "cube of orders with wavelength, flux and error: Spextool, CHIRON"

    def identify(self, source: Source) -> bool:
        """Return whether the first image is such a cube."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 3 or "WAT2_001" in source.headers[0]:
            return False
        return _planes(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one echelle spectrum of the file."""
        planes = _planes(source)
        assert planes is not None
        header = source.headers[0]
        context = Context(source, header, options, "order-cube", _stated(header), "orders", is_echelle=True)
        sigma = planes[2] if len(planes) > 2 else None
        context.uncertainty_source = "third row of each order" if sigma is not None else ""
        blaze = _song_blaze(source)
        context.blaze_source = "third plane of the cube" if blaze is not None else ""
        orders = split_rows(planes[0], planes[1], sigma, blaze=blaze)
        numbers = [word.strip() for word in header.text("ORDERS").split(",")]
        if len(numbers) == len(orders) and all(word.isdigit() for word in numbers):
            for order, number in zip(orders, numbers, strict=True):
                order.order = int(number)
        return (make_spectrum(orders, context),)


def _planes(source: Source) -> list[NDArray[np.float64]] | None:
    """Return wavelength, flux (and error), each n_orders x n_pixels; None if it is no such cube."""
    shape = source.hdus[0].shape
    parts = [axis for axis in (2, 1, 0) if 2 <= shape[axis] <= 4]
    long = [axis for axis in range(3) if shape[axis] > 100]
    if not parts or not long or parts[0] in long:
        return None
    cube = np.moveaxis(np.asarray(source.data(0), dtype=np.float64), parts[0], 0)
    if is_wavelength_image(_without_edges(cube[0])):
        return list(cube[:3])
    if _is_song(cube):
        return [cube[3], cube[1]]
    return None


def _is_song(cube: NDArray[np.float64]) -> bool:
    """Whether the planes are those of SONG: sum, optimal extraction, blaze, wavelengths."""
    return len(cube) == 4 and is_wavelength_image(_without_edges(cube[3]))


def _song_blaze(source: Source) -> NDArray[np.float64] | None:
    shape = source.hdus[0].shape
    if shape[0] != 4:
        return None
    cube = np.asarray(source.data(0), dtype=np.float64)
    return cube[2] if not is_wavelength_image(_without_edges(cube[0])) and _is_song(cube) else None


def _without_edges(wavelength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the columns in which every order has a wavelength."""
    return wavelength[:, np.isfinite(wavelength).all(axis=0)]


def _stated(header: Header) -> Stated:
    unit = parse_unit(header.text("XUNITS"))
    stated = Stated(unit, header.quote("XUNITS") if unit else "")
    title = header.text("XTITLE").lower()
    if header.text("VERSION").startswith("v") and "XUNITS" in header and "vacuum" not in title:
        return Stated(
            stated.unit, stated.unit_source, "vacuum", "Spextool calibrates in vacuum (Cushing et al. 2004)"
        )
    return stated
