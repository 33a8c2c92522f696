"""Write docs/continuum.md: continua that are found against known ones, by type of star and S/N.

Usage: PYTHONPATH=. python docs/make_continuum.py
The grids and real spectra are in $SPECTRAGUI_SHARED, else in ../shared beside the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io import read_spectrum
from spectragui.preprocessing.chain_files import load_preset
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, observed_flux

CHECKOUT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared") / "data"
POWER, PIXELS_PER_FWHM, STARS_PER_TYPE = 60_000.0, 2.5, 4
Floats = np.ndarray
Case = tuple[Spectrum, Floats]  # and its true continuum

TYPES: dict[str, tuple[str, Callable[[dict[str, Floats]], Floats]]] = {
    "A dwarf": ("optical", lambda x: (x["teff"] > 7800) & (x["logg"] > 3.3)),
    "F dwarf": ("optical", lambda x: (abs(x["teff"] - 6650) < 550) & (x["logg"] > 3.5) & (x["m_h"] > -1)),
    "G dwarf": ("optical", lambda x: (abs(x["teff"] - 5700) < 400) & (x["logg"] > 3.8) & (x["m_h"] > -1)),
    "K dwarf": ("optical", lambda x: (abs(x["teff"] - 4700) < 400) & (x["logg"] > 4) & (x["m_h"] > -1)),
    "K giant": ("optical", lambda x: (abs(x["teff"] - 4500) < 500) & (x["logg"] < 3) & (x["m_h"] > -1)),
    "metal-poor": ("optical", lambda x: (abs(x["teff"] - 5550) < 950) & (x["m_h"] < -1.5)),
    "K star, 7070-8890 Å": ("pfs", lambda x: (x["teff"] < 5500) & (x["m_h"] > -1.5)),
    "M dwarf, 8620-8835 Å": ("mdwarf", lambda x: x["teff"] > 2700),
}
REAL = {  # file, labels, resolving power, macroturbulence, range
    "Sun (HARPS; the line list was calibrated on it)": (
        "harps_sun_ganymede.fits",
        {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 4.2},
        115_000.0,
        3.8,
    ),
    "18 Sco (HARPS at R 32,000, 5143-5300 Å)": (
        "harps_18sco_r32k.fits",
        {"teff": 5810.0, "logg": 4.44, "m_h": 0.03, "alpha_m": 0.0, "vmic": 1.0, "vsini": 4.0},
        32_000.0,
        3.5,
    ),
    "ι Hor = HD 17051 (HARPS)": (
        "harps_hd17051.fits",
        {"teff": 6170.0, "logg": 4.45, "m_h": 0.15, "alpha_m": 0.0, "vmic": 1.3, "vsini": 7.5},
        115_000.0,
        4.5,
    ),
    "Arcturus (Hinkle atlas)": (
        "atlas_arcturus.fits",
        {"teff": 4286.0, "logg": 1.64, "m_h": -0.52, "alpha_m": 0.25, "vmic": 1.6, "vsini": 6.0},
        150_000.0,
        5.5,
    ),
}

INTRODUCTION = """# Continuum

Made by `python docs/make_continuum.py`; do not edit. How it works: [physics.md](physics.md).

Held-out spectra of the grids (every tenth; nothing was tuned on them) at R 60,000, {stars} stars a type, with
photon noise. "One piece": times a response with a slope, a bend and waves of 2 % rms some 150 Å long.
"Orders": cut in echelle orders of some 40 to 60 Å with a sinc² blaze that is lopsided, off centre and drifts
from order to order, and waves up to 1 %. The stage `continuum` with its defaults; found / true - 1 in %,
where the blaze lets more than 15 % through, averaged over the stars (and orders).
"""
HEADING = """
## {title}

| star | S/N | mean | median | median of the modulus | 99 % below | largest |
|---|---|---|---|---|---|---|
"""
REAL_HEADING = """
## Real stars against computed ones

`spectragui preprocess FILE --chain generic-1d` minus the emulator at the accepted labels with rotation and
macroturbulence, 4450-5300 Å, in %. What is left holds the errors of line list, labels and emulator too:
0.53 % (median) for the Sun.

| star | median of the modulus | median | median where the computed flux is above 0.97 |
|---|---|---|---|
"""


def held_out(kind: str) -> list[tuple[Floats, Floats]]:
    """Return (wavelength, normalised flux at R 60,000) of some held-out spectra of a type."""
    name, is_wanted = TYPES[kind]
    with np.load(DATA / "grids" / f"{name}.npz") as grid:
        labels = dict(zip(grid["label_names"], grid["labels"].T, strict=True))
        tenth = np.arange(grid["labels"].shape[0]) % 10 == 0
        chosen = np.flatnonzero(is_wanted(labels) & tenth)[:STARS_PER_TYPE]
        sigma = 299_792.458 / POWER / 2.3548 / float(grid["dv"])
        wave = grid["wave"].astype(np.float64)
        return [(wave, gaussian_filter1d(grid["flux"][i] / 50_000.0, sigma)) for i in chosen]


def observed(
    wavelength: Floats, flux: Floats, continuum: Floats, snr: float, rng: np.random.Generator
) -> Case:
    """Return the spectrum with noise, and its continuum."""
    light = np.maximum(flux * continuum, 1e-3 * np.median(continuum))
    sigma = np.sqrt(light * np.median(continuum)) / snr
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    return Spectrum(
        axis, rng.normal(flux * continuum, sigma), sigma, meta={"resolving_power": POWER}
    ), continuum


def waves(wavelength: Floats, length_aa: float, rng: np.random.Generator) -> Floats:
    """Return a smooth random curve of unit variance."""
    curve = gaussian_filter1d(rng.normal(size=wavelength.size), length_aa / (wavelength[1] - wavelength[0]))
    return curve / max(float(curve.std()), 1e-9)


def one_piece(wave: Floats, flux: Floats, snr: float, rng: np.random.Generator) -> list[Case]:
    """Return the star as one long spectrum."""
    step = float(np.median(wave)) / POWER / PIXELS_PER_FWHM
    wavelength = np.arange(wave[0] + 5, wave[-1] - 5, step)
    x = np.linspace(-1, 1, wavelength.size)
    shape = np.maximum(1 + 0.2 * rng.normal() * x + 0.12 * rng.normal() * x**2, 0.2)
    continuum = 1000 * shape * np.exp(0.02 * waves(wavelength, 60.0, rng))
    return [observed(wavelength, np.interp(wavelength, wave, flux), continuum, snr, rng)]


def in_orders(wave: Floats, flux: Floats, snr: float, rng: np.random.Generator) -> list[Case]:
    """Return the star as echelle orders."""
    lopsided, bend, off, drift = rng.normal(size=4) * (0.1, 0.1, 0.03, 0.002)
    constant = 5.7e5 if wave[-1] - wave[0] > 400 else 2.85e6
    numbers = [m for m in range(20, 500) if wave[0] < (constant - 0.6 * constant / m) / m]
    numbers = [m for m in numbers if (constant + 0.6 * constant / m) / m < wave[-1]]
    cases = []
    for number in numbers:
        centre, length = constant / number, constant / number**2
        wavelength = np.arange(centre - 0.6 * length, centre + 0.6 * length, centre / POWER / PIXELS_PER_FWHM)
        u = (wavelength - centre) / length
        blaze = np.sinc((u - off - drift * (number - numbers[0])) / 1.05) ** 2
        continuum = 1000 * blaze * (1 + lopsided * u + bend * u**2) * (1 + 0.06 * rng.normal())
        continuum = continuum * np.exp(0.01 * rng.random() * waves(wavelength, 20.0, rng))
        cases.append(observed(wavelength, np.interp(wavelength, wave, flux), continuum, snr, rng))
    return sorted(cases, key=lambda case: case[0].wavelength_aa[0])


def errors_of(cases: list[Case]) -> Iterator[tuple[float, ...]]:
    """Yield mean, median, median modulus, 99th percentile and largest error of each order."""
    spectra = tuple(spectrum for spectrum, _ in cases)
    result = Continuum().run(spectra[0] if len(spectra) == 1 else EchelleSpectrum(spectra))
    for (_, true), curve in zip(cases, result.curves, strict=True):
        error = (curve.values / true - 1)[true > 0.15 * true.max()]
        size = np.abs(error)
        values = (error.mean(), np.median(error), np.median(size), np.percentile(size, 99), size.max())
        yield tuple(float(100 * value) for value in values)


def rows_of(make: Callable[..., list[Case]]) -> Iterator[str]:
    """Yield a row for each type and S/N."""
    for kind in TYPES:
        stars = held_out(kind)
        for snr in (20, 60, 200):
            rng = np.random.default_rng(11)
            errors = [one for star in stars for one in errors_of(make(*star, snr, rng))]
            mean = np.mean(errors, axis=0)
            yield (
                f"| {kind} | {snr} | {mean[0]:+.2f} | {mean[1]:+.2f} | "
                + " | ".join(f"{value:.2f}" for value in mean[2:])
                + " |"
            )


def real_rows() -> Iterator[str]:
    """Yield a row for each real star."""
    emulator, chain = load_emulator("optical-emulator"), load_preset("generic-1d")
    for title, (file, labels, power, macroturbulence) in REAL.items():
        spectrum = chain.apply(read_spectrum(DATA / "stars" / file))
        window = (spectrum.wavelength_aa > 4450) & (spectrum.wavelength_aa < 5300) & spectrum.good
        flux, how = spectrum.flux[window], Observing(resolving_power=power, vmac_kms=macroturbulence)
        trials = [
            observed_flux(emulator, labels, how, spectrum.wavelength_aa[window] / doppler_factor(velocity))
            for velocity in np.arange(-1.5, 1.51, 0.25)  # the files' own zero points
        ]
        computed = min(trials, key=lambda trial: float(np.nanstd(flux - trial)))
        off = 100 * (flux - computed)
        top = np.median(off[computed > 0.97])
        yield f"| {title} | {np.median(np.abs(off)):.2f} | {np.median(off):+.2f} | {top:+.2f} |"


def main() -> None:
    """Write the page."""
    text = INTRODUCTION.format(stars=STARS_PER_TYPE)
    for title, make in {"One piece": one_piece, "Orders": in_orders}.items():
        text += HEADING.format(title=title) + "\n".join(rows_of(make)) + "\n"
    text += REAL_HEADING + "\n".join(real_rows()) + "\n"
    (CHECKOUT / "docs" / "continuum.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
