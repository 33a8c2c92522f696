"""Spectra of 8620-8835 A that a model of M dwarfs must refuse, and in-range ones that it must not; seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum

Array = NDArray[np.float64]
STEP_KMS = 1.2
WIDE_AA = (8560.0, 8900.0)
CALCIUM = ((8662.1, 0.7),)
PASCHEN = ((8598.4, 0.25), (8665.0, 0.28), (8750.5, 0.3), (8862.8, 0.32))


def fine_grid() -> Array:
    """Return the wavelengths that shapes are computed on [Angstrom, air]."""
    n_pixels = int(np.log(WIDE_AA[1] / WIDE_AA[0]) * SPEED_OF_LIGHT_KMS / STEP_KMS)
    return np.asarray(WIDE_AA[0] * np.exp(np.arange(n_pixels) * STEP_KMS / SPEED_OF_LIGHT_KMS))


def observe(
    flux: Array, rng: np.random.Generator, *, power: float = 0.0, told: float = 0.0, snr: float = 0.0
) -> Spectrum:
    """Observe a shape on `fine_grid`: line spread, pixels, noise, response."""
    wave = fine_grid()
    power = power or float(rng.uniform(40_000.0, 100_000.0))
    snr = snr or float(np.exp(rng.uniform(np.log(30.0), np.log(200.0))))
    step = 1.0 / power / 2.5
    pixels = 8600.0 * np.exp(np.arange(int(np.log(8860.0 / 8600.0) / step)) * step)
    observed = np.interp(pixels, wave, broaden(flux, STEP_KMS, resolving_power=power))
    observed = observed * (1.0 + 0.1 * rng.normal() * (pixels - 8730.0) / 120.0)
    level = max(float(np.median(observed)), 1e-3)
    sigma = np.sqrt(np.maximum(observed, 0.02 * level) * level) / snr
    axis = SpectralAxis(pixels, medium="air", frame="barycentric", medium_source="x", frame_source="x")
    noisy = observed + rng.normal(size=pixels.size) * sigma
    return Spectrum(axis, noisy, sigma, meta={"resolving_power": told or power})


def lines(table: tuple[tuple[float, float], ...], width_kms: float, strength: float = 1.0) -> Array:
    """Return the sum of Gaussians at some wavelengths, in units of their table's depth."""
    wave, total = fine_grid(), np.zeros(fine_grid().size)
    for centre, depth in table:
        total += (
            strength * depth * np.exp(-0.5 * ((wave / centre - 1.0) * SPEED_OF_LIGHT_KMS / width_kms) ** 2)
        )
    return total


def draw_labels(rng: np.random.Generator) -> dict[str, float]:
    """Draw labels well inside what the model serves."""
    return {
        "teff": float(rng.uniform(2900.0, 4250.0)),
        "logg": float(rng.uniform(4.2, 5.25)),
        "m_h": float(rng.uniform(-0.8, 0.35)),
        "alpha_m": float(rng.uniform(0.0, 0.3)),
        "vmic": float(rng.uniform(0.3, 1.7)),
        "vsini": float(rng.uniform(0.5, 10.0) if rng.random() < 0.6 else rng.uniform(3.0, 40.0)),
    }


def star(rng: np.random.Generator, name: str = "mdwarf-emulator", **labels: float) -> Array:
    """Return an emulator spectrum on `fine_grid`, labels drawn where they are not given."""
    emulator = load_emulator(name)
    drawn = draw_labels(rng) | labels
    point = np.array([[drawn[label] for label in emulator.label_names]])
    flux = np.asarray(emulator.normalised_flux(point), dtype=np.float64)[0]
    flux = broaden(flux, emulator.dv_kms, vsini_kms=drawn["vsini"])
    return np.asarray(np.interp(fine_grid(), emulator.wavelength_aa, flux))


def black_body(rng: np.random.Generator) -> Spectrum:
    """A smooth continuum without lines."""
    return observe((fine_grid() / 8700.0) ** rng.uniform(-4.0, 3.0), rng)


def sun_like(rng: np.random.Generator) -> Spectrum:
    """A dwarf of spectral type F or G."""
    labels = {
        "teff": rng.uniform(5300.0, 6900.0),
        "logg": rng.uniform(3.8, 4.8),
        "m_h": rng.uniform(-1.0, 0.4),
    }
    return observe(star(rng, "pfs-emulator", vmic=1.2, vsini=rng.uniform(2.0, 15.0), **labels), rng)


def giant(rng: np.random.Generator) -> Spectrum:
    """A giant of spectral type G or K."""
    labels = {
        "teff": rng.uniform(4100.0, 5200.0),
        "logg": rng.uniform(0.5, 2.6),
        "m_h": rng.uniform(-1.0, 0.3),
    }
    return observe(star(rng, "pfs-emulator", vmic=1.6, vsini=rng.uniform(2.0, 8.0), **labels), rng)


def hot_star(rng: np.random.Generator) -> Spectrum:
    """Paschen lines, weak calcium."""
    flux = 1.0 - lines(PASCHEN, rng.uniform(150.0, 500.0), rng.uniform(0.5, 1.3))
    return observe(flux - lines(CALCIUM, rng.uniform(10.0, 100.0), rng.uniform(0.0, 0.5)), rng)


def emission_galaxy(rng: np.random.Generator) -> Spectrum:
    """Redshifted nebular emission on a faint continuum."""
    centre = rng.uniform(8640.0, 8810.0)
    table = ((centre, 3.0), (centre - rng.uniform(20.0, 60.0), 1.0))
    return observe(1.0 + lines(table, rng.uniform(60.0, 250.0), rng.uniform(0.3, 3.0)), rng)


def reversed_star(rng: np.random.Generator) -> Spectrum:
    """Flux against the wrong end of the wavelengths."""
    return observe(star(rng)[::-1], rng)


def fast_star(rng: np.random.Generator) -> Spectrum:
    """A star shifted beyond what is searched."""
    n_pixels = int(rng.uniform(1500.0, 4000.0) / STEP_KMS)
    flux = star(rng)
    return observe(np.concatenate([flux[::-1], flux])[flux.size - n_pixels : 2 * flux.size - n_pixels], rng)


def wrong_power(rng: np.random.Generator) -> Spectrum:
    """Lines sharper than the resolving power that is told allows."""
    power = float(rng.uniform(60_000.0, 100_000.0))
    return observe(star(rng, vsini=2.0), rng, power=power, told=power / rng.uniform(4.0, 20.0))


def comparison_lamp(rng: np.random.Generator) -> Spectrum:
    """Narrow emission lines at random places."""
    table = tuple(zip(rng.uniform(8600, 8860, 60), rng.exponential(3.0, 60), strict=True))
    return observe(0.3 + lines(table, 4.0), rng)


def random_lines(rng: np.random.Generator) -> Spectrum:
    """Absorption lines at random places."""
    table = tuple(zip(rng.uniform(8570, 8890, 500), rng.beta(1, 3, 500), strict=True))
    return observe(np.exp(-lines(table, rng.uniform(3.0, 9.0))), rng)


def fringes(rng: np.random.Generator) -> Spectrum:
    """A detector's interference pattern on a lamp."""
    return observe(1.0 + rng.uniform(0.03, 0.2) * np.sin(2e7 / fine_grid() * rng.uniform(0.3, 3.0)), rng)


def water_bands(rng: np.random.Generator) -> Spectrum:
    """An M star under strong bands that the physics does not know (dust, VO, a companion)."""
    wave, flux = fine_grid(), star(rng, teff=2900.0)
    for head in rng.uniform(8630.0, 8800.0, 3):
        depth = rng.uniform(0.25, 0.5)
        flux = flux * np.where(
            wave > head, 1.0 - depth * np.exp(-(wave - head) / rng.uniform(8.0, 25.0)), 1.0
        )
    return observe(flux, rng)


OUTSIDE: dict[str, Callable[[np.random.Generator], Spectrum]] = {
    function.__name__: function
    for function in (
        black_body, sun_like, giant, hot_star, emission_galaxy, reversed_star, fast_star, wrong_power,
        comparison_lamp, random_lines, fringes, water_bands,
    )
}  # fmt: skip


def outside_cases(n_each: int, seed: int = 1) -> Iterator[tuple[str, Spectrum]]:
    """Yield (kind, spectrum) of ``n_each`` cases of every kind."""
    for number, (kind, make) in enumerate(OUTSIDE.items()):
        rng = np.random.default_rng([seed, number])
        for _ in range(n_each):
            yield kind, make(rng)


def inside_cases(n_cases: int, seed: int = 2) -> Iterator[tuple[dict[str, float], Spectrum]]:
    """Yield (truth, spectrum) of in-range M dwarfs at any S/N >= 15, resolving power and rotation."""
    rng = np.random.default_rng(seed)
    emulator = load_emulator("mdwarf-emulator")
    for number in range(n_cases):
        labels = draw_labels(rng)
        power = float(rng.uniform(40_000.0, 100_000.0))
        snr = float(np.exp(rng.uniform(np.log(15.0), np.log(300.0))))
        how = Observing(
            power, float(rng.uniform(-150.0, 150.0)), snr, is_normalised=False, seed=1000 * seed + number
        )
        yield labels | {"resolving_power": power, "snr": snr}, simulate_spectrum(emulator, labels, how)
