"""Spectra that were made here, not read: they come into the tree, what they were made of stays."""

from __future__ import annotations

from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.open_spectra import drawn_together


def add_derived(
    session: Session,
    spectrum: AnySpectrum,
    undo: str,
    *,
    is_selected: bool = True,
    gesture: str = "",
    snr: float | None = None,
) -> str:
    """Add a computed spectrum to the tree and show it; return its id.

    Parameters
    ----------
    session : Session
    spectrum : Spectrum or EchelleSpectrum
        Its ``meta["name"]`` says what it is called; a taken name gets a number.
    undo : str
        Name of the gesture in the history.
    is_selected : bool
        Whether it is selected, and shown alone where no overlay was; else it is drawn over the others.
    gesture : str
        Key of the gesture, where more follows that belongs to it.
    snr : float, optional
        Signal-to-noise ratio where the spectrum's own pixels do not tell it.
    """
    state = session.state
    taken = {item.name for item in state.spectra}
    named = spectrum.with_meta(name=free_name(spectrum.name, taken))
    told = spectrum_snr(named) if snr is None else snr
    item = OpenSpectrum(session.new_id("spectrum"), (), 0, named, snr=told)
    added = (*state.spectra, item.replace(is_visible=not is_selected))
    if is_selected:
        session.update(
            undo=undo, gesture=gesture, selected_id=item.id, **drawn_together(state, added, (item.id,))
        )
    else:
        session.update(undo=undo, gesture=gesture, spectra=added)
    return item.id


def free_name(name: str, taken: set[str]) -> str:
    """Return a name, with a number where it is taken."""
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate
