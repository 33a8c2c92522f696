"""Stitching: right errors and levels against a known spectrum, and every choice does what it says."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.stages.stitch_orders import METHODS, Stitch
from spectragui.preprocessing.stitching.level_match import match_levels
from spectragui.preprocessing.stitching.order_overlap import find_overlap
from spectragui.preprocessing.stitching.order_pixels import order_pixels, smooth_level

N_ORDERS, N_PIXELS, SNR = 5, 1200, 60.0
SIGMA_AA = 0.05  # of the lines: 2.7 pixels FWHM


def star(wavelength: np.ndarray) -> np.ndarray:
    """Return the true spectrum: lines at fixed places on a continuum of 1."""
    generator = np.random.default_rng(3)
    flux = np.ones_like(wavelength)
    for centre, depth in zip(
        generator.uniform(5000.0, 5260.0, 150), generator.uniform(0, 0.9, 150), strict=True
    ):
        flux *= 1 - depth * np.exp(-0.5 * np.square((wavelength - centre) / SIGMA_AA))
    return flux


def echelle(seed: int = 0, level_error: float = 0.0, snr: float = SNR) -> EchelleSpectrum:
    """Return deblazed orders with noise that grows to their ends."""
    generator = np.random.default_rng(seed)
    levels = 1.0 + level_error * np.random.default_rng(99).standard_normal(N_ORDERS)
    orders = []
    for number in range(N_ORDERS):
        place = np.linspace(-0.5, 0.5, N_PIXELS)
        wavelength = 5025.0 + 40.0 * number + 54.0 * (place - 0.1 * place**2)
        sigma = levels[number] / snr / np.sqrt(np.sinc(1.5 * place) ** 2 + 0.01)
        flux = levels[number] * star(wavelength) + sigma * generator.standard_normal(N_PIXELS)
        axis = SpectralAxis(wavelength, medium="air", frame="rest")
        orders.append(Spectrum(axis, flux, sigma, meta={"order": number}))
    return EchelleSpectrum(tuple(orders), {"object": "toy"})


def in_overlaps(result, wavelength):
    inside = np.zeros(wavelength.size, dtype=bool)
    for region in result.regions:
        if region.kind == "overlap":
            inside |= (wavelength > region.low_aa) & (wavelength < region.high_aa)
    return inside


@pytest.mark.parametrize("method", METHODS)
def test_errors_are_the_scatter_of_many_frames(method):
    stage = Stitch(method=method, level_match="none")
    result = stage.run(echelle(0))
    wavelength = result.spectrum.wavelength_aa
    frames = [stage.run(echelle(seed)).spectrum for seed in range(1, 91)]
    assert all(np.array_equal(frame.wavelength_aa, wavelength) for frame in frames)
    good = result.spectrum.good
    deviation = np.array([frame.flux for frame in frames]) - star(wavelength)
    ratio = np.sqrt(np.mean(np.square(deviation / result.spectrum.uncertainty), axis=0))
    overlap = in_overlaps(result, wavelength) & good
    assert overlap.sum() > 1000
    assert np.sqrt(np.mean(ratio[good & ~overlap] ** 2)) == pytest.approx(1.0, abs=0.02)
    assert np.sqrt(np.mean(ratio[overlap] ** 2)) == pytest.approx(1.0, abs=0.02)
    bias = deviation.mean(axis=0)[good] / result.spectrum.uncertainty[good] * np.sqrt(len(frames))
    assert np.std(bias) < 1.1  # interpolation moves no line


def test_averaging_wins_where_orders_overlap():
    spectrum = echelle()
    cut, average = (Stitch(method=m, level_match="none").run(spectrum) for m in ("cut", "inverse-variance"))
    np.testing.assert_array_equal(cut.spectrum.wavelength_aa, average.spectrum.wavelength_aa)
    gain = cut.spectrum.uncertainty / average.spectrum.uncertainty
    overlap = in_overlaps(cut, cut.spectrum.wavelength_aa)
    assert gain.min() > 0.99 and np.median(gain[overlap]) > 1.1
    assert np.allclose(gain[~overlap], 1.0)


@pytest.mark.parametrize("degree", ["scale", "linear", "quadratic"])
def test_levels_come_back(degree):
    spectrum = echelle(5, level_error=0.03, snr=200.0)
    result = Stitch(level_match=degree).run(spectrum)
    wavelength, good = result.spectrum.wavelength_aa, result.spectrum.good
    ratio = result.spectrum.flux[good] / star(wavelength)[good]
    bright = star(wavelength)[good] > 0.9
    parts = np.array([np.median(part) for part in np.array_split(ratio[bright], 20)])
    assert np.std(parts) < 0.006  # from 3 %
    raw = Stitch(level_match="none").run(spectrum).spectrum
    steps = raw.flux[raw.good] / star(raw.wavelength_aa)[raw.good]
    parts = np.array(
        [np.median(part) for part in np.array_split(steps[star(raw.wavelength_aa)[raw.good] > 0.9], 20)]
    )
    assert np.std(parts) > 0.015


def test_level_errors_do_not_add_up_along_many_orders():
    orders = [order_pixels(order, n, 0.0) for n, order in enumerate(echelle(1).orders)]
    overlaps = [find_overlap(a, b) for a, b in zip(orders[:-1], orders[1:], strict=True)]
    levels = match_levels(orders, overlaps, 0)
    assert np.abs(levels.coefficients).max() < 0.005


def test_first_keeps_the_bluer_order_and_fills_its_gaps():
    spectrum = echelle()
    bluer = spectrum.orders[1]
    mask = np.zeros(N_PIXELS, dtype=bool)
    mask[1000:1004] = True  # inside its overlap with order 2
    orders = (spectrum.orders[0], bluer.replace(mask=mask), *spectrum.orders[2:])
    result = Stitch(method="first", level_match="none").run(EchelleSpectrum(orders)).spectrum
    inside = (bluer.wavelength_aa > 5062.0) & (bluer.wavelength_aa < 5085.0)
    at = np.searchsorted(result.wavelength_aa, bluer.wavelength_aa[inside])
    same = result.flux[at] == bluer.flux[inside]
    np.testing.assert_array_equal(np.flatnonzero(~same), np.flatnonzero(mask[inside]))
    assert result.good[at].all()  # filled from order 2
    assert np.all(np.abs(result.flux - star(result.wavelength_aa))[at] < 6 * result.uncertainty[at])


def test_a_cut_by_hand_is_sharp_and_stays_in_its_overlap():
    result = Stitch(level_match="none", cuts=((1, 5088.0), (2, 9000.0))).run(echelle())
    cuts = {region.order: region for region in result.regions if region.kind == "cut"}
    overlaps = {region.order: region for region in result.regions if region.kind == "overlap"}
    assert cuts[1].low_aa == 5088.0 and cuts[1].text == "hard" and cuts[0].text == "averaged"
    assert cuts[2].low_aa == overlaps[2].high_aa  # moved in
    stitched, orders = result.spectrum, echelle().orders
    for number, low, high in ((1, overlaps[1].low_aa + 1, 5087.9), (2, 5088.1, overlaps[1].high_aa - 1)):
        own = orders[number]
        inside = (own.wavelength_aa > low) & (own.wavelength_aa < high)
        at = np.searchsorted(stitched.wavelength_aa, own.wavelength_aa[inside])
        np.testing.assert_array_equal(stitched.flux[at], own.flux[inside])
    note = Stitch(cuts=((4, 5200.0),)).run(echelle()).notes[-1]
    assert "after order 4" in note


def test_orders_left_out_are_gone():
    result = Stitch(excluded=(0, 2)).run(echelle())
    assert {curve.order for curve in result.curves if curve.role == "weight"} == {1, 3, 4}
    assert result.spectrum.wavelength_aa[0] > 5035.0
    assert np.diff(result.spectrum.wavelength_aa).max() > 10.0  # the gap that order 2 leaves
    with pytest.raises(StageError, match="No order"):
        Stitch(excluded=(0, 1, 2, 3, 4)).run(echelle())


def test_noisy_ends_are_left_out():
    wide, narrow = (Stitch(edge_level=level).run(echelle()).spectrum for level in (0.0, 0.8))
    assert wide.wavelength_aa[0] == echelle().orders[0].wavelength_aa[0]
    assert narrow.wavelength_aa[0] > wide.wavelength_aa[0] + 5.0


@pytest.mark.parametrize("method", METHODS)
def test_masks_gaps_and_nan_are_kept(method):
    spectrum = echelle()
    flux = np.array(spectrum.orders[2].flux)
    flux[600:605] = np.nan  # in the middle, where no other order helps
    order = spectrum.orders[2]
    without = order.select(np.r_[0:300, 340:N_PIXELS]) if method == "mean" else order
    orders = (*spectrum.orders[:2], order.replace(flux=flux), *spectrum.orders[3:])
    result = Stitch(method=method).run(EchelleSpectrum(orders)).spectrum
    at = np.searchsorted(result.wavelength_aa, order.wavelength_aa[600:605])
    assert not result.good[at].any() and np.isfinite(result.flux[result.good]).all()
    assert np.all(np.diff(result.wavelength_aa) > 0)
    holed = EchelleSpectrum((*spectrum.orders[:2], without, *spectrum.orders[3:]))
    assert np.isfinite(Stitch(method=method).run(holed).spectrum.flux).all()


def test_pixels_never_crowd_where_orders_meet():
    step = np.diff(Stitch().run(echelle()).spectrum.wavelength_aa)
    assert step.min() > 0.5 * np.median(step) * 0.8 and step.max() < 1.7 * np.median(step)


def test_curves_and_regions_say_what_was_done():
    result = Stitch(level_match="none").run(echelle())
    weights = [curve for curve in result.curves if curve.role == "weight"]
    residuals = [curve for curve in result.curves if curve.role == "residual"]
    assert [curve.order for curve in weights] == list(range(N_ORDERS))
    assert [curve.order for curve in residuals] == list(range(N_ORDERS - 1))
    grid = np.linspace(5010.0, 5200.0, 300)
    inside = [np.interp(grid, c.wavelength_aa, c.values, left=0.0, right=0.0) for c in weights]
    np.testing.assert_allclose(np.sum(inside, axis=0)[5:-5], 1.0, atol=0.03)
    for curve in residuals:
        assert np.nanstd(curve.values) == pytest.approx(1.0, abs=0.15)


def test_the_input_is_left_alone_and_the_output_knows_where_it_is_from():
    spectrum = echelle()
    before = [np.array(order.flux) for order in spectrum.orders]
    result = Stitch().run(spectrum).spectrum
    for flux, order in zip(before, spectrum.orders, strict=True):
        np.testing.assert_array_equal(flux, order.flux)
    assert result.meta["object"] == "toy" and "order" not in result.meta
    assert result.spectral_axis.medium == "air" and result.meta["n_orders_stitched"] == N_ORDERS


def test_without_errors_none_are_invented():
    orders = tuple(order.replace(uncertainty=None) for order in echelle().orders)
    result = Stitch().run(EchelleSpectrum(orders)).spectrum
    assert result.uncertainty is None
    assert np.std((result.flux - star(result.wavelength_aa))[result.good]) < 0.03


def test_unlike_orders_and_single_spectra():
    spectrum = echelle()
    axis = spectrum.orders[0].spectral_axis.replace(medium="vacuum")
    with pytest.raises(StageError, match="medium"):
        Stitch().run(EchelleSpectrum((spectrum.orders[0].replace(spectral_axis=axis), *spectrum.orders[1:])))
    single = Stitch().run(spectrum.orders[0])
    assert single.spectrum is spectrum.orders[0]


def test_a_blaze_left_in_is_said():
    blaze = np.sinc(np.linspace(-0.8, 0.8, N_PIXELS)) ** 2
    orders = tuple(
        o.replace(flux=o.flux * blaze, uncertainty=o.uncertainty * blaze) for o in echelle().orders
    )
    assert any("blaze" in note for note in Stitch().run(EchelleSpectrum(orders)).notes)
    assert not any("blaze" in note for note in Stitch().run(echelle()).notes)


def test_weights_do_not_follow_single_pixels():
    good = np.ones(200, dtype=bool)
    good[50:60] = False
    values = np.linspace(1.0, 2.0, 200) + 0.3 * np.random.default_rng(0).standard_normal(200)
    smooth = smooth_level(values, good)
    assert np.abs(smooth - np.linspace(1.0, 2.0, 200)).max() < 0.25
    values[50:60] = 1e9
    np.testing.assert_array_equal(smooth_level(values, good), smooth)


def test_an_overlap_without_a_good_pixel_costs_nothing():
    spectrum = echelle()
    mask = np.zeros(N_PIXELS, dtype=bool)
    mask[-310:-4] = True  # all of the overlap but its last pixels
    orders = (spectrum.orders[0], spectrum.orders[1].replace(mask=mask), *spectrum.orders[2:])
    result = Stitch().run(EchelleSpectrum(orders))
    assert result.spectrum.good.sum() > 4000


@pytest.mark.parametrize("method", ["inverse-variance", "first", "mean"])
def test_hits_that_one_order_has_alone_are_left_out(method):
    spectrum = echelle(7)
    flux = [np.array(order.flux) for order in spectrum.orders]
    flux[1][1050:1053] += 0.6  # in the overlap with order 2
    flux[2][150:152] += 0.6  # in the overlap with order 1
    orders = tuple(o.replace(flux=f) for o, f in zip(spectrum.orders, flux, strict=True))
    result = Stitch(method=method, level_match="none").run(EchelleSpectrum(orders)).spectrum
    deviation = (result.flux - star(result.wavelength_aa))[result.good] / result.uncertainty[result.good]
    assert np.abs(deviation).max() < 6.0
    clean = Stitch(method=method, level_match="none").run(spectrum).spectrum
    left = Stitch(method=method, level_match="none", reject=0.0).run(spectrum).spectrum
    np.testing.assert_array_equal(clean.flux, left.flux)  # noise is never taken for a hit


def test_dark_pixels_at_the_detectors_edge_are_left_out():
    spectrum = echelle()
    flux = np.array(spectrum.orders[0].flux)
    flux[0] = 0.05
    orders = (spectrum.orders[0].replace(flux=flux), *spectrum.orders[1:])
    result = Stitch(edge_level=0.01, level_match="none").run(EchelleSpectrum(orders)).spectrum
    assert result.wavelength_aa[0] == spectrum.orders[0].wavelength_aa[1]
