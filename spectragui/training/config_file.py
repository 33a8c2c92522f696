"""Read and check a training's TOML file, of any kind of model."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.package_data import data_folder, resource
from spectragui.core.regular_file import read_text
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.networks.architectures import ONE_A_LABEL
from spectragui.training.config import (
    BaseConfig,
    CardConfig,
    Config,
    DataConfig,
    NetworkConfig,
    TrainingConfig,
    fill_sections,
)
from spectragui.training.denoiser.config import DenoiserConfig, denoiser_config
from spectragui.training.fused.config import FusedConfig, fused_config
from spectragui.training.generator.config import GeneratorConfig, generator_config
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.photometry.config import PhotometryConfig, photometry_config

#: What describes a training, of whatever kind.
AnyConfig = Config | GeneratorConfig | DenoiserConfig | PhotometryConfig | FusedConfig
#: What a word for labels asks for, as in the thesis.
LABEL_WORDS = {word: PARAMETER_LABELS[: len(word)] for word in ("T", "TG", "TGM")}


def find_config(name: str | os.PathLike[str]) -> Path:
    """Return the file of a configuration: the file itself, else the preset or bundled model of that name."""
    path = Path(name)
    if path.exists() or path.name != str(name):
        return path
    bundled = (
        resource("training", f"{path.name}.toml"),
        data_folder("models") / path.name / "train.toml",
    )
    return next((file for file in bundled if file.is_file()), path)


def with_labels(config: Config, words: str, one_a_label: bool = False) -> Config:
    """Return a configuration for other labels.

    Parameters
    ----------
    config : Config
    words : str
        "T", "TG", "TGM", or names of labels separated by commas; empty = as it is.
    one_a_label : bool
        Whether each label has a network of its own.
    """
    if words:
        names = LABEL_WORDS.get(words) or tuple(word.strip() for word in words.split(","))
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, labels=names))
    if one_a_label:
        options = {**config.network.options, ONE_A_LABEL: 1}
        config = dataclasses.replace(config, network=dataclasses.replace(config.network, options=options))
    return config


def read_config(path: str | os.PathLike[str]) -> AnyConfig:
    """Read and check a training configuration.

    Raises
    ------
    TrainingError
        If the file is missing, is no TOML, or has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    source = Path(path)
    try:
        table = parse_toml(read_text(source))
    except OSError as error:
        raise TrainingError(f"{source} could not be read: {error.strerror}.", "Check its name.") from error
    except (TomlError, UnicodeDecodeError) as error:
        raise TrainingError(f"{source.name} is not valid TOML: {first_sentence(error)}.") from error
    if table.get("kind") == "cvae":
        return generator_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    if table.get("kind") == "denoiser":
        return denoiser_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    if table.get("kind") == "photometry":
        return photometry_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    if table.get("kind") == "fused":
        return fused_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    parts = {
        "base": BaseConfig,
        "data": DataConfig,
        "augmentation": AugmentationConfig,
        "network": NetworkConfig,
        "training": TrainingConfig,
        "card": CardConfig,
    }
    return Config(**fill_sections(table, parts, {"output": str}, source.name))
