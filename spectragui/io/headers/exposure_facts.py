"""Where a telescope pointed, when, and where it stands: what a barycentric correction needs of a header."""

from __future__ import annotations

import dataclasses
import math
import re

from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.observatories import Site, site_of_header

# The time of the middle of an exposure, flux-weighted where the pipeline gives it: keyword, kind.
_MIDDLES = (
    ("CARACAL JD", "jd-2400000"), ("JD_FW18", "jd"), ("JD-MID", "jd"), ("JDMID", "jd"), ("MJD-MID", "mjd"),
    ("MJDMID", "mjd"), ("DATE-AVG", "iso"), ("CAHA INS ICS DATE-AVG", "iso"), ("DATE-MID", "iso"),
    ("UT-MID", "iso"), ("AMIDPT", "iso"), ("THEMIDPT", "iso"), ("MIDPOINT", "iso"), ("MIDTIME", "iso"),
    ("UTMIDDLE", "iso"),
)  # fmt: skip
_STARTS = ("DATE-OBS", "DATE_OBS", "UT-DATE", "UTDATE", "DATE-BEG")
_CLOCKS = ("UT-START", "UTSTART", "UTC-OBS", "TIME-OBS", "TIME_OBS", "UTC", "UT", "UT-TIME", "UTOPEN")
_LENGTHS = ("EXPTIME", "EXPOSURE", "ITIME", "TEXPTIME", "EXP_TIME", "REXPTIME")
_AVERAGES = ("TIME_OBS",)  # SpeX writes the middle there
_POSITIONS = (
    # right ascension, declination, proper motions [arcsec/yr unless named]
    ("ESO TEL TARG ALPHA", "ESO TEL TARG DELTA", "ESO TEL TARG PMA", "ESO TEL TARG PMD"),
    ("OHP TARG ALPHA", "OHP TARG DELTA", "OHP TARG PMA", "OHP TARG PMD"),
    ("QRA", "QDEC", "QPMRA", "QPMDEC"),
    ("RA", "DEC", "PMRA", "PMDEC"), ("RA", "DEC_2000", "", ""), ("ALPHA", "DELTA", "", ""),
    ("TELRA", "TELDEC", "", ""), ("OBJRA", "OBJDEC", "", ""), ("RA_TARG", "DEC_TARG", "", ""),
    ("RA_OBJ", "DEC_OBJ", "", ""), ("PLUG_RA", "PLUG_DEC", "", ""), ("BSS_RA", "BSS_DEC", "", ""),
)  # fmt: skip
_PLACES = (
    ("ESO TEL GEOLON", "ESO TEL GEOLAT", "ESO TEL GEOELEV"),
    ("TNG TEL GEOLON", "TNG TEL GEOLAT", "TNG TEL GEOELEV"),
    ("CAHA TEL GEOLON", "CAHA TEL GEOLAT", "CAHA TEL GEOELEV"),
    ("LONG-OBS", "LAT-OBS", "ALT-OBS"), ("OBSGEO-L", "OBSGEO-B", "OBSGEO-H"), ("GEOLON", "GEOLAT", "GEOELEV"),
    ("BSS_LONG", "BSS_LAT", "BSS_ELEV"), ("GEO_LONG", "GEO_LAT", "GEO_ELEV"),
)  # fmt: skip
_USUAL_HEIGHT_M = 2000.0
_MASYR_LIMIT = 20.0  # no star moves by more than 10.4 arcsec a year: larger numbers are milliarcseconds


@dataclasses.dataclass(frozen=True)
class Exposure:
    """One exposure, as far as a header tells.

    Attributes
    ----------
    ra_deg, dec_deg : float
        ICRS (J2000) at ``epoch``; NaN where unknown.
    pm_ra_masyr, pm_dec_masyr : float
        Proper motion, that in right ascension times cos(dec).
    epoch : float
        Julian year of the position; NaN = that of the exposure.
    mid_time : str
        ISO, UTC, of the middle; empty where unknown.
    site : Site or None
    sources : tuple of str
        The cards that position, time and site were read from.
    """

    ra_deg: float = math.nan
    dec_deg: float = math.nan
    pm_ra_masyr: float = 0.0
    pm_dec_masyr: float = 0.0
    epoch: float = math.nan
    mid_time: str = ""
    site: Site | None = None
    sources: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What a barycentric correction still needs, in words."""
        lacks = (
            ("coordinates", not math.isfinite(self.ra_deg + self.dec_deg)),
            ("time", not self.mid_time),
            ("site", self.site is None),
        )
        return tuple(word for word, is_missing in lacks if is_missing)

    def replace(self, **changes: object) -> Exposure:
        """Return a copy with some facts told rather than read."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def exposure_of_header(header: Header, instrument: str = "") -> Exposure:
    """Read position, time and site of an exposure.

    Parameters
    ----------
    header : Header
    instrument : str
        Name of the instrument where the file tells it elsewhere.

    Returns
    -------
    Exposure
        With gaps where the header has them.
    """
    ra, dec, pm_ra, pm_dec, epoch, where = _position(header)
    time, when = _middle(header)
    place = _place(header, instrument)
    sources = (where, when, "" if place is None else place[1])
    return Exposure(
        ra,
        dec,
        pm_ra,
        pm_dec,
        epoch,
        time,
        None if place is None else place[0],
        tuple(s for s in sources if s),
    )


def parse_right_ascension(text: str) -> float:
    """Return degrees from "17:57:48.5" or "17 57 48.5" (hours) or a number (degrees); NaN from others."""
    value = _sexagesimal(text)
    if value is not None:
        return value * 15.0 if 0.0 <= value < 24.0 else math.nan
    return _bounded(text, 0.0, 360.0)


def parse_declination(text: str) -> float:
    """Return degrees from "+04:41:36.2" or a number; NaN from others."""
    value = _sexagesimal(text)
    if value is not None:
        return value if abs(value) <= 90.0 else math.nan
    return _bounded(text, -90.0, 90.0)


def _position(header: Header) -> tuple[float, float, float, float, float, str]:
    for ra_name, dec_name, pm_ra_name, pm_dec_name in _POSITIONS:
        if ra_name not in header or dec_name not in header:
            continue
        packed = "TARG" in ra_name and ra_name.endswith("ALPHA")
        ra = _ra_value(header, ra_name, packed)
        dec = _dec_value(header, dec_name, packed)
        if not math.isfinite(ra + dec) or (ra == 0.0 and dec == 0.0):
            continue
        pm_ra, pm_dec = _proper_motion(header, pm_ra_name), _proper_motion(header, pm_dec_name)
        # A position without proper motion is the one that was pointed at, so of the night itself.
        epoch = 2000.0 if pm_ra or pm_dec else math.nan
        return ra, dec, pm_ra, pm_dec, epoch, header.quote(ra_name)
    return math.nan, math.nan, 0.0, 0.0, math.nan, ""


def _ra_value(header: Header, name: str, packed: bool) -> float:
    value = header.get(name)
    if packed:
        return _packed(header.number(name)) * 15.0
    if isinstance(value, str):
        return parse_right_ascension(value)
    number = header.number(name)
    # The HET's RA and DEC are of date, in hours: its QRA and QDEC are read before.
    return number if 0.0 <= number < 360.0 else math.nan


def _dec_value(header: Header, name: str, packed: bool) -> float:
    value = header.get(name)
    if packed:
        return _packed(header.number(name))
    return parse_declination(value if isinstance(value, str) else str(header.number(name)))


def _packed(number: float) -> float:
    """Return hours or degrees from HHMMSS.SSS or DDMMSS.SS as ESO writes them."""
    if not math.isfinite(number):
        return math.nan
    size = abs(number)
    whole, rest = divmod(size, 10000.0)
    minutes, seconds = divmod(rest, 100.0)
    return math.copysign(whole + minutes / 60.0 + seconds / 3600.0, number)


def _proper_motion(header: Header, name: str) -> float:
    value = header.number(name) if name else math.nan
    if not math.isfinite(value):
        return 0.0
    return value if abs(value) > _MASYR_LIMIT else 1000.0 * value


def _middle(header: Header) -> tuple[str, str]:
    for name, kind in _MIDDLES:
        time = _time(header, name, kind)
        if time:
            return time, header.quote(name)
    start, source = _start(header)
    if not start:
        return "", ""
    if source.split(" ")[-1] in _AVERAGES:
        return start, source
    lengths = [header.number(name) for name in _LENGTHS]
    seconds = next((value for value in lengths if math.isfinite(value) and 0 < value < 1e5), 0.0)
    share = header.number("ESO INS DET1 TMMEAN")
    share = share if math.isfinite(share) and 0.0 < share < 1.0 else 0.5
    return _later(start, share * seconds), f"{source} + {share:g} x {seconds:g} s"


def _time(header: Header, name: str, kind: str) -> str:
    if name not in header:
        return ""
    if kind == "iso":
        text = header.text(name)
        if re.match(r"\d\d:\d\d", text) and "DATE-OBS" in header:  # a time of day
            text = f"{header.text('DATE-OBS')[:10]}T{text}"
        return _iso(text)
    number = header.number(name)
    days = {"jd": -2400000.5, "jd-2400000": -0.5, "mjd": 0.0}[kind]
    return _of_mjd(number + days)


def _start(header: Header) -> tuple[str, str]:
    for name in _STARTS:
        text = header.text(name)
        whole = _iso(text)
        if whole and re.search(r"\d[T\- ]\d\d:\d\d", text):
            return whole, name
        clock = next((word for word in _CLOCKS if _clock(header, word)), "")
        if whole and clock:
            return _later(whole[:10] + "T00:00:00", _clock(header, clock) or 0.0), f"{name} {clock}"
    for name in ("MJD-OBS", "MJD"):
        if header.number(name) % 1.0 > 0.0:  # SDSS writes whole days
            return _of_mjd(header.number(name)), name
    return "", ""


def _clock(header: Header, name: str) -> float | None:
    """Return the seconds of a time of day, "05:28:38" or seconds since midnight."""
    hours = _sexagesimal(header.text(name))
    if hours is not None:
        return hours * 3600.0 if 0.0 <= hours < 24.0 else None
    seconds = header.number(name)
    return seconds if 0.0 <= seconds < 86400.0 else None


def _place(header: Header, instrument: str) -> tuple[Site, str] | None:
    for longitude_name, latitude_name, height_name in _PLACES:
        longitude, latitude = header.number(longitude_name), header.number(latitude_name)
        height = header.number(height_name)
        if math.isfinite(longitude + latitude) and abs(latitude) <= 90.0 and (longitude or latitude):
            height = height if math.isfinite(height) else _USUAL_HEIGHT_M
            return Site("header", "the header's place", longitude, latitude, height), header.quote(
                longitude_name
            )
    found = site_of_header(header)
    if found is None and instrument:
        found = site_of_header(Header([("INSTRUME", instrument, "")]))
    return found


def _sexagesimal(text: str) -> float | None:
    match = re.fullmatch(
        r"\s*([-+]?)\s*(\d{1,3})[:h d](?:\s*)(\d{1,2})[:m '](?:\s*)(\d{1,2}(?:\.\d*)?)\s*[s\"]?\s*", text
    )
    if not match:
        return None
    sign, whole, minutes, seconds = match.groups()
    value = int(whole) + int(minutes) / 60.0 + float(seconds) / 3600.0
    return -value if sign == "-" else value


def _bounded(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if low <= value <= high else math.nan


def _iso(text: str) -> str:
    match = re.match(r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T\- ]+(\d\d:\d\d(?::\d\d(?:\.\d*)?)?))?", text.strip())
    if not match:
        return ""
    year, month, day, clock = match.groups()
    if not (1900 <= int(year) <= 2100 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    return f"{year}-{month}-{day}T{clock or '00:00:00'}"


def _later(start: str, seconds: float) -> str:
    import datetime

    try:
        moment = datetime.datetime.fromisoformat(start) + datetime.timedelta(seconds=seconds)
    except ValueError:
        return ""
    return moment.isoformat(timespec="milliseconds")


def _of_mjd(mjd: float) -> str:
    import datetime

    if not 15020.0 < mjd < 88069.0:  # 1900 to 2100; NaN is not
        return ""
    moment = datetime.datetime(1858, 11, 17) + datetime.timedelta(days=mjd)
    return moment.isoformat(timespec="milliseconds")
