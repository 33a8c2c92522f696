"""Units of wavelength in running text: comments, HISTORY cards, in English, German and French."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spectragui.io.reading.wavelength_units import base_of, parse_unit

_QUANTITY = (
    r"(?:wave ?lengths?|wavelen|waves?|wellenl(?:ä|ae|a)ngen?|longueurs? d[' ’]?ondes?|"
    r"longitud(?:es)? de onda|lunghezz[ae] d[' ’]?onda|lambda|λ|wave ?numbers?|wellenzahl(?:en)?|"
    r"nombres? d[' ’]?ondes?|frequenc(?:y|ies)|frequenz(?:en)?|fr[eé]quences?|energ(?:y|ies)|energien?|"
    r"[eé]nergies?|spectral (?:axis|coordinate)|x[- ]axis|"
    r"(?:column|spalte|colonne) ?1|(?:1st|first) column)"
)
_UNIT = (
    r"(?:log10|log|ln|dex) ?[(\[] ?(?:[\w .'’]{0,14}[/,:]? ?)?(?:angstroms?|å|aa|a|nm|um|µm|microns?) ?[)\]]|"
    r"(?:10(?:\*\*|\^)?\(?-10\)?|0\.1) ?n?m\b|angstr(?:o|ö|oe)m(?:s|en)?|ångstr(?:o|ö)m(?:s|en)?|å|"
    r"nano(?:meters?|metres?|metern?|mètres?|metres?)|nm|micro(?:ns?|meters?|metres?|mètres?)|mikrometern?|[uµμ]m|"
    r"(?:inverse|reciprocal) (?:centi|micro)?(?:meters?|metres?|cm)|1/ ?[cuµ]?m|"
    r"[cu]m ?(?:\^|\*\*)?\(?\{?[-−⁻][1¹]\}?\)?|"
    r"kaysers?|[kMGT]?Hz|[kmg]?ev|millimet(?:er|re)s?|met(?:er|re)s"
)
#: Also in brackets, behind a slash, or behind "in", where one letter is enough.
_SHORT = r"aa?|ang|m"
_NEAR = re.compile(
    rf"\b{_QUANTITY}\b(?P<gap>[^0-9;\n]{{0,40}}?)"
    rf"(?:(?<![\w/^-])(?P<unit>{_UNIT})(?![\w/^-])|[(\[] ?(?P<short>{_SHORT}) ?[)\]]|"
    rf"\bin (?P<word>{_SHORT})\b)",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:wave|lambda|x|spectral)?[ _-]?(?:units?|einheit(?:en)?|unit[ée]s?)\b"
    rf"[^0-9;\n]{{0,30}}?[:=]? *[(\[]?(?P<unit>{_UNIT}|{_SHORT})(?![\w/^-])",
    re.I,
)
_ALONE = re.compile(rf"(?<![\w/^*.-])(?P<unit>{_UNIT})(?![\w/^*-])(?!\s*[-^]\s*1)", re.I)
_RANGE = re.compile(
    rf"\d(?:\.\d*)?\s*(?:-|–|to|bis|à|\.\.+)\s*\d+(?:\.\d*)?\s*[(\[]?(?P<unit>{_UNIT}|aa?)(?![\w/^-])", re.I
)
_OF_FLUX = re.compile(
    r"(erg|watt|w/|w m|jy|jansky|photon|counts?|per\b|/ ?s\b|s\^?-1|flux|fluss|fwhm|resolution|aufl)", re.I
)
_LOGARITHM = re.compile(
    rf"\b(?P<base>log10|log|ln|natural log(?:arithm)?|logarithme?)\b[ (\[]*(?:of )?(?:the )?{_QUANTITY}", re.I
)


def units_in_text(lines: Iterable[str], *, is_strict: bool = False) -> tuple[str, ...]:
    """Return the units of wavelength that lines of text speak of, each once.

    Parameters
    ----------
    lines : iterable of str
    is_strict : bool
        Only where a word such as "wavelength" or "units" stands before the unit.

    Returns
    -------
    tuple of str
        As `spectragui.io.reading.wavelength_units.parse_unit` returns them; those that are said with the
        quantity, else those that are named as units, else those that stand alone.
    """
    texts = [" ".join(line.replace("_", " ").split()) for line in lines]
    for pattern in (_NEAR, _NAMED) if is_strict else (_NEAR, _NAMED, _RANGE, _ALONE):
        found = [unit for text in texts for unit in _units(pattern, text)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _units(pattern: re.Pattern[str], text: str) -> list[str]:
    found = []
    for match in pattern.finditer(text):
        groups = match.groupdict()
        word = groups.get("unit") or groups.get("short") or groups.get("word") or ""
        before = groups.get("gap") or text[max(0, match.start() - 24) : match.start()]
        if _OF_FLUX.search(before) or (pattern is _ALONE and re.search(r"\d\s*$", text[: match.start()])):
            continue
        unit = parse_unit(word)
        logarithm = _LOGARITHM.search(text[max(0, match.start() - 12) : match.end()])
        if unit and logarithm and "(" not in unit:
            unit = f"{base_of(logarithm['base'].split()[0])}({unit})"
        if unit:
            found.append(unit)
    return found
