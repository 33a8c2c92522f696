"""Find the images that go with a flux image in one FITS file: errors, masks, wavelengths."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import der_noise
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import float_array, sigma_from_ivar, sigma_from_variance, sigma_of_kind
from spectragui.io.reading.source import Source

_SIGMA = re.compile(
    r"(^|[_ ]|flux)(err|error|errors|errs|errdata|sig|sigma|noise|std|stdev|rms|unc|uncert|uncertainty)"
    r"($|[_ 0-9])",
    re.I,
)
_IVAR = re.compile(r"(ivar|inverse.?var|inv_?var)", re.I)
# STAT is the variance of mpdaf and MUSE.
_VARIANCE = re.compile(r"(^|[_ ]|flux)(var|variance)($|[_ 0-9])|^stat($|[_ 0-9])", re.I)
_RELATIVE = re.compile(r"relative", re.I)
_MASK = re.compile(r"(^|[_ ])(mask|dq|qual|quality|qualdata|flags?|badpix)($|[_ ])", re.I)
_WAVELENGTH = re.compile(r"(wave|wavl|lambda)", re.I)


def extension_label(source: Source, index: int) -> str:
    """Return name and unit of an extension, as far as it has any."""
    own = source.own_headers[index]
    return f"{own.text('EXTNAME')} {own.text('BUNIT')}".strip()


def images_of_shape(source: Source, shape: tuple[int, ...], without: int) -> list[int]:
    """Return the indices of the other image extensions of the same shape, those alike in name first."""
    found = [
        index
        for index, hdu in enumerate(source.hdus)
        if index != without and hdu.is_image and hdu.shape == shape
    ]
    name = source.own_headers[without].text("EXTNAME").upper()
    version = source.own_headers[without].number("EXTVER")

    def unlike(index: int) -> tuple[bool, int]:
        own = source.own_headers[index]
        other = own.number("EXTVER")
        is_other = bool(np.isfinite(version) and np.isfinite(other) and version != other)
        return is_other, -_likeness(name, own.text("EXTNAME").upper())

    return sorted(found, key=unlike)


def _likeness(first: str, second: str) -> int:
    """Return how many characters two names have in common, those at their beginnings counted twice."""
    start = len(os.path.commonprefix([first, second]))
    end = len(os.path.commonprefix([first[start:][::-1], second[start:][::-1]]))
    return 2 * start + end


def find_sigma(
    source: Source, candidates: list[int], flux: NDArray[Any]
) -> tuple[NDArray[np.float64] | None, str]:
    """Return the 1-sigma image (flattened) among the candidates, and where it was read."""
    kind, told = source.options.error_kind, _told(source, source.options.error_column)
    if told is not None:
        where = f"extension {told} ({extension_label(source, told)}), told by --error-column"
        return sigma_of_kind(source.data(told), kind or _kind_of(source, told), flux), where
    for index in candidates:
        label = extension_label(source, index)
        where = f"extension {index} ({label})"
        if kind and role_of(source, index) == "error":
            return sigma_of_kind(source.data(index), kind, flux), f"{where}: {kind}, told by --error-kind"
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
    told = _told(source, source.options.mask_column)
    masks = [i for i in candidates if _MASK.search(extension_label(source, i))] if told is None else [told]
    return bad_by_rule(np.asarray(source.data(masks[0])).ravel(), source.options) if masks else None


def _told(source: Source, wanted: str) -> int | None:
    """Return the extension that an option names; None where it names none.

    Raises
    ------
    ReadError
        If there is no such extension.
    """
    word = wanted.strip().lower()
    if not word:
        return None
    for index, own in enumerate(source.own_headers):
        is_image = source.hdus[index].is_image and source.hdus[index].shape
        if is_image and word in (str(index), own.text("EXTNAME").lower()):
            return index
    names = ", ".join(f"{i} {own.text('EXTNAME')}".strip() for i, own in enumerate(source.own_headers))
    raise source.error(f"there is no image extension {wanted!r}.", f"It has these: {names}.")


def _kind_of(source: Source, index: int) -> str:
    label = extension_label(source, index)
    kinds = ((_IVAR, "ivar"), (_VARIANCE, "variance"), (_RELATIVE, "relative"))
    return next((kind for pattern, kind in kinds if pattern.search(label)), "sigma")


def find_wavelengths(source: Source, candidates: list[int]) -> int | None:
    """Return the index of the candidate that a name says to hold wavelengths."""
    told = _told(source, source.options.wavelength_column)
    if told is not None:
        return told
    named = [index for index in candidates if _WAVELENGTH.search(extension_label(source, index))]
    return named[0] if named else None


def is_companion(source: Source, index: int) -> bool:
    """Return whether a name says that an image is no flux but errors, a mask or wavelengths."""
    return bool(role_of(source, index))


def role_of(source: Source, index: int) -> str:
    """Return "wavelength", "error" or "mask" where a name says so, else an empty string."""
    label = extension_label(source, index)
    if _WAVELENGTH.search(label):
        return "wavelength"
    if any(pattern.search(label) for pattern in (_SIGMA, _IVAR, _VARIANCE)):
        return "error"
    return "mask" if _MASK.search(label) else ""


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
