"""Registry: name -> entry, one class for readers, stages, networks and panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from spectragui.core.errors import SpectraGUIError

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Keep named entries in order of priority.

    Parameters
    ----------
    kind : str
        What the entries are, singular, for error messages ("reader").

    Notes
    -----
    Lower ``priority`` comes first; entries of equal priority keep the order of registration.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, tuple[int, Entry]] = {}

    def register(self, name: str, priority: int = 100) -> Callable[[Entry], Entry]:
        """Return a decorator that stores its argument under ``name``.

        Raises
        ------
        ValueError
            If the name is taken.
        """

        def store(entry: Entry) -> Entry:
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._entries[name] = (priority, entry)
            return entry

        return store

    def get(self, name: str) -> Entry:
        """Return the entry called ``name``.

        Raises
        ------
        SpectraGUIError
            If there is none; the hint lists the names there are.
        """
        try:
            return self._entries[name][1]
        except KeyError:
            known = ", ".join(self.names())
            raise SpectraGUIError(f"There is no {self.kind} {name!r}.", f"Known: {known}.") from None

    def priority(self, name: str) -> int:
        """Return the priority under which ``name`` was registered."""
        self.get(name)
        return self._entries[name][0]

    def names(self) -> list[str]:
        """Return all names in order of priority."""
        return [name for name, _ in self.items()]

    def items(self) -> list[tuple[str, Entry]]:
        """Return (name, entry) pairs in order of priority."""
        ordered = sorted(self._entries.items(), key=lambda item: item[1][0])
        return [(name, entry) for name, (_, entry) in ordered]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._entries)
