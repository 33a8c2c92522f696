"""Whether two spectra can be of one star, by the names and coordinates that their files give."""

from __future__ import annotations

import math
import re

from spectragui.analysis.barycentric_correction import exposure_of
from spectragui.core.errors import ModelError
from spectragui.core.spectrum import AnySpectrum
from spectragui.core.wording import plain_text

#: Farther apart two positions are of two stars. Headers give positions of any epoch, or where the telescope
#: pointed; the fastest star has moved by 270 arcsec since J2000.
FARTHEST_ARCSEC = 300.0
# Names that carry a position, as J17578+046 (Carmencita) or 2M13012770+5754582.
_POSITION = re.compile(r"(?:J|2M(?:ASS\s*J?)?)(\d{2})(\d{2})(\d*)([+-])(\d{2})(\d{1,2})(\d*)")
_ROUGH_ARCSEC = 900.0
_CATALOGUE = re.compile(r"([a-z]+)0*(\d+)([a-z]?)")
_ALIKE = {"gl": "gj", "gls": "gj", "gliese": "gj", "glise": "gj", "hip": "hip", "hd": "hd"}


def check_same_star(first: AnySpectrum, second: AnySpectrum) -> str:
    """Refuse spectra of two stars; return a remark where nothing says that they are of one.

    Parameters
    ----------
    first, second : Spectrum or EchelleSpectrum

    Returns
    -------
    str
        Empty where names or positions agree.

    Raises
    ------
    ModelError
        If names of one catalogue, or positions, contradict each other.
    """
    names = [plain_text(str(one.meta.get("object") or "")).strip() for one in (first, second)]
    known = [_catalogue_name(name) for name in names]
    if known[0] and known[1] and known[0][0] == known[1][0] and known[0] != known[1]:
        raise ModelError(
            f"The spectra are of two stars by their names: {names[0]} and {names[1]}.", _hint(first, second)
        )
    distance, limit = _distance_arcsec(first, second)
    if distance > limit:
        raise ModelError(
            f"The spectra are of two stars by their positions: {_angle(distance)} lie between them.",
            _hint(first, second),
        )
    if math.isfinite(distance) or (known[0] and known[0] == known[1]):
        return ""
    plain = [re.sub(r"[\s_-]", "", name).lower() for name in names]
    if plain[0] and plain[0] == plain[1]:
        return ""
    told = " and ".join(repr(name) if name else "no name" for name in names)
    return f"Nothing in the files says that the spectra are of one star: {told}."


def _hint(first: AnySpectrum, second: AnySpectrum) -> str:
    return "Predict each by itself, or correct the names if they are of one star."


def _catalogue_name(name: str) -> tuple[str, str, str] | None:
    """Return catalogue, number and component of a name such as GJ 699 or Gls_699; None for others."""
    found = _CATALOGUE.fullmatch(re.sub(r"[\s_.-]", "", name).lower())
    if found is None:
        return None
    catalogue, number, component = found.groups()
    return _ALIKE.get(catalogue, catalogue), number, component


def _distance_arcsec(first: AnySpectrum, second: AnySpectrum) -> tuple[float, float]:
    """Return the distance of two positions, and how large it may be; NaN where one is not known."""
    places = [_position(one) for one in (first, second)]
    if None in places:
        return math.nan, math.inf
    (ra1, dec1, rough1), (ra2, dec2, rough2) = places  # type: ignore[misc]
    one, other = (math.radians(dec1), math.radians(dec2))
    step = math.radians(ra1 - ra2)
    square = math.sin(0.5 * (one - other)) ** 2 + math.cos(one) * math.cos(other) * math.sin(0.5 * step) ** 2
    distance = 3600.0 * math.degrees(2.0 * math.asin(min(math.sqrt(square), 1.0)))
    return distance, _ROUGH_ARCSEC if rough1 or rough2 else FARTHEST_ARCSEC


def _position(spectrum: AnySpectrum) -> tuple[float, float, bool] | None:
    """Return right ascension and declination [degree], and whether they are rough."""
    exposure = exposure_of(spectrum)
    if math.isfinite(exposure.ra_deg) and math.isfinite(exposure.dec_deg):
        return exposure.ra_deg, exposure.dec_deg, False
    found = _POSITION.search(str(spectrum.meta.get("object") or ""))
    if found is None:
        return None
    hours, minutes, more, sign, degrees, arcminutes, _ = found.groups()
    seconds = float(f"{more[:2]}.{more[2:]}") if len(more) >= 2 else 0.0
    part = float(f"0.{more}") if len(more) == 1 else 0.0
    ra = 15.0 * (float(hours) + (float(minutes) + part) / 60.0 + seconds / 3600.0)
    # 046 is 4 degrees and 6 tenths, 0441 4 degrees and 41 minutes.
    rest = float(arcminutes) / (10.0 if len(arcminutes) == 1 else 60.0)
    return ra, (1.0 if sign == "+" else -1.0) * (float(degrees) + rest), True


def _angle(arcsec: float) -> str:
    return f"{arcsec:.0f} arcsec" if arcsec < 600.0 else f"{arcsec / 3600.0:.1f} degrees"
