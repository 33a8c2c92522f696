"""Which files an import rule is for: header keywords, column names, suffix."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from spectragui.core.errors import SettingsError
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.source import Source
from spectragui.io.reading.text_cards import comment_header
from spectragui.io.reading.text_table import TextHead, read_text_head

#: Keywords that tell an instrument, the best first.
INSTRUMENT_KEYWORDS = ("INSTRUME", "INSTRUMENT", "TELESCOP", "ORIGIN", "DETECTOR", "CREATOR", "PROGRAM")

_OF_INSTRUMENT = INSTRUMENT_KEYWORDS[:3]  # the others may name the software that wrote a file
_NOTHING = ("", "nn", "none", "unknown", "n/a", "null", "-", "undefined")


@dataclasses.dataclass(frozen=True)
class RuleMatch:
    """What files must have; all that is given must hold.

    Attributes
    ----------
    keywords : tuple of (str, str)
        Header keywords and their values, without regard to case and blanks at the ends.
    columns : tuple of str
        Names of all columns of a text table, in their order.
    n_columns : int
        Number of columns of a text table without names; 0 = any.
    suffix : str
        End of the file's name, as ".dat".
    """

    keywords: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    n_columns: int = 0
    suffix: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked, so that the rule would be for every file."""
        return not (self.keywords or self.columns or self.n_columns)

    @property
    def is_of_instrument(self) -> bool:
        """Whether a keyword names the instrument or the telescope, so that no other files are meant."""
        return any(key in _OF_INSTRUMENT for key, _ in self.keywords)

    def to_dict(self) -> dict[str, Any]:
        """Return what is asked as TOML writes it."""
        values: dict[str, Any] = {"header": dict(self.keywords), "columns": list(self.columns)}
        values |= {"n_columns": self.n_columns, "suffix": self.suffix}
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> RuleMatch:
        """Return what a stored table asks.

        Raises
        ------
        SettingsError
            If an entry is not known or not of its kind.
        """
        unknown = set(stored) - {"header", "columns", "n_columns", "suffix"}
        header, columns = stored.get("header", {}), stored.get("columns", [])
        n_columns = stored.get("n_columns", 0)
        if unknown or not isinstance(header, Mapping) or not isinstance(columns, (list, tuple)):
            raise SettingsError(f"the table match is not understood ({dict(stored)}).")
        if not isinstance(n_columns, int):
            raise SettingsError(f"n_columns = {n_columns!r} is no number.")
        keywords = tuple((str(key), str(value)) for key, value in header.items())
        names = tuple(str(name) for name in columns)
        return cls(keywords, names, n_columns, str(stored.get("suffix", "")))


def fits_source(match: RuleMatch, source: Source) -> bool:
    """Return whether a file is one of those that a rule is for.

    Raises
    ------
    ReadError
        If the file is damaged.
    """
    if match.is_empty or not source.name.lower().endswith(match.suffix.lower()):
        return False
    if source.kind == "fits":
        is_text_only = bool(match.columns or match.n_columns)
        return not is_text_only and _has_keywords(match, source.headers[0])
    if source.kind != "text":
        return False
    head = read_text_head(source)
    if match.columns and tuple(map(_plain, head.names)) != tuple(map(_plain, match.columns)):
        return False
    if match.n_columns and (head.names or head.n_columns != match.n_columns):
        return False
    return _has_keywords(match, comment_header(head.comments))


def suggest_matches(source: Source) -> list[RuleMatch]:
    """Return what could tell files of the same kind as this one, the most telling first.

    Raises
    ------
    ReadError
        If the file is damaged.
    """
    if source.kind == "fits":
        told = _told(source.headers[0])
        single = [RuleMatch(((key, value),)) for key, value in told]
        together = [RuleMatch(tuple(told[:2]))] if len(told) > 1 else []
        return [*single[:1], *together, *single[1:]]
    if source.kind != "text":
        return []
    return _suggest_for_text(read_text_head(source), source.path.suffix)


def match_words(match: RuleMatch) -> str:
    """Return in words which files are meant: "INSTRUME = MYSPEC"."""
    parts = [f"{key} = {value}" for key, value in match.keywords]
    if match.columns:
        shown = ", ".join(match.columns[:5]) + (", …" if len(match.columns) > 5 else "")
        parts.append(f"columns {shown}")
    if match.n_columns:
        parts.append(f"{match.n_columns} columns without names")
    if match.suffix:
        parts.append(f"*{match.suffix}")
    return ", ".join(parts)


def _suggest_for_text(head: TextHead, suffix: str) -> list[RuleMatch]:
    matches = [RuleMatch((pair,)) for pair in _told(comment_header(head.comments))[:1]]
    if head.names:
        matches.append(RuleMatch(columns=head.names, suffix=suffix))
        matches.append(RuleMatch(columns=head.names))
    elif head.n_columns:
        matches.append(RuleMatch(n_columns=head.n_columns, suffix=suffix))
    return matches


def _told(header: Header) -> list[tuple[str, str]]:
    told = [(key, header.text(key)) for key in INSTRUMENT_KEYWORDS]
    return [(key, value) for key, value in told if value.casefold() not in _NOTHING]


def _has_keywords(match: RuleMatch, header: Header) -> bool:
    return all(_plain(str(header.get(key, ""))) == _plain(value) for key, value in match.keywords)


def _plain(text: str) -> str:
    return text.strip(" '").casefold()
