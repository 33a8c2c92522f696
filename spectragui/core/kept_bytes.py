"""What is dear to make and large is kept up to so many bytes, and forgotten when nobody looks at anything."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar

Kept = TypeVar("Kept")


class KeptBytes(Generic[Kept]):
    """The values used last, as many as fit; the newest always does.

    Parameters
    ----------
    most_bytes : int
        Of all values together.
    size_of : callable
        Returns the bytes of a value.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[Kept], int]) -> None:
        self.most_bytes = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[Hashable, Kept] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._n_bytes = 0
        self._changing = threading.Lock()
        _all_kept.add(self)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def n_bytes(self) -> int:
        """Bytes of all values, as large as they were when they were last asked for."""
        return self._n_bytes

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return the value of a key, made by ``make()`` where it is not kept."""
        with self._changing:
            value = self._values.get(key)
        if value is None:
            value = make()  # not under the lock: it may take seconds, and two may be made at once
        with self._changing:
            value = self._values.setdefault(key, value)
            self._values.move_to_end(key)
            size = self._size_of(value)  # it may have grown since
            self._n_bytes += size - self._sizes.get(key, 0)
            self._sizes[key] = size
            while len(self._values) > 1 and self._n_bytes > self.most_bytes:
                oldest, _ = self._values.popitem(last=False)
                self._n_bytes -= self._sizes.pop(oldest)
        return value

    def clear(self) -> None:
        """Keep nothing."""
        with self._changing:
            self._values.clear()
            self._sizes.clear()
            self._n_bytes = 0


class _HasCache(Protocol):
    def cache_clear(self) -> None: ...


Cached = TypeVar("Cached", bound=_HasCache)
_all_kept: weakref.WeakSet[KeptBytes[Any]] = weakref.WeakSet()
_all_cached: list[_HasCache] = []


def forgettable(cached: Cached) -> Cached:
    """Let `forget_kept` clear the cache of a function too; stands above its `functools.lru_cache`."""
    _all_cached.append(cached)
    return cached


def forget_kept() -> None:
    """Drop all that is kept so: it is made again where it is asked for."""
    for kept in list(_all_kept):
        kept.clear()
    for cached in _all_cached:
        cached.cache_clear()
