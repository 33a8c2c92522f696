"""`optical-dae`: errors, uncertainty, what is no star of its domain, and files whose parts do not fit."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from spectragui.core.errors import ModelError
from spectragui.core.model_folder import describe_weights, find_model, read_card, write_card
from spectragui.inference.denoise.basis_file import MIXING, MIXING_VSINI
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoiser import Denoiser
from tests.inference.denoise.optical_cases import OPTICAL_OUTSIDE, optical_star

N_STARS = 5


@pytest.mark.parametrize(("snr", "most"), [(10.0, 0.010), (30.0, 0.005)])
def test_errors_and_uncertainties_of_stars_of_the_domain(snr: float, most: float) -> None:
    errors, inside, levels = [], [], []
    for number in range(N_STARS):
        noisy, truth = optical_star(np.random.default_rng([811, number]), snr)
        found = denoise_spectrum(noisy)
        assert found.model == "optical-dae"
        made = found.spectrum
        error = np.abs(made.flux - truth)[made.good]  # type: ignore[union-attr]
        errors.append(np.mean(error / truth[made.good]))  # type: ignore[union-attr]
        inside.append(np.mean(error < made.uncertainty[made.good]))  # type: ignore[union-attr,index]
        levels.append(found.verdict.level)
    assert np.mean(errors) < most
    assert 0.5 < np.mean(inside) < 0.85  # five spectra; of more see docs/experiments.md
    assert levels.count("good") >= N_STARS - 1


@pytest.mark.parametrize("kind", OPTICAL_OUTSIDE)
def test_what_is_no_star_of_the_domain_is_flagged(kind: str) -> None:
    try:
        found = denoise_spectrum(*OPTICAL_OUTSIDE[kind](np.random.default_rng(91), 20.0))
    except ModelError:
        return
    assert found.verdict.level != "good"


@pytest.mark.parametrize(
    ("changed", "emulator"),
    [
        ({MIXING: np.zeros((8, 131, 5), np.float32)}, "optical-emulator"),
        ({MIXING: np.zeros((131, 111), np.float32)}, "optical-emulator"),
        ({MIXING_VSINI: np.full(8, np.inf, np.float32)}, "optical-emulator"),
        ({"grid": np.array([4440.0, 2.0, 1e12])}, "optical-emulator"),
        ({"grid": np.array([4440.0, 2.0])}, "optical-emulator"),
        ({}, ""),
        ({}, "no-such-emulator"),
    ],
)
def test_sums_that_do_not_fit_end_in_a_sentence(
    tmp_path: Path, changed: dict[str, np.ndarray], emulator: str
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(find_model("optical-dae"), folder)
    tensors = load_file(folder / "model.safetensors")
    save_file({**tensors, **changed}, folder / "model.safetensors")
    sha256, shapes = describe_weights(folder)
    card = read_card(folder)
    companions = dataclasses.replace(card.companions, emulator=emulator)
    write_card(
        dataclasses.replace(card, name="other", sha256=sha256, tensors=shapes, companions=companions), folder
    )
    with pytest.raises(ModelError):
        Denoiser.load(folder)


def test_the_resolving_power_decides_which_denoiser_is_suggested() -> None:
    from spectragui.inference.denoise.denoiser_choice import denoiser_choices

    noisy, _ = optical_star(np.random.default_rng(3), 20.0)
    first, second = denoiser_choices(noisy)
    assert first.name == "optical-dae" and not first.reason and "pfs-dae denoises" in second.reason
    coarse = noisy.with_meta(resolving_power=1800.0)
    (reason,) = [one.reason for one in denoiser_choices(coarse) if one.name == "optical-dae"]
    assert reason == "Its resolving power is 1,800; optical-dae serves 5,000 to 120,000."
    with pytest.raises(ModelError, match="resolving power of 1,800"):
        denoise_spectrum(coarse)
    sparse = noisy.select(slice(None, None, 5)).with_meta(resolving_power=None)
    (reason,) = [one.reason for one in denoiser_choices(sparse) if one.name == "optical-dae"]
    assert "pixels allow a resolving power of 2," in reason
    with pytest.raises(ModelError, match=r"pixels of .* at most"):
        denoise_spectrum(sparse)
