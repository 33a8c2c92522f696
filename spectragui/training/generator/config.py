"""One TOML file (``kind = "cvae"``) describes the training of a generator of spectra."""

from __future__ import annotations

import dataclasses
from typing import Any

from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.parameters import param
from spectragui.training.config import NetworkConfig, RehearsedConfig, TrainingConfig, fill_sections


@dataclasses.dataclass(frozen=True)
class GeneratorDataConfig:
    """What a generator is trained on."""

    labelled: str = param(
        "", help="Data-set file of labelled spectra that a base model is tuned on; empty = none."
    )
    grid: str = param("data/grids/optical.npz", help="Grid of spectra, below the shared data or a path.")
    emulator: str = param(OPTICAL_EMULATOR, help="Bundled emulator that makes spectra between the grid's.")
    line_list: str = param(
        "data/synthesis/lines_optical_4440_5410.fits.gz", help="Says which lines are which element's."
    )
    start_aa: float = param(4450.0, help="First pixel.", unit="Angstrom")
    step_aa: float = param(0.05, help="Step of the pixels.", unit="Angstrom", minimum=1e-3)
    n_pixels: int = param(19_000, help="Pixels.", minimum=16)
    n_labels: int = param(150_000, help="Different stars of the emulator.", minimum=10)
    grid_part: float = param(0.15, help="Part of the spectra taken from the grid itself.", maximum=1.0)
    n_spectra: int = param(260_000, help="Spectra that the labels describe completely.", minimum=8)
    n_scattered: int = param(80_000, help="Spectra with single elements' scatter.", minimum=0)
    n_survey: int = param(6000, help="Spectra that the basis is found from.", minimum=8)
    n_broad: int = param(320, help="Vectors of the basis on spline knots.", minimum=2)
    n_sharp: int = param(160, help="Vectors of the basis on all pixels.", minimum=2)
    knot_step: int = param(6, help="Pixels between knots.", minimum=2)
    held_out: tuple[int, ...] = (0, 1)  # index % 10 of spectra that are not trained on


@dataclasses.dataclass(frozen=True)
class LatentConfig:
    """How encoder and latent response are trained, once the decoder at z = 0 is."""

    steps: int = param(12_000, help="Batches.", minimum=1)
    minutes: float = param(0.0, help="Time limit that the schedule follows; 0 = none.", minimum=0.0)
    batch: int = param(512, help="Spectra of a batch.", minimum=1)
    learning_rate: float = param(2e-3, help="Largest learning rate.", minimum=0.0)
    noise: float = param(
        2.0, help="Noise of a pixel in the likelihood, in units of what elements change in it.", minimum=1e-3
    )


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Everything that the training of a generator needs to be repeated.

    Attributes
    ----------
    output : str
        Model folder that is written.
    base, data, network, training, latent
    kl_weight : float
        Of the divergence beside the squared error (the paper's network only).
    """

    output: str = "runs/cvae"
    base: RehearsedConfig = RehearsedConfig()
    data: GeneratorDataConfig = GeneratorDataConfig()
    network: NetworkConfig = NetworkConfig("factored_cvae")
    training: TrainingConfig = TrainingConfig()
    latent: LatentConfig = LatentConfig()
    kl_weight: float = 1.0


def generator_config(table: dict[str, Any], file: str) -> GeneratorConfig:
    """Return the configuration that a TOML table with ``kind = "cvae"`` holds.

    Raises
    ------
    TrainingError
        If it has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    parts = {
        "base": RehearsedConfig,
        "data": GeneratorDataConfig,
        "network": NetworkConfig,
        "training": TrainingConfig,
        "latent": LatentConfig,
    }
    plain = {"output": str, "kl_weight": float}
    return GeneratorConfig(**fill_sections(table, parts, plain, file))
