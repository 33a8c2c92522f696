"""What every simulated file says of itself, and images of its orders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.simulation.mock_observation import BIT_WORDS, MockObservation

BITS_EXTENSION = "SIMBITS"
_LABEL_CARDS = {
    "teff": ("SIMTEFF", "[K] true effective temperature"),
    "logg": ("SIMLOGG", "[dex] true log g (cgs)"),
    "m_h": ("SIMM_H", "[dex] true [M/H]"),
    "alpha_m": ("SIMALPHA", "[dex] true [alpha/M]"),
    "vmic": ("SIMVMIC", "[km/s] true microturbulence"),
    "vsini": ("SIMVSINI", "[km/s] true rotation with macroturbulence"),
}

_NIGHT_CARDS = {
    "magnitude": ("SIMMAG", "[mag] i band, AB"),
    "exposures": ("SIMNEXP", "exposures added up"),
    "exposure_time": ("SIMTEXP", "[s] of one exposure"),
    "seeing": ("SIMSEE", "[arcsec] FWHM"),
    "zenith": ("SIMZEN", "[deg] of the star"),
    "field_angle": ("SIMFIELD", "[deg] of the fibre"),
    "moon_zenith": ("SIMMZEN", "[deg] of the Moon"),
    "moon_target": ("SIMMANG", "[deg] Moon to star"),
    "moon_phase": ("SIMMPHA", "0 new, 0.25 half, 0.5 full"),
}


def simulation_cards(observation: MockObservation) -> list[tuple[str, Any, str]]:
    """Return the cards (keyword, value, comment) that say what was simulated, from which seeds."""
    star, exposure = observation.star, observation.exposure
    labels = star.all_labels
    cards: list[tuple[str, Any, str]] = [
        ("OBJECT", star.name or f"Simulated star {labels['teff']:.0f} K", ""),
        ("SIMULATE", True, "by the forward model of SpectraGUI"),
        ("SIMINSTR", observation.instrument.name, "simulated instrument"),
        ("SIMLINES", observation.lines, ""),
    ]
    cards += [(keyword, labels[name], comment) for name, (keyword, comment) in _LABEL_CARDS.items()]
    cards += [
        ("SIMVRAD", star.v_rad_kms, "[km/s] true barycentric velocity"),
        ("SIMBERV", exposure.berv_kms, "[km/s] observer's motion, not removed"),
        ("SIMEBV", star.ebv, "[mag] E(B-V)"),
        ("SIMSEED", exposure.seed, "of noise, hits, bad pixels, levels"),
        ("SIMLSEED", star.line_seed, "of lines where no emulator reaches"),
    ]
    reached = observation.snr if exposure.night is not None else exposure.snr
    if np.isfinite(reached):
        cards.append(("SIMSNR", round(float(reached), 4), "median S/N per pixel"))
    if exposure.night is not None:
        night = exposure.night
        cards += [
            (keyword, round(getattr(night, name), 6), comment)
            for name, (keyword, comment) in _NIGHT_CARDS.items()
        ]
    if observation.is_cut:
        cards.append(("SIMCUT", True, "pixels beyond the emulator at this velocity are masked"))
    return cards


def primary_hdu(observation: MockObservation, data: NDArray[Any] | None = None) -> Any:
    """Return the first extension, with `simulation_cards`."""
    from astropy.io import fits

    hdu = fits.PrimaryHDU(data)
    for keyword, value, comment in simulation_cards(observation):
        hdu.header[keyword] = (value, comment)
    return hdu


def bits_hdu(observation: MockObservation, values: NDArray[np.int32]) -> Any:
    """Return the image of what is in each pixel: seeded lines, cosmic rays, bad pixels, tellurics."""
    from astropy.io import fits

    hdu = fits.ImageHDU(values.astype(np.uint8), name=BITS_EXTENSION)
    for bit, words in BIT_WORDS.items():
        hdu.header[f"BIT{bit}"] = (bit, words)
    return hdu


def image(observation: MockObservation, name: str) -> NDArray[Any]:
    """Return an attribute of all orders as an image, an order a row."""
    return np.stack([getattr(order, name) for order in observation.orders])
