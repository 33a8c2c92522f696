"""Lines that no star has are flagged: put in, or deepened; and the lines that moved with them are named."""

from __future__ import annotations

import numpy as np

from spectragui.core.model_folder import find_model
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.inference.denoise.denoising_result import LineChange
from spectragui.inference.denoise.line_trial import LineDeepening, try_line
from spectragui.inference.denoise.strong_lines import (
    DenoisedPixels,
    line_changes,
    line_label,
    sisters_moved_by,
    species,
)
from spectragui.training.denoiser.generalisation import generalisation_cases
from spectragui.training.denoiser.heldout import HeldOutMaker
from spectragui.training.denoiser.run import domain_of
from tests.inference.test_denoise import GIANT, observed

DOUBLE = LineDeepening("Ca II T2 8544", 1.4)


def test_injected_and_deepened_lines_are_flagged_and_sisters_named() -> None:
    """12 of each at S/N 20, 5.5 to 7 sigma in equivalent width; of 400 see docs/experiments.md."""
    folder = find_model("pfs-dae")
    maker = HeldOutMaker(domain_of(folder))
    rng = np.random.default_rng(2024)
    cases = {c.kind: c for c in generalisation_cases(Denoiser.load(folder), maker, 12, (20.0,), rng)}
    assert cases["injected line"].flagged >= 0.9
    assert cases["injected line"].shown < 0.4  # it is removed, not reproduced
    assert cases["deepened line"].flagged >= 0.9
    assert cases["deepened line"].named >= 0.7
    assert cases["no change"].flagged <= 0.2  # 5 % of 12 is less than one


def test_a_deepened_line_is_a_region_that_names_it_and_its_sisters() -> None:
    noisy, _ = observed(GIANT, 20.0, seed=3)
    trial = try_line(denoise_spectrum(noisy), DOUBLE, denoise_spectrum)
    assert trial.is_flagged
    (words,) = [r.words for r in trial.after.regions if "Ca II T2 8544 is deeper in the data" in r.words]
    moved = {line_label(line) for line in trial.lines if line.is_sister and line.has_moved}
    assert moved and any(name in words for name in moved)
    assert all(species(name) == "Ca II" for name in moved)


def test_lines_as_they_are_have_no_misfit() -> None:
    sizes = []
    for seed in range(6):
        noisy, _ = observed(GIANT, 20.0, seed=50 + seed)
        sizes += [line.misfit_sigma for line in denoise_spectrum(noisy).lines if line.ew_denoised > 0.1]
    assert 0.6 < np.std(sizes) < 1.5  # unit variance: what the model follows is left out
    assert np.max(np.abs(sizes)) < 3.9


def blended_pixels() -> tuple[DenoisedPixels, tuple[LineChange, ...]]:
    """Return lines of magnesium and iron that lie in one another, all following one component."""
    wavelength = np.linspace(5100.0, 5250.0, 3000)
    known = {"Mg I b4": 5168.8, "Fe I": 5170.3, "Mg I b2": 5174.1, "Mg I b1": 5185.0, "Fe I E2": 5228.6}
    depth = sum(0.4 * np.exp(-0.5 * np.square((wavelength - at) / 0.8)) for at in known.values())
    denoised, sigma = 1.0 - depth, np.full(wavelength.size, 0.02)
    noisy = denoised - 0.3 * depth * (np.abs(wavelength - 5169.5) < 3.0)
    factor = 0.003 * depth[:, None]
    pixels = DenoisedPixels(wavelength, noisy, sigma, denoised, np.ones_like(depth), factor)
    lines = tuple(LineChange(name, at, 0.8, 0.05, 0.8, 0.01, 0.0, 12.0) for name, at in known.items())
    return pixels, lines


def test_sisters_of_what_is_blended_with_a_line_are_named_too() -> None:
    """The data differ where Mg I b4 and Fe I lie in one another: both have sisters that moved."""
    pixels, lines = blended_pixels()
    named = {line_label(line) for line, _ in sisters_moved_by(lines[0], lines, pixels)}
    assert {"Mg I b2 5174", "Mg I b1 5185", "Fe I E2 5229"} <= named and "Mg I b4 5169" not in named


def test_lines_that_reach_over_the_end_or_are_masked_are_no_lines() -> None:
    pixels, _ = blended_pixels()
    at = {line_label(line) for line in line_changes(pixels)}
    sigma = np.where(np.abs(pixels.wavelength_aa - 5185.0) < 2.0, np.inf, pixels.sigma)
    masked = DenoisedPixels(pixels.wavelength_aa, pixels.noisy, sigma, *_rest(pixels))
    assert at - {line_label(line) for line in line_changes(masked)} == {"Mg I b1 5185"}
    assert all(abs(line.wavelength - 5175.0) < 75.0 for line in line_changes(pixels))


def _rest(pixels: DenoisedPixels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return pixels.denoised, pixels.level, pixels.factor
