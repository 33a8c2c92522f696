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

    def convert(self, axis: SpectralAxis) -> tuple[FloatArray, bool]:
        """Return the axis in this unit, ascending, and whether the pixels have to be flipped."""
        if axis.unit == "pixel":
            return axis.values, False
        wavelength = axis.wavelength_aa
        shown = self.from_angstrom(wavelength, axis.medium)
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
        """Return the label of the plot's x axis for the spectra shown on it."""
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
        media = {axis.medium if axis.is_medium_known else "medium unknown" for axis in axes}
        medium = media.pop() if len(media) == 1 else "air and vacuum"
        return f"Wavelength ({self.symbol}, {medium}, {frame})"


_FACTORS = {"Angstrom": 1.0, "nm": 0.1, "um": 1e-4}
UNIT_MENU = {"Angstrom": "Å", "nm": "nm", "um": "µm", "cm-1": "cm⁻¹", "velocity": "km/s"}
ANGSTROM = DisplayUnit()
