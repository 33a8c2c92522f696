"""What the networks are compared with: the thesis' networks, a template fit, boosted trees."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.photometry import PhotometricTable
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.training.photometry.boosted_trees import predict_by_trees, tree_inputs
from spectragui.training.photometry.measures import (
    OBSERVED,
    Measure,
    label_of,
    redshift_measures,
    star_measures,
    type_measures,
    value_measures,
)
from spectragui.training.photometry.polynomial_correction import fit_correction
from spectragui.training.photometry.template_fit import fit_templates, mean_templates
from spectragui.training.photometry.thesis_networks import (
    BY_CODE,
    BY_TEXT,
    ThesisNetwork,
    predict_by_thesis,
    thesis_inputs,
)

COLUMNS = {"redshift": "z", "stellarity": "star", "mass": "log_mass", "type": "type"}


@dataclasses.dataclass(eq=False)
class Rivals:
    """What rivals reach on the held-out rows.

    Attributes
    ----------
    measures : list of Measure
    redshifts : dict of str to ndarray
        Method -> redshifts of the held-out galaxies.
    remarks : list of str
    """

    measures: list[Measure] = dataclasses.field(default_factory=list)
    redshifts: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    remarks: list[str] = dataclasses.field(default_factory=list)


def judge_rivals(
    whole: PhotometricTable,
    rows: dict[str, NDArray[np.intp]],
    progress: Progress = no_progress,
    epoch_part: float = 1.0,
) -> Rivals:
    """Train every rival on the training rows and judge it on the held-out ones.

    Parameters
    ----------
    whole : PhotometricTable
    rows : dict of str to ndarray
        From `split_rows`.
    progress : Progress
    epoch_part : float
        Part of the thesis' epochs that its networks are trained for; less than 1 in a quick look.
    """
    report = Rivals()
    test = whole.rows(rows["test"])
    magnitude = np.asarray(test.reference_magnitude, dtype=np.float64)
    inputs, trees = thesis_inputs(whole), tree_inputs(whole)
    for number, (task, column) in enumerate(COLUMNS.items()):
        labels = label_of(whole, column) - (1.0 if task == "type" else 0.0)
        usable = np.isfinite(labels) & (labels >= 0)
        train = rows["train"][usable[rows["train"]]]
        judged = rows["test"][usable[rows["test"]]]
        chosen = usable[rows["test"]]
        step = part_of(progress, number / 4, (number + 1) / 4)
        for said, networks in (("text", BY_TEXT), ("code", BY_CODE)):
            if task not in networks:
                continue
            asked = inputs[np.concatenate([judged, rows["calibration"]])]
            network = _shortened(networks[task], epoch_part)
            found = predict_by_thesis(network, task, inputs[train], labels[train], asked, progress=step)
            _add(report, f"thesis, {said}", task, found[: len(judged)], labels[judged], magnitude[chosen])
            if task == "redshift":
                z_cal = labels[rows["calibration"]]
                fitted = fit_correction(found[len(judged) :], z_cal)
                after = fitted.apply(found[: len(judged)])
                _add(report, f"thesis, {said}, corrected", task, after, labels[judged], magnitude[chosen])
            tested, truth = _with_leak(network, task, inputs, labels, np.flatnonzero(usable))
            _add(report, f"thesis, {said}, its leak", task, tested, truth, np.empty(0))
        found = predict_by_trees(task, trees[train], labels[train], trees[judged])
        _add(report, "boosted trees", task, found, labels[judged], magnitude[chosen])
    templates = mean_templates(whole.rows(rows["train"]))
    galaxies = np.isfinite(label_of(test, "z"))
    z, kind = fit_templates(test.rows(galaxies), templates, progress=part_of(progress, 0.9, 1.0))
    report.redshifts["template fit"] = z
    report.remarks.append(
        f"The template fit has {len(templates.types)} templates, made of training parents only."
    )
    report.measures += redshift_measures(
        "template fit", OBSERVED, z, label_of(test, "z")[galaxies], magnitude[galaxies]
    )
    report.measures += type_measures("template fit", OBSERVED, label_of(test, "type")[galaxies], kind)
    return report


def _shortened(network: ThesisNetwork, epoch_part: float) -> ThesisNetwork:
    """Return a network of the thesis that is trained for a part of its epochs, at least one."""
    return dataclasses.replace(network, epochs=max(round(epoch_part * network.epochs), 1))


def _with_leak(
    network: ThesisNetwork,
    task: str,
    inputs: NDArray[np.float32],
    labels: NDArray[np.float64],
    usable: NDArray[np.intp],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Train as the thesis' code does: its rows to test on, a hundredth, lie inside those it is trained on."""
    order = np.random.default_rng(42).permutation(usable)
    train = order[: round(network.train_part * len(order))]
    test = order[: round(0.01 * len(order))]
    network = dataclasses.replace(network, train_part=1.0)
    return predict_by_thesis(network, task, inputs[train], labels[train], inputs[test]), labels[test]


def _add(
    report: Rivals,
    method: str,
    task: str,
    found: NDArray[Any],
    labels: NDArray[Any],
    magnitude: NDArray[Any],
) -> None:
    """Add the measures of a rival; brightness only where it is of the same rows."""
    shown = magnitude if len(magnitude) == len(labels) else np.full(len(labels), np.nan)
    if task == "redshift":
        report.measures += redshift_measures(method, OBSERVED, found, labels, shown)
        if len(magnitude) == len(labels):
            report.redshifts[method] = found
    elif task == "stellarity":
        report.measures += star_measures(method, OBSERVED, found[:, 1], labels == 1.0, shown)
    elif task == "mass":
        report.measures += value_measures("log_mass", method, OBSERVED, found - labels, shown)
    else:
        report.measures += type_measures(method, OBSERVED, labels + 1, found.argmax(axis=1) + 1)
