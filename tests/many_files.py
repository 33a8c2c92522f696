"""Simulated files of 50,000 pixels, for the proofs of speed and memory of long runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

N_PIXELS = 50_000
RANGE_AA = (3800.0, 6900.0)  # as stitched optical spectra
SNR = 100.0


def write_night(folder: Path, n_files: int, n_different: int = 10) -> list[Path]:
    """Write some different spectra, and links to them until there are ``n_files``; one file is broken."""
    from astropy.io import fits

    from spectragui.inference.opened_model import open_model
    from spectragui.simulation.broadening import broaden

    emulator = open_model("optical-parameters").emulator
    chance = np.random.default_rng(20261130)
    wavelength = np.linspace(*RANGE_AA, N_PIXELS)
    originals = folder / "originals"
    originals.mkdir()
    for number in range(n_different):
        labels = {"teff": chance.uniform(4500, 6800), "logg": chance.uniform(2.0, 4.8), "alpha_m": 0.1}
        labels |= {"m_h": chance.uniform(-1.0, 0.3), "vmic": 1.2}
        point = np.array([[labels[name] for name in emulator.label_names]])
        star = np.asarray(emulator.normalised_flux(point))[0]
        star = broaden(star, emulator.dv_kms, vsini_kms=5.0, resolving_power=60_000.0)
        shifted = wavelength / (1.0 + chance.uniform(-80.0, 80.0) / 299_792.458)
        flux = np.interp(shifted, emulator.wavelength_aa, star, left=1.0, right=1.0)
        flux = (flux + chance.normal(0.0, 1.0 / SNR, N_PIXELS)) * (1.0 + 0.3 * np.sin(wavelength / 900.0))
        columns = {"wavelength": wavelength, "flux": 1000.0 * flux, "error": np.full(N_PIXELS, 1000.0 / SNR)}
        units = {"wavelength": "Angstrom"}
        table = fits.BinTableHDU.from_columns(
            [fits.Column(name, "D", array=array, unit=units.get(name)) for name, array in columns.items()]
        )
        table.header["SPECSYS"], table.header["WAVEMED"] = "BARYCENT", "air"
        fits.HDUList([fits.PrimaryHDU(), table]).writeto(originals / f"{number}.fits")
    night = folder / "night"
    night.mkdir()
    for number in range(n_files):
        link = night / f"star_{number:05d}.fits"
        if number == n_files // 4:
            link.write_bytes((originals / "0.fits").read_bytes()[:9000])
        else:
            link.symlink_to(originals / f"{number % n_different}.fits")
    return sorted(night.iterdir())
