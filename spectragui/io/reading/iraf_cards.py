"""IRAF's WAT cards: long texts of attributes, cut into cards of 68 characters."""

from __future__ import annotations

import re

from spectragui.io.headers.fits_header import Header


def wat_text(header: Header, axis: int) -> str:
    """Return IRAF's WAT cards of an axis joined, each padded to its 68 characters."""
    cards = sorted(header.matching(rf"WAT{axis}_\d\d\d$"))
    return "".join(str(header.get(card) or "").ljust(68) for card in cards)


def wat_units(header: Header, axis: int = 1) -> str:
    """Return what the WAT cards of an axis call its units ("angstroms", "log microns"); empty without."""
    found = re.search(
        r"\bunits\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(.*?)(?=\s+\w+\s*=|\s*$))", wat_text(header, axis)
    )
    return "" if found is None else next((text for text in found.groups() if text), "").strip()
