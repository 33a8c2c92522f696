"""What is no star of the domain is flagged; stars of the domain are not, but for one in twenty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.io import read_files
from tests.inference.denoise.outside_cases import OUTSIDE, known_star

SNRS = (10.0, 20.0, 40.0)


def is_flagged(spectrum: Spectrum, options: DenoiseOptions | None = None) -> bool:
    try:
        return denoise_spectrum(spectrum, options).verdict.level != "good"
    except ModelError:
        return True


@pytest.mark.parametrize("kind", OUTSIDE)
def test_outside_is_flagged(kind: str) -> None:
    flagged = [is_flagged(*OUTSIDE[kind](np.random.default_rng(70 + i), snr)) for i, snr in enumerate(SNRS)]
    assert all(flagged), flagged


def test_one_known_star_in_twenty_is_flagged_at_most() -> None:
    flagged = [is_flagged(known_star(np.random.default_rng(300 + i), SNRS[i % 3])) for i in range(40)]
    assert np.sum(flagged) <= 4  # 5 % of 40 is 2; more than 4 would be so by chance once in 20


def test_sharper_and_wider_lines_are_said() -> None:
    rng = np.random.default_rng(5)
    sharper = denoise_spectrum(known_star(rng, 20.0, 20_000.0)).verdict
    wider = denoise_spectrum(known_star(rng, 20.0, 2000.0)).verdict
    assert any("sharper" in reason for reason in sharper.reasons)
    assert any("wider" in reason for reason in wider.reasons)


@pytest.mark.parametrize("name", ["pfs_arm_m.fits", "pfs_object_simulated.fits"])
def test_real_pfs_files_end_in_a_sentence(shared_data: Path, name: str) -> None:
    (file,) = shared_data.rglob(name)
    for spectrum in read_files([file]):
        with pytest.raises(ModelError, match=r"S/N|window|denoises|orders"):
            denoise_spectrum(spectrum)
