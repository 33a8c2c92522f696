"""Import line lists: VALD extracts, NIST tables, and plain text of wavelengths with labels."""

from __future__ import annotations

import csv
import math
import os
import re
from pathlib import Path

import numpy as np

from spectragui.core.errors import ReadError
from spectragui.core.regular_file import read_ordinary
from spectragui.io.line_lists.draft import WHAT_IS_READ, LineListDraft, Said, make_draft
from spectragui.io.line_lists.line_lists import LineList
from spectragui.io.reading.wavelength_units import parse_unit

LARGEST_BYTES = 50_000_000
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_VALD_ROW = re.compile(r"^\s*'([A-Z][A-Za-z0-9]*)\s+(\d{1,3})'\s*,\s*(\d+\.?\d*|\.\d+)\s*,(.*)$", re.ASCII)
_VALD_HEAD = re.compile(r"W[LN](?:_(air|vac))?\s*\(([^)]+)\)")
_ATOM = re.compile(r"^[A-Z][a-z]?$")
_NUMBER = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?$", re.ASCII)


def survey_line_list(path: str | os.PathLike[str]) -> LineListDraft:
    """Find the lines of a file and what it says about their unit and medium.

    Raises
    ------
    ReadError
        If no line can be found in it.
    """
    file = Path(path)
    text = _text_of(file)
    rows = text.splitlines()
    if any(_VALD_ROW.match(row) for row in rows[:50]):
        return _survey_vald(file, rows)
    table = _nist_table(rows)
    return _survey_nist(file, *table) if table else _survey_text(file, rows)


def read_line_list(path: str | os.PathLike[str], unit: str = "", medium: str = "") -> LineList:
    """Read a line list (VALD short or long extract, NIST CSV, tab or ASCII, or text).

    Parameters
    ----------
    path : path-like
    unit, medium : str
        Told by the user; empty = found in the file.

    Raises
    ------
    ReadError
        If no line is found, or unit or medium is neither told nor found.
    """
    return survey_line_list(path).line_list(unit, medium)


def _text_of(file: Path) -> str:
    try:
        if file.is_file() and file.stat().st_size > LARGEST_BYTES:
            raise ReadError(f"{file.name} is too large for a line list.", "Cut it to the range you need.")
        content = read_ordinary(file, LARGEST_BYTES)
    except OSError as error:
        raise ReadError(f"{file.name} cannot be read: {error.strerror}.", "Check the path.") from error
    if b"\0" in content[:4096]:
        raise ReadError(f"{file.name} is not a text file, so no line list.", WHAT_IS_READ)
    return content.decode("utf-8-sig", errors="replace")


def _survey_vald(file: Path, rows: list[str]) -> LineListDraft:
    head = next((match for row in rows[:10] if (match := _VALD_HEAD.search(row))), None)
    header = next((row for row in rows[:10] if _VALD_HEAD.search(row)), "")
    found: list[tuple[float, float, str]] = []
    for row in rows:
        line = _VALD_ROW.match(row)
        value = float(line.group(3)) if line else 0.0
        if line and 0.0 < value < math.inf:
            name = _species(line.group(1), int(line.group(2)))
            found.append((_vald_strength(line.group(4), header), value, name))
    found.sort(key=lambda entry: -entry[0])
    unit = parse_unit(head.group(2)) if head else ""
    medium = {"air": "air", "vac": "vacuum"}.get(head.group(1) or "", "") if head else ""
    said = f"the header's {head.group(0)}" if head else ""
    values = tuple(value for _, value, _ in found)
    labels = tuple(name for *_, name in found)
    return make_draft(file, "VALD extract", values, labels, Said(unit, medium, said))


def _species(element: str, ion: int) -> str:
    if not _ATOM.match(element):  # a molecule
        return element
    return f"{element} {_ROMAN[ion]}" if 0 < ion < len(_ROMAN) else f"{element} {ion}"


def _fortran_number(text: str) -> float:
    """Return a number that `_NUMBER` matches; Fortran writes D for the exponent of double precision."""
    return float(text.lower().replace("d", "e"))


def _vald_strength(rest: str, header: str) -> float:
    """Return the depth of a VALD line, else log gf - excitation, by which lines are ranked."""
    numbers = []
    for word in rest.split(","):
        if not _NUMBER.match(word.strip()):
            break
        numbers.append(_fortran_number(word))
    if "depth" in header.lower() and len(numbers) > 3:
        return numbers[-1]
    has_vmic = "Vmic" in header
    if len(numbers) < (3 if has_vmic else 2):
        return 0.0
    loggf, excitation = (numbers[2], numbers[0]) if has_vmic else (numbers[0], numbers[1])
    return loggf - excitation


def _nist_table(rows: list[str]) -> tuple[list[str], list[list[str]]] | None:
    """Return names and rows of a NIST table, as CSV, tab-separated or ASCII; None where it is none."""
    first = next((row for row in rows if row.strip()), "")
    if "wl" in first and re.search(r"(obs|ritz)_wl", first):
        delimiter = "\t" if "\t" in first else ","
        table = list(csv.reader((row for row in rows if row.strip()), delimiter=delimiter))
        return [name.strip() for name in table[0]], table[1:]
    rules = [i for i, row in enumerate(rows[:60]) if re.match(r"^-{10,}", row.strip())]
    is_titled = len(rules) > 1 and any("|" in row for row in rows[rules[0] : rules[1]])
    if not is_titled or not re.search(r"Observed|Ritz|Wavelength", " ".join(rows[rules[0] : rules[1]])):
        return None
    heads = [row.split("|") for row in rows[rules[0] + 1 : rules[1]] if "|" in row]
    if not heads:  # the word stands in a rule itself
        return None
    n_columns = max(map(len, heads))
    names = [" ".join(head[i].strip() for head in heads if i < len(head)).strip() for i in range(n_columns)]
    return names, [row.split("|") for row in rows[rules[1] + 1 :] if row.count("|") >= n_columns - 2]


def _survey_nist(file: Path, names: list[str], rows: list[list[str]]) -> LineListDraft:
    lower = [name.lower() for name in names]

    def column(pattern: str) -> int:
        return next((i for i, name in enumerate(lower) if re.search(pattern, name)), -1)

    observed, ritz = column(r"^(obs_wl|observed)"), column(r"^(ritz_wl|ritz)")
    if observed < 0 and ritz < 0:
        raise ReadError(f"{file.name}: the NIST table has no column of wavelengths.", WHAT_IS_READ)
    strength, spectrum = column(r"^(intens|rel)"), column(r"^spectrum")
    element, ion = column(r"^element"), column(r"^sp_num")
    found: list[tuple[float, float, str]] = []
    for row in rows:
        cells = [_nist_cell(cell) for cell in row]
        value = next((v for i in (observed, ritz) if 0 <= i < len(cells) and (v := _leading(cells[i]))), 0.0)
        if not 0.0 < value < math.inf:
            continue
        name = cells[spectrum] if 0 <= spectrum < len(cells) else ""
        if not name and 0 <= element < len(cells) and 0 <= ion < len(cells):
            name = _species(cells[element], int(min(_leading(cells[ion]), len(_ROMAN))))
        size = _leading(cells[strength]) if 0 <= strength < len(cells) else 0.0
        found.append((size, value, name or file.stem))
    found.sort(key=lambda entry: -entry[0])
    head = names[observed if observed >= 0 else ritz]
    unit = parse_unit(_inside_brackets(head))
    medium = "air" if "air" in head.lower() else "vacuum" if "vac" in head.lower() else ""
    said = f"the column {head!r}"
    values = tuple(value for _, value, _ in found)
    labels = tuple(name for *_, name in found)
    return make_draft(file, "NIST table", values, labels, Said(unit, medium, said), len(rows) - len(found))


def _nist_cell(text: str) -> str:
    return text.strip().lstrip("=").strip('" ')


def _leading(text: str) -> float:
    """Return the number that a cell begins with, as NIST adds letters and signs to it; 0 without one."""
    found = re.match(r"^[^\d.]*(\d*\.?\d+(?:[eE][-+]?\d+)?)", text, re.ASCII)
    return float(found.group(1)) if found else 0.0


def _inside_brackets(text: str) -> str:
    found = re.search(r"\(([^)]*)\)\s*$", text)
    return found.group(1) if found else ""


def _survey_text(file: Path, rows: list[str]) -> LineListDraft:
    values, labels, said, n_skipped = [], [], [], 0
    for row in rows:
        body, mark, comment = _without_comment(row)
        said.append(comment)
        words = [word.strip("'\"") for word in re.split(r"[,;\t ]+", body.strip()) if word]
        if not words:
            continue
        place = next((i for i, word in enumerate(words) if _NUMBER.match(word)), -1)
        value = _fortran_number(words[place]) if place >= 0 else 0.0
        if value <= 0 or not np.isfinite(value):
            n_skipped += 1
            said.append(body)  # a title, perhaps
            continue
        label = " ".join(words[:place] + words[place + 1 :]) or comment.strip()
        values.append(value)
        labels.append(label[:40] or f"{value:g}")
    if not values or n_skipped > len(values):
        raise ReadError(f"{file.name}: no line list was found in it.", WHAT_IS_READ)
    text = " ".join(said[:40])
    in_words = Said(_unit_in_words(text), _medium_in_words(text), "the file's words")
    return make_draft(file, "Text", tuple(values), tuple(labels), in_words, n_skipped)


def _without_comment(row: str) -> tuple[str, str, str]:
    found = re.search(r"[#!%]", row)
    return (row[: found.start()], found.group(), row[found.end() :]) if found else (row, "", "")


def _unit_in_words(text: str) -> str:
    for pattern, unit in (
        (r"\b(angstroms?|ang|aa)\b|Å|\(A\)", "Angstrom"),
        (r"\b(nm|nanomet)", "nm"),
        (r"\b(um|microns?|micromet)|µm", "um"),
        (r"cm-1|cm\^-1|wavenumber", "cm-1"),
    ):
        if re.search(pattern, text, re.IGNORECASE if unit != "Angstrom" else 0) or (
            unit == "Angstrom" and re.search(r"\bangstroms?\b", text, re.IGNORECASE)
        ):
            return unit
    return ""


def _medium_in_words(text: str) -> str:
    air, vacuum = (re.search(p, text, re.IGNORECASE) for p in (r"\bair\b|_air\b", r"\bvac(uum)?\b|_vac\b"))
    return "air" if air and not vacuum else "vacuum" if vacuum and not air else ""
