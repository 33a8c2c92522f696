"""A denoised spectrum is not data: its mark, its errors in common, and who refuses it or says so."""

import numpy as np
import pytest

from spectragui.analysis.coadd import CoaddOptions, coadd
from spectragui.analysis.line_measurement import fit_line, measure_by_sums
from spectragui.analysis.region_pixels import region_pixels
from spectragui.analysis.region_statistics import region_statistics
from spectragui.analysis.spectrum_arithmetic import difference, divide_by_standard, ratio
from spectragui.core.denoised import covariance_factor, denoised_by, mark_denoised
from spectragui.core.errors import MeasurementError
from spectragui.core.flags import Flag
from spectragui.core.signal_to_noise import order_snr, spectrum_snr
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io import read_files
from spectragui.io.spectrum_summary import describe
from spectragui.io.writers import write_spectrum
from spectragui.preprocessing.stages.normalise import Normalise
from spectragui.preprocessing.stages.smooth import Smooth

X = np.arange(8480.0, 8520.0, 0.4)
TRUTH = 1.0 - 0.5 * np.exp(-0.5 * ((X - 8500.0) / 1.5) ** 2)


def errors_in_common(seed=0):
    """Return a factor as of a network: a few smooth patterns, and the depth of the line."""
    rng = np.random.default_rng(seed)
    smooth = np.array([np.cos(np.pi * k * np.arange(X.size) / X.size) for k in range(4)]).T
    return np.column_stack([0.01 * smooth * rng.uniform(0.5, 1.5, 4), 0.05 * (1.0 - TRUTH)])


def denoised(flux=TRUTH, factor=None, **axis):
    factor = errors_in_common() if factor is None else factor
    sigma = np.linalg.norm(factor, axis=1)
    made = Spectrum(SpectralAxis(X, medium="vacuum", frame="barycentric", **axis), flux, sigma)
    return mark_denoised(made, "pfs-dae", "1.0", factor)


def echelle(spectrum):
    halves = (spectrum.select(slice(0, 50)), spectrum.select(slice(50, 100)))
    return EchelleSpectrum(halves, spectrum.meta)


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
@pytest.mark.parametrize("arrange", [lambda s: s, echelle], ids=["one", "orders"])
def test_mark_and_covariance_are_read_back(tmp_path, suffix, arrange):
    spectrum = arrange(denoised())
    write_spectrum(spectrum, tmp_path / f"d{suffix}")
    back = read_files([tmp_path / f"d{suffix}"])[0]
    assert denoised_by(back) == "pfs-dae 1.0"
    orders = back.orders if isinstance(back, EchelleSpectrum) else (back,)
    found = np.concatenate([covariance_factor(order) for order in orders])
    assert found @ found.T == pytest.approx(errors_in_common() @ errors_in_common().T, rel=1e-5, abs=1e-9)
    if not isinstance(back, EchelleSpectrum):
        assert np.array_equal(back.meta["correlation"], spectrum.meta["correlation"])


def test_header_of_any_program_keeps_the_mark(tmp_path):
    from astropy.io import fits

    write_spectrum(denoised(), tmp_path / "d.fits")
    with fits.open(tmp_path / "d.fits") as hdus:
        assert hdus["SPECTRUM"].header["DENOISED"] == "pfs-dae 1.0"
        assert hdus[0].header["DENOISED"] == "pfs-dae 1.0"
        hdus[:2].writeto(tmp_path / "without_passport.fits")
    assert denoised_by(read_files([tmp_path / "without_passport.fits"])[0]) == "pfs-dae 1.0"


def test_csv_says_it_in_the_name_of_its_column(tmp_path):
    write_spectrum(denoised(), tmp_path / "d.csv")
    back = read_files([tmp_path / "d.csv"])[0]
    assert "flux_denoised" in denoised_by(back) and back.flux == pytest.approx(TRUTH)


def test_info_says_it_and_where_the_signal_to_noise_is_from():
    facts = describe(denoised())
    assert facts.fact("denoised").raw == "pfs-dae 1.0" and "not data" in facts.fact("denoised").value
    assert "network" in facts.fact("snr").source
    assert "Denoised" in facts.to_text()


def test_signal_to_noise_is_never_from_its_pixels():
    spectrum = denoised()
    assert spectrum_snr(spectrum) == pytest.approx(np.median(TRUTH / spectrum.uncertainty))
    bare = spectrum.replace(uncertainty=None)
    assert np.isnan(spectrum_snr(bare)) and np.isnan(order_snr(bare))
    statistics = region_statistics(region_pixels(bare, X[0], X[-1]))
    assert np.isnan(statistics.snr_scatter) and np.isnan(statistics.snr) and np.isnan(statistics.e_mean)
    with pytest.raises(MeasurementError, match="denoised"):
        measure_by_sums(region_pixels(bare, 8490.0, 8510.0))


@pytest.mark.parametrize(
    ("measure", "flip"),
    [(measure_by_sums, False), (measure_by_sums, True), (fit_line, False)],
    ids=["sums", "wavenumber", "gaussian"],
)
def test_error_of_an_equivalent_width_holds_the_covariance(measure, flip):
    """68 +- 5 % of the widths lie within their errors; with independent pixels far fewer do."""
    factor, rng = errors_in_common(), np.random.default_rng(7)
    inside, naive, total, n_naive = 0, 0, 300, 60
    known = measure(region_pixels(denoised(), 8490.0, 8510.0)).equivalent_width_aa
    for number in range(total):
        spectrum = denoised(TRUTH + factor @ rng.normal(size=factor.shape[1]))
        if flip:
            axis = SpectralAxis(1e8 / X[::-1], unit="1 / cm", medium="vacuum")
            turned = mark_denoised(
                Spectrum(axis, spectrum.flux[::-1], spectrum.uncertainty[::-1]), "m", "1", factor[::-1]
            )
            spectrum = turned
        found = measure(region_pixels(spectrum, 8490.0, 8510.0))
        off = abs(found.equivalent_width_aa - known)
        inside += off < found.e_equivalent_width_aa
        if number < n_naive:
            alone = measure(region_pixels(spectrum.in_angstrom().without_correlation(), 8490.0, 8510.0))
            naive += off < alone.e_equivalent_width_aa
    assert 0.63 <= inside / total <= 0.73
    assert naive / n_naive < 0.5


def test_mean_of_a_region_holds_the_covariance():
    spectrum, factor = denoised(), errors_in_common()
    found = region_statistics(region_pixels(spectrum, X[0], X[-1])).e_mean
    assert found == pytest.approx(np.linalg.norm(factor.mean(axis=0)), rel=1e-4)


def test_scaling_keeps_the_correlation_and_mixing_pixels_drops_it():
    spectrum = denoised().replace(flux=3.0 * TRUTH, uncertainty=3.0 * denoised().uncertainty)
    scaled = Normalise().run(spectrum).spectrum
    factor = covariance_factor(scaled)
    assert factor is not None and denoised_by(scaled)
    assert np.linalg.norm(factor, axis=1) == pytest.approx(scaled.uncertainty, rel=1e-4)
    mixed = Smooth().run(spectrum).spectrum
    assert covariance_factor(mixed) is None and denoised_by(mixed)


def test_co_adding_refuses_it_unless_told():
    pair = [denoised(), denoised().with_meta(denoised="")]
    with pytest.raises(MeasurementError, match="denoised by pfs-dae 1.0: it is not data") as refused:
        coadd(pair)
    assert "Take denoised" in refused.value.hint
    made = coadd(pair, CoaddOptions(takes_denoised=True)).spectrum
    assert denoised_by(made) == "pfs-dae 1.0" and covariance_factor(made) is None
    with pytest.raises(MeasurementError, match="has no errors"):
        coadd([pair[0].replace(uncertainty=None)] * 2, CoaddOptions(takes_denoised=True))


@pytest.mark.parametrize("place", [0, 1], ids=["star", "standard"])
def test_telluric_division_refuses_it_unless_told(place):
    pair = [denoised().with_meta(denoised=""), denoised().with_meta(denoised="")]
    pair[place] = denoised()
    with pytest.raises(MeasurementError, match="not data"):
        divide_by_standard(*pair)
    assert denoised_by(divide_by_standard(*pair, takes_denoised=True)) == "pfs-dae 1.0"


@pytest.mark.parametrize("operation", [ratio, difference])
def test_what_is_computed_with_it_keeps_the_mark(operation):
    data = denoised().with_meta(denoised="")
    assert denoised_by(operation(data, denoised())) == "pfs-dae 1.0"
    assert denoised_by(operation(denoised(), data)) == "pfs-dae 1.0"
    assert not denoised_by(operation(data, data))


def test_flag_has_a_bit_of_its_own():
    assert Flag.DENOISED == 2048 and len({flag.value for flag in Flag}) == len(Flag)
