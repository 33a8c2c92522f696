"""What is wrong with a training set, with the files named and what is done about it, before anything runs."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LABELS
from spectragui.core.wording import counted, estimate
from spectragui.training.data_sets.star_groups import PARTS

MOST_NAMED = 5  # files in a sentence


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that is wrong with some rows.

    Attributes
    ----------
    what : str
        Without the files ("not there", "no label").
    files : tuple of str
    action : str
        What is done ("left out", "kept").
    """

    what: str
    files: tuple[str, ...]
    action: str = "left out"

    @property
    def is_left_out(self) -> bool:
        """Whether the rows are not used."""
        return self.action.startswith("left out")

    @property
    def sentence(self) -> str:
        """The problem in one sentence, with the first files named."""
        named = ", ".join(self.files[:MOST_NAMED])
        more = f" and {len(self.files) - MOST_NAMED} more" if len(self.files) > MOST_NAMED else ""
        spectra = "spectrum" if len(self.files) == 1 else "spectra"
        return f"{len(self.files)} {spectra} {self.action}: {self.what} ({named}{more})."


@dataclasses.dataclass(frozen=True, eq=False)
class DataCheck:
    """What a training set holds, and what is wrong with it.

    Attributes
    ----------
    n_rows : int
        Of the table of labels.
    label_names : tuple of str
    labels : ndarray, shape (n_used, n_labels)
        Of what is used.
    parts : tuple of str
        Of what is used.
    n_stars, n_leaks : int
        Different stars, and those on more than one side of the split.
    ranges : mapping of str to (float, float)
        What the base model was trained for; empty without one.
    problems : tuple of Problem
    remarks : tuple of str
        What was assumed.
    """

    n_rows: int
    label_names: tuple[str, ...]
    labels: NDArray[np.float64]
    parts: tuple[str, ...]
    n_stars: int
    n_leaks: int
    ranges: Mapping[str, tuple[float, float]]
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...] = ()

    @property
    def n_used(self) -> int:
        """Spectra that are left."""
        return len(self.parts)

    def lines(self) -> list[str]:
        """Return the check in sentences."""
        counts = Counter(self.parts)
        split = ", ".join(f"{counts[part]} for {part}" for part in PARTS if part in counts)
        lines = [f"{self.n_used} of {self.n_rows} spectra, {counted(self.n_stars, 'star')}: {split}."]
        for name, column in zip(self.label_names, self.labels.T, strict=True):
            lines.append(self._label_line(name, column[np.isfinite(column)]))
        lines += [problem.sentence for problem in self.problems]
        lines += list(self.remarks)
        if self.n_leaks:
            lines.append(f"{self.n_leaks} stars are on both sides of the split.")
        return lines

    def _label_line(self, name: str, known: NDArray[np.float64]) -> str:
        label = LABELS[name]
        if not len(known):
            return f"{label.plain_symbol}: no value."
        decimals = label.decimals
        unit = f" {label.unit}" if label.unit else ""
        low, median, high = np.quantile(known, (0.0, 0.5, 1.0))
        words = f"{low:.{decimals}f} to {high:.{decimals}f}{unit}, median {median:.{decimals}f}"
        line = f"{label.plain_symbol}: {counted(len(known), 'value')}, {words}"
        if name in self.ranges:
            start, stop = self.ranges[name]
            n_outside = int(np.sum((known < start) | (known > stop)))
            line += f"; {n_outside} outside the base model's {start:g} to {stop:g}"
        return line + "."


def left_out(problems: Sequence[Problem]) -> int:
    """Return how many rows are not used."""
    return sum(len(problem.files) for problem in problems if problem.is_left_out)


def odd_shapes(files: Sequence[str], shapes: Sequence[tuple[int, int]], are_dropped: bool) -> Problem | None:
    """Return the spectra whose number of orders and pixels differs from that of most, if there are any."""
    if not shapes:
        return None
    usual, n_usual = Counter(shapes).most_common(1)[0]
    if 2 * n_usual <= len(shapes) and not are_dropped:
        return None  # there is no usual shape
    odd = tuple(file for file, shape in zip(files, shapes, strict=True) if shape != usual)
    if not odd:
        return None
    words = f"not {usual[0]} orders of {usual[1]} pixels" if usual[0] > 1 else f"not of {usual[1]} pixels"
    return Problem(f"{words}, as most are", odd, "left out" if are_dropped else "kept")


def snr_words(snr: NDArray[np.float64]) -> str:
    """Return the range of S/N in words."""
    known = snr[np.isfinite(snr)]
    if not len(known):
        return "The S/N is not known."
    low, median, high = np.quantile(known, (0.05, 0.5, 0.95))
    return f"S/N per pixel: {estimate(low)} to {estimate(high)} (90 %), median {estimate(median)}."
