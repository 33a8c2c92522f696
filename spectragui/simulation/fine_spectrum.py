"""What falls on a detector: a star's spectrum with its velocity and the atmosphere, on a fine grid."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import average_even_grid, log_grid
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, doppler_factor, vacuum_to_air
from spectragui.simulation.broadening import broaden
from spectragui.simulation.doppler_shift import log_shift_kms
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.instruments import Instrument
from spectragui.simulation.star_spectrum import Star, star_lines
from spectragui.simulation.telluric import telluric_transmission

Floats = NDArray[np.float64]

FINE_STEP_KMS, SHARP = 0.6, 30_000.0  # of the grid; twice it below this resolving power
MARGIN = 0.004  # of the wavelength, beyond the first and last pixel: velocities, line spread


@dataclasses.dataclass(frozen=True, eq=False)
class FineSpectrum:
    """The spectrum that falls on the detector, on a grid constant in log wavelength (air)."""

    start_aa: float
    dv_kms: float
    flux: Floats
    telluric: Floats
    is_forest: NDArray[np.bool_]

    def on_pixels(self, edges_aa: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return flux, transmission and whether lines are seeded, for pixels between edges in air."""
        place = np.log(edges_aa / self.start_aa) * SPEED_OF_LIGHT_KMS / self.dv_kms
        flux = np.asarray(average_even_grid(self.flux, place), dtype=np.float64)
        telluric = np.asarray(average_even_grid(self.telluric, place), dtype=np.float64)
        return flux, telluric, self.is_forest[np.clip(place[:-1].astype(np.intp), 0, self.is_forest.size - 1)]


def fine_spectrum(
    instrument: Instrument, star: Star, berv_kms: float, has_tellurics: bool, emulator: Emulator | None
) -> FineSpectrum:
    """Return what falls on an instrument's detector: the star and the atmosphere, at its resolving power.

    Parameters
    ----------
    instrument : Instrument
    star : Star
    berv_kms : float
        The observer's motion towards the star.
    has_tellurics : bool
    emulator : Emulator or None
        None = seeded lines.
    """
    wavelengths = instrument.wavelengths()
    low = min(float(in_air(instrument, w[:1])[0]) for w in wavelengths) * (1.0 - MARGIN)
    high = max(float(in_air(instrument, w[-1:])[0]) for w in wavelengths) * (1.0 + MARGIN)
    dv = FINE_STEP_KMS if instrument.resolving_power > SHARP else 2.0 * FINE_STEP_KMS
    grid = log_grid(low, high, dv)
    flux, forest = star_lines(star, grid, dv, emulator)
    velocity = observed_velocity_kms(star.v_rad_kms, berv_kms)
    flux = np.asarray(broaden(flux, dv, velocity_kms=velocity), dtype=np.float64)
    moved = np.arange(grid.size) - int(np.rint(log_shift_kms(velocity) / dv))
    forest = forest[np.clip(moved, 0, grid.size - 1)]  # what was seeded moves with the star
    telluric = np.ones(grid.size)
    if instrument.has_tellurics and has_tellurics:
        telluric = telluric_transmission(low, dv, grid.size)
    flux, telluric = (
        np.asarray(broaden(values, dv, resolving_power=instrument.resolving_power), dtype=np.float64)
        for values in (flux * telluric, telluric)
    )
    return FineSpectrum(low, dv, flux, telluric, forest)


def observed_velocity_kms(v_rad_kms: float, berv_kms: float) -> float:
    """Return the velocity that the wavelengths show to an observer who moves towards the star."""
    factor = doppler_factor(v_rad_kms) / doppler_factor(berv_kms)
    return float(SPEED_OF_LIGHT_KMS * (factor**2 - 1.0) / (factor**2 + 1.0))


def in_air(instrument: Instrument, wavelength_aa: Floats) -> Floats:
    """Return wavelengths of an instrument in air [Angstrom]."""
    return vacuum_to_air(wavelength_aa) if instrument.medium == "vacuum" else wavelength_aa
