"""Extensions of a FITS file that holds nothing unusual, known by their headers alone.

astropy needs longer to open a file than it takes to read a spectrum from it. What readers ask first (names,
shapes, columns) stands in the headers; astropy opens the file where somebody asks for more, and at once where
anything is not as most files have it.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from spectragui.io.headers.fits_header import Header

_SIMPLE = re.compile(rb"SIMPLE  =                    T[ /]")
_EXTENSION = re.compile(rb"XTENSION= '(IMAGE   |BINTABLE)' *(/|$)")
_READABLE = re.compile(rb"[ -~]*")
_COLUMN_CARD = re.compile(r"(T[A-Z]+)(\d+)")
_COLUMN_KEYWORDS = frozenset(("TTYPE", "TFORM", "TUNIT", "TUCD", "TCOMM", "TUTYP"))
_FORM = re.compile(r"\d*[LXBIJKAEDCM]")
_BITPIX = (8, 16, 32, 64, -32, -64)
_NOT_PLAIN = ("GROUPS", "ZIMAGE", "ZTABLE", "THEAP", "INHERIT", "BLANK", "BSCALE", "BZERO")
_COUNTS = {"GCOUNT": 1, "PCOUNT": 0}
_CARD, _BLOCK, _MOST_EXTENSIONS = 80, 2880, 50

#: Where an extension's header and data begin, how long the data are, and its header as it stands in the file.
Unit = tuple[int, int, int, bytes]


@dataclasses.dataclass(frozen=True)
class PlainColumn:
    """A column of a table: its name, and its unit as the file has it, None where it has none."""

    name: str
    unit: str | None


class PlainColumns:
    """The columns of a table, by their names and units; for anything else astropy's are asked."""

    def __init__(self, columns: Sequence[PlainColumn], ask: Callable[[], Any]) -> None:
        self._columns, self._ask = tuple(columns), ask
        self.names = [column.name for column in columns]

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, key: Any) -> Any:
        return self._ask().columns[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._ask().columns, name)


class PlainHdu:
    """One extension: its name and what kind it is; for anything else astropy's is asked."""

    def __init__(self, unit: Unit, header: Header, default_name: str, ask: Callable[[], Any]) -> None:
        self._header_offset, self._data_offset, *_ = unit
        self._data_size = _end(unit) - self._data_offset  # to the block's end, as astropy counts
        self._ask = ask
        self.name = str(header.get("EXTNAME", default_name))
        self.is_image = header.text("XTENSION") != "BINTABLE"
        if self.is_image:
            self.shape = tuple(reversed(_axes(header)))
        else:
            self.columns = PlainColumns(_columns(header), ask)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or (name == "columns" and self.is_image):
            raise AttributeError(name)
        return getattr(self._ask(), name)


def plain_hdus(
    units: Sequence[Unit], headers: Sequence[Header], length: int, ask: Callable[[int], Any]
) -> list[PlainHdu] | None:
    """Return the extensions of a file, None where anything is unusual.

    Parameters
    ----------
    units : sequence of Unit
        All that the file has, one after the other.
    headers : sequence of Header
        Theirs, each alone.
    length : int
        Of the file [bytes].
    ask : callable
        Gives astropy's extension of a number.

    Returns
    -------
    list of PlainHdu, or None
    """
    if not 0 < len(units) <= _MOST_EXTENSIONS or _end(units[-1]) != length:
        return None
    for number, (unit, header) in enumerate(zip(units, headers, strict=True)):
        if not _is_plain(unit, header, is_first=number == 0):
            return None
    return [
        PlainHdu(unit, header, "" if number else "PRIMARY", _asking(ask, number))
        for number, (unit, header) in enumerate(zip(units, headers, strict=True))
    ]


def _asking(ask: Callable[[int], Any], number: int) -> Callable[[], Any]:
    return lambda: ask(number)


def _end(unit: Unit) -> int:
    return unit[1] + math.ceil(unit[2] / _BLOCK) * _BLOCK


def _axes(header: Header) -> list[int]:
    return [header.get(f"NAXIS{number}") for number in range(1, header.get("NAXIS") + 1)]


def _columns(header: Header) -> list[PlainColumn]:
    numbers = range(1, header.get("TFIELDS") + 1)
    return [PlainColumn(header.get(f"TTYPE{number}"), header.get(f"TUNIT{number}")) for number in numbers]


def _is_plain(unit: Unit, header: Header, *, is_first: bool) -> bool:
    cards = unit[3]
    begins = (_SIMPLE if is_first else _EXTENSION).match(cards[:_CARD])
    if (
        begins is None
        or _READABLE.fullmatch(cards) is None
        or cards.count(b"CONTINUE")
        or b"HIERARCH" in cards
    ):
        return False
    if any(keyword in header for keyword in _NOT_PLAIN) or header.get("BITPIX") not in _BITPIX:
        return False
    if any(header.get(keyword, usual) != usual for keyword, usual in _COUNTS.items()):
        return False
    if not isinstance(header.get("EXTNAME", ""), str) or not _has_axes(header):
        return False
    is_table = not is_first and begins.group(1) == b"BINTABLE"
    return not is_table or _has_plain_columns(header)


def _has_axes(header: Header) -> bool:
    n_axes = header.get("NAXIS")
    if not _is_count(n_axes) or n_axes > 9:
        return False
    return all(_is_count(axis) for axis in _axes(header))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _has_plain_columns(header: Header) -> bool:
    n_columns = header.get("TFIELDS")
    if not _is_count(n_columns) or header.get("NAXIS") != 2 or header.get("BITPIX") != 8:
        return False
    for keyword in header:
        card = _COLUMN_CARD.fullmatch(keyword)
        if card is not None and (card[1] not in _COLUMN_KEYWORDS or int(card[2]) > n_columns):
            return False
    names = [header.get(f"TTYPE{number}") for number in range(1, n_columns + 1)]
    units = [header.get(f"TUNIT{number}", "") for number in range(1, n_columns + 1)]
    if not all(isinstance(text, str) for text in (*names, *units)) or not all(names):
        return False
    if len({name.upper() for name in names}) < n_columns:  # astropy says so
        return False
    return all(_FORM.fullmatch(header.text(f"TFORM{number}")) for number in range(1, n_columns + 1))
