"""What is open, selected and drawn: tree and table agree, and a selected spectrum is drawn."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from spectragui.gui.session.prediction_tasks import drop_prediction
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum, about_any

if TYPE_CHECKING:
    from spectragui.gui.plots.empty_place import EmptyPlace

DRAWN_TOGETHER = 4  # opened or selected at once that are all drawn; of more only one


def drawn_together(
    state: AppState,
    spectra: Sequence[OpenSpectrum],
    ids: Collection[str],
    *,
    swaps: bool = True,
    are_peeks: bool = True,
) -> dict[str, Any]:
    """Return the fields of the state with which some spectra are drawn; boxes that the user checked stay.

    Parameters
    ----------
    state : AppState
    spectra : sequence of OpenSpectrum
        All that will be open.
    ids : collection of str
        Those to be drawn.
    swaps : bool
        Whether a spectrum that is drawn alone gives way, whoever checked its box.
    are_peeks : bool
        Whether they are drawn only until others are selected.
    """
    visible = {item.id for item in spectra if item.is_visible}
    gone = set(state.peek_ids) | (visible if swaps and len(visible) <= 1 else set())
    gone = (gone & visible) - set(ids)
    fresh = set(ids) - visible
    drawn = tuple(
        item.replace(is_visible=item.id in fresh) if item.id in fresh | gone else item for item in spectra
    )
    peeks = fresh | (set(state.peek_ids) & set(ids)) if are_peeks else set()
    return {"spectra": drawn, "peek_ids": tuple(item.id for item in drawn if item.id in peeks)}


def select_spectrum(session: Session, spectrum_id: str) -> None:
    """Select one spectrum and draw it."""
    select_spectra(session, (spectrum_id,), spectrum_id)


def say_nothing_selected(place: EmptyPlace, session: Session, what_for: str) -> None:
    """Say that no spectrum is selected, and offer to select the first; ``what_for`` as "process it"."""
    first = next(iter(session.state.spectra), None)
    text = f"Select a spectrum in the tree to {what_for}."
    if first is None:
        place.say("No spectrum is selected", text)
    else:
        select = functools.partial(select_spectrum, session, first.id)
        place.say("No spectrum is selected", text, f"Select {first.name}", select)


def select_spectra(session: Session, ids: Sequence[str], current_id: str, result_id: str = "") -> None:
    """Select spectra; header, passport and Parameters are about one of them, which is drawn.

    A few that are selected together are all drawn.

    Parameters
    ----------
    session : Session
    ids : sequence of str
    current_id : str
        The one of them that is looked at.
    result_id : str
        The one of its results that is looked at; empty = the newest, or as it is.
    """
    state = session.state
    item = state.spectrum(current_id)
    ids = tuple(one.id for one in state.spectra if one.id in ids)
    if item is None:
        return
    changes: dict[str, Any] = {"selected_result_id": result_id} if result_id else {}
    if (state.selected_id, state.selected_ids) != (current_id, ids):
        changes |= {"selected_id": current_id, "selected_ids": ids, "options": about_any(state.options)}
    wanted = ids if len(ids) <= DRAWN_TOGETHER else (current_id,)
    if "selected_ids" in changes and not all(one.is_visible for one in state.spectra if one.id in wanted):
        changes |= drawn_together(state, state.spectra, wanted)
    session.update(**changes)


def select_results(session: Session, result_ids: Sequence[str], current_id: str) -> None:
    """Select the spectra of some results, where they are open, and mark one of the results."""
    state = session.state
    current = state.result(current_id)
    if current is None:
        return
    if state.spectrum(current.spectrum_id) is None:
        session.update(selected_result_id=current_id)
        return
    found = (state.result(one) for one in result_ids)
    ids = [one.spectrum_id for one in found if one is not None]
    select_spectra(session, (*ids, current.spectrum_id), current.spectrum_id, current_id)


def select_result(session: Session, result_id: str) -> None:
    """Mark a result, and select its spectrum where that is open."""
    select_results(session, (result_id,), result_id)


def show_spectrum(session: Session, spectrum_id: str, is_visible: bool) -> None:
    """Draw a spectrum in the plots, or not, as its box says."""
    state = session.state
    item = state.spectrum(spectrum_id)
    if item is None or item.is_visible == is_visible:
        return
    spectra = tuple(
        other.replace(is_visible=is_visible) if other.id == spectrum_id else other for other in state.spectra
    )
    peek_ids = () if is_visible else tuple(one for one in state.peek_ids if one != spectrum_id)
    session.update(undo=f"{'Show' if is_visible else 'Hide'} {item.name}", spectra=spectra, peek_ids=peek_ids)


def show_only(session: Session, ids: Collection[str]) -> None:
    """Draw these spectra and no others."""
    state = session.state
    spectra = tuple(
        item if item.is_visible == (item.id in ids) else item.replace(is_visible=item.id in ids)
        for item in state.spectra
    )
    shown = [item for item in spectra if item.is_visible]
    if shown and any(a is not b for a, b in zip(spectra, state.spectra, strict=True)):
        name = shown[0].name if len(shown) == 1 else f"{len(shown)} spectra"
        session.update(undo=f"Show only {name}", spectra=spectra, peek_ids=())


def close_spectra(session: Session, spectrum_ids: Sequence[str]) -> None:
    """Take spectra from the tree; their results stay in the table."""
    state = session.state
    gone = [item for item in state.spectra if item.id in spectrum_ids]
    if not gone:
        return
    drop_prediction(session, [item.id for item in gone])
    spectra = tuple(item for item in state.spectra if item not in gone)
    changes: dict[str, Any] = {"spectra": spectra}
    if state.selected in gone:
        changes["selected_id"] = spectra[-1].id if spectra else ""
        if spectra and not spectra[-1].is_visible:
            changes |= drawn_together(state, spectra, (spectra[-1].id,), swaps=False)
    name = gone[0].name if len(gone) == 1 else f"{len(gone)} spectra"
    session.update(undo=f"Close {name}", **changes)


def rename_spectrum(session: Session, spectrum_id: str, label: str) -> None:
    """Call a spectrum as the user does; empty = by its object or file again."""
    state, label = session.state, label.strip()
    item = state.spectrum(spectrum_id)
    if item is None or label in (item.label, item.name):
        return
    spectra = tuple(one.replace(label=label) if one is item else one for one in state.spectra)
    session.update(undo=f"Rename {item.name}", spectra=spectra)


def move_spectra(session: Session, spectrum_ids: Sequence[str], before_id: str) -> None:
    """Put spectra before another one in the tree (at the end where ``before_id`` is empty)."""
    state = session.state
    moved = [item for item in state.spectra if item.id in spectrum_ids]
    rest = [item for item in state.spectra if item.id not in spectrum_ids]
    at = next((i for i, item in enumerate(rest) if item.id == before_id), len(rest))
    spectra = (*rest[:at], *moved, *rest[at:])
    if moved and any(a is not b for a, b in zip(spectra, state.spectra, strict=True)):
        session.update(undo=f"Move {moved[0].name}", spectra=spectra)
