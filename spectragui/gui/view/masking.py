"""Paint masks: drag over pixels that are not to count, or are to count again."""

from __future__ import annotations

from spectragui.analysis.painted_mask import PaintedMask, n_masked
from spectragui.core.errors import MeasurementError
from spectragui.core.spectrum import orders_of
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.correcting import change_spectrum
from spectragui.gui.view.measuring import METHOD_WORDS

TOOLS = ("mask", "unmask")
TOOL_WORDS = {
    **{
        name: f"{words.capitalize()}: drag from continuum to continuum"
        for name, words in METHOD_WORDS.items()
    },
    "statistics": "S/N and statistics: drag over a region",
    "mask": "Drag over pixels to mask them",
    "unmask": "Drag over pixels to count them again",
}


def paint(session: Session, item: OpenSpectrum, start_aa: float, stop_aa: float, tool: str) -> None:
    """Mask or count pixels of an open spectrum; its results no longer hold and go."""
    change = PaintedMask(start_aa, stop_aa, is_masked=tool == "mask")
    result = change(item.spectrum)
    changed = abs(n_masked(result) - n_masked(item.spectrum))
    if result is item.spectrum:
        session.notifications.note("No pixel there changes.")
        return
    if all(not order.good.any() for order in orders_of(result)):
        session.notifications.failure(
            MeasurementError("That would mask every pixel of the spectrum.", "Paint a part of it.")
        )
        return
    word = "Mask" if tool == "mask" else "Count"
    change_spectrum(session, item.id, change, f"{word} {changed} pixel{'s' * (changed != 1)}")
    session.notifications.note(f"{item.name}: {result.meta['history'][-1]}")
