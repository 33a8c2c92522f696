"""`KeptBytes` holds its bound, `forget_kept` empties it and the caches that are marked."""

from __future__ import annotations

import functools

from spectragui.core.kept_bytes import KeptBytes, forget_kept, forgettable


def test_those_used_last_are_kept_as_long_as_they_fit():
    kept = KeptBytes[bytes](100, len)
    first = kept.get("a", lambda: bytes(40))
    kept.get("b", lambda: bytes(40))
    assert kept.get("a", lambda: b"another") is first
    kept.get("c", lambda: bytes(60))
    assert kept.get("a", lambda: b"another") is first  # b, used longest ago, gave way
    assert kept.n_bytes == 100
    kept.get("d", lambda: bytes(500))
    assert len(kept) == 1  # the newest is kept however large: it is asked for again at once
    assert kept.n_bytes == 500


def test_what_grew_since_counts_as_it_is_now():
    kept = KeptBytes[list](5, len)
    value = kept.get("a", lambda: [1, 2])
    kept.get("b", lambda: [1, 2])
    value.extend((3, 4))
    kept.get("a", list)
    assert len(kept) == 1
    assert kept.n_bytes == 4


def test_all_is_forgotten_when_nobody_looks_at_anything():
    kept = KeptBytes[bytes](100, len)
    kept.get("a", lambda: bytes(40))

    @forgettable
    @functools.lru_cache(maxsize=4)
    def cached(number: int) -> int:
        return number

    cached(1)
    forget_kept()
    assert (len(kept), kept.n_bytes, cached.cache_info().currsize) == (0, 0, 0)
