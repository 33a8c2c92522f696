"""Names and units of columns as texts give them: a line of names, a row of units, numbered comments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spectragui.io.reading.column_names import Column, column_roles
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.name_parts import bare_name, quantity_of, unit_in_name
from spectragui.io.reading.text_lines import is_number, split_row
from spectragui.io.reading.wavelength_units import parse_unit

#: Name and unit of a column.
Named = tuple[str, str]

_TYPES = re.compile(
    r"(double|float|real|int(eger)?|long|short|char|str(ing)?|bool(ean)?|[fdie]\d*|f8|f4|i4)\d*$", re.I
)
_PREFIX = re.compile(
    r"^(columns?|cols?|spalten?|colonnes?|fields?|format|names?|header)( names?)?\s*[:=]\s*", re.I
)
_NUMBERED = re.compile(
    r"^(?:col(?:umn)?\.?|spalte|colonne|field)?\s*#?(\d{1,2})\s*[:=.)-]*\s+(?=\D)(.+)$", re.I
)
_MANY_WORDS = re.compile(
    r"longueurs? d'onde|longitud de onda|lunghezza d'onda|nombre d'onde|wave (?:length|number)|photon energy|"
    r"(?:vacuum|air) wavelength|flux (?:density|error|uncertainty|err)|signal to noise|bad pixels?|"
    r"(?:error|uncertainty) (?:in|of|on) (?:the )?flux|rel(?:ative|\.)? (?:flux|intensity)|spectral order|"
    r"(?:normali[sz]ed|normed|calibrated|continuum) (?:flux|intensity)",
    re.I,
)
_PIECES = re.compile(
    r"(?:log_?10|log|lg|ln|log_?e|dex)[(\[][^()\[\]]*(?:\([^()]*\)[^()\[\]]*)?[)\]]|"
    r"[(\[{][^()\[\]{}]*(?:\([^()]*\)[^()\[\]{}]*)?[)\]}]|[^\s,;|(\[{]+",
    re.I,
)
_FLUX_UNIT = re.compile(
    r"(erg|jy|w[ /*]|photon|count|adu|electron|/s\b|s-1|s\^-1|cm-2|cm\^-2|/cm2|10\^|1e-|10-)", re.I
)


def names_in_head(head: Sequence[str], separator: str | None, n_columns: int) -> tuple[Named, ...]:
    """Return names and units in the lines, not marked as comments, that stand before the numbers.

    Parameters
    ----------
    head : sequence of str
    separator : str or None
    n_columns : int

    Returns
    -------
    tuple of (name, unit), n_columns long, or empty
    """
    units: list[str] = []
    for line in reversed(head[-6:]):
        words = _words(line, separator, n_columns)
        if words is None:
            continue
        if not units and _are_units([name for name, _ in words]) and line is not head[0]:
            units = [name for name, _ in words]
        elif not all(_TYPES.match(name) for name, _ in words):
            return _with_units(words, units)
    return ()


def names_in_comments(comments: Sequence[str], separator: str | None, n_columns: int) -> tuple[Named, ...]:
    """Return names and units in comments without their mark, for all columns or the first of them.

    A comment is a line of names only if it can be one: its words are names or units, at least the
    wavelength's and another column's, and it has no more of them than there are columns.
    """
    numbered = _numbered(comments, n_columns)
    if numbered:
        return numbered
    units: list[str] = []
    best: tuple[Named, ...] = ()
    for comment in reversed(comments):
        text = _PREFIX.sub("", comment.strip())
        words = _words(text, separator, n_columns) or _words(text, None, n_columns)
        if words is not None and not units and _are_units([name for name, _ in words]):
            units = [name for name, _ in words]
        elif words is not None and _can_be_names(words):
            return _with_units(words, units)
        elif not best:
            fewer = _grouped(text)
            if 2 <= len(fewer) < n_columns and _can_be_names(fewer, all_known=True):
                best = tuple(fewer)
    return best


def _words(line: str, separator: str | None, n_columns: int) -> list[Named] | None:
    """Return the entries of a line as names with units if it has one for each column, else None."""
    text = line.strip().lstrip("|").rstrip("|").strip() if "|" in line else line.strip()
    for split in dict.fromkeys(
        (separator, "|" if "|" in text else separator, "," if "," in text else separator)
    ):
        words = split_row(text, split)
        if split is not None and len(words) == n_columns and not any(is_number(word) for word in words):
            return [_named(word) for word in words]
    grouped = _grouped(text)
    if len(grouped) == n_columns and not any(is_number(name) for name, _ in grouped):
        return grouped
    plain = text.split()
    is_plain = not any(is_number(word) or word[0] in "([{/" or _is_unit_word(word) for word in plain)
    return [_named(word) for word in plain] if len(plain) == n_columns and is_plain else None


def _grouped(text: str) -> list[Named]:
    """Return the names of a line of words, each with the unit that stands behind it.

    "Wavelength (A)  Flux [erg/s]" and "lambda nm flux" are two names each.
    """
    text = _MANY_WORDS.sub(lambda match: match[0].replace(" ", "\0"), text)
    pieces = _PIECES.findall(text)
    found: list[Named] = []
    for piece in pieces:
        word = piece.replace("\0", " ").strip()
        inner = word.strip("()[]{} ")
        is_bracket = word[:1] in "([{"
        if found and (is_bracket or word in ("/", "in")):
            if is_bracket and not found[-1][1]:
                found[-1] = (found[-1][0], inner)
        elif found and not found[-1][1] and _is_unit_word(inner):
            found[-1] = (found[-1][0], inner.lstrip("/"))
        elif inner not in ("", "/", "-", "=", ":"):
            found.append(_named(word.strip(",;:")))
    return found


def _named(word: str) -> Named:
    return word, unit_in_name(word)


def _is_unit_word(word: str) -> bool:
    """Return whether a word of its own is a unit rather than a name ("A" may be one, "m" and "s" not)."""
    word = word.strip("/")
    if len(word) < 2:
        return word in ("A", "Å")
    return bool(parse_unit(word)) or (bool(_FLUX_UNIT.search(word)) and bool(flux_unit_text(word)))


def _are_units(words: Sequence[str]) -> bool:
    """Return whether entries are a row of units: one of a wavelength, the others of flux or nothing."""
    said = [_without_brackets(word) for word in words if word.strip("()[]- ")]
    if not said:
        return False
    known = [bool(parse_unit(word)) or bool(flux_unit_text(word)) or _is_no_unit(word) for word in said]
    return all(known) and any(parse_unit(word) for word in said)


def _without_brackets(word: str) -> str:
    """Return a unit without the brackets around the whole of it: "(nm)", but not "log10(nm)"."""
    text = word.strip()
    return text[1:-1].strip() if text[:1] in "([" and text[-1:] in ")]" else text


def _is_no_unit(word: str) -> bool:
    return (
        re.fullmatch(
            r"(none|-+|dimensionless|arb(itrary)?\.?( units?)?|normali[sz]ed|adu|counts?|1|rel\.?)",
            word,
            re.I,
        )
        is not None
    )


def _with_units(words: Sequence[Named], units: Sequence[str]) -> tuple[Named, ...]:
    if not units:
        return tuple(words)
    pairs = zip(words, units, strict=True)
    return tuple((name, _without_brackets(unit) or own) for (name, own), unit in pairs)


def _can_be_names(words: Sequence[Named], all_known: bool = False) -> bool:
    """Return whether words are names: the wavelength's and another column's, or all that are asked for."""
    roles = column_roles([Column(name, unit) for name, unit in words])
    known = set(roles) | {i for i, (name, _) in enumerate(words) if quantity_of(bare_name(name))}
    has_wavelength = "wavelength" in roles.values() or any(quantity_of(bare_name(name)) for name, _ in words)
    if all_known:
        return has_wavelength and len(known) == len(words)
    return has_wavelength and len(known) >= 2


def _numbered(comments: Sequence[str], n_columns: int) -> tuple[Named, ...]:
    """Return what "1: wavelength [nm]", "col 2 flux" in comments call the columns, if they go from 1 on."""
    found: dict[int, Named] = {}
    for comment in comments:
        match = _NUMBERED.match(comment.strip())
        if match and 1 <= int(match[1]) <= n_columns:
            text = match[2].strip()
            bracket = re.search(r"[(\[]([^()\[\]]+)[)\]]", text)
            unit = bracket[1].strip() if bracket else unit_in_name(text)
            name = re.split(r"\s*[(\[;:]|\s-\s", text)[0].strip()
            found.setdefault(int(match[1]), (name, unit))
    if len(found) < 2 or sorted(found) != list(range(1, len(found) + 1)):
        return ()
    words = [found[number] for number in sorted(found)]
    return tuple(words) if _can_be_names(words) else ()
