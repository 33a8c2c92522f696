"""Fine-tuning lowers the errors on an instrument that a model was not made for, and says what it is worth."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from spectragui.core.errors import TrainingError  # noqa: E402 - after torch
from spectragui.core.model_copy import import_model  # noqa: E402
from spectragui.core.model_folder import check_model, find_model, read_card  # noqa: E402
from spectragui.core.spectrum import Spectrum  # noqa: E402
from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402
from spectragui.inference.prediction import PredictOptions  # noqa: E402
from spectragui.io.writers import write_spectrum  # noqa: E402
from spectragui.networks.parameter_network import read_network  # noqa: E402
from spectragui.training.callbacks import Callback  # noqa: E402
from spectragui.training.config import BaseConfig, Config, DataConfig, NetworkConfig, TrainingConfig  # noqa: E402
from spectragui.training.config_file import read_config  # noqa: E402
from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set  # noqa: E402
from spectragui.training.data_sets.label_table import read_label_table  # noqa: E402
from spectragui.training.fine_tuning.parameters_against_base import compare_on_test_stars  # noqa: E402
from spectragui.training.kinds import compare_with_base  # noqa: E402
from spectragui.training.run import train_model  # noqa: E402
from tests.inference.toy_model import toy_in, toy_star  # noqa: E402

N_STARS = 60


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_in(tmp_path_factory.mktemp("toy"), tmp_path_factory)


def other_instrument(spectrum: Spectrum) -> Spectrum:
    """Return a spectrum as an instrument with 20 % scattered light records it: all lines are shallower."""
    level = float(np.quantile(spectrum.flux, 0.95))
    return spectrum.replace(flux=(spectrum.flux + 0.2 * level) / 1.2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stars")
    rng = np.random.default_rng(8)
    with (folder / "labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "star", "teff", "logg"])
        for number in range(N_STARS):
            teff, logg = rng.uniform(3300.0, 4700.0), rng.uniform(3.3, 4.7)
            write_spectrum(other_instrument(toy_star(teff, logg, snr=80.0)), folder / f"{number}.fits")
            table.writerow([f"{number}.fits", f"star {number}", teff, "" if number % 10 == 3 else logg])
    build_data_set(DataPlan(folder, read_label_table(folder / "labels.csv"), seed=2), folder / "set.zip")
    return folder / "set.zip"


def config_of(toy: Path, data: Path, output: Path, **more) -> Config:
    base = dataclasses.replace(
        BaseConfig(model=str(toy), learning_rate_factor=0.5, folds=2, curve=(0.5,)), **more
    )
    training = TrainingConfig(
        steps=60, batch=32, learning_rate=3e-3, average=0.9, validate_every=20, checkpoint_every=20, seed=4
    )
    return Config(output=str(output), base=base, data=DataConfig(labelled=str(data)), training=training)


@pytest.fixture(scope="module")
def tuned(toy: Path, data: Path) -> Path:
    return train_model(config_of(toy, data, toy.parent / "toy-shallow"))  # beside the emulator that it names


def weights_of(folder: Path) -> list[np.ndarray]:
    return [value.numpy() for value in read_network(folder).members[0].state_dict().values()]


def test_errors_on_the_new_instrument_fall_by_half(toy: Path, tuned: Path) -> None:
    comparison, forgetting = compare_on_test_stars(tuned)
    content = compare_with_base(tuned, read_config(tuned / "train.toml"))
    [teff] = [one for one in comparison.labels if one.name == "teff"]
    assert teff.new.mae < 0.6 * teff.old.mae and teff.word == "better"
    assert forgetting is not None and forgetting.before.keys() == {"teff", "logg"}
    assert "Mean absolute errors on the base model's held-out spectra" in forgetting.lines()[0]
    assert (tuned / "report" / "comparison.ecsv").is_file()
    assert any(line.startswith("2 splits, each star left out once: Teff") for line in content.lines)
    assert any("Trained on 21, 42 stars Teff errs by" in line for line in content.lines)
    assert read_card(tuned).metrics["test stars of set.zip"]["teff"] == pytest.approx(teff.new.mae)


def test_the_card_says_where_it_comes_from(toy: Path, tuned: Path, data: Path) -> None:
    card = check_model(tuned)
    assert card.name == "toy-shallow" and card.training["base"] == "toy"
    assert card.training["data"] == "set.zip" and len(card.training["data_sha256"]) == 64
    assert card.label_names == ("teff", "logg") and "fine-tuned from toy" in card.title
    assert card.companions == read_card(toy).companions
    assert card.training["feature_distance_before"] > 0.0 < card.training["feature_distance_after"]
    again = read_config(tuned / "train.toml")
    assert again.base.model == str(toy) and again.data.labelled == str(data)


def test_the_base_is_untouched_and_the_new_one_predicts(toy: Path, tuned: Path) -> None:
    before = check_model(toy).sha256
    labels = [(teff, logg) for teff in (3400.0, 3700.0, 4000.0, 4300.0, 4600.0) for logg in (3.4, 4.0, 4.6)]
    stars = [other_instrument(toy_star(*one, snr=80.0)) for one in labels]

    def errors(model: Path) -> np.ndarray:
        options = PredictOptions(model=str(model), refine=False)
        found = [predict_spectrum(star, options).row["teff"] for star in stars]
        return np.abs(np.array(found) - [teff for teff, _ in labels])

    assert errors(tuned).mean() < 0.8 * errors(toy).mean()  # of one star alone, noise may decide
    assert check_model(toy).sha256 == before


def test_the_same_seed_gives_the_same_weights(toy: Path, tuned: Path, data: Path, tmp_path: Path) -> None:
    again = train_model(config_of(toy, data, tmp_path / "again"))
    for one, other in zip(weights_of(tuned), weights_of(again), strict=True):
        np.testing.assert_array_equal(one, other)


class StopAt(Callback):
    """Fail once at a step, as a kill would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, state, parts) -> None:
        if state.step == self.step:
            raise KeyboardInterrupt


def test_a_killed_training_goes_on_from_its_checkpoint(
    toy: Path, tuned: Path, data: Path, tmp_path: Path
) -> None:
    config = config_of(toy, data, tmp_path / "killed")
    with pytest.raises(KeyboardInterrupt):
        train_model(config, callbacks=[StopAt(45)])
    steps = []

    class Note(Callback):
        def on_step_end(self, state, parts) -> None:
            steps.append(state.step)

    resumed = train_model(config, resume=True, callbacks=[Note()])
    assert steps[0] == 41  # the checkpoint was written after batch 40
    for one, other in zip(weights_of(tuned), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_with_its_card_alone_is_rehearsed_by_its_card(toy: Path, data: Path, tmp_path: Path) -> None:
    for name in ("toy", "toy-emulator"):
        import_model(toy.parent / name)
    config = config_of(toy, data, tmp_path / "alone")
    short = dataclasses.replace(
        config,
        base=dataclasses.replace(config.base, model="toy"),
        training=dataclasses.replace(config.training, steps=5),
    )
    assert not (find_model("toy") / "train.toml").exists()
    comparison, forgetting = compare_on_test_stars(train_model(short))
    assert forgetting is not None and "emulator" in forgetting.where and comparison.old_name == "toy"


def test_frozen_weights_stay(toy: Path, data: Path, tmp_path: Path) -> None:
    config = config_of(toy, data, tmp_path / "frozen", freeze=("embedding", "bias", "by_conditions"))
    short = dataclasses.replace(config, training=dataclasses.replace(config.training, steps=20))
    folder = train_model(short)
    old, new = (read_network(one).members[0].state_dict() for one in (toy, folder))
    assert all((old[name] == new[name]).all() for name in ("embedding", "bias", "by_conditions"))
    assert any((old[name] != new[name]).any() for name in old if name.startswith("dense"))
    with pytest.raises(TrainingError, match="no weights whose name begins with 'nose'"):
        train_model(config_of(toy, data, tmp_path / "x", freeze=("nose",)))
    with pytest.raises(TrainingError, match="All weights"):
        train_model(config_of(toy, data, tmp_path / "y", freeze=("",)))


def test_a_new_network_of_two_labels_is_trained_without_a_base(toy: Path, data: Path, tmp_path: Path) -> None:
    config = Config(
        output=str(toy.parent / "new"),
        data=DataConfig(
            labelled=str(data), emulator=str(toy.parent / "toy-emulator"), labels=("teff", "logg")
        ),
        network=NetworkConfig(options={"chunk_pixels": 64, "n_features": 4, "hidden": [32]}),
        training=TrainingConfig(steps=30, batch=16, learning_rate=3e-3, average=0.9, validate_every=10),
    )
    folder = train_model(config)
    card = check_model(folder)
    assert card.label_names == ("teff", "logg") and "base" not in card.training
    row = predict_spectrum(toy_star(4100.0, 4.0), PredictOptions(model=str(folder), refine=False)).row
    assert 2500.0 < row["teff"] < 5500.0 and np.isnan(row["m_h"])


def test_what_cannot_be_trained_on_ends_in_a_sentence(toy: Path, data: Path, tmp_path: Path) -> None:
    config = config_of(toy, data, tmp_path / "out")
    with pytest.raises(TrainingError, match="no labelled spectra"):
        train_model(dataclasses.replace(config, data=DataConfig()))
    with pytest.raises(TrainingError, match="There is no data set"):
        train_model(dataclasses.replace(config, data=DataConfig(labelled=str(tmp_path / "no.zip"))))
    before = {path: path.read_bytes() for path in toy.iterdir() if path.is_file()}
    for own in (toy, toy.parent / "other" / ".." / toy.name):
        with pytest.raises(TrainingError, match="not written over by its own fine-tuning"):
            train_model(dataclasses.replace(config, output=str(own)))
    assert {path: path.read_bytes() for path in toy.iterdir() if path.is_file()} == before


def test_no_kind_of_model_is_written_over_by_its_own_tuning(data: Path) -> None:
    from spectragui.training.config import RehearsedConfig
    from spectragui.training.denoiser.config import DenoiserConfig
    from spectragui.training.generator.config import GeneratorConfig, GeneratorDataConfig

    for name, config in (
        ("optical-cvae", GeneratorConfig(data=GeneratorDataConfig(labelled=str(data)))),
        ("pfs-dae", DenoiserConfig()),
    ):
        folder = find_model(name)
        own = dataclasses.replace(config, output=str(folder), base=RehearsedConfig(name))
        with pytest.raises(TrainingError, match="not written over by its own fine-tuning"):
            train_model(own)
        assert not (folder / "checkpoints").exists()


def test_history_is_written_line_by_line(tuned: Path) -> None:
    lines = (tuned / "checkpoints" / "member0.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in lines]
    assert steps == [20, 40, 60]
