"""The physics' error: where it is large, and what broadening does to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.core.package_data import data_folder
from spectragui.inference.fit import model_error
from spectragui.inference.fit.model_error import FLOOR, UNCALIBRATED, load_error_patterns, physics_error
from spectragui.inference.opened_model import open_model

WAVELENGTH = np.linspace(4450.0, 5400.0, 5000)
PATTERNS = open_model("optical-parameters").patterns


def error_of(teff: float, vsini: float = 4.0, power: float = 100000.0) -> np.ndarray:
    return physics_error(PATTERNS, WAVELENGTH, LabelSet({"teff": teff, "vsini": vsini}), power)


def test_the_bundled_patterns_are_those_of_the_sun_and_arcturus() -> None:
    patterns = PATTERNS
    rms = [np.std(row[seen]) for row, seen in zip(patterns.values, patterns.is_observed, strict=True)]
    assert np.all(np.diff(patterns.teff) > 0)
    # Measured independently of this code: 4.5 % and 1.7 % (docs/physics.md).
    assert rms == pytest.approx([0.045, 0.017], rel=0.1)


def test_cool_stars_are_described_worse_and_between_the_two_it_changes_smoothly() -> None:
    sizes = [np.median(error_of(teff)) for teff in (4000.0, 4286.0, 5000.0, 5772.0, 7000.0)]
    assert sizes[0] == sizes[1] > sizes[2] > sizes[3] == sizes[4]


def test_broad_lines_have_small_errors() -> None:
    narrow, broad = error_of(5772.0), error_of(5772.0, vsini=40.0)
    low = error_of(5772.0, power=5000.0)
    assert np.median(broad) < 0.6 * np.median(narrow)
    assert np.median(low) < 0.7 * np.median(narrow)


def test_it_is_positive_everywhere_and_large_where_the_list_was_not_calibrated() -> None:
    error = error_of(6000.0)
    gap = (WAVELENGTH > 5308.0) & (WAVELENGTH < 5334.0)
    assert np.all(error >= FLOOR)
    assert np.allclose(error[gap], UNCALIBRATED, rtol=0.05)
    beyond = physics_error(PATTERNS, np.array([4000.0, 6000.0]), LabelSet({"teff": 5000.0}), 50000.0)
    assert np.all(np.isfinite(beyond))


def test_a_damaged_file_is_said_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "optical-emulator"
    shutil.copytree(data_folder("models") / "optical-emulator", folder)
    (folder / model_error.FILE).write_bytes(b"not a safetensors file")
    with pytest.raises(ModelError, match="optical-emulator"):
        load_error_patterns(folder)
