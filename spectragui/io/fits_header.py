"""`Header`: the cards of a FITS header, read so that a damaged card never stops a load."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

Card = tuple[str, Any, str]


class Header:
    """Read-only cards of one or more FITS headers; the first that has a keyword counts.

    Parameters
    ----------
    cards : list of (keyword, value, comment)
        Long keywords without "HIERARCH".
    """

    def __init__(self, cards: list[Card]) -> None:
        self.cards = cards
        self._values: dict[str, Any] = {}
        for keyword, value, _ in cards:
            self._values.setdefault(keyword.upper(), value)

    @classmethod
    def from_fits(cls, *headers: Any) -> Header:
        """Collect the cards of astropy headers, leaving out what cannot be parsed."""
        cards: list[Card] = []
        for header in headers:
            cards.extend(_readable_cards(header))
        return cls(cards)

    def __contains__(self, keyword: str) -> bool:
        return keyword.upper() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, keyword: str, default: Any = None) -> Any:
        """Return the value of a keyword, or ``default``."""
        return self._values.get(keyword.upper(), default)

    def text(self, *keywords: str) -> str:
        """Return the first of the keywords that holds text, stripped; else an empty string."""
        for keyword in keywords:
            value = self.get(keyword)
            if isinstance(value, str) and value.strip(" '"):
                return value.strip(" '")
        return ""

    def number(self, *keywords: str) -> float:
        """Return the first of the keywords that holds a finite number (or one as text); else NaN."""
        for keyword in keywords:
            value = self.get(keyword)
            if isinstance(value, bool) or value is None:
                continue
            try:
                number = float(value)
            except (TypeError, ValueError):
                continue
            if math.isfinite(number):
                return number
        return math.nan

    def matching(self, pattern: str) -> list[str]:
        """Return the keywords that match a regular expression, in the header's order."""
        expression = re.compile(pattern)
        return [keyword for keyword in self._values if expression.match(keyword)]

    def quote(self, keyword: str) -> str:
        """Return "KEYWORD = value" for the passport."""
        value = self.get(keyword)
        return f"{keyword} = {value.strip()!r}" if isinstance(value, str) else f"{keyword} = {value}"


def _readable_cards(header: Any) -> list[Card]:
    from astropy.io.fits import VerifyError

    cards: list[Card] = []
    for card in header.cards:
        try:
            keyword, value, comment = card.keyword, card.value, card.comment
        except (VerifyError, ValueError, UnicodeDecodeError):
            continue
        if keyword and keyword not in ("END",):
            cards.append((keyword, _plain(value), str(comment)))
    return cards


def _plain(value: Any) -> Any:
    """Return a card's value as a plain Python object (undefined values as None)."""
    return value if isinstance(value, (bool, int, float, str)) else (None if value is None else str(value))
