"""Generating a spectrum from a request: ranges, velocity, medium, noise, samples, truth."""

import dataclasses

import numpy as np
import pytest

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import der_snr
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air
from spectragui.inference.generate.generate_spectrum import (
    CVAE,
    EMULATOR,
    GenerateRequest,
    generate_spectrum,
    label_ranges,
    out_of_range,
    presets,
    quick_flux,
)
from spectragui.inference.generate.trained_range import convex_hull, gravity_range
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, observed_flux

SUN = GenerateRequest()
BOTH = pytest.mark.parametrize("model", [CVAE, EMULATOR])


def change(request, **values):
    return dataclasses.replace(request, **values)


@BOTH
def test_the_default_is_what_is_promised(model):
    result = generate_spectrum(change(SUN, model=model))
    axis = result.spectrum.spectral_axis
    assert len(result.flux) == 19_000
    assert (axis.unit, axis.medium, axis.frame) == ("Angstrom", "air", "rest")
    assert axis.wavelength_aa[0] == 4450.0
    assert np.allclose(np.diff(axis.wavelength_aa), 0.05)
    assert result.spectrum.good.all()
    assert 0.97 < np.percentile(result.flux, 95) < 1.02
    assert result.flux.min() > 0.0
    assert result.spectrum.uncertainty is None
    assert result.extrapolated == ()


def test_both_models_agree():
    request = change(SUN, teff=6000.0, logg=4.0, vsini=30.0, resolving_power=40_000.0)
    cvae, emulator = (quick_flux(change(request, model=model))[1] for model in (CVAE, EMULATOR))
    assert np.mean(np.abs(cvae - emulator)) < 0.002


def test_the_emulators_path_is_the_forward_model():
    request = change(SUN, model=EMULATOR, vsini=12.0, resolving_power=30_000.0, v_rad=25.0)
    wavelength, flux = quick_flux(request)
    labels = {name: request.labels[name] for name in ("teff", "logg", "m_h", "alpha_m", "vmic", "vsini")}
    inside = slice(200, -200)
    wanted = observed_flux(load_emulator("optical-emulator"), labels, Observing(30_000.0, 25.0), wavelength)
    assert np.nanmax(np.abs(flux - wanted)[inside]) < 5e-3  # that one averages over its pixels


@BOTH
def test_a_receding_star_is_redshifted(model):
    velocity = 80.0
    base = change(SUN, model=model, vsini=10.0)
    wavelength, flux = quick_flux(base)
    moved = quick_flux(change(base, v_rad=velocity))[1]
    factor = np.sqrt((1 + velocity / SPEED_OF_LIGHT_KMS) / (1 - velocity / SPEED_OF_LIGHT_KMS))
    back = np.interp(wavelength[500:-500] * factor, wavelength, moved)
    assert np.abs(back - flux[500:-500]).max() < 0.03
    spectrum = generate_spectrum(change(base, v_rad=velocity)).spectrum
    assert spectrum.spectral_axis.frame == "observer"
    assert spectrum.meta["v_rad_true_kms"] == velocity


def test_vacuum_wavelengths_show_the_same_lines():
    base = change(SUN, vsini=30.0)
    wavelength, flux = quick_flux(base)
    vacuum, shifted = quick_flux(change(base, medium="vacuum"))
    inside = slice(500, -500)
    assert np.abs(np.interp(wavelength[inside], vacuum_to_air(vacuum), shifted) - flux[inside]).max() < 0.01
    assert generate_spectrum(change(base, medium="vacuum")).spectrum.spectral_axis.medium == "vacuum"


def test_noise_is_as_asked_and_repeats_with_its_seed():
    request = change(SUN, snr=60.0, vsini=100.0, seed=4)
    first, again = generate_spectrum(request), generate_spectrum(request)
    other = generate_spectrum(change(request, seed=5))
    assert np.array_equal(first.spectrum.flux, again.spectrum.flux)
    assert not np.array_equal(first.spectrum.flux, other.spectrum.flux)
    pull = (first.spectrum.flux - first.flux) / first.spectrum.uncertainty
    assert np.std(pull) == pytest.approx(1.0, abs=0.03)
    assert der_snr(first.spectrum.flux) == pytest.approx(60.0, rel=0.1)


@BOTH
def test_extra_broadening_is_one_more_gaussian(model):
    fwhm = 15.0
    request = change(SUN, model=model, resolving_power=40_000.0)
    total = np.hypot(SPEED_OF_LIGHT_KMS / 40_000.0, fwhm)
    wanted = quick_flux(change(request, resolving_power=SPEED_OF_LIGHT_KMS / total))[1]
    assert np.allclose(quick_flux(change(request, extra_fwhm=fwhm))[1], wanted)


def test_samples_scatter_about_the_mean():
    result = generate_spectrum(change(SUN, samples=60, seed=2))
    assert result.samples.shape == (60, 19_000)
    scatter = result.samples.std(axis=0)
    assert 3e-4 < scatter.mean() < 2e-2
    assert np.abs(result.samples.mean(axis=0) - result.flux).mean() < 0.3 * scatter.mean()
    low, high = result.band
    assert np.all(low <= high)
    assert np.mean((result.flux >= low) & (result.flux <= high)) > 0.9
    again = generate_spectrum(change(SUN, samples=60, seed=2, snr=50.0))
    assert np.array_equal(again.samples, result.samples)


def test_lines_scatter_and_the_continuum_does_not():
    result = generate_spectrum(change(SUN, samples=40))
    scatter = result.samples.std(axis=0)
    assert scatter[result.flux < 0.7].mean() > 2 * scatter[result.flux > 0.97].mean()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"teff": 12_000.0}, "3900 to 9750 K"),
        ({"logg": 5.6}, "0.5 to 5"),
        ({"vsini": 350.0}, "0 to 300 km/s"),
        ({"resolving_power": 500.0}, "1000 to 115000"),
        ({"resolving_power": 0.0}, EMULATOR),
        ({"teff": 9500.0, "logg": 1.0}, "no model atmosphere"),
        ({"teff": float("nan")}, "finite"),
        ({"samples": 3, "model": EMULATOR}, "draws samples"),
        ({"step_aa": 1e-4, "stop_aa": 9000.0}, "pixels"),
        ({"start_aa": 5400.0, "stop_aa": 4450.0}, "pixels"),
        ({"start_aa": 6000.0, "stop_aa": 6100.0}, "outside the model's window"),
        ({"extra_fwhm": 400.0}, "R = "),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, said):
    with pytest.raises(SettingsError) as caught:
        generate_spectrum(change(SUN, **values))
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@BOTH
def test_extrapolation_is_allowed_and_marked(model):
    request = change(SUN, model=model, teff=10_500.0, logg=4.2, allow_extrapolation=True)
    result = generate_spectrum(request)
    assert result.extrapolated == out_of_range(request)
    assert len(result.extrapolated) == 1
    assert any("Extrapolated: Teff" in note for note in result.spectrum.meta["notes"])
    assert np.isfinite(result.flux).all()


@BOTH
@pytest.mark.parametrize("values", [{"teff": 1.0}, {"m_h": 50.0}, {"vsini": 1e6}, {"resolving_power": 1.0}])
def test_nothing_is_extrapolated_too_far(model, values):
    with pytest.raises(SettingsError, match="too far to extrapolate"):
        generate_spectrum(change(SUN, model=model, allow_extrapolation=True, **values))


def test_other_pixels_show_the_same_spectrum():
    request = change(SUN, vsini=8.0)
    wavelength, flux = quick_flux(request)
    cut, part = quick_flux(change(request, start_aa=4800.0, stop_aa=4900.0, step_aa=0.02))
    assert len(cut) == 5000
    assert np.abs(part[::5] - np.interp(cut[::5], wavelength, flux)).max() < 1e-3


@BOTH
def test_presets_are_inside_the_trained_range(model):
    assert {"Sun", "Arcturus", "Vega"} <= {preset.name for preset in presets()}
    for preset in presets():
        assert preset.source
        assert out_of_range(change(SUN, model=model, **preset.labels)) == ()
    assert label_ranges(model)["teff"] == (3900.0, 9750.0)


def test_the_hull_holds_what_lies_between():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5], [0.2, 0.9]])
    assert {tuple(corner) for corner in convex_hull(square)} == {(0, 0), (1, 0), (1, 1), (0, 1)}
    low, high = gravity_range(5800.0)
    assert low == pytest.approx(0.5, abs=0.2)
    assert high == pytest.approx(5.0, abs=0.1)
    assert gravity_range(9500.0)[0] > 1.3


def test_held_out_spectra_are_generated_from_their_labels(shared_data):
    from spectragui.training.generator.cases import CASES, TrueSpectra
    from spectragui.training.grids import read_grid

    held = read_grid(shared_data / "grids" / "optical.npz").held_out()
    truth = TrueSpectra(held, quick_flux(SUN)[0])
    for case in CASES:
        flux, labels = truth.draw(case, 93, np.random.default_rng(8))
        errors = []
        for row, values in zip(flux, labels, strict=True):
            names = ("teff", "logg", "m_h", "alpha_m", "vmic", "vsini", "resolving_power")
            request = change(SUN, **dict(zip(names, values.tolist(), strict=True)))
            assert out_of_range(request) == ()
            errors.append(np.abs(quick_flux(request)[1] - row).mean())
        assert np.mean(errors) < case.must
