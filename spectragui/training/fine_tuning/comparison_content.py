"""What a comparison of an old model with a new one says, of any kind: for window, file and report."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.labels import LABELS
from spectragui.training.fine_tuning.old_against_new import LabelComparison

FILE = "comparison.json"


@dataclasses.dataclass(frozen=True)
class Shown:
    """How a quantity is written.

    Attributes
    ----------
    symbol, unit : str
    decimals : int
        Of its errors.
    """

    symbol: str
    unit: str = ""
    decimals: int = 3


@dataclasses.dataclass(frozen=True, eq=False)
class ComparisonContent:
    """Sentences, scores and points of a comparison.

    Attributes
    ----------
    old_name, new_name : str
    lines : tuple of str
    scores : tuple of LabelComparison
        In the order of the table.
    shown : mapping of str to Shown
        By the names of ``scores``; labels of stars need none.
    true, old, new : mapping of str to ndarray, shape (n,)
        Of the quantities that are plotted against each other.
    where : str
        On what, in two words: the entry of the card.
    curve : tuple of mapping
        Points of the learning curve: ``n_stars`` that were trained on, and ``mae`` by quantity.
    """

    old_name: str
    new_name: str
    lines: tuple[str, ...]
    scores: tuple[LabelComparison, ...] = ()
    shown: Mapping[str, Shown] = dataclasses.field(default_factory=dict)
    true: Mapping[str, NDArray[np.float64]] = dataclasses.field(default_factory=dict)
    old: Mapping[str, NDArray[np.float64]] = dataclasses.field(default_factory=dict)
    new: Mapping[str, NDArray[np.float64]] = dataclasses.field(default_factory=dict)
    where: str = "held out"
    curve: tuple[Mapping[str, Any], ...] = ()

    def how_shown(self, name: str) -> Shown:
        """Return how a quantity is written."""
        return self.shown[name] if name in self.shown else label_shown(name)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a quantity and model, for a table."""
        return [
            {"model": model, "label": one.name, **dataclasses.asdict(score), "change": one.word}
            for one in self.scores
            for model, score in ((self.old_name, one.old), (self.new_name, one.new))
        ]

    def as_table(self) -> dict[str, Any]:
        """Return all of it as plain values, ready for JSON."""
        names = list(self.true)

        def columns(values: Mapping[str, NDArray[np.float64]]) -> list[list[float]]:
            return np.stack([values[name] for name in names], axis=1).tolist() if names else []

        return {
            "old_name": self.old_name,
            "new_name": self.new_name,
            "lines": list(self.lines),
            "labels": [
                {**dataclasses.asdict(one), **dataclasses.asdict(self.how_shown(one.name))}
                for one in self.scores
            ],
            "names": names,
            "shown": {name: dataclasses.asdict(self.how_shown(name)) for name in names},
            "true": columns(self.true),
            "old": columns(self.old),
            "new": columns(self.new),
            "curve": [dict(point) for point in self.curve],
        }


def label_shown(name: str) -> Shown:
    """Return how a label of stars and its errors are written."""
    label = LABELS[name]
    decimals = label.decimals if label.unit == "K" else max(label.decimals, 2) + 1
    return Shown(label.plain_symbol, "" if label.unit == "dex" else label.unit, decimals)


def score_line(one: LabelComparison, shown: Shown) -> str:
    """Return the scores of a quantity in a sentence."""
    unit = f" {shown.unit}" if shown.unit else ""
    old, new = (f"{score.mae:.{shown.decimals}f}" for score in (one.old, one.new))
    line = f"{shown.symbol}: mean absolute error {old}{unit} before, {new}{unit} now: {one.word}"
    if np.isfinite(one.new.coverage):
        line += f"; {100 * one.new.coverage:.0f} % within 1 sigma (before {100 * one.old.coverage:.0f} %)"
    return line + "."


def write_content(content: ComparisonContent, folder: Path) -> Path:
    """Write a comparison into a model folder; return the file.

    Raises
    ------
    WriteError
        If it cannot be written.
    """
    write_text_atomically(folder / FILE, json.dumps(content.as_table()))
    return folder / FILE
