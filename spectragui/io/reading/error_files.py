"""Files of errors beside a file of fluxes, named alike: IGRINS' variance.fits, MAKEE's Err and Var."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.io.reading.raw_order import sigma_of_kind
from spectragui.io.reading.source import Source

#: Part of the flux file's name, what stands there in the error file's, and what the errors are.
_RENAMED = (
    (r"\.spec\.fits$", ".variance.fits", "variance"),
    (r"^Flux-", "Err-", "sigma"),
    (r"^Flux-", "Var-", "variance"),
)


def sigma_beside(source: Source, shape: tuple[int, ...]) -> tuple[NDArray[np.float64] | None, str]:
    """Return 1-sigma errors of an image's shape from a file beside, and where they were read.

    Parameters
    ----------
    source : Source
        The file of fluxes; its header names the object, which the file beside must name as well.
    shape : tuple of int

    Returns
    -------
    sigma : ndarray, shape ``shape``, or None
    where : str
    """
    for pattern, replacement, kind in _RENAMED:
        name = re.sub(pattern, replacement, source.name)
        path = source.path.with_name(name)
        if name == source.name or not path.is_file():
            continue
        values = _image(path, shape, source.headers[0].text("OBJECT"))
        if values is not None:
            words = f"sqrt(variance) in {name}" if kind == "variance" else name
            return sigma_of_kind(values, kind, values).reshape(shape), f"{words}, found in the same folder"
    return None, ""


def _image(path: object, shape: tuple[int, ...], object_name: str) -> NDArray[np.float64] | None:
    """Return the first image of a shape, of a file that names the same object; None without one."""
    try:
        beside = Source(str(path))
        try:
            if beside.kind != "fits" or beside.headers[0].text("OBJECT") != object_name:
                return None
            found = [i for i, hdu in enumerate(beside.hdus) if hdu.is_image and hdu.shape == shape]
            return np.asarray(beside.data(found[0]), dtype=np.float64) if found else None
        finally:
            beside.close()
    except ReadError:
        return None
