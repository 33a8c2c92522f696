"""Deblazing by a blaze that is known, from wherever; and levels that a prior holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.deblaze import Deblaze
from spectragui.preprocessing.stages.resample import Resample
from spectragui.preprocessing.stages.stitch_orders import Stitch

N_ORDERS, N_PIXELS, LENGTH = 24, 800, 50.0
U = np.linspace(-0.5, 0.5, N_PIXELS)


def blaze_of(number: int, drift: float = 0.02) -> np.ndarray:
    """Return a blaze that is neither symmetric nor a sinc²; its tops change from order to order."""
    top = 1.0 + drift * number
    return top * np.exp(-4.0 * (U - 0.04) ** 2) * (1.0 + 0.3 * U) * (1.0 - 0.5 * (U + 0.05) ** 3)


def star(wavelength: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(3)
    flux = np.exp(0.3 * np.sin(wavelength / 300.0))
    for centre, depth in zip(rng.uniform(5000, 6100, 700), rng.uniform(0, 0.7, 700), strict=True):
        near = np.abs(wavelength - centre) < 1.0
        flux[near] *= 1 - depth * np.exp(-0.5 * np.square((wavelength[near] - centre) / 0.15))
    return flux


def echelle(
    levels: np.ndarray | None = None, spacing: float = 42.0, known: bool = True, seed: int = 0
) -> EchelleSpectrum:
    rng = np.random.default_rng(seed)
    levels = np.ones(N_ORDERS) if levels is None else levels
    orders = []
    for number in range(N_ORDERS):
        wavelength = 5030.0 + spacing * number + LENGTH * U
        # What changes from order to order with nobody knowing it looks like the star's continuum.
        clean = 4000.0 * levels[number] * star(wavelength) * blaze_of(number, 0.02 if known else 0.0)
        sigma = np.sqrt(clean + 20.0)
        meta = {"order": number}
        if known:
            meta |= {"blaze": blaze_of(number), "blaze_source": "extension FLAT", "blaze_kind": "file"}
        axis = SpectralAxis(wavelength, medium="air", frame="rest")
        orders.append(Spectrum(axis, clean + sigma * rng.standard_normal(N_PIXELS), sigma, meta=meta))
    return EchelleSpectrum(tuple(orders))


def bend(spectrum: Spectrum) -> float:
    """Return the rms of stitched over true in blocks of 10 A."""
    good = spectrum.good
    wavelength, ratio = spectrum.wavelength_aa[good], spectrum.flux[good] / star(spectrum.wavelength_aa[good])
    blocks = np.array_split(ratio, int(np.ptp(wavelength) / 10.0))
    medians = np.array([np.median(block) for block in blocks])
    return float(np.std(medians / np.median(medians)))


def test_the_known_blaze_is_used_with_its_scale_and_only_once():
    result = Deblaze().run(echelle())
    assert any("extension FLAT" in note for note in result.notes)
    tops = [np.median(o.flux / star(o.wavelength_aa)) for o in result.spectrum.orders]
    assert np.std(tops) / np.mean(tops) < 0.01  # the tops of the blaze differ by half of it
    assert not any("blaze" in order.meta for order in result.spectrum.orders)
    assert bend(Chain.of(Deblaze(), Stitch()).run(echelle()).spectrum) < 0.006


def test_a_blaze_in_units_of_each_order_is_scaled_to_its_top():
    scales = np.random.default_rng(1).uniform(0.3, 3.0, N_ORDERS)
    spectrum = echelle()
    orders = [
        o.replace(flux=o.flux / blaze_of(n).max(), uncertainty=o.uncertainty / blaze_of(n).max()).with_meta(
            blaze=blaze_of(n) * scales[n]
        )
        for n, o in enumerate(spectrum.orders)
    ]
    deblazed = Deblaze().run(EchelleSpectrum(tuple(orders))).spectrum
    tops = [np.median(o.flux / star(o.wavelength_aa)) for o in deblazed.orders]
    assert np.std(tops) / np.mean(tops) < 0.01


def test_none_leaves_it_and_gives_back_what_the_reader_divided():
    recorded = echelle()
    divided = EchelleSpectrum(
        tuple(
            o.replace(flux=o.flux / o.meta["blaze"], uncertainty=o.uncertainty / o.meta["blaze"]).with_meta(
                has_blaze=False
            )
            for o in recorded.orders
        )
    )
    back = Deblaze(blaze="none").run(divided).spectrum
    for one, other in zip(back.orders, recorded.orders, strict=True):
        np.testing.assert_allclose(one.flux, other.flux)
        np.testing.assert_allclose(one.uncertainty, other.uncertainty)
    kept = Deblaze(least=0.0).run(divided)
    np.testing.assert_array_equal(kept.spectrum.orders[3].flux, divided.orders[3].flux)
    assert any("reader has divided" in note for note in kept.notes)


def test_a_flat_field_without_wavelengths_is_matched_by_its_rows(tmp_path: Path):
    rows = np.array([blaze_of(number, 0.0) for number in range(N_ORDERS)])
    for name, image in (("same.fits", rows), ("turned.fits", rows[::-1, ::-1])):
        fits.PrimaryHDU(image).writeto(tmp_path / name)
        stage = Deblaze(blaze="flat", flat_file=str(tmp_path / name))
        assert bend(Chain.of(stage, Stitch()).run(echelle(known=False)).spectrum) < 0.006
    fits.PrimaryHDU(rows[:3]).writeto(tmp_path / "few.fits")
    with pytest.raises(StageError):
        Deblaze(blaze="flat", flat_file=str(tmp_path / "few.fits")).run(echelle(known=False))


def test_an_unknown_blaze_is_found_from_the_overlaps():
    assert bend(Chain.of(Deblaze(), Stitch()).run(echelle(known=False)).spectrum) < 0.025


def test_dim_ends_that_an_estimated_blaze_does_not_follow_are_left_out():
    # Orders with a top that is no sinc² and long dim tails, as behind a slit's or a flat field's edge.
    tails = 0.5 * (np.tanh((U + 0.28) / 0.05) + 1.0) * 0.5 * (1.0 - np.tanh((U - 0.33) / 0.01))
    rng, orders = np.random.default_rng(6), []
    for number in range(N_ORDERS):
        wavelength = 5030.0 + 25.0 * number + LENGTH * U
        clean = 4000.0 * star(wavelength) * (1.0 + 0.6 * U**2) * np.maximum(tails, 1e-4)
        sigma = np.sqrt(clean + 20.0)
        axis = SpectralAxis(wavelength, medium="air", frame="rest")
        orders.append(Spectrum(axis, clean + sigma * rng.standard_normal(N_PIXELS), sigma))
    deblazed = Deblaze().run(EchelleSpectrum(tuple(orders))).spectrum
    for order in deblazed.orders:
        flat = (order.flux / star(order.wavelength_aa))[order.good]
        assert flat.size > 450 and np.mean(flat < 0.4 * np.median(flat)) < 0.04


def test_other_pixels_or_a_divided_continuum_forget_the_blaze():
    order = echelle().orders[4]
    same_length = Resample(step_aa=float(np.median(np.diff(order.wavelength_aa))))
    assert "blaze" not in same_length.run(order).spectrum.meta
    assert "blaze" not in Continuum().run(order).spectrum.meta


def test_levels_do_not_wander_and_lone_orders_say_their_error():
    levels = 1.0 + 0.02 * np.random.default_rng(5).standard_normal(N_ORDERS)
    chain = Chain.of(Deblaze(), Stitch())
    found = chain.run(echelle(levels)).results[-1].levels
    got = np.array([one.level for one in found.orders])
    assert np.std(got / levels) < 0.005 and found.wandering is None
    assert all(one.touches and one.error < 0.01 for one in found.orders)
    lone = chain.run(echelle(levels, spacing=60.0)).results[-1]
    assert not any(one.touches for one in lone.levels.orders)
    assert [one.error for one in lone.levels.orders] == pytest.approx([0.02] * N_ORDERS)
    assert any("touch no other" in note and "2 %" in note for note in lone.notes)
    assert any("touch no other" in note for note in lone.spectrum.meta["notes"])


@pytest.mark.parametrize("rise", [0.25, -0.15])
def test_a_trend_that_all_orders_share_is_a_tilt_and_no_level(rise: float):
    # As in counts per pixel, whose width changes along an order: each redder order begins higher.
    spectrum = echelle(1.0 + 0.02 * np.random.default_rng(5).standard_normal(N_ORDERS))
    tilt = np.exp(-0.5 * np.log1p(rise) * U / 0.42)
    orders = tuple(o.replace(flux=o.flux * tilt, uncertainty=o.uncertainty * tilt) for o in spectrum.orders)
    run = Chain.of(Deblaze(), Stitch()).run(spectrum.replace(orders=orders))
    levels = np.array([one.level for one in run.results[-1].levels.orders])
    assert np.abs(np.log(levels / np.median(levels))).max() < 0.07 and bend(run.spectrum) < 0.012
    assert any("tilt that orders share" in note for note in run.results[-1].notes)
    plan = Stitch().plan(run.spectra[1])
    for number, overlap in enumerate(plan.overlaps):
        wavelength = overlap.bluer.wavelength_aa[overlap.pixels]
        bluer = overlap.bluer.flux[overlap.pixels] * plan.levels.factor(number, wavelength)
        redder = overlap.redder_values.flux * plan.levels.factor(number + 1, wavelength)
        assert abs(np.log(bluer[overlap.both].sum() / redder[overlap.both].sum())) < 0.005, number


def test_levels_alone_are_no_shared_tilt():
    levels = 1.0 + 0.02 * np.random.default_rng(5).standard_normal(N_ORDERS)
    found = Chain.of(Deblaze(), Stitch()).run(echelle(levels)).results[-1].levels
    assert abs(found.shared_tilt) < 1e-6


def test_errors_can_hold_those_of_the_levels():
    spectrum = echelle(spacing=60.0)
    plain, full = (
        Chain.of(Deblaze(), Stitch(level_errors=on)).run(spectrum).spectrum for on in (False, True)
    )
    extra = np.sqrt(np.square(full.uncertainty) - np.square(plain.uncertainty))[full.good]
    np.testing.assert_allclose(extra, 0.02 * np.abs(full.flux[full.good]), rtol=1e-6)


def test_an_unlikely_level_is_named():
    levels = np.ones(N_ORDERS)
    levels[7] = 1.12
    result = Chain.of(Deblaze(), Stitch()).run(echelle(levels)).results[-1]
    assert [one.order for one in result.levels.outside] == [7]
    assert any("order 7 (1." in note for note in result.notes)


def test_notes_name_an_order_as_its_file_does():
    levels = np.ones(N_ORDERS)
    levels[7] = 1.12
    spectrum = echelle(levels)
    orders = tuple(order.with_meta(order=118 - number) for number, order in enumerate(spectrum.orders))
    result = Chain.of(Deblaze(), Stitch()).run(spectrum.replace(orders=orders)).results[-1]
    assert any("order 111 (1." in note for note in result.notes)
    assert "order 111 (1." in " ".join(result.levels.warnings)


def test_levels_that_wander_are_flagged():
    levels = 1.0 + 0.05 * np.sin(np.arange(N_ORDERS) / 4.0)
    result = Chain.of(Deblaze(), Stitch()).run(echelle(levels)).results[-1]
    assert result.levels.wandering is not None and result.spectrum.meta["levels_wander"] is True
    assert any("wander" in note for note in result.notes)
    steady = Chain.of(Deblaze(), Stitch()).run(echelle()).spectrum
    assert steady.meta["levels_wander"] is False


def test_orders_normalised_one_by_one_are_still_matched():
    levels = np.random.default_rng(8).uniform(0.4, 2.5, N_ORDERS)
    spectrum = echelle(levels)
    result = Chain.of(Deblaze(), Stitch()).run(spectrum).results[-1]
    assert bend(result.spectrum) < 0.1 and any("widened" in note for note in result.notes)
