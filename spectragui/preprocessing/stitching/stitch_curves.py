"""What is drawn of a stitching: weights, residuals in the overlaps, overlaps and cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.preprocessing.stage import StageCurve, StageRegion
from spectragui.preprocessing.stitching.level_match import Levels
from spectragui.preprocessing.stitching.order_joining import Joint, weight_share
from spectragui.preprocessing.stitching.order_overlap import Overlap
from spectragui.preprocessing.stitching.order_pixels import OrderPixels


def weight_curves(orders: Sequence[OrderPixels], joints: Sequence[Joint], method: str) -> list[StageCurve]:
    """Return each order's part of the total weight."""
    curves = []
    for number, order in enumerate(orders):
        wavelength, share = weight_share(number, orders, joints, method)
        curves.append(StageCurve(f"weight of order {order.index}", "weight", order.index, wavelength, share))
    return curves


def residual_curves(overlaps: Sequence[Overlap | None], levels: Levels) -> dict[int, StageCurve]:
    """Return the residual of each overlap, by the number of its bluer order among those stitched."""
    curves = {}
    for number, overlap in enumerate(overlaps):
        if overlap is None:
            continue
        wavelength = overlap.bluer.wavelength_aa[overlap.pixels]
        factors = levels.factor(number, wavelength), levels.factor(number + 1, wavelength)
        name = f"order {overlap.redder.index} minus order {overlap.bluer.index}"
        values = overlap.difference_sigma(*factors)
        curves[number] = StageCurve(name, "residual", overlap.bluer.index, wavelength, values)
    return curves


def region_marks(
    overlaps: Sequence[Overlap | None], joints: Sequence[Joint], residuals: dict[int, StageCurve]
) -> tuple[StageRegion, ...]:
    """Return the overlaps, with their residual in words, and the cuts."""
    regions = []
    for number, (overlap, joint) in enumerate(zip(overlaps, joints, strict=True)):
        if overlap is None:
            continue
        index, values = overlap.bluer.index, residuals[number].values
        valid = values[np.isfinite(values)]
        text = "no pixel good in both"
        if valid.size:
            spread = MAD_TO_SIGMA * float(np.median(np.abs(valid - np.median(valid))))
            text = f"{valid.size} pixels: median {np.median(valid):+.2f} σ, scatter {spread:.2f} σ"
        regions.append(StageRegion(overlap.low_aa, overlap.high_aa, "overlap", index, text))
        kind = "hard" if joint.is_hard else "averaged"
        regions.append(StageRegion(joint.takeover_aa, joint.takeover_aa, "cut", index, kind))
    return tuple(regions)
