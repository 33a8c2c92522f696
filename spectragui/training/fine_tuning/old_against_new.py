"""Old model against new one on the same stars, which neither was trained on: what *Accept* shows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SpectraGUIError, TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import Prediction, PredictOptions
from spectragui.training.data_sets.data_set import DataSet

N_RESAMPLED = 2000  # draws of the stars, for the error of a difference
FEWEST_STARS = 3
BETTER, WORSE, UNCHANGED = "better", "worse", "no significant change"


@dataclasses.dataclass(frozen=True, eq=False)
class Judged:
    """What one model says of some spectra.

    Attributes
    ----------
    predicted, sigma : ndarray, shape (n_spectra, n_labels)
        NaN where it says nothing.
    is_flagged : ndarray of bool, shape (n_spectra,)
        Whether the verdict is "do not use", or the spectrum is not served.
    """

    predicted: NDArray[np.float64]
    sigma: NDArray[np.float64]
    is_flagged: NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class LabelScore:
    """How one model does in one label.

    Attributes
    ----------
    n : int
        Spectra.
    mae, rmse, bias, r2 : float
        Mean absolute error, root mean square, median of predicted minus true, coefficient of
        determination.
    coverage : float
        Part of the spectra within one stated sigma; ideal 0.683. NaN where none is stated.
    """

    n: int
    mae: float
    rmse: float
    bias: float
    r2: float
    coverage: float


@dataclasses.dataclass(frozen=True)
class LabelComparison:
    """One label: old and new, and what the difference is worth.

    Attributes
    ----------
    name : str
    old, new : LabelScore
    change : float
        Of the mean absolute error, new minus old.
    interval : (float, float)
        95 % of the changes when the stars are drawn again.
    word : str
        "better", "worse" or "no significant change".
    """

    name: str
    old: LabelScore
    new: LabelScore
    change: float
    interval: tuple[float, float]
    word: str


@dataclasses.dataclass(frozen=True, eq=False)
class ModelComparison:
    """Two models on the same spectra.

    Attributes
    ----------
    old_name, new_name, data_name : str
    label_names : tuple of str
    true : ndarray, shape (n_spectra, n_labels)
    old, new : Judged
    labels : tuple of LabelComparison
        Of the labels with at least `FEWEST_STARS` values.
    """

    old_name: str
    new_name: str
    data_name: str
    label_names: tuple[str, ...]
    true: NDArray[np.float64]
    old: Judged
    new: Judged
    labels: tuple[LabelComparison, ...]

    def lines(self) -> list[str]:
        """Return the comparison in sentences."""
        lines = [f"{len(self.true)} spectra of {self.data_name} that neither model was trained on."]
        for one in self.labels:
            label = LABELS[one.name]
            unit = f" {label.unit}" if label.unit not in ("", "dex") else ""
            decimals = max(label.decimals, 1) + 1 if label.unit == "dex" else label.decimals
            old, new = (f"{score.mae:.{decimals}f}" for score in (one.old, one.new))
            lines.append(
                f"{label.plain_symbol}: mean absolute error {old}{unit} before, {new}{unit} now: {one.word}; "
                f"{100 * one.new.coverage:.0f} % within 1 sigma (before {100 * one.old.coverage:.0f} %)."
            )
        n = len(self.true)
        old_flagged, new_flagged = int(self.old.is_flagged.sum()), int(self.new.is_flagged.sum())
        lines.append(f'"Do not use" was said of {old_flagged} of {n} spectra before, of {new_flagged} now.')
        return lines

    def rows(self) -> list[Mapping[str, Any]]:
        """Return a row a label and model, for a table."""
        rows: list[Mapping[str, Any]] = []
        for one in self.labels:
            for model, score in ((self.old_name, one.old), (self.new_name, one.new)):
                rows.append(
                    {"model": model, "label": one.name, **dataclasses.asdict(score), "change": one.word}
                )
        return rows


def compare_models(
    old: str,
    new: str,
    data: DataSet,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    device: str = "auto",
    seed: int = 0,
    progress: Progress = no_progress,
) -> ModelComparison:
    """Predict spectra of a data set with two models and compare their errors.

    Parameters
    ----------
    old, new : str
        Names or folders of parameter models.
    data : DataSet
    rows : sequence of int
        Spectra that neither was trained on.
    device : {"auto", "cpu", "cuda"}
    seed : int
        Of the stars that are drawn again.
    progress : Progress

    Raises
    ------
    TrainingError
        If there are fewer than `FEWEST_STARS` stars.
    """
    rows = np.asarray(rows, dtype=np.int64)
    stars = data.stars[rows]
    if len(np.unique(stars)) < FEWEST_STARS:
        raise TrainingError(
            f"{len(np.unique(stars))} stars are too few to compare two models on.",
            f"At least {FEWEST_STARS} are needed.",
        )
    judged = predicted_by((old, new), data, rows, device, progress)
    true = data.labels[rows]
    labels = compared_labels(data.label_names, true, judged, stars, seed)
    return ModelComparison(old, new, data.path.name, data.label_names, true, judged[0], judged[1], labels)


def compared_labels(
    names: Sequence[str],
    true: NDArray[np.float64],
    judged: Sequence[Judged],
    stars: NDArray[np.int64],
    seed: int,
) -> tuple[LabelComparison, ...]:
    """Compare what an old and a new model say of each label; those that too few stars have are left out."""
    found = (
        compare_values(
            name, true[:, i], [one.predicted[:, i] for one in judged], [one.sigma[:, i] for one in judged],
            stars, seed,
        )
        for i, name in enumerate(names)
    )  # fmt: skip
    return tuple(one for one in found if one is not None)


def predicted_by(
    models: Sequence[str],
    data: DataSet,
    rows: NDArray[np.int64],
    device: str = "auto",
    progress: Progress = no_progress,
) -> list[Judged]:
    """Return what each of some models says of spectra of a data set; each spectrum is read once."""
    said: list[list[Prediction | None]] = [[] for _ in models]
    for number, spectrum in enumerate(data.spectra(rows)):
        progress(number / len(rows), data.files[rows[number]])
        power = data.resolving_power[rows[number]]
        told = float(power) if np.isfinite(power) else None
        for model, found in zip(models, said, strict=True):
            options = PredictOptions(model=model, resolving_power=told, refine=False, device=device)
            try:
                found.append(predict_spectrum(spectrum, options))
            except SpectraGUIError:
                found.append(None)
    progress(1.0, "done")
    return [_judged(found, data.label_names) for found in said]


def _judged(found: Sequence[Prediction | None], names: Sequence[str]) -> Judged:
    predicted = np.full((len(found), len(names)), np.nan)
    sigma = np.full(predicted.shape, np.nan)
    flagged = np.ones(len(found), dtype=bool)
    for row, one in enumerate(found):
        if one is None or one.network is None:
            continue
        flagged[row] = one.verdict.flag_bad != 0
        for i, name in enumerate(names):
            if name in one.network:
                predicted[row, i], sigma[row, i] = one.network[name], one.network.error(name)
    return Judged(predicted, sigma, flagged)


def compare_values(
    name: str,
    true: NDArray[np.float64],
    predicted: Sequence[NDArray[np.float64]],
    sigma: Sequence[NDArray[np.float64]],
    groups: NDArray[np.int64],
    seed: int,
) -> LabelComparison | None:
    """Compare what an old and a new model say of one quantity; None where too few stars have it.

    Parameters
    ----------
    name : str
    true : ndarray, shape (n,)
    predicted, sigma : (old, new) of ndarray, shape (n,)
        Where either says nothing, neither counts.
    groups : ndarray of int, shape (n,)
        Star, or whatever is drawn again as a whole.
    seed : int
        Of what is drawn again.
    """
    both = np.isfinite(true) & np.isfinite(predicted[0]) & np.isfinite(predicted[1])
    if len(np.unique(groups[both])) < FEWEST_STARS:
        return None
    old, new = (score(p[both], s[both], true[both]) for p, s in zip(predicted, sigma, strict=True))
    errors = [np.abs(p[both] - true[both]) for p in predicted]
    interval = change_interval(errors[1] - errors[0], groups[both], seed)
    word = UNCHANGED if interval[0] <= 0 <= interval[1] else BETTER if interval[1] < 0 else WORSE
    return LabelComparison(name, old, new, new.mae - old.mae, interval, word)


def score(
    predicted: NDArray[np.float64], sigma: NDArray[np.float64], true: NDArray[np.float64]
) -> LabelScore:
    """Return how predictions of one label compare with the truth, shape (n_spectra,) each."""
    error = predicted - true
    scatter = float(np.sum(np.square(true - true.mean())))
    r2 = 1.0 - float(np.sum(np.square(error))) / scatter if scatter > 0 else math.nan
    return LabelScore(
        len(error),
        float(np.abs(error).mean()),
        float(np.sqrt(np.square(error).mean())),
        float(np.median(error)),
        r2,
        float(np.mean(np.abs(error) <= sigma)) if np.isfinite(sigma).any() else math.nan,
    )


def change_interval(change: NDArray[np.float64], stars: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Return the 95 % interval of the mean change when whole stars are drawn again.

    Parameters
    ----------
    change : ndarray, shape (n_spectra,)
        |new error| - |old error| of each spectrum.
    stars : ndarray of int, shape (n_spectra,)
        Spectra of one star are drawn together.
    seed : int
    """
    _, number = np.unique(stars, return_inverse=True)
    sums, counts = np.bincount(number, change), np.bincount(number)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(N_RESAMPLED, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
