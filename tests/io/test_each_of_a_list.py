"""Each keyword, unit and code that is known by a list, not one for all of them."""

from __future__ import annotations

import math

import numpy as np
from astropy import units as u

from spectragui.io.catalogues.magnitude_values import band_values, from_fluxes, log_mass
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts
from spectragui.io.headers.velocity_keywords import (
    BARYCENTRIC_KEYWORDS,
    HELIOCENTRIC_KEYWORDS,
    STAR_KEYWORDS,
    barycentric_velocity,
    observer_velocities,
    star_velocity,
)
from spectragui.io.reading.raw_order import sigma_of_kind
from spectragui.io.reading.resolving_power import _DIRECT_KEYWORDS, find_resolving_power
from spectragui.io.reading.wavelength_units import _IN_ANGSTROM, _OVER, in_angstrom, is_vacuum_unit


def one(keyword: str, value: object, **more: object) -> Header:
    return Header([(keyword, value, ""), *((name, number, "") for name, number in more.items())])


def test_every_unit_as_astropy_converts_it() -> None:
    for unit in (*_IN_ANGSTROM, *_OVER):
        numbers = (5000.0 * u.AA).to_value(u.Unit(unit), u.spectral()) * np.array([1.0, 1.25])
        expected = (numbers * u.Unit(unit)).to_value(u.AA, u.spectral())
        np.testing.assert_allclose(in_angstrom(numbers, unit), expected, rtol=1e-12, err_msg=unit)
        np.testing.assert_allclose(in_angstrom(np.log10(numbers), f"log10({unit})"), expected, rtol=1e-11)
        np.testing.assert_allclose(in_angstrom(np.log(numbers), f"ln({unit})"), expected, rtol=1e-11)
        assert is_vacuum_unit(unit) == (unit in _OVER), unit
    assert np.isnan(in_angstrom(np.array([0.0, -1.0]), "cm-1")).all()


def test_every_keyword_of_the_observers_motion() -> None:
    for keyword in BARYCENTRIC_KEYWORDS:
        sign = -1.0 if keyword == "HELIO_RV" else 1.0
        for value in (12.3, -34.9):
            velocity, source = barycentric_velocity(one(keyword, value))
            assert velocity == sign * value and source.startswith(keyword), keyword
        frame = "heliocentric" if keyword in HELIOCENTRIC_KEYWORDS else "barycentric"
        assert [(v, f) for v, f, _ in observer_velocities(one(keyword, 12.3))] == [(12.3, frame)], keyword
        assert math.isnan(barycentric_velocity(one(keyword, 35.1))[0])  # m/s, or something else
        assert math.isnan(star_velocity(one(keyword, 12.3))[0]), keyword
    # The correction of a BeSS file is a redshift; that of rvcorrect is added to an observed velocity.
    assert barycentric_velocity(one("BSS_VHEL", 4.5))[0] == -4.5
    assert barycentric_velocity(one("VHELIO", 21.0, VOBS=9.0))[0] == 12.0
    assert barycentric_velocity(one("VHELIO", 21.0, VLSR=3.0))[0] == 21.0


def test_every_keyword_of_the_stars_velocity() -> None:
    for keyword in STAR_KEYWORDS:
        assert star_velocity(one(keyword, -52.5))[0] == -52.5, keyword
        assert math.isnan(star_velocity(one(keyword, 3001.0))[0]), keyword
        assert not observer_velocities(one(keyword, -52.5)), keyword
    assert math.isnan(star_velocity(one("VHELIO", 12.0))[0])  # alone and small it may be either
    assert star_velocity(one("VHELIO", 12.0, VERR=0.1))[0] == 12.0
    error = "CARACAL SERVAL E_RV"
    for size, expected in ((2.0, -52.5), (2.1, math.nan)):
        found = star_velocity(Header([("CARACAL SERVAL RV", -52.5, ""), (error, size, "")]))[0]
        assert found == expected or math.isnan(found) and math.isnan(expected)


def test_every_keyword_of_the_resolving_power() -> None:
    facts = InstrumentFacts("X", 50_000.0, "table")
    for keyword in _DIRECT_KEYWORDS:
        for value, expected in ((100.0, 100.0), (99.0, 50_000.0), (1e6, 1e6), (1.1e6, 50_000.0)):
            assert find_resolving_power(one(keyword, value), [], facts)["resolving_power"] == expected
    assert find_resolving_power(one("RES", 500.0, XUNITS="um"), [], facts)["resolving_power"] == 500.0
    assert find_resolving_power(one("RES", 499.0, XUNITS="um"), [], facts)["resolving_power"] == 50_000.0


def test_every_kind_of_error() -> None:
    flux, sigma = np.array([4.0, -5.0, 1.0]), np.array([0.4, 0.5, 2.0])
    stored = {"sigma": sigma, "variance": sigma**2, "ivar": sigma**-2.0, "relative": sigma / np.abs(flux)}
    for kind, values in stored.items():
        np.testing.assert_allclose(sigma_of_kind(values, kind, flux), sigma, rtol=1e-12, err_msg=kind)
    for kind in ("variance", "ivar"):
        assert np.isnan(sigma_of_kind(np.array([0.0, -1.0, np.nan]), kind, flux)).all()


def test_every_code_of_a_magnitude() -> None:
    #                  plain bright 99    999   -99    nan    odd   >5   limit  none
    value = np.array([21.0, 18.9, 99.0, 999.0, -99.0, np.nan, 41.0, 22.0, 25.5, 99.0])
    error = np.array([0.02, 0.0, 26.5, 25.0, 0.1, 0.1, 0.1, 5.1, 0.3, 50.0])
    flag = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    found = band_values(value, error, flag)
    nan = np.nan
    np.testing.assert_allclose(found.magnitude, [21.0, 18.9, *[nan] * 8], rtol=1e-6)
    np.testing.assert_allclose(found.error, [0.02, 0.001, *[nan] * 8], rtol=1e-6)
    np.testing.assert_allclose(found.limit, [nan, nan, 26.5, 25.0, *[nan] * 4, 25.5, nan], rtol=1e-6)
    counts = (found.n_detected, found.n_limits, found.n_unobserved, found.n_no_limit, found.n_no_error)
    assert (*counts, found.n_odd) == (2, 3, 2, 1, 1, 1)
    assert np.isnan(band_values(np.array([19.1]), np.array([0.0]), None).magnitude).all()
    for mark in (">", "<", "L", "u", "limit", "1", "True", "T", "y", "YES"):
        told = band_values(np.array([25.0]), np.array([0.3]), np.array([mark]))
        assert told.limit[0] == 25.0 and told.n_detected == 0, mark
    assert band_values(np.array([25.0]), np.array([0.3]), np.array(["no"])).n_detected == 1


def test_fluxes_below_their_errors_are_limits() -> None:
    flux = np.array([100.0, 1.01, 1.0, -3.0, -99.0, 5.0, 7.0])
    error = np.array([2.0, 1.0, 1.0, 2.0, 1.0, 0.0, 1.0])
    found = from_fluxes(flux, error, np.array([0, 0, 0, 0, 0, 0, 1]), 10.0)
    nan = np.nan
    zero = 23.9
    expected = [zero - 2.5 * math.log10(1000.0), zero - 2.5 * math.log10(10.1), *[nan] * 5]
    np.testing.assert_allclose(found.magnitude, expected, rtol=1e-6)
    one_sigma = 2.5 / math.log(10.0)
    np.testing.assert_allclose(found.error, [0.02 * one_sigma, one_sigma / 1.01, *[nan] * 5], rtol=1e-5)
    limits = [zero - 2.5 * math.log10(10.0 * sigma) for sigma in (1.0, 2.0, 1.0)]
    np.testing.assert_allclose(found.limit, [nan, nan, *limits[:2], nan, nan, limits[2]], rtol=1e-6)
    assert (found.n_detected, found.n_limits, found.n_unobserved, found.n_no_error) == (2, 3, 1, 1)
    for scale, expected_mass in (("", 10.0), ("log10", 10.0)):
        assert log_mass(np.array([10.0, -99.0, 99.0]), scale, "m")[0][0] == expected_mass
    np.testing.assert_allclose(log_mass(np.array([1e10, 0.0, 99.0]), "", "m")[0], [10.0, nan, nan])
