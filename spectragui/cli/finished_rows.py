"""The rows of a run: in memory, or with a table to be written, on the disk as they come."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.cli.terminal import echo
from spectragui.core.errors import SettingsError, WriteError
from spectragui.core.wording import counted

if TYPE_CHECKING:
    from spectragui.io.tables.row_log import GroupKey, Record, RowLog
    from spectragui.io.tables.tables import TableKind


Files = tuple[Path, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """What came out of one spectrum.

    Attributes
    ----------
    row : mapping
        Of the table.
    more : mapping
        What else is printed of it, in JSON's types.
    shown : object
        What a table on the terminal is made of.
    is_failure : bool
        Whether it only says why there is no result.
    """

    row: Mapping[str, Any]
    more: Mapping[str, Any]
    shown: Any = None
    is_failure: bool = False


class FinishedRows:
    """Collects the outcomes of a run, and makes the table of them.

    Parameters
    ----------
    table : TableKind
    output : pathlib.Path or None
        Where the table is to be written; None = the outcomes are kept in memory.
    options : mapping
        All that decides what the rows say, but the files.
    is_resumed : bool
        Go on with what an earlier run left.

    Raises
    ------
    WriteError
        If the table could not be written: found out before the work.
    SettingsError
        If an earlier run had other options.
    """

    def __init__(
        self, table: TableKind, output: Path | None, options: Mapping[str, Any], *, is_resumed: bool = False
    ) -> None:
        self._table = table
        self._output = output
        self._log: RowLog | None = None
        self._kept: dict[tuple[int, int], Outcome] = {}
        self._keys: list[tuple[GroupKey, int]] = []
        self._done: set[tuple[int, int]] = set()
        self._counts: dict[int, int] = {}
        self._is_warned = False
        if output is None:
            if is_resumed:
                raise SettingsError("--resume goes on with a table.", "Name it: --resume -o TABLE.")
            return
        from spectragui.io.tables.row_log import RowLog
        from spectragui.io.tables.tables import check_table_path

        check_table_path(output)
        self._log = RowLog(output, table.columns, options, is_resumed=is_resumed)
        if self._log.put_aside is not None:
            say(
                f"An earlier run did not end; its rows were put aside as {self._log.put_aside.name}. "
                "With --resume it would have gone on."
            )

    def expect(self, groups: Sequence[Files]) -> None:
        """Say which files the rows will be of; find out which of them are done already."""
        if self._log is None:
            return
        from spectragui.io.tables.row_log import key_of_files

        seen: collections.Counter[GroupKey] = collections.Counter()
        for group in groups:
            key = key_of_files(group)
            self._keys.append((key, seen[key]))
            seen[key] += 1
        numbers = {key: number for number, key in enumerate(self._keys)}
        for record in self._log.records():
            number = numbers.get(record.key)
            if number is not None:
                self._note(number, record.number, record.n_rows, is_failure=record.is_failure)
        if self._done:
            say(f"{counted(len(self._done), 'row')} of the earlier run are taken over.")

    def is_done(self, group: int, index: int | None = None) -> bool:
        """Return whether a spectrum of a group, or all of it, was done by an earlier run."""
        if index is not None:
            return (group, index) in self._done
        wanted = self._counts.get(group)
        return wanted is not None and all((group, one) in self._done for one in range(wanted))

    def add(self, group: int, index: int, n_rows: int, outcome: Outcome) -> None:
        """Keep what came out of a spectrum."""
        if self._log is None:
            self._kept[group, index] = outcome
            return
        from spectragui.io.tables.row_log import Record

        self._log.append(
            Record(self._keys[group], index, n_rows, outcome.row, outcome.more, outcome.is_failure)
        )
        self._note(group, index, n_rows, is_failure=outcome.is_failure)
        if self._log.failure is not None and not self._is_warned:
            self._is_warned = True
            say(f"{self._log.failure.message} The rows are held in memory until there is room.")

    def outcomes(self) -> list[Outcome]:
        """Return what came out, in the order of the files."""
        if self._log is None:
            return [self._kept[place] for place in sorted(self._kept)]
        numbers = {key: number for number, key in enumerate(self._keys)}
        found: dict[tuple[int, int], Record] = {}
        for record in self._log.records():  # of a spectrum that was done twice the last one counts
            number = numbers.get(record.key)
            if number is not None and record.number < self._counts[number]:
                found[number, record.number] = record
        return [
            Outcome(one.row, one.more, None, one.is_failure) for _, one in sorted(found.items(), key=_place)
        ]

    def finish(self, outcomes: Sequence[Outcome], *, is_stopped: bool, as_json: bool) -> bool:
        """Write the table; where that fails, print the rows. Return whether all went well."""
        if self._log is None or self._output is None:
            return True
        is_written = not outcomes or self._write([one.row for one in outcomes], as_json=as_json)
        self._log.close(is_done=is_written and not is_stopped)
        if is_stopped:
            say(f"The rows that were finished are kept in {self._log.path.name}; --resume goes on with them.")
        return is_written

    def _write(self, rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> bool:
        from spectragui.io.tables.tables import csv_text, write_table

        assert self._output is not None
        try:
            write_table(rows, self._table, self._output)
        except WriteError as error:
            say(f"{error} The rows are on standard output instead.")
            if not as_json:
                echo(csv_text(rows, self._table.columns), nl=False)
            return False
        say(f"wrote {counted(len(rows), 'row')} to {self._output}", is_report=True)
        return True

    def _note(self, group: int, index: int, n_rows: int, *, is_failure: bool) -> None:
        self._counts[group] = n_rows
        if is_failure:
            self._done.discard((group, index))
        else:
            self._done.add((group, index))


def say(sentence: str, *, is_report: bool = False) -> None:
    """Print a sentence on standard error."""
    echo(sentence if is_report else f"spectragui: {sentence}", err=True)


def _place(item: tuple[tuple[int, int], Any]) -> tuple[int, int]:
    return item[0]
