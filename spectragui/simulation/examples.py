"""Make the bundled example spectra: simulated, named so, and with their true labels in the header.

``python -m spectragui.simulation.examples [FOLDER]`` writes them again, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.emulator import Emulator, load_emulator
from spectragui.simulation.forward_model import PIXELS_PER_FWHM, Observing, observed_flux, simulate_spectrum
from spectragui.simulation.gaps import echelle_blaze
from spectragui.simulation.noise import add_cosmic_rays, add_noise

SUN_LIKE = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 3.2}
SUN_LIKE_OBSERVING = Observing(resolving_power=50_000.0, v_rad_kms=12.3, snr=80.0, vmac_kms=2.5, seed=20)
K_GIANT = {"teff": 4750.0, "logg": 2.6, "m_h": -0.15, "alpha_m": 0.08, "vmic": 1.5, "vsini": 4.5}
K_GIANT_OBSERVING = Observing(
    resolving_power=45_000.0, v_rad_kms=-27.4, snr=120.0, vmac_kms=3.5, is_normalised=False, seed=21
)
ORDERS = range(68, 57, -1)  # of an imagined echelle grating, blue to red
GRATING_AA = 306_250.0  # order number times central wavelength
ORDER_PIXELS = 2048
PEAK_ELECTRONS = 16_000.0  # at the top of the blaze
READ_NOISE_ELECTRONS = 5.0
COSMIC_RAYS_PER_ORDER = 2
_LABEL_KEYS = {
    "teff": ("SIMTEFF", "[K] true effective temperature"),
    "logg": ("SIMLOGG", "[dex] true log g (cgs)"),
    "m_h": ("SIMM_H", "[dex] true [M/H]"),
    "alpha_m": ("SIMALPHA", "[dex] true [alpha/M]"),
    "vmic": ("SIMVMIC", "[km/s] true microturbulence"),
    "vsini": ("SIMVSINI", "[km/s] true rotation with macroturbulence"),
}


def write_examples(folder: Path, emulator: Emulator | None = None) -> list[Path]:
    """Write all example spectra; return their paths."""
    emulator = load_emulator() if emulator is None else emulator
    return [
        write_sun_like_star(folder / "simulated_sun_like_1d.fits", emulator),
        write_echelle_giant(folder / "simulated_echelle_k_giant.fits", emulator),
    ]


def write_sun_like_star(path: Path, emulator: Emulator) -> Path:
    """Write a normalised 1-D spectrum of a Sun-like star as a FITS table."""
    from astropy.io import fits

    spectrum = simulate_spectrum(emulator, SUN_LIKE, SUN_LIKE_OBSERVING)
    sigma = np.asarray(spectrum.uncertainty)
    columns = [
        fits.Column("WAVE", "D", unit="Angstrom", array=spectrum.wavelength_aa),
        fits.Column("FLUX", "E", array=spectrum.flux.astype(np.float32)),
        fits.Column("ERR", "E", array=sigma.astype(np.float32)),
        fits.Column("MASK", "B", array=np.asarray(spectrum.mask).astype(np.uint8)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    table.header["TUCD1"] = ("em.wl;obs.atmos", "wavelength in air")
    primary = fits.PrimaryHDU()
    for header in (primary.header, table.header):
        _describe(header, "Simulated Sun-like star", SUN_LIKE, SUN_LIKE_OBSERVING)
    _write(fits.HDUList([primary, table]), path)
    return path


def write_echelle_giant(path: Path, emulator: Emulator) -> Path:
    """Write the orders of a K giant as images of flux, error, wavelength and mask."""
    from astropy.io import fits

    generator = np.random.default_rng(K_GIANT_OBSERVING.seed)
    orders = [_giant_order(emulator, number, generator) for number in ORDERS]
    flux, sigma, wavelength, mask = (np.stack(images) for images in zip(*orders, strict=True))
    primary = fits.PrimaryHDU(flux.astype(np.float32))
    _describe(primary.header, "Simulated K giant", K_GIANT, K_GIANT_OBSERVING)
    primary.header["BUNIT"] = ("electron", "extracted flux, blaze not removed")
    images = [
        fits.ImageHDU(sigma.astype(np.float32), name="ERROR"),
        fits.ImageHDU(wavelength, name="WAVE"),
        fits.ImageHDU(mask.astype(np.uint8), name="MASK"),
    ]
    images[0].header["BUNIT"] = "electron"
    images[1].header["BUNIT"] = "Angstrom"
    _write(fits.HDUList([primary, *images]), path)
    return path


def order_wavelengths(number: int) -> NDArray[np.float64]:
    """Return the pixels of an order, with an uneven dispersion, shape (2048,), Angstrom, air."""
    centre = GRATING_AA / number
    step = (
        centre * SPEED_OF_LIGHT_KMS / K_GIANT_OBSERVING.resolving_power / PIXELS_PER_FWHM / SPEED_OF_LIGHT_KMS
    )
    place = (np.arange(ORDER_PIXELS) - ORDER_PIXELS / 2) / ORDER_PIXELS
    return np.asarray(centre + step * ORDER_PIXELS * (place - 0.08 * place**2))


def _giant_order(emulator: Emulator, number: int, generator: np.random.Generator) -> tuple[NDArray[Any], ...]:
    wavelength = order_wavelengths(number)
    blaze = PEAK_ELECTRONS * echelle_blaze(ORDER_PIXELS)
    electrons = blaze * observed_flux(emulator, K_GIANT, K_GIANT_OBSERVING, wavelength)
    sigma = np.sqrt(electrons + READ_NOISE_ELECTRONS**2)
    flux, hit = add_cosmic_rays(
        add_noise(electrons, sigma, generator), sigma, COSMIC_RAYS_PER_ORDER, generator
    )
    return flux, sigma, wavelength, hit


def _describe(header: Any, title: str, labels: Mapping[str, float], observing: Observing) -> None:
    header["OBJECT"] = title
    header["SIMULATE"] = (True, "by the forward model of SpectraGUI")
    header["AIRORVAC"] = ("air", "medium of the wavelengths")
    header["SPECSYS"] = ("BARYCENT", "frame of the wavelengths")
    header["SPEC_RES"] = (observing.resolving_power, "resolving power, wavelength / FWHM")
    for name, (keyword, comment) in _LABEL_KEYS.items():
        header[keyword] = (labels[name], comment)
    header["SIMVRAD"] = (observing.v_rad_kms, "[km/s] true radial velocity, not removed")
    header["SIMSNR"] = (observing.snr, "S/N per pixel asked for")
    header["SIMSEED"] = (observing.seed, "seed of the noise")


def _write(hdus: Any, path: Path) -> None:
    with atomic_path(path) as temporary:
        hdus.writeto(temporary, overwrite=True)


def main(arguments: list[str] | None = None) -> None:
    """Write the examples into a folder, by default where the program looks for them."""
    import sys

    given = sys.argv[1:] if arguments is None else arguments
    folder = Path(given[0]) if given else resource("examples")
    folder.mkdir(parents=True, exist_ok=True)
    write_examples(folder)


if __name__ == "__main__":
    main()
