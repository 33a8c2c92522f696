"""Velocities of simulated stars with known shifts, errors by Monte Carlo, and the frame that is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.analysis.barycentric_correction import BarycentricCorrection
from spectragui.analysis.ccf_peak import fit_peak
from spectragui.analysis.wrong_medium import is_air_vacuum_velocity
from spectragui.core.errors import ModelError, SettingsError
from spectragui.core.flags import Flag
from spectragui.core.spectral_axis import SpectralAxis, air_to_vacuum, doppler_factor
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.inference.observation.reported_velocity import report_velocity
from spectragui.inference.observation.velocity_templates import TEMPLATE_SETS, TEMPLATE_TITLES, template_set
from spectragui.inference.velocity.star_velocity import VelocityOptions, measure_star_velocity
from spectragui.io.line_lists.line_lists import telluric_bands

# Set, template, range observed, resolving power and S/N of simulated stars.
CASES = (
    ("mdwarf", 1, (8625.0, 8830.0), 60_000.0, 80.0),
    ("red", 4, (8400.0, 8840.0), 11_500.0, 60.0),
    ("hband-m", 2, (15200.0, 15650.0), 60_000.0, 100.0),
    ("co", 1, (22950.0, 23400.0), 45_000.0, 100.0),
)


def star(
    name: str,
    template: int,
    window: tuple[float, float],
    power: float,
    snr: float,
    velocity: float,
    seed: int = 0,
    medium: str = "air",
    frame: str = "barycentric",
    wiggle: float = 0.15,
) -> Spectrum:
    """Return a template as a spectrograph sees it: blurred, shifted, sampled, noisy, with a continuum."""
    from scipy.ndimage import gaussian_filter1d

    templates = template_set(name).templates
    sigma = 299792.458 / power / templates.step_kms / 2.3548
    fine = 1.0 - gaussian_filter1d(templates.depths[template], sigma)
    step = np.mean(window) / power / 2.5
    pixels = np.arange(*window, step)
    flux = np.interp(pixels / doppler_factor(velocity), templates.wavelength_aa, fine)
    flux = flux * (1.0 + wiggle * np.sin((pixels - window[0]) / (window[1] - window[0]) * 3.0))
    noise = np.random.default_rng(seed).normal(size=pixels.size) / snr
    values = air_to_vacuum(pixels) if medium == "vacuum" else pixels
    said = "assumed" if medium == "assumed" else "told"
    axis = SpectralAxis(
        values, medium="air" if medium == "assumed" else medium, frame=frame, medium_source=said
    )
    meta = {"resolving_power": power, "object": "simulated"}
    return Spectrum(axis, 1e3 * (flux + noise), np.full(pixels.size, 1e3 / snr), meta=meta)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
@pytest.mark.parametrize("velocity", [-583.0, 12.34, 431.0])
def test_known_shifts_come_back(case: tuple, velocity: float) -> None:
    found = measure_star_velocity(star(*case, velocity, medium="vacuum"), VelocityOptions(template=case[0]))
    assert found.axis_velocity_kms == pytest.approx(velocity, abs=max(0.4, 4.0 * found.best.found.error_kms))
    assert found.frame == "barycentric"
    assert not found.flag_bad


def test_the_stated_error_is_the_scatter() -> None:
    case = ("mdwarf", 1, (8640.0, 8760.0), 50_000.0, 12.0)
    options = VelocityOptions(template="mdwarf")
    results = [measure_star_velocity(star(*case, 20.0, seed=seed), options).best.found for seed in range(40)]
    scatter = np.std([one.velocity_kms for one in results])
    assert np.median([one.error_kms for one in results]) == pytest.approx(scatter, rel=0.4)


def test_orders_scatter_by_their_errors() -> None:
    parts = [(8625.0 + 25 * i, 8650.0 + 25 * i) for i in range(8)]
    orders = tuple(star("mdwarf", 1, part, 60_000.0, 40.0, 33.0, seed=i) for i, part in enumerate(parts))
    found = measure_star_velocity(EchelleSpectrum(orders, {}), VelocityOptions(template="mdwarf"))
    alone = [one for one in found.best.found.segments if one is not None]
    pulls = [(one.velocity_kms - 33.0) / one.error_kms for one in alone]
    assert found.n_orders == len(alone) >= 6
    assert 0.4 < float(np.sqrt(np.mean(np.square(pulls)))) < 2.0
    assert found.scatter_kms == pytest.approx(np.std([one.velocity_kms for one in alone], ddof=1), rel=0.8)


def test_the_template_that_suits_is_found_without_being_named() -> None:
    found = measure_star_velocity(star(*CASES[0], -110.0))
    assert found.best.templates.name == "mdwarf" and found.best.found.template == 1
    assert found.axis_velocity_kms == pytest.approx(-110.0, abs=0.4)


def test_tellurics_do_not_pull() -> None:
    spectrum = star("red", 4, (7500.0, 7800.0), 40_000.0, 100.0, 60.0, frame="observer")
    band = next(one for one in telluric_bands() if one.name.startswith("O₂ A"))
    low, high = band.limits_in("air")
    flux = np.array(spectrum.flux)
    rng = np.random.default_rng(3)
    inside = (spectrum.wavelength_aa > low) & (spectrum.wavelength_aa < high)
    flux[inside] *= np.where(rng.random(np.count_nonzero(inside)) < 0.3, 0.05, 1.0)
    clean = measure_star_velocity(spectrum, VelocityOptions(template="red"))
    spoilt = measure_star_velocity(spectrum.replace(flux=flux), VelocityOptions(template="red"))
    assert spoilt.axis_velocity_kms == pytest.approx(clean.axis_velocity_kms, abs=0.05)


def test_noise_is_not_a_velocity() -> None:
    flags = []
    for seed in range(6):
        noise = star("mdwarf", 1, (8625.0, 8830.0), 60_000.0, 0.05, 0.0, seed=seed)
        flags.append(bool(measure_star_velocity(noise, VelocityOptions(template="mdwarf")).flag_bad))
    assert sum(flags) >= 5


def test_vacuum_taken_for_air_is_found_out_or_said() -> None:
    in_vacuum = star(*CASES[0], 0.0, medium="vacuum")
    axis = in_vacuum.spectral_axis
    unsaid = in_vacuum.replace(spectral_axis=axis.replace(medium="unknown", medium_source="not said"))
    found = measure_star_velocity(unsaid)
    assert found.axis_velocity_kms == pytest.approx(0.0, abs=0.3)
    assert any("vacuum was assumed" in remark.sentence for remark in found.remarks)
    told = in_vacuum.replace(spectral_axis=axis.replace(medium="air"))
    wrong = measure_star_velocity(told)
    assert wrong.axis_velocity_kms == pytest.approx(82.4, abs=0.5)
    assert wrong.flag_warn & Flag.MEDIUM_ASSUMED
    assert is_air_vacuum_velocity(-83.8, 0.1, 4450.0, 5400.0)
    assert not is_air_vacuum_velocity(60.0, 30.0, 4450.0, 5400.0)


def test_a_range_is_kept_to() -> None:
    spectrum = star(*CASES[0], 10.0)
    found = measure_star_velocity(spectrum, VelocityOptions(template="mdwarf", range_aa=(8700.0, 8780.0)))
    whole = measure_star_velocity(spectrum, VelocityOptions(template="mdwarf"))
    assert found.best.found.n_pixels < 0.5 * whole.best.found.n_pixels
    assert found.axis_velocity_kms == pytest.approx(10.0, abs=0.5)


def test_no_template_is_said() -> None:
    axis = SpectralAxis(np.linspace(2.6e4, 2.7e4, 2000), medium="vacuum", frame="observer")
    nothing = Spectrum(axis, np.ones(2000), np.full(2000, 0.01))
    with pytest.raises(ModelError, match="No velocity template reaches"):
        measure_star_velocity(nothing)
    with pytest.raises(SettingsError, match="no velocity templates named"):
        measure_star_velocity(star(*CASES[0], 0.0), VelocityOptions(template="klingon"))


@pytest.mark.parametrize("level", [-1.0, 0.0, 1.0])
def test_a_spectrum_without_lines_is_said(level: float) -> None:
    axis = SpectralAxis(np.linspace(4500.0, 5300.0, 3000), medium="air", frame="observer")
    with pytest.raises(ModelError, match="reaches what is usable"):
        measure_star_velocity(Spectrum(axis, np.full(3000, level)), VelocityOptions())


def test_another_star_can_be_the_template(tmp_path: Path) -> None:
    from spectragui.io.writers import write_spectrum

    window = (6000.0, 6200.0)
    rng = np.random.default_rng(5)
    pixels = np.arange(*window, 0.05)
    lines = sum(
        0.4 * np.exp(-0.5 * ((pixels - c) / 0.12) ** 2)
        for c in rng.uniform(window[0] + 5, window[1] - 5, 150)
    )
    rest = SpectralAxis(pixels, medium="air", frame="rest")
    path = tmp_path / "like.fits"
    write_spectrum(Spectrum(rest, np.exp(-lines), np.full(pixels.size, 0.01)), path)
    moved = SpectralAxis(pixels * doppler_factor(47.0), medium="air", frame="barycentric")
    spectrum = Spectrum(moved, np.exp(-lines) + rng.normal(0, 0.01, pixels.size), np.full(pixels.size, 0.01))
    found = measure_star_velocity(spectrum, VelocityOptions(template=str(path)))
    assert found.velocity_kms == pytest.approx(47.0, abs=0.05)


def axis_in(frame: str) -> SpectralAxis:
    return SpectralAxis(np.linspace(8600.0, 8800.0, 100), medium="air", frame=frame)


def test_the_correction_is_added_once_and_only_in_the_observers_frame() -> None:
    correction = BarycentricCorrection(26.0, "BERV = 26")
    observed = report_velocity(axis_in("observer"), -136.5, correction)
    assert observed.frame == "barycentric" and observed.is_corrected
    assert observed.velocity_kms == pytest.approx(-110.5, abs=1e-4)
    for frame in ("barycentric", "heliocentric", "unknown", "rest"):
        other = report_velocity(axis_in(frame), -110.5, correction)
        assert (other.velocity_kms, other.frame, other.is_corrected) == (-110.5, frame, False)


def test_shifting_to_the_barycentre_and_to_rest_keeps_the_velocity() -> None:
    correction = BarycentricCorrection(26.0, "BERV = 26")
    bary = axis_in("observer").shifted(-26.0, "barycentric", "test")
    v_bary = report_velocity(axis_in("observer"), -136.5, correction).velocity_kms
    assert report_velocity(bary, v_bary, correction).velocity_kms == v_bary
    for axis, left in (
        (bary.shifted(v_bary, "rest", "test"), 0.0),
        (axis_in("observer").shifted(-136.5, "rest", "t"), 0.0),
    ):
        again = report_velocity(axis, left, correction)
        assert again.velocity_kms == pytest.approx(v_bary, abs=1e-9) and again.frame == "barycentric"


def test_the_peak_is_fitted() -> None:
    x = np.arange(-600.0, 600.0, 1.5)
    narrow = 0.05 + 0.8 * np.exp(-0.5 * ((x - 31.3) / 6.0) ** 2)
    peak = fit_peak(x, narrow, 30.0)
    assert peak is not None and peak.shape == "Gaussian"
    assert peak.centre_kms == pytest.approx(31.3, abs=0.02) and peak.fwhm_kms == pytest.approx(
        14.13, rel=0.02
    )
    inside = np.clip(1.0 - ((x + 20.0) / 90.0) ** 2, 0.0, None)
    broad = fit_peak(x, 0.9 * (0.45 * np.sqrt(inside) + 0.55 * inside), -20.0)
    assert broad is not None and broad.shape == "rotation profile"
    assert broad.centre_kms == pytest.approx(-20.0, abs=0.5) and 100.0 < broad.fwhm_kms < 160.0
    assert fit_peak(x, np.zeros(x.size), 0.0) is None


def test_the_bundled_sets_are_what_they_say() -> None:
    for name in TEMPLATE_SETS:
        one = template_set(name)
        assert one.name == name and one.title == TEMPLATE_TITLES[name]
        assert len(one.names) == one.templates.depths.shape[0] and np.all(np.isfinite(one.templates.depths))
        first, last = one.templates.wavelength_aa[[0, -1]]
        low, high = one.range_aa
        assert first <= low and high <= last
        assert 0.1 < float(one.templates.depths.max()) <= 1.2


@pytest.mark.parametrize(
    "file",
    [
        "stars/hpf_gj699_20181003.fits",
        "stars/tres_gj699_multispec.fits",
        "stars/carmenes_nir_gj699.fits",
        "formats/chiron_gj699.fits",
    ],
)
def test_barnards_star_by_four_spectrographs(shared_data: Path, file: str) -> None:
    from spectragui.io.read import read_files

    found = measure_star_velocity(read_files([shared_data / file])[0])
    assert found.frame == "barycentric"
    assert found.velocity_kms == pytest.approx(-110.5, abs=1.0)
    assert abs(found.velocity_kms + 110.5) < 3.0 * found.error_kms
    assert not found.flag_bad
