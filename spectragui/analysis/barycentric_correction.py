"""The observer's motion towards a star, from coordinates, time and site; nothing is downloaded."""

from __future__ import annotations

import dataclasses
import math
import warnings
from typing import Any

import numpy as np

from spectragui.core.errors import UnitError
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.io.headers.exposure_facts import Exposure, exposure_of_header
from spectragui.io.headers.fits_header import Header

FAR_PC = 1e6  # parallax shifts a star's direction by less than an arcsecond


@dataclasses.dataclass(frozen=True)
class BarycentricCorrection:
    """Velocity that is to be added (relativistically) to a velocity in the observer's frame.

    Attributes
    ----------
    velocity_kms : float
        Positive = the observer moves towards the star.
    source : str
        The keyword it was read from, or what it was computed from.
    is_computed : bool
    """

    velocity_kms: float
    source: str
    is_computed: bool = False


def barycentric_velocity_of(exposure: Exposure) -> float:
    """Return the barycentric velocity [km/s] of an observer towards a star.

    Parameters
    ----------
    exposure : Exposure
        With coordinates, mid-time and site.

    Raises
    ------
    UnitError
        If one of them is missing or the time cannot be read.

    Notes
    -----
    The projection on the star's direction (moved by its proper motion) of the Earth's barycentric
    velocity (ERFA's epv00, good to some mm/s) and the site's rotation. Purely kinematic, as the
    keywords of pipelines are: the constant 4.5 m/s of gravitational redshift and time dilation at the
    Earth are left out. Earth-rotation tables are those that astropy brings along.

    References
    ----------
    Wright & Eastman 2014, PASP 126, 838 (doi:10.1086/678541).
    """
    if exposure.missing:
        raise UnitError(
            f"For a barycentric correction the file lacks {' and '.join(exposure.missing)} of the exposure.",
            "Give them: --ra, --dec, --time, --site.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old or future times: rotation by a mean UT1, good to mm/s
        return _projected(exposure)


def _projected(exposure: Exposure) -> float:
    from astropy import units as u
    from astropy.coordinates import EarthLocation, get_body_barycentric_posvel
    from astropy.time import Time
    from astropy.utils import iers

    site = exposure.site
    assert site is not None
    try:
        time = Time(exposure.mid_time, scale="utc")
    except ValueError as error:
        raise UnitError(
            f"The time {exposure.mid_time!r} cannot be read.", "As 2018-10-03T01:46:20."
        ) from error
    place = EarthLocation.from_geodetic(
        site.longitude_deg * u.deg, site.latitude_deg * u.deg, site.height_m * u.m
    )
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("iers_degraded_accuracy", "ignore"):
        earth: Any = get_body_barycentric_posvel("earth", time)[1].xyz.to_value(u.km / u.s)
        rotation: Any = place.get_gcrs_posvel(time)[1].xyz.to_value(u.km / u.s)
        year = float(time.jyear)
    return float(np.dot(_direction(exposure, year), np.asarray(earth) + np.asarray(rotation)))


def _direction(exposure: Exposure, year: float) -> np.ndarray:
    """Return the unit vector to the star at a Julian year, shape (3,)."""
    ra, dec = math.radians(exposure.ra_deg), math.radians(exposure.dec_deg)
    towards = np.array([math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)])
    if math.isfinite(exposure.epoch):
        mas = math.radians(1.0 / 3.6e6)
        east = np.array([-math.sin(ra), math.cos(ra), 0.0])
        north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
        years = year - exposure.epoch
        towards = towards + mas * years * (exposure.pm_ra_masyr * east + exposure.pm_dec_masyr * north)
    return np.asarray(towards / np.linalg.norm(towards))


def exposure_of(spectrum: AnySpectrum) -> Exposure:
    """Return what a spectrum's header says about position, time and site."""
    meta = {**orders_of(spectrum)[0].meta, **spectrum.meta}
    return exposure_of_header(Header(list(meta.get("header", ()))), str(meta.get("instrument", "")))


def find_barycentric_correction(
    spectrum: AnySpectrum, exposure: Exposure | None = None
) -> BarycentricCorrection | None:
    """Return the correction from the header's own keyword, else computed; None where neither is possible.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    exposure : Exposure, optional
        What the user told; then it is computed from that, whatever the header says.
    """
    meta = {**orders_of(spectrum)[0].meta, **spectrum.meta}
    given = meta.get("berv_kms")
    if exposure is None and given is not None and math.isfinite(float(given)):
        return BarycentricCorrection(float(given), str(meta.get("berv_source", "header")))
    told = exposure or exposure_of(spectrum)
    if told.missing:
        return None
    assert told.site is not None
    source = f"computed for {told.mid_time} UTC at {told.site.title}"
    return BarycentricCorrection(barycentric_velocity_of(told), source, True)
