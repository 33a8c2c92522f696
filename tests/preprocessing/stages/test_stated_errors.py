"""Every stage that changes errors states the scatter of noisy copies, through masks and along an order."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.joined_pixels import join_finest_pixels
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.stages.bad_pixels import BadPixels
from spectragui.preprocessing.stages.convolve import Convolve, blur
from spectragui.preprocessing.stages.doppler import Doppler
from spectragui.preprocessing.stages.mask_ranges import MaskRanges
from spectragui.preprocessing.stages.normalise import Normalise
from spectragui.preprocessing.stages.resample import Resample
from spectragui.preprocessing.stages.savitzky_golay import SavitzkyGolay, choose_by_bic
from spectragui.preprocessing.stages.smooth import Smooth
from spectragui.preprocessing.stages.stitch_orders import Stitch
from spectragui.preprocessing.stages.treat_gaps import Gaps
from spectragui.preprocessing.stages.trim import Trim
from spectragui.preprocessing.stitching.level_match import _ratio

N_COPIES = 100
X = np.geomspace(4000.0, 8000.0, 500)  # an octave: kernels change along it
SIGMA = np.linspace(1.0, 2.0, X.size)
MASK = np.zeros(X.size, bool)
MASK[[60, 61, 62, 200, 201, 333]] = True

STAGES = {
    "convolve": Convolve(resolving_power=150.0, present_power=600.0),
    "smooth": Smooth("Gaussian", 4.0),
    "box": Smooth("box", 5.0),
    "median": Smooth("median", 7.0),
    "savitzky-golay": SavitzkyGolay(by_bic=False, window=11, order=2),
    "resample coarser": Resample("linear", step_aa=25.0),
    "resample finer": Resample("velocity", step_kms=250.0),
    "normalise": Normalise("at a wavelength", wavelength_aa=6000.0, width_aa=1500.0, target=7.0),
    "fill bad pixels": BadPixels(saturated=False, treatment="interpolate"),
    "fill gaps": Gaps(shortest=1, treatment="interpolate"),
    "trim": Trim(4200.0, 7800.0, 3),
}


@pytest.mark.parametrize("name", list(STAGES))
def test_errors_are_the_scatter(name: str) -> None:
    found = []
    for seed in range(N_COPIES):
        flux = 100.0 + np.random.default_rng(seed).normal(0.0, SIGMA)
        spectrum = Spectrum(SpectralAxis(X, medium="air", frame="rest"), flux, SIGMA, MASK)
        found.append(STAGES[name].run(spectrum).spectrum)
    good = np.all([one.good for one in found], axis=0)
    scatter = np.std([one.flux for one in found], axis=0)[good]
    told = np.median([one.uncertainty for one in found], axis=0)[good]
    ratio = told / scatter
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)
    # Nowhere along it: the stretches of the order, and what is beside a hole.
    for part in np.array_split(ratio, 5):
        assert np.median(part) == pytest.approx(1.0, abs=0.12)
    if name in ("fill bad pixels", "fill gaps"):
        filled = MASK[good.nonzero()[0]] if good.size == X.size else None
        assert filled is not None and filled.sum() == 6
        assert np.median(ratio[filled]) == pytest.approx(1.0, abs=0.15)


def test_joined_pixels_state_the_scatter() -> None:
    wave = 5000.0 * np.exp(np.arange(4000) * 0.03 / 299792.458)  # 0.03 km/s: five are one
    sigma = np.linspace(1.0, 2.0, wave.size)
    found = [
        join_finest_pixels(
            Spectrum(SpectralAxis(wave), 50.0 + np.random.default_rng(seed).normal(0.0, sigma), sigma)
        )
        for seed in range(60)
    ]
    assert len(found[0]) == 800
    ratio = found[0].uncertainty / np.std([one.flux for one in found], axis=0)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("level", [10.0, 1000.0])
def test_noise_is_estimated_as_large_as_it_is(level: float) -> None:
    rng = np.random.default_rng(2)
    sigma = np.linspace(0.5, 1.5, 4000)
    flux = level + rng.normal(0.0, sigma)
    ratio = estimate_noise(flux, np.zeros(flux.size, bool)) / sigma
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.05)
    assert ratio[:400].mean() == pytest.approx(1.0, abs=0.15) and ratio[-400:].mean() == pytest.approx(
        1.0, abs=0.15
    )


def test_a_levels_error_is_added_in_quadrature() -> None:
    rng = np.random.default_rng(6)
    orders = []
    for number, start in enumerate((5000.0, 5050.0, 5100.0)):
        wave = np.linspace(start, start + 62.0, 900)
        flux = (1.0 + 0.01 * number) * 100.0 + rng.normal(0.0, 1.0, 900)
        orders.append(Spectrum(SpectralAxis(wave, medium="air", frame="rest"), flux, np.full(900, 1.0)))
    echelle = EchelleSpectrum(tuple(orders))
    plain, told = (Stitch(level_errors=on).run(echelle).spectrum for on in (False, True))
    assert np.array_equal(plain.flux, told.flux)
    extra = np.sqrt(told.uncertainty**2 - plain.uncertainty**2) / np.abs(told.flux)
    levels = [error for *_, error in told.meta["order_levels"]]
    assert levels and np.nanmin(extra) == pytest.approx(min(levels), rel=0.05)
    assert np.nanmax(extra) == pytest.approx(max(levels), rel=0.05)


def test_a_levels_error_has_a_part_of_either_order() -> None:
    rng = np.random.default_rng(8)
    for sigmas in ((0.1, 2.0), (4.0, 0.1)):
        first, second = (np.full(40, value) for value in sigmas)
        found = np.array(
            [
                _ratio(100.0 + rng.normal(0, first), first, 50.0 + rng.normal(0, second), second)
                for _ in range(400)
            ]
        )
        assert found[:, 0].mean() == pytest.approx(np.log(2.0), abs=0.001)
        assert np.median(found[:, 1]) / found[:, 0].std() == pytest.approx(1.0, abs=0.15), sigmas


@pytest.mark.parametrize(("method", "wanted"), [("inverse-variance", 2 / 5**0.5), ("mean", 0.5 * 5**0.5)])
def test_errors_of_two_orders_add_by_their_weights(method: str, wanted: float) -> None:
    waves = [5000.0 + 0.05 * np.arange(start, start + 1200) for start in (0, 1000)]  # the same pixels
    orders = [
        Spectrum(SpectralAxis(w, medium="air", frame="rest"), np.full(1200, 100.0), np.full(1200, sigma))
        for w, sigma in zip(waves, (1.0, 2.0), strict=True)
    ]
    joined = Stitch(method=method, level_match="none").run(EchelleSpectrum(tuple(orders))).spectrum
    inside = np.abs(joined.wavelength_aa - 5055.0) < 1.0  # towards its ends an order fades out
    assert inside.sum() == 39
    np.testing.assert_allclose(joined.uncertainty[inside], wanted, rtol=1e-3)
    np.testing.assert_allclose(joined.flux[inside], 100.0)


def test_errors_of_a_blur_of_changing_width_are_those_of_its_weights() -> None:
    """The blur is linear: what it makes of single pixels are the weights that its errors follow from."""
    widths, sigma = np.linspace(1.5, 6.0, 240), np.linspace(0.5, 2.0, 240)
    good = np.ones(240, dtype=bool)
    good[[70, 71, 150]] = False
    weights = np.stack([blur(one, None, good, widths)[0] for one in np.eye(240)], axis=1)[:, good]
    _, told, empty = blur(np.full(240, 3.0), sigma, good, widths)
    assert not empty.any()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(told, np.sqrt(np.square(weights) @ np.square(sigma[good])), rtol=1e-6)


# What is told is what is done


def test_a_barycentric_shift_and_masks_of_the_observer() -> None:
    wave = np.arange(6000.0, 6040.0, 0.02)
    telluric = 6020.0
    seen = Spectrum(
        SpectralAxis(wave, medium="air", frame="observer"), np.ones(wave.size), meta={"berv_kms": 25.0}
    )
    moved = Doppler(from_file=True, frame="barycentric").run(seen).spectrum
    # The Earth moves towards the star by 25 km/s: all was seen too blue, and gets redder.
    assert moved.wavelength_aa / wave == pytest.approx(np.full(wave.size, 1.0 + 25.0 / 299792.458), rel=1e-7)
    assert moved.spectral_axis.frame == "barycentric"
    marked = MaskRanges(((telluric - 0.51, telluric + 0.51),), frame="observer").run(moved).spectrum
    assert np.array_equal(marked.mask, np.abs(wave - telluric) <= 0.51)
    plain = MaskRanges(((telluric - 0.51, telluric + 0.51),)).run(moved).spectrum
    assert np.array_equal(plain.mask, np.abs(moved.wavelength_aa - telluric) <= 0.51)
    rest = Doppler(40.0).run(marked).spectrum
    again = MaskRanges(((telluric - 0.51, telluric + 0.51),), frame="observer").run(rest).spectrum
    assert np.array_equal(again.mask, marked.mask)
    assert rest.spectral_axis.velocity_history[-1] == VelocityStep(
        40.0, "barycentric", "rest", "v = +40.000 km/s taken out by the stage Doppler shift"
    )
    star = seen.with_meta(v_rad_kms=-30.0)
    both = Doppler(from_file=True).run(star).spectrum  # in the observer's frame it moves by -30 - 25 km/s
    assert both.wavelength_aa / wave == pytest.approx(np.full(wave.size, 1.0 + 55.0 / 299792.458), rel=1e-6)


def test_limits_of_grids_and_trims() -> None:
    wave = np.arange(5000.0, 5100.0, 0.1)
    spectrum = Spectrum(SpectralAxis(wave, medium="air", frame="rest"), np.arange(wave.size, dtype=float))
    for grid, step in (("linear", {"step_aa": 0.5}), ("velocity", {"step_kms": 20.0})):
        found = Resample(grid, **step, start_aa=5020.0, stop_aa=5060.0).run(spectrum).spectrum.wavelength_aa
        assert found[0] == pytest.approx(5020.0) and 5059.4 < found[-1] <= 5060.0 + 1e-6
        steps = np.diff(found) if grid == "linear" else np.diff(np.log(found)) * 299792.458
        assert steps == pytest.approx(np.full(steps.size, next(iter(step.values()))))
    trimmed = Trim(5009.95, 5090.05, 4).run(spectrum).spectrum
    assert trimmed.wavelength_aa[[0, -1]] == pytest.approx([5010.0, 5090.0], abs=0.051)
    edges = Trim(edge_pixels=4).run(spectrum).spectrum
    assert edges.flux[[0, -1]].tolist() == [4.0, wave.size - 5.0]


def test_a_part_of_bad_pixels_at_its_limit() -> None:
    from spectragui.core.errors import StageError

    flux = np.linspace(10.0, 11.0, 200)
    flux[:20] = 0.0  # a tenth
    spectrum = Spectrum(SpectralAxis(np.arange(5000.0, 5200.0)), flux, np.full(200, 0.1))
    assert BadPixels(saturated=False, largest_part=0.1).run(spectrum).spectrum.mask.sum() == 20
    with pytest.raises(StageError, match="10 % of the pixels are bad"):
        BadPixels(saturated=False, largest_part=0.098).run(spectrum)


@pytest.mark.parametrize("threshold", [5.0, 9.0])
def test_a_hit_at_the_threshold(threshold: float) -> None:
    """One pixel above a flat order, with lines of a FWHM of 2 pixels: a neighbour has half of them."""
    from spectragui.preprocessing.stages.cosmic_rays import find_hits

    ratio = 0.9 * np.exp(-0.5 * 2.3548200450309493**2 / 4.0)
    limit = threshold * np.sqrt(1.0 + 0.5 / ratio**2)  # the pixel's noise and its neighbours', as they count
    for height, is_hit in ((0.98 * limit, False), (1.02 * limit, True)):
        flux = np.full(200, 100.0)
        flux[90] += height
        found = find_hits(flux, np.ones(200), np.zeros(200, bool), 2.0, threshold, 1)
        assert found.any() == is_hit and found.sum() == int(is_hit), (height, limit)


def test_the_bic_counts_what_a_smoothing_takes() -> None:
    """Of white noise about a parabola a wide window is chosen, of lines the one with the least BIC."""
    chosen = []
    for seed in range(8):
        x = np.linspace(-1.0, 1.0, 2000)
        flux = 10.0 + x**2 + np.random.default_rng(seed).normal(0.0, 0.1, x.size)
        order = Spectrum(SpectralAxis(np.arange(5000.0, 7000.0)), flux, np.full(x.size, 0.1))
        window, degree = choose_by_bic(order)
        chosen.append((window, degree))
    assert all(window >= 41 and degree <= 3 for window, degree in chosen), chosen
    lines = 10.0 - 3.0 * np.exp(-0.5 * ((np.arange(2000) % 50 - 25) / 4.0) ** 2)
    order = order.replace(flux=lines + np.random.default_rng(1).normal(0.0, 0.1, 2000))
    # chi2 + n h0 ln n by hand, h0 the kernel's middle.
    from spectragui.preprocessing.stages.savitzky_golay import BIC_ORDERS, BIC_WINDOWS, kernel_of

    scores = {}
    for window in BIC_WINDOWS:
        padded = np.pad(order.flux, window // 2, mode="reflect")
        for degree in BIC_ORDERS:
            if degree < window - 1:
                kernel = kernel_of(window, degree)
                off = (order.flux - np.convolve(padded, kernel, mode="valid")) / 0.1
                scores[window, degree] = np.sum(off**2) + 2000 * kernel[window // 2] * np.log(2000)
    assert choose_by_bic(order) == min(scores, key=scores.__getitem__)


@pytest.mark.parametrize("unit", [1e-250, 1e-60, 1.0, 1e200, 1e290])
def test_hits_are_found_in_any_unit(unit):
    """Squares of very large or small errors are no numbers: no hit was found there, in silence."""
    from spectragui.preprocessing.stages.cosmic_rays import find_hits

    flux = np.ones(200)
    flux[100] = 50.0
    found = find_hits(unit * flux, np.full(200, 0.1 * unit), np.zeros(200, bool), 2.0, 5.0, 1)
    assert np.flatnonzero(found).tolist() == [100]


def test_blocks_of_pixels_with_next_to_no_error():
    from spectragui.preprocessing.envelope.blocks import average_blocks

    wavelength = np.linspace(5000.0, 5050.0, 1000)
    blocks = average_blocks(wavelength, np.full(1000, 1e5), np.full(1000, 1e-310), np.ones(1000, bool))
    assert all(np.isfinite(values).all() for values in vars(blocks).values())
