"""How large what a file holds may be: so that no small file fills the memory."""

from __future__ import annotations

import dataclasses

#: Values of one array, unless `ReadOptions.max_values` says more.
MOST_VALUES = 20_000_000
HINT = "If the file is sound, raise the limit with --max-values."


class TooLargeError(ValueError):
    """A file holds more than is read; the message is half a sentence."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What is read of a file; all limits follow from the first.

    Attributes
    ----------
    array_values : int
        Values of one array or table column.
    """

    array_values: int = MOST_VALUES

    @property
    def file_values(self) -> int:
        """Values of all arrays of a file."""
        return 5 * self.array_values

    @property
    def table_bytes(self) -> int:
        """Bytes of one extension's data."""
        return 16 * self.array_values

    @property
    def file_bytes(self) -> int:
        """Bytes of a file, unpacked: double precision."""
        return 8 * self.file_values

    @property
    def text_bytes(self) -> int:
        """Bytes of a text, unpacked."""
        return 12 * self.array_values

    @property
    def text_lines(self) -> int:
        """Lines of a text."""
        return self.array_values // 4

    @property
    def line_bytes(self) -> int:
        """Bytes of one line of a table in text."""
        return self.array_values // 5

    def check_array(self, n_values: int, what: str) -> None:
        """Raise `TooLargeError` where an array is larger than it may be."""
        if n_values > self.array_values:
            raise TooLargeError(
                f"{what} has {n_values:,} values, more than the {self.array_values:,} that are read"
            )

    def check_file(self, n_values: int) -> None:
        """Raise `TooLargeError` where all arrays together are larger than they may be."""
        if n_values > self.file_values:
            raise TooLargeError(
                f"it has {n_values:,} values, more than the {self.file_values:,} that are read"
            )
