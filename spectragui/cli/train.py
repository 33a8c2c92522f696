"""`spectragui train CONFIG.toml`: train a model from its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spectragui.cli.options import say_device
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.core.device_choice import DEVICES


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Model folder, instead of the file's.",
)
@click.option(
    "--device", type=click.Choice(DEVICES), help="Where networks run, instead of the file's: cuda = a GPU."
)
@click.option(
    "--labels", metavar="WORDS", help="Labels to learn: T, TG, TGM, or names with commas (teff,logg,vsini)."
)
@click.option("--one-a-label", is_flag=True, help="A network for each label.")
def train(
    config: Path, resume: bool, output: Path | None, device: str | None, labels: str | None, one_a_label: bool
) -> None:
    """Train the model that CONFIG describes, and write its model folder.

    CONFIG is a file, or the name of a preset (paper-starnet, paper-vgg, paper-cvae, paper-dae) or of
    a bundled model (optical-vgg), which is trained as that was.

    Checkpoints are kept in the folder's `checkpoints`; a training that was stopped goes on with
    --resume.

    \b
    Examples:
      spectragui train models/optical-parameters/train.toml -o my-model
      spectragui train models/optical-parameters/train.toml -o my-model --resume
      spectragui train paper-starnet --labels TG -o my-starnet
      spectragui train fine-tune.toml        ([base] model = ..., [data] labelled = ...)
      torchrun --nproc-per-node 2 -m spectragui train CONFIG.toml   (two GPUs, or two CPU processes)
    """
    import dataclasses

    from spectragui.core.errors import TrainingError
    from spectragui.training.config import Config
    from spectragui.training.config_file import find_config, read_config, with_labels
    from spectragui.training.processes import rank
    from spectragui.training.run import train_model

    settings = read_config(find_config(config))
    if labels or one_a_label:
        if not isinstance(settings, Config):
            raise TrainingError(
                f"{config} trains no network for labels.", "Leave --labels and --one-a-label out."
            )
        settings = with_labels(settings, labels or "", one_a_label)
    if output is not None:
        settings = dataclasses.replace(settings, output=str(output))
    chosen = say_device(device or settings.training.device)
    settings = dataclasses.replace(settings, training=dataclasses.replace(settings.training, device=chosen))
    with progress_bar(f"Training {Path(settings.output).name}") as progress:
        folder = train_model(settings, resume=resume, progress=progress)
    if rank():  # of several processes the first one speaks
        return
    echo(f"wrote {folder}")
    _compare(folder, settings)


def _compare(folder: Path, settings: Any) -> None:
    """Say how a new model does against its base, where neither was trained."""
    from spectragui.core.errors import TrainingError
    from spectragui.training.kinds import compare_with_base, is_compared

    if not is_compared(settings):
        return
    try:
        with progress_bar("Comparing with the base model") as progress:
            content = compare_with_base(folder, settings, progress)
    except TrainingError as error:
        echo(str(error), err=True)
        return
    for line in content.lines:
        echo(line)
