"""Where observatories lie: `resources/observatories.toml`, and which of them a header means."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib

from spectragui.core.errors import SettingsError
from spectragui.core.package_data import resource
from spectragui.io.headers.fits_header import Header

_PLACE_KEYWORDS = ("SITENAME", "OBSERVAT", "OBSERVATORY", "SITE", "ORIGIN")
_TELESCOPE_KEYWORDS = ("TELESCOP", "TELESCOPE", "TEL", "INSTRUME", "INSTRUMENT")


@dataclasses.dataclass(frozen=True)
class Site:
    """A place on the Earth.

    Attributes
    ----------
    name : str
        Key in ``resources/observatories.toml``; "header" or "told" for other places.
    title : str
        For people.
    longitude_deg : float
        East positive.
    latitude_deg : float
    height_m : float
    """

    name: str
    title: str
    longitude_deg: float
    latitude_deg: float
    height_m: float


@dataclasses.dataclass(frozen=True)
class _Entry:
    site: Site
    names: tuple[tuple[str, ...], ...]
    telescopes: tuple[tuple[str, ...], ...]


@functools.cache
def _entries() -> tuple[_Entry, ...]:
    table = tomllib.loads(resource("observatories.toml").read_text(encoding="utf-8"))
    return tuple(
        _Entry(
            Site(name, row["title"], row["longitude"], row["latitude"], row["height"]),
            tuple(_words(text) for text in (name, *row["names"])),
            tuple(_words(text) for text in row["telescopes"]),
        )
        for name, row in table.items()
    )


def observatories() -> tuple[Site, ...]:
    """Return every known observatory."""
    return tuple(entry.site for entry in _entries())


def find_site(text: str) -> Site:
    """Return the observatory of a name, or of "longitude,latitude,height" (degrees east, metres).

    Raises
    ------
    SettingsError
        If nothing is known by that name.
    """
    parts = text.split(",")
    if len(parts) in (2, 3):
        try:
            longitude, latitude, *height = (float(part) for part in parts)
        except ValueError:
            pass
        else:
            return _checked(
                Site("told", "the given place", longitude, latitude, height[0] if height else 0.0)
            )
    words = _words(text)
    for entry in _entries():
        if words and words in (*entry.names, *entry.telescopes):
            return entry.site
    known = ", ".join(entry.site.name for entry in _entries())
    raise SettingsError(
        f"There is no observatory {text!r}.",
        f"Use LONGITUDE,LATITUDE,HEIGHT (degrees east, m) or one of {known}.",
    )


def site_of_header(header: Header) -> tuple[Site, str] | None:
    """Return the observatory that a header names and the card that names it, or None.

    The telescope is asked before the place, since one mountain has many; the instrument last.
    """
    for keyword in (*_TELESCOPE_KEYWORDS[:3], *_PLACE_KEYWORDS, *_TELESCOPE_KEYWORDS[3:]):
        words = _words(header.text(keyword))
        site = _match(words) if words else None
        if site is not None:
            return site, header.quote(keyword)
    return None


def _match(words: tuple[str, ...]) -> Site | None:
    """Return the site one of whose names is the beginning of what a header says, word by word."""
    for entry in _entries():
        if any(words[: len(name)] == name for name in (*entry.telescopes, *entry.names)):
            return entry.site
    return None


def _checked(site: Site) -> Site:
    if not (abs(site.longitude_deg) <= 360 and abs(site.latitude_deg) <= 90 and -500 < site.height_m < 1e6):
        raise SettingsError(
            "A site is LONGITUDE,LATITUDE,HEIGHT in degrees (east and north positive) and metres.",
            "As --site -70.7345,-29.2584,2400.",
        )
    return site


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9.]+", text.lower()))
