"""Units in which the spectral axis is shown; the data keep theirs."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import (
    FRAME_WORDS,
    SPEED_OF_LIGHT_KMS,
    SpectralAxis,
    air_to_vacuum,
    vacuum_to_air,
)

FloatArray = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class DisplayUnit:
    """What stands on the x axis of a plot.

    Attributes
    ----------
    name : {"Angstrom", "nm", "um", "cm-1", "velocity"}
    line_aa : float
        Wavelength of velocity zero [Angstrom, in the medium of the plot]; for "velocity" only.
    line_name : str
        Name of that line.
    """

    name: str = "Angstrom"
    line_aa: float = 0.0
    line_name: str = ""

    @property
    def symbol(self) -> str:
        """The unit as it is written on screen."""
        return UNIT_MENU.get(self.name, self.name)

    def convert(self, axis: SpectralAxis, medium: str = "") -> tuple[FloatArray, bool]:
        """Return the axis in this unit, ascending, and whether the pixels have to be flipped.

        Parameters
        ----------
        axis : SpectralAxis
        medium : str
            Medium in which it is shown, where its own is known; empty = its own.
        """
        if axis.unit == "pixel":
            return axis.values, False
        wavelength = axis.wavelength_aa
        shown_medium: str = axis.medium
        if axis.is_medium_known and medium in ("air", "vacuum"):
            wavelength, shown_medium = in_medium(wavelength, axis.medium, medium), medium
        shown = self.from_angstrom(wavelength, shown_medium)
        if shown[0] < shown[-1]:
            return shown, False
        return np.ascontiguousarray(shown[::-1]), True

    def from_angstrom(self, wavelength_aa: FloatArray, medium: str = "air") -> FloatArray:
        """Convert wavelengths [Angstrom] in a medium to this unit; same shape.

        Notes
        -----
        Wavenumbers are those in vacuum. Velocities are relativistic.
        """
        wavelength = np.asarray(wavelength_aa, dtype=np.float64)
        if self.name == "cm-1":
            with np.errstate(divide="ignore", invalid="ignore"):  # an axis of pixels begins at 0
                return 1e8 / (air_to_vacuum(wavelength) if medium == "air" else wavelength)
        if self.name == "velocity":
            squared = np.square(wavelength / self.line_aa)
            return SPEED_OF_LIGHT_KMS * (squared - 1.0) / (squared + 1.0)
        factor = _FACTORS[self.name]
        return wavelength if factor == 1.0 else wavelength * factor

    def to_angstrom(self, shown: FloatArray | float, medium: str = "air") -> FloatArray:
        """Convert values of this unit back to wavelengths [Angstrom] in a medium; same shape."""
        values = np.asarray(shown, dtype=np.float64)
        if self.name == "cm-1":
            vacuum = 1e8 / values
            return vacuum_to_air(vacuum) if medium == "air" else vacuum
        if self.name == "velocity":
            beta = values / SPEED_OF_LIGHT_KMS
            return self.line_aa * np.sqrt((1.0 + beta) / (1.0 - beta))
        return values / _FACTORS[self.name]

    def axis_label(self, axes: tuple[SpectralAxis, ...]) -> str:
        """Return the label of the plot's x axis for the spectra shown on it, in `shown_medium`."""
        if not axes:
            return "Wavelength (Å)"
        if all(axis.unit == "pixel" for axis in axes):
            return "Pixel"
        frames = {FRAME_WORDS[axis.frame] for axis in axes}
        frame = frames.pop() if len(frames) == 1 else "several frames"
        if self.name == "velocity":
            return f"Velocity about {self.line_name or f'{self.line_aa:.2f} Å'} (km/s, {frame})"
        if self.name == "cm-1":
            medium = "vacuum" if all(axis.is_medium_known for axis in axes) else "medium unknown"
            return f"Wavenumber (cm⁻¹, {medium}, {frame})"
        medium = shown_medium(axes)
        if medium == "unknown":
            medium = "medium unknown"
        elif not all(axis.is_medium_known for axis in axes):
            medium += " or unknown"
        return f"Wavelength ({self.symbol}, {medium}, {frame})"


def in_medium(wavelength_aa: FloatArray, medium: str, wanted: str) -> FloatArray:
    """Convert wavelengths [Angstrom] from one medium to another; same shape. Unknown ones stay."""
    if medium == "air" and wanted == "vacuum":
        return air_to_vacuum(wavelength_aa)
    if medium == "vacuum" and wanted == "air":
        return vacuum_to_air(wavelength_aa)
    return np.asarray(wavelength_aa, dtype=np.float64)


def shown_medium(axes: tuple[SpectralAxis, ...]) -> str:
    """Return the medium in which spectra are shown together: that of the first whose medium is known."""
    return next((axis.medium for axis in axes if axis.is_medium_known), "unknown")


def say_differences(axes: tuple[SpectralAxis, ...], names: tuple[str, ...]) -> str:
    """Return in words how the axes of spectra that are shown together differ; empty = they do not.

    Parameters
    ----------
    axes : tuple of SpectralAxis
    names : tuple of str
        Of the spectra.
    """
    medium, parts = shown_medium(axes), []
    others = [n for n, a in zip(names, axes, strict=True) if a.is_medium_known and a.medium != medium]
    if others:
        parts.append(f"{_listed(others)} shown in {medium}, converted for display")
    unknown = [n for n, a in zip(names, axes, strict=True) if not a.is_medium_known]
    if unknown and len(unknown) < len(axes):
        parts.append(f"{_listed(unknown)}: air or vacuum is not known, drawn as it is")
    frames: dict[str, list[str]] = {}
    for name, axis in zip(names, axes, strict=True):
        frames.setdefault(FRAME_WORDS[axis.frame], []).append(name)
    if len(frames) > 1:
        said = "; ".join(f"{_listed(members)} {frame}" for frame, members in frames.items())
        parts.append(f"Frames differ, lines need not coincide: {said}")
    text = ". ".join(parts)  # a name begins as it is written
    return f"{text}." if text else ""


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


_FACTORS = {"Angstrom": 1.0, "nm": 0.1, "um": 1e-4}
UNIT_MENU = {"Angstrom": "Å", "nm": "nm", "um": "µm", "cm-1": "cm⁻¹", "velocity": "km/s"}
ANGSTROM = DisplayUnit()
