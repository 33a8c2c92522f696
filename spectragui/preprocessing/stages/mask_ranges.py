"""Mask ranges of wavelength by hand."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.observer_frame import observer_factor
from spectragui.preprocessing.pixel_stage import PixelStage
from spectragui.preprocessing.stage import StageRegion, StageResult, register_stage

Ranges = tuple[tuple[float, float], ...]


def inside_ranges(wavelength_aa: FloatArray, ranges: Ranges) -> BoolArray:
    """Return which pixels lie in any of the ranges, limits included."""
    inside = np.zeros(wavelength_aa.shape, dtype=bool)
    for low, high in ranges:
        first, last = np.searchsorted(wavelength_aa, (min(low, high), max(low, high)))
        inside[first:last] = True
        if last < wavelength_aa.size and wavelength_aa[last] == max(low, high):
            inside[last] = True
    return inside


@register_stage("mask_ranges", priority=20)
@dataclasses.dataclass(frozen=True)
class MaskRanges(PixelStage):
    """Mask what lies in given ranges, or what lies outside them."""

    title = "Mask ranges"
    help = "Ignore ranges of wavelength that you give, in the spectrum's frame or the observer's."

    ranges: Ranges = param((), label="Ranges", unit="Å", kind="ranges", help="Ranges that are masked.")
    frame: str = param(
        "spectrum",
        label="Ranges are in",
        choices=("spectrum", "observer"),
        help="The frame of the spectrum, or the observer's, where tellurics and sky stand still.",
    )
    outside: bool = param(
        False, label="Mask outside", help="Mask what lies outside the ranges, and keep what is inside."
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order with the ranges masked."""
        factor: float | None = 1.0
        if self.frame == "observer":
            factor = observer_factor(order)
        if factor is None:
            raise StageError(
                "The velocity between the spectrum's frame and the observer's is not known.",
                "Give the ranges in the spectrum's frame, or correct the frame in the passport.",
            )
        ranges = tuple((low / factor, high / factor) for low, high in self.ranges)
        marked = inside_ranges(order.wavelength_aa, ranges)
        if self.outside and self.ranges:
            marked = ~marked
        first, last = order.wavelength_aa[[0, -1]]
        regions = tuple(
            StageRegion(
                max(min(pair), first), min(max(pair), last), "kept" if self.outside else "masked", index
            )
            for pair in ranges
            if max(pair) >= first and min(pair) <= last
        )
        return StageResult(order.replace(mask=order.mask | marked), regions=regions)
