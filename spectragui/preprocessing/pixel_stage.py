"""`PixelStage`: a stage that keeps the pixels, whatever unit and direction their axis has."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import StageError, UnitError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import AnySpectrum, Spectrum, meta_at
from spectragui.preprocessing.stage import OrderStage, StageResult


def in_angstrom(order: Spectrum) -> Spectrum:
    """Return an order against ascending wavelength in Angstrom.

    Raises
    ------
    StageError
        If its axis is no wavelength.
    """
    try:
        return order.in_angstrom()
    except UnitError as error:
        raise StageError(error.message, error.hint) from error


def back_on_axis(order: Spectrum, axis: SpectralAxis) -> Spectrum:
    """Return an order in Angstrom against the axis that it had before `in_angstrom`."""
    if axis.unit == "Angstrom":
        return order
    is_upright = axis.wavelength_aa[0] < axis.wavelength_aa[-1]
    direction = slice(None) if is_upright else slice(None, None, -1)
    sigma = None if order.uncertainty is None else order.uncertainty[direction]
    return order.replace(
        spectral_axis=axis,
        flux=order.flux[direction],
        uncertainty=sigma,
        mask=order.mask[direction],
        meta=meta_at(order.meta, direction),
    )


@dataclasses.dataclass(frozen=True)
class PixelStage(OrderStage):
    """A stage whose output has the pixels of its input; subclasses write `run_pixels`.

    Notes
    -----
    Orders in other units, or in descending wavelength, are handed over in Angstrom and handed back
    on their own axis.
    """

    @abstractmethod
    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Apply the stage to one order, given in ascending Angstrom.

        Raises
        ------
        StageError
            If it cannot be applied.
        """

    def new_meta(self) -> Mapping[str, Any]:
        """Return what the stage changes in ``meta``."""
        return {}

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Apply the stage to one order, in any unit."""
        result = self.run_pixels(in_angstrom(order), index)
        assert isinstance(result.spectrum, Spectrum)
        changed = back_on_axis(result.spectrum, order.spectral_axis)
        if self.new_meta():
            changed = changed.with_meta(**self.new_meta())
        return dataclasses.replace(result, spectrum=changed)

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Apply the stage to every order."""
        result = super().run(spectrum)
        if isinstance(result.spectrum, Spectrum) or not self.new_meta():
            return result
        return dataclasses.replace(result, spectrum=result.spectrum.with_meta(**self.new_meta()))


def require_good(order: Spectrum, n_pixels: int) -> None:
    """Raise `StageError` if fewer than ``n_pixels`` of an order are good."""
    count = int(np.count_nonzero(order.good))
    if count < n_pixels:
        raise StageError(
            f"Only {count} of {len(order)} pixels are good; {n_pixels} are needed.",
            "Mask less, or leave this stage out.",
        )
