"""List the gaps of a spectrum: fill short ones, cut at long ones, leave out what has too many."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import FloatArray, find_gaps
from spectragui.core.parameters import param
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.filling import FILLED_NOTE, fill_masked, runs_of
from spectragui.preprocessing.pixel_stage import in_angstrom, require_good
from spectragui.preprocessing.stage import OrderStage, StageRegion, StageResult, register_stage


@register_stage("gaps", priority=35)
@dataclasses.dataclass(frozen=True)
class Gaps(OrderStage):
    """Find missing and masked stretches, list them, and fill, cut or keep them."""

    title = "Gaps"
    help = "List where pixels are missing or masked; fill short gaps, cut at long ones, or only list them."

    shortest: int = param(
        10, label="Shortest gap", unit="px", minimum=1, maximum=1000, help="Shorter ones are not listed."
    )
    treatment: str = param(
        "list",
        label="Treatment",
        choices=("list", "interpolate", "cut"),
        help="Only list them, interpolate those that are short enough, or cut the spectrum in pieces.",
    )
    longest: int = param(
        20,
        label="Longest gap filled",
        unit="px",
        minimum=1,
        maximum=1000,
        help="Longer gaps are not interpolated.",
        used_if=("treatment", ("interpolate",)),
    )
    largest_part: float = param(
        1.0,
        label="Largest missing part",
        minimum=0.01,
        maximum=1.0,
        step=0.05,
        help="An order that lacks a larger part of its range is left out; 1 = never.",
    )

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the order, filled or in pieces, and its gaps."""
        require_good(order, 2)
        upright = in_angstrom(order)
        gaps = find_all_gaps(upright, self.shortest)
        wavelength = upright.wavelength_aa
        missing = sum(high - low for low, high, _ in gaps) / float(wavelength[-1] - wavelength[0])
        if missing > self.largest_part:
            raise StageError(
                f"Gaps take {100 * missing:.0f} % of the range; {100 * self.largest_part:.0f} % are allowed.",
                "Allow a larger missing part.",
            )
        regions = tuple(StageRegion(low, high, "gap", index, f"{count} px") for low, high, count in gaps)
        notes: tuple[str, ...] = ()
        if gaps:
            longest = max(high - low for low, high, _ in gaps)
            notes = (f"{len(gaps)} gaps, the longest {longest:.2f} Å, {100 * missing:.1f} % of the range.",)
        if self.treatment == "interpolate":
            filled, count = fill_masked(with_missing_pixels(upright, self.longest), self.longest)
            return StageResult(
                filled if count else order, regions=regions, notes=notes + (FILLED_NOTE,) * bool(count)
            )
        if self.treatment == "cut" and gaps:
            return StageResult(_cut(upright, gaps), regions=regions, notes=notes)
        return StageResult(order, regions=regions, notes=notes)


def find_all_gaps(order: Spectrum, shortest: int) -> list[tuple[float, float, int]]:
    """Return (from, to, pixels) of every stretch where at least ``shortest`` pixels are missing or masked.

    Parameters
    ----------
    order : Spectrum, ascending in Angstrom
    shortest : int
    """
    wavelength = order.wavelength_aa
    gaps = [
        (float(wavelength[a]), float(wavelength[b - 1]), b - a)
        for a, b in runs_of(order.mask)
        if b - a >= shortest
    ]
    for left in find_gaps(wavelength):
        count = _n_missing(wavelength, int(left))
        if count >= shortest:
            gaps.append((float(wavelength[left]), float(wavelength[left + 1]), count))
    return sorted(gaps)


def with_missing_pixels(order: Spectrum, longest: int) -> Spectrum:
    """Return the order with masked pixels put in where at most ``longest`` in a row are missing."""
    wavelength = order.wavelength_aa
    places: list[int] = []
    values: list[FloatArray] = []
    for left in find_gaps(wavelength):
        count = _n_missing(wavelength, int(left))
        if 1 <= count <= longest:
            places += [int(left) + 1] * count
            values.append(np.linspace(wavelength[left], wavelength[left + 1], count + 2)[1:-1])
    if not places:
        return order
    axis = order.spectral_axis.replace(values=np.insert(wavelength, places, np.concatenate(values)))
    sigma = None if order.uncertainty is None else np.insert(order.uncertainty, places, np.inf)
    flux, mask = np.insert(order.flux, places, np.nan), np.insert(order.mask, places, True)
    return order.replace(spectral_axis=axis, flux=flux, uncertainty=sigma, mask=mask)


def _n_missing(wavelength: FloatArray, left: int) -> int:
    """Return how many pixels are missing behind the ``left``-th, by the narrower of its neighbours."""
    step = np.diff(wavelength[max(left - 1, 0) : left + 3])
    around = np.delete(step, min(left, 1))
    width = float(np.min(around)) if around.size else float(step[0])
    return round(float(wavelength[left + 1] - wavelength[left]) / width) - 1


def _cut(order: Spectrum, gaps: list[tuple[float, float, int]]) -> EchelleSpectrum:
    wavelength = order.wavelength_aa
    edges = [0]
    for low, high, _ in gaps:
        first, last = np.searchsorted(wavelength, (low, high))
        edges += [
            int(first) if order.mask[first] else int(first) + 1,
            int(last) + 1 if order.mask[last] else int(last),
        ]
    edges.append(wavelength.size)
    pieces = [
        order.select(slice(a, b))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a >= 2 and not order.mask[a:b].all()
    ]
    return EchelleSpectrum(tuple(pieces), order.meta)
