"""How the loss of a model fell while it was trained: kept in its card, or beside its weights."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.model_card import ModelCard
from spectragui.core.regular_file import read_ordinary

TABLE = "history"  # of a card
MOST_POINTS = 200  # of a network, in a card
_LARGEST_FILE = 20_000_000
_FIELDS = ("step", "loss", "validation_loss")


@dataclasses.dataclass(frozen=True, eq=False)
class LossHistory:
    """Losses of one network.

    Attributes
    ----------
    name : str
        Which network of the model ("member0").
    step : ndarray, shape (n_points,)
        Batches done.
    loss, validation_loss : ndarray, shape (n_points,)
        Of the last batch, and of spectra that it was not trained on; NaN where it was not measured.
    learning_rate : ndarray, shape (n_points,)
        Empty where a card alone tells of it.
    """

    name: str
    step: NDArray[np.float64]
    loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    learning_rate: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty(0))

    @property
    def best(self) -> tuple[float, float]:
        """Step and validation loss of the best validation; NaN where there was none."""
        if not np.isfinite(self.validation_loss).any():
            return math.nan, math.nan
        place = int(np.nanargmin(self.validation_loss))
        return float(self.step[place]), float(self.validation_loss[place])


def read_history(folder: Path, card: ModelCard) -> tuple[LossHistory, ...]:
    """Return the losses of each network of a model, what its card keeps before what lies beside it.

    Parameters
    ----------
    folder : pathlib.Path
        Of the model.
    card : ModelCard

    Returns
    -------
    tuple of LossHistory
        Empty where none was kept.
    """
    kept = card.extra.get(TABLE)
    if isinstance(kept, Mapping):
        found = [_of_columns(str(name), columns) for name, columns in kept.items()]
        return tuple(one for one in found if one is not None)
    files = sorted([*folder.glob("history.*"), *(folder / "checkpoints").glob("*.jsonl")])
    found = [file_history(file) for file in files]
    return tuple(one for one in found if one is not None)


def history_table(folder: Path) -> dict[str, dict[str, list[float]]]:
    """Return what a card keeps of the losses in a folder of checkpoints: at most 200 points a network."""
    table = {}
    for file in sorted(folder.glob("*.jsonl")):
        history = file_history(file)
        if history is None:
            continue
        rows = np.unique(np.linspace(0, history.step.size - 1, MOST_POINTS).round().astype(int))
        table[history.name] = {
            field: [float(value) for value in getattr(history, field)[rows]] for field in _FIELDS
        }
    return table


def last_slope(history: LossHistory) -> float:
    """Return the relative change of the validation loss in 1000 batches, over the last third of a training.

    NaN where fewer than three validations were positive there.
    """
    step, loss = history.step, history.validation_loss
    last = np.isfinite(loss) & (loss > 0) & (step >= step[0] + 2.0 * (step[-1] - step[0]) / 3.0)
    if last.sum() < 3 or np.ptp(step[last]) == 0:
        return math.nan
    return float(np.polyfit(step[last] / 1000.0, np.log(loss[last]), 1)[0])


def file_history(file: Path) -> LossHistory | None:
    """Return the losses in a file of JSON lines; None where it holds none."""
    rows: list[dict[str, Any]] = []
    try:
        lines = read_ordinary(file, _LARGEST_FILE).decode("utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.startswith("{")]
    except (OSError, ValueError):
        return None
    columns = {
        field: [row.get(field, math.nan) for row in rows if isinstance(row, dict)] for field in _FIELDS
    }
    name = file.parent.name if file.stem == "history" else file.stem
    found = _of_columns(name, columns)
    if found is None:
        return None
    rates = [row.get("learning_rate") for row in rows if isinstance(row, dict)]
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return dataclasses.replace(found, learning_rate=_numbers(rates))
    return found


def _of_columns(name: str, columns: Any) -> LossHistory | None:
    if not isinstance(columns, Mapping):
        return None
    try:
        arrays = [_numbers(columns.get(field, ())) for field in _FIELDS]
    except (TypeError, ValueError, OverflowError):
        return None
    size = arrays[0].size
    if size == 0 or any(array.ndim != 1 or array.size not in (0, size) for array in arrays):
        return None
    step, loss, validation = (array if array.size else np.full(size, np.nan) for array in arrays)
    return LossHistory(name, step, loss, validation)


def _numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
