"""Barycentric corrections against the keywords that pipelines wrote, and against plain geometry."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from spectragui.analysis.barycentric_correction import (
    barycentric_velocity_of,
    exposure_of,
    find_barycentric_correction,
)
from spectragui.core.errors import SettingsError, UnitError
from spectragui.core.spectral_axis import SpectralAxis, add_velocities, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.io.headers.exposure_facts import (
    Exposure,
    exposure_of_header,
    parse_declination,
    parse_right_ascension,
)
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.observatories import Site, find_site, observatories, site_of_header
from spectragui.io.read import read_files

POLE = Site("told", "the pole", 0.0, 90.0, 0.0)


@pytest.mark.parametrize(
    ("file", "tolerance_ms"),
    [
        ("stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits", 1.0),
        ("stars/harps_gl581_s1d.fits", 1.0),
        ("stars/carmenes_nir_gj699.fits", 1.0),
        ("stars/elodie_taucet.fits", 1.0),
        ("stars/tres_gj699_multispec.fits", 2.0),  # the keyword has three decimals, and no proper motion
        ("formats/apVisit-r13-5095-55844-128.fits", 1.0),
    ],
)
def test_what_pipelines_wrote_is_computed_again(shared_data: Path, file: str, tolerance_ms: float) -> None:
    spectrum = read_files([shared_data / file])[0]
    written = find_barycentric_correction(spectrum)
    assert written is not None and not written.is_computed
    computed = barycentric_velocity_of(exposure_of(spectrum))
    assert computed == pytest.approx(written.velocity_kms, abs=1e-3 * tolerance_ms)


def test_lamost_and_sdss_write_the_opposite_sign(shared_data: Path) -> None:
    # Read as the others are, tellurics would be looked for 53 km/s beside where they are.
    lamost = read_files([shared_data / "formats/lamost_spec-55862-B6212_sp06-003.fits"])[0]
    written = find_barycentric_correction(lamost)
    assert written is not None and not written.is_computed and "away from the star" in written.source
    assert barycentric_velocity_of(exposure_of(lamost)) == pytest.approx(written.velocity_kms, abs=0.5)

    boss = read_files([shared_data / "formats/boss_spec_star.fits"])[0]
    written = find_barycentric_correction(boss)
    star = Exposure(6.71374, 0.01246, mid_time="2009-12-16T02:30:00", site=find_site("apache-point"))
    assert written is not None
    assert barycentric_velocity_of(star) == pytest.approx(written.velocity_kms, abs=0.5)


def test_the_year_takes_the_earth_around() -> None:
    star = Exposure(ra_deg=0.0, dec_deg=0.0, site=POLE)
    days = [f"2020-{month:02d}-22T00:00:00" for month in range(1, 13)]
    speeds = np.array([barycentric_velocity_of(star.replace(mid_time=day)) for day in days])
    # A star on the ecliptic: a sine of 29.8 km/s, towards it in June (right ascension 0 h rises then).
    assert 29.0 < speeds.max() < 30.5 and -30.5 < speeds.min() < -29.0
    assert int(np.argmax(speeds)) in (5, 6)


def test_the_day_turns_the_site_around() -> None:
    equator = Site("told", "the equator", 0.0, 0.0, 0.0)
    times = [f"2020-06-21T{hour:02d}:00:00" for hour in range(24)]
    star = Exposure(ra_deg=200.0, dec_deg=0.0)
    turning = [barycentric_velocity_of(star.replace(mid_time=t, site=equator)) for t in times]
    still = [barycentric_velocity_of(star.replace(mid_time=t, site=POLE)) for t in times]
    rotation = np.array(turning) - np.array(still)
    assert np.max(np.abs(rotation)) == pytest.approx(0.4651, abs=0.005)  # 2 pi 6378.1 km / 86164 s


def test_proper_motion_counts() -> None:
    barnard = Exposure(269.4521, 4.6934, mid_time="2018-10-03T01:48:25", site=find_site("mcdonald-het"))
    moving = barnard.replace(pm_ra_masyr=-802.8, pm_dec_masyr=10362.5, epoch=2000.0)
    there = barnard.replace(dec_deg=4.6934 + 18.75 * 10.3625 / 3600, ra_deg=269.4521 - 18.75 * 0.8028 / 3600)
    assert barycentric_velocity_of(moving) == pytest.approx(barycentric_velocity_of(there), abs=1e-4)
    assert abs(barycentric_velocity_of(moving) - barycentric_velocity_of(barnard)) > 0.003


def test_what_is_missing_is_said() -> None:
    with pytest.raises(UnitError, match="lacks coordinates and time"):
        barycentric_velocity_of(Exposure(site=POLE))
    with pytest.raises(UnitError, match="yesterday"):
        barycentric_velocity_of(Exposure(0.0, 0.0, mid_time="yesterday", site=POLE))


def test_the_header_counts_before_a_computation() -> None:
    cards = [
        ("RA", 100.0, ""),
        ("DEC", 10.0, ""),
        ("DATE-OBS", "2020-01-01T00:00:00", ""),
        ("TELESCOP", "HET", ""),
    ]
    axis = SpectralAxis(np.linspace(5000.0, 5010.0, 50), medium="air", frame="observer")
    spectrum = Spectrum(
        axis, np.ones(50), meta={"header": cards, "berv_kms": 12.5, "berv_source": "BERV = 12.5"}
    )
    known = find_barycentric_correction(spectrum)
    assert known is not None and known.velocity_kms == 12.5 and known.source == "BERV = 12.5"
    computed = find_barycentric_correction(spectrum.replace(meta={"header": cards}))
    assert computed is not None and computed.is_computed and "Hobby-Eberly" in computed.source
    assert find_barycentric_correction(spectrum.replace(meta={})) is None


def test_velocities_add_as_wavelengths_multiply() -> None:
    for first, second in ((-110.0, 26.0), (590.0, 30.0), (-500.0, -30.0)):
        product = doppler_factor(first) * doppler_factor(second)
        assert doppler_factor(add_velocities(first, second)) == pytest.approx(product, rel=1e-13)


@pytest.mark.parametrize(
    ("cards", "name"),
    [
        ({"TELESCOP": "HET", "OBSERVAT": "McDonald"}, "mcdonald-het"),
        ({"TELESCOP": "ESO-VLT-U2"}, "paranal"),
        ({"TELESCOP": "ESO-3P6"}, "la-silla"),
        ({"TELESCOP": "CTIO 1.5 meter telescope"}, "cerro-tololo"),
        ({"TELESCOP": "3.5m", "OBSERVAT": "APO"}, "apache-point"),
        ({"SITENAME": "flwo1"}, "whipple"),
        ({"INSTRUME": "HIRES: High Resolution Echelle Spectrometer"}, "mauna-kea-keck"),
        ({"TELESCOP": "Clay_Mag_2"}, "las-campanas"),
        ({"TELESCOP": "TNG"}, "la-palma"),
        ({"TELESCOP": "CFHT 3.6m"}, "mauna-kea-cfht"),
    ],
)
def test_headers_name_their_observatory(cards: dict[str, str], name: str) -> None:
    found = site_of_header(Header([(key, value, "") for key, value in cards.items()]))
    assert found is not None and found[0].name == name


def test_unknown_observatories_are_not_guessed() -> None:
    assert site_of_header(Header([("TELESCOP", "Integral", ""), ("INSTRUME", "nothing", "")])) is None
    with pytest.raises(SettingsError, match="no observatory"):
        find_site("atlantis")
    with pytest.raises(SettingsError, match="degrees"):
        find_site("10,95,0")
    assert find_site("-70.7345, -29.2584, 2400").height_m == 2400.0


def test_observatories_lie_on_the_earth() -> None:
    sites = observatories()
    assert len(sites) > 25 and len({site.name for site in sites}) == len(sites)
    assert all(-180 <= s.longitude_deg <= 180 and -90 <= s.latitude_deg <= 90 for s in sites)
    assert all(300 < s.height_m < 5500 for s in sites)


@pytest.mark.parametrize(
    ("cards", "time"),
    [
        ({"DATE-OBS": "2020-03-01T23:59:00", "EXPTIME": 600.0}, "2020-03-02T00:04:00"),
        ({"DATE-OBS": "2008-09-14", "UTC": "10:02:22.11", "EXPTIME": 17.8}, "2008-09-14T10:02:31.010"),
        ({"UT-DATE": "2020-01-05", "UT-START": "02:11:02", "EXPTIME": 1800.0}, "2020-01-05T02:26:02"),
        ({"DATE-OBS": "2014-11-23-04:53:13.703", "EXPTIME": "60.00"}, "2014-11-23T04:53:43.703"),
        ({"MJD-OBS": 52986.25, "EXPTIME": 86.4}, "2003-12-13T06:00:43.2"),
        ({"DATE-OBS": "2018-07-19T06:03:21", "MJD-MID": 58318.25}, "2018-07-19T06:00:00"),
        (
            {"DATE-OBS": "2010-01-01T00:00:00", "EXPTIME": 1000.0, "ESO INS DET1 TMMEAN": 0.4},
            "2010-01-01T00:06:40",
        ),
        ({"DATE-OBS": "nonsense"}, ""),
        ({"MJD": 51602}, ""),
    ],
)
def test_the_middle_of_an_exposure(cards: dict[str, object], time: str) -> None:
    found = exposure_of_header(Header([(key, value, "") for key, value in cards.items()])).mid_time
    if time:
        assert np.abs((np.datetime64(found) - np.datetime64(time)) / np.timedelta64(1, "ms")) < 2
    else:
        assert found == ""


def test_positions_are_read_as_they_are_written() -> None:
    assert parse_right_ascension("17:57:48.5") == pytest.approx(269.4520833)
    assert parse_right_ascension("269.452") == pytest.approx(269.452)
    assert parse_declination("-00 30 00") == pytest.approx(-0.5)
    assert math.isnan(parse_declination("+95:00:00")) and math.isnan(parse_right_ascension("x"))
    packed = {"ESO TEL TARG ALPHA": 151926.82, "ESO TEL TARG DELTA": -74320.2, "ESO TEL TARG PMA": -1.22455}
    found = exposure_of_header(Header([(key, value, "") for key, value in packed.items()]))
    assert found.ra_deg == pytest.approx(229.86175) and found.dec_deg == pytest.approx(-7.722278, abs=1e-5)
    assert found.pm_ra_masyr == pytest.approx(-1224.55) and found.epoch == 2000.0
