"""Which rows of the results belong to what is selected in the tree."""

from __future__ import annotations

from collections.abc import Sequence

from spectragui.gui.session.state import AppState, Result


def rows_to_select(
    state: AppState, shown: Sequence[Result], selected: Sequence[Result]
) -> tuple[str, ...] | None:
    """Return the ids of the results whose rows belong to the selected spectra; None = they are selected.

    The first is the marked one. A marked result of a spectrum that is not open stands alone.
    """
    shown_ids, now = {one.id for one in shown}, {one.id for one in selected}
    marked = state.result(state.selected_result_id)
    open_ids = {item.id for item in state.spectra}
    first = (marked.id,) if marked is not None and marked.id in shown_ids else ()
    if marked is not None and marked.spectrum_id not in open_ids:
        return None if first and first[0] in now else first
    newest = {one.spectrum_id: one.id for one in shown if one.spectrum_id in state.selected_ids}
    if marked is not None:
        newest.pop(marked.spectrum_id, None)
    spectra = {one.spectrum_id for one in selected if one.spectrum_id in open_ids}
    expected = {*newest, *((marked.spectrum_id,) if first and marked is not None else ())}
    if spectra == expected and set(first) <= now:
        return None
    return (*first, *newest.values())
