"""Paint masks: drag over pixels that are not to count, or are to count again."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from spectragui.core.errors import MeasurementError
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.correcting import change_spectrum
from spectragui.gui.measuring import METHOD_WORDS
from spectragui.gui.region_tools import is_tool, use_tool
from spectragui.gui.session import Session
from spectragui.gui.state import OpenSpectrum

if TYPE_CHECKING:
    pass

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


def painted(spectrum: AnySpectrum, start_aa: float, stop_aa: float, is_masked: bool) -> AnySpectrum:
    """Return the spectrum with pixels between two wavelengths masked, or counted again.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        All of its orders are painted.
    start_aa, stop_aa : float
        In its own medium and frame [Angstrom].
    is_masked : bool
        False counts pixels again; those without a flux or an error stay masked.
    """
    if isinstance(spectrum, EchelleSpectrum):
        orders = tuple(_painted_order(order, start_aa, stop_aa, is_masked) for order in spectrum.orders)
        result: AnySpectrum = spectrum.replace(orders=orders)
    else:
        result = _painted_order(spectrum, start_aa, stop_aa, is_masked)
    changed = _n_masked(result) - _n_masked(spectrum)
    if changed == 0:
        return spectrum
    word = "masked" if changed > 0 else "counted again"
    line = f"{abs(changed)} pixels {word} by hand, {start_aa:.2f} to {stop_aa:.2f} A."
    return result.with_meta(history=(*result.meta.get("history", ()), line))


def paint(session: Session, item: OpenSpectrum, start_aa: float, stop_aa: float, tool: str) -> None:
    """Mask or count pixels of an open spectrum; its results no longer hold and go."""
    change = functools.partial(painted, start_aa=start_aa, stop_aa=stop_aa, is_masked=tool == "mask")
    result = change(item.spectrum)
    changed = abs(_n_masked(result) - _n_masked(item.spectrum))
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


def _painted_order(order: Spectrum, start_aa: float, stop_aa: float, is_masked: bool) -> Spectrum:
    wavelength = order.wavelength_aa if order.spectral_axis.unit != "pixel" else order.spectral_axis.values
    inside = (wavelength >= min(start_aa, stop_aa)) & (wavelength <= max(start_aa, stop_aa))
    if not inside.any():
        return order
    assert order.mask is not None
    return order.replace(mask=order.mask | inside if is_masked else order.mask & ~inside)


def _n_masked(spectrum: AnySpectrum) -> int:
    return sum(int(np.count_nonzero(~order.good)) for order in orders_of(spectrum))


for _tool, _text, _key, _icon, _tip in (
    ("mask", "&Mask pixels", "M", "mdi6.brush", "Pixels that are not to count; kept, and written as MASK"),
    ("unmask", "&Count pixels again", "U", "mdi6.eraser", "Pixels that count again"),
):
    register_action(
        Action(
            f"view.{_tool}",
            _text,
            functools.partial(use_tool, tool=_tool),
            menu="Spectrum",
            icon=_icon,
            shortcut=_key,
            tip=f"{_tip}: the selected region, or drag one (Esc ends)",
            is_enabled=has_selection,
            group=6,
            is_checked=functools.partial(is_tool, tool=_tool),
        )
    )
MASK_ACTIONS = ("view.mask", "view.unmask")
