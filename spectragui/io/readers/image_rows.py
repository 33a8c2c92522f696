"""One spectrum as the rows (or columns) of a small image: wavelength, flux and perhaps error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import der_noise
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import is_wavelength_image
from spectragui.io.reading.source import Source

_MOST_ROWS = 6
_LEAST_PIXELS = 50


@register_reader("image-rows", priority=62)
class ImageRowsReader:
    """Programs that write arrays as they come."""

    description = "image of 2 to 6 rows or columns: wavelength, flux, and the error where it looks like one"

    def identify(self, source: Source) -> bool:
        """Return whether the first image is small one way and its first row holds wavelengths."""
        return source.kind == "fits" and _extension(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectrum."""
        index = _extension(source)
        assert index is not None
        rows = _rows(source, index)
        context = Context(source, source.headers[index], options, "image-rows", product="rows")
        sigma = _sigma(rows)
        if sigma is not None:
            context.uncertainty_source = "assumed: the third row has the size of the flux's noise"
        context.note("Taken for wavelength and flux: the first two rows of the image.")
        return (make_spectrum([RawOrder(rows[0], rows[1], sigma)], context),)


def _extension(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        if not hdu.is_image or len(hdu.shape) != 2:
            continue
        short, long = sorted(hdu.shape)
        if 2 <= short <= _MOST_ROWS and long >= _LEAST_PIXELS:
            rows = _rows(source, index)
            is_scale = is_wavelength_image(rows[:1]) and float(rows[0][0]) > 0.05
            return index if is_scale and not is_wavelength_image(rows[1:2]) else None
    return None


def _rows(source: Source, index: int) -> NDArray[np.float64]:
    data = np.asarray(source.data(index), dtype=np.float64)
    return data if data.shape[0] < data.shape[1] else data.T


def _sigma(rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the third row if it is positive and has the size of the flux's noise."""
    if len(rows) < 3 or not np.nanmin(rows[2]) >= 0:
        return None
    noise, typical = der_noise(rows[1]), float(np.nanmedian(rows[2]))
    return rows[2] if 0.1 * noise < typical < 10.0 * noise else None
