"""A flat field or a blaze from a file that the user names, as the blaze of each order."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spectragui.core.errors import SpectraGUIError, StageError
from spectragui.core.numerics import FloatArray
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.pixel_stage import in_angstrom

POINTS = 64  # of an order, at which flux and blaze are compared


def with_flat_field(spectrum: AnySpectrum, path: str) -> AnySpectrum:
    """Return the spectrum with the flat field as the blaze of its orders.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    path : str
        A file of the same orders with wavelengths, or an image of them, a row an order.

    Raises
    ------
    StageError
        If the file cannot be read, or has none of the orders.
    """
    orders = orders_of(spectrum)
    rows = _rows_of_image(orders, path)
    found = rows if rows is not None else _by_wavelength(orders, path)
    if all(blaze is None for blaze in found):
        raise StageError("The flat field has no order at these wavelengths.")
    name = Path(path).name
    changed = tuple(
        order.without_blaze()
        if blaze is None
        else order.with_meta(blaze=blaze, blaze_source=name, blaze_kind="companion", has_blaze=True)
        for order, blaze in zip(orders, found, strict=True)
    )
    return changed[0] if isinstance(spectrum, Spectrum) else EchelleSpectrum(changed, spectrum.meta)


def _by_wavelength(orders: tuple[Spectrum, ...], path: str) -> list[FloatArray | None]:
    from spectragui.io.read import read_spectrum

    try:
        flats = [in_angstrom(flat) for flat in orders_of(read_spectrum(path))]
    except SpectraGUIError as error:
        raise StageError(error.message, error.hint) from error
    found: list[FloatArray | None] = []
    for order in orders:
        wavelength = order.wavelength_aa
        ends = float(wavelength.min()), float(wavelength.max())
        best = max(flats, key=lambda flat: _overlap(flat, ends))
        if _overlap(best, ends) <= 0:
            found.append(None)
            continue
        good = best.good
        values = best.flux[good]
        found.append(np.interp(wavelength, best.wavelength_aa[good], values, left=np.nan, right=np.nan))
    return found


def _overlap(flat: Spectrum, ends: tuple[float, float]) -> float:
    return float(min(flat.wavelength_aa[-1], ends[1]) - max(flat.wavelength_aa[0], ends[0]))


def _rows_of_image(orders: tuple[Spectrum, ...], path: str) -> list[FloatArray | None] | None:
    """Return the rows of an image without wavelengths, the way round in which the flux goes with them."""
    from spectragui.io.reading.blaze_images import blaze_image

    sizes = {len(order) for order in orders}
    if len(sizes) != 1 or not Path(path).is_file():
        return None
    image = blaze_image(Path(path), None)
    if image is None or image.shape[1] != sizes.pop() or image.shape[0] < len(orders):
        return None
    numbers = list(range(len(orders)))
    if image.shape[0] > len(orders):
        numbers = [int(order.meta.get("order", -1)) for order in orders]
        if min(numbers) < 0 or max(numbers) >= image.shape[0]:
            return None
    image = np.where(image > 0, image, np.nan)
    ways = [[image[row, ::step] for row in rows] for rows in (numbers, numbers[::-1]) for step in (1, -1)]
    best = max(ways, key=lambda rows: _likeness(orders, rows))
    return list(best)


def _likeness(orders: tuple[Spectrum, ...], rows: list[FloatArray]) -> float:
    """Return the median correlation of flux and blaze along the orders."""
    found = []
    for order, row in zip(orders, rows, strict=True):
        parts = np.array_split(np.arange(row.size), POINTS)
        flux = np.array(
            [np.median(order.flux[p][order.good[p]]) if order.good[p].any() else 0 for p in parts]
        )
        blaze = np.array([np.median(row[p]) for p in parts])
        usable = np.isfinite(blaze) & (flux > 0)
        if np.count_nonzero(usable) > POINTS // 4 and np.ptp(blaze[usable]) > 0:
            found.append(float(np.corrcoef(flux[usable], blaze[usable])[0, 1]))
    return float(np.median(found)) if found else -1.0
