"""The networks of the papers: trained in minutes or in full, or taken from a folder; how far each got."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from spectragui.core.errors import TrainingError
from spectragui.core.loss_history import LossHistory, file_history, last_slope
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.weights_file import WEIGHTS_FILE
from spectragui.reports.report_settings import ReportSettings
from spectragui.training.config import Config
from spectragui.training.config_file import find_config, read_config, with_labels
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.run import train_model

FINISHED = "train.toml"  # a training writes it last
_SMALL = {"n_labels": 600, "survey_spectra": 256}


@dataclasses.dataclass(frozen=True)
class PresetModel:
    """One network of a paper.

    Attributes
    ----------
    preset : str
        Name of its configuration.
    labels : str
        "T", "TG", "TGM"; empty = as the preset has them.
    quick : mapping
        Section -> entries that a quick run changes.
    paper_epochs : float
        0 = the paper prints none.
    epoch_batches : float
        Batches of an epoch; 0 = spectra are drawn without end, or the number of spectra says it.
    quick_words : str
        What else is smaller in a quick run.
    always : mapping
        As ``quick``, in full runs too: what the preset is not trained with as it was printed.
    words : str
        Why.
    """

    preset: str
    labels: str = ""
    quick: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    paper_epochs: float = 0.0
    epoch_batches: float = 0.0
    quick_words: str = ""
    always: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    words: str = ""


def _stellar(preset: str, labels: str, steps: int) -> PresetModel:
    training = {
        "steps": steps,
        "batch": 32,
        "validate_every": max(steps // 10, 1),
        "validation_spectra": 128,
        "calibration_spectra": 32,
    }
    return PresetModel(preset, labels, {"training": training, "data": _SMALL}, quick_words="batches of 32")


def _photometric(task: str, steps: int, epochs: float) -> PresetModel:
    quick = {"training": {"steps": steps // 8, "validate_every": max(steps // 80, 1)}}
    return PresetModel(f"paper-alhambra-{task}", "", quick, epochs, steps / epochs)


PRESETS: Mapping[str, PresetModel] = MappingProxyType(
    {
        **{f"paper-starnet-{words}": _stellar("paper-starnet", words, 80) for words in ("T", "TG", "TGM")},
        **{f"paper-vgg-{words}": _stellar("paper-vgg", words, 50) for words in ("T", "TG", "TGM")},
        "paper-cvae": PresetModel(
            "paper-cvae",
            quick={
                "data": {"n_spectra": 1500, "n_labels": 1500},
                "training": {"steps": 60, "validate_every": 5, "batch": 128, "learning_rate": 1e-3},
                "options": {"hidden": [500, 250, 125]},
            },
            quick_words="an eighth of the paper's widths (19,000 to 500, 250, 125; latent 100), batch 128",
        ),
        "paper-dae": PresetModel(
            "paper-dae",
            quick={
                "domain": {"n_stars": 1500},
                "training": {"steps": 40, "validate_every": 4, "validation_spectra": 100},
            },
            paper_epochs=7500.0,
            epoch_batches=400.0,
            # At rate 100 its outputs were 0 and 1 after the first batches, and stayed so (30 batches).
            always={"training": {"optimizer": "adam", "learning_rate": 3e-4, "plateau": 0, "average": 0.9}},
            words="Adam at 3e-4 in one cycle; at the printed rate of 100 its outputs go to 0 and 1 at once",
        ),
        "paper-alhambra-redshift": _photometric("redshift", 28860, 80.0),
        "paper-alhambra-stellarity": _photometric("stellarity", 7786, 20.0),
        "paper-alhambra-mass": _photometric("mass", 2525, 7.0),
        "paper-alhambra-type": _photometric("type", 3608, 10.0),
    }
)


def preset_config(settings: ReportSettings, name: str) -> Any:
    """Return the configuration of a network, as a quick or a full run trains it."""
    known = PRESETS[name]
    config = read_config(find_config(known.preset))
    if known.labels:
        assert isinstance(config, Config)
        config = with_labels(config, known.labels)
    changes: dict[str, dict[str, Any]] = {"training": {"threads": settings.threads}}
    for section, entries in known.always.items():
        changes.setdefault(section, {}).update(entries)
    if settings.quick:
        for section, entries in known.quick.items():
            changes.setdefault(section, {}).update(entries)
    else:
        # Checkpoints often enough that little is lost; else the preset's own number of batches is the end.
        changes["training"] |= {"minutes": 60.0 * settings.hours, "checkpoint_every": 500}
    options = changes.pop("options", {})
    parts: dict[str, Any] = {
        section: dataclasses.replace(getattr(config, section), **entries)
        for section, entries in changes.items()
    }
    if options:
        parts["network"] = dataclasses.replace(config.network, options={**config.network.options, **options})
    return dataclasses.replace(config, output=str(model_folder(settings, name)), **parts)


def model_folder(settings: ReportSettings, name: str) -> Path:
    """Return where a network of a paper is, or will be."""
    if settings.models is not None and is_finished(settings.models / name):
        return settings.models / name
    return settings.folder / "models" / settings.kind / name


def presets_of(paper: str) -> tuple[str, ...]:
    """Return the names of a paper's networks."""
    starts = {
        "thesis": ("paper-starnet", "paper-vgg"), "cvae": ("paper-cvae",), "denoise": ("paper-dae",),
        "alhambra": ("paper-alhambra",),
    }  # fmt: skip
    return tuple(name for name in PRESETS if name.startswith(starts[paper]))


def check_models(settings: ReportSettings) -> None:
    """Raise `TrainingError` where the folder that networks are to be taken from holds none of the paper's."""
    folder, names = settings.models, presets_of(settings.paper)
    if folder is None or any(is_finished(folder / name) for name in names):
        return
    if not folder.is_dir():
        raise TrainingError(f"There is no folder {folder}.", "Give a folder of trained networks.")
    begun = [name for name in names if (folder / name).is_dir()]
    said = f"; {', '.join(begun)} there: not trained to the end" if begun else ""
    raise TrainingError(
        f"{folder} holds no finished network of this paper{said}.",
        f"It needs one of {', '.join(names)}, each a model folder; without --from they are trained.",
    )


def not_taken(settings: ReportSettings) -> tuple[str, ...]:
    """Return the networks of a paper that are begun in the folder they are taken from, but not finished.

    Empty where none is finished there (`check_models` says so).
    """
    if settings.models is None:
        return ()
    folders = {name: settings.models / name for name in presets_of(settings.paper)}
    begun = [name for name, one in folders.items() if one.is_dir() and not is_finished(one)]
    return tuple(begun) if any(map(is_finished, folders.values())) else ()


def is_finished(folder: Path) -> bool:
    """Whether a training has written its folder to the end."""
    return (folder / FINISHED).is_file() and (folder / WEIGHTS_FILE).is_file()


def fingerprint(settings: ReportSettings, name: str) -> str:
    """Return what tells trained weights from others; empty where there are none yet."""
    path = model_folder(settings, name) / WEIGHTS_FILE
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def trained_preset(settings: ReportSettings, name: str, progress: Progress = no_progress) -> Path:
    """Return the folder of a network of a paper, trained where it is not; goes on from a checkpoint.

    Raises
    ------
    TrainingError
        If data are missing or the training fails.
    """
    folder = model_folder(settings, name)
    if not is_finished(folder):
        config = preset_config(settings, name)
        resume = any((folder / "checkpoints").glob("*.pt"))
        train_model(config, resume=resume, progress=part_of(progress, 0.0, 0.99))
    progress(1.0, name)
    return folder


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingProgress:
    """How far a network of a paper got.

    Attributes
    ----------
    name : str
    batches, batch_size : int
    epochs : float
        NaN where an epoch means nothing.
    paper_epochs : float
        NaN where the paper prints none.
    preset_batches : int
        Of the whole preset.
    slope : float
        Relative change of the validation loss that the last third of the training promises for a tenth more
        batches; NaN where it was not measured.
    history : LossHistory or None
    is_quick : bool
        Whether the training was cut short on purpose.
    """

    name: str
    batches: int
    batch_size: int
    epochs: float
    paper_epochs: float
    preset_batches: int
    slope: float
    history: LossHistory | None
    is_quick: bool


def training_progress(folder: Path, name: str) -> TrainingProgress:
    """Return how far a trained network got, from its own files.

    Raises
    ------
    TrainingError
        If the folder holds no such network.
    """
    known = PRESETS[name]
    if not is_finished(folder):
        raise TrainingError(f"There is no trained {name} in {folder.parent}.", "Train it, or leave --from.")
    config, whole = read_config(folder / FINISHED), read_config(find_config(known.preset))
    files = sorted([*(folder / "checkpoints").glob("*.jsonl"), *folder.glob("history.*")])
    history = file_history(files[0]) if files else None
    batches = int(history.step[-1]) if history is not None else config.training.steps
    a_batch = config.training.batch
    an_epoch = known.epoch_batches
    if isinstance(config, GeneratorConfig):
        an_epoch = 0.9 * config.data.n_spectra / min(a_batch, 0.9 * config.data.n_spectra)
    return TrainingProgress(
        name,
        batches,
        a_batch,
        batches / an_epoch if an_epoch else np.nan,
        known.paper_epochs or np.nan,
        whole.training.steps,
        np.nan if history is None else last_slope(history) * 0.1 * batches / 1000.0,
        history,
        batches < whole.training.steps,
    )
