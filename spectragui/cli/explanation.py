"""`predict --why`: what the labels of one spectrum rest on, written beside its row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectragui.cli.terminal import echo
from spectragui.core.errors import SpectraGUIError

if TYPE_CHECKING:
    from spectragui.inference.prediction import Prediction


class Explanation:
    """Writes why the first served spectrum has its labels; a failure is said, and its row stays.

    Parameters
    ----------
    path : pathlib.Path or None
        Figure or table; None = nothing is asked.
    device : str
        As the user asked for it.
    """

    def __init__(self, path: Path | None, device: str) -> None:
        self._path, self._device = path, device
        self._n_seen = 0
        self._complaint = ""

    def check(self, files: Sequence[Path], is_resumed: bool) -> None:
        """Refuse what cannot be written, before the work is done.

        Raises
        ------
        WriteError, click.UsageError
        """
        if self._path is None:
            return
        from spectragui.inference.parameters.why_output import check_why_path

        if is_resumed:
            raise click.UsageError("--why explains what is predicted now: leave out --resume.")
        check_why_path(self._path, files)

    def keep(self, prediction: Prediction) -> None:
        """Write the explanation of a prediction, the first that there is."""
        if self._path is None:
            return
        self._n_seen += 1
        if self._n_seen > 1:
            self._complaint = f"--why explains one spectrum: {self._path.name} is of the first."
            return
        from spectragui.inference.parameters.why import explain_prediction
        from spectragui.inference.parameters.why_output import write_why
        from spectragui.networks.device import choose_device

        try:
            found = explain_prediction(prediction, choose_device(self._device).name)
            write_why(found, self._path, str(prediction.row["object"] or prediction.row["file"]))
        except SpectraGUIError as error:
            self._complaint = f"{self._path.name} was not written: {error}"
        else:
            echo(f"wrote {self._path}", err=True)

    def is_done(self) -> bool:
        """Say what was not done; return whether all was."""
        if self._complaint:
            echo(self._complaint, err=True)
        return not self._complaint
