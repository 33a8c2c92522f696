"""Orders as rows of images: flux, error and wavelength as extensions, or wavelengths in a file beside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.fits_image import flux_unit
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.blaze_images import blaze_files_beside, blaze_image
from spectragui.io.reading.companion_images import (
    extension_label,
    find_mask,
    find_sigma,
    find_wavelengths,
    images_of_shape,
    is_companion,
    is_unnamed,
)
from spectragui.io.reading.image_arms import left_out
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import (
    MOST_COLUMNS_APART,
    NOT_A_SPECTRUM,
    is_wavelength_image,
    wavelength_files_beside,
    wavelength_image,
)
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit

_SECONDARY = re.compile(r"(sky|cal|a0v|vega|model|telluric|blaze|cont)", re.I)
_BLAZE = re.compile(r"(^|[_ ])(blaze|flat|flatfield)($|[_ ])", re.I)
_LONG_ORDER = 400  # pixels; a shorter row may be anything


@register_reader("order-images", priority=55)
class OrderImagesReader:
    """Echelle orders as rows of 2-D images."""

    description = "echelle orders as rows of images, wavelengths in another extension or in a file beside"

    def identify(self, source: Source) -> bool:
        """Return whether there is a 2-D image and wavelengths for it."""
        if source.kind != "fits":
            return False
        index = _flux_extension(source, source.options)
        if index is None:
            return False
        if source.options.wavelength_file:
            return True
        if _wavelength_extension(source, index) is not None or _files_beside(source, index):
            return True
        return _looks_like_wavelengths(source, index)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one echelle spectrum of the file."""
        index = _flux_extension(source, options)
        if index is None:
            raise source.error("there is no image of orders there.", "Choose another --extension.")
        flux = np.atleast_2d(np.asarray(source.data(index)))
        if _looks_like_wavelengths(source, index):
            raise source.error(*NOT_A_SPECTRUM["wavelengths"])
        if "_blaze" in source.name.lower() or _is_of_a_lamp(source):
            raise source.error(*NOT_A_SPECTRUM["blaze"])
        wavelength, stated, used, note = _wavelengths(source, index, options)
        context = Context(
            source, source.headers[index], options, "order-images", stated, "orders", is_echelle=True
        )
        context.flux_unit = flux_unit(source.headers[index])
        if note:
            context.note(note)
        others = [i for i in images_of_shape(source, source.hdus[index].shape, index) if i != used]
        others = [i for i in others if not _SECONDARY.search(extension_label(source, i))] or others
        sigma, context.uncertainty_source = find_sigma(source, others, flux)
        images = [wavelength, flux, sigma, find_mask(source, others), _blaze(source, index, context)]
        images = [None if image is None else image.reshape((len(flux), -1)) for image in images]
        note = left_out(source, index, [] if used is None else [used])
        if note and not options.extension.strip():
            context.note(note)
        return (make_spectrum(split_rows(*_common_columns(images, context)), context),)


def _common_columns(images: list[NDArray[Any] | None], context: Context) -> list[Any]:
    """Return images of orders cut to the columns that all have, and say so."""
    sizes = {image.shape[1] for image in images if image is not None}
    if len(sizes) == 1:
        return images
    context.note(
        f"Wavelengths and fluxes differ in length ({max(sizes)} and {min(sizes)} columns): "
        f"cut to the first {min(sizes)}."
    )
    return [None if image is None else image[:, : min(sizes)] for image in images]


def _blaze(source: Source, flux_index: int, context: Context) -> NDArray[np.float64] | None:
    """Return the image that is called blaze or flat, or that of the one file beside; None without one."""
    shape = source.hdus[flux_index].shape
    for index in images_of_shape(source, shape, flux_index):
        if _BLAZE.search(source.own_headers[index].text("EXTNAME")):
            context.blaze_source = f"extension {extension_label(source, index)}"
            return np.asarray(source.data(index), dtype=np.float64)
    files = blaze_files_beside(source, shape)
    if len(files) != 1:
        return None
    context.blaze_source, context.blaze_kind = f"{files[0].name}, found in the same folder", "companion"
    return blaze_image(files[0], shape)


def _is_of_a_lamp(source: Source) -> bool:
    return re.match(r"(LAMP|FLAT|WAVE|THAR)", source.headers[0].text("ESO DPR TYPE").upper()) is not None


def _flux_extension(source: Source, options: ReadOptions) -> int | None:
    """Return the first image with the shape of orders: short ones need wavelengths that say so."""
    wanted = options.extension.strip()
    images = [
        index
        for index, hdu in enumerate(source.hdus)
        if (not wanted or wanted in (str(index), hdu.name)) and hdu.is_image and len(hdu.shape) == 2
    ]
    for index in images:
        n_orders, n_pixels = source.hdus[index].shape
        if n_orders < _LONG_ORDER <= n_pixels:
            return index
    for index in images:
        is_orders = source.hdus[index].shape[0] > 1 and not is_companion(source, index)
        if is_orders and _has_named_wavelengths(source, index):
            return index
    return None


def _has_named_wavelengths(source: Source, index: int) -> bool:
    named = find_wavelengths(source, images_of_shape(source, source.hdus[index].shape, index))
    return named is not None and is_wavelength_image(source.data(named))


def _wavelength_extension(source: Source, flux_index: int) -> int | None:
    others = images_of_shape(source, source.hdus[flux_index].shape, flux_index)
    named = find_wavelengths(source, others)
    if named is not None:
        return named
    for index in others:
        if is_unnamed(source, index) and _looks_like_wavelengths(source, index):
            return index
    return None


def _looks_like_wavelengths(source: Source, index: int) -> bool:
    values = np.asarray(source.data(index), dtype=np.float64)
    return is_wavelength_image(values) and float(np.nanmin(values)) > 0.1


def _files_beside(source: Source, index: int) -> list[Path]:
    return wavelength_files_beside(source, source.hdus[index].shape)


def _wavelengths(
    source: Source, flux_index: int, options: ReadOptions
) -> tuple[NDArray[np.float64], Stated, int | None, str]:
    """Return wavelengths, what is said of them, the extension used, and a note."""
    shape = source.hdus[flux_index].shape
    if options.wavelength_file:
        path = Path(options.wavelength_file)
        return (
            wavelength_image(path, shape, needed_by=source, apart=MOST_COLUMNS_APART),
            Stated(),
            None,
            f"Wavelengths from {path.name}.",
        )
    index = _wavelength_extension(source, flux_index)
    if index is not None:
        stated = stated_by_extension(source, index)
        return np.atleast_2d(np.asarray(source.data(index), dtype=np.float64)), stated, index, ""
    files = _files_beside(source, flux_index)
    if len(files) == 1:
        note = f"Wavelengths from {files[0].name}, found in the same folder."
        found = wavelength_image(files[0], shape, needed_by=source, apart=MOST_COLUMNS_APART)
        return found, Stated(), None, note
    beside = ", ".join(file.name for file in files) or "none"
    raise source.error(
        f"the image has no wavelengths of its own, and not one file beside it that holds them ({beside}).",
        "Name the file that holds them with --wavelength-file.",
    )


def stated_by_extension(source: Source, index: int) -> Stated:
    """Return what name and unit of the wavelengths' extension say (ESO: WAVEDATA_VAC_BARY)."""
    own = source.own_headers[index]
    text, name = own.text("BUNIT"), own.text("EXTNAME")
    found = re.search(r"\(([^)]*)\)", text)
    unit = parse_unit(found.group(1) if found else text)
    words = re.split(r"[_ ]", name.upper())
    medium = "vacuum" if "VAC" in words else "air" if "AIR" in words else ""
    frame = "barycentric" if "BARY" in words else ""
    said = f"EXTNAME = {name!r}"
    return Stated(
        unit,
        f"BUNIT of extension {index}" if unit else "",
        medium,
        said if medium else "",
        frame,
        said if frame else "",
    )
