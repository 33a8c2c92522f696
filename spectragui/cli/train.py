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
@click.option(
    "--labels", metavar="WORDS", help="Labels to learn: T, TG, TGM, or names with commas (teff,logg,vsini)."
)
@click.option("--one-a-label", is_flag=True, help="A network for each label.")
def train(
    config: Path, resume: bool, output: Path | None, device: str | None, labels: str | None, one_a_label: bool
) -> None:
    """Train the model that CONFIG describes, and write its model folder.

    CONFIG is a file, or the name of a preset: paper-starnet, paper-vgg, paper-cvae, paper-dae.

    Checkpoints are kept in the folder's `checkpoints`; a training that was stopped goes on with
    --resume.

    \b
    Examples:
      spectragui train models/optical-parameters/train.toml -o my-model
      spectragui train models/optical-parameters/train.toml -o my-model --resume
      spectragui train paper-starnet --labels TG -o my-starnet
      spectragui train fine-tune.toml        ([base] model = ..., [data] labelled = ...)
    """
    import dataclasses

    from spectragui.core.errors import TrainingError
    from spectragui.training.config import Config
    from spectragui.training.config_file import find_config, read_config, with_labels
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
    echo(f"wrote {folder}")
    base = getattr(settings, "base", None)
    if base is not None and base.model:
        _compare(folder)


def _compare(folder: Path) -> None:
    """Say how the new model does against its base, on stars that neither was trained on."""
    from spectragui.core.errors import TrainingError
    from spectragui.training.fine_tuning.fine_tune import compare_with_base

    try:
        with progress_bar("Comparing with the base model") as progress:
            comparison, forgetting = compare_with_base(folder, progress)
    except TrainingError as error:
        echo(str(error), err=True)
        return
    for line in (*comparison.lines(), *(forgetting.lines() if forgetting is not None else ())):
        echo(line)
