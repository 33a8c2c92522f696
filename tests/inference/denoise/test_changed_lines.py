"""Lines that no star has are flagged: put in, or deepened; and the lines that moved with them are named."""

from __future__ import annotations

import numpy as np

from spectragui.core.model_folder import find_model
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.inference.denoise.line_trial import LineDeepening, try_line
from spectragui.inference.denoise.strong_lines import line_label, species
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
