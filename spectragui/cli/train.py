"""`spectragui train CONFIG.toml`: train a model from its configuration."""

from __future__ import annotations

from pathlib import Path

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
def train(config: Path, resume: bool, output: Path | None, device: str | None) -> None:
    """Train the model that CONFIG describes, and write its model folder.

    Checkpoints are kept in the folder's `checkpoints`; a training that was stopped goes on with
    --resume.

    \b
    Examples:
      spectragui train models/optical-parameters/train.toml -o my-model
      spectragui train models/optical-parameters/train.toml -o my-model --resume
    """
    import dataclasses

    from spectragui.training.run import read_config, train_model

    settings = read_config(config)
    if output is not None:
        settings = dataclasses.replace(settings, output=str(output))
    chosen = say_device(device or settings.training.device)
    settings = dataclasses.replace(settings, training=dataclasses.replace(settings.training, device=chosen))
    with progress_bar(f"Training {Path(settings.output).name}") as progress:
        folder = train_model(settings, resume=resume, progress=progress)
    echo(f"wrote {folder}")
