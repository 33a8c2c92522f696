"""`Header`: the cards of a FITS header, read so that a damaged card never stops a load."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from spectragui.core.wording import plain_text
from spectragui.io.headers.fits_cards import Card, parse_cards


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
            self._values.setdefault(keyword.upper(), plain_text(value) if isinstance(value, str) else value)

    @classmethod
    def from_bytes(cls, *headers: bytes) -> Header:
        """Collect the cards of headers as they stand in the file, leaving out what cannot be parsed."""
        return cls([card for header in headers for card in parse_cards(header)])

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
