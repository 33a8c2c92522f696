"""Which rows of a label table may be trained on: a box of labels, the hull of a table, near an isochrone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.wording import counted
from spectragui.training.data_sets.label_table import LabelTable, guess_columns, label_values, read_columns

#: Distance of an isochrone in each label that is still near.
NEAR = {"teff": 150.0, "logg": 0.15}


@dataclasses.dataclass(frozen=True)
class LabelFilters:
    """What a row's labels must be; a row without such a label fails.

    Attributes
    ----------
    box : mapping of str to (float, float)
        Label -> lowest and highest.
    hull : str
        Table whose labels' convex hull holds the row's; empty = none.
    isochrone : str
        Table of an isochrone (Teff and log g) that the row is near; empty = none.
    near : float
        How near, in units of 150 K and 0.15 dex.
    """

    box: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    hull: str = ""
    isochrone: str = ""
    near: float = 1.0

    @property
    def is_empty(self) -> bool:
        """Whether every row passes."""
        return not (self.box or self.hull or self.isochrone)


def filtered(table: LabelTable, filters: LabelFilters) -> LabelTable:
    """Return the rows of a table that pass; how many each filter takes is among its remarks.

    Raises
    ------
    TrainingError
        If a filter's table cannot be read or used, or no row passes.
    """
    if filters.is_empty:
        return table
    kept, remarks = np.ones(len(table), dtype=bool), []
    for words, passes in _all(table, filters):
        further = int(np.sum(kept & ~passes))
        remarks.append(f"{counted(further, 'row')} lost by {words} ({int(np.sum(~passes)):,} fail it).")
        kept &= passes
    if not kept.any():
        raise TrainingError(f"No row passes the filters. {' '.join(remarks)}", "Choose wider ones.")
    remarks.append(f"{int(kept.sum()):,} of {len(table):,} rows pass the filters.")
    return table.select(kept, tuple(remarks))


def _all(table: LabelTable, filters: LabelFilters) -> list[tuple[str, NDArray[np.bool_]]]:
    found: list[tuple[str, NDArray[np.bool_]]] = []
    for name, (low, high) in filters.box.items():
        values = _column(table, name)
        words = f"{LABELS[name].plain_symbol} from {low:g} to {high:g}"
        found.append((words, np.isfinite(values) & (values >= low) & (values <= high)))
    if filters.hull:
        found.append((f"the hull of {Path(filters.hull).name}", in_hull(table, Path(filters.hull))))
    if filters.isochrone:
        near = near_isochrone(table, Path(filters.isochrone), filters.near)
        found.append((f"the isochrone {Path(filters.isochrone).name}", near))
    return found


def _column(table: LabelTable, name: str) -> NDArray[np.float64]:
    if name not in PARAMETER_LABELS:
        raise TrainingError(f"There is no label {name!r}.", f"Known: {', '.join(PARAMETER_LABELS)}.")
    if name not in table.label_names:
        raise TrainingError(
            f"{table.name} has no {name}, which a filter needs.", f"It has {', '.join(table.label_names)}."
        )
    return np.asarray(table.labels[:, table.label_names.index(name)])


def in_hull(table: LabelTable, path: Path) -> NDArray[np.bool_]:
    """Return which rows lie in the convex hull of another table's labels, shape (n_rows,).

    Raises
    ------
    TrainingError
        If they have fewer than two labels in common, or its points span no volume.
    """
    from scipy.spatial import Delaunay, QhullError

    points = _labels_of(path)
    names = [name for name in table.label_names if name in points]
    if len(names) < 2:
        raise TrainingError(
            f"{path.name} has fewer than two of the labels {', '.join(table.label_names)}: it has no hull.",
            "Choose a table with Teff and log g.",
        )
    corners = np.stack([points[name] for name in names], axis=1)
    corners = corners[np.isfinite(corners).all(axis=1)]
    scale = np.ptp(corners, axis=0) if len(corners) else np.ones(len(names))
    if len(corners) <= len(names) or not (scale > 0).all():
        raise TrainingError(f"The points of {path.name} span no hull in {', '.join(names)}.")
    try:
        hull = Delaunay((corners - corners[0]) / scale)
    except QhullError as error:
        raise TrainingError(f"The points of {path.name} span no hull in {', '.join(names)}.") from error
    rows = np.stack([_column(table, name) for name in names], axis=1)
    known = np.asarray(np.isfinite(rows).all(axis=1))
    placed = (np.where(known[:, None], rows, corners[0]) - corners[0]) / scale
    places = np.asarray(hull.find_simplex(placed))
    return np.asarray(known & (places >= 0), dtype=bool)


def near_isochrone(table: LabelTable, path: Path, near: float = 1.0) -> NDArray[np.bool_]:
    """Return which rows are near the line that a table's Teff and log g draw, shape (n_rows,).

    Raises
    ------
    TrainingError
        If it lacks one of them, or has fewer than two points.
    """
    points = _labels_of(path)
    missing = [name for name in NEAR if name not in points]
    if missing:
        raise TrainingError(
            f"The isochrone {path.name} has no {missing[0]}.", "It needs columns for Teff and log g."
        )
    line = np.stack([points[name] / NEAR[name] for name in NEAR], axis=1)
    line = line[np.isfinite(line).all(axis=1)]
    if len(line) < 2:
        raise TrainingError(f"The isochrone {path.name} has fewer than two points.")
    rows = np.stack([_column(table, name) / NEAR[name] for name in NEAR], axis=1)
    start, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum(np.square(step).sum(axis=1), 1e-12)
    place = np.clip(np.einsum("nkd,kd->nk", rows[:, None] - start[None], step) / length, 0.0, 1.0)
    nearest = start[None] + place[:, :, None] * step[None]
    distance = np.sqrt(np.square(rows[:, None] - nearest).sum(axis=2)).min(axis=1)
    return np.asarray(np.isfinite(distance) & (distance <= near))


def _labels_of(path: Path) -> dict[str, NDArray[np.float64]]:
    """Return the labels of a table, by their usual names."""
    columns = read_columns(path)
    guess = guess_columns(columns.colnames)
    return {name: label_values(columns, guess.names[name], path.name, name) for name in guess.labels}
