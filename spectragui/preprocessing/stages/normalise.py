"""Divide by one level: a median, a median for each chip or order, or the level at a wavelength."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.parameters import param
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.gaps import find_stretches
from spectragui.preprocessing.pixel_stage import in_angstrom
from spectragui.preprocessing.stage import Stage, StageCurve, StageResult, register_stage

CHIP_GAP_AA = 15.0  # chips of APOGEE are some 50 A apart; masked sky lines are shorter


@register_stage("normalise", priority=90)
@dataclasses.dataclass(frozen=True)
class Normalise(Stage):
    """Divide flux and errors by a level; the shape stays as it is."""

    title = "Normalise"
    help = "Divide by one level: the median, one of each chip or order (as APOGEE), or that at a wavelength."

    level: str = param(
        "median",
        label="Level",
        choices=("median", "chip medians", "at a wavelength"),
        help="Median of everything, of each stretch between wide gaps (or order), or near a wavelength.",
    )
    wavelength_aa: float = param(
        5500.0,
        label="Wavelength",
        unit="Å",
        minimum=0.0,
        help="Where the level is taken.",
        used_if=("level", ("at a wavelength",)),
    )
    width_aa: float = param(
        5.0,
        label="Width there",
        unit="Å",
        minimum=0.01,
        maximum=10_000.0,
        help="The level is the median of this stretch.",
        used_if=("level", ("at a wavelength",)),
    )
    target: float = param(
        1.0, label="Level becomes", minimum=1e-6, maximum=1e6, help="What the level is made, usually 1."
    )

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Divide every order."""
        orders = orders_of(spectrum)
        if self.level == "chip medians":
            changed = tuple(self._by_chips(order) for order in orders)
        else:
            level = self._level(orders)
            changed = tuple(_divided(order, np.full(len(order), level / self.target)) for order in orders)
        curves = tuple(
            _curve(before, after, i) for i, (before, after) in enumerate(zip(orders, changed, strict=True))
        )
        if isinstance(spectrum, EchelleSpectrum):
            return StageResult(EchelleSpectrum(changed, spectrum.meta), curves)
        return StageResult(changed[0], curves)

    def _level(self, orders: tuple[Spectrum, ...]) -> float:
        wanted = []
        for order in orders:
            good = order.good
            if self.level == "at a wavelength":
                good = good & (np.abs(in_angstrom_values(order) - self.wavelength_aa) <= 0.5 * self.width_aa)
            wanted.append(order.flux[good])
        return _usable(np.concatenate(wanted), "there" if self.level != "median" else "")

    def _by_chips(self, order: Spectrum) -> Spectrum:
        wavelength = in_angstrom_values(order)
        is_upright = wavelength[0] < wavelength[-1]
        direction = slice(None) if is_upright else slice(None, None, -1)
        mask, flux = order.mask[direction], order.flux[direction]
        divisor = np.full(flux.shape, np.nan)
        stretches = find_stretches(wavelength[direction], mask, max_gap_aa=CHIP_GAP_AA, min_pixels=1)
        for part in stretches:
            divisor[part] = _usable(flux[part][~mask[part]], "of a chip") / self.target
        if not stretches:
            raise StageError("No pixel is good.")
        known = np.isfinite(divisor)  # masked pixels between chips take the nearest chip's level
        pixels = np.arange(divisor.size)
        nearest = np.searchsorted(np.flatnonzero(known), pixels).clip(max=np.count_nonzero(known) - 1)
        divisor = np.where(known, divisor, divisor[np.flatnonzero(known)[nearest]])
        return _divided(order, divisor[direction])


def in_angstrom_values(order: Spectrum) -> np.ndarray:
    """Return the wavelengths of an order in Angstrom, in the direction of its axis."""
    in_angstrom(order)  # says so where there are none
    return order.wavelength_aa


def _usable(flux: np.ndarray, where: str) -> float:
    if flux.size == 0:
        raise StageError(
            f"No pixel {where} is good.".replace("  ", " "), "Choose another level or wavelength."
        )
    level = float(np.median(flux))
    if not level > 0:
        raise StageError(f"The median flux {where} is {level:.3g}, not positive.".replace("  ", " "))
    return level


def _divided(order: Spectrum, divisor: np.ndarray) -> Spectrum:
    sigma = None if order.uncertainty is None else order.uncertainty / divisor
    return order.replace(flux=order.flux / divisor, uncertainty=sigma, flux_unit="")


def _curve(before: Spectrum, after: Spectrum, index: int) -> StageCurve:
    wavelength = before.wavelength_aa
    good = before.good & (before.flux != 0)
    ratio = np.where(good, before.flux, np.nan) / np.where(good, after.flux, 1.0)
    order = np.argsort(wavelength)
    return StageCurve("level", "continuum", index, wavelength[order], ratio[order])
