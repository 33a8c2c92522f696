"""Open catalogues: read in the background; where a column had to be guessed, the user is asked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.core.errors import CatalogueError, SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.gui.photometry.catalogues import add_catalogue, bands_seen, replace_catalogue
from spectragui.gui.photometry.column_mapping_dialog import ask_columns
from spectragui.gui.photometry.kept_mappings import remember, remembered
from spectragui.gui.photometry.predicting_catalogues import predict_catalogue
from spectragui.gui.session.session import Session

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable
    from spectragui.gui.session.photometry_state import OpenCatalogue
    from spectragui.io.catalogues import CatalogueMapping

Read = tuple["PhotometricTable", tuple[int, ...]]  # and the bands in which any object was observed
SAMPLED = 4  # values of a column that the dialog shows
CHOOSE = "Choose columns…"


def open_catalogues(
    session: Session,
    paths: Sequence[str | Path],
    mapping: CatalogueMapping | None = None,
    *,
    asks: bool = True,
    then_predicts: bool = False,
) -> None:
    """Read catalogues in the background and show them.

    Parameters
    ----------
    session : Session
    paths : sequence of path-like
    mapping : CatalogueMapping, optional
        What the user says of the columns; else what he said of the same columns before, else guessed.
    asks : bool
        Whether to ask where a column had to be guessed.
    then_predicts : bool
        Whether the catalogue is predicted when it is open.
    """
    for name in (str(Path(path).expanduser().absolute()) for path in paths):
        session.run(
            f"open-catalogue:{name}",
            read_in_worker,
            name,
            mapping,
            session.state.settings.catalogue_mappings,
            title=f"Opening {Path(name).name}",
            on_done=functools.partial(_on_read, session, name, mapping is not None, asks, then_predicts),
            on_failed=functools.partial(_on_failed, session, name, mapping),
        )


def read_in_worker(
    name: str, mapping: CatalogueMapping | None, told: tuple[str, ...], progress: Progress
) -> Read:
    """Read a catalogue in a worker, and which bands it has; ``told`` is what was said of columns before."""
    from spectragui.io.catalogues import read_catalogue
    from spectragui.io.catalogues.read_catalogue import read_raw

    progress(0.0, "Reading the columns")
    if mapping is None and told:
        mapping = remembered(told, list(read_raw(Path(name), only_head=True).columns))
    table = read_catalogue(name, mapping, progress=progress)
    return table, bands_seen(table)


def choose_columns(session: Session) -> None:
    """Show which column of the shown catalogue is what, and read it again as the user says."""
    shown = session.state.catalogue
    if shown is not None and shown.path and shown.table.mapping is not None:
        _ask_of(session, shown)


def _on_read(
    session: Session, name: str, is_told: bool, asks: bool, then_predicts: bool, found: Read
) -> None:
    table, seen_bands = found
    shown = add_catalogue(session, name, table, seen_bands, is_told=is_told)
    settings = session.state.settings.with_recent_file(name)
    if is_told and table.mapping is not None:
        settings = remember(settings, list(table.columns), table.mapping)
    session.update(settings=settings)
    was_guessed = table.mapping is not None and bool(table.mapping.remarks)
    if asks and was_guessed and not is_told:
        _ask_of(session, shown)
    if then_predicts:
        predict_catalogue(session)


def _ask_of(session: Session, shown: OpenCatalogue) -> None:
    from spectragui.io.catalogues import guess_mapping

    columns = list(shown.table.columns)
    ask_columns(
        shown.name,
        columns,
        shown.table.mapping,
        functools.partial(guess_mapping, columns),
        samples_of(shown.table.columns),
        shown.table.remarks,
        functools.partial(_on_columns_chosen, session, shown),
    )


def _on_columns_chosen(session: Session, shown: OpenCatalogue, mapping: CatalogueMapping) -> None:
    before = shown.table.mapping
    if dataclasses.replace(before, remarks=()) == mapping:
        if not shown.is_told and any(one.id == shown.id for one in session.state.catalogues):
            settings = remember(session.state.settings, list(shown.table.columns), mapping)
            session.update(settings=settings)
            now = next(one for one in session.state.catalogues if one.id == shown.id)
            replace_catalogue(session, now.replace(is_told=True), "")
        return
    open_catalogues(session, [shown.path], mapping)


def _on_failed(session: Session, name: str, mapping: CatalogueMapping | None, error: BaseException) -> None:
    """Say why a catalogue could not be read; the way to help is in the message."""
    if not isinstance(error, SpectraGUIError):
        return  # said by the session
    if not isinstance(error, CatalogueError) or "--" not in error.hint:
        session.notifications.failure(error)
        return
    session.notifications.add_failure(
        error.message,
        hint="Say which of its columns hold magnitudes, errors and redshifts.",
        details=error.details,
        button=CHOOSE,
        on_button=functools.partial(choose_columns_of_file, session, name, mapping),
    )


def choose_columns_of_file(session: Session, name: str, mapping: CatalogueMapping | None = None) -> None:
    """Read the names of a file's columns in the background, and ask what they are."""
    session.run(
        f"columns:{name}",
        look_at_columns,
        name,
        title=f"Reading the columns of {Path(name).name}",
        on_done=functools.partial(_on_columns_read, session, name, mapping),
    )


def look_at_columns(name: str, progress: Progress) -> tuple[list[str], dict[str, str]]:
    """Return the names of a file's columns, and a few values of each."""
    from spectragui.io.catalogues.read_catalogue import read_raw

    raw = read_raw(Path(name), progress=progress)
    return list(raw.columns), samples_of(raw.columns)


def _on_columns_read(
    session: Session,
    name: str,
    mapping: CatalogueMapping | None,
    found: tuple[list[str], dict[str, str]],
) -> None:
    from spectragui.io.catalogues import guess_mapping

    columns, samples = found
    guess = functools.partial(guess_mapping, columns)
    shown = mapping if mapping is not None else guess("")
    ask_columns(
        Path(name).name, columns, shown, guess, samples, shown.remarks,
        lambda told: open_catalogues(session, [name], told),
    )  # fmt: skip


def samples_of(columns: Mapping[str, Any]) -> dict[str, str]:
    """Return a few values of each column, in words."""
    found = {}
    for name, values in columns.items():
        first = np.asarray(values)[:SAMPLED]
        words = [f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value) for value in first]
        found[name] = ", ".join(words)
    return found
