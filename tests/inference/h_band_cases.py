"""Spectra of the H band that its models must refuse, and in-range ones that they must not; seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.line_spread import added_power

Array = NDArray[np.float64]
STEP_KMS = 2.0
WIDE_AA = (14_900.0, 17_150.0)
BRACKETT = ((15_191.8, 0.2), (15_556.5, 0.25), (15_880.5, 0.3), (16_407.2, 0.33), (16_806.5, 0.35))
CHIPS_AA = ((15_164.0, 15_788.0), (15_877.0, 16_412.0), (16_495.0, 16_932.0))  # air
MODELS = {"hband-starnet": "hband-emulator", "mdwarf-nir": "nir-emulator"}


def fine_grid() -> Array:
    """Return the wavelengths that shapes are computed on [Angstrom, air]."""
    n_pixels = int(np.log(WIDE_AA[1] / WIDE_AA[0]) * SPEED_OF_LIGHT_KMS / STEP_KMS)
    return np.asarray(WIDE_AA[0] * np.exp(np.arange(n_pixels) * STEP_KMS / SPEED_OF_LIGHT_KMS))


def observe(
    flux: Array,
    model: str,
    rng: np.random.Generator,
    *,
    told: float = 0.0,
    snr: float = 0.0,
    own: float = np.inf,
) -> Spectrum:
    """Observe a shape on `fine_grid`: line spread, pixels, gaps between chips, noise, response."""
    is_apogee = model == "hband-starnet"
    power = 22_500.0 if is_apogee else float(rng.uniform(25_000.0, 95_000.0))
    snr = snr or float(np.exp(rng.uniform(np.log(40.0), np.log(200.0))))
    step = 1.0 / power / 2.5
    low, high = (15_150.0, 16_950.0) if is_apogee else (15_020.0, 17_030.0)
    pixels = low * np.exp(np.arange(int(np.log(high / low) / step)) * step)
    blurred = broaden(flux, STEP_KMS, resolving_power=float(added_power(power, own)))
    observed = np.interp(pixels, fine_grid(), blurred)
    observed = observed * (1.0 + 0.1 * rng.normal() * (pixels - 16_000.0) / 1000.0)
    level = max(float(np.median(observed)), 1e-3)
    sigma = np.sqrt(np.maximum(observed, 0.02 * level) * level) / snr
    mask = np.zeros(pixels.size, dtype=bool)
    if is_apogee:
        mask = ~np.any([(pixels > start) & (pixels < stop) for start, stop in CHIPS_AA], axis=0)
    axis = SpectralAxis(pixels, medium="air", frame="barycentric", medium_source="x", frame_source="x")
    noisy = observed + rng.normal(size=pixels.size) * sigma
    return Spectrum(axis, np.where(mask, 0.0, noisy), sigma, mask, meta={"resolving_power": told or power})


def lines(table: tuple[tuple[float, float], ...], width_kms: float, strength: float = 1.0) -> Array:
    """Return the sum of Gaussians at some wavelengths, in units of their table's depth."""
    wave, total = fine_grid(), np.zeros(fine_grid().size)
    for centre, depth in table:
        total += (
            strength * depth * np.exp(-0.5 * ((wave / centre - 1.0) * SPEED_OF_LIGHT_KMS / width_kms) ** 2)
        )
    return total


def draw_labels(emulator_name: str, rng: np.random.Generator) -> dict[str, float]:
    """Draw labels well inside what an emulator's model serves."""
    ranges = load_emulator(emulator_name).label_ranges
    drawn = {
        name: float(low + (high - low) * rng.uniform(0.12, 0.88)) for name, (low, high) in ranges.items()
    }
    drawn["teff"] = float(np.clip(drawn["teff"], ranges["teff"][0] + 180.0, ranges["teff"][1] - 180.0))
    drawn["vsini"] = float(rng.uniform(1.0, 12.0) if rng.random() < 0.6 else rng.uniform(5.0, 35.0))
    return drawn


def star(emulator_name: str, labels: dict[str, float], velocity_kms: float = 0.0) -> Array:
    """Return an emulator's spectrum on `fine_grid`, rotating and shifted."""
    emulator = load_emulator(emulator_name)
    point = np.array([[labels[label] for label in emulator.label_names]])
    flux = np.asarray(emulator.normalised_flux(point), dtype=np.float64)[0]
    flux = broaden(flux, emulator.dv_kms, vsini_kms=labels["vsini"], velocity_kms=velocity_kms)
    return np.asarray(np.interp(fine_grid(), emulator.wavelength_aa, flux))


def any_star(model: str, rng: np.random.Generator) -> Array:
    return star(MODELS[model], draw_labels(MODELS[model], rng))


def own_power(model: str) -> float:
    return load_emulator(MODELS[model]).resolving_power


def black_body(model: str, rng: np.random.Generator) -> Spectrum:
    """A smooth continuum without lines."""
    return observe((fine_grid() / 16_000.0) ** rng.uniform(-4.0, 3.0), model, rng)


def hot_star(model: str, rng: np.random.Generator) -> Spectrum:
    """Brackett lines."""
    return observe(1.0 - lines(BRACKETT, rng.uniform(100.0, 400.0), rng.uniform(0.5, 1.3)), model, rng)


def emission_galaxy(model: str, rng: np.random.Generator) -> Spectrum:
    """Redshifted nebular emission on a faint continuum."""
    table = tuple((centre, 3.0) for centre in rng.uniform(15_300.0, 16_800.0, 2))
    return observe(1.0 + lines(table, rng.uniform(60.0, 250.0), rng.uniform(0.3, 3.0)), model, rng)


def reversed_star(model: str, rng: np.random.Generator) -> Spectrum:
    """Flux against the wrong end of the wavelengths."""
    return observe(any_star(model, rng)[::-1], model, rng, own=own_power(model))


def fast_star(model: str, rng: np.random.Generator) -> Spectrum:
    """A star shifted beyond what is searched."""
    n_pixels = int(rng.uniform(1500.0, 4000.0) / STEP_KMS)
    flux = any_star(model, rng)
    both = np.concatenate([flux[::-1], flux])[flux.size - n_pixels : 2 * flux.size - n_pixels]
    return observe(both, model, rng, own=own_power(model))


def wrong_power(model: str, rng: np.random.Generator) -> Spectrum:
    """A resolving power that is told far too low."""
    labels = draw_labels(MODELS[model], rng) | {"vsini": 2.0}
    told = float(rng.uniform(3000.0, 9000.0))
    return observe(star(MODELS[model], labels), model, rng, told=told, own=own_power(model))


def comparison_lamp(model: str, rng: np.random.Generator) -> Spectrum:
    """Narrow emission lines at random places."""
    table = tuple(zip(rng.uniform(15_050, 17_000, 200), rng.exponential(3.0, 200), strict=True))
    return observe(0.3 + lines(table, 6.0), model, rng)


def random_lines(model: str, rng: np.random.Generator) -> Spectrum:
    """Absorption lines at random places."""
    table = tuple(zip(rng.uniform(15_000, 17_050, 900), 0.6 * rng.beta(1, 3, 900), strict=True))
    return observe(np.exp(-lines(table, rng.uniform(5.0, 10.0))), model, rng)


def fringes(model: str, rng: np.random.Generator) -> Spectrum:
    """A detector's interference pattern on a lamp."""
    wave = fine_grid()
    return observe(1.0 + rng.uniform(0.03, 0.2) * np.sin(5e7 / wave * rng.uniform(0.3, 3.0)), model, rng)


def other_kind(model: str, rng: np.random.Generator) -> Spectrum:
    """A star of the other model's kind: an M dwarf for APOGEE dwarfs, an F or G dwarf for M dwarfs."""
    other = next(name for name in MODELS if name != model)
    labels = draw_labels(MODELS[other], rng)
    labels["teff"] = float(
        rng.uniform(2600.0, 3300.0) if other == "mdwarf-nir" else rng.uniform(5200.0, 6700.0)
    )
    return observe(star(MODELS[other], labels), model, rng, own=own_power(other))


OUTSIDE: dict[str, Callable[[str, np.random.Generator], Spectrum]] = {
    function.__name__: function
    for function in (
        black_body, hot_star, emission_galaxy, reversed_star, fast_star, wrong_power, comparison_lamp,
        random_lines, fringes, other_kind,
    )
}  # fmt: skip


def outside_cases(
    model: str, n_each: int, seed: int = 1, kinds: tuple[str, ...] = tuple(OUTSIDE)
) -> Iterator[tuple[str, Spectrum]]:
    """Yield (kind, spectrum) of ``n_each`` cases of some kinds."""
    for number, (kind, make) in enumerate(OUTSIDE.items()):
        rng = np.random.default_rng([seed, number])
        for _ in range(n_each if kind in kinds else 0):
            yield kind, make(model, rng)


def inside_cases(model: str, n_cases: int, seed: int = 2) -> Iterator[tuple[dict[str, float], Spectrum]]:
    """Yield (truth, spectrum) of in-range stars at any S/N >= 20 and rotation."""
    rng = np.random.default_rng(seed)
    for _ in range(n_cases):
        labels = draw_labels(MODELS[model], rng)
        flux = star(MODELS[model], labels, float(rng.uniform(-150.0, 150.0)))
        snr = float(np.exp(rng.uniform(np.log(20.0), np.log(300.0))))
        yield labels | {"snr": snr}, observe(flux, model, rng, snr=snr, own=own_power(model))
