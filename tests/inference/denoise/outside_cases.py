"""Spectra that no star of the denoiser's domain has made, as PFS would record them; and some it knows."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.numerics import FWHM_PER_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.mock_observation import Exposure, observe
from spectragui.simulation.star_spectrum import Star
from spectragui.simulation.truth import true_spectrum

Case = tuple[Spectrum, DenoiseOptions]
PASCHEN = tuple(1e8 / (109677.58 * (1 / 9 - 1 / n**2)) for n in range(11, 20))  # vacuum
CA_II = (8500.36, 8544.44, 8664.52)


def known_star(
    rng: np.random.Generator, snr: float, power: float = 0.0, v_rad: float | None = None
) -> Spectrum:
    """Return a star of the domain."""
    giant = rng.random() < 0.5
    teff = rng.uniform(3900, 5200) if giant else rng.uniform(4300, 6600)
    logg = np.interp(teff, (3900, 5200), (0.9, 2.9)) if giant else rng.uniform(4.0, 4.7)
    m_h = rng.uniform(-2.2, 0.3)
    labels = {"teff": teff, "logg": float(logg), "m_h": m_h, "alpha_m": float(np.clip(-0.3 * m_h, 0, 0.35))}
    instrument = load_instrument("pfs-mr")
    if power:
        instrument = dataclasses.replace(instrument, resolving_power=power)
    velocity = rng.uniform(-300, 300) if v_rad is None else v_rad
    star = Star(labels, velocity, ebv=rng.uniform(0, 0.1))
    seen = observe(instrument, star, Exposure(snr, seed=int(rng.integers(1 << 30))))
    truth = true_spectrum(seen)
    assert isinstance(truth, Spectrum)
    return Spectrum(truth.spectral_axis, seen.orders[0].flux, seen.orders[0].sigma, flux_unit="nJy")


def recorded(truth: np.ndarray, rng: np.random.Generator, snr: float) -> Spectrum:
    """Return a spectrum of any shape with the noise of a PFS night."""
    pattern = known_star(rng, snr)
    assert pattern.uncertainty is not None
    shape = pattern.uncertainty / np.nanmedian(pattern.uncertainty)
    sigma = shape * np.median(truth) / snr
    return pattern.replace(
        flux=truth + rng.normal(0.0, sigma), uncertainty=sigma, mask=np.zeros(sigma.size, bool)
    )


def pixels() -> np.ndarray:
    """Return the wavelengths of PFS, vacuum [Angstrom]."""
    return load_instrument("pfs-mr").wavelengths()[0]


def planck(wavelength: np.ndarray, teff: float) -> np.ndarray:
    """Return a black body per frequency, of order one."""
    x = 1.4387769e8 / (wavelength * teff)
    return wavelength**-3.0 / np.expm1(x) / (8000.0**-3.0 / np.expm1(1.4387769e8 / (8000.0 * teff)))


def lines(wavelength: np.ndarray, centres: tuple[float, ...], depth: float, fwhm_aa: float) -> np.ndarray:
    """Return a transmission of Lorentzian lines."""
    depths = [depth / (1.0 + np.square(2.0 * (wavelength - centre) / fwhm_aa)) for centre in centres]
    return np.exp(-np.sum(depths, axis=0))


def hot_star(rng: np.random.Generator, snr: float) -> Case:
    """9000 K: the Paschen series, little else."""
    x = pixels() / (1.0 + rng.uniform(-200, 200) / SPEED_OF_LIGHT_KMS)
    flux = planck(x, 9000.0) * lines(x, PASCHEN, 0.3, 22.0) * lines(x, CA_II, 0.35, 2.5)
    return recorded(flux * lines(x, (7773.9, 7776.3, 7777.5), 0.25, 2.0), rng, snr), DenoiseOptions()


def white_dwarf(rng: np.random.Generator, snr: float) -> Case:
    """A DA: broad, shallow Paschen lines on the tail of a black body."""
    x = pixels()
    return recorded(
        planck(x, rng.uniform(8000, 20000)) * lines(x, PASCHEN[:3], 0.12, 90.0), rng, snr
    ), DenoiseOptions()


def galaxy(rng: np.random.Generator, snr: float) -> Case:
    """An early type at z = 0.02-0.25, 200 km/s, with some H alpha."""
    x, z = pixels(), rng.uniform(0.02, 0.24)
    features = {
        5269.0: 0.12, 5700.0: 0.06, 5893.0: 0.25, 6150.0: 0.08, 6495.0: 0.08, 7050.0: 0.1, 7150.0: 0.12,
        8190.0: 0.08, 8500.0: 0.25, 8544.0: 0.35, 8664.0: 0.3,
    }  # fmt: skip
    rest = x / (1.0 + z)
    flux = planck(rest, 4600.0)
    for centre, depth in features.items():
        flux = flux * (
            1.0 - depth * np.exp(-0.5 * np.square((rest - centre) / (centre * 230.0 / SPEED_OF_LIGHT_KMS)))
        )
    for centre, height in ((6564.6, 0.5), (6585.3, 0.35), (6718.0, 0.2), (6732.0, 0.15)):
        flux = flux * (1.0 + height * np.exp(-0.5 * np.square((rest - centre) / 3.0)))
    return recorded(flux, rng, snr), DenoiseOptions()


def quasar(rng: np.random.Generator, snr: float) -> Case:
    """A power law with one broad line."""
    x, centre = pixels(), rng.uniform(7400, 8500)
    width = centre * rng.uniform(1500, 3000) / SPEED_OF_LIGHT_KMS
    flux = (x / 8000.0) ** rng.uniform(-0.5, 1.0) * (
        1.0 + 0.6 * np.exp(-0.5 * np.square((x - centre) / width))
    )
    return recorded(flux, rng, snr), DenoiseOptions()


def emission_line(rng: np.random.Generator, snr: float) -> Case:
    """A star with a line in emission, 8 sigma in equivalent width."""
    star = known_star(rng, snr)
    x, sigma = star.wavelength_aa, star.uncertainty
    assert sigma is not None
    centre = float(rng.choice((rng.uniform(7200, 7560), rng.uniform(7750, 8750))))
    width = centre / 5000.0 / FWHM_PER_SIGMA * rng.uniform(1.0, 2.0)
    profile = np.exp(-0.5 * np.square((x - centre) / width))
    height = 8.0 / np.sqrt(np.sum(np.square(profile / sigma)))
    return star.replace(flux=star.flux + height * profile), DenoiseOptions()


def low_resolution(rng: np.random.Generator, snr: float) -> Case:
    """R 2000, and the header does not say so."""
    return known_star(rng, snr, 2000.0), DenoiseOptions()


def high_resolution(rng: np.random.Generator, snr: float) -> Case:
    """R 20,000 on its own pixels, and the header does not say so."""
    return known_star(rng, snr, 20_000.0), DenoiseOptions()


def wrong_velocity(rng: np.random.Generator, snr: float) -> Case:
    """The velocity that is told is wrong by 60 to 300 km/s."""
    off = rng.uniform(60, 300) * rng.choice((-1, 1))
    return known_star(rng, snr, v_rad=50.0), DenoiseOptions(v_rad=float(50.0 + off))


def half_window(rng: np.random.Generator, snr: float) -> Case:
    """Only one half of the window."""
    star = known_star(rng, snr)
    first = rng.random() < 0.5
    return star.select(slice(0, 2048) if first else slice(2048, 4096)), DenoiseOptions()


OUTSIDE = {
    "9000 K": hot_star,
    "white dwarf": white_dwarf,
    "galaxy": galaxy,
    "QSO": quasar,
    "emission line": emission_line,
    "R 2000": low_resolution,
    "R 20,000": high_resolution,
    "wrong velocity": wrong_velocity,
    "half a window": half_window,
}
