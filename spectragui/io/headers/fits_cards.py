"""Parse the 80-character cards of a FITS header: quick, and a damaged card is left out.

astropy checks each card when its value is asked for, which takes longer than reading the spectrum
where a header has thousands (ESO), and stops at cards that break the standard.
"""

from __future__ import annotations

import re
from typing import Any

Card = tuple[str, Any, str]

_CARD_LENGTH = 80
_VALUE = re.compile(
    r"\s*(?:'(?P<text>(?:[^']|'')*)'|(?P<bool>[TF])(?![^\s/])|(?P<number>[-+]?[\d.][-+.\dEeDd]*)|(?P<none>(?=/|$)))"
    r"\s*(?:/(?P<comment>.*))?$"
)


def parse_cards(header: bytes) -> list[Card]:
    """Return (keyword, value, comment) of every card that can be read.

    Parameters
    ----------
    header : bytes
        Cards of 80 characters, up to END and beyond.

    Returns
    -------
    list of (str, value, str)
        Values are text, int, float, bool or None; long keywords come without "HIERARCH"; texts
        that go on in CONTINUE cards are joined.
    """
    text = header.decode("latin-1")
    cards: list[Card] = []
    for start in range(0, len(text) - _CARD_LENGTH + 1, _CARD_LENGTH):
        line = text[start : start + _CARD_LENGTH]
        keyword = line[:8].rstrip()
        if keyword == "END" and not line[8:].strip():
            break
        if keyword == "CONTINUE":
            _continue(cards, line[8:])
            continue
        card = _parse(keyword, line)
        if card is not None:
            cards.append(card)
    return cards


def _parse(keyword: str, line: str) -> Card | None:
    if keyword in ("COMMENT", "HISTORY"):
        return keyword, _printable(line[8:]).strip(), ""
    if keyword == "HIERARCH":
        name, equals, rest = line[8:].partition("=")
        keyword, rest = name.strip(), rest if equals else ""
    else:
        equals, rest = line[8:9], line[9:]
    if equals != "=" or not keyword or not keyword.isascii():
        return None
    found = _VALUE.match(rest.rstrip())
    if found is None:
        return None
    try:
        return keyword, _value(found), _printable(found["comment"] or "").strip()
    except ValueError:
        return None


def _value(found: re.Match[str]) -> Any:
    if found["text"] is not None:
        return _printable(found["text"].replace("''", "'")).rstrip()
    if found["bool"] is not None:
        return found["bool"] == "T"
    if found["number"] is None:
        return None
    number = found["number"].upper().replace("D", "E")
    return int(number) if re.fullmatch(r"[-+]?\d+", number) else float(number)


def _continue(cards: list[Card], rest: str) -> None:
    """Append the text of a CONTINUE card to the card before, if that one's text ends in "&"."""
    found = _VALUE.match(rest.rstrip())
    if not cards or found is None or found["text"] is None:
        return
    keyword, value, comment = cards[-1]
    if isinstance(value, str) and value.endswith("&"):
        more = _printable(found["comment"] or "").strip()
        cards[-1] = (keyword, value[:-1] + str(_value(found)), f"{comment} {more}".strip())


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character for character in text if character.isprintable())
