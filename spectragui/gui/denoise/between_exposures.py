"""Exposures of one star as they arrive: each is denoised, and they are added up."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spectragui.analysis.exposure_forecast import exposures_for_snr
from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.core.wording import counted
from spectragui.gui.denoise.denoising import denoise_many
from spectragui.gui.session.denoise_state import Night
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.derived import add_derived

if TYPE_CHECKING:
    from spectragui.analysis.coadd import Coadded

COADD_TASK = "exposures:coadd"


def take_exposures(session: Session, spectrum_ids: Sequence[str]) -> None:
    """Denoise spectra that arrived, and add them to the exposures of their star.

    The first exposure of another star begins anew; the sum of the one before stays in the tree.
    """
    for spectrum_id in spectrum_ids:
        item = session.state.spectrum(spectrum_id)
        if item is not None:
            session.update(night=_with_exposure(session.state.night, item))
    denoise_many(session, spectrum_ids, keeps=False)
    _add_up(session)


def exposures_of(state: AppState) -> tuple[OpenSpectrum, ...]:
    """Return the exposures so far that are still open."""
    ids = () if state.night is None else state.night.exposure_ids
    return tuple(item for item in state.spectra if item.id in ids)


def night_words(state: AppState) -> str:
    """Return what came so far: "Halo giant: 6 exposures, S/N 8.3 together, 3.4 each"."""
    night, items = state.night, exposures_of(state)
    if night is None or not items:
        return ""
    words = f"{night.star}: {counted(len(items), 'exposure')}"
    snr = snr_so_far(state)
    if math.isfinite(snr):
        words += f", S/N {snr:.1f} a pixel together" if len(items) > 1 else f", S/N {snr:.1f} a pixel"
    return f"{words}. {night.problem}".strip() if night.problem else f"{words}."


def forecast_words(state: AppState) -> str:
    """Return how many more exposures the wanted S/N needs, in words."""
    items, wanted = exposures_of(state), state.denoise.wanted_snr
    if not items:
        return ""
    needed = exposures_for_snr([item.snr for item in items], snr_so_far(state), wanted)
    if needed is None:
        return f"Nothing tells how many exposures S/N {wanted:g} needs."
    if needed == 0:
        return f"S/N {wanted:g} is reached."
    return f"{counted(needed, 'more exposure')} like these for S/N {wanted:g}."


def snr_so_far(state: AppState) -> float:
    """Return the signal-to-noise ratio of the sum so far, per pixel; NaN where it is not known."""
    items = exposures_of(state)
    if state.night is None or not items:
        return math.nan
    return items[0].snr if len(items) == 1 else state.night.snr


def run_coadd(spectra: tuple[AnySpectrum, ...], progress: Progress) -> Coadded:
    """Add exposures up in a worker."""
    from spectragui.analysis.coadd import coadd

    return coadd(spectra, progress=progress)


def _with_exposure(night: Night | None, item: OpenSpectrum) -> Night:
    star = str(item.spectrum.meta.get("object") or item.name)
    if night is None or night.star != star:
        return Night(star, (item.id,))
    return night.replace(exposure_ids=(*night.exposure_ids, item.id), problem="")


def _add_up(session: Session) -> None:
    items, night = exposures_of(session.state), session.state.night
    if night is None or len(items) < 2:
        return
    session.run(
        COADD_TASK,
        run_coadd,
        tuple(item.spectrum for item in items),
        title=f"Adding up {len(items)} exposures",
        on_done=functools.partial(_on_added_up, session, night.star, len(items)),
        on_failed=functools.partial(_on_failed, session, night.star),
    )


def _on_added_up(session: Session, star: str, n_exposures: int, made: Coadded) -> None:
    from spectragui.core.signal_to_noise import spectrum_snr

    night = session.state.night
    if night is None or night.star != star:
        return
    named = made.spectrum.with_meta(name=f"{star}, sum so far")
    undo, gesture, snr = f"Add up exposures of {star}", f"night {star}", spectrum_snr(named)
    old = session.state.spectrum(night.coadd_id)
    if old is None:
        coadd_id = add_derived(session, named, undo, gesture=gesture, is_selected=False, snr=snr)
    else:
        coadd_id = old.id
        fresh = old.replace(spectrum=named.with_meta(name=old.spectrum.name), snr=snr)
        spectra = tuple(fresh if one is old else one for one in session.state.spectra)
        session.update(undo=undo, gesture=gesture, spectra=spectra)
    session.update(night=night.replace(coadd_id=coadd_id, snr=snr, problem=""))
    denoise_many(session, (coadd_id,), keeps=False)
    session.notifications.note(f"{star}: {n_exposures} exposures added up, S/N {snr:.1f} a pixel.")


def _on_failed(session: Session, star: str, error: BaseException) -> None:
    """Say beside the numbers why the newest exposure is not in the sum."""
    night = session.state.night
    if isinstance(error, SpectraGUIError) and night is not None and night.star == star:
        session.update(night=night.replace(problem=f"The newest is not in the sum: {error.message}"))
