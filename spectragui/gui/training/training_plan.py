"""What the training dialog is told, and the configuration that it makes of it: what `train` takes too."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from spectragui.core.device_choice import device_param
from spectragui.core.errors import TrainingError
from spectragui.core.package_data import resource
from spectragui.core.parameters import param
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.parameters.model_store import named_model
from spectragui.preprocessing.chain_files import load_preset
from spectragui.training.config import BaseConfig, Config, TrainingConfig, as_table
from spectragui.training.config_file import find_config, read_config
from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set
from spectragui.training.data_sets.data_check import DataCheck
from spectragui.training.data_sets.data_set import SUFFIX
from spectragui.training.data_sets.label_table import read_label_table

#: New networks: name of a bundled configuration -> what stands in the list.
PRESETS: Mapping[str, str] = {
    "": "New network",
    "paper-starnet": "New network: StarNet",
    "paper-vgg": "New network: VGG",
}
AS_READ = ""  # instead of a chain
PREPARING_S = 0.35  # a spectrum, on one core
_BATCH_S = 0.0015  # a spectrum of a batch, on one core, optical-parameters
_REHEARSING_S = 15.0
MEGABYTES = 900.0  # torch, the networks, the emulator
_MEGABYTES_A_SPECTRUM = 0.1


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """What may be set of a training; the defaults suit a fine-tuning on some hundred stars."""

    steps: int = param(
        300, label="Batches", help="How often the weights are moved.", minimum=1, maximum=1_000_000
    )
    batch: int = param(64, label="Batch", help="Spectra of a batch.", minimum=2, maximum=4096)
    rate_e4: float = param(
        2.0, label="Learning rate (10⁻⁴)", help="Largest step; a fifth of a first training's, or less.",
        minimum=0.01, maximum=100.0,
    )  # fmt: skip
    rehearsal: float = param(
        0.5, label="Rehearsal", minimum=0.0, maximum=0.95,
        help="Part of each batch that is drawn as the base model was trained, so that it does not forget.",
    )  # fmt: skip
    seed: int = param(
        1, label="Seed", help="Of everything random: the same seed, the same weights.", minimum=0
    )
    device: str = device_param()
    folds: int = param(
        5, label="Folds", minimum=2, maximum=20,
        help="Fewer than 500 stars: trainings that leave out a part in turn, to calibrate the errors.",
    )  # fmt: skip
    average: float = param(
        0.98,
        label="Averaging",
        help="Decay of the running average of the weights.",
        minimum=0.0,
        maximum=0.9999,
    )
    validate_every: int = param(10, label="Validate every", help="Batches between validations.", minimum=1)
    weight_decay: float = param(1e-4, label="Weight decay", help="Pull of all weights to zero.", minimum=0.0)
    freeze: str = param(
        "", label="Frozen weights", help="Beginnings of their names, commas between: embedding, dense.0"
    )


ADVANCED = ("folds", "average", "validate_every", "weight_decay", "freeze")


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """All that a training is made of.

    Attributes
    ----------
    name : str
        Of the new model.
    base : str
        Model to start from; empty = a new network.
    preset : str
        Of `PRESETS`, for a new network.
    folder, table : str
        Spectra, and their labels.
    columns : mapping of str to str
        Role -> column, as told.
    labels : tuple of str
        That are learnt.
    chain : str
        Bundled chain that is applied first; empty = as they are read.
    same_shape : bool
        Whether spectra of another size than most are left out.
    settings : TrainingSettings
    """

    name: str = ""
    base: str = "optical-parameters"
    preset: str = ""
    folder: str = ""
    table: str = ""
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: tuple[str, ...] = ()
    chain: str = AS_READ
    same_shape: bool = False
    settings: TrainingSettings = TrainingSettings()

    @property
    def data_key(self) -> tuple[object, ...]:
        """What the data set depends on: where it is the same, the check still holds."""
        columns = tuple(sorted(self.columns.items()))
        base = self.base or self.preset
        return (
            base,
            self.folder,
            self.table,
            columns,
            self.labels,
            self.chain,
            self.same_shape,
            self.settings.seed,
        )


def model_of(plan: TrainingPlan) -> OpenedModel:
    """Return the model whose window the spectra must cover: the base, or the emulator of a new network."""
    return named_model(plan.base) if plan.base else open_model(_first_config(plan).data.emulator)


def check_data(plan: TrainingPlan, output: Path, progress: Progress = no_progress) -> DataCheck:
    """Read, check and pack the spectra of a plan; see `build_data_set`."""
    if not plan.labels:
        raise TrainingError("No label is ticked.", "Tick what the model shall learn.")
    table = read_label_table(Path(plan.table), plan.columns, plan.labels)
    chain = load_preset(plan.chain) if plan.chain else None
    output.parent.mkdir(parents=True, exist_ok=True)
    data = DataPlan(
        Path(plan.folder), table, chain, model_of(plan), plan.settings.seed, same_shape=plan.same_shape
    )
    return build_data_set(data, output, progress)


def config_of(plan: TrainingPlan, folder: Path) -> Config:
    """Return the configuration of a plan whose files lie in a folder: NAME.zip, and NAME for the model."""
    settings = plan.settings
    first = _first_config(plan)
    training = dataclasses.replace(
        first.training if plan.preset else TrainingConfig(),
        steps=settings.steps, batch=settings.batch, learning_rate=1e-4 * settings.rate_e4,
        weight_decay=settings.weight_decay, average=settings.average, validate_every=settings.validate_every,
        checkpoint_every=min(max(settings.steps // 10, 1), 50), seed=settings.seed, device=settings.device,
        patience=0,
    )  # fmt: skip
    frozen = tuple(word.strip() for word in settings.freeze.split(",") if word.strip())
    base = BaseConfig(
        plan.base, frozen if plan.base else (), 1.0, settings.rehearsal if plan.base else 0.0, settings.folds
    )
    data = dataclasses.replace(first.data, labelled=str(folder / f"{plan.name}{SUFFIX}"), labels=plan.labels)
    return dataclasses.replace(first, output=str(folder / plan.name), base=base, data=data, training=training)


def _first_config(plan: TrainingPlan) -> Config:
    if not plan.preset or plan.base:
        return Config()
    config = read_config(find_config(plan.preset))
    assert isinstance(config, Config)
    return config


def has_preset(name: str) -> bool:
    """Whether a bundled configuration is there."""
    return not name or resource("training", f"{name}.toml").is_file()


def config_text(plan: TrainingPlan, folder: Path) -> str:
    """Return the configuration as TOML, for the file and the clipboard."""
    import tomlkit

    return tomlkit.dumps(as_table(config_of(plan, folder)))


def estimate_of(plan: TrainingPlan, n_spectra: int) -> tuple[float, float]:
    """Return about how long a training takes [s] and what memory it needs [MB], on one core.

    Parameters
    ----------
    plan : TrainingPlan
    n_spectra : int
        That are left after the checks.
    """
    runs = 1 + (plan.settings.folds if n_spectra < 500 else 0)
    rehearsing = _REHEARSING_S if plan.base and plan.settings.rehearsal > 0 else 0.0
    seconds = (
        n_spectra * PREPARING_S * 1.3
        + rehearsing
        + runs * plan.settings.steps * plan.settings.batch * _BATCH_S
    )
    return seconds, MEGABYTES + n_spectra * _MEGABYTES_A_SPECTRUM
