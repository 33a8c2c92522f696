"""A whole training from its configuration, of whatever kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spectragui.core.progress import Progress, no_progress
from spectragui.training.callbacks import Callback, WriteTensorBoard
from spectragui.training.config_file import AnyConfig
from spectragui.training.kinds import kind_of
from spectragui.training.processes import rank, shared_training


def train_model(
    config: AnyConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes and write its model folder.

    Parameters
    ----------
    config : Config, GeneratorConfig, DenoiserConfig, PhotometryConfig or FusedConfig
        A parameter network's ensemble, whose errors are calibrated then; a generator of spectra; a
        denoiser; a network of photometry. New, or from ``base.model``.
    resume : bool
        Whether to go on from the checkpoints in the output folder.
    progress : Progress
        May raise `Cancelled`.
    callbacks : sequence of Callback
        Besides progress, history, checkpoints and early stopping.

    Returns
    -------
    pathlib.Path
        The model folder.

    Raises
    ------
    TrainingError
        If data are missing or unusable, or the training fails.
    """
    with shared_training(config, resume) as own:
        if config.training.tensorboard and not rank():
            callbacks = [*callbacks, WriteTensorBoard(Path(config.output) / "tensorboard")]
        return kind_of(own).train(own, resume=resume, progress=progress, callbacks=callbacks)
