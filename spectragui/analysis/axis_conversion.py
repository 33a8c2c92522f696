"""Correct what the passport says, or convert the axis: both keep the flux, both can be written as words.

A `Correction` changes what the numbers are said to be, an `AxisConversion` the numbers; each is called with a
spectrum and gives the changed one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS, Frame, Medium, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, meta_at, orders_of

BY_HAND = "corrected by hand"
FACTORS = {"nm": 0.1, "um": 1e-4}  # from Angstrom


@dataclasses.dataclass(frozen=True)
class Correction:
    """What the passport should say instead; empty = leave it.

    Attributes
    ----------
    unit : str
        The unit that the numbers really are in ("Angstrom", "nm", "um", "cm-1").
    medium, frame : str
    """

    unit: str = ""
    medium: str = ""
    frame: str = ""

    def __call__(self, spectrum: AnySpectrum) -> AnySpectrum:
        """Return the corrected spectrum."""
        return corrected(spectrum, self)


@dataclasses.dataclass(frozen=True)
class AxisConversion:
    """What is to become of the axis, with the arguments of `converted`; empty or None = leave it."""

    medium: str = ""
    velocity_kms: float | None = None
    frame: str = "rest"
    unit: str = ""
    source: str = ""

    def __call__(self, spectrum: AnySpectrum) -> AnySpectrum:
        """Return the converted spectrum."""
        return converted(
            spectrum, self.medium, self.velocity_kms, frame=self.frame, unit=self.unit, source=self.source
        )


def corrected(spectrum: AnySpectrum, correction: Correction) -> AnySpectrum:
    """Return the spectrum with another passport on the same numbers, and a line in its history.

    A corrected unit keeps the numbers and changes the wavelengths that they stand for; the axis is
    then given in Angstrom. A corrected frame forgets the velocity history, which led to the old one.
    """

    def correct(order: Spectrum) -> Spectrum:
        axis = _corrected_axis(order.spectral_axis, correction)
        order = order.replace(spectral_axis=axis)
        if correction.unit and axis.unit != "pixel":
            order = order.in_angstrom()
        return order.replace(spectral_axis=order.spectral_axis.replace(unit_source=axis.unit_source))

    before = orders_of(spectrum)[0].spectral_axis
    said = _changes(before, _corrected_axis(before, correction))
    return _remembering(
        _each(spectrum, correct), f"corrected by hand, the numbers stay: {said}" if said else ""
    )


def converted(
    spectrum: AnySpectrum,
    medium: str = "",
    velocity_kms: float | None = None,
    *,
    frame: str = "rest",
    unit: str = "",
    source: str = "",
) -> AnySpectrum:
    """Return the spectrum with its axis converted, and a line in its history.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    medium : str
        "air" or "vacuum"; empty = as it is.
    velocity_kms : float or None
        Velocity of the source in the present frame, positive = receding, to be taken out; None = none.
    frame : str
        The frame that is reached when the velocity is taken out.
    unit : str
        "Angstrom", "nm", "um" or "cm-1"; empty = as it is. Wavenumbers are those in vacuum.
    source : str
        Where the velocity is from.

    Raises
    ------
    UnitError
        If the medium is not known, or the wavelengths are in that frame already.

    Notes
    -----
    Fluxes per wavelength stay per the wavelength that they were per.
    """

    def convert(order: Spectrum) -> Spectrum:
        first = order.spectral_axis
        order = order.in_angstrom()
        axis = order.spectral_axis
        if velocity_kms is not None:
            words = f"v = {velocity_kms:+.3f} km/s taken out, {source or 'by hand'}"
            axis = axis.shifted(velocity_kms, _as_frame(frame), words)
        if medium:
            axis = axis.in_medium(_as_medium(medium))
        wanted = unit or _fitting(first.unit, medium)
        why = first.unit_source if wanted == first.unit else f"converted from {first.unit}"
        order = _in_unit(order.replace(spectral_axis=axis), wanted)
        return order.replace(spectral_axis=order.spectral_axis.replace(unit_source=why))

    result = _each(spectrum, convert)
    before, after = (orders_of(s)[0].spectral_axis for s in (spectrum, result))
    said = _changes(before, after)
    return _remembering(result, f"converted, the wavelengths change: {said}" if said else "")


def _fitting(unit: str, medium: str) -> str:
    """Return the unit, but for wavenumbers in air, which nobody uses."""
    return "Angstrom" if unit == "cm-1" and medium == "air" else unit


def _in_unit(order: Spectrum, unit: str) -> Spectrum:
    """Return an order that is in Angstrom in another unit, ascending."""
    axis = order.spectral_axis
    if unit in ("Angstrom", "pixel"):
        return order
    if unit in FACTORS:
        return order.replace(spectral_axis=axis.replace(values=axis.values * FACTORS[unit], unit=unit))
    if unit != "cm-1":
        raise UnitError(f"The axis cannot be converted to {unit!r}.", "Use Angstrom, nm, um or cm-1.")
    axis = axis.in_medium("vacuum")
    flipped = axis.replace(values=1e8 / axis.values[::-1], unit=unit)
    sigma = None if order.uncertainty is None else order.uncertainty[::-1]
    return order.replace(
        spectral_axis=flipped,
        flux=order.flux[::-1],
        uncertainty=sigma,
        mask=order.mask[::-1],
        meta=meta_at(order.meta, slice(None, None, -1)),
    )


def _changes(before: SpectralAxis, after: SpectralAxis) -> str:
    """Return what another passport says differently, each with what it said before and why."""
    parts = []
    for name in ("unit", "medium", "frame"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            words = FRAME_WORDS if name == "frame" else UNIT_SYMBOLS
            why = getattr(before, f"{name}_source")
            parts.append(f"{name} {words.get(old, old)}{f' ({why})' if why else ''} to {words.get(new, new)}")
    if len(after.velocity_history) > len(before.velocity_history):
        parts.append(f"{after.velocity_history[-1].velocity_kms:+.3f} km/s taken out")
    return ", ".join(parts)


def _remembering(spectrum: AnySpectrum, line: str) -> AnySpectrum:
    """Return the spectrum with a line more in its history."""
    if not line:
        return spectrum
    return spectrum.with_meta(history=(*spectrum.meta.get("history", ()), f"{line[0].upper()}{line[1:]}."))


def _corrected_axis(axis: SpectralAxis, correction: Correction) -> SpectralAxis:
    if correction.unit and correction.unit != axis.unit:
        axis = axis.replace(unit=correction.unit, unit_source=f"{BY_HAND}: {correction.unit}")
    if correction.medium and correction.medium != axis.medium:
        axis = axis.replace(medium=_as_medium(correction.medium), medium_source=BY_HAND)
    if correction.frame and correction.frame != axis.frame:
        axis = axis.replace(frame=_as_frame(correction.frame), frame_source=BY_HAND, velocity_history=())
    return axis


def _each(spectrum: AnySpectrum, change: Callable[[Spectrum], Spectrum]) -> AnySpectrum:
    if isinstance(spectrum, EchelleSpectrum):
        return spectrum.replace(orders=tuple(change(order) for order in spectrum.orders))
    return change(spectrum)


def _as_medium(text: str) -> Medium:
    return text  # type: ignore[return-value]  # checked by SpectralAxis


def _as_frame(text: str) -> Frame:
    return text  # type: ignore[return-value]  # checked by SpectralAxis
