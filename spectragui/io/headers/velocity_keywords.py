"""Velocities that headers give: the observer's motion, the star's, and shifts already applied."""

from __future__ import annotations

import dataclasses
import math
import re

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.io.headers.fits_header import Header

# Correction to the barycentre (or heliocentre) [km/s].
BARYCENTRIC_KEYWORDS = (
    "ESO DRS BERV", "TNG DRS BERV", "TNG QC BERV", "OHP DRS BERV", "ESO QC BERV", "CARACAL BERV", "BERV",
    "ESO QC VRAD BARYCOR", "BCV", "BARYEFF", "BARYCORR", "BARYVEL", "VBARY", "BC", "HCV", "HELIOVEL",
    "HELIO_RV", "HELVEL", "BARYCENTRIC CORRECTION (KM/S)", "SSBRV100", "SSBRV052",
)  # fmt: skip
# Radial velocity of the star [km/s].
STAR_KEYWORDS = (
    "ESO DRS CCF RVC", "TNG DRS CCF RVC", "OHP DRS CCF RVC", "ESO QC CCF RV", "RVCOM", "VHELIO",
    "VRAD", "CARACAL SERVAL RV", "CCFRVMOD", "RV",
)  # fmt: skip
# Of the observer's motion away from the star, whatever their comments say: idlspec2d, the pipeline of SDSS,
# BOSS and LAMOST (BOSS plate 3586, MJD 55181: +29.5, computed -29.6; LAMOST B6212: -26.4, computed +26.7).
_OPPOSITE_KEYWORDS = frozenset({"HELIO_RV"})
# The keyword of a velocity's error, and the largest error [km/s] with which it is worth telling: CARACAL
# writes the first guess of SERVAL even where it is off by 100 km/s.
_ERROR_KEYWORDS = {"CARACAL SERVAL RV": "CARACAL SERVAL E_RV"}
_LARGEST_ERROR_KMS = 2.0
_FASTEST_STAR_KMS = 3000.0
_FASTEST_OBSERVER_KMS = 35.0  # the Earth's orbit and rotation; more is in m/s, or something else
_SAME_KMS = 0.1  # barycentric and heliocentric corrections differ by at most some 0.02 km/s


@dataclasses.dataclass(frozen=True)
class AppliedShift:
    """A Doppler correction that IRAF's ``dopcor`` noted in the header.

    ``velocity_kms`` is the velocity that was taken out; ``is_barycentric`` whether it equals the
    observer's motion.
    """

    velocity_kms: float
    is_barycentric: bool
    source: str


def velocity_cards(header: Header) -> tuple[tuple[str, float], ...]:
    """Return (keyword, km/s) of every velocity that the header gives."""
    names = dict.fromkeys((*BARYCENTRIC_KEYWORDS, *STAR_KEYWORDS))
    pairs = [(name, header.number(name)) for name in names]
    return tuple(
        (name, value) for name, value in pairs if math.isfinite(value) and abs(value) < _FASTEST_STAR_KMS
    )


def barycentric_velocity(header: Header) -> tuple[float, str]:
    """Return the barycentric correction [km/s] and where it was read; (NaN, "") without one.

    Positive = the observer moves towards the star; keywords of the opposite sign are turned round, and the
    source says so.
    """
    velocity, source = _first_velocity(header, BARYCENTRIC_KEYWORDS, _FASTEST_OBSERVER_KMS)
    if source.split(" = ")[0] in _OPPOSITE_KEYWORDS:
        return -velocity, f"{source}, positive away from the star"
    return velocity, source


def star_velocity(header: Header) -> tuple[float, str]:
    """Return the star's radial velocity [km/s] that the header gives, and where; (NaN, "") without."""
    return _first_velocity(header, STAR_KEYWORDS, _FASTEST_STAR_KMS)


def applied_shift(header: Header) -> AppliedShift | None:
    """Return the Doppler correction that IRAF noted in DOPCORnn (the last one), or None."""
    keywords = header.matching(r"DOPCOR\d\d$")
    if not keywords:
        return None
    keyword = sorted(keywords)[-1]
    found = re.match(r"\s*([-+0-9.Ee]+)", str(header.get(keyword)))
    if not found:
        return None
    try:
        value = float(found.group(1))
    except ValueError:
        return None
    # IRAF writes a redshift below one in modulus of some thousandths, else a velocity in km/s.
    velocity = value * SPEED_OF_LIGHT_KMS if abs(value) < 0.02 else value
    cards = [header.number(name) for name in BARYCENTRIC_KEYWORDS if name in header]
    is_barycentric = any(abs(abs(velocity) - abs(known)) < _SAME_KMS for known in cards)
    return AppliedShift(velocity, is_barycentric, header.quote(keyword))


def _first_velocity(header: Header, keywords: tuple[str, ...], limit: float) -> tuple[float, str]:
    for keyword in keywords:
        value = header.number(keyword)
        if header.number(_ERROR_KEYWORDS.get(keyword, "")) > _LARGEST_ERROR_KMS:
            continue
        if math.isfinite(value) and abs(value) < limit:
            return value, header.quote(keyword)
    return math.nan, ""
