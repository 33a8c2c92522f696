"""`OrdersView`: what the Orders plot draws of an echelle spectrum."""

from __future__ import annotations

import dataclasses

from spectragui.core.spectrum import EchelleSpectrum
from spectragui.preprocessing.stage import StageCurve, StageResult


@dataclasses.dataclass(frozen=True, eq=False)
class OrdersView:
    """What is drawn.

    Attributes
    ----------
    key : str
        Of the spectrum: with another one the view starts anew.
    orders : EchelleSpectrum
        The input of the stage that stitches.
    result : StageResult or None
        What that stage gave; None where there is no such stage, or no result yet.
    excluded : tuple of int
        Indices of orders that are left out.
    cuts : dict of int to float
        Cuts that were set by hand: index of the bluer order -> wavelength [Angstrom].
    is_editable : bool
        Whether orders can be left out and cuts moved.
    blaze : tuple of StageCurve
        The blaze of each order as it was taken out, at the orders' level.
    """

    key: str
    orders: EchelleSpectrum
    result: StageResult | None = None
    excluded: tuple[int, ...] = ()
    cuts: dict[int, float] = dataclasses.field(default_factory=dict)
    is_editable: bool = False
    blaze: tuple[StageCurve, ...] = ()
