"""A data set of spectra that are made: simulated stars, or model files as an instrument sees them."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectrum import Spectrum
from spectragui.io.writers import write_spectrum
from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set
from spectragui.training.data_sets.data_check import DataCheck
from spectragui.training.data_sets.label_table import LabelColumns, LabelTable


@dataclasses.dataclass(frozen=True, eq=False)
class MadeSpectrum:
    """One spectrum with its labels.

    Attributes
    ----------
    name : str
        Of its star, and of the file.
    labels : mapping of str to float
    spectrum : Spectrum
    """

    name: str
    labels: Mapping[str, float]
    spectrum: Spectrum


def made_table(name: str, files: Sequence[str], labels: Sequence[Mapping[str, float]]) -> LabelTable:
    """Return the table of labels of spectra that are each a star of its own.

    Raises
    ------
    TrainingError
        If none has a label.
    """
    names = tuple(label for label in PARAMETER_LABELS if any(label in row for row in labels))
    if not names:
        raise TrainingError(f"No spectrum of {name} has a label.", f"Known: {', '.join(PARAMETER_LABELS)}.")
    values = np.array([[row.get(label, np.nan) for label in names] for row in labels])
    nothing: NDArray[np.float64] = np.full(len(files), np.nan)
    empty = ("",) * len(files)
    return LabelTable(
        name, LabelColumns({label: label for label in names}), tuple(files), tuple(files), empty,
        nothing, nothing, nothing, values, np.full(values.shape, np.nan),
    )  # fmt: skip


def build_made_set(
    name: str,
    spectra: Iterator[MadeSpectrum],
    n_spectra: int,
    plan: DataPlan,
    output: Path | None,
    progress: Progress = no_progress,
) -> DataCheck:
    """Check, split and pack spectra that are made one after the other.

    Parameters
    ----------
    name : str
        What the set says its table is.
    spectra : iterator of MadeSpectrum
    n_spectra : int
        About how many, for the progress.
    plan : DataPlan
        Its folder and table are not looked at.
    output : pathlib.Path or None
        The file, ending in .zip; None = only check.
    progress : Progress
        May raise `Cancelled`.

    Raises
    ------
    TrainingError
        If no spectrum can be used.
    """
    files: list[str] = []
    labels: list[Mapping[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for made in spectra:
            progress(0.5 * len(files) / max(n_spectra, 1), made.name)
            file = f"{len(files):06d}.fits"
            write_spectrum(made.spectrum, Path(folder) / file)
            files.append(file)
            labels.append(made.labels)
        table = made_table(name, files, labels)
        made_plan = dataclasses.replace(plan, folder=Path(folder), table=table)
        return build_data_set(made_plan, output, part_of(progress, 0.5, 1.0))
