"""Noise of many drawn nights at once, from the photon budget of an instrument."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.night_conditions import draw_conditions
from spectragui.simulation.photon_budget import ab_to_njy, photon_budget, sky_line_photons

Floats = NDArray[np.float64]


FEWEST_PIXELS = 1000
READ_NOISE = 3.0  # electrons a pixel, of instruments whose photons are not counted


class NightSky:
    """What nights of one instrument add to a star's noise.

    Parameters
    ----------
    instrument : str
        One whose photons are counted (``pfs-mr``) has nights; of another the noise is that of the star's
        own photons, at S/N 5 to 200.
    resolving_power : float
        In place of the instrument's, with as many pixels as that needs; 0 = the instrument's.
    """

    def __init__(self, instrument: str, resolving_power: float = 0.0) -> None:
        chosen = load_instrument(instrument)
        if resolving_power > 0:
            n_pixels = max(int(chosen.n_pixels * resolving_power / chosen.resolving_power), FEWEST_PIXELS)
            chosen = dataclasses.replace(chosen, resolving_power=resolving_power, n_pixels=n_pixels)
        self.system, self.resolving_power = chosen.photons, chosen.resolving_power
        (wavelength,) = chosen.wavelengths()
        self.wavelength_aa = air_to_vacuum(wavelength) if chosen.medium == "air" else wavelength
        if self.system is not None:
            self._lines = sky_line_photons(self.wavelength_aa, self.resolving_power)

    def draw(self, count: int, generator: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """Return, for drawn nights, the star's level and what decides the noise.

        Returns
        -------
        level : ndarray, shape (count,)
            Mean flux in the i band [nJy].
        per_flux, background : ndarray, shape (count, n_pixels)
            Electrons of the star for 1 nJy, and the variance of sky, Moon and detector [electrons^2].
        """
        if self.system is None:
            electrons = np.exp(generator.uniform(np.log(5.0), np.log(200.0), count)) ** 2
            shape = (count, self.wavelength_aa.size)
            return np.ones(count), np.broadcast_to(electrons[:, None], shape), np.full(shape, READ_NOISE**2)
        level, per_flux, background = [], [], []
        for _ in range(count):
            night = draw_conditions(generator)
            budget = photon_budget(self.system, night, self.wavelength_aa, self.resolving_power, self._lines)
            level.append(float(ab_to_njy(night.magnitude)))
            per_flux.append(budget.per_flux)
            background.append(np.sum(list(budget.variance.values()), axis=0))
        return np.array(level), np.stack(per_flux), np.stack(background)
