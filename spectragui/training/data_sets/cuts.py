"""Cuts on a table of labels: which rows may be trained on, and how many each cut costs.

A cut is a table below ``[data.cuts]`` of a TOML file; `resources/training/cuts` has those of papers.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.package_data import resource
from spectragui.core.regular_file import read_ordinary
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.core.wording import counted, with_true_minus

_LARGEST_FILE = 1_000_000
# Word in the file -> what a value must be to the number, in words and as an operator.
CONDITIONS = {
    "at_least": ("at least", operator.ge),
    "at_most": ("at most", operator.le),
    "above": ("above", operator.gt),
    "below": ("below", operator.lt),
    "equal_to": ("equal to", operator.eq),
    "unlike": ("not", operator.ne),
}


@dataclasses.dataclass(frozen=True)
class Cut:
    """One condition on the rows of a table.

    Attributes
    ----------
    name : str
        As in the file.
    columns : tuple of str
        That may hold the number; the first that the table has counts.
    conditions : tuple of (str, float)
        Of `CONDITIONS`; all must hold.
    all_columns : bool
        Whether every one of ``columns`` must be there and hold the conditions.
    """

    name: str
    columns: tuple[str, ...]
    conditions: tuple[tuple[str, float], ...]
    all_columns: bool = False

    @property
    def words(self) -> str:
        """The cut in words: "TEFF above 4000 and below 5500"."""
        conditions = " and ".join(f"{CONDITIONS[what][0]} {value:g}" for what, value in self.conditions)
        columns = " and ".join(self.columns) if self.all_columns else self.columns[0]
        return with_true_minus(f"{columns} {conditions}")


@dataclasses.dataclass(frozen=True)
class CutLoss:
    """What a cut costs.

    Attributes
    ----------
    cut : Cut
    n_alone : int
        Rows that it would take from the whole table.
    n_further : int
        Rows that it takes from what the cuts before it have left.
    """

    cut: Cut
    n_alone: int
    n_further: int

    @property
    def sentence(self) -> str:
        """The loss in a sentence."""
        lost = counted(self.n_further, "row")
        return f"{lost} lost by the cut {self.cut.words} ({self.n_alone:,} fail it)."


def cut_presets() -> list[str]:
    """Return the names of the bundled cuts."""
    return sorted(file.stem for file in resource("training", "cuts").glob("*.toml"))


def read_cuts(name: str) -> tuple[Cut, ...]:
    """Read the cuts of a preset, or those below ``[data.cuts]`` of a TOML file.

    Raises
    ------
    TrainingError
        If there is no such preset or file, or a cut in it cannot be.
    """
    path = resource("training", "cuts", f"{name}.toml") if name in cut_presets() else Path(name)
    if not path.is_file():
        raise TrainingError(
            f"There are no cuts {name!r}.", f"Give a TOML file, or one of: {', '.join(cut_presets())}."
        )
    try:
        content = parse_toml(read_ordinary(path, _LARGEST_FILE).decode("utf-8"))
    except (OSError, UnicodeDecodeError, TomlError) as error:
        raise TrainingError(f"{path.name} cannot be read: {first_sentence(error)}.") from error
    data = content.get("data")
    tables = data.get("cuts") if isinstance(data, Mapping) else None
    if not isinstance(tables, Mapping) or not tables:
        raise TrainingError(f"{path.name} has no cuts.", "They are tables below [data.cuts].")
    return tuple(_cut_of(str(key), table, path.name) for key, table in tables.items())


def apply_cuts(
    columns: Mapping[str, Any], n_rows: int, cuts: Sequence[Cut]
) -> tuple[NDArray[np.bool_], tuple[CutLoss, ...]]:
    """Return which rows pass every cut, and what each cut costs.

    Parameters
    ----------
    columns : mapping of str to array_like, shape (n_rows,)
        Of the table, as astropy gives them: masked cells fail, as NaN does.
    n_rows : int
    cuts : sequence of Cut
        In their order.

    Raises
    ------
    TrainingError
        If a cut's column is not there or holds no numbers, or nothing is left.
    """
    kept, losses = np.ones(n_rows, dtype=bool), []
    for cut in cuts:
        passes = _passes(columns, cut, n_rows)
        losses.append(CutLoss(cut, int(np.sum(~passes)), int(np.sum(kept & ~passes))))
        kept &= passes
    if not kept.any():
        worst = max(losses, key=lambda loss: loss.n_alone)
        raise TrainingError(
            f"No row passes the cuts; {worst.n_alone:,} of {n_rows:,} fail {worst.cut.words}.",
            "Choose other cuts.",
        )
    return kept, tuple(losses)


def _passes(columns: Mapping[str, Any], cut: Cut, n_rows: int) -> NDArray[np.bool_]:
    there = [name for name in cut.columns if name in columns]
    wanted = cut.columns if cut.all_columns else there[:1]
    missing = [name for name in wanted if name not in columns]
    if missing or not wanted:
        named = missing[0] if missing else " or ".join(cut.columns)
        raise TrainingError(
            f"The table has no column {named}, which the cut {cut.name} needs.",
            "Rename the column, or leave the cut out.",
        )
    passes = np.ones(n_rows, dtype=bool)
    for name in wanted:
        values = _numbers_of(columns[name], name)
        known = np.isfinite(values)
        for what, number in cut.conditions:
            known &= CONDITIONS[what][1](np.where(known, values, 0.0), number)
        passes &= known
    return passes


def _numbers_of(column: Any, name: str) -> NDArray[np.float64]:
    cells = np.ma.getdata(column)
    try:
        values = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The column {name} holds no numbers.", "A cut needs numbers.") from error
    if values.ndim != 1:
        raise TrainingError(f"The column {name} has several numbers a row.", "A cut needs one.")
    values[np.broadcast_to(np.ma.getmaskarray(np.ma.asarray(column)), values.shape)] = np.nan
    return values


def _cut_of(name: str, table: Any, file: str) -> Cut:
    if not isinstance(table, Mapping):
        raise TrainingError(f"{file}: the cut {name} is no table.", "Write [data.cuts.NAME].")
    columns, is_all = table.get("columns"), table.get("all_columns", False)
    names = [columns] if isinstance(columns, str) else columns
    if not isinstance(names, list) or not names or not all(isinstance(one, str) and one for one in names):
        raise TrainingError(f"{file}: the cut {name} names no columns.", 'Write columns = ["SNR"].')
    unknown = set(table) - {"columns", "all_columns", *CONDITIONS}
    if unknown or not isinstance(is_all, bool):
        wrong = sorted(unknown)[0] if unknown else "all_columns"
        raise TrainingError(
            f"{file}: the cut {name} cannot have {wrong!r} so.", f"Conditions: {', '.join(CONDITIONS)}."
        )
    conditions = [(what, table[what]) for what in CONDITIONS if what in table]
    sound = all(isinstance(v, (int, float)) and not isinstance(v, bool) and v == v for _, v in conditions)
    if not conditions or not sound:
        raise TrainingError(f"{file}: the cut {name} has no number to compare with.", "Write at_least = 200.")
    return Cut(name, tuple(names), tuple((what, float(value)) for what, value in conditions), is_all)
