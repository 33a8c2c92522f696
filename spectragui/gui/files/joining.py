"""Arms of one exposure that were opened one by one: offer to join them into one spectrum."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from spectragui.core.errors import SettingsError
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.prediction_tasks import drop_prediction
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum


def arms_that_belong_together(state: AppState, spectrum_id: str) -> tuple[OpenSpectrum, ...]:
    """Return the open spectra that are arms of the same exposure as one of them; it included."""
    item = state.spectrum(spectrum_id)
    exposure = "" if item is None else _exposure(item.spectrum)
    found = [other for other in state.spectra if exposure and _exposure(other.spectrum) == exposure]
    arms = [arm for other in found for arm in _arms(other.spectrum)]
    return tuple(found) if len(found) > 1 and len(set(arms)) == len(arms) else ()


def offer_to_join(session: Session, ids: Sequence[str]) -> None:
    """Offer to join arms of one exposure, if some of these spectra are such."""
    arms = [one for one in ids if arms_that_belong_together(session.state, one)]
    if arms:
        session.notifications.offer("join", arms, functools.partial(_offer, session))


def _offer(session: Session, ids: tuple[str, ...]) -> Offer:
    exposures = _exposures(session.state, ids)
    n_arms = sum(len(_arms(item.spectrum)) for items in exposures for item in items)
    if len(exposures) == 1:
        text = f"{exposures[0][-1].file_name} is an arm of an exposure of which another one is open."
        hint = f"The {n_arms} arms can be one spectrum."
    else:
        text = f"Arms of {len(exposures)} exposures are open one by one."
        hint = f"The {n_arms} arms can be {len(exposures)} spectra."
    return Offer(text, hint, "Join", functools.partial(_join_all, session, ids))


def _exposures(state: AppState, ids: Sequence[str]) -> list[tuple[OpenSpectrum, ...]]:
    """Return the open arms that belong together, exposure by exposure."""
    groups = [arms_that_belong_together(state, one) for one in ids]
    return list({tuple(item.id for item in group): group for group in groups if group}.values())


def _join_all(session: Session, ids: Sequence[str]) -> None:
    for items in _exposures(session.state, ids):
        join(session, tuple(item.id for item in items))


def join(session: Session, ids: Sequence[str]) -> None:
    """Put one spectrum of all arms in the place of the first; the arms' own results stay, as when closed."""
    from spectragui.core.signal_to_noise import spectrum_snr
    from spectragui.io.reading.arms import join_arms

    state = session.state
    items = [item for item in state.spectra if item.id in ids]
    joined = join_arms([arm for item in items for arm in orders_of(item.spectrum)])
    if len(items) < 2 or len(joined) != 1:  # one was closed meanwhile
        return
    if any(item.changes != items[0].changes for item in items):
        session.notifications.failure(
            SettingsError(
                "The arms were corrected differently: as one spectrum they could not be read again.",
                "Correct all of them alike, or undo, and open them together.",
            )
        )
        return
    drop_prediction(session, ids)
    first = items[0]
    whole = first.replace(
        id=session.new_id("spectrum"),
        files=tuple(str(name) for name in joined[0].meta["files"]),
        index=0,
        spectrum=joined[0],
        snr=spectrum_snr(joined[0]),
        is_visible=any(item.is_visible for item in items),
        changes=first.changes,
    )
    spectra = tuple(
        whole if item is first else item for item in state.spectra if item is first or item not in items
    )
    session.update(undo=f"Join {first.name}", spectra=spectra, selected_id=whole.id)


def _exposure(spectrum: AnySpectrum) -> str:
    return str(orders_of(spectrum)[0].meta.get("arm_of", ""))


def _arms(spectrum: AnySpectrum) -> tuple[str, ...]:
    return tuple(str(order.meta.get("arm", "")) for order in orders_of(spectrum))
