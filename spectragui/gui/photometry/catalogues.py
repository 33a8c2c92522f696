"""Open catalogues: put them into the state, take them out, say which object is marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spectragui.core.errors import SettingsError
from spectragui.core.wording import counted
from spectragui.gui.session.photometry_state import OpenCatalogue
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.command_lines import copy_command

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable
    from spectragui.io.catalogues import CatalogueMapping

PANEL = "Photometry"


def has_catalogue(state: AppState) -> bool:
    """Whether a catalogue is shown."""
    return state.catalogue is not None


def has_predictions(state: AppState) -> bool:
    """Whether the shown catalogue was predicted."""
    return state.catalogue is not None and state.catalogue.result is not None


def has_file(state: AppState) -> bool:
    """Whether the shown catalogue is of a file."""
    return state.catalogue is not None and bool(state.catalogue.path)


def bands_seen(table: PhotometricTable) -> tuple[int, ...]:
    """Return the places of the bands in which any object was observed; of a large table in a worker."""
    seen = [
        band
        for band in range(len(table.band_set))
        if np.isfinite(table.magnitudes[:, band]).any() or np.isfinite(table.limits[:, band]).any()
    ]
    return tuple(seen)


def add_catalogue(
    session: Session,
    path: str,
    table: PhotometricTable,
    seen_bands: tuple[int, ...],
    *,
    text: str = "",
    is_told: bool = False,
) -> OpenCatalogue:
    """Show a catalogue that was read; one that is open already is put in its place."""
    state = session.state
    old = next((one for one in state.catalogues if one.path == path and (path or one.text)), None)
    if old is not None and not is_told and _is_the_same(old.table, table):
        session.notifications.note(f"{old.name} is open already.")
        session.update(catalogue_id=old.id, active_panel=PANEL)
        return old
    fresh = OpenCatalogue(
        old.id if old is not None else session.new_id("catalogue"),
        path,
        table,
        text=text,
        is_told=is_told,
        seen_bands=seen_bands,
    )
    if old is None:
        catalogues, undo = (*state.catalogues, fresh), f"Open {fresh.name}"
    else:
        catalogues = tuple(fresh if one is old else one for one in state.catalogues)
        undo = f"Read {fresh.name} again" if path else "Type objects"
    session.update(
        undo=undo,
        catalogues=catalogues,
        catalogue_id=fresh.id,
        catalogue_row=0,
        photometry=state.photometry.replace(filter=""),
        active_panel=PANEL,
    )
    bands = f"{len(seen_bands)} of {len(table.band_set)} bands"
    session.notifications.note(f"{fresh.name}: {counted(len(table), 'object')}, {bands}.")
    return fresh


def _is_the_same(old: PhotometricTable, new: PhotometricTable) -> bool:
    """Whether a file was read a second time, and alike: its predictions stand."""
    return bool(old.file_sha256) and old.file_sha256 == new.file_sha256 and old.mapping == new.mapping


def replace_catalogue(session: Session, fresh: OpenCatalogue, undo: str) -> None:
    """Put a changed catalogue in the place of the one with its id."""
    catalogues = tuple(fresh if one.id == fresh.id else one for one in session.state.catalogues)
    session.update(undo=undo, catalogues=catalogues)


def show_catalogue(session: Session, catalogue_id: str) -> None:
    """Show another of the open catalogues."""
    photometry = session.state.photometry.replace(filter="")
    session.update(catalogue_id=catalogue_id, catalogue_row=0, photometry=photometry)


def close_catalogue(session: Session) -> None:
    """Close the shown catalogue; Undo brings it back."""
    shown = session.state.catalogue
    if shown is None:
        return
    kept = tuple(one for one in session.state.catalogues if one is not shown)
    photometry = session.state.photometry.replace(filter="")
    session.update(undo=f"Close {shown.name}", catalogues=kept, photometry=photometry)


def mark_object(session: Session, row: int) -> None:
    """Mark an object of the shown catalogue by its place in the file."""
    session.update(catalogue_row=row)


def catalogue_words(session: Session) -> list[str]:
    """Return the command that predicts the shown catalogue alike, as words.

    Raises
    ------
    SettingsError
        If none is shown, or its objects were typed.
    """
    shown = session.state.catalogue
    if shown is None:
        raise SettingsError("No catalogue is open.", "Open one (Ctrl+O).")
    if not shown.path:
        raise SettingsError(
            "These objects were typed: no file holds them, so no command can read them.",
            "Export them first, and open that file.",
        )
    words = ["photometry", shown.path, *mapping_words(shown.table)]
    if session.state.photometry.model:
        words += ["--model", session.state.photometry.model]
    if session.state.settings.device != "auto":
        words += ["--device", session.state.settings.device]
    return [*words, "-o", f"{shown.name.split('.')[0]}_photometry.ecsv"]


def copy_catalogue_command(session: Session) -> None:
    """Put the command that predicts the shown catalogue into the clipboard."""
    copy_command(session, lambda: catalogue_words(session))


def mapping_words(table: PhotometricTable) -> list[str]:
    """Return what has to be said of a catalogue's columns beyond what their names say, as words."""
    from spectragui.io.catalogues import guess_mapping

    told: CatalogueMapping | None = table.mapping
    if told is None:
        return []
    guess = guess_mapping(list(table.columns))
    words: list[str] = []
    if told.band_set != guess.band_set:
        words += ["--bands", told.band_set]
        guess = guess_mapping(list(table.columns), told.band_set)
    for role in dict.fromkeys((*told.columns, *guess.columns)):
        if told.columns.get(role, "") != guess.columns.get(role, ""):
            words += ["--column", f"{role}={told.columns.get(role, '')}"]
    if told.kind == "fluxes" and told.flux_unit:
        words += ["--flux-unit", told.flux_unit]
    if told.mass_scale:
        words += ["--mass-scale", told.mass_scale]
    return words


def catalogue_files(catalogues: Sequence[OpenCatalogue]) -> list[str]:
    """Return the files of open catalogues: what must not be written over."""
    return [one.path for one in catalogues if one.path]
