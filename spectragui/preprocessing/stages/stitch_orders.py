"""Stitch: join the orders of an echelle spectrum to one spectrum."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.kept_bytes import forgettable
from spectragui.core.parameters import param
from spectragui.core.spectrum import (
    BLAZE_KEYS,
    CORRELATION,
    AnySpectrum,
    EchelleSpectrum,
    Spectrum,
    order_name,
)
from spectragui.preprocessing.stage import Stage, StageResult, register_stage
from spectragui.preprocessing.stitching.level_match import WIDTH, Levels, match_levels
from spectragui.preprocessing.stitching.levels_found import LevelsFound, level_error_at, levels_found
from spectragui.preprocessing.stitching.order_joining import JoinedPixels, Joint, join_order, joined
from spectragui.preprocessing.stitching.order_overlap import Overlap, Takeover, find_overlap, takeover_aa
from spectragui.preprocessing.stitching.order_pixels import OrderPixels, order_pixels
from spectragui.preprocessing.stitching.stitch_curves import region_marks, residual_curves, weight_curves

METHODS = ("inverse-variance", "first", "mean", "cut")
LEVEL_DEGREES = {"none": None, "scale": 0, "linear": 1, "quadratic": 2}
BLAZED_PART = 0.3  # of the overlaps
UNLIKE_LEVELS = 1.5  # ratio of neighbours between the two ends of their overlap: a blaze is still in them
# Of ln of that ratio, in the median overlap: what a lamp or another star leaves of a blaze, either way round.
UNLIKE_SHAPES, LEAST_OVERLAPS = 0.12, 5
MEDIAN_ERROR, NOISE_SIGMAS = 1.25, 2.0  # of a median, in errors of a mean; what noise may make of it


@dataclasses.dataclass(frozen=True, eq=False)
class StitchPlan:
    """How orders are joined: see `spectragui.preprocessing.stitching.order_joining`.

    Attributes
    ----------
    orders : tuple of OrderPixels
        Those that are joined, in ascending wavelength.
    overlaps : tuple of (Overlap or None)
        Between each order and the next.
    levels : Levels
    joints : tuple of Joint
        Between each order and the next.
    method : str
    reject : float
        In sigma.
    """

    orders: tuple[OrderPixels, ...]
    overlaps: tuple[Overlap | None, ...]
    levels: Levels
    joints: tuple[Joint, ...]
    method: str
    reject: float

    def join(self, orders: Sequence[OrderPixels]) -> JoinedPixels:
        """Join orders, these or others on the same pixels."""
        numbers = range(len(orders))
        how = (self.joints, self.levels, self.method, self.reject)
        return joined([join_order(n, orders, *how) for n in numbers])


@register_stage("stitch", priority=60)
@dataclasses.dataclass(frozen=True)
class Stitch(Stage):
    """Join orders to one spectrum, each pixel of which is a pixel of one of the orders."""

    title = "Stitch orders"
    help = (
        "Join the orders to one spectrum. Take the blaze out before, by deblazing or by normalising each "
        "order, so that neighbours agree where they overlap."
    )

    method: str = param(
        "inverse-variance",
        label="Method",
        choices=METHODS,
        help="In overlaps: average weighted by inverse variance, the bluer order (order i wins over i+1, "
        "which only fills its gaps), plain mean, or a cut where the S/N of the two crosses.",
    )
    level_match: str = param(
        "scale",
        label="Match levels",
        choices=tuple(LEVEL_DEGREES),
        help="Multiply each order by a factor, or by a polynomial along it, so that overlaps agree.",
    )
    level_width: float = param(
        100 * WIDTH,
        label="Levels agree within",
        unit="%",
        minimum=0.1,
        maximum=50.0,
        step=0.1,
        help="Width (1 sigma) of the prior of the levels about 1: how well orders agree before they are "
        "matched. It keeps the levels from wandering where overlaps say little.",
    )
    edge_level: float = param(
        0.15,
        label="Leave out ends below",
        minimum=0.0,
        maximum=0.9,
        step=0.05,
        help="Ends of orders whose S/N is below this part of the order's best are left out.",
    )
    level_errors: bool = param(
        False,
        label="Add the levels' errors",
        help="Add the error of each order's level to the errors of its pixels. It is the same along the "
        "whole order, so the S/N of single pixels looks smaller than it is.",
    )
    reject: float = param(
        6.0,
        label="Take out hits above",
        unit="sigma",
        minimum=0.0,
        maximum=50.0,
        step=0.5,
        help="Where one order stands above the other by more than this (and a tenth of the flux), it is "
        "taken for a hit of a cosmic ray and left out; 0 = never.",
    )
    cuts: tuple[tuple[float, float], ...] = param(
        (),
        label="Cuts by hand",
        kind="points",
        help="(Order, wavelength in Å): the next order takes over from this one there, whatever the method.",
    )
    excluded: tuple[int, ...] = param(
        (),
        label="Leave out orders",
        kind="integers",
        help="Orders left out, counted from 0, the bluest first.",
    )

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Return the stitched spectrum; weights, residuals, overlaps and cuts to be drawn.

        Notes
        -----
        Curves: the "weight" of every order (0 to 1) and, in every overlap, the "residual" between the two
        neighbours in sigma, both with the order's index in the input. Regions: an "overlap" with its
        residual in words and a "cut" (of no width) for each pair, with the bluer order's index.
        """
        if isinstance(spectrum, Spectrum):
            return StageResult(spectrum, notes=("One spectrum: nothing to stitch.",))
        plan = self.plan(spectrum)
        residuals = residual_curves(plan.overlaps, plan.levels)
        names = [order_name(order, number) for number, order in enumerate(spectrum.orders)]
        found = levels_found(plan.orders, plan.overlaps, plan.levels, self.level_width / 100, names)
        return StageResult(
            self._stitched(spectrum, plan, found),
            curves=(*weight_curves(plan.orders, plan.joints, self.method), *residuals.values()),
            regions=region_marks(plan.overlaps, plan.joints, residuals),
            notes=self._notes(plan, found, names),
            levels=found,
        )

    def plan(self, spectrum: EchelleSpectrum) -> StitchPlan:
        """Return how the orders of a spectrum are to be joined.

        Raises
        ------
        StageError
            If orders differ in medium, frame or unit, or none is left.
        """
        found = _prepared(spectrum, self.edge_level, self.excluded, self.level_match, self.level_width)
        return StitchPlan(*found, self._joints(*found[:2]), self.method, self.reject)

    def _joints(self, orders: Sequence[OrderPixels], overlaps: Sequence[Overlap | None]) -> tuple[Joint, ...]:
        rule: Takeover = "end" if self.method == "first" else "crossing"
        joints = []
        for bluer, redder, overlap in zip(orders[:-1], orders[1:], overlaps, strict=True):
            by_hand = {int(index): float(wavelength) for index, wavelength in self.cuts}.get(bluer.index)
            place = takeover_aa(bluer, redder, overlap, rule, by_hand)
            joints.append(Joint(place, by_hand is not None or self.method == "cut"))
        return tuple(joints)

    def _stitched(self, spectrum: EchelleSpectrum, plan: StitchPlan, levels: LevelsFound | None) -> Spectrum:
        stitched = _joined_spectrum(spectrum, plan.join(plan.orders), len(plan.orders))
        if levels is None:
            return stitched
        if self.level_errors and stitched.uncertainty is not None:
            error = level_error_at(stitched.wavelength_aa, levels) * np.abs(stitched.flux)
            stitched = stitched.replace(uncertainty=np.hypot(stitched.uncertainty, np.nan_to_num(error)))
        notes = (*stitched.meta.get("notes", ()), *levels.warnings)
        return stitched.with_meta(
            order_levels=levels.rows(),
            levels_wander=levels.wandering is not None,
            notes=notes,
        )

    def _notes(self, plan: StitchPlan, levels: LevelsFound | None, names: Sequence[str]) -> tuple[str, ...]:
        found = [overlap for overlap in plan.overlaps if overlap is not None]
        notes = [f"{len(plan.orders)} orders stitched, {len(found)} overlaps."]
        if levels is not None:
            notes += levels.notes if found else levels.warnings
        if _are_blazed(found):
            notes.append("The orders differ like slopes of a blaze: deblaze or normalise them before.")
        without = {int(index) for index, _ in self.cuts} - {overlap.bluer.index for overlap in found}
        if without:
            told = ", ".join(names[n] if 0 <= n < len(names) else f"order {n}" for n in sorted(without))
            notes.append(f"Nothing to cut after {told}: it overlaps with no redder one.")
        return tuple(notes)


@forgettable
@functools.lru_cache(maxsize=1)  # of the last spectrum: a cut that is dragged changes nothing of it
def _prepared(
    spectrum: EchelleSpectrum,
    edge_level: float,
    excluded: tuple[int, ...],
    level_match: str,
    width_percent: float,
) -> tuple[tuple[OrderPixels, ...], tuple[Overlap | None, ...], Levels]:
    _check_alike(spectrum)
    wanted = [
        order_pixels(order.in_angstrom(), index, edge_level)
        for index, order in enumerate(spectrum.orders)
        if index not in excluded
    ]
    orders = tuple(order for order in wanted if order is not None)
    if not orders:
        raise StageError("No order is left to stitch.", "Leave out fewer orders.")
    overlaps = tuple(find_overlap(a, b) for a, b in zip(orders[:-1], orders[1:], strict=True))
    levels = match_levels(orders, overlaps, LEVEL_DEGREES[level_match], width_percent / 100)
    return orders, overlaps, levels


def _check_alike(spectrum: EchelleSpectrum) -> None:
    """Raise StageError where orders differ in medium, frame or flux unit."""
    first = spectrum.orders[0]
    for order in spectrum.orders[1:]:
        for what in ("medium", "frame"):
            mine, other = getattr(first.spectral_axis, what), getattr(order.spectral_axis, what)
            if mine != other:
                raise StageError(
                    f"The orders differ in their {what}: {mine} and {other}.", "Convert them to one first."
                )
        if order.flux_unit != first.flux_unit:
            raise StageError("The orders' fluxes differ in unit.", "Convert them to one unit first.")


def _joined_spectrum(spectrum: EchelleSpectrum, pixels: JoinedPixels, n_orders: int) -> Spectrum:
    first = spectrum.orders[0].in_angstrom()
    if pixels.wavelength_aa.size < 2:
        raise StageError("Nothing is left after stitching.", "Leave out fewer orders and less of their ends.")
    has_errors = all(order.uncertainty is not None for order in spectrum.orders)
    meta: dict[str, Any] = {**first.meta, **spectrum.meta}
    meta = {key: value for key, value in meta.items() if key not in ("order", CORRELATION, *BLAZE_KEYS)}
    if not all(order.meta.get("normalised") for order in spectrum.orders):
        meta.pop("normalised", None)
    meta["n_orders_stitched"] = n_orders
    lengths = [float(np.ptp(order.wavelength_aa)) for order in spectrum.orders]
    meta["order_length_aa"] = float(np.median(lengths))
    return Spectrum(
        first.spectral_axis.replace(values=pixels.wavelength_aa),
        pixels.flux,
        pixels.sigma if has_errors else None,
        ~pixels.good,
        first.flux_unit,
        meta,
    )


def has_blaze(spectrum: EchelleSpectrum) -> bool:
    """Whether a blaze is still in the orders: as their reader says.

    Where the file does not say: whether they run against each other in most overlaps, or by much in the
    median overlap, as orders do that were divided by a lamp.
    """
    known = spectrum.meta.get("has_blaze")
    if known is not None:
        return bool(known)
    return _are_blazed([overlap for overlap in Stitch().plan(spectrum).overlaps if overlap is not None])


def _are_blazed(overlaps: Sequence[Overlap]) -> bool:
    """Whether neighbours differ along their overlaps as with a blaze, or the rest of one, in them."""
    found = [_fall(overlap) for overlap in overlaps]
    told = np.array([fall for fall in found if fall is not None]).reshape(-1, 2)
    if np.count_nonzero(told[:, 0] > np.log(UNLIKE_LEVELS)) > BLAZED_PART * len(overlaps):
        return True
    beyond_noise = np.abs(told[:, 0]) - NOISE_SIGMAS * told[:, 1]
    return len(told) >= LEAST_OVERLAPS and float(np.median(beyond_noise)) > UNLIKE_SHAPES


def _fall(overlap: Overlap) -> tuple[float, float] | None:
    """Return by how much ln of bluer / redder falls along an overlap, and its noise; None if it is short."""
    both = np.flatnonzero(overlap.both)
    if both.size < 50:
        return None
    ratios, noise = [], 0.0
    for part in (both[: both.size // 3], both[-both.size // 3 :]):
        own, other = overlap.bluer, overlap.redder_values
        at = part + overlap.pixels.start
        levels = float(np.median(own.flux[at])), max(float(np.median(other.flux[part])), 1e-30)
        ratios.append(max(levels[0] / levels[1], 1e-30))
        errors = np.median(own.sigma[at]) / max(levels[0], 1e-30), np.median(other.sigma[part]) / levels[1]
        noise += float(np.square(errors).sum()) * MEDIAN_ERROR**2 / part.size
    return float(np.log(ratios[0] / ratios[1])), float(np.sqrt(noise))
