"""Kinds of models that can be trained: what their configurations are, who trains them, who compares them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.registry import Registry
from spectragui.training.config import Config
from spectragui.training.denoiser.config import DenoiserConfig
from spectragui.training.fine_tuning.comparison_content import ComparisonContent
from spectragui.training.fused.config import FusedConfig
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.photometry.config import PhotometryConfig

#: What a kind is tuned on; pairs are trained on by `spectragui train` alone.
SPECTRA, NIGHTS, CATALOGUE, PAIRS = "labelled spectra", "simulated nights", "catalogue", "pairs of arms"


@dataclasses.dataclass(frozen=True)
class TrainingKind:
    """One kind of model, as its cards name it.

    Attributes
    ----------
    name, title : str
        ``title`` is for people, plural.
    config : type
        Of its configurations.
    data : str
        `SPECTRA`, `NIGHTS`, `CATALOGUE` or `PAIRS`: what it learns from.
    train : callable
        ``train(config, resume=, progress=, callbacks=)`` returns the model folder.
    compare : callable
        ``compare(folder, progress)`` returns a `ComparisonContent` of the new model with its base.
    is_in_dialog : bool
        Whether the training dialog offers it.
    """

    name: str
    title: str
    config: type
    data: str
    train: Callable[..., Path]
    compare: Callable[[Path, Progress], ComparisonContent]
    is_in_dialog: bool = True


KINDS: Registry[TrainingKind] = Registry("kind of model that is trained")


def register_kind(kind: TrainingKind) -> TrainingKind:
    """Let a kind be trained, tuned and compared."""
    return KINDS.register(kind.name)(kind)


def kind_of(config: Any) -> TrainingKind:
    """Return the kind that a configuration describes.

    Raises
    ------
    TrainingError
        If there is none.
    """
    for _, kind in KINDS.items():
        if isinstance(config, kind.config):
            return kind
    raise TrainingError(f"Nobody trains a {type(config).__name__}.")


def compare_with_base(folder: Path, config: Any, progress: Progress = no_progress) -> ComparisonContent:
    """Compare a model that was trained from another one with it, and write what was found into its folder.

    Parameters
    ----------
    folder : pathlib.Path
        Of the new model.
    config : Config, GeneratorConfig, DenoiserConfig or PhotometryConfig
        That it was trained by.
    progress : Progress

    Raises
    ------
    TrainingError
        If it has no base, or there is too little to compare on.
    """
    from spectragui.training.fine_tuning.comparison_content import write_content
    from spectragui.training.fine_tuning.comparison_report import write_comparison
    from spectragui.training.fine_tuning.fine_tuned_card import add_metrics

    content = kind_of(config).compare(folder, progress)
    add_metrics(folder, content)
    try:
        write_comparison(content, folder / "report")
    except TrainingError as error:  # no figures
        content = dataclasses.replace(content, lines=(*content.lines, str(error)))
    write_content(content, folder)
    return content


def is_compared(config: Any) -> bool:
    """Whether a model that is trained so is compared: with its base, or with the mean of labelled stars."""
    if isinstance(config, Config) and config.data.labelled:
        return True
    return bool(getattr(getattr(config, "base", None), "model", ""))


def _train_parameters(config: Config, **how: Any) -> Path:
    if config.base.model or config.data.labelled:
        from spectragui.training.fine_tuning.fine_tune import fine_tune

        return fine_tune(config, **how)
    from spectragui.training.parameters.run import train_parameters

    return train_parameters(config, **how)


def _compare_parameters(folder: Path, progress: Progress) -> ComparisonContent:
    from spectragui.training.fine_tuning.parameters_against_base import compare_parameters

    return compare_parameters(folder, progress)


def _train_denoiser(config: DenoiserConfig, **how: Any) -> Path:
    if config.base.model:
        from spectragui.training.denoiser.tuned_denoiser import tune_denoiser

        return tune_denoiser(config, **how)
    from spectragui.training.denoiser.run import train_denoiser

    return train_denoiser(config, **how)


def _compare_denoisers(folder: Path, progress: Progress) -> ComparisonContent:
    from spectragui.training.denoiser.denoiser_against_base import compare_denoisers

    return compare_denoisers(folder, progress)


def _train_generator(config: GeneratorConfig, **how: Any) -> Path:
    if config.base.model:
        from spectragui.training.generator.tuned_generator import tune_generator

        return tune_generator(config, **how)
    from spectragui.training.generator.run import train_generator

    return train_generator(config, **how)


def _compare_generators(folder: Path, progress: Progress) -> ComparisonContent:
    from spectragui.training.generator.generator_against_base import compare_generators

    return compare_generators(folder, progress)


def _train_photometry(config: PhotometryConfig, **how: Any) -> Path:
    from spectragui.training.photometry.run import train_photometry

    return train_photometry(config, **how)


def _compare_photometry(folder: Path, progress: Progress) -> ComparisonContent:
    from spectragui.training.photometry.photometry_against_base import compare_photometry

    return compare_photometry(folder, progress)


def _train_fused(config: FusedConfig, **how: Any) -> Path:
    from spectragui.training.fused.run import train_fused

    return train_fused(config, **how)


def _compare_nothing(folder: Path, _progress: Progress) -> ComparisonContent:
    raise TrainingError(f"{folder.name} has no base model to be compared with.")


register_kind(
    TrainingKind("parameters", "Parameters of stars", Config, SPECTRA, _train_parameters, _compare_parameters)
)
register_kind(
    TrainingKind("denoiser", "Denoisers", DenoiserConfig, NIGHTS, _train_denoiser, _compare_denoisers)
)
register_kind(
    TrainingKind(
        "cvae", "Generators of spectra", GeneratorConfig, SPECTRA, _train_generator, _compare_generators
    )
)
register_kind(
    TrainingKind(
        "photometry", "Photometry", PhotometryConfig, CATALOGUE, _train_photometry, _compare_photometry
    )
)
register_kind(
    TrainingKind(
        "fused", "Networks for two arms", FusedConfig, PAIRS, _train_fused, _compare_nothing,
        is_in_dialog=False,
    )
)  # fmt: skip
