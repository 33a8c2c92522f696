"""The contract of a reader, and the registry of all readers.

To add a format: one file in `spectragui/io/readers/` with a class that has ``identify`` and
``read`` and the line ``@register_reader("name", priority=...)`` above it, and its import in
`spectragui/io/readers/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from spectragui.core.registry import Registry
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source


class Reader(Protocol):
    """Reads one format.

    Attributes
    ----------
    description : str
        The format in words, for `spectragui info` and the documentation.

    Notes
    -----
    A reader of files that hold one arm of an exposure has ``exposure_of(path)`` too: the exposure by
    the file's name, so that arms are put together before any of them is read (`io.file_groups`).
    """

    description: str

    def identify(self, source: Source) -> bool:
        """Return whether the file is of this format; cheap, and raises nothing but `ReadError`."""

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return all spectra of the file; of many, a `SpectrumList` that makes those that are wanted.

        Raises
        ------
        ReadError
            If the file is damaged or says too little.
        """


READERS: Registry[Reader] = Registry("reader")
ReaderClass = TypeVar("ReaderClass", bound=type)


def register_reader(name: str, priority: int = 100) -> Callable[[ReaderClass], ReaderClass]:
    """Return a class decorator that registers an instance of a reader.

    Parameters
    ----------
    name : str
        Shown as "reader" in the passport.
    priority : int
        Lower asks first: 10 own files, 20-40 one instrument, 50-80 general layouts, 100 text.
    """

    def store(cls: ReaderClass) -> ReaderClass:
        READERS.register(name, priority)(cls())
        return cls

    return store
