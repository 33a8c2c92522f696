"""Find the images that go with a flux image in one FITS file: errors, masks, wavelengths."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import der_noise
from spectragui.io.raw_order import float_array, sigma_from_ivar, sigma_from_variance
from spectragui.io.source import Source

_SIGMA = re.compile(
    r"(^|[_ ])(err|error|errors|sig|sigma|noise|std|stdev|unc|uncert|uncertainty|errs|errdata)($|[_ 0-9])",
    re.I,
)
_IVAR = re.compile(r"(ivar|inverse.?var)", re.I)
_VARIANCE = re.compile(r"(^|[_ ])(var|variance)($|[_ ])", re.I)
_RELATIVE = re.compile(r"relative", re.I)
_MASK = re.compile(r"(^|[_ ])(mask|dq|qual|quality|qualdata|flags?|badpix)($|[_ ])", re.I)
_WAVELENGTH = re.compile(r"(wave|wavl|lambda)", re.I)


def extension_label(source: Source, index: int) -> str:
    """Return name and unit of an extension, as far as it has any."""
    own = source.own_headers[index]
    return f"{own.text('EXTNAME')} {own.text('BUNIT')}".strip()


def images_of_shape(source: Source, shape: tuple[int, ...], without: int) -> list[int]:
    """Return the indices of the other image extensions of the same shape."""
    return [
        index
        for index, hdu in enumerate(source.hdus)
        if index != without and hdu.is_image and hdu.shape == shape
    ]


def find_sigma(
    source: Source, candidates: list[int], flux: NDArray[Any]
) -> tuple[NDArray[np.float64] | None, str]:
    """Return the 1-sigma image (flattened) among the candidates, and where it was read."""
    for index in candidates:
        label = extension_label(source, index)
        where = f"extension {index} ({label})"
        if _IVAR.search(label):
            return sigma_from_ivar(source.data(index)), f"{where}: 1 / sqrt(inverse variance)"
        if _VARIANCE.search(label):
            return sigma_from_variance(source.data(index)), f"{where}: sqrt(variance)"
        if _SIGMA.search(label):
            values = float_array(source.data(index))
            if _RELATIVE.search(label):
                return values * np.abs(float_array(flux)), f"{where}: relative error x flux"
            return values, where
    return _unnamed_sigma(source, candidates, flux)


def find_mask(source: Source, candidates: list[int]) -> NDArray[np.bool_] | None:
    """Return the mask image (flattened, True = ignore) among the candidates."""
    for index in candidates:
        if _MASK.search(extension_label(source, index)):
            return np.asarray(np.asarray(source.data(index)).ravel() != 0)
    return None


def find_wavelengths(source: Source, candidates: list[int]) -> int | None:
    """Return the index of the candidate that a name says to hold wavelengths."""
    named = [index for index in candidates if _WAVELENGTH.search(extension_label(source, index))]
    return named[0] if named else None


def is_companion(source: Source, index: int) -> bool:
    """Return whether a name says that an image is no flux but errors, a mask or wavelengths."""
    label = extension_label(source, index)
    return any(pattern.search(label) for pattern in (_SIGMA, _IVAR, _VARIANCE, _MASK, _WAVELENGTH))


def is_unnamed(source: Source, index: int) -> bool:
    """Return whether an extension has neither name nor unit."""
    return not extension_label(source, index)


def _unnamed_sigma(
    source: Source, candidates: list[int], flux: NDArray[Any]
) -> tuple[NDArray[np.float64] | None, str]:
    """Return the one image without a name if it has the size of the flux's noise, absolute or relative."""
    unnamed = [index for index in candidates if is_unnamed(source, index)]
    if len(unnamed) != 1:
        return None, ""
    values, signal = float_array(source.data(unnamed[0])), np.abs(float_array(flux))
    if not (np.nanmin(values) >= 0 and np.nanmax(values) > np.nanmin(values)):
        return None, ""
    noise = der_noise(float_array(flux))
    for sigma, words in ((values, "1-sigma errors"), (values * signal, "relative errors (x flux)")):
        if 0.1 * noise < float(np.nanmedian(sigma)) < 3.0 * noise:
            return sigma, f"assumed: extension {unnamed[0]} has no name, but the size of {words}"
    return None, ""
