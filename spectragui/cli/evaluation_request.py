"""What `spectragui evaluate` was asked for, and which grid and which stars a model is judged on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectragui.inference.opened_model import OpenedModel

HELD_OUT = "heldout"
SHARED_GRID = ("data", "grids", "optical.npz")


@dataclasses.dataclass(frozen=True)
class EvaluationRequest:
    """What a model is judged on, and where the report goes.

    Attributes
    ----------
    dataset : str
        "heldout", a grid (.npz), or a folder.
    grid : pathlib.Path or None
        That "heldout" is taken from; None = the model's, among the shared data.
    output : pathlib.Path or None
        Folder of the report; None = it is only printed.
    n_spectra, seed : int
    device : str
        As torch calls it.
    """

    dataset: str
    grid: Path | None
    output: Path | None
    n_spectra: int
    seed: int
    device: str


def grid_of(model: OpenedModel) -> Path:
    """Return the grid that a model was trained on, among the shared data, by its card."""
    from spectragui.training.grids import find_shared_file

    name = str(model.card.training.get("data", SHARED_GRID[-1]))
    return find_shared_file(*SHARED_GRID[:-1], name)
