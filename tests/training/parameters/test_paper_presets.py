"""The presets of the thesis, T, TG, TGM and one network a label: they train, and what they train serves."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.core.errors import TrainingError
from spectragui.core.package_data import bundled_examples
from spectragui.io import read_spectrum
from spectragui.simulation.emulator import load_emulator
from spectragui.training.config import Config

torch = pytest.importorskip("torch")

from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402 - after torch
from spectragui.inference.prediction import PredictOptions  # noqa: E402
from spectragui.networks.parameter_network import load_network  # noqa: E402
from spectragui.training.config_file import find_config, read_config, with_labels  # noqa: E402
from spectragui.training.run import train_model  # noqa: E402

LOW, HIGH = np.array([4500, 2.5, -1.0, 0.0, 0.5]), np.array([6500, 4.8, 0.3, 0.3, 2.5])
WEIGHTS = {"paper-starnet": 7_419_191, "paper-vgg": 124_291}


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty spectra of the bundled emulator, in the layout of a grid."""
    emulator = load_emulator("optical-emulator")
    labels = np.random.default_rng(2).uniform(LOW, HIGH, (20, 5))
    flux = np.round(np.clip(emulator.normalised_flux(labels), 0.0, 1.3) * 50000).astype(np.uint16)
    path = tmp_path_factory.mktemp("grid") / "small.npz"
    np.savez(path, wave=emulator.wavelength_aa, flux=flux, labels=labels, label_names=emulator.label_names)
    return path


def shortened(preset: str, grid: Path, output: Path, **network: object) -> Config:
    """Return a preset that trains in a moment: a few small batches on a small grid."""
    config = read_config(find_config(preset))
    assert isinstance(config, Config)
    return dataclasses.replace(
        config,
        output=str(output),
        data=dataclasses.replace(config.data, grid=str(grid), n_labels=100, survey_spectra=16),
        network=dataclasses.replace(config.network, options={**config.network.options, **network}),
        training=dataclasses.replace(
            config.training, steps=2, batch=4, validate_every=1, validation_spectra=4, calibration_spectra=2
        ),
    )


@pytest.mark.parametrize("preset", sorted(WEIGHTS))
def test_preset_is_the_network_of_the_thesis(preset: str, grid_file: Path, tmp_path: Path) -> None:
    config = read_config(find_config(preset))
    training = config.training
    rates = {"paper-starnet": 7e-4, "paper-vgg": 1e-3}
    assert (training.optimizer, training.loss, training.learning_rate) == ("adam", "mse", rates[preset])
    folder = train_model(shortened(preset, grid_file, tmp_path / "model"))
    network = load_network(folder)
    assert network.grid.n_pixels == 7214 and network.label_names == ("teff", "logg", "m_h")
    assert sum(weights.numel() for weights in network.members[0].parameters()) == WEIGHTS[preset]


def test_the_configuration_of_a_bundled_model_has_its_name(tmp_path: Path) -> None:
    assert find_config("optical-any-length").parts[-3:] == ("models", "optical-any-length", "train.toml")
    assert read_config(find_config("optical-vgg")).network.name == "vgg"
    assert find_config("paper-vgg").parts[-2:] == ("training", "paper-vgg.toml")
    assert find_config(tmp_path / "optical-vgg") == tmp_path / "optical-vgg"  # a place, not a name
    assert find_config("no-such-model") == Path("no-such-model")


def test_adam_of_the_presets_has_the_betas_of_the_thesis() -> None:
    from spectragui.training.loop import training_parts

    config = read_config(find_config("paper-starnet"))
    group = training_parts(torch.nn.Linear(2, 2), config.training)["optimizer"].param_groups[0]
    assert tuple(group["betas"]) == (0.9, 0.999) and group["weight_decay"] == 0.0


@pytest.mark.parametrize("words", ["T", "TG", "TGM"])
def test_what_they_train_predicts_evaluates_and_is_drawn(words: str, grid_file: Path, tmp_path: Path) -> None:
    from spectragui.cli.main import commands

    names = {"T": ("teff",), "TG": ("teff", "logg"), "TGM": ("teff", "logg", "m_h")}[words]
    small = {"hidden": [16, 8]}
    config = with_labels(shortened("paper-starnet", grid_file, tmp_path / "mine", **small), words)
    folder = train_model(config)
    prediction = predict_spectrum(
        read_spectrum(bundled_examples()[0].path), PredictOptions(model=str(folder), refine=False)
    )
    assert prediction.network is not None and tuple(prediction.network.values) == names
    for name in ("teff", "logg", "m_h", "vsini", "vmic"):
        assert math.isfinite(prediction.row[name]) == (name in names)
        assert math.isfinite(prediction.row[f"e_{name}"]) == (name in names)
    report = tmp_path / "report"
    arguments = ["evaluate", str(folder), str(grid_file), "--spectra", "20", "-o", str(report)]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    assert "mean absolute error" in result.output and (report / "marginal_residuals.png").is_file()


def test_one_network_a_label_is_trained_and_read_back(grid_file: Path, tmp_path: Path) -> None:
    config = shortened("paper-vgg", grid_file, tmp_path / "mine", filters=[4, 4, 4])
    folder = train_model(with_labels(config, "TG", one_a_label=True))
    network = load_network(folder)
    assert network.label_names == ("teff", "logg") and len(network.members[0].networks) == 2


def test_words_for_labels_that_no_emulator_knows_are_said(grid_file: Path, tmp_path: Path) -> None:
    config = with_labels(shortened("paper-starnet", grid_file, tmp_path / "mine"), "teff,colour")
    with pytest.raises(TrainingError, match="colour"):
        train_model(config)


def test_presets_are_found_by_name_and_other_names_are_said(tmp_path: Path) -> None:
    from spectragui.cli.main import commands

    result = CliRunner().invoke(commands, ["train", "paper-nothing", "-o", str(tmp_path / "x")])
    assert result.exit_code == 1 and "paper-nothing" in result.output
    result = CliRunner().invoke(commands, ["train", "paper-dae", "--labels", "T", "-o", str(tmp_path / "x")])
    assert result.exit_code == 1 and "no network for labels" in result.output
