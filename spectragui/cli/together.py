"""`predict --together`: the arms of one star as one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from spectragui.cli.finished_rows import Files, FinishedRows, Outcome
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.told_spectra import changed
from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import part_of

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.inference.prediction import Prediction, PredictOptions
    from spectragui.io.reading.read_options import ReadOptions


def check_together(options: PredictOptions, *, is_explained: bool, is_resumed: bool) -> None:
    """Refuse what has no meaning for two arms.

    Raises
    ------
    click.UsageError
        With the first option that has none.
    SpectraGUIError
        If there is no model for two arms.
    """
    from spectragui.inference.together.predict_together import fused_model

    if options.resolving_power is not None or options.v_rad is not None:
        raise click.UsageError("--together: the arms differ in resolving power and velocity; tell neither.")
    if is_explained or is_resumed:
        raise click.UsageError("--together is one row: leave out --why, --robustness and --resume.")
    fused_model(options.model)


def predict_arms(
    files: Files,
    reading: ReadOptions,
    changes: Sequence[SpectrumChange],
    options: PredictOptions,
    outcome: Callable[[Prediction], Outcome],
    rows: FinishedRows,
) -> str:
    """Predict the star that all files are of, and put its row into ``rows``.

    Returns
    -------
    str
        A sentence where the user stopped it, else empty.

    Raises
    ------
    SpectraGUIError
        If a file cannot be read, or the files are not the arms of one star.
    """
    from spectragui.inference.together.predict_together import predict_together
    from spectragui.io.read import read_files

    rows.expect([files])
    try:
        with progress_bar("Reading") as progress:
            spectra = []
            for file in files:
                found = read_files([file], reading)
                if not found:
                    raise SpectraGUIError(f"{file.name}: the file holds no spectrum.")
                spectra.append(changed(found[0], changes))
            rows.add(0, 0, 1, outcome(predict_together(spectra, options, part_of(progress, 0.1, 1.0))))
    except KeyboardInterrupt:
        return "Stopped before the star was predicted."
    return ""
