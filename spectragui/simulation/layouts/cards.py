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
    if np.isfinite(exposure.snr):
        cards.append(("SIMSNR", exposure.snr, "median S/N per pixel"))
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
