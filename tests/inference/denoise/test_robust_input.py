"""Denoising what files really hold: no errors, masks, NaN, other units, axes and samplings.

The error is at most 1.5 times that of the whole spectrum, and everything comes back as it was.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from spectragui.core.denoised import denoised_by
from spectragui.core.numerics import interpolate_linear, resample
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoising_result import Denoised
from tests.inference.test_denoise import observed

STARS = (
    {"teff": 4500.0, "logg": 2.0, "m_h": -1.0},
    {"teff": 5800.0, "logg": 4.3, "m_h": -0.3},
    {"teff": 4100.0, "logg": 1.0, "m_h": -0.2},
)
SNR = 15.0
ALLOWED = 1.5
C_AA_JY = 2.99792458e-5  # of 1 Jy at 1 A^2: erg / s / cm^2 / A
Change = Callable[[Spectrum, np.random.Generator], Spectrum]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Spectrum, Spectrum, float]]:
    """Return noisy spectra, their truths, and the error of the denoised ones."""
    found = []
    for number, star in enumerate(STARS):
        noisy, truth = observed(star, SNR, 40.0 * number, seed=20 + number)
        found.append((noisy, truth, error(denoise_spectrum(noisy), truth.flux)))
    return found


def error(found: Denoised, truth: np.ndarray) -> float:
    assert isinstance(found.spectrum, Spectrum)
    off = found.spectrum.flux / truth - 1.0
    return float(np.nanmean(np.abs(off)))


def without_errors(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    return noisy.replace(uncertainty=None)


def masked(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    """Mask the pixels of the sky's lines (the largest errors), and as many others at random."""
    assert noisy.uncertainty is not None
    excess = noisy.uncertainty / np.median(noisy.uncertainty)
    mask = excess > np.quantile(excess, 0.85)
    mask |= rng.random(len(noisy)) < 0.1765
    assert 0.28 < mask.mean() < 0.32
    return noisy.replace(mask=mask)


def with_nan(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    flux = noisy.flux.copy()
    flux[rng.random(flux.size) < 0.05] = np.nan
    flux[1000:1060] = np.nan
    return noisy.replace(flux=flux)


def with_negative(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    """Put the sky too low in its brightest pixels, as a bad subtraction does."""
    assert noisy.uncertainty is not None
    flux = noisy.flux.copy()
    brightest = np.argsort(noisy.uncertainty)[-60:]
    flux[brightest] = -np.abs(flux[brightest]) - noisy.uncertainty[brightest]
    return noisy.replace(flux=flux)


def tiny(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    return scaled(noisy, 1e-9, "Jy")


def in_erg(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    return scaled(noisy, 1e-9 * C_AA_JY / np.square(noisy.wavelength_aa), "erg / (s cm2 Angstrom)")


def in_counts(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    return scaled(noisy, response(noisy), "adu")


def response(noisy: Spectrum) -> np.ndarray:
    x = np.linspace(-1.0, 1.0, len(noisy))
    return np.asarray(40.0 * (1.0 - 0.25 * np.square(x) + 0.1 * x))


def scaled(noisy: Spectrum, factor: np.ndarray | float, unit: str) -> Spectrum:
    assert noisy.uncertainty is not None
    return noisy.replace(flux=noisy.flux * factor, uncertainty=noisy.uncertainty * factor, flux_unit=unit)


def descending(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    assert noisy.uncertainty is not None
    axis = SpectralAxis(1e8 / noisy.wavelength_aa[::-1], unit="1 / cm", medium="vacuum", frame="observer")
    return noisy.replace(
        spectral_axis=axis, flux=noisy.flux[::-1], uncertainty=noisy.uncertainty[::-1], mask=noisy.mask[::-1]
    )


def in_air(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    return noisy.replace(spectral_axis=noisy.spectral_axis.in_medium("air"))


def wider(noisy: Spectrum, rng: np.random.Generator) -> Spectrum:
    low, high = noisy.wavelength_aa[[5, -5]]
    return onto(noisy, np.geomspace(low, high, 2600))


def onto(noisy: Spectrum, target: np.ndarray) -> Spectrum:
    flux, sigma, mask = resample(noisy.wavelength_aa, noisy.flux, noisy.uncertainty, noisy.mask, target)
    axis = noisy.spectral_axis.replace(values=target)
    return noisy.replace(spectral_axis=axis, flux=flux, uncertainty=sigma, mask=mask)


CHANGES: dict[str, Change] = {
    "no errors": without_errors,
    "30 % masked": masked,
    "NaN": with_nan,
    "negative flux": with_negative,
    "Jy": tiny,
    "erg": in_erg,
    "counts": in_counts,
    "descending": descending,
    "air": in_air,
    "other sampling": wider,
}


def truth_of(name: str, changed: Spectrum, noisy: Spectrum, truth: Spectrum) -> np.ndarray:
    """Return the truth in the unit and on the pixels of a changed spectrum."""
    if name == "descending":
        return truth.flux[::-1]
    if name == "other sampling":
        return np.interp(changed.wavelength_aa, truth.wavelength_aa, truth.flux)
    factor = {"Jy": 1e-9, "counts": response(noisy)}.get(name, 1.0)
    if name == "erg":
        factor = 1e-9 * C_AA_JY / np.square(noisy.wavelength_aa)
    return np.asarray(truth.flux * factor)


@pytest.mark.parametrize("name", CHANGES)
def test_error_stays_and_everything_comes_back_as_it_was(
    name: str, pairs: list[tuple[Spectrum, Spectrum, float]]
) -> None:
    ratios = []
    for number, (noisy, truth, whole) in enumerate(pairs):
        changed = CHANGES[name](noisy, np.random.default_rng(number))
        found = denoise_spectrum(changed)
        known = truth_of(name, changed, noisy, truth)
        ratios.append(error(found, known) / whole)
        made = found.spectrum
        assert isinstance(made, Spectrum)
        assert made.spectral_axis == changed.spectral_axis
        assert made.flux_unit == changed.flux_unit
        assert found.noisy is changed and denoised_by(made).startswith("pfs-dae")
        assert float(np.nanmedian(made.flux / known)) == pytest.approx(1.0, abs=0.02)
        assert np.isfinite(made.flux).mean() > 0.95  # what was masked is denoised, too
    assert np.mean(ratios) <= ALLOWED, ratios


def test_sky_lines_without_errors_are_no_signal_and_masked_pixels_no_gap() -> None:
    """Scatter in place of errors knows lines of the sky; a line that no star has is found all the same."""
    levels = []
    for seed in range(4):
        noisy, _ = observed(STARS[seed % 3], 25.0, 30.0, seed=60 + seed)
        bare = noisy.replace(uncertainty=None)
        levels.append(denoise_spectrum(bare).verdict.level)
        x = noisy.wavelength_aa
        profile = np.exp(-0.5 * np.square((x - 7600.0) / 1.2))
        assert noisy.uncertainty is not None
        height = 12.0 / np.sqrt(np.sum(np.square(profile / noisy.uncertainty)))
        found = denoise_spectrum(bare.replace(flux=bare.flux + height * profile))
        assert any(one.start_aa < 7600.0 < one.stop_aa for one in found.regions)
    assert levels.count("good") >= 3
    noisy, _ = observed(STARS[0], 25.0, 30.0, seed=70)
    third = masked(noisy, np.random.default_rng(1))
    assert "COVERAGE" not in denoise_spectrum(third).row["flags"]
    half = noisy.replace(mask=noisy.wavelength_aa > 7975.0)
    assert "COVERAGE" in denoise_spectrum(half).row["flags"]


def test_photons_that_resampling_keeps_are_all_used() -> None:
    """3,000 pixels averaged or interpolated (with their errors) from 4,096 say as much as those."""
    ratios = []
    for seed, star in enumerate(STARS):
        noisy, truth = observed(star, 40.0, -300.0, seed=90 + seed)
        whole = error(denoise_spectrum(noisy), truth.flux)
        target = np.linspace(*noisy.wavelength_aa[[0, -1]], 3000)
        arrays = noisy.wavelength_aa, noisy.flux, noisy.uncertainty, noisy.mask, target
        for put in (resample, interpolate_linear):
            flux, sigma, mask = put(*arrays)
            axis = noisy.spectral_axis.replace(values=target)
            found = denoise_spectrum(
                noisy.replace(spectral_axis=axis, flux=flux, uncertainty=sigma, mask=mask)
            )
            known = np.interp(target, truth.wavelength_aa, truth.flux)
            ratios.append(error(found, known) / whole)
    assert max(ratios) < 1.2 and np.mean(ratios) < 1.08, ratios
