"""`ReportSettings`: what a page is asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

HOURS = 6.0


@dataclasses.dataclass(frozen=True)
class ReportSettings:
    """What a page is asked for.

    Attributes
    ----------
    paper : str
    folder : pathlib.Path
        That is written.
    models : pathlib.Path or None
        Folder of trained presets, each a model folder under its name ("paper-starnet-TGM"); None = they
        are trained into ``folder``.
    quick : bool
        Whether presets are trained for minutes only, and fewer spectra are judged.
    hours : float
        At most so long for a preset, in full.
    threads : int
        Of torch.
    seed : int
    """

    paper: str
    folder: Path
    models: Path | None = None
    quick: bool = False
    hours: float = HOURS
    threads: int = 2
    seed: int = 0

    @property
    def kind(self) -> str:
        """Of the run, as folders are called."""
        return "quick" if self.quick else "full"
