"""`HistoryFollower`: the validations of a training as they are written; what was read is not read again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: Where the kinds of models write how their losses fall; the first that is there counts.
_HISTORIES = (
    "checkpoints/member0.jsonl", "checkpoints/mean.jsonl", "checkpoints/cvae.jsonl", "history.csv",
)  # fmt: skip


class HistoryFollower:
    """Rows of the history file of a model folder.

    Parameters
    ----------
    folder : pathlib.Path
    at_once : int
        Bytes that are read at a time, so that a long history does not hold up the window; 0 = all.
    """

    def __init__(self, folder: Path, at_once: int = 0) -> None:
        self._folder, self._at_once = folder, at_once or -1
        self._file: tuple[str, int] = ("", 0)
        self._read = 0  # bytes, to the end of a line
        self._rows: list[dict[str, Any]] = []

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a validation: step, losses, learning rate, errors of the labels.

        The list is another one only where there is something new.
        """
        for name in _HISTORIES:
            try:
                with (self._folder / name).open("rb") as stream:
                    about = os.fstat(stream.fileno())
                    if (name, about.st_ino) != self._file or about.st_size < self._read:  # begun anew
                        self._file, self._read, self._rows = (name, about.st_ino), 0, []
                    stream.seek(self._read)
                    text = stream.read(self._at_once)
            except OSError:
                continue
            self._take(text)
            return self._rows
        if self._rows:
            self._file, self._read, self._rows = ("", 0), 0, []
        return self._rows

    def _take(self, text: bytes) -> None:
        whole = text[: text.rfind(b"\n") + 1]  # the last line may still be written
        self._read += len(whole)
        new = [row for line in whole.splitlines() if (row := _row(line)) is not None]
        if new:
            self._rows = [*self._rows, *new]


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "step" in row else None
