"""Velocities that headers give: the observer's motion and the star's."""

from __future__ import annotations

import math

from spectragui.io.headers.fits_header import Header

# Correction to the barycentre (or heliocentre) [km/s].
BARYCENTRIC_KEYWORDS = (
    "ESO DRS BERV", "TNG DRS BERV", "TNG QC BERV", "OHP DRS BERV", "ESO QC BERV", "CARACAL BERV", "BERV",
    "ESO QC VRAD BARYCOR", "BCV", "BARYEFF", "BARYCORR", "BARYVEL", "VBARY", "BC", "HCV", "HELIOVEL",
    "HELIO_RV", "HELVEL", "BARYCENTRIC CORRECTION (KM/S)", "SSBRV100", "SSBRV052",
)  # fmt: skip
# Radial velocity of the star [km/s].
STAR_KEYWORDS = (
    "ESO DRS CCF RVC", "TNG DRS CCF RVC", "OHP DRS CCF RVC", "ESO QC CCF RV", "RVCOM", "VHELIO", "VRAD",
    "CARACAL SERVAL RV", "CCFRVMOD", "RV",
)  # fmt: skip
#: Those of the barycentric keywords that are about the Sun's place instead.
HELIOCENTRIC_KEYWORDS = ("HCV", "HELIOVEL", "HELIO_RV", "HELVEL", "VHELIO", "BSS_VHEL", "BSS_RQVH")
# IRAF's rvcorrect writes VHELIO, VLSR and VSUN: corrections. What measures a star writes these beside.
_BESIDE_A_CORRECTION = ("VSUN", "VLSR", "HJD", "VOBS")
_BESIDE_A_STAR = (
    "VSCATTER", "VTYPE", "VTYPE1", "VERR", "VRADERR", "VHELIO1", "NVISITS", "BC", "VREL", "V_APRED",
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


def velocity_cards(header: Header) -> tuple[tuple[str, float], ...]:
    """Return (keyword, km/s) of every velocity that the header gives."""
    names = dict.fromkeys((*BARYCENTRIC_KEYWORDS, *STAR_KEYWORDS, "VOBS", "VLSR", "BSS_VHEL", "BSS_RQVH"))
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
    if not math.isfinite(velocity):
        return _heliocentric_correction(header)
    if source.split(" = ")[0] in _OPPOSITE_KEYWORDS:
        return -velocity, f"{source}, positive away from the star"
    return velocity, source


def observer_velocities(header: Header) -> tuple[tuple[float, str, str], ...]:
    """Return every correction for the observer's motion: km/s, the frame it leads to, its source."""
    found = []
    for keyword in BARYCENTRIC_KEYWORDS:
        velocity = header.number(keyword)
        if math.isfinite(velocity) and abs(velocity) < _FASTEST_OBSERVER_KMS:
            frame = "heliocentric" if keyword in HELIOCENTRIC_KEYWORDS else "barycentric"
            found.append((velocity, frame, header.quote(keyword)))
    velocity, source = _heliocentric_correction(header)
    if math.isfinite(velocity):
        found.append((velocity, "heliocentric", source))
    return tuple(found)


def _heliocentric_correction(header: Header) -> tuple[float, str]:
    """Return the correction of IRAF's rvcorrect (VHELIO) or of a BeSS file (BSS_RQVH, BSS_VHEL)."""
    for keyword in ("BSS_VHEL", "BSS_RQVH"):
        velocity = header.number(keyword)
        if math.isfinite(velocity) and velocity != 0 and abs(velocity) < _FASTEST_OBSERVER_KMS:
            return -velocity, f"{header.quote(keyword)}, a redshift by the observer's motion"
    if not is_vhelio_a_correction(header):
        return math.nan, ""
    # rvcorrect adds its correction to an observed velocity, if the header gave it one.
    observed = header.number("VOBS")
    observed = observed if math.isfinite(observed) else 0.0
    velocity = header.number("VHELIO") - observed
    if not abs(velocity) < _FASTEST_OBSERVER_KMS:
        return math.nan, ""
    minus = f" - {header.quote('VOBS')}" if observed else ""
    return velocity, f"{header.quote('VHELIO')}{minus}, the correction by IRAF's rvcorrect"


def is_vhelio_a_correction(header: Header) -> bool:
    """Return whether VHELIO is the observer's motion (IRAF's rvcorrect), told by what stands beside it."""
    if not math.isfinite(header.number("VHELIO")) or any(name in header for name in _BESIDE_A_STAR):
        return False
    return any(name in header for name in _BESIDE_A_CORRECTION) or bool(header.matching(r"DOPCOR\d\d$"))


def bess_frame(header: Header) -> tuple[str, str]:
    """Return the frame of a BeSS file, which names the correction that was made; empty for others."""
    made = header.number("BSS_VHEL")
    if not math.isfinite(made):
        return "", ""
    frame = "heliocentric" if made else "observer"
    return frame, f"{header.quote('BSS_VHEL')}, the correction that was made"


def star_velocity(header: Header) -> tuple[float, str]:
    """Return the star's radial velocity [km/s] that the header gives, and where; (NaN, "") without."""
    keywords: tuple[str, ...] = STAR_KEYWORDS
    alone = "VHELIO" in header and not any(name in header for name in _BESIDE_A_STAR)
    if alone and (is_vhelio_a_correction(header) or abs(header.number("VHELIO")) < _FASTEST_OBSERVER_KMS):
        # Alone and small it may be either: nothing is said then.
        keywords = tuple(name for name in STAR_KEYWORDS if name != "VHELIO")
    return _first_velocity(header, keywords, _FASTEST_STAR_KMS)


def _first_velocity(header: Header, keywords: tuple[str, ...], limit: float) -> tuple[float, str]:
    for keyword in keywords:
        value = header.number(keyword)
        if header.number(_ERROR_KEYWORDS.get(keyword, "")) > _LARGEST_ERROR_KMS:
            continue
        if math.isfinite(value) and abs(value) < limit:
            return value, header.quote(keyword)
    return math.nan, ""
