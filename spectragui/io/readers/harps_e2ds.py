"""HARPS, HARPS-N and SOPHIE e2ds: blazed orders; wavelengths from a file beside or a polynomial."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.blaze_images import blaze_files_beside, blaze_image, divided_by_blaze
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import (
    NOT_A_SPECTRUM,
    is_wavelength_image,
    named_file_beside,
    wavelength_image,
)
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_PREFIXES = ("ESO", "TNG", "OHP")


@register_reader("harps-e2ds", priority=25)
class HarpsE2dsReader:
    """Extracted orders of the HARPS pipeline and its sisters."""

    description = (
        "e2ds of the HARPS, HARPS-N and SOPHIE pipelines: orders with polynomial or wave_A wavelengths"
    )

    def identify(self, source: Source) -> bool:
        """Return whether the pipeline's calibration keywords go with a 2-D image."""
        return source.kind == "fits" and len(source.hdus[0].shape) == 2 and bool(_prefix(source.headers[0]))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders, divided by their blaze function where that file lies beside."""
        header = source.headers[0]
        prefix = _prefix(header)
        flux = np.asarray(source.data(0), dtype=np.float64)
        _refuse_side_products(source, flux)
        context = Context(source, header, options, "harps-e2ds", product="e2ds", is_echelle=True)
        context.stated = Stated("Angstrom", "the pipeline's polynomial is in Angstrom")
        wavelength, note = _wavelengths(source, header, prefix, options, flux.shape)
        context.note(note)
        sigma = np.sqrt(np.maximum(flux, 1.0) + _read_noise(header, prefix) ** 2)
        context.uncertainty_source = "assumed: photon and read noise of the extracted electrons"
        blaze = _blaze(source, header, prefix, flux.shape)
        context.has_blaze = blaze is None
        orders = split_rows(wavelength, flux, sigma, blaze=None if blaze is None else blaze[0])
        if blaze is None:
            context.note("The blaze function is still in the flux: its file does not lie beside.")
        else:
            orders = [divided_by_blaze(order) for order in orders]
            context.blaze_source, context.blaze_kind = blaze[1], "companion"
            context.note(f"The flux was divided by the blaze function of {blaze[1]}.")
        return (make_spectrum(orders, context),)


def _refuse_side_products(source: Source, image: NDArray[np.float64]) -> None:
    if 0.0 < abs(source.headers[0].number("CDELT1")) < 1.0:  # km/s a step
        raise source.error(*NOT_A_SPECTRUM["velocities"])
    if is_wavelength_image(image):
        raise source.error(*NOT_A_SPECTRUM["wavelengths"])
    if 0 < np.nanmax(image) < 1.5 or "_blaze_" in source.name.lower():
        raise source.error(*NOT_A_SPECTRUM["blaze"])


def _prefix(header: Header) -> str:
    return next((p for p in _PREFIXES if f"{p} DRS CAL TH DEG LL" in header), "")


def _read_noise(header: Header, prefix: str) -> float:
    noise = header.number(f"{prefix} DRS CCD SIGDET")
    # The extraction adds up about six pixels; this gives the S/N that the pipeline states.
    return noise * math.sqrt(6.0) if math.isfinite(noise) and 0 < noise < 50 else 0.0


def _wavelengths(
    source: Source, header: Header, prefix: str, options: ReadOptions, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], str]:
    if options.wavelength_file:
        path = Path(options.wavelength_file)
        return wavelength_image(path, shape, needed_by=source), f"Wavelengths from {path.name}."
    keyword = f"{prefix} DRS CAL TH FILE"
    named = named_file_beside(source, header.text(keyword))
    if named is not None:
        return wavelength_image(
            named, shape, needed_by=source
        ), f"Wavelengths from {named.name}, named by {keyword}."
    return _polynomial(
        source, header, prefix, shape
    ), f"Wavelengths from the polynomial in {prefix} DRS CAL TH COEFF LL."


def _polynomial(source: Source, header: Header, prefix: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    degree = int(header.number(f"{prefix} DRS CAL TH DEG LL"))
    n_orders, n_pixels = shape
    names = [
        [f"{prefix} DRS CAL TH COEFF LL{i + order * (degree + 1)}" for i in range(degree + 1)]
        for order in range(n_orders)
    ]
    coefficients = np.array([[header.number(name) for name in row] for row in names])
    if not np.all(np.isfinite(coefficients)):
        raise source.error(
            "some coefficients of the wavelength polynomial are missing.",
            "Name the file of wavelengths with --wavelength-file.",
        )
    return np.polynomial.polynomial.polyval(np.arange(n_pixels, dtype=np.float64), coefficients.T)


def _blaze(
    source: Source, header: Header, prefix: str, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], str] | None:
    """Return the blaze of all orders and where it is from; None where no file beside holds it."""
    keyword = f"{prefix} DRS BLAZE FILE"
    path = named_file_beside(source, header.text(keyword))
    said = f"{path.name}, which {keyword} names" if path is not None else ""
    if path is None:
        beside = blaze_files_beside(source, shape)
        if len(beside) != 1:
            return None
        path, said = beside[0], f"{beside[0].name}, found in the same folder"
    values = blaze_image(path, shape)
    return None if values is None else (values, said)
