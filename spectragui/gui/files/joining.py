"""Arms of one exposure that were opened one by one: offer to join them into one spectrum."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from spectragui.core.errors import SettingsError
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.parameters.predicting import cancel_prediction
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
    offered: set[str] = set()
    for spectrum_id in ids:
        together = arms_that_belong_together(session.state, spectrum_id)
        if not together or spectrum_id in offered:
            continue
        offered |= {item.id for item in together}
        n_arms = sum(len(_arms(item.spectrum)) for item in together)
        session.notifications.info(
            f"{together[-1].file_name} is an arm of an exposure of which another one is open.",
            hint=f"The {n_arms} arms can be one spectrum.",
            button="Join",
            on_button=functools.partial(join, session, tuple(item.id for item in together)),
        )


def join(session: Session, ids: Sequence[str]) -> None:
    """Put one spectrum of all arms in the place of the first."""
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
    for item in items:
        cancel_prediction(session, item.id)
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
    results = tuple(result for result in state.results if result.spectrum_id not in ids)
    session.update(undo=f"Join {first.name}", spectra=spectra, results=results, selected_id=whole.id)


def _exposure(spectrum: AnySpectrum) -> str:
    return str(orders_of(spectrum)[0].meta.get("arm_of", ""))


def _arms(spectrum: AnySpectrum) -> tuple[str, ...]:
    return tuple(str(order.meta.get("arm", "")) for order in orders_of(spectrum))
