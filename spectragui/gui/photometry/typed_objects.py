"""Objects that are typed or pasted: band by band, as a table, or as bare numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.core.photometry import band_set
from spectragui.core.wording import counted

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable


def template(bands: str) -> str:
    """Return the lines in which an object is typed: a band each, its numbers behind it."""
    return "".join(f"{name} \n" for name in band_set(bands).names)


def read_typed(text: str, bands: str) -> PhotometricTable:
    """Return the objects that were typed.

    Parameters
    ----------
    text : str
        A band a line ("F365W 23.41 0.12"; lines without numbers are bands that were not observed), or
        what `spectragui.io.catalogues.read_pasted` takes.
    bands : str
        Name of the band set.

    Raises
    ------
    CatalogueError
        If it is neither.
    """
    from spectragui.io.catalogues import read_pasted

    return read_pasted(_as_table(text, bands) or text, bands)


def told_words(table: PhotometricTable) -> str:
    """Return what was understood: "1 object, 24 of 24 bands detected"."""
    seen, n_bands = int(table.detected.any(axis=0).sum()), len(table.band_set)
    return f"{counted(len(table), 'object')}, {seen} of {n_bands} bands detected."


def _as_table(text: str, bands: str) -> str:
    """Return lines of a band each as a table of one object; empty where they are something else."""
    names = {name.casefold(): name for name in band_set(bands).names}
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        words = line.replace("±", " ").replace(",", " ").replace("=", " ").replace(":", " ").split()
        words = [word for word in words if word not in ("+-", "+/-")]
        if not words:
            continue
        if words[0].casefold() not in names or len(words) > 3:
            return ""
        if len(words) > 1:
            error = words[2] if len(words) > 2 else ""
            found[names[words[0].casefold()]] = (words[1], error)
    if not found:
        return ""
    header = [column for name in found for column in (name, f"e_{name}")]
    return ",".join(header) + "\n" + ",".join(value for pair in found.values() for value in pair) + "\n"
