"""Optical spectra that no star of the domain of `optical-dae` has made; and some that it knows."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.numerics import FWHM_PER_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.mock_observation import FOREST, Exposure, observe
from spectragui.simulation.star_spectrum import Star
from spectragui.simulation.truth import true_spectrum
from tests.inference.denoise.outside_cases import Case, planck

POWER, N_PIXELS = 12_000.0, 5700
BALMER = (4862.7,)  # vacuum


def optical_star(
    rng: np.random.Generator,
    snr: float,
    power: float = POWER,
    v_rad: float | None = None,
    *,
    told: float | None = None,
) -> tuple[Spectrum, np.ndarray]:
    """Return a star of the domain (its header tells ``told`` or the true resolving power), and its truth."""
    giant = rng.random() < 0.5
    teff = rng.uniform(4200, 5200) if giant else rng.uniform(4600, 7000)
    logg = np.interp(teff, (4200, 5200), (1.3, 2.9)) if giant else rng.uniform(4.0, 4.7)
    m_h = rng.uniform(-2.2, 0.3)
    labels = {"teff": teff, "logg": float(logg), "m_h": m_h, "alpha_m": float(np.clip(-0.3 * m_h, 0, 0.35))}
    labels |= {"vmic": rng.uniform(0.8, 2.0), "vsini": rng.uniform(1.0, 12.0)}
    instrument = dataclasses.replace(load_instrument("generic-1d"), resolving_power=power, n_pixels=N_PIXELS)
    star = Star(labels, rng.uniform(-200, 200) if v_rad is None else v_rad)
    seen = observe(instrument, star, Exposure(snr, seed=int(rng.integers(1 << 30))))
    truth = true_spectrum(seen)
    assert isinstance(truth, Spectrum)
    meta = {"normalised": True, "resolving_power": power if told is None else told}
    order = seen.orders[0]
    invented = (order.bits & FOREST) > 0  # lines at the window's ends that are no star's
    noisy = Spectrum(truth.spectral_axis, order.flux, order.sigma, invented, flux_unit="", meta=meta)
    return noisy, truth.flux


def recorded(truth: np.ndarray, rng: np.random.Generator, snr: float) -> Spectrum:
    """Return a spectrum of any shape on the pixels of `optical_star`, with noise."""
    pattern, _ = optical_star(rng, snr)
    sigma = np.sqrt(np.maximum(truth, 0.05) * np.median(truth)) / snr
    mask = np.zeros(sigma.size, bool)
    meta = {**pattern.meta, "normalised": False}
    return pattern.replace(flux=truth + rng.normal(0.0, sigma), uncertainty=sigma, mask=mask, meta=meta)


def wavelengths() -> np.ndarray:
    """Return the pixels [Angstrom]."""
    return np.linspace(4450.0, 5400.0, N_PIXELS)


def _lines(x: np.ndarray, depths: dict[float, float], fwhm_aa: float) -> np.ndarray:
    return np.exp(
        -np.sum([d / (1.0 + np.square(2.0 * (x - c) / fwhm_aa)) for c, d in depths.items()], axis=0)
    )


def hot_star(rng: np.random.Generator, snr: float) -> Case:
    """9000 K: one broad Balmer line, few weak ones."""
    x = wavelengths() / (1.0 + rng.uniform(-200, 200) / SPEED_OF_LIGHT_KMS)
    weak = {4481.3: 0.35, 4923.9: 0.15, 5018.4: 0.2, 5169.0: 0.25, 5172.7: 0.15, 5183.6: 0.2}
    flux = planck(x, 9000.0) * _lines(x, {4861.3: 1.1}, 22.0) * _lines(x, weak, 0.6)
    return recorded(flux, rng, snr), DenoiseOptions()


def white_dwarf(rng: np.random.Generator, snr: float) -> Case:
    """A DA: a Balmer line a hundred Angstrom wide."""
    x = wavelengths()
    flux = planck(x, rng.uniform(8000, 20000)) * _lines(x, {4861.3: 0.9}, 90.0)
    return recorded(flux, rng, snr), DenoiseOptions()


def galaxy(rng: np.random.Generator, snr: float) -> Case:
    """An early type, 230 km/s, z to 0.1, some [O III]."""
    x = wavelengths()
    rest = x / (1.0 + rng.uniform(0.005, 0.1))
    flux = planck(rest, 4600.0)
    depths = {
        4300.0: 0.25, 4384.0: 0.15, 4531.0: 0.1, 4668.0: 0.12, 4861.0: 0.15, 5015.0: 0.1, 5175.0: 0.3,
        5270.0: 0.18, 5335.0: 0.14,
    }  # fmt: skip
    for centre, depth in depths.items():
        width = centre * 330.0 / SPEED_OF_LIGHT_KMS
        flux = flux * (1.0 - depth * np.exp(-0.5 * np.square((rest - centre) / width)))
    for centre, height in ((4959.0, 0.1), (5007.0, 0.3)):
        flux = flux * (1.0 + height * np.exp(-0.5 * np.square((rest - centre) / 3.0)))
    return recorded(flux, rng, snr), DenoiseOptions()


def quasar(rng: np.random.Generator, snr: float) -> Case:
    """A power law with one broad line."""
    x, centre = wavelengths(), rng.uniform(4600, 5250)
    width = centre * rng.uniform(1500, 3000) / SPEED_OF_LIGHT_KMS
    flux = (x / 5000.0) ** rng.uniform(-0.5, 1.0) * (
        1.0 + 0.6 * np.exp(-0.5 * np.square((x - centre) / width))
    )
    return recorded(flux, rng, snr), DenoiseOptions()


def emission_line(rng: np.random.Generator, snr: float) -> Case:
    """A star with a line in emission, 8 sigma in equivalent width."""
    star, _ = optical_star(rng, snr)
    x, sigma = star.wavelength_aa, star.uncertainty
    assert sigma is not None
    centre = rng.uniform(4500, 5350)
    width = centre / POWER / FWHM_PER_SIGMA * rng.uniform(1.0, 2.0)
    profile = np.exp(-0.5 * np.square((x - centre) / width))
    height = 8.0 / np.sqrt(np.nansum(np.square(profile / sigma)))
    return star.replace(flux=star.flux + height * profile), DenoiseOptions()


def low_resolution(rng: np.random.Generator, snr: float) -> Case:
    """R 2000, and the header says 12,000."""
    return optical_star(rng, snr, 2000.0, told=POWER)[0], DenoiseOptions()


def wrong_velocity(rng: np.random.Generator, snr: float) -> Case:
    """The velocity that is told is wrong by 60 to 300 km/s."""
    off = rng.uniform(60, 300) * rng.choice((-1, 1))
    return optical_star(rng, snr, v_rad=50.0)[0], DenoiseOptions(v_rad=float(50.0 + off))


def half_window(rng: np.random.Generator, snr: float) -> Case:
    """Only one half of the window."""
    star, _ = optical_star(rng, snr)
    rows = slice(0, N_PIXELS // 2) if rng.random() < 0.5 else slice(N_PIXELS // 2, N_PIXELS)
    return star.select(rows), DenoiseOptions()


OPTICAL_OUTSIDE = {
    "9000 K": hot_star,
    "white dwarf": white_dwarf,
    "galaxy": galaxy,
    "QSO": quasar,
    "emission line": emission_line,
    "R 2000": low_resolution,
    "wrong velocity": wrong_velocity,
    "half a window": half_window,
}
