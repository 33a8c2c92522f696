"""Open an HDF5 file: h5py imported late, damage said in a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SpectraGUIError, first_sentence
from spectragui.io.reading.source import Source, library_errors

_MAX_VALUES = 200_000_000  # more would not fit into memory


@contextlib.contextmanager
def opened_hdf5(source: Source) -> Iterator[Any]:
    """Open the file of a source for reading.

    Raises
    ------
    ReadError
        If h5py is not installed, or the file is damaged.
    """
    try:
        import h5py
    except ImportError as error:
        raise source.error(
            "this is an HDF5 file, and the package that reads those is not installed.",
            "Install it with: pip install h5py.",
        ) from error
    try:
        with h5py.File(source.path, "r") as file:
            yield file
    except SpectraGUIError:
        raise
    except library_errors() as error:
        said = f"the HDF5 file is damaged ({first_sentence(error)})."
        raise source.error(said, "Copy or download it again.", error) from error


def number_array(file: Any, *names: str) -> NDArray[Any] | None:
    """Return the first of the data sets that is there, as an array; None without any.

    Raises
    ------
    ValueError
        If it holds no numbers, or too many.
    """
    for name in names:
        if name not in file or not hasattr(file[name], "shape"):
            continue
        data = file[name]
        if data.dtype.kind not in "biuf" or int(np.prod(data.shape, dtype=np.float64)) > _MAX_VALUES:
            raise ValueError(f"{name} holds no numbers, or too many of them")
        return np.asarray(data)
    return None
