"""Masks painted by hand: pixels between two wavelengths that are not to count, or are to count again."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of


@dataclasses.dataclass(frozen=True)
class PaintedMask:
    """Pixels between two wavelengths, with the arguments of `painted`."""

    start_aa: float
    stop_aa: float
    is_masked: bool = True

    def __call__(self, spectrum: AnySpectrum) -> AnySpectrum:
        """Return the painted spectrum."""
        return painted(spectrum, self.start_aa, self.stop_aa, self.is_masked)


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
    changed = n_masked(result) - n_masked(spectrum)
    if changed == 0:
        return spectrum
    word = "masked" if changed > 0 else "counted again"
    line = f"{abs(changed)} pixels {word} by hand, {start_aa:.2f} to {stop_aa:.2f} A."
    return result.with_meta(history=(*result.meta.get("history", ()), line))


def _painted_order(order: Spectrum, start_aa: float, stop_aa: float, is_masked: bool) -> Spectrum:
    wavelength = order.wavelength_aa if order.spectral_axis.unit != "pixel" else order.spectral_axis.values
    inside = (wavelength >= min(start_aa, stop_aa)) & (wavelength <= max(start_aa, stop_aa))
    if not inside.any():
        return order
    return order.replace(mask=order.mask | inside if is_masked else order.mask & ~inside)


def n_masked(spectrum: AnySpectrum) -> int:
    """Return how many pixels of all orders do not count."""
    return sum(int(np.count_nonzero(~order.good)) for order in orders_of(spectrum))
