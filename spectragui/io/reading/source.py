"""`Source`: one file on its way to becoming a spectrum; opened once, shared by all readers."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

from numpy.typing import NDArray

from spectragui.core.errors import ReadError, first_sentence
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.fits_checksums import wrong_checksum
from spectragui.io.reading.fits_structure import check_structure
from spectragui.io.reading.limits import HINT, MOST_VALUES, Limits, TooLargeError
from spectragui.io.reading.packed_file import PACKING_ERRORS, is_packed, open_packed, unpacked
from spectragui.io.reading.plain_hdus import PlainHdu, Unit, plain_hdus
from spectragui.io.reading.plain_rows import plain_rows
from spectragui.io.reading.read_options import ReadOptions

Kind = Literal["fits", "text", "hdf5", "binary"]

HEAD_BYTES = 8192
_MOST_UTF8 = 64 * 1024 * 1024
_LIBRARY_ERRORS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    Warning,  # astropy's VOTable parser raises some of its warnings
    struct.error,
    zlib.error,
)


def library_errors() -> tuple[type[Exception], ...]:
    """Return what damaged files make astropy, numpy and zlib raise, for an ``except`` clause."""
    # Not imported for their errors alone.
    fits, expat = sys.modules.get("astropy.io.fits"), sys.modules.get("xml.parsers.expat")
    more = (getattr(fits, "VerifyError", None), getattr(expat, "error", None))
    return (*_LIBRARY_ERRORS, *(error for error in more if error is not None))


class Source:
    """A file, its kind by content (never by suffix), and lazily its FITS extensions or its text.

    Parameters
    ----------
    path : path-like
    options : ReadOptions
        What the user says about it.

    Raises
    ------
    ReadError
        If the file is missing, a folder, empty, unreadable, too large, or damaged gzip.
    """

    def __init__(self, path: str | os.PathLike[str], options: ReadOptions = ReadOptions()) -> None:
        self.path = Path(path)
        self.options = options
        self.notes: list[str] = []
        self.limits = Limits(options.max_values or MOST_VALUES)
        self._opened: BinaryIO | None = None
        self._summed: set[int] = set()
        self._check_readable()
        self.head = self._read_head()
        self.kind: Kind = _kind_of(self.head)

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return self.path.name

    def error(self, message: str, hint: str = "", said: object = "") -> ReadError:
        """Return a `ReadError` that begins with the file's name; ``said`` is a library's own error."""
        return ReadError(f"{self.name}: {message}", hint, str(said))

    def too_large(self, error: TooLargeError) -> ReadError:
        """Return what is said of a file that holds more than is read."""
        return self.error(f"{error}.", HINT)

    def close(self) -> None:
        """Close the file if it was opened."""
        if "astropy_hdus" in self.__dict__:
            with _quiet():
                self.astropy_hdus.close()
        if self._opened is not None:
            self._opened.close()

    @cached_property
    def hdus(self) -> Any:
        """The extensions: known by their headers where nothing is unusual, else as astropy opens them.

        Raises
        ------
        ReadError
            If the file is damaged.
        """
        return self.astropy_hdus if self._plain_hdus is None else self._plain_hdus

    @cached_property
    def _units(self) -> list[Unit]:
        stream = self._stream()
        try:
            return check_structure(stream, self.limits)
        except TooLargeError as error:
            stream.close()
            raise self.too_large(error) from error
        except library_errors() as error:
            stream.close()
            raise self._damaged_fits(error) from error

    @cached_property
    def _plain_hdus(self) -> list[PlainHdu] | None:
        stream, units = self._opened_stream, self._units
        length = stream.seek(0, os.SEEK_END)
        headers = [Header.from_bytes(cards) for *_, cards in units]
        found = plain_hdus(units, headers, length, lambda number: self.astropy_hdus[number])
        if found is not None:
            self.__dict__["own_headers"] = headers
        return found

    @cached_property
    def astropy_hdus(self) -> Any:
        """The opened `astropy.io.fits.HDUList`; raises as ``hdus``."""
        with self.catching_warnings():
            # On its own: astropy takes over the showing of warnings when it is imported, and it warns
            # of a configuration folder that is not there.
            from astropy.io import fits
        with self.catching_warnings() as caught:
            stream = self._opened_stream
            try:
                stream.seek(0)
                hdus = fits.open(stream, memmap=False, lazy_load_hdus=False, ignore_missing_simple=True)
                _touch_layout(hdus)
            except library_errors() as error:
                stream.close()
                raise self._damaged_fits(error) from error
        try:
            self._check_complete(caught)
        except ReadError:
            stream.close()
            raise
        return hdus

    @property
    def _opened_stream(self) -> BinaryIO:
        _ = self._units  # opens it
        assert self._opened is not None
        return self._opened

    @cached_property
    def headers(self) -> list[Header]:
        """Headers of all extensions, each followed by the primary header's cards."""
        primary, *others = self.own_headers
        return [primary, *(Header([*own.cards, *primary.cards]) for own in others)]

    @cached_property
    def own_headers(self) -> list[Header]:
        """Headers of all extensions, each alone."""
        return [Header.from_bytes(self._raw_header(index)) for index in range(len(self.hdus))]

    @cached_property
    def image_numbers(self) -> dict[str, int]:
        """Number of every image extension that holds data, by its upper-case name."""
        numbers: dict[str, int] = {}
        for index, (hdu, own) in enumerate(zip(self.hdus, self.own_headers, strict=True)):
            if hdu.is_image and hdu.shape:
                numbers.setdefault(own.text("EXTNAME").upper(), index)
        return numbers

    def data(self, index: int) -> Any:
        """Return the array or table of an extension, in native byte order where it is an image.

        Raises
        ------
        ReadError
            If the data are truncated or damaged.
        """
        with self.catching_warnings() as caught:
            try:
                data = self.hdus[index].data
            except library_errors() as error:
                raise self.error(
                    f"the data of extension {index} are truncated or damaged ({first_sentence(error)}).",
                    "Copy or download the file again.",
                    error,
                ) from error
        self._check_complete(caught)
        self._check_sum(index)
        return data

    def plain_rows(self, index: int) -> NDArray[Any] | None:
        """Return the rows of a table of plain numbers, a field a column; None of another: see `data`."""
        offset = getattr(self.hdus[index], "_data_offset", None)
        if offset is None or self._opened is None:
            return None
        rows = plain_rows(self._opened, self.own_headers[index], offset)
        if rows is not None:
            self._check_sum(index)
        return rows

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file as it lies on the disk, in hexadecimal; taken once, while it is read."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @cached_property
    def text(self) -> str:
        """The file as text (UTF-8, else Latin-1), decompressed where it is gzip."""
        content = self._read_text()
        if content.isascii():
            return content.decode("ascii")
        try:
            # One character beyond Latin-1 makes the whole text four times as large.
            return content.decode("utf-8-sig" if len(content) < _MOST_UTF8 else "latin-1")
        except UnicodeDecodeError:
            return content.decode("latin-1")

    @contextlib.contextmanager
    def catching_warnings(self) -> Iterator[list[warnings.WarningMessage]]:
        """Turn warnings of the libraries below into notes: they are the user's, not the log's."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield caught
            finally:
                for warning in caught:
                    note = first_sentence(warning.message)
                    about_file = issubclass(warning.category, UserWarning) and _is_for_users(warning)
                    if about_file and note not in self.notes:
                        self.notes.append(note)

    def _raw_header(self, index: int) -> bytes:
        # Not HDUList.fileinfo(): it formats every card and so stops at damaged ones.
        start, stop = (getattr(self.hdus[index], name, 0) for name in ("_header_offset", "_data_offset"))
        assert self._opened is not None
        self._opened.seek(start)
        return self._opened.read(stop - start)

    def _check_sum(self, index: int) -> None:
        """Note once what the checksum cards of an extension say of it."""
        if index in self._summed or self._opened is None:
            return
        self._summed.add(index)
        hdu = self.hdus[index]
        start, data_start, n_bytes = (
            getattr(hdu, name, None) for name in ("_header_offset", "_data_offset", "_data_size")
        )
        if start is None or data_start is None or n_bytes is None:
            return
        said = wrong_checksum(self._opened, self.own_headers[index], start, data_start, n_bytes)
        if said:
            self.notes.append(f"Extension {index}: {said}.")

    def _check_complete(self, caught: list[warnings.WarningMessage]) -> None:
        if any("truncated" in str(warning.message) for warning in caught):
            raise self.error("the file is truncated.", "Copy or download it again.")

    def _check_readable(self) -> None:
        try:
            self._check_ordinary()
        except PermissionError as error:
            raise self.error("you may not look into its folder.", "Change its permissions.") from error
        except (OSError, ValueError) as error:  # a name that is too long, or holds a zero
            raise self.error(
                f"there can be no such file ({first_sentence(error)}).", "Check the path."
            ) from error

    def _check_ordinary(self) -> None:
        if self.path.is_dir():
            raise self.error("this is a folder, not a file.", "Give the files in it.")
        if not self.path.exists():
            raise self.error(f"there is no such file in {self.path.absolute().parent}.", "Check the path.")
        if not self.path.is_file():
            raise self.error("this is not an ordinary file.")
        size = self.path.stat().st_size
        if size == 0:
            raise self.error("the file is empty.", "Copy or download it again.")
        if size > 2 * self.limits.file_bytes:
            raise self.error(f"it has {size:,} bytes, which is no spectrum.", HINT)

    def _read_head(self) -> bytes:
        try:
            with self._open() as stream:
                head: bytes = stream.read(HEAD_BYTES)
        except PACKING_ERRORS as error:
            raise self._damaged(error) from error
        if not head.strip(b"\0 \r\n\t"):
            raise self.error("the file holds nothing but blanks.", "Copy or download it again.")
        return head

    def _read_text(self) -> bytes:
        lines = _LineCount(self.limits, is_table=not self.head.lstrip().startswith(b"<"))
        return self._unpacked(self.limits.text_bytes, lines.add).getvalue()

    def _unpacked(self, most_bytes: int, check: Callable[[memoryview], None] | None = None) -> io.BytesIO:
        try:
            return unpacked(self.path, most_bytes, check)
        except TooLargeError as error:
            raise self.too_large(error) from error
        except PACKING_ERRORS as error:
            raise self._damaged(error) from error

    def _open(self) -> Any:
        return open_packed(self.path)

    def _stream(self) -> BinaryIO:
        # A compressed file is read to its end first: only there its checksum tells of damage.
        packed = is_packed(self.path)
        self._opened = self._unpacked(self.limits.file_bytes) if packed else self.path.open("rb")
        return self._opened

    def _damaged_fits(self, error: BaseException) -> ReadError:
        return self.error(
            f"the FITS file is damaged ({first_sentence(error)}).", "Copy or download it again.", error
        )

    def _damaged(self, error: BaseException) -> ReadError:
        if isinstance(error, PermissionError):
            return self.error("you may not read this file.", "Change its permissions.")
        return self.error(
            f"the file cannot be read or its compression is damaged ({first_sentence(error)}).",
            "Copy or download it again.",
        )


class _LineCount:
    """Counts the lines of a text as it comes, and how long they are."""

    def __init__(self, limits: Limits, is_table: bool) -> None:
        self._limits, self._is_table = limits, is_table
        self._n_lines = self._length = 0

    def add(self, piece: memoryview) -> None:
        """Take the next piece; raises `TooLargeError`."""
        content = bytes(piece)
        parts = content.splitlines()
        self._n_lines += max(content.count(b"\n"), content.count(b"\r"))
        self._length = len(parts[-1]) + (self._length if len(parts) == 1 else 0)
        if self._n_lines > self._limits.text_lines:
            raise TooLargeError(f"it has more than {self._limits.text_lines:,} lines")
        if self._is_table and self._length > self._limits.line_bytes:
            raise TooLargeError(f"it has a line of more than {self._limits.line_bytes:,} characters")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _touch_layout(hdus: Any) -> None:
    """Raise now if the layout of an extension cannot be understood: astropy looks at it late."""
    for index, hdu in enumerate(hdus):
        is_known = hdu.columns.names is not None if hasattr(type(hdu), "columns") else hasattr(hdu, "shape")
        if not is_known:
            raise ValueError(f"extension {index} cannot be understood")


def _is_for_users(warning: warnings.WarningMessage) -> bool:
    # Cards that break the standard are read by our own parser, so what astropy says of them is no news.
    return "XDG_" not in str(warning.message) and warning.category.__name__ != "VerifyWarning"


def _kind_of(head: bytes) -> Kind:
    if head.startswith(b"SIMPLE  =") and b"\n" not in head[:160]:  # else its cards were printed as lines
        return "fits"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if b"\0" in head or sum(byte < 9 for byte in head) > 0:
        return "binary"
    return "text"
