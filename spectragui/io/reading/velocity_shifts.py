"""Doppler shifts that a header says were applied to the wavelengths: IRAF's dopcor, BeSS."""

from __future__ import annotations

import dataclasses
import math
import re

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.velocity_keywords import observer_velocities, star_velocity
from spectragui.io.reading.iraf_cards import wat_text
from spectragui.io.reading.iraf_dispersion import doppler_factor

_SAME_KMS = 0.1  # barycentric and heliocentric corrections differ by at most some 0.02 km/s
_SAME_FACTOR = 2e-7
_SLOW = 0.01  # below this redshift c z is the velocity within 15 m/s at 10 km/s
_FASTEST_OBSERVER_KMS = 35.0


@dataclasses.dataclass(frozen=True)
class AppliedShift:
    """A Doppler correction that the header notes.

    Attributes
    ----------
    velocity_kms : float
        The velocity that was taken out.
    source : str
        The card that says so.
    frame : str
        "barycentric" or "heliocentric" where it equals the observer's motion, else empty.
    standard_of_rest : str
        What else it leads to, in words: the local standard of rest.
    is_of_star : bool
        Whether it is faster than the observer can be, or the star's own velocity.
    """

    velocity_kms: float
    source: str
    frame: str = ""
    standard_of_rest: str = ""
    is_of_star: bool = False


def applied_shifts(header: Header) -> tuple[AppliedShift, ...]:
    """Return the Doppler corrections that DOPCORnn, the WAT2 cards or BSS_VHEL note, oldest first."""
    noted = _dopcor_cards(header)
    if "multispec" in wat_text(header, 0).lower():
        noted = _left_in_multispec(header, noted)
    shifts = [_judged(header, velocity, source) for velocity, source in noted]
    made = header.number("BSS_VHEL")
    if not shifts and math.isfinite(made) and made != 0:
        shifts.append(AppliedShift(made, header.quote("BSS_VHEL"), "heliocentric"))
    return tuple(shifts)


def _dopcor_cards(header: Header) -> list[tuple[float, str]]:
    """Return velocity [km/s] and card of every DOPCORnn."""
    found = []
    for keyword in sorted(header.matching(r"DOPCOR\d\d$")):
        match = re.match(r"\s*([-+]?[\d.]+(?:[EeDd][-+]?\d+)?)\s*(.*)", str(header.get(keyword)))
        if match is None:
            continue
        try:
            value = float(re.sub("[Dd]", "E", match[1]))
        except ValueError:
            continue
        # IRAF writes a redshift and the apertures; GALAH a velocity and "*".
        is_redshift = abs(value) < 0.02 or (not match[2].startswith("*") and -0.9 < value < 8.0)
        found.append((_velocity(value) if is_redshift else value, header.quote(keyword)))
    return found


def _velocity(redshift: float) -> float:
    if abs(redshift) < _SLOW:
        return redshift * SPEED_OF_LIGHT_KMS
    square = (1.0 + redshift) ** 2
    return SPEED_OF_LIGHT_KMS * (square - 1.0) / (square + 1.0)


def _left_in_multispec(header: Header, noted: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the corrections that the Doppler factor of a multispec image still holds.

    There dopcor replaces the factor unless it is told to add; an image without a factor was made
    linear after the correction.
    """
    total = doppler_factor(header)
    if total == 0.0:
        return noted
    if not noted:
        return [(_velocity(total), f"Doppler factor {total:g} in the WAT2 cards")]
    together = math.prod(1.0 + velocity / SPEED_OF_LIGHT_KMS for velocity, _ in noted) - 1.0
    return noted if abs(together - total) < _SAME_FACTOR * max(1.0, len(noted)) else noted[-1:]


def _judged(header: Header, velocity: float, source: str) -> AppliedShift:
    """Return a correction with the frame that it leads to, by the velocities beside it."""
    for known, frame, _ in observer_velocities(header):
        if abs(abs(velocity) - abs(known)) < _SAME_KMS:
            return AppliedShift(velocity, source, frame)
    if abs(abs(velocity) - abs(header.number("VLSR"))) < _SAME_KMS:
        return AppliedShift(velocity, source, standard_of_rest="the local standard of rest")
    star = star_velocity(header)[0]
    is_of_star = abs(velocity) > _FASTEST_OBSERVER_KMS or abs(velocity - star) < _SAME_KMS
    return AppliedShift(velocity, source, is_of_star=is_of_star)
