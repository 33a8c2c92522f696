"""What follows in the state from a change: the row of the table and the spectrum of the tree agree."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from spectragui.gui.session.state import AppState


def agreeing(state: AppState, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of the state with those that they entail.

    The marked result is one of the selected spectrum, or of a spectrum that is not open, or none;
    the spectra selected in the tree are open, and the selected one is among them; what was denoised is open;
    the shown catalogue is open, and the marked object is in it.
    """
    new = dict(changes)
    after = dataclasses.replace(state, **changes)
    marked = after.result(after.selected_result_id)
    is_gone = marked is None and bool(after.selected_result_id)
    is_open = marked is not None and after.spectrum(marked.spectrum_id) is not None
    if marked is not None and is_open and marked.spectrum_id != after.selected_id:
        if "selected_result_id" in changes and "selected_id" not in changes:
            new["selected_id"] = marked.spectrum_id
        else:
            new["selected_result_id"] = _newest(after)
    elif not is_open and (after.selected_id != state.selected_id or is_gone):
        new["selected_result_id"] = _newest(after)
    _add_selection(state, new)
    if "spectra" in changes:
        _drop_denoisings(state, new)
    _add_catalogue(state, new)
    return {name: value for name, value in new.items() if getattr(state, name) is not value}


def _newest(state: AppState) -> str:
    result = state.result_of(state.selected_id)
    return "" if result is None else result.id


def _drop_denoisings(state: AppState, changes: dict[str, Any]) -> None:
    """Forget what was denoised of spectra that are open no more."""
    known = {item.id for item in changes["spectra"]}
    denoisings = changes.get("denoisings", state.denoisings)
    kept = tuple(item for item in denoisings if item.spectrum_id in known)
    if len(kept) < len(denoisings):
        changes["denoisings"] = kept


def _add_catalogue(state: AppState, changes: dict[str, Any]) -> None:
    """Show a catalogue that is open, and mark an object that is in it."""
    if not {"catalogues", "catalogue_id", "catalogue_row"} & set(changes):
        return
    catalogues = changes.get("catalogues", state.catalogues)
    shown = changes.get("catalogue_id", state.catalogue_id)
    if all(item.id != shown for item in catalogues):
        shown = catalogues[-1].id if catalogues else ""
    row = changes.get("catalogue_row", state.catalogue_row if shown == state.catalogue_id else -1)
    n_rows = next((len(item.table) for item in catalogues if item.id == shown), 0)
    row = row if 0 <= row < n_rows else min(0, n_rows - 1)
    changes["catalogue_id"] = state.catalogue_id if shown == state.catalogue_id else shown
    changes["catalogue_row"] = state.catalogue_row if row == state.catalogue_row else row


def _add_selection(state: AppState, changes: dict[str, Any]) -> None:
    selected = changes.get("selected_id", state.selected_id)
    wanted = changes.get("selected_ids", state.selected_ids)
    if selected != state.selected_id and "selected_ids" not in changes:
        wanted = ()
    if "spectra" in changes or wanted is not state.selected_ids:
        known = {item.id for item in changes.get("spectra", state.spectra)}
        wanted = tuple(one for one in wanted if one in known)
    if selected and selected not in wanted:
        wanted = (selected,)
    if wanted != state.selected_ids:
        changes["selected_ids"] = wanted
    else:
        changes.pop("selected_ids", None)
