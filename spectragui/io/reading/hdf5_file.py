"""Open an HDF5 file: h5py imported late, damage said in a sentence."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SpectraGUIError, first_sentence
from spectragui.io.reading.limits import Limits, TooLargeError
from spectragui.io.reading.source import Source, library_errors

_MOST_ARRAYS = 5000


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
    except TooLargeError as error:
        raise source.too_large(error) from error
    except ForeignDataError as error:
        raise source.error(f"{error}.", "Copy the data into the file itself.") from error
    except library_errors() as error:
        said = f"the HDF5 file is damaged ({first_sentence(error)})."
        raise source.error(said, "Copy or download it again.", error) from error


class ForeignDataError(ValueError):
    """An HDF5 file takes data from another file; the message is half a sentence."""


class Hdf5Arrays:
    """Reads the arrays of an opened HDF5 file, as long as they are its own and not too large.

    Parameters
    ----------
    file : h5py.File
    limits : Limits
    """

    def __init__(self, file: Any, limits: Limits) -> None:
        self._file, self._limits = file, limits
        self._n_values = self._n_arrays = 0

    def number_array(self, *names: str) -> NDArray[Any] | None:
        """Return the first of the data sets that is there, as an array; None without any.

        Raises
        ------
        TooLargeError
            If it, or all that was read so far, is larger than allowed.
        ForeignDataError
            If it lies in another file.
        ValueError
            If it holds no numbers.
        """
        for name in names:
            if not self._is_own(name) or not hasattr(self._file[name], "shape"):
                continue
            data = self._file[name]
            self._check(data, name)
            return np.asarray(data)
        return None

    def _check(self, data: Any, name: str) -> None:
        if data.dtype.kind not in "biuf" or data.shape is None:
            raise ValueError(f"{name} holds no numbers")
        # An external file would be read as it lies there, whatever it is.
        if data.external or data.is_virtual:
            raise ForeignDataError(f"its array {name} takes its values from another file, which is not read")
        size = math.prod(data.shape)
        self._limits.check_array(max(size, math.prod(data.chunks or (1,))), f"its array {name}")
        self._n_values, self._n_arrays = self._n_values + size, self._n_arrays + 1
        self._limits.check_file(self._n_values)
        if self._n_arrays > _MOST_ARRAYS:
            raise TooLargeError(f"it has more than {_MOST_ARRAYS:,} arrays")

    def _is_own(self, name: str) -> bool:
        """Whether a path is there, without a link to another file on its way."""
        import h5py

        parts = name.split("/")
        for last in range(1, len(parts) + 1):
            place = "/".join(parts[:last])
            link = self._file.get(place, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise ForeignDataError(f"its entry {place} is a link to another file, which is not followed")
            if link is None:
                return False
        return name in self._file
