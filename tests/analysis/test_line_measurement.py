"""Lines of known width come back, and the errors are the scatter of many noisy copies."""

import numpy as np
import pytest

from spectragui.analysis.line_measurement import fit_line, measure_by_sums
from spectragui.analysis.region_pixels import region_pixels
from spectragui.analysis.region_statistics import region_statistics
from spectragui.core.errors import MeasurementError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum

CENTRE, SIGMA, WIDTH = 5000.03, 0.12, 0.15  # Angstrom; the equivalent width is 150 mA
X = np.arange(4990.0, 5010.0, 0.02)
N_COPIES = 300


def line(lorentz=0.0, slope=0.0, emission=1.0):
    """Return a spectrum computed on a grid 20 times finer, averaged over the pixels."""
    from scipy.special import voigt_profile

    fine = (X[:, None] + 0.02 * (np.arange(20) - 9.5) / 20).ravel()
    profile = voigt_profile(fine - CENTRE, SIGMA, 0.5 * lorentz)
    flux = 3.0 * (1 + slope * (fine - 5000)) * (1 - emission * WIDTH * profile)
    return flux.reshape(X.size, 20).mean(axis=1)


def spectrum(flux, sigma=0.02, seed=None, **changes):
    errors = np.full(X.size, sigma) * np.linspace(0.8, 1.2, X.size)
    if seed is not None:
        flux = flux + np.random.default_rng(seed).normal(0, errors)
    return Spectrum(SpectralAxis(X, medium="air"), flux, errors, **changes)


def scatter_over_error(measure, flux):
    """Return scatter / reported error and the bias in errors of a measurement of noisy copies."""
    found = np.array([measure(spectrum(flux, seed=seed)) for seed in range(N_COPIES)])
    values, errors = found[:, 0], found[:, 1]
    return values.std() / np.median(errors), values.mean(), errors.mean()


@pytest.mark.parametrize("slope", [0.0, 0.01])
def test_a_known_equivalent_width_comes_back(slope):
    pixels = region_pixels(spectrum(line(slope=slope)), 4999.0, 5001.0)
    sums = measure_by_sums(pixels)
    assert sums.equivalent_width_aa == pytest.approx(WIDTH, rel=0.003)
    assert sums.centroid_aa == pytest.approx(CENTRE, abs=0.002)
    fit = fit_line(pixels)
    assert fit.equivalent_width_aa == pytest.approx(WIDTH, rel=0.002)
    assert fit.centre_aa == pytest.approx(CENTRE, abs=1e-3)
    assert fit.fwhm_aa == pytest.approx(2.3548 * SIGMA, rel=0.002)
    assert fit.depth == pytest.approx(WIDTH / (SIGMA * np.sqrt(2 * np.pi)), rel=0.003)


def test_emission_is_a_negative_width():
    pixels = region_pixels(spectrum(line(emission=-2.0)), 4999.0, 5001.0)
    assert measure_by_sums(pixels).equivalent_width_aa == pytest.approx(-2 * WIDTH, rel=0.003)
    fit = fit_line(pixels)
    assert fit.equivalent_width_aa == pytest.approx(-2 * WIDTH, rel=0.003) and fit.depth < 0


def test_a_voigt_profile_gives_both_widths():
    pixels = region_pixels(spectrum(line(lorentz=0.2), 1e-4), 4997.0, 5003.0)
    fit = fit_line(pixels, "voigt")
    assert fit.equivalent_width_aa == pytest.approx(WIDTH, rel=0.01)
    assert fit.lorentz_fwhm_aa == pytest.approx(0.2, rel=0.02)
    x = np.linspace(4999, 5001, 200_001)
    from scipy.special import voigt_profile

    profile = voigt_profile(x - CENTRE, SIGMA, 0.1)
    above = x[profile > profile.max() / 2]
    assert fit.fwhm_aa == pytest.approx(above[-1] - above[0], rel=0.01)


@pytest.mark.parametrize(
    "measure",
    [
        lambda s: _pair(measure_by_sums(region_pixels(s, 4999.0, 5001.0)), "equivalent_width_aa"),
        lambda s: _pair(measure_by_sums(region_pixels(s, 4999.0, 5001.0), 3.0), "equivalent_width_aa"),
        lambda s: _pair(measure_by_sums(region_pixels(s, 4999.0, 5001.0)), "centroid_aa"),
        lambda s: _pair(fit_line(region_pixels(s, 4999.0, 5001.0)), "centre_aa"),
        lambda s: _pair(fit_line(region_pixels(s, 4999.0, 5001.0)), "fwhm_aa"),
        lambda s: _pair(fit_line(region_pixels(s, 4999.0, 5001.0)), "equivalent_width_aa"),
        lambda s: _pair(fit_line(region_pixels(s, 4999.0, 5001.0)), "depth"),
        lambda s: _pair(region_statistics(region_pixels(s, 5004.0, 5006.0)), "mean"),
    ],
    ids=["width", "width, level given", "centroid", "centre", "fwhm", "fitted width", "depth", "mean"],
)
def test_the_scatter_of_noisy_copies_is_the_reported_error(measure):
    """300 copies tell a scatter to 4 %."""
    ratio, _, _ = scatter_over_error(measure, line())
    assert ratio == pytest.approx(1.0, abs=0.12)


def _pair(result, name):
    return getattr(result, name), getattr(result, f"e_{name}")


def test_noise_does_not_pull_the_width():
    _, mean, error = scatter_over_error(
        lambda s: _pair(fit_line(region_pixels(s, 4999.0, 5001.0)), "equivalent_width_aa"), line()
    )
    assert abs(mean - WIDTH) < 4 * error / np.sqrt(N_COPIES)


def test_without_errors_they_come_from_the_scatter():
    noisy = spectrum(line(), seed=1)
    told = measure_by_sums(region_pixels(noisy, 4998.0, 5002.0)).e_equivalent_width_aa
    bare = noisy.replace(uncertainty=None)
    found = measure_by_sums(region_pixels(bare, 4998.0, 5002.0)).e_equivalent_width_aa
    assert found == pytest.approx(told, rel=0.25)
    fit = fit_line(region_pixels(bare, 4999.0, 5001.0))
    assert np.isnan(fit.reduced_chi2) and 0 < fit.e_centre_aa < 0.01


def test_masked_pixels_do_not_count():
    flux = line()
    flux[500] = 1e6
    masked = spectrum(flux, mask=np.arange(X.size) == 500)
    pixels = region_pixels(masked, 4999.0, 5001.0)
    assert pixels.n_masked == 1
    assert fit_line(pixels).centre_aa == pytest.approx(CENTRE, abs=0.002)


def test_the_order_that_covers_the_region_best_is_measured():
    whole = spectrum(line())
    orders = (whole.select(slice(0, 480)), whole.select(slice(300, None)))
    pixels = region_pixels(EchelleSpectrum(orders), 4999.0, 5001.0)
    assert pixels.order == 1 and len(pixels) == 100


def test_statistics_tell_the_noise():
    found = region_statistics(region_pixels(spectrum(line(), 0.03, seed=3), 5003.0, 5010.0))
    assert found.snr == pytest.approx(3.0 / (0.03 * 1.13), rel=0.1)
    assert found.snr_scatter == pytest.approx(found.snr, rel=0.15)
    assert found.minimum < found.median < found.maximum


@pytest.mark.parametrize("limits", [(4980.0, 4985.0), (5000.0, 5000.06)])
def test_too_small_a_region_gets_a_sentence(limits):
    with pytest.raises(MeasurementError) as raised:
        fit_line(region_pixels(spectrum(line()), *limits))
    assert raised.value.hint


def test_a_continuum_below_zero_is_refused():
    with pytest.raises(MeasurementError, match="not positive"):
        measure_by_sums(region_pixels(spectrum(line() - 5.0), 4999.0, 5001.0))


def test_nothing_but_noise_is_still_fitted_or_refused():
    for seed in range(5):
        flat = spectrum(np.full(X.size, 1.0), 0.1, seed=seed)
        try:
            fit = fit_line(region_pixels(flat, 4999.0, 5001.0), "voigt")
        except MeasurementError:
            continue
        assert abs(fit.equivalent_width_aa) < 20 * fit.e_equivalent_width_aa + 1.0


@pytest.mark.parametrize("unit", [1e-17, 1e12, 1e290])
def test_the_unit_of_the_flux_changes_nothing_but_the_continuum(unit):
    plain = spectrum(line(), seed=5)
    other = plain.replace(flux=plain.flux * unit, uncertainty=plain.uncertainty * unit)
    for measure in (measure_by_sums, fit_line, lambda pixels: fit_line(pixels, "voigt")):
        a, b = (measure(region_pixels(s, 4999.0, 5001.0)) for s in (plain, other))
        assert b.equivalent_width_aa == pytest.approx(a.equivalent_width_aa, rel=1e-4)
        assert b.e_equivalent_width_aa == pytest.approx(a.e_equivalent_width_aa, rel=1e-2)
        assert np.mean(b.continuum) == pytest.approx(np.mean(a.continuum) * unit, rel=1e-4)
    stats = region_statistics(region_pixels(other, 4999.0, 5001.0))
    assert stats.mean == pytest.approx(region_statistics(region_pixels(plain, 4999.0, 5001.0)).mean * unit)


def test_a_region_of_a_whole_spectrum_is_refused_before_its_covariance_is_made():
    from spectragui.analysis.local_continuum import MOST_PIXELS, fit_local_continuum
    from spectragui.core.errors import MeasurementError

    class Wide:
        def __len__(self):
            return MOST_PIXELS + 1

    with pytest.raises(MeasurementError, match="too many"):
        fit_local_continuum(Wide(), 1.0)
