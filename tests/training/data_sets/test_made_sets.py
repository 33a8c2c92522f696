"""Data sets of simulated stars and of model files: labels by name; what cannot be used is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from spectragui.core.errors import TrainingError  # noqa: E402 - after torch
from spectragui.core.spectral_axis import SpectralAxis  # noqa: E402
from spectragui.core.spectrum import Spectrum  # noqa: E402
from spectragui.inference.opened_model import open_model  # noqa: E402
from spectragui.io.writers import write_spectrum  # noqa: E402
from spectragui.training.data_sets.build_data_set import DataPlan  # noqa: E402
from spectragui.training.data_sets.data_set import read_data_set  # noqa: E402
from spectragui.training.data_sets.made_spectra import made_table  # noqa: E402
from spectragui.training.data_sets.model_grid import (  # noqa: E402
    ModelGridSettings,
    build_grid_set,
    labels_from_name,
)
from spectragui.training.data_sets.synthetic_set import SyntheticStars, build_synthetic_set  # noqa: E402

WAVE = 4430.0 * np.exp(np.arange(66_000) * 1e-5 / 3.3)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("lte05800-4.50-0.0.PHOENIX-ACES-AGSS-COND-2011-HiRes.fits", (5800, 4.5, 0.0, None)),
        ("lte03500-5.00+0.5.Alpha=+0.40.PHOENIX-ACES-AGSS-COND-2011-HiRes.fits", (3500, 5.0, 0.5, 0.4)),
        ("lte029.0-4.5-0.5a+0.2.BT-Settl.spec.7", (2900, 4.5, -0.5, 0.2)),
        ("lte029-4.5-0.5a+0.2.BT-NextGen.fits", (2900, 4.5, -0.5, 0.2)),
        ("sun.txt", ()),
    ],
)
def test_labels_stand_in_usual_names(name: str, labels: tuple) -> None:
    keys = ("teff", "logg", "m_h", "alpha_m")
    assert labels_from_name(name) == {k: v for k, v in zip(keys, labels, strict=False) if v is not None}


def test_labels_stand_in_names_of_ones_own_pattern() -> None:
    assert labels_from_name("t5000g4.0m-1.5_v2.txt", "t{teff}g{logg}m{m_h}_*.txt") == {
        "teff": 5000.0, "logg": 4.0, "m_h": -1.5,
    }  # fmt: skip
    assert labels_from_name("other.txt", "t{teff}.txt") == {}
    for wrong in ("plain.txt", "{nose}.txt", "{teff}{teff}"):
        with pytest.raises(TrainingError, match="pattern"):
            labels_from_name("x", wrong)


def model_file(path: Path, depth: float, step: int = 1) -> None:
    """Write a sharp model with a line at 5000 A in vacuum, flux in large units."""
    wave = WAVE[::step]
    flux = 4e14 * (1.0 - depth * np.exp(-0.5 * np.square((wave - 5000.0) / 0.02)))
    axis = SpectralAxis(wave, "Angstrom", "vacuum", "rest", medium_source="x", frame_source="x")
    write_spectrum(Spectrum(axis, flux), path)


def test_a_grid_is_seen_as_an_instrument_sees_it(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    folder.mkdir()
    for number in range(4):
        model_file(folder / f"lte0{5000 + 100 * number}-4.50-0.0.fits", 0.5 + 0.01 * number)
    model_file(folder / "sun.fits", 0.5)
    model_file(folder / "lte05900-4.50-0.0.fits", 0.5, step=40)
    (folder / "lte06000-4.50-0.0.txt").write_text("nothing\n")
    plan = DataPlan(folder, made_table("x", ["x"], [{"teff": 1.0}]), model=open_model("optical-emulator"))
    settings = ModelGridSettings(resolving_power=20_000.0, snr=0.0)
    check = build_grid_set(folder, settings, plan, tmp_path / "grid.zip")
    said = " ".join(check.lines())
    assert check.n_used == 4 and check.n_rows == 7 and "4 of 7 spectra" in said
    assert "no label in its name or header (sun.fits)" in said and "too wide for R" in said
    data = read_data_set(tmp_path / "grid.zip")
    assert sorted(data.labels[:, data.label_names.index("teff")]) == [5000.0, 5100.0, 5200.0, 5300.0]
    spectrum = next(iter(data.spectra([data.files.index("000000.fits")])))
    assert spectrum.spectral_axis.medium == "vacuum" and spectrum.spectral_axis.frame == "rest"
    inside = np.abs(spectrum.spectral_axis.values - 5000.0) < 1.0
    area = np.sum((1.0 - spectrum.flux[inside]) * np.gradient(spectrum.spectral_axis.values[inside]))
    assert area == pytest.approx(0.5 * 0.02 * np.sqrt(2 * np.pi), rel=0.02)  # broadening keeps it
    width = 5000.0 / 20_000.0
    half = spectrum.flux[inside] < 1.0 - 0.5 * (1.0 - spectrum.flux[inside].min())
    assert np.ptp(spectrum.spectral_axis.values[inside][half]) == pytest.approx(width, abs=0.6 * width)
    with pytest.raises(TrainingError, match="No model of grid can be used"):
        build_grid_set(folder, ModelGridSettings(pattern="q{teff}"), plan, None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="no model spectra"):
        build_grid_set(tmp_path / "empty", ModelGridSettings(), plan, None)


def test_simulated_stars_are_as_asked_for_and_the_same_again(tmp_path: Path) -> None:
    stars = SyntheticStars(number=4, teff_low=5000.0, teff_high=5200.0, snr_low=50.0, snr_high=60.0)
    sets = []
    for name in ("a.zip", "b.zip"):
        build_synthetic_set(stars, open_model("optical-emulator"), tmp_path / name)
        sets.append(read_data_set(tmp_path / name))
    one, other = (next(iter(found.spectra([0]))) for found in sets)
    assert np.array_equal(one.flux, other.flux) and sets[0].parts == sets[1].parts
    assert len(sets[0]) == 4 and sets[0].n_stars == 4
    teff = sets[0].labels[:, sets[0].label_names.index("teff")]
    assert ((teff >= 5000.0) & (teff <= 5200.0)).all()
    cold = SyntheticStars(teff_low=1000.0, teff_high=1100.0)
    with pytest.raises(TrainingError, match="No star has teff 1000 to 1100"):
        build_synthetic_set(cold, open_model("optical-emulator"), None)
