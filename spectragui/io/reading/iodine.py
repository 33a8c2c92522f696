"""Whether the iodine cell was in the beam: its lines lie over the star's between 4980 and 6200 A."""

from __future__ import annotations

from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.yes_no import means_yes

# APF, HIRES, TRES, CHIRON
_KEYWORDS = ("ICELNAM", "IODIN", "IODINE", "IODCELL")


def iodine_cell(header: Header) -> str:
    """Return "KEYWORD = value" if the header says that the iodine cell was in the beam, else ""."""
    for keyword in _KEYWORDS:
        if keyword in header and means_yes(header.get(keyword)) is not False:
            return header.quote(keyword)
    return ""
