"""Settings of a training on photometry: catalogue, what is left out of bands, network, schedule."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from spectragui.core.parameters import param
from spectragui.training.config import NetworkConfig, StartConfig, TrainingConfig, fill_sections

TUNING_STEPS = 600
TASKS = ("redshift", "stellarity", "mass", "type")


@dataclasses.dataclass(frozen=True)
class CatalogueConfig:
    """What is trained on."""

    catalogue: str = param("data/photometry/alhambra_mock.fits.gz", help="Below the shared data, or a path.")
    band_set: str = param("alhambra", help="Bundled band set, or the path of one's own.")
    second: str = param(
        "", help="Further objects to train on, same places; of those that tell `donor`, only the donors."
    )
    second_part: float = param(0.1, help="Part of a batch taken from them.", minimum=0.0, maximum=0.9)
    test_part: float = param(0.10, help="Part of the parents that are held out.", minimum=0.0, maximum=0.5)
    calibration_part: float = param(
        0.08, help="Part of the parents that errors are calibrated with.", minimum=0.0, maximum=0.5
    )
    split_seed: int = param(15, help="Of the split by parent_id; the same for all tasks.", minimum=0)


@dataclasses.dataclass(frozen=True)
class BandAugmentation:
    """What is done to fluxes while training."""

    noise: float = param(
        1.0, help="Largest noise added, in sigmas of the row; errors grow with it.", minimum=0.0
    )
    fade_part: float = param(0.15, help="Part of the rows made fainter.", minimum=0.0, maximum=1.0)
    fade_mag: float = param(2.0, help="By at most.", unit="mag", minimum=0.0)
    tilt: float = param(
        0.0,
        help="Scatter of a reddening that is put on every second row, blue to red.",
        unit="mag",
        minimum=0.0,
    )
    drop_part: float = param(0.30, help="Part of the rows that lose bands.", minimum=0.0, maximum=1.0)
    without_morphology: float = param(
        0.30, help="Part of the rows without size and shape.", minimum=0.0, maximum=1.0
    )
    drop_morphology: float = param(
        0.15, help="Chance of each of the others' columns to be missing.", minimum=0.0, maximum=1.0
    )


@dataclasses.dataclass(frozen=True)
class PhotometryConfig:
    """Everything that the training of one network needs to be repeated.

    Attributes
    ----------
    output : str
        Folder that is written.
    task : {"redshift", "stellarity", "mass", "type"}
        That of the base model where there is one.
    base, data, augmentation, training
    network : NetworkConfig
        ``residual`` (options width, depth, n_bins, dropout), or ``plain`` layers as the thesis has them
        (options hidden, activation, n_bins), on the same inputs and outputs.
    title : str
    limits : tuple of str
        Sentences for the card.
    """

    output: str = "runs/photometry"
    task: str = "redshift"
    base: StartConfig = StartConfig()
    data: CatalogueConfig = CatalogueConfig()
    augmentation: BandAugmentation = BandAugmentation()
    network: NetworkConfig = NetworkConfig("residual")
    training: TrainingConfig = TrainingConfig()
    title: str = ""
    limits: tuple[str, ...] = ()


def fine_tuning_config(output: str | Path, **training: Any) -> PhotometryConfig:
    """Return what a fine-tuning is told: a short and gentle schedule, and more of the objects held back.

    Parameters
    ----------
    output : path-like
        Folder that is written.
    **training
        Fields of `TrainingConfig` that are to be others.
    """
    steps = int(training.get("steps", TUNING_STEPS))
    usual = {"steps": steps, "batch": 256, "learning_rate": 2e-4, "average": 0.99, "seed": 1}
    usual["validate_every"] = max(steps // 6, 1)
    return PhotometryConfig(
        str(output),
        data=CatalogueConfig(test_part=0.1, calibration_part=0.2),
        training=TrainingConfig(**{**usual, **training}),
    )


def photometry_config(table: dict[str, Any], file: str) -> PhotometryConfig:
    """Return the configuration that a TOML table with ``kind = "photometry"`` holds.

    Raises
    ------
    TrainingError
        If it has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    parts = {
        "base": StartConfig,
        "data": CatalogueConfig,
        "augmentation": BandAugmentation,
        "network": NetworkConfig,
        "training": TrainingConfig,
    }
    plain = {"output": str, "task": str, "title": str, "limits": tuple}
    return PhotometryConfig(**fill_sections(table, parts, plain, file))
