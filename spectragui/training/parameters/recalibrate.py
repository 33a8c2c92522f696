"""Make the stated errors of a trained network true again: `python -m ....recalibrate FOLDER`.

As at the end of its training, by its own ``train.toml``, with the weights as they are.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from spectragui.core.errors import TrainingError
from spectragui.core.model_folder import describe_weights, read_card, write_card
from spectragui.inference.opened_model import open_model
from spectragui.networks.parameter_network import read_network, save_network
from spectragui.training.config import Config
from spectragui.training.config_file import read_config
from spectragui.training.fused.config import FusedConfig
from spectragui.training.grids import find_file, read_grid
from spectragui.training.parameters.run import calibrated


def recalibrate(folder: Path) -> Path:
    """Calibrate the errors of a model folder's network anew, in place; return the folder.

    Raises
    ------
    TrainingError
        If its configuration is not that of a parameter network.
    """
    folder = Path(folder)
    config = read_config(folder / "train.toml")
    if isinstance(config, FusedConfig):
        from spectragui.training.fused.run import recalibrate_fused

        return recalibrate_fused(config, folder)
    if not isinstance(config, Config):
        raise TrainingError(f"{folder.name} is no network for labels.", "Train it again.")
    card = read_card(folder)
    emulator = open_model(config.data.emulator)
    grid = read_grid(find_file(config.data.grid), emulator.emulator.label_names)
    network = calibrated(config, read_network(folder), grid, emulator)
    save_network(network, folder)
    sha256, shapes = describe_weights(folder)
    write_card(dataclasses.replace(card, sha256={**card.sha256, **sha256}, tensors=shapes), folder)
    return folder


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"wrote {recalibrate(Path(name))}\n")
