"""Everything that one session left on the disk, as far as it can be read."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.recovery.kept_catalogues import FILE as CATALOGUES
from spectragui.gui.recovery.kept_catalogues import read_catalogues
from spectragui.gui.recovery.kept_chains import CHAINS, KeptChain, read_chains
from spectragui.gui.recovery.kept_files import Kept, checked
from spectragui.gui.recovery.kept_json import is_damaged, read_list
from spectragui.gui.recovery.kept_measurements import FILE as MEASUREMENTS
from spectragui.gui.recovery.kept_measurements import read_measurements
from spectragui.gui.recovery.kept_spectra import INDEX, KeptSpectrum, list_kept_spectra

FILES, RESULTS = "files.json", "results.sqlite"


@dataclasses.dataclass(frozen=True)
class KeptSession:
    """What a session left.

    Attributes
    ----------
    folder : pathlib.Path
    files, rows, chains, spectra, measurements, catalogues : sequence
        Of what was open, predicted, chained, changed and measured.
    is_damaged : bool
        Whether there is more that could not be read.
    """

    folder: Path
    files: Sequence[Kept] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    chains: Sequence[KeptChain] = ()
    spectra: Sequence[KeptSpectrum] = ()
    measurements: Sequence[Mapping[str, Any]] = ()
    catalogues: Sequence[Mapping[str, Any]] = ()
    is_damaged: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it can be restored."""
        return not (self.files or self.rows or self.spectra or self.measurements or self.catalogues)


def read_session(folder: Path) -> KeptSession:
    """Return what the folder of a session holds; a part that is damaged costs nothing but itself."""
    rows, is_whole = _read_rows(folder / RESULTS)
    is_whole &= not any(
        is_damaged(folder / name) for name in (FILES, CHAINS, INDEX, MEASUREMENTS, CATALOGUES)
    )
    return KeptSession(
        folder,
        checked(read_list(folder / FILES)),
        rows,
        read_chains(folder),
        list_kept_spectra(folder),
        read_measurements(folder),
        read_catalogues(folder),
        not is_whole,
    )


def _read_rows(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows that can be read, and whether these are all."""
    from spectragui.io.tables.results_store import ResultsStore

    if not os.path.lexists(path):
        return [], True
    try:
        store = ResultsStore(path)
    except SpectraGUIError:
        return [], False
    try:
        rows = [dict(row) for _, row in store.rows()]
        return rows, not (store.was_damaged or store.n_damaged)
    except SpectraGUIError:
        return [], False
    finally:
        store.close()
