"""Images of one spectrum in several extensions: arms or chips beside the first, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.companion_images import extension_label, is_companion
from spectragui.io.reading.linear_scale import has_linear_scale, scale_step
from spectragui.io.reading.source import Source

_SECONDARY = re.compile(
    r"(sky|cal|a0v|vega|model|telluric|blaze|cont|back|bkg|fit|resid|flat|lamp|arc|weight|s/?n|snr|resol|lsf|psf|"
    r"expo|npix|norm|trans|atmos|wave|lambda|dq|flag|mask|dll|thumb|cover)",
    re.I,
)


def spectral_axis_of(shape: Sequence[int], header: Header) -> int | None:
    """Return the FITS number of the one axis along which an image of a single spectrum runs, else None.

    Parameters
    ----------
    shape : sequence of int
        In numpy's order: 1 x 1 x N of a header is (N, 1, 1) here.
    header : Header
        Must give a scale along that axis.
    """
    long = [place for place, length in enumerate(shape) if length > 1]
    if len(long) != 1 or shape[long[0]] < 8:
        return None
    axis = len(shape) - long[0]
    return axis if has_linear_scale(header, axis) else None


def arms_beside(source: Source, index: int) -> list[int]:
    """Return the extensions that go on where the image of an extension ends: other arms, chips, orders.

    Each is one spectrum with a scale of its own, which is another one than the first's.
    """
    first = _scale(source.headers[index], source.hdus[index].shape)
    found = []
    for number in _others(source, index):
        scale = _scale(source.own_headers[number], source.hdus[number].shape)
        if scale is not None and first is not None and not np.allclose(scale[:1], first[:1], rtol=1e-6):
            found.append(number)
    return found


def twins_of(source: Source, index: int) -> list[int]:
    """Return the extensions of the same name, shape and scale, told apart by EXTVER: other exposures."""
    name = source.own_headers[index].text("EXTNAME").upper()
    if not name:
        return []
    shape = source.hdus[index].shape
    return [
        number
        for number in _others(source, index)
        if source.hdus[number].shape == shape and source.own_headers[number].text("EXTNAME").upper() == name
    ]


def left_out(source: Source, index: int, used: Sequence[int]) -> str:
    """Return a note that names the images of the same shape that are neither used nor known for others."""
    shape = source.hdus[index].shape
    numbers = [
        number
        for number in _others(source, index)
        if number not in used and source.hdus[number].shape == shape and extension_label(source, number)
    ]
    if not numbers:
        return ""
    names = ", ".join(f"{number} ({extension_label(source, number)})" for number in numbers)
    plural = "Extensions" if len(numbers) > 1 else "Extension"
    return f"{plural} {names} of the same shape left out: --extension takes one instead."


def _others(source: Source, index: int) -> list[int]:
    return [
        number
        for number, hdu in enumerate(source.hdus)
        if number != index
        and hdu.is_image
        and hdu.shape
        and not is_companion(source, number)
        and not _SECONDARY.search(source.own_headers[number].text("EXTNAME"))
    ]


def _scale(header: Header, shape: Sequence[int]) -> tuple[float, float, int] | None:
    axis = spectral_axis_of(shape, header)
    if axis is None:
        return None
    reference = header.number(f"CRPIX{axis}")
    reference = reference if np.isfinite(reference) else 1.0
    step = scale_step(header, axis)
    return header.number(f"CRVAL{axis}") + (1.0 - reference) * step, step, int(max(shape))
