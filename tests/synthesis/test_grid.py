"""Training grids: labels where atmospheres exist, bad configurations said, published spectra again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError, SettingsError
from spectragui.synthesis.atmospheres import AtmosphereGrid
from spectragui.synthesis.grid_building import (
    GridConfig,
    build_grid,
    draw_labels,
    log_wavelengths,
    read_grid_config,
)


@pytest.fixture
def small_grid() -> AtmosphereGrid:
    nodes = [(t, g, m) for t in (4000.0, 5000.0, 6000.0) for g in (1.0, 2.0, 3.0) for m in (-1.0, 0.0)]
    nodes = [
        node for node in nodes if not (node[0] == 6000.0 and node[1] == 1.0)
    ]  # a hole: hot and low gravity
    labels = np.array(nodes)
    # Every quantity is a power law in the labels, so log-linear interpolation is exact.
    layers = np.power(10.0, np.einsum("ij,jk->ik", labels, [[1e-3] * 4, [0.1] * 4, [0.2] * 4]))
    return AtmosphereGrid(labels, np.repeat(layers[:, None, :], 5, axis=1))


def test_interpolation_is_exact_for_power_laws(small_grid: AtmosphereGrid) -> None:
    model = small_grid.interpolate(4300.0, 1.7, -0.25)
    np.testing.assert_allclose(model.temperature, 10 ** (4.3 + 0.17 - 0.05), rtol=1e-10)


def test_labels_are_drawn_only_where_atmospheres_exist(small_grid: AtmosphereGrid) -> None:
    config = GridConfig(n_spectra=200, teff=(4000.0, 6000.0), logg=(1.0, 3.0), m_h=(-1.0, 0.0))
    labels = draw_labels(config, small_grid)
    assert labels.shape == (200, 5)
    assert not np.any((labels[:, 0] > 5000) & (labels[:, 1] < 2))
    np.testing.assert_array_equal(labels, draw_labels(config, small_grid))


def test_a_box_without_atmospheres_is_refused(small_grid: AtmosphereGrid) -> None:
    config = GridConfig(n_spectra=1, teff=(5500.0, 6000.0), logg=(1.0, 1.5), m_h=(-1.0, 0.0))
    with pytest.raises(SettingsError, match="hardly any model"):
        draw_labels(config, small_grid)


def test_wavelengths_have_a_constant_velocity_step() -> None:
    wavelength = log_wavelengths(4439.0, 4500.0, 1.2)
    np.testing.assert_allclose(np.diff(np.log(wavelength)) * 299792.458, 1.2, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("n_spectra = 'many", ReadError, "TOML"),
        ("spectra = 3", SettingsError, "not a key"),
        ("teff = [7000, 4000]", SettingsError, "upside down"),
        ("teff = 5000", SettingsError, "two numbers"),
        ("n_spectra = 0", SettingsError, "minimum"),
    ],
)
def test_bad_configurations_are_said_in_words(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_grid_config(path)


def test_pysme_gives_the_training_grid_again(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("pysme", reason="the optional extra 'synthesis' is not installed")
    from spectragui.synthesis.pysme_synthesis import read_line_list, synthesize

    with np.load(shared_data / "grids" / "optical.npz") as file:
        wavelength, labels, flux = file["wave"], file["labels"][700], file["flux"][700] / 50000.0
    atmospheres = AtmosphereGrid.load(shared_data / "synthesis" / "atlas9_odfnew.npz")
    lines = read_line_list(shared_data / "synthesis" / "lines_optical_4440_5410.fits.gz")
    names = ("teff", "logg", "m_h", "alpha_m", "vmic")
    point = dict(zip(names, labels.tolist(), strict=True))
    computed, _ = synthesize(wavelength, lines, atmospheres.interpolate(*labels[:3].tolist()), point)
    assert np.max(np.abs(computed - flux)) < 1e-4


def test_a_grid_goes_on_where_it_ended(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("pysme", reason="the optional extra 'synthesis' is not installed")
    settings = {
        "line_list": str(shared_data / "synthesis" / "lines_optical_4440_5410.fits.gz"),
        "atmospheres": str(shared_data / "synthesis" / "atlas9_odfnew.npz"),
        "output": str(tmp_path / "grid.npz"),
        "start_aa": 5180.0,
        "stop_aa": 5190.0,
        "teff": (5000.0, 6000.0),
        "logg": (4.0, 4.5),
        "m_h": (-0.5, 0.0),
    }
    whole = GridConfig(n_spectra=3, **settings)
    with np.load(build_grid(GridConfig(n_spectra=2, **settings))) as file:
        first = file["flux"]
    with np.load(build_grid(whole)) as file:
        assert file["flux"].shape[0] == 3
        np.testing.assert_array_equal(file["flux"][:2], first)
