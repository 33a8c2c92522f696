"""One TOML file describes a training: data, augmentation, network, schedule."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from spectragui.core.device_choice import device_param
from spectragui.core.errors import TrainingError
from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.parameters import check_parameters, param
from spectragui.training.parameters.augmentation import AugmentationConfig

Settings = TypeVar("Settings")


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """What is trained on."""

    grid: str = param("data/grids/optical.npz", help="Grid of spectra, below the shared data or a path.")
    model_error: str = param(
        "data/grids/optical_model_error.npz", help="Error of the physics, same places; empty = none."
    )
    emulator: str = param(OPTICAL_EMULATOR, help="Bundled emulator that makes spectra between the grid's.")
    decimation: int = param(4, help="Step of the network's input in steps of the grid.", minimum=1)
    n_pixels: int = param(
        0,
        help="Pixels of the input, from the window's start; 0 = as many as fit, in whole chunks.",
        minimum=0,
    )
    mean_width_kms: float = param(1000.0, help="Sigma of the running mean that normalises.", unit="km/s")
    grid_part: float = param(0.3, help="Part of the spectra taken from the grid itself.", maximum=1.0)
    fgk_weight: float = param(2.0, help="How much more often FGK stars are drawn.", minimum=0.0)
    alpha_trend: float = param(
        0.0, help="Part of the emulator's stars whose [alpha/M] follows [M/H] as in the Galaxy.", maximum=1.0
    )
    n_labels: int = param(100_000, help="Different stars of the emulator.", minimum=10)
    labels: tuple[str, ...] = ()  # that are learnt; none = all that the emulator has, and v sin i
    labelled: str = param(
        "",
        help="Data-set file of labelled spectra (`spectragui dataset build`); empty = none.",
    )
    survey_spectra: int = param(4096, help="Spectra that scales and components are found from.", minimum=8)


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """Schedule and optimiser."""

    steps: int = param(10_000, help="Batches.", minimum=1)
    stop_after: int = param(
        0, help="Batches after which it ends, wherever its schedule is; 0 = at its end.", minimum=0
    )
    head_spectra: int = param(
        0,
        help="Spectra that dense layers are trained on first, the layers before them left alone.",
        minimum=0,
    )
    head_epochs: int = param(20, help="How often each of them is shown.", minimum=1)
    final_head_spectra: int = param(
        0, help="Spectra that dense layers are trained on once more, after all batches.", minimum=0
    )
    final_head_epochs: int = param(12, help="How often each of them is shown.", minimum=1)
    final_head_rate: float = param(1.5e-3, help="Learning rate of that.", minimum=0.0)
    start: str = param("", help="Model whose weights a training begins with; empty = new ones.")
    minutes: float = param(
        0.0, help="Time limit that the schedule follows, validated at each tenth; 0 = none.", minimum=0.0
    )
    batch: int = param(256, help="Spectra of a batch.", minimum=1)
    optimizer: str = param(
        "adamw",
        help="Who takes the steps: adam has betas 0.9 and 0.999 and no weight decay, sgd has no momentum.",
        choices=("adamw", "adam", "sgd"),
    )
    loss: str = param(
        "gaussian",
        help="gaussian: labels and their sigmas (beta-NLL); mse: squared errors of the labels alone.",
        choices=("gaussian", "mse"),
    )
    clip: float = param(1.0, help="Largest norm of the gradient; 0 = any.", minimum=0.0)
    learning_rate: float = param(1e-3, help="Largest learning rate.", minimum=0.0)
    weight_decay: float = param(1e-4, help="Weight decay.", minimum=0.0)
    variance_weight: float = param(0.5, help="beta of the beta-NLL loss.", minimum=0.0, maximum=1.0)
    average: float = param(0.999, help="Decay of the running average of the weights.", maximum=1.0)
    validate_every: int = param(500, help="Batches between validations.", minimum=1)
    validation_spectra: int = param(1024, help="Spectra of the validation set.", minimum=1)
    patience: int = param(0, help="Validations without progress before stopping; 0 = never.", minimum=0)
    plateau: int = param(
        0, help="Validations without progress before the rate is halved; 0 = half a cosine.", minimum=0
    )
    checkpoint_every: int = param(1000, help="Batches between checkpoints.", minimum=1)
    calibration_spectra: int = param(
        560, help="Observations for each point of the errors' calibration.", minimum=1
    )
    members: int = param(1, help="Networks of the ensemble.", minimum=1)
    seed: int = param(1, help="Seed of everything random.", minimum=0)
    threads: int = param(1, help="Threads of torch.", minimum=1)
    tensorboard: bool = param(
        False, help="Write logs for TensorBoard into the folder's `tensorboard`; needs that package."
    )
    device: str = device_param()


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """Architecture."""

    name: str = param("chunk_mlp", help="Registered network.")
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class StartConfig:
    """The model that a training starts from."""

    model: str = param("", help="Name or folder of the model; empty = a new network.")
    freeze: tuple[str, ...] = ()  # beginnings of the names of weights that stay as they are
    learning_rate_factor: float = param(
        0.1, help="Of the learning rate, so that what is known is not forgotten.", minimum=0.0
    )


@dataclasses.dataclass(frozen=True)
class RehearsedConfig(StartConfig):
    """The model that a training starts from, and how much of each batch is what it knew."""

    rehearsal: float = param(
        0.5,
        help="Part of each batch that is drawn as the base model's training was.",
        minimum=0.0,
        maximum=0.95,
    )


@dataclasses.dataclass(frozen=True)
class BaseConfig(RehearsedConfig):
    """The model that a training of parameters starts from."""

    folds: int = param(
        5, help="Trainings that the errors are calibrated with, each without a part of the stars.", minimum=2
    )
    curve: tuple[float, ...] = ()  # parts of the training stars that errors are measured with, too
    alignment: float = param(
        0.0,
        help="Weight of the distance between observed and synthetic features in the loss; 0 = none.",
        minimum=0.0,
    )


@dataclasses.dataclass(frozen=True)
class CardConfig:
    """What the card says for people."""

    title: str = param("", help="One line; empty = its labels and window.")
    limits: tuple[str, ...] = ()  # sentences; none = those of the emulator


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that a training needs to be repeated.

    Attributes
    ----------
    output : str
        Model folder that is written.
    base, data, augmentation, network, training, card
    """

    output: str = "runs/model"
    base: BaseConfig = BaseConfig()
    data: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    network: NetworkConfig = NetworkConfig()
    training: TrainingConfig = TrainingConfig()
    card: CardConfig = CardConfig()


def fill_sections(
    table: dict[str, Any], parts: Mapping[str, type], plain: Mapping[str, Callable[[Any], Any]], file: str
) -> dict[str, Any]:
    """Return the settings of a configuration: its sections as dataclasses, its plain entries converted.

    Parameters
    ----------
    table : dict
        The file's content.
    parts : dict of str to type
        Section -> dataclass; a missing section has its defaults.
    plain : dict of str to callable
        Plain entry -> conversion; a missing one is left out.
    file : str
        Name for messages.

    Raises
    ------
    TrainingError
        If there is an entry that is not known, or of another type.
    """
    unknown = [key for key in table if key not in (*parts, *plain)]
    if unknown:
        raise TrainingError(
            f"{file} has an entry {unknown[0]!r} that is not known.",
            f"Known: {', '.join((*plain, *parts))}.",
        )
    for name in plain:
        is_list = isinstance(table.get(name), list) and plain[name] is not tuple
        if isinstance(table.get(name), dict) or is_list:
            raise TrainingError(f"{name} in {file} is {repr(table[name])[:60]}, not a plain value.")
    settings: dict[str, Any] = {
        name: convert(table[name]) for name, convert in plain.items() if name in table
    }
    return settings | {name: _fill(cls, table.get(name, {}), name, file) for name, cls in parts.items()}


def _fill(cls: type[Settings], table: dict[str, Any], section: str, file: str) -> Settings:
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if not isinstance(table, dict):
        raise TrainingError(f"{section} in {file} is {repr(table)[:60]}, not a table [{section}].")
    for key, value in table.items():
        if key not in fields:
            raise TrainingError(
                f"[{section}] of {file} has an entry {key!r} that is not known.",
                f"Known: {', '.join(fields)}.",
            )
        default = getattr(cls(), key)
        if isinstance(default, tuple) and isinstance(value, list):
            continue
        is_number = isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)
        if not is_number and type(value) is not type(default):
            raise TrainingError(
                f"{section}.{key} = {value!r} in {file} should be of type {type(default).__name__}."
            )
    filled = cls(**table)
    check_parameters(filled)
    return filled


def as_table(config: Any) -> dict[str, Any]:
    """Return a configuration (a dataclass of dataclasses) as nested tables, ready for TOML."""
    return dataclasses.asdict(config)
