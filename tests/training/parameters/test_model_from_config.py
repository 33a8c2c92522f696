"""From a configuration to a model folder that is evaluated, on a small grid made by the emulator."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.core.errors import TrainingError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.model_folder import check_model
from spectragui.inference.opened_model import open_model
from spectragui.simulation.emulator import load_emulator
from spectragui.training.config import Config, DataConfig, NetworkConfig, TrainingConfig
from spectragui.training.grids import read_grid

torch = pytest.importorskip("torch")

from spectragui.networks.conditions import N_CONDITIONS  # noqa: E402 - after torch
from spectragui.networks.parameter_network import load_network  # noqa: E402
from spectragui.training.parameters.augmentation import AugmentationConfig  # noqa: E402
from spectragui.training.parameters.datasets import SpectrumStream  # noqa: E402
from spectragui.training.parameters.observing_cases import ObservingCase  # noqa: E402
from spectragui.training.parameters.report import evaluate_network, report_text, write_report  # noqa: E402
from spectragui.training.run import train_model  # noqa: E402

LOW, HIGH = np.array([4500, 2.5, -1.0, 0.0, 0.5]), np.array([6500, 4.8, 0.3, 0.3, 2.5])


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty spectra of the bundled emulator, in the layout of a grid."""
    emulator = load_emulator("optical-emulator")
    labels = np.random.default_rng(2).uniform(LOW, HIGH, (20, 5))
    flux = np.round(np.clip(emulator.normalised_flux(labels), 0.0, 1.3) * 50000).astype(np.uint16)
    path = tmp_path_factory.mktemp("grid") / "small.npz"
    np.savez(path, wave=emulator.wavelength_aa, flux=flux, labels=labels, label_names=emulator.label_names)
    return path


def small_config(grid_file: Path, output: Path) -> Config:
    return Config(
        output=str(output),
        data=DataConfig(grid=str(grid_file), model_error="", n_labels=200, decimation=8, survey_spectra=128),
        network=NetworkConfig(options={"chunk_pixels": 64, "n_features": 4, "hidden": [32]}),
        training=TrainingConfig(
            steps=4,
            batch=8,
            validate_every=2,
            validation_spectra=8,
            calibration_spectra=2,
            members=2,
            checkpoint_every=2,
        ),
    )


@pytest.fixture(scope="module")
def model_folder(grid_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_model(small_config(grid_file, tmp_path_factory.mktemp("model") / "small"))


def test_training_writes_a_sound_model_folder(model_folder: Path) -> None:
    card = check_model(model_folder)
    assert card.kind == "parameters" and card.name == "small"
    assert card.range_of("teff")[0] == pytest.approx(4500, abs=400)
    assert (model_folder / "train.toml").is_file()
    assert len(load_network(model_folder).members) == 2


def test_model_is_evaluated_and_reported(model_folder: Path, grid_file: Path, tmp_path: Path) -> None:
    network = load_network(model_folder)
    cases = (ObservingCase("clean"), ObservingCase("noisy", (20000.0, 60000.0), (0.0, 30.0), 50.0))
    results = evaluate_network(network, read_grid(grid_file), n_spectra=40, cases=cases)
    assert [len(result.true) for result in results] == [40, 40]
    assert all(np.isfinite(result.predicted).all() and (result.sigma > 0).all() for result in results)
    files = write_report("small", "small.npz", 20, results, tmp_path / "report")
    assert all(path.stat().st_size > 500 for path in files) and len(files) == 4
    text = report_text("small", "small.npz", 20, results)
    assert "| clean |" in text and "by 7.4 % (1 sigma), and by up to 10.4 %" in text  # 40 of 20 stars


def test_command_line_evaluates_any_grid(model_folder: Path, grid_file: Path, tmp_path: Path) -> None:
    from spectragui.cli.evaluate import evaluate

    arguments = [str(model_folder), str(grid_file), "--spectra", "20", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(evaluate, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "within 1 sigma" in result.output and (tmp_path / "out" / "marginal_residuals.png").is_file()
    held_out = [str(model_folder), "heldout", "--grid", str(grid_file), "--spectra", "4"]
    assert CliRunner().invoke(evaluate, held_out, catch_exceptions=False).exit_code == 0


def test_command_line_trains_and_resumes(grid_file: Path, tmp_path: Path) -> None:
    import tomlkit

    from spectragui.cli.train import train
    from spectragui.training.config import as_table

    path = tmp_path / "train.toml"
    path.write_text(tomlkit.dumps(as_table(small_config(grid_file, tmp_path / "mine"))))
    for arguments in ([str(path)], [str(path), "--resume"]):
        result = CliRunner().invoke(train, arguments, catch_exceptions=False)
        assert result.exit_code == 0 and "wrote" in result.output


def test_grid_that_does_not_fit_is_said(model_folder: Path, tmp_path: Path) -> None:
    wave = 7000.0 * np.exp(np.arange(3000) * 4e-6)
    labels = np.tile(LOW, (4, 1))
    names = np.array(["teff", "logg", "m_h", "alpha_m", "vmic"])
    np.savez(tmp_path / "red.npz", wave=wave, flux=np.ones((4, 3000)), labels=labels, label_names=names)
    with pytest.raises(TrainingError, match="the network needs"):
        evaluate_network(load_network(model_folder), read_grid(tmp_path / "red.npz"))


@pytest.fixture(scope="module")
def stream(grid_file: Path) -> SpectrumStream:
    grid = read_grid(grid_file).for_training()
    config = AugmentationConfig(partial_part=1.0)
    data = DataConfig(decimation=8, n_labels=200, grid_part=0.5)
    return SpectrumStream(open_model("optical-emulator"), grid, None, config, data)


def test_stream_is_repeatable_and_finite(stream: SpectrumStream) -> None:
    first, second = (stream.draw(16, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first.flux, second.flux) and np.array_equal(first.labels, second.labels)
    assert np.array_equal(stream.draw_labels(16, torch.Generator().manual_seed(4)), first.labels)
    assert first.conditions.shape == (16, N_CONDITIONS)
    assert bool(torch.isfinite(first.flux).all()) and bool((first.flux[first.is_used == 0] == 0).all())


def test_stream_stays_inside_the_grid_and_covers_in_part(stream: SpectrumStream) -> None:
    batch = stream.draw(64, torch.Generator().manual_seed(5))
    grid_labels = stream.star_labels
    assert batch.labels[:, 0].min() > 4300 and batch.labels[:, 0].max() < 6700
    assert grid_labels[:, 2].min() >= -1.0 and grid_labels[:, 2].max() <= 0.3
    coverage = batch.is_used.mean(1)
    assert float(coverage.min()) < 0.5 < float(coverage.max()) and float(coverage.min()) > 0.02


def test_members_differ_and_their_scatter_counts(model_folder: Path, stream: SpectrumStream) -> None:
    from spectragui.networks.parameter_network import NetworkInput, apply_members, apply_network

    network = load_network(model_folder)
    batch = stream.draw(4, torch.Generator().manual_seed(1))
    inputs = NetworkInput(batch.flux.numpy(), batch.is_used.numpy(), batch.conditions.numpy())
    means, sigmas = apply_members(network, inputs)
    assert means.shape == sigmas.shape == (2, 4, 6) and not np.allclose(means[0], means[1])
    single = dataclasses.replace(network, members=network.members[:1])
    assert not np.allclose(apply_network(single, inputs)[0], apply_network(network, inputs)[0])


def test_wavelengths_between_the_network_s_are_put_right() -> None:
    from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
    from spectragui.networks.input_grid import InputGrid
    from spectragui.training.grids import SpectrumGrid
    from spectragui.training.parameters.observing_cases import ObservedGrid

    case = ObservingCase("one", (30000.0, 30000.0), (5.0, 5.0))
    fluxes = []
    for phase in (0.0, 0.4):
        velocity = (np.arange(6000) + phase) * 1.2
        wave = 4800.0 * np.exp(velocity / SPEED_OF_LIGHT_KMS)
        line = 1.0 - 0.5 * np.exp(-0.5 * ((velocity - 3600.0) / 8.0) ** 2)
        flux = np.round(line * 50000)[None].astype(np.uint16)
        spectra = SpectrumGrid(wave, flux, np.array([[5000.0, 4.0, 0.0, 0.0, 1.0]]), np.arange(1))
        grid = InputGrid(4800.0 * np.exp(960.0 / SPEED_OF_LIGHT_KMS), 4.8, 1024, mean_width_kms=1000.0)
        inputs, _, _ = next(ObservedGrid(spectra, grid, PARAMETER_LABELS).observe(case, 1))
        fluxes.append(inputs.flux[0])
    assert np.abs(fluxes[0] - fluxes[1]).max() < 0.002
