"""Trim: keep a range of wavelength, and cut pixels off the ends of each order."""

from __future__ import annotations

import dataclasses

from spectragui.core.errors import StageError
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.stage import OrderStage, StageResult, register_stage


@register_stage("trim", priority=10)
@dataclasses.dataclass(frozen=True)
class Trim(OrderStage):
    """Keep what lies between two wavelengths; orders left with nothing drop out."""

    title = "Trim"
    help = "Keep a range of wavelength, and cut pixels off the ends of each order."

    low_aa: float = param(0.0, label="From", unit="Å", minimum=0.0, help="Shortest wavelength kept; 0 = all.")
    high_aa: float = param(0.0, label="To", unit="Å", minimum=0.0, help="Longest wavelength kept; 0 = all.")
    edge_pixels: int = param(
        0, label="Edge pixels", minimum=0, maximum=2000, help="Pixels cut off at either end of each order."
    )

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the pixels of one order that are kept, uncertainty and mask with them."""
        wavelength = order.wavelength_aa
        kept = (wavelength >= self.low_aa) & (wavelength <= (self.high_aa or wavelength.max()))
        if self.edge_pixels:
            kept[: self.edge_pixels] = False
            kept[-self.edge_pixels :] = False
        if kept.sum() < 2:
            raise StageError(
                "Nothing is left after trimming.",
                f"The spectrum runs from {wavelength.min():.1f} to {wavelength.max():.1f} Å.",
            )
        return StageResult(order.select(kept))
