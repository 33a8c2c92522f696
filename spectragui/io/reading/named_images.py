"""Images of a FITS file by the names of their extensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.io.reading.raw_order import RawOrder, sigma_from_variance, split_rows
from spectragui.io.reading.source import Source


def image_numbers(source: Source) -> dict[str, int]:
    """Return the number of every image extension that holds data, by its upper-case name."""
    return dict(source.image_numbers)


def named_image(source: Source, names: dict[str, int], name: str) -> NDArray[np.float64] | None:
    """Return an image as float64, rows of orders; None where there is none of that name."""
    if name not in names:
        return None
    return np.atleast_2d(np.asarray(source.data(names[name]), dtype=np.float64))


def orders_of_images(
    source: Source, names: dict[str, int], flux: str, wavelength: str, variance: str = "", blaze: str = ""
) -> list[RawOrder]:
    """Return the orders of images of flux, wavelength, variance and blaze, each a row an order.

    The flux is as the file has it; a blaze of another shape is left out.

    Raises
    ------
    ReadError
        If the shapes differ.
    """
    images = [named_image(source, names, name) for name in (flux, wavelength, variance, blaze)]
    fluxes, wavelengths, variances, blazes = images
    assert fluxes is not None and wavelengths is not None
    if blazes is not None and blazes.shape != fluxes.shape:
        blazes = None
    if any(image is not None and image.shape != fluxes.shape for image in images[:3]):
        raise source.error(
            f"its images {flux} and {wavelength} differ in shape.", "Copy or download it again."
        )
    sigma = None if variances is None else sigma_from_variance(variances).reshape(fluxes.shape)
    return split_rows(wavelengths, fluxes, sigma, blaze=blazes)
