"""The training of one network of photometry from its configuration; and its fine-tuning on other objects."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import SettingsError, TrainingError
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.toml_file import TomlError, read_toml
from spectragui.training.callbacks import (
    Callback,
    KeepBest,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    resumed_from,
    schedule_callbacks,
)
from spectragui.training.config import StartConfig, TrainingConfig, as_table
from spectragui.training.frozen_weights import freeze
from spectragui.training.loop import run_schedule, training_parts
from spectragui.training.photometry.config import TASKS, BandAugmentation, PhotometryConfig, photometry_config
from spectragui.training.tuning import refuse_own_folder

if TYPE_CHECKING:
    import torch

    from spectragui.networks.photometry_network import Output, PhotometryNetwork, PhotometryShape
    from spectragui.training.photometry.data import PhotometrySample

_VALIDATION_ROWS = 6000
FEWEST_ROWS = 200
NETWORKS = ("residual", "plain")


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingObjects:
    """Objects to train on: the catalogue, its tensors, the rows of each part; whether a run goes on."""

    table: PhotometricTable
    sample: PhotometrySample
    rows: dict[str, Any]
    is_resumed: bool = False


def shape_of(config: PhotometryConfig) -> PhotometryShape:
    """Return the shape of the network that a configuration describes."""
    from spectragui.networks.photometry_network import MORPHOLOGY, Output, PhotometryShape

    options = config.network.options
    bins = int(options.get("n_bins", 360))
    outputs = {
        "redshift": (Output("log1p_z", 0.0, float(np.log1p(float(options.get("z_max", 3.2)))), bins),),
        "stellarity": (Output("p_star", 0.0, 2.0, 2),),
        "mass": (Output("log_mass", 4.5, 12.5, 80), Output("m_abs_b", -26.0, -8.0, 90)),
        "type": (Output("spectral_type", 0.0, 5.0, 5),),
    }[config.task]
    return PhotometryShape(
        config.task,
        config.data.band_set,
        len(band_set(config.data.band_set)),
        outputs,
        tuple(MORPHOLOGY) if config.task == "stellarity" else (),
        int(options.get("width", 256)),
        int(options.get("depth", 3)),
        tuple(int(width) for width in options.get("hidden", ())) if config.network.name == "plain" else (),
        str(options.get("activation", "linear")),
    )


def loss_of(network: PhotometryNetwork, sample: PhotometrySample) -> torch.Tensor:
    """Return the mean cross-entropy of a network on objects with labels."""
    found = network.split(network(sample.flux, sample.sigma, sample.observed, sample.extra))
    parts = [_cross_entropy(found[o.name], sample.labels[o.name], o) for o in network.shape.outputs]
    return sum(parts[1:], parts[0])


def _cross_entropy(logits: torch.Tensor, label: torch.Tensor, output: Output) -> torch.Tensor:
    from torch.nn import functional

    from spectragui.networks.photometry_network import soft_target

    if output.name in ("p_star", "spectral_type"):
        return functional.cross_entropy(logits, label.long(), label_smoothing=0.0)
    blur = 0.6 if output.name == "log1p_z" else 1.0
    return -(logits.log_softmax(1) * soft_target(label, output, blur)).sum(1).mean()


def train_network(
    network: PhotometryNetwork,
    train: PhotometrySample,
    validation: PhotometrySample,
    augmentation: BandAugmentation,
    training: TrainingConfig,
    callbacks: Sequence[Callback] = (),
    second: tuple[PhotometrySample, float] | None = None,
) -> PhotometryNetwork:
    """Train a network; return the running average of its weights.

    Parameters
    ----------
    network : PhotometryNetwork
        Its scaling is set (`PhotometryNetwork.fit_scaling`).
    train, validation : PhotometrySample
        With the labels of the task.
    augmentation : BandAugmentation
    training : TrainingConfig
    callbacks : sequence of Callback
        A `SaveCheckpoint` that resumes gives the checkpoint to go on from.
    second : (PhotometrySample, float), optional
        Further objects, and their part of a batch.
    """
    import torch

    from spectragui.networks.device import choose_device
    from spectragui.training.photometry.data import augmented, joined

    device = choose_device(training.device).name
    parts = training_parts(network.to(device), training)
    may_fade = not network.shape.morphology
    n_second = 0 if second is None else round(second[1] * training.batch)
    few = np.random.default_rng(training.seed).permutation(len(validation))[:_VALIDATION_ROWS]
    seen = to_device(validation.select(few), device)

    def batch_loss() -> torch.Tensor:
        generator = parts["generator"]
        rows = torch.randint(len(train), (training.batch - n_second,), generator=generator)
        chosen = train.select(rows)
        if second is not None and n_second:
            more = torch.randint(len(second[0]), (n_second,), generator=generator)
            chosen = joined(chosen, second[0].select(more))
        batch = augmented(chosen, augmentation, generator, may_fade=may_fade)
        return loss_of(parts["model"], to_device(batch, device))

    def validation_loss() -> float:
        with torch.no_grad():
            return float(loss_of(parts["average"], seen))

    run_schedule(parts, training, batch_loss, validation_loss, callbacks, resumed_from(callbacks))
    average: PhotometryNetwork = parts["average"]
    return average.to("cpu").eval()


def to_device(sample: PhotometrySample, device: str) -> PhotometrySample:
    """Return objects on a device."""
    if device == "cpu":
        return sample
    moved: dict[str, Any] = {}
    for name in ("flux", "sigma", "observed", "extra", "magnitude"):
        value = getattr(sample, name)
        moved[name] = None if value is None else value.to(device)
    moved["labels"] = {name: value.to(device) for name, value in sample.labels.items()}
    return dataclasses.replace(sample, **moved)


def train_photometry(
    config: PhotometryConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes, calibrate it and write its model folder; return the folder.

    Raises
    ------
    TrainingError
        If data are missing, the network is not known, or the training fails.
    """
    import torch

    from spectragui.training.photometry.data import make_sample, split_rows, training_table

    if config.base.model:
        table = training_table(config.data, part_of(progress, 0.0, 0.03))
        return fine_tune(
            table, config, resume=resume, progress=part_of(progress, 0.03, 1.0), callbacks=callbacks
        )
    if config.task not in TASKS:
        raise SettingsError(f"There is no task {config.task!r}.", f"Known: {', '.join(TASKS)}.")
    if config.network.name not in NETWORKS:
        raise TrainingError(
            f"There is no network of photometry {config.network.name!r}.", f"Known: {', '.join(NETWORKS)}."
        )
    torch.set_num_threads(config.training.threads)
    torch.manual_seed(config.training.seed)
    table = training_table(config.data, part_of(progress, 0.0, 0.03))
    rows = split_rows(table, config.data)
    shape = shape_of(config)
    sample = make_sample(table, shape.morphology)
    return train_and_save(
        config,
        shape,
        TrainingObjects(table, sample, rows, resume),
        part_of(progress, 0.03, 1.0),
        callbacks,
    )


def train_and_save(
    config: PhotometryConfig,
    shape: PhotometryShape,
    data: TrainingObjects,
    progress: Progress,
    callbacks: Sequence[Callback] = (),
    start: PhotometryNetwork | None = None,
) -> Path:
    """Train on the rows of each part, from a new network or from another's weights; write the folder."""
    import tomlkit

    from spectragui.networks.photometry_network import PhotometryNetwork
    from spectragui.training.photometry.data import second_sample, with_labels
    from spectragui.training.photometry.files import round_weights, save_photometry
    from spectragui.training.photometry.probability_calibration import calibrated_tensors

    sample, table, rows = data.sample, data.table, data.rows
    names = tuple(output.name for output in shape.outputs)
    parts = {part: with_labels(sample.select(rows[part]), names) for part in ("train", "calibration")}
    if len(parts["train"]) < FEWEST_ROWS // 2:
        raise TrainingError(
            f"Only {len(parts['train'])} objects have {' and '.join(names)}.",
            f"At least {FEWEST_ROWS} are needed.",
        )
    network = start
    if network is None:
        network = PhotometryNetwork(shape, float(config.network.options.get("dropout", 0.0)))
        train = parts["train"]
        network.fit_scaling(train.flux, train.sigma, train.observed, train.extra)
    folder = Path(config.output)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoints" / "network.pt"
    best = KeepBest(folder / "checkpoints" / "network.best.pt")
    usual: list[Callback] = [
        ReportProgress(part_of(progress, 0.0, 0.95)),
        WriteHistory(folder / "history.csv"),
    ]
    if start is not None:
        usual.append(best)
    usual += schedule_callbacks(config.training)
    usual.append(SaveCheckpoint(checkpoint, config.training.checkpoint_every, data.is_resumed))
    if not data.is_resumed:
        begin_anew(checkpoint, best.path, folder / "history.csv")
    more = second_sample(config.data, shape.morphology)
    network = train_network(
        network, parts["train"], parts["calibration"], config.augmentation, schedule_of(config),
        [*callbacks, *usual], None if more is None else (with_labels(more, names), config.data.second_part),
    )  # fmt: skip
    if start is not None:
        best.load_into(network)
    round_weights(network)
    tensors, said = calibrated_tensors(network, parts["calibration"], sample.select(rows["train"]))
    training = {
        "data": Path(config.data.catalogue).name,
        "n_train": len(parts["train"]),
        "n_calibration": len(parts["calibration"]),
        "n_test_rows": len(rows["test"]),
        "held_out": f"{100 * config.data.test_part:.0f} % of the parents (parent_id), split seed "
        f"{config.data.split_seed}",
        "seed": config.training.seed,
        "data_sha256": table.file_sha256,
    }
    if config.base.model:
        training |= {"base": Path(config.base.model).name, "frozen": list(config.base.freeze)}
    save_photometry(folder, network, tensors, config, training=training, metrics=said)
    output = config.output if config.base.model else f"models/{folder.name}"
    kept = {"kind": "photometry", **as_table(config), "output": output}
    write_text_atomically(folder / "train.toml", tomlkit.dumps(kept))
    progress(1.0, "")
    return folder


def fine_tune(
    table: PhotometricTable,
    config: PhotometryConfig,
    model: str = "",
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Go on training a model on the objects of a catalogue that has its labels; write a new folder.

    Parameters
    ----------
    table : PhotometricTable
        With the labels in ``reference`` (z; mass and M_B; type; star); split by ``parent_id`` if it has one.
    config : PhotometryConfig
        Folder, schedule and parts (see `fine_tuning_config`); task and network are the model's.
    model : str
        Name or folder of the model to start from, in place of ``base.model``; it stays as it is.
    resume : bool
        Whether to go on from the checkpoint in the output folder.
    progress : Progress
    callbacks : sequence of Callback

    Raises
    ------
    TrainingError
        If too few objects have the labels, or the folder is the model's own.
    ModelError
        If the model is no network of photometry, or of other bands.
    """
    import torch

    from spectragui.inference.photometry.photometry_model import PhotometryModel
    from spectragui.training.photometry.data import make_sample, split_rows

    base = StartConfig(model, learning_rate_factor=1.0) if model else config.base
    opened = PhotometryModel.open(base.model)
    refuse_own_folder(Path(config.output), opened.folder)
    opened.check_bands(table)
    torch.set_num_threads(config.training.threads)
    torch.manual_seed(config.training.seed)
    catalogue = config.data.catalogue if config.base.model else table.file or "a table"
    config = dataclasses.replace(
        config, base=base, task=opened.shape.task, limits=config.limits or opened.card.limits,
        title=config.title or f"{opened.card.title}, fine-tuned on {Path(table.file).name}",
        data=dataclasses.replace(config.data, catalogue=catalogue),
    )  # fmt: skip
    network = opened.fresh_network().requires_grad_(True)
    freeze(network, config.base.freeze)
    sample = make_sample(table, opened.shape.morphology)
    data = TrainingObjects(table, sample, split_rows(table, config.data), resume)
    return train_and_save(config, opened.shape, data, progress, callbacks, start=network)


def schedule_of(config: PhotometryConfig) -> TrainingConfig:
    """Return the schedule, its rate made smaller where a base model is not to be forgotten."""
    factor = config.base.learning_rate_factor if config.base.model else 1.0
    return dataclasses.replace(config.training, learning_rate=config.training.learning_rate * factor)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train from a file: ``python -m spectragui.training.photometry.run CONFIG.toml [FOLDER]``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not 1 <= len(given) <= 2:
        raise SettingsError("Give a configuration (.toml), and the folder that is written.")
    try:
        table = read_toml(Path(given[0]))
    except (OSError, TomlError) as error:
        raise TrainingError(f"{given[0]} could not be read: {error}.", "Check its name.") from error
    if table.pop("kind", "") != "photometry":
        raise TrainingError(f"{given[0]} is no configuration of a training on photometry.")
    config = photometry_config(table, given[0])
    if len(given) == 2:
        config = dataclasses.replace(config, output=given[1])
    train_photometry(config)


if __name__ == "__main__":
    main()
