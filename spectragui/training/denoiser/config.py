"""Settings of a denoiser: its domain, the augmentation, the network, the schedule."""

from __future__ import annotations

import dataclasses
from typing import Any

from spectragui.core.parameters import param
from spectragui.training.config import NetworkConfig, RehearsedConfig, TrainingConfig, fill_sections
from spectragui.training.denoiser.disturbances import DenoiserAugmentation


@dataclasses.dataclass(frozen=True)
class DomainConfig:
    """What spectra a denoiser serves."""

    emulator: str = param("pfs-emulator", help="Model that makes the noiseless spectra.")
    instrument: str = param("pfs-mr", help="Instrument of `simulate` whose nights make the noise.")
    grid: str = param("data/grids/pfs.npz", help="Computed spectra that the basis holds too; empty = none.")
    window_aa: tuple[float, float] = param(
        (7100.0, 8850.0), help="Pixels that are denoised [A, vacuum].", kind="numbers"
    )
    resolving_power: float = param(5000.0, help="Of the spectra.", minimum=100.0)
    lowest_power: float = param(
        0.0,
        help="Lowest resolving power that is served, lines broadened to it; 0 = its own alone.",
        minimum=0.0,
    )
    step_kms: float = param(0.0, help="Of the components; 0 = the emulator's.", unit="km/s", minimum=0.0)
    teff: tuple[float, float] = param(
        (0.0, 100_000.0), help="Coolest and hottest star, within the emulator's.", kind="numbers", unit="K"
    )
    n_lines: int = param(32, help="Components of the lines.", minimum=2)
    is_mixed: bool = param(
        False, help="Keep components as sums of the emulator's, not as spectra: small, and as many as wanted."
    )
    n_byte_lines: int = param(0, help="Components, the last ones, kept in a byte a point.", minimum=0)
    n_level: int = param(14, help="Components of the level: continuum, dust, calibration.", minimum=1)
    n_templates: int = param(12, help="Stars that velocities are searched with.", minimum=1)
    n_stars: int = param(2500, help="Different stars that components and prior are found from.", minimum=50)
    cool_part: float = param(0.5, help="Part of the stars below 5000 K besides.", maximum=1.0)
    slow_part: float = param(0.8, help="Part of the stars that rotate below 10 km/s.", maximum=1.0)
    vsini_knots: tuple[float, ...] = param(
        (0.0, 12.0, 25.0, 40.0), help="Rotations between which lines are interpolated.", kind="numbers"
    )
    ebv: float = param(0.1, help="Largest colour excess.", unit="mag", minimum=0.0)
    calibration_error: float = param(0.02, help="Largest error of the calibration.", minimum=0.0)
    fastest_kms: float = param(950.0, help="Largest velocity.", unit="km/s", minimum=0.0)
    model_error: float = param(
        0.003, help="Part of the flux by which the components miss spectra of the domain.", minimum=1e-6
    )
    highest_snr: float = param(
        200.0, help="S/N a pixel up to which residuals are noise alone: alarms are set there.", minimum=10.0
    )
    held_out_powers: tuple[float, ...] = param(
        (),
        help="Resolving powers that it is calibrated and judged with; none = the instrument's.",
        kind="numbers",
    )
    held_out_vsini: tuple[float, float] = param(
        (2.0, 2.0), help="Rotations that it is calibrated and judged with.", kind="numbers", unit="km/s"
    )
    prior_width: float = param(
        1.15, help="Widens the Gaussian prior, which the true one is not.", minimum=1.0
    )


@dataclasses.dataclass(frozen=True)
class DenoiserConfig:
    """Everything that the training of a denoiser needs to be repeated.

    Attributes
    ----------
    output : str
        Folder that is written.
    base, domain, augmentation, training
        With a base model its components stay: ``domain`` says which stars and nights it is tuned for.
    network : NetworkConfig
        ``posterior`` (options width, draws: noisy spectra that are kept to train on) or ``hourglass``
        (options widths).
    title : str
    limits : tuple of str
        Sentences for the card.
    """

    output: str = "runs/denoiser"
    base: RehearsedConfig = RehearsedConfig()
    domain: DomainConfig = DomainConfig()
    augmentation: DenoiserAugmentation = DenoiserAugmentation()
    network: NetworkConfig = NetworkConfig("posterior")
    training: TrainingConfig = TrainingConfig()
    title: str = ""
    limits: tuple[str, ...] = ()


def denoiser_config(table: dict[str, Any], file: str) -> DenoiserConfig:
    """Return the configuration that a TOML table with ``kind = "denoiser"`` holds.

    Raises
    ------
    TrainingError
        If it has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    parts = {
        "base": RehearsedConfig,
        "domain": DomainConfig,
        "augmentation": DenoiserAugmentation,
        "network": NetworkConfig,
        "training": TrainingConfig,
    }
    return DenoiserConfig(**fill_sections(table, parts, {"output": str, "title": str, "limits": tuple}, file))
