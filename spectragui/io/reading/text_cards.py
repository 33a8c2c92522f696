"""Comments of text files as a header: "KEY = value", "KEY: value", FITS cards as they were printed."""

from __future__ import annotations

import re

from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import instrument_named_in

_CARD = re.compile(
    r"([A-Z][A-Z0-9_-]{0,7}|HIERARCH [A-Z0-9 _-]+?)\s*=\s*"
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<bool>[TF])(?![\w])|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?))"
    r"\s*(?:/\s*(?P<comment>.*))?$"
)
_PRINTED = re.compile(r"([A-Z][A-Z0-9_-]{0,7}|HIERARCH .+?) *= |(COMMENT|HISTORY)\b|END\s*$|CONTINUE ")


def is_printed_card(line: str) -> bool:
    """Return whether a line without a comment's mark is a FITS card as it was printed."""
    return _PRINTED.match(line.strip()) is not None


def comment_header(comments: tuple[str, ...]) -> Header:
    """Return "KEY = value" and "KEY: value" in comment lines as a header, the rest as comments."""
    cards: list[tuple[str, object, str]] = []
    for line in comments:
        card = _CARD.match(line.strip())
        if card is not None:
            cards.append((card[1].removeprefix("HIERARCH ").strip(), _value(card), card["comment"] or ""))
            continue
        free = re.match(r"(HISTORY|COMMENT)\s+(.*)$", line.strip())
        if free is not None:
            cards.append((free[1], free[2].strip(), ""))
            continue
        found = re.match(r"[-\s]*([A-Za-z][\w ./-]{0,40}?)\s*[=:]\s*(.+)$", line)
        cards.append(
            (found.group(1).strip().upper(), found.group(2).strip(), "") if found else ("COMMENT", line, "")
        )
    known = instrument_named_in("\n".join(str(value) for _, value, _ in cards))
    if known and not any(keyword in ("INSTRUME", "INSTRUMENT") for keyword, *_ in cards):
        cards.append(("INSTRUME", known, "named in a comment"))
    return Header(cards)


def _value(card: re.Match[str]) -> object:
    if card["text"] is not None:
        return card["text"].replace("''", "'").rstrip()
    if card["bool"] is not None:
        return card["bool"] == "T"
    number = card["number"].upper().replace("D", "E")
    return int(number) if re.fullmatch(r"[-+]?\d+", number) else float(number)
