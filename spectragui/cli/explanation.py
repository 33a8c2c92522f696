"""`predict --why` and `--robustness`: what the labels of one spectrum rest on, and how far they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectragui.cli.terminal import echo
from spectragui.core.errors import SpectraGUIError

if TYPE_CHECKING:
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.prediction import Prediction, PredictOptions


class Explanation:
    """Writes why the first spectrum has its labels, and how far they hold; a failure is said, its row stays.

    Parameters
    ----------
    why, robustness : pathlib.Path or None
        Figures or tables; None = not asked for.
    """

    def __init__(self, why: Path | None, robustness: Path | None = None) -> None:
        self._why, self._robustness = why, robustness
        self._n_seen = 0
        self._complaint = ""

    def check(self, files: Sequence[Path], is_resumed: bool) -> None:
        """Refuse what cannot be written, before the work is done.

        Raises
        ------
        WriteError, click.UsageError
        """
        for path in self._wanted:
            from spectragui.inference.parameters.why_output import check_why_path

            if is_resumed:
                raise click.UsageError(
                    "--why and --robustness are about what is predicted now: leave out --resume."
                )
            check_why_path(path, files)

    @property
    def _wanted(self) -> list[Path]:
        return [path for path in (self._why, self._robustness) if path is not None]

    def keep(self, spectrum: AnySpectrum, prediction: Prediction, options: PredictOptions) -> None:
        """Write what is asked for of a prediction, the first that there is."""
        if not self._wanted:
            return
        self._n_seen += 1
        if self._n_seen > 1:
            self._complaint = f"One spectrum is explained: {self._wanted[0].name} is of the first."
            return
        if self._why is not None:
            self._write(self._why, lambda path: _write_why(prediction, options, path))
        if self._robustness is not None:
            self._write(self._robustness, lambda path: _write_robustness(spectrum, options, path))

    def _write(self, path: Path, write: Callable[[Path], None]) -> None:
        try:
            write(path)
        except SpectraGUIError as error:
            self._complaint = f"{path.name} was not written: {error}"
        else:
            echo(f"wrote {path}", err=True)

    def is_done(self) -> bool:
        """Say what was not done; return whether all was."""
        if self._complaint:
            echo(self._complaint, err=True)
        return not self._complaint


def _write_why(prediction: Prediction, options: PredictOptions, path: Path) -> None:
    from spectragui.inference.parameters.why import explain_prediction
    from spectragui.inference.parameters.why_output import write_why
    from spectragui.networks.device import choose_device

    found = explain_prediction(prediction, choose_device(options.device).name)
    write_why(found, path, str(prediction.row["object"] or prediction.row["file"]))


def _write_robustness(spectrum: AnySpectrum, options: PredictOptions, path: Path) -> None:
    from spectragui.inference.parameters.robustness import measure_robustness
    from spectragui.inference.parameters.robustness_output import write_robustness

    write_robustness(measure_robustness(spectrum, options), path)
