"""Build a data set: spectra of a folder, labels of a table, a chain, the checks, the split by star."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, check_target
from spectragui.core.errors import SpectraGUIError, TrainingError, first_sentence
from spectragui.core.progress import Progress, no_progress
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.model_store import window_overlap
from spectragui.inference.parameters.out_of_range import MIN_COVERAGE
from spectragui.io import read_files
from spectragui.preprocessing.chain import Chain
from spectragui.training.data_sets.data_check import DataCheck, Problem, odd_shapes, snr_words
from spectragui.training.data_sets.data_set import SUFFIX, DataSetWriter, hash_of
from spectragui.training.data_sets.label_table import LabelTable
from spectragui.training.data_sets.star_groups import count_leaks, group_stars, split_by_star

NO_CHAIN = "none"


@dataclasses.dataclass(frozen=True, eq=False)
class DataPlan:
    """What a data set is made of.

    Attributes
    ----------
    folder : pathlib.Path
        Where the files of the table lie.
    table : LabelTable
    chain : Chain or None
        Applied to each spectrum; None = as it is read.
    model : OpenedModel or None
        Its window must be covered, and its ranges are compared with the labels.
    seed : int
        Of the split.
    shares : (float, float, float)
        Of the stars, for training, validation and test.
    same_shape : bool
        Whether spectra of another number of orders or pixels than most are left out.
    """

    folder: Path
    table: LabelTable
    chain: Chain | None = None
    model: OpenedModel | None = None
    seed: int = 1
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    same_shape: bool = False


@dataclasses.dataclass
class _Found:
    """What reading the rows of the table has given so far."""

    rows: list[int] = dataclasses.field(default_factory=list)
    shapes: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    snr: list[float] = dataclasses.field(default_factory=list)
    hashes: dict[str, int] = dataclasses.field(default_factory=dict)
    problems: dict[str, list[str]] = dataclasses.field(default_factory=lambda: defaultdict(list))


def build_data_set(plan: DataPlan, output: Path | None, progress: Progress = no_progress) -> DataCheck:
    """Read, check and split the spectra of a plan, and write the data-set file.

    Parameters
    ----------
    plan : DataPlan
    output : pathlib.Path or None
        The file, ending in .zip; None = only check.
    progress : Progress
        Called for each spectrum; may raise `Cancelled`.

    Raises
    ------
    TrainingError
        If no spectrum can be used.
    WriteError
        If the file cannot be written; an old one survives.
    """
    if output is not None:
        if output.suffix.lower() != SUFFIX:
            raise TrainingError(f"{output.name}: a data set ends in {SUFFIX}.")
        check_target(output, inputs=[plan.folder / file for file in plan.table.files])
    with contextlib.ExitStack() as stack:
        writer = None
        if output is not None:
            writer = stack.enter_context(DataSetWriter(stack.enter_context(atomic_path(output))))
        found = _read_all(plan, writer, progress)
        check, stars, kept = _checked(plan, found)
        if writer is not None:
            writer.finish(_about(plan, check), _rows_of(plan, found, check, stars, kept))
    return check


def _read_all(plan: DataPlan, writer: DataSetWriter | None, progress: Progress) -> _Found:
    found, table = _Found(), plan.table
    usual = _usual_shape(plan) if plan.same_shape else None
    for row, file in enumerate(table.files):
        progress(row / len(table), file)
        try:
            spectrum = _usable(plan, row, found)
            shape = _shape_of(spectrum)
            if usual is not None and shape != usual:
                raise TrainingError("of another number of orders or pixels than most")
            if writer is not None:
                writer.add(spectrum)
        except SpectraGUIError as error:
            reason = first_sentence(error.message).replace(Path(file).name, "the file")
            found.problems[reason].append(file)
            continue
        found.rows.append(row)
        found.shapes.append(shape)
        found.snr.append(spectrum_snr(spectrum))
    progress(1.0, "done")
    return found


def _usual_shape(plan: DataPlan) -> tuple[int, int] | None:
    """Return the orders and pixels of most files: they are read once more for it."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for file in plan.table.files:
        with contextlib.suppress(SpectraGUIError):
            counts[_shape_of(read_files([plan.folder / file])[0])] += 1
    return max(counts, key=lambda shape: counts[shape]) if counts else None


def _shape_of(spectrum: AnySpectrum) -> tuple[int, int]:
    orders = orders_of(spectrum)
    return len(orders), max(len(order.flux) for order in orders)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no file can be called so
        return False


def _usable(plan: DataPlan, row: int, found: _Found) -> AnySpectrum:
    """Return the spectrum of a row; raise, with what is wrong, where it cannot be used."""
    table = plan.table
    file = table.files[row]
    path = plan.folder / file
    if not file:
        raise TrainingError("no file in the table")
    if not np.isfinite(table.labels[row]).any():
        raise TrainingError("no label (empty, NaN or -9999)")
    if not _is_there(path):
        raise TrainingError("not there")
    try:
        digest = hash_of(path)
    except OSError as error:
        raise TrainingError(f"not readable: {os.strerror(error.errno or 0)}") from error
    first = found.hashes.setdefault(digest, row)
    if first != row:
        same = np.array_equal(table.labels[first], table.labels[row], equal_nan=True)
        raise TrainingError("in the table twice" if same else "in the table twice, with different labels")
    spectra = read_files([path])
    if len(spectra) != 1:
        raise TrainingError("several spectra in one file")
    spectrum = spectra[0]
    if plan.chain is not None:
        spectrum = _through(plan.chain, spectrum)
    if plan.model is not None and window_overlap(spectrum, plan.model.card) < MIN_COVERAGE:
        low, high = plan.model.window_aa
        raise TrainingError(f"nothing in {low:.0f}-{high:.0f} Å")
    return spectrum


def _through(chain: Chain, spectrum: AnySpectrum) -> AnySpectrum:
    run = chain.run(spectrum)
    if run.error is not None:
        title = chain.steps[len(run.results)].stage.title
        raise TrainingError(f"failed in the stage {title}: {first_sentence(run.error.message)}")
    return run.output


def _checked(plan: DataPlan, found: _Found) -> tuple[DataCheck, NDArray[np.int64], NDArray[np.int64]]:
    """Return the check, the star of each used spectrum, and the rows of the table that are used."""
    if not found.rows:
        problems = [Problem(what, tuple(files)) for what, files in found.problems.items()]
        said = problems[0].sentence if problems else "The table has no rows."
        raise TrainingError(f"No spectrum of {plan.table.name} can be used. {said}")
    rows = np.array(found.rows, dtype=np.int64)
    stars = group_stars(plan.table)[rows]
    parts = split_by_star(stars, plan.seed, plan.shares)
    problems = [Problem(what, tuple(files)) for what, files in found.problems.items()]
    odd = odd_shapes([plan.table.files[row] for row in rows], found.shapes, plan.same_shape)
    problems += [odd] if odd is not None else []
    remarks = [*plan.table.columns.remarks, snr_words(np.array(found.snr))]
    if len(np.unique(stars)) < 3:
        remarks.append("With fewer than three stars nothing can be held out: no error can be measured.")
    ranges = {} if plan.model is None else dict(plan.model.card.label_ranges)
    check = DataCheck(
        len(plan.table),
        plan.table.label_names,
        plan.table.labels[rows],
        parts,
        len(np.unique(stars)),
        count_leaks(stars, parts),
        ranges,
        tuple(problems),
        tuple(remarks),
    )
    return check, stars, rows


def _about(plan: DataPlan, check: DataCheck) -> dict[str, Any]:
    chain = {"title": NO_CHAIN, "hash": ""}
    if plan.chain is not None:
        chain = {"title": plan.chain.title, "hash": plan.chain.hash}
    return {
        "table": plan.table.name,
        "columns": dict(plan.table.columns.names),
        "chain": chain,
        "seed": plan.seed,
        "shares": list(plan.shares),
        "n_rows": check.n_rows,
        "n_spectra": check.n_used,
        "n_stars": check.n_stars,
        "problems": [problem.sentence for problem in check.problems],
    }


def _rows_of(
    plan: DataPlan, found: _Found, check: DataCheck, stars: NDArray[np.int64], rows: NDArray[np.int64]
) -> Mapping[str, Any]:
    table = plan.table
    columns: dict[str, Any] = {
        "file": [table.files[row] for row in rows],
        "star": stars,
        "part": list(check.parts),
        "resolving_power": table.resolving_power[rows],
        "snr": np.array(found.snr),
    }
    for i, name in enumerate(table.label_names):
        columns[name] = table.labels[rows, i]
        columns[f"e_{name}"] = table.errors[rows, i]
    return columns
