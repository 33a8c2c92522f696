"""Rows of a long run on disk as they are made: what was finished outlives a crash, a kill, a full disk."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from spectragui.core.errors import ReadError, SettingsError, WriteError
from spectragui.core.file_lock import take_file
from spectragui.core.results import Column, stored_row

SUFFIX = ".rows.jsonl"
FORMAT = 1
#: Of the file, and of a row in it: more than that are no rows of ours.
MOST_BYTES, MOST_LINE = 1 << 32, 1 << 20
_PIECE = 1 << 16
_SEAL = b', "seal": "'

#: The files of one star as they were: name, size and time of change of each, and a number that tells
#: the same files, given twice, apart.
GroupKey = tuple[tuple[str, int, int], ...]


@dataclasses.dataclass(frozen=True)
class Record:
    """One finished row.

    Attributes
    ----------
    key : tuple
        Of the files, by `key_of_files`, and how often they were given before.
    number, n_rows : int
        Which spectrum of the files it is, and of how many.
    row : mapping
        Of the table.
    more : mapping
        What is said of the row beside the table, in JSON's types.
    is_failure : bool
        Whether the row only says why there is no other; a resumed run tries again.
    """

    key: tuple[GroupKey, int]
    number: int
    n_rows: int
    row: Mapping[str, Any]
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_failure: bool = False


_FIELDS = dataclasses.fields(Record)


def key_of_files(files: Sequence[Path]) -> GroupKey:
    """Return what tells whether files are the same as when a row was made of them."""
    return tuple(_facts(file) for file in files)


def _facts(file: Path) -> tuple[str, int, int]:
    try:
        facts = file.stat()
    except (OSError, ValueError):
        return os.path.abspath(file), -1, -1
    return os.path.abspath(file), facts.st_size, facts.st_mtime_ns


class RowLog:
    """The rows of TABLE in ``TABLE.rows.jsonl``: each is appended and on the disk before the next is begun.

    Parameters
    ----------
    table : pathlib.Path
        What the rows are for.
    columns : sequence of Column
    options : mapping
        All that decides what the rows say; anything but their files.
    is_resumed : bool
        Go on with the rows that an earlier run left, if there are any. Otherwise they are put aside.

    Raises
    ------
    WriteError
        If nothing can be written there, or another run is writing it.
    SettingsError
        If the rows that an earlier run left were made with other options.
    """

    def __init__(
        self, table: Path, columns: Sequence[Column], options: Mapping[str, Any], *, is_resumed: bool = False
    ) -> None:
        self.path = table.with_name(table.name + SUFFIX)
        self.failure: WriteError | None = None
        self.put_aside: Path | None = None
        self._columns = columns
        self._table = table
        self._secret = ""
        self._unwritten: list[bytes] = []
        try:
            self._stream: BinaryIO = self._open()
        except OSError as error:
            raise self._write_error(error) from error
        try:
            self._begin(_plain(options), is_resumed)
        except BaseException:
            self._stream.close()
            raise

    @property
    def n_finished(self) -> int:
        """How many rows there are."""
        return sum(1 for _ in self.records())

    def append(self, record: Record) -> None:
        """Write a row to the disk; where that fails keep it, say so in ``failure``, and try again later."""
        line = _line({field.name: getattr(record, field.name) for field in _FIELDS})
        self._unwritten.append(_sealed(line, self._secret))
        self._flush()

    def records(self) -> Iterator[Record]:
        """Return every finished row in the order in which they were made, also what is not on the disk."""
        yield from self._stored()
        for line in self._unwritten:
            found = self._parsed(line)
            if found is not None:
                yield found

    def close(self, *, is_done: bool) -> None:
        """Close the file; where the table is written and whole, remove it."""
        self._flush()
        self._stream.close()
        if is_done:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                raise self._in_the_way("it is not an ordinary file")
            stream = os.fdopen(handle, "r+b", buffering=0)
            if not take_file(stream):
                stream.close()
                raise WriteError(
                    f"{self._table.name} is being made by another run.",
                    "Wait for it, or choose another name.",
                )
            # The run that had it before may have put it aside or ended meanwhile.
            if self.path.exists() and os.path.samestat(os.fstat(handle), self.path.stat()):
                return stream
            stream.close()

    def _begin(self, options: Mapping[str, Any], is_resumed: bool) -> None:
        head = {"format": FORMAT, "options": options, "hash": _hash(options)}
        self._secret = str(head["hash"])
        self._cut_unfinished_line()
        stored = self._first_line()
        if stored is not None and is_resumed:
            self._check_options(stored, head)
            return
        if stored is not None and any(True for _ in self._stored()):
            self._put_aside()
        self._stream.truncate(0)
        self._write(_line(head))
        if self.failure is not None:
            self._stream.close()
            with contextlib.suppress(OSError):
                self.path.unlink()
            raise self.failure

    def _put_aside(self) -> None:
        numbers = (number for number in range(1, 10_000))
        names = (self.path.with_name(f"{self.path.name}.{number}") for number in numbers)
        self.put_aside = next(name for name in names if not name.exists())
        try:
            os.rename(self.path, self.put_aside)
            self._stream.close()
            self._stream = self._open()
        except OSError as error:
            raise self._write_error(error) from error

    def _cut_unfinished_line(self) -> None:
        """Take away what a kill left of the last line."""
        size = os.fstat(self._stream.fileno()).st_size
        if size > MOST_BYTES:
            raise self._in_the_way(f"it has {size:,} bytes")
        end = size
        while end > 0:  # the last line end, from behind
            start = max(end - _PIECE, 0)
            self._stream.seek(start)
            found = self._stream.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end != size:
            self._stream.truncate(end)

    def _first_line(self) -> Mapping[str, Any] | None:
        """Return what an earlier run wrote first; None where there was none."""
        self._stream.seek(0)
        if os.fstat(self._stream.fileno()).st_size == 0:
            return None
        try:
            head = json.loads(self._stream.readline(MOST_LINE))
        except (ValueError, RecursionError):
            head = None
        if not isinstance(head, dict) or head.get("format") != FORMAT or "hash" not in head:
            raise self._in_the_way(f"it does not hold rows of {self._table.name}")
        return head

    def _in_the_way(self, reason: str) -> ReadError:
        return ReadError(
            f"{self.path.name} is in the way: {reason}.",
            "Move it elsewhere, or choose another name for the table.",
        )

    def _check_options(self, stored: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        if stored["hash"] == now["hash"]:
            return
        before = stored.get("options")
        before = before if isinstance(before, dict) else {}
        names = sorted({*before, *now["options"]})
        other = [name for name in names if before.get(name) != now["options"].get(name)]
        raise SettingsError(
            f"The rows in {self.path.name} were made with other options ({', '.join(other) or 'unknown'}).",
            "Give the same ones as then; or leave out --resume, which begins anew and puts them aside.",
        )

    def _stored(self) -> Iterator[Record]:
        self._stream.seek(0)
        with open(os.dup(self._stream.fileno()), "rb") as reader:
            for number, line in enumerate(_lines(reader)):
                found = self._parsed(line) if number else None
                if found is not None:
                    yield found

    def _parsed(self, line: bytes) -> Record | None:
        """Return the record of a line; None where it is damaged: the row is then made again."""
        try:
            stored = json.loads(_unsealed(line, self._secret))
            files, again = stored["key"]
            key = (tuple((str(name), int(size), int(time)) for name, size, time in files), int(again))
            number, n_rows = int(stored["number"]), int(stored["n_rows"])
            if not 0 <= number < n_rows:
                return None
            more, row = dict(stored["more"]), stored_row(self._columns, stored["row"])
            return Record(key, number, n_rows, row, more, bool(stored["is_failure"]))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None

    def _flush(self) -> None:
        while self._unwritten:
            self._write(self._unwritten[0])
            if self.failure is not None:
                return
            del self._unwritten[0]

    def _write(self, line: bytes) -> None:
        """Append a line and see it to the disk: all of it or nothing."""
        end = 0
        try:
            end = self._stream.seek(0, os.SEEK_END)
            rest = memoryview(line)
            while rest:
                rest = rest[self._stream.write(rest) or 0 :]
            os.fsync(self._stream.fileno())
            self.failure = None
        except OSError as error:
            self.failure = self._write_error(error)
            with contextlib.suppress(OSError):
                self._stream.truncate(end)

    def _write_error(self, error: OSError) -> WriteError:
        reason = error.strerror or str(error)
        where = f"{self._table.name} could not be written in {self._table.absolute().parent}"
        return WriteError(f"{where}: {reason}.", "Choose another folder or name, or make room.")


def _line(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(_plain(values)) + "\n").encode("ascii")


def _lines(reader: BinaryIO) -> Iterator[bytes]:
    """Return the lines of a file; of one that is longer than any row the beginning."""
    while line := reader.readline(MOST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := reader.readline(MOST_LINE)):
            pass
        yield line


def _sealed(line: bytes, secret: str) -> bytes:
    """Return a line with the sum of what it says and of the run's options in the last place."""
    content = line[: line.rindex(b"}")]
    return content + _SEAL + _seal(content, secret) + b'"}\n'


def _unsealed(line: bytes, secret: str) -> bytes:
    """Return a line; raises ValueError where it does not say what it was written with."""
    content, found, seal = line.rpartition(_SEAL)
    if not found or seal.rstrip() != _seal(content, secret) + b'"}':
        raise ValueError("damaged")
    return line


def _seal(content: bytes, secret: str) -> bytes:
    return hashlib.sha256(secret.encode() + content).hexdigest()[:16].encode()


def _plain(value: Any) -> Any:
    """Return a value in JSON's types; what is none of them as its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _hash(options: Any) -> str:
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()
