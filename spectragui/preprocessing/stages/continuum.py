"""Find the continuum, and divide by it or subtract it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import AnySpectrum, Spectrum
from spectragui.preprocessing.envelope.blocks import Blocks, average_blocks, flat_shape, no_blocks
from spectragui.preprocessing.envelope.broad_lines import near_broad_lines
from spectragui.preprocessing.envelope.methods import CONTINUUM_METHODS, ContinuumOptions
from spectragui.preprocessing.envelope.order_shape import (
    KEY,
    bright_pixels,
    with_order_shapes,
    without_order_shapes,
)
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageCurve, StageResult, register_stage
from spectragui.preprocessing.stages.mask_ranges import Ranges, inside_ranges

LEAST_LEVEL = 1e-4  # of the highest continuum: dividing by less makes no sense
WIDTH_PER_ORDER = 0.7
FOUND = ("alpha shape", "chebyshev", "polynomial", "spline", "smooth and subtract")  # not drawn by hand


@register_stage("continuum", priority=80)
@dataclasses.dataclass(frozen=True)
class Continuum(PixelStage):
    """Find the continuum of each order; keep it as a curve; divide by it or subtract it."""

    title = "Continuum"
    help = "Find the continuum by one of several ways, or draw it through points, and divide by it."

    method: str = param(
        "alpha shape",
        label="Way",
        choices=(*FOUND, "points"),
        help="A wheel rolled over the spectrum; a clipped series or spline; the cycle of smoothing and "
        "subtracting; or a curve through your points.",
    )
    operation: str = param(
        "divide", label="Then", choices=("divide", "subtract"), help="Divide by the continuum or subtract it."
    )
    width_aa: float = param(
        0.0,
        label="Stiffness",
        unit="Å",
        minimum=0.0,
        maximum=2000.0,
        step=5.0,
        help="Radius of the wheel, or distance of the spline's knots: broader lines do not bend the "
        "continuum. 0 = by the length of the order.",
        used_if=("method", ("alpha shape", "spline", "smooth and subtract")),
    )
    degree: int = param(
        5,
        label="Degree",
        minimum=0,
        maximum=20,
        step=1,
        help="Of the polynomial or Chebyshev series.",
        used_if=("method", ("chebyshev", "polynomial", "smooth and subtract")),
    )
    low_sigma: float = param(
        1.5,
        label="Clip below",
        unit="sigma",
        minimum=0.1,
        maximum=10.0,
        step=0.1,
        help="Pixels further below the fit are lines and left out.",
        used_if=("method", ("chebyshev", "polynomial", "spline", "smooth and subtract")),
    )
    high_sigma: float = param(
        3.0,
        label="Clip above",
        unit="sigma",
        minimum=0.5,
        maximum=20.0,
        step=0.1,
        help="Pixels further above the fit are emission or hits and left out.",
        used_if=("method", FOUND),
    )
    cycles: int = param(
        3,
        label="Cycles",
        minimum=1,
        maximum=10,
        step=1,
        help="Of smoothing and subtracting.",
        used_if=("method", ("smooth and subtract",)),
    )
    broad_lines: bool = param(
        True,
        label="Leave out broad lines",
        help="Leave out Balmer lines, Ca II, Mg I b, Na I D and the A and B bands of oxygen.",
        used_if=("method", FOUND),
    )
    common_shape: bool = param(
        True,
        label="Orders share a shape",
        help="Take out first the blaze that neighbouring orders share, which broad lines cannot hide.",
        used_if=("method", FOUND),
    )
    leave_out: Ranges = param(
        (),
        label="Leave out",
        unit="Å",
        kind="ranges",
        help="Ranges that are not fitted.",
        used_if=("method", FOUND),
    )
    points: tuple[tuple[float, float], ...] = param(
        (),
        label="Points",
        kind="points",
        help="The continuum runs through these: (wavelength, flux).",
        used_if=("method", ("points",)),
    )
    add_uncertainty: bool = param(
        True,
        label="Add its uncertainty",
        help="Add the continuum's own uncertainty to the errors; it is common to neighbouring pixels.",
        used_if=("method", FOUND),
    )

    def new_meta(self) -> Mapping[str, Any]:
        """Return that the flux is normalised now."""
        return {"normalised": True} if self.operation == "divide" else {}

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order without its continuum."""
        require_good(order, 2)
        continuum, error = self._find(order)
        mask, sigma, flux_unit = order.mask, order.uncertainty, order.flux_unit
        if self.operation == "subtract":
            flux = order.flux - continuum
        else:
            bad = ~(continuum > LEAST_LEVEL * max(float(np.percentile(continuum, 95)), 0.0))
            if bad.all():
                raise StageError(
                    "The continuum is nowhere positive.", "Subtract it instead of dividing by it."
                )
            divisor = np.where(bad, np.nan, continuum)
            flux, mask, flux_unit = order.flux / divisor, mask | bad, ""
            sigma = None if sigma is None else sigma / divisor
            error = error * np.abs(flux) / divisor
        if self.add_uncertainty and sigma is not None:
            sigma = np.hypot(sigma, np.where(np.isfinite(error), error, 0.0))
        changed = order.replace(flux=flux, uncertainty=sigma, mask=mask, flux_unit=flux_unit).without_blaze()
        curve = StageCurve("continuum", "continuum", index, order.wavelength_aa, continuum)
        lost = np.count_nonzero(mask & order.good)
        notes = (f"{lost} pixels masked: their continuum is not positive.",) if lost else ()
        return StageResult(changed, (curve,), notes=notes)

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Find each order's continuum, its neighbours in mind, and take it out."""
        if self.method == "points" or not self.common_shape:
            return super().run(spectrum)
        return without_order_shapes(super().run(with_order_shapes(spectrum)))

    def _find(self, order: Spectrum) -> tuple[FloatArray, FloatArray]:
        # A stitched spectrum may still carry errors of its orders' shapes: no stiffer than those are long.
        width = self.width_aa or WIDTH_PER_ORDER * float(order.meta.get("order_length_aa", 0.0))
        options = ContinuumOptions(
            width, self.degree, self.low_sigma, self.high_sigma, self.cycles, self.points
        )
        find = CONTINUUM_METHODS[self.method]
        if self.method == "points":
            return find(order.wavelength_aa, no_blocks(), options)
        shape = flat_shape(order) if order.meta.get(KEY) is None else np.asarray(order.meta[KEY])
        scale = _scale(order, shape)
        curve, error = find(order.wavelength_aa, self._blocks(order, shape * scale), options)
        return curve * shape * scale, error * shape * scale

    def _blocks(self, order: Spectrum, shape: FloatArray) -> Blocks:
        left_out: BoolArray = order.mask | inside_ranges(order.wavelength_aa, self.leave_out)
        if self.broad_lines:
            left_out = _unless_too_much(order.mask, left_out, near_broad_lines(order))
        if left_out.all():
            raise StageError("Nothing is left to find the continuum from.", "Leave out less.")
        sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(order.flux, order.mask)
        bright = bright_pixels(order) & ~left_out
        used = bright if np.count_nonzero(bright) >= 0.2 * np.count_nonzero(~left_out) else ~left_out
        return average_blocks(order.wavelength_aa, order.flux / shape, sigma / shape, used)


def _scale(order: Spectrum, shape: FloatArray) -> float:
    """Return the level of an order, so that flux over shape is of order one."""
    level = float(np.percentile(np.abs(order.flux[order.good] / shape[order.good]), 90))
    return level if level > 0 else 1.0


def _unless_too_much(mask: BoolArray, left_out: BoolArray, lines: BoolArray) -> BoolArray:
    """Add the broad lines to what is left out, unless less than half of the order would remain."""
    both = left_out | lines
    return both if np.count_nonzero(~both) > 0.5 * np.count_nonzero(~mask) else left_out
