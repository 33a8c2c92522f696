"""What a network for two arms is trained with: `train` reads it where a file says ``kind = "fused"``."""

from __future__ import annotations

import dataclasses
from typing import Any

from spectragui.core.parameters import param
from spectragui.training.config import DataConfig, NetworkConfig, TrainingConfig, fill_sections
from spectragui.training.parameters.augmentation import AugmentationConfig


@dataclasses.dataclass(frozen=True)
class PairConfig:
    """Which arms, and how often one of them is missing."""

    first: str = param("mdwarf-starnet", help="Model whose window, templates and emulator the first arm has.")
    second: str = param("mdwarf-nir", help="The same of the second arm.")
    missing_part: float = param(0.4, help="Part of the stars of which one arm is missing.", maximum=0.9)
    n_stars: int = param(10_000, help="Different stars.", minimum=10)


@dataclasses.dataclass(frozen=True)
class FusedConfig:
    """Everything that the training of a fused network needs to be repeated.

    Attributes
    ----------
    output : str
        Folder that is written.
    title : str
    limits : tuple of str
        Sentences for the card.
    pair : PairConfig
    first, second : DataConfig
        Of the arms: grid, emulator, decimation, running mean, model error.
    augmentation : AugmentationConfig
        Of both; rotation is the star's, so that both arms have the same.
    network : NetworkConfig
        Options of `spectragui.networks.chunk_pool.ChunkPool`; ``arm_chunks`` is filled in.
    training : TrainingConfig
    """

    output: str = "runs/fused"
    title: str = ""
    limits: tuple[str, ...] = ()
    pair: PairConfig = PairConfig()
    first: DataConfig = DataConfig()
    second: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    network: NetworkConfig = NetworkConfig("chunk_pool")
    training: TrainingConfig = TrainingConfig()


def fused_config(table: dict[str, Any], file: str) -> FusedConfig:
    """Return the configuration that a TOML table with ``kind = "fused"`` holds.

    Raises
    ------
    TrainingError
        If it has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    parts = {
        "pair": PairConfig,
        "first": DataConfig,
        "second": DataConfig,
        "augmentation": AugmentationConfig,
        "network": NetworkConfig,
        "training": TrainingConfig,
    }
    plain = {"output": str, "title": str, "limits": tuple}
    return FusedConfig(**fill_sections(table, parts, plain, file))
