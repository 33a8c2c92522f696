"""What is drawn is what is there: extremes, gaps, masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.plots.axis_units import ANGSTROM, DisplayUnit
from spectragui.gui.plots.curve import make_curve
from spectragui.gui.plots.decimate import decimate


def test_every_column_holds_the_extremes_of_its_pixels():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 100, 50_000))
    y = rng.normal(size=x.size)
    y[rng.random(x.size) < 0.3] = np.nan
    seen = decimate(x, y, y, 10.0, 90.0, 400)
    assert seen.is_decimated
    assert not np.isnan(seen.lower[seen.x < 90]).any()
    width = 80.0 / 400
    for column in (7, 150, 398):
        inside = y[(x >= seen.x[column] - width / 2) & (x < seen.x[column] + width / 2) & (x < 90.0)]
        assert seen.lower[column] == np.nanmin(inside)
        assert seen.upper[column] == np.nanmax(inside)


@settings(max_examples=60, deadline=None)
@given(
    n_pixels=st.integers(2, 5000),
    n_columns=st.integers(16, 900),
    start=st.floats(-50, 120, allow_subnormal=False),
    span=st.floats(0.01, 200),
    bad=st.floats(0, 1, allow_subnormal=False),
)
def test_no_extreme_in_view_is_lost(n_pixels, n_columns, start, span, bad):
    rng = np.random.default_rng(n_pixels)
    x = np.cumsum(rng.uniform(0.001, 0.05, n_pixels))
    y = rng.normal(size=n_pixels)
    y[rng.random(n_pixels) < bad] = np.nan
    seen = decimate(x, y, y, start, start + span, n_columns)
    inside = y[(x >= start) & (x <= start + span)]
    inside = inside[np.isfinite(inside)]
    assert np.all(np.diff(seen.x) > 0)
    assert seen.x.size <= 3 * n_columns + 2
    if inside.size:
        assert np.nanmin(seen.lower) <= inside.min()
        assert np.nanmax(seen.upper) >= inside.max()


def test_a_wide_gap_stays_a_gap_and_a_bad_pixel_does_not_make_one():
    x = np.linspace(0, 100, 100_000)
    y = np.ones(x.size)
    y[40_000:60_000] = np.nan
    y[::7] = np.nan
    seen = decimate(x, y, y, 0.0, 100.0, 500)
    gap = np.isnan(seen.lower)
    assert gap[(seen.x > 41) & (seen.x < 59)].all()
    assert not gap[(seen.x < 39) | (seen.x > 61)].any()


def test_few_points_are_all_drawn():
    x, y = np.arange(100.0), np.arange(100.0) ** 2
    seen = decimate(x, y, y, 20.5, 30.5, 1000)
    assert not seen.is_decimated
    assert seen.points_per_column == 1.0
    np.testing.assert_array_equal(seen.x, np.arange(20.0, 32.0))  # one more on each side


def test_points_per_column_are_counted():
    x = np.linspace(0, 1, 30_000)
    assert decimate(x, x, x, 0.0, 1.0, 1000).points_per_column == pytest.approx(30, rel=0.01)


def test_columns_do_not_move_with_the_view():
    rng = np.random.default_rng(3)
    x, y = np.linspace(0, 100, 200_000), rng.normal(size=200_000)
    first = decimate(x, y, y, 10.0, 60.0, 500)
    moved = decimate(x, y, y, 10.03, 60.03, 500)
    common = np.intersect1d(np.round(first.x, 6), np.round(moved.x, 6))
    assert common.size > 450


def spectrum(wavelength, flux, **other):
    return Spectrum(SpectralAxis(np.asarray(wavelength), medium="air"), np.asarray(flux, float), **other)


def test_missing_pixels_open_the_curve():
    wavelength = np.concatenate([np.linspace(5000, 5010, 101), np.linspace(5020, 5030, 101)])
    curve = make_curve("a", spectrum(wavelength, np.ones(202)), ANGSTROM)
    (lane,) = curve.lanes
    assert lane.x.size == 203
    assert np.isnan(lane.good[101])
    assert 5010 < lane.x[101] < 5020


def test_a_changing_step_is_no_gap():
    wavelength = 4000 * np.exp(np.linspace(0, 0.5, 5000)) ** 2
    (lane,) = make_curve("a", spectrum(wavelength, np.ones(5000)), ANGSTROM).lanes
    assert lane.x.size == 5000


def test_masked_pixels_are_drawn_apart():
    mask = np.zeros(10, bool)
    mask[4] = True
    (lane,) = make_curve("a", spectrum(np.arange(5000.0, 5010), np.arange(10), mask=mask), ANGSTROM).lanes
    assert np.isnan(lane.good[4])
    assert np.flatnonzero(np.isfinite(lane.masked)).tolist() == [3, 4, 5]  # joined to its neighbours


def test_overlapping_orders_ascend_in_each_lane_and_alternate_in_tone():
    orders = tuple(spectrum(np.linspace(5000 + 10 * i, 5012 + 10 * i, 50), np.full(50, i)) for i in range(9))
    curve = make_curve("a", EchelleSpectrum(orders), ANGSTROM)
    assert [lane.tone for lane in curve.lanes] == [0, 1]
    for lane in curve.lanes:
        assert np.all(np.diff(lane.x) > 0)
    tones = {int(v): lane.tone for lane in curve.lanes for v in lane.good[np.isfinite(lane.good)]}
    assert [tones[i] for i in range(9)] == [0, 1, 0, 1, 0, 1, 0, 1, 0]


def test_orders_that_all_overlap_get_lanes_of_their_own():
    orders = tuple(spectrum(np.linspace(5000 + i, 5100 + i, 50), np.full(50, i)) for i in range(5))
    curve = make_curve("a", EchelleSpectrum(orders), ANGSTROM)
    assert sum(np.isfinite(lane.good).sum() for lane in curve.lanes) == 250
    for lane in curve.lanes:
        assert np.all(np.diff(lane.x) > 0)


@pytest.mark.parametrize("unit", ["nm", "um", "cm-1"])
def test_display_units_are_those_of_astropy(unit):
    from astropy import units as u

    axis = SpectralAxis(np.linspace(5000, 6000, 11), medium="vacuum")
    shown, is_flipped = DisplayUnit(unit).convert(axis)
    expected = (axis.values * u.AA).to_value(unit if unit != "cm-1" else "1/cm", u.spectral())
    np.testing.assert_allclose(shown, np.sort(expected), rtol=1e-12)
    assert is_flipped == (unit == "cm-1")
    back = DisplayUnit(unit).to_angstrom(shown, "vacuum")
    np.testing.assert_allclose(np.sort(back), axis.values, rtol=1e-12)


def test_velocity_about_a_line_is_relativistic_and_comes_back():
    unit = DisplayUnit("velocity", 4861.35, "Hβ")
    shown = unit.from_angstrom(np.array([4861.35, 4861.35 * np.sqrt(1.5 / 0.5)]))
    np.testing.assert_allclose(shown, [0.0, 0.5 * 299792.458], atol=1e-9)
    np.testing.assert_allclose(unit.to_angstrom(shown), [4861.35, 4861.35 * np.sqrt(3)], rtol=1e-12)


def test_wavenumbers_of_air_wavelengths_are_those_in_vacuum():
    # The Na D lines: 16973.37 and 16956.17 cm-1 (NIST), 5889.951 and 5895.924 A in air.
    shown = DisplayUnit("cm-1").from_angstrom(np.array([5889.951, 5895.924]), "air")
    np.testing.assert_allclose(shown, [16973.37, 16956.17], atol=0.01)
