"""Gaia's bulk tables of RVS and BP/RP spectra (archive, GaiaXPy): a source a row, lists in brackets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.gaia_tables import GaiaRow, array_of_text, is_of_sources, spectra_of_sources
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import HEAD_BYTES, Source

LONGEST_ENTRY = 10_000_000  # characters of a list


@register_reader("gaia-csv", priority=75)
class GaiaCsvReader:
    """Bulk tables of Gaia's mean spectra as text."""

    description = "Gaia RVS and XP spectra in bulk, by archive or GaiaXPy (CSV or ECSV): a source a row"

    def identify(self, source: Source) -> bool:
        """Return whether the columns are source_id, flux, flux_error, and the flux is a list."""
        if source.kind != "text":
            return False
        lines = _table_lines(source.head.decode("latin-1"))
        if len(lines) < 2 and len(source.head) == HEAD_BYTES and b"source_id" in source.head:
            lines = _table_lines(source.text)
        names = lines[0].replace('"', "").split(",") if lines else []
        has_lists = any("[" in line or "(" in line for line in lines[:2])
        return is_of_sources(name.strip() for name in names) and has_lists

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return one spectrum a row.

        Raises
        ------
        ReadError
            If a row is damaged, or has a number of samples without wavelengths.
        """
        return spectra_of_sources(_rows(source), _sampling(source), source, options, "gaia-csv")


def _table_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _rows(source: Source) -> Iterator[GaiaRow]:
    usual = csv.field_size_limit(LONGEST_ENTRY)  # of the whole process: others' tables keep theirs
    try:
        yield from _long_rows(source)
    finally:
        csv.field_size_limit(usual)


def _long_rows(source: Source) -> Iterator[GaiaRow]:
    for row in csv.DictReader(_table_lines(source.text)):
        try:
            flux, sigma = (array_of_text(row[name]) for name in ("flux", "flux_error"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise source.error(
                f"the row of source {row.get('source_id')} is damaged ({first_sentence(error)}).",
                "Download the file again.",
                error,
            ) from error
        yield str(row["source_id"]), flux, sigma


def _sampling(source: Source) -> tuple[NDArray[np.float64] | None, str]:
    """Return the wavelengths [nm] of the samples, from the head of an ECSV or the file beside."""
    head = "\n".join(line.lstrip("# ") for line in source.text.splitlines() if line.startswith("#"))
    found = re.search(r"^sampling:\s*([\[(].*?[\])])\s*$", head, re.M | re.S)
    if found:
        return _list(source, found[1], "the head of the file"), "sampling in the head of the file"
    stem = re.sub(r"\.[^.]+$", "", source.name)
    for suffix in (".csv", ".ecsv", ".txt"):
        path = source.path.with_name(f"{stem}_sampling{suffix}")
        if path.is_file():
            lines = _table_lines(Source(path).text)
            text = ",".join(lines[1:]) if lines and not re.search(r"\d", lines[0]) else ",".join(lines)
            return _list(source, text, path.name), f"{path.name}, found in the same folder"
    return None, ""


def _list(source: Source, text: str, where: str) -> NDArray[np.float64]:
    try:
        return array_of_text(text)
    except ValueError as error:
        raise ReadError(
            f"{source.name}: the sampling in {where} is damaged ({first_sentence(error)}).",
            "Write it again with GaiaXPy.",
            str(error),
        ) from error
