"""Spectra that a model of FGK and A stars must refuse, and in-range ones that it must not; seeded."""

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
WIDE_AA = (4440.0, 5410.0)
STEP_KMS = 1.2

HELIUM = ((4471.5, 0.35), (4713.1, 0.12), (4921.9, 0.22), (5015.7, 0.15), (5047.7, 0.08))
IONISED_HELIUM = ((4541.6, 0.25), (4685.7, 0.4), (5411.5, 0.3))
EMISSION = (
    (3727.4, 1.0), (4340.5, 0.4), (4363.2, 0.1), (4861.3, 0.9), (4958.9, 1.2), (5006.8, 3.5),
    (5875.6, 0.15), (6300.3, 0.2), (6548.0, 0.4), (6562.8, 2.8), (6583.4, 1.2), (6716.4, 0.5), (6730.8, 0.4),
)  # fmt: skip


def fine_grid() -> Array:
    """Return the wavelengths that shapes are computed on [Angstrom, air]."""
    n_pixels = int(np.log(WIDE_AA[1] / WIDE_AA[0]) * SPEED_OF_LIGHT_KMS / STEP_KMS)
    return np.asarray(WIDE_AA[0] * np.exp(np.arange(n_pixels) * STEP_KMS / SPEED_OF_LIGHT_KMS))


def observe(
    wave: Array,
    flux: Array,
    rng: np.random.Generator,
    *,
    power: float = 0.0,
    told: float = 0.0,
    snr: float = 0.0,
) -> Spectrum:
    """Observe a shape with some instrument: line spread, pixels, noise, response."""
    power = power or float(np.exp(rng.uniform(np.log(5000.0), np.log(100000.0))))
    snr = snr or float(np.exp(rng.uniform(np.log(20.0), np.log(200.0))))
    blurred = broaden(flux, STEP_KMS, resolving_power=power)
    step = SPEED_OF_LIGHT_KMS / power / 2.5 / SPEED_OF_LIGHT_KMS
    n_pixels = int(np.log(5400.0 / 4450.0) / step)
    pixels = 4450.0 * np.exp(np.arange(n_pixels) * step)
    observed = np.interp(pixels, wave, blurred)
    response = 1.0 + 0.3 * rng.normal() * (pixels - 4900.0) / 950.0
    observed = observed * response
    level = max(float(np.median(observed)), 1e-3)
    sigma = np.sqrt(np.maximum(observed, 0.02 * level) * level) / snr
    observed = observed + rng.normal(size=n_pixels) * sigma
    axis = SpectralAxis(pixels, medium="air", frame="barycentric", medium_source="x", frame_source="x")
    return Spectrum(axis, observed, sigma, meta={"resolving_power": told or power})


def lines(
    wave: Array, table: tuple[tuple[float, float], ...], width_kms: float, strength: float = 1.0
) -> Array:
    """Return the sum of Gaussians at some wavelengths, in units of their table's depth."""
    total = np.zeros(wave.size)
    for centre, depth in table:
        total += (
            strength * depth * np.exp(-0.5 * ((wave / centre - 1.0) * SPEED_OF_LIGHT_KMS / width_kms) ** 2)
        )
    return total


def star(rng: np.random.Generator, **labels: float) -> Array:
    """Return an emulator spectrum on `fine_grid`, labels drawn where they are not given."""
    emulator = load_emulator("optical-emulator")
    drawn = draw_labels(rng) | labels
    point = np.array([[drawn[name] for name in emulator.label_names]])
    flux = np.asarray(emulator.normalised_flux(point), dtype=np.float64)[0]
    flux = broaden(flux, emulator.dv_kms, vsini_kms=drawn["vsini"])
    return np.asarray(np.interp(fine_grid(), emulator.wavelength_aa, flux))


def draw_labels(rng: np.random.Generator) -> dict[str, float]:
    """Draw labels well inside what the model serves."""
    teff = float(rng.uniform(4400.0, 9200.0))
    lowest = 0.9 if teff < 5500 else 1.5 + (teff - 5500.0) / 1500.0
    vsini = (
        float(np.exp(rng.uniform(np.log(1.0), np.log(250.0))))
        if teff > 5800
        else float(rng.uniform(0.5, 25.0))
    )
    return {
        "teff": teff,
        "logg": float(rng.uniform(min(lowest, 4.0), 4.8)),
        "m_h": float(rng.uniform(-1.4, 0.4)),
        "alpha_m": float(rng.uniform(0.0, 0.35)),
        "vmic": float(rng.uniform(0.8, 2.5)),
        "vsini": vsini,
    }


def black_body(rng: np.random.Generator) -> Spectrum:
    """A smooth continuum without lines."""
    wave = fine_grid()
    return observe(wave, (wave / 4900.0) ** rng.uniform(-4.0, 3.0), rng)


def emission_galaxy(rng: np.random.Generator) -> Spectrum:
    """Redshifted nebular emission on a faint continuum."""
    wave = fine_grid()
    redshift = rng.uniform(0.005, 0.4)
    table = tuple((centre * (1 + redshift), depth) for centre, depth in EMISSION)
    return observe(
        wave, 1.0 + lines(wave, table, rng.uniform(60.0, 250.0), rng.uniform(0.5, 5.0)), rng, power=3000.0
    )


def quiet_galaxy(rng: np.random.Generator) -> Spectrum:
    """Old stars, broadened by 150-300 km/s, at a redshift beyond the velocity search."""
    flux = star(rng, teff=rng.uniform(4500, 5500), vsini=0.0, vmic=1.5, logg=2.5)
    flux = broaden(flux, STEP_KMS, resolving_power=SPEED_OF_LIGHT_KMS / rng.uniform(350.0, 700.0))
    return observe(fine_grid(), shifted(flux, rng.uniform(2500.0, 9000.0)), rng, power=3000.0)


def shifted(flux: Array, velocity_kms: float) -> Array:
    """Move a spectrum along its grid, mirrored at the end where nothing is known."""
    n_pixels = int(velocity_kms / STEP_KMS)
    padded = np.concatenate([flux[::-1], flux, flux[::-1]])
    return padded[flux.size - n_pixels : 2 * flux.size - n_pixels]


def fast_star(rng: np.random.Generator) -> Spectrum:
    """A star shifted beyond what is searched."""
    velocity = float(rng.choice([-1.0, 1.0]) * rng.uniform(750.0, 4000.0))
    return observe(fine_grid(), shifted(star(rng, teff=rng.uniform(4500, 7000), vsini=5.0), velocity), rng)


def reversed_star(rng: np.random.Generator) -> Spectrum:
    """Flux against the wrong end of the wavelengths."""
    return observe(fine_grid(), star(rng, teff=rng.uniform(4500, 7500))[::-1], rng)


def o_or_b_star(rng: np.random.Generator) -> Spectrum:
    """Helium lines and a narrow H beta."""
    wave = fine_grid()
    is_o = rng.random() < 0.4
    width = rng.uniform(15.0, 180.0)
    strength = rng.uniform(0.6, 1.3)
    flux = 1.0 - lines(wave, HELIUM, width, strength * (0.6 if is_o else 1.0))
    if is_o:
        flux -= lines(wave, IONISED_HELIUM, width, strength)
    depth, wing = rng.uniform(0.25, 0.5), rng.uniform(200.0, 500.0)
    flux -= depth / (1.0 + ((wave / 4861.3 - 1.0) * SPEED_OF_LIGHT_KMS / wing) ** 2) ** 0.9
    return observe(wave, flux, rng)


def white_dwarf(rng: np.random.Generator) -> Spectrum:
    """DA: a very broad H beta; DB: broad neutral helium; DC: nothing."""
    wave = fine_grid()
    kind = rng.choice(["DA", "DA", "DB", "DC"])
    flux = np.ones(wave.size)
    if kind == "DA":
        flux -= rng.uniform(0.3, 0.6) / (1.0 + (np.abs(wave - 4861.3) / rng.uniform(25.0, 50.0)) ** 1.8)
    if kind == "DB":
        flux -= lines(wave, HELIUM, rng.uniform(600.0, 1500.0), 0.8)
    return observe(wave, flux, rng, power=rng.choice([2000.0, 5000.0, 18000.0]))


def wrong_power(rng: np.random.Generator) -> Spectrum:
    """Lines sharper than the resolving power that is told allows."""
    power = float(rng.uniform(40000.0, 100000.0))
    flux = star(rng, teff=rng.uniform(4500, 6500), vsini=3.0, m_h=rng.uniform(-0.8, 0.4))
    return observe(fine_grid(), flux, rng, power=power, told=power / rng.uniform(4.0, 20.0))


def cool_dwarf(rng: np.random.Generator) -> Spectrum:
    """Bands with sharp heads over a forest of lines."""
    wave = fine_grid()
    flux = np.maximum(star(rng, teff=4000.0, logg=4.8, vsini=4.0, m_h=0.0), 1e-3) ** rng.uniform(0.8, 1.5)
    for head in (4584.0, 4761.0, 4804.0, 4848.0, 4954.0, 5003.0, 5167.0, 5240.0, 5308.0):
        depth = rng.uniform(0.2, 0.6)
        flux = flux * np.where(wave > head, 1.0 - depth * np.exp(-(wave - head) / 45.0), 1.0)
    return observe(wave, flux, rng)


def carbon_star(rng: np.random.Generator) -> Spectrum:
    """Swan bands, degraded to the blue."""
    wave = fine_grid()
    flux = star(rng, teff=4300.0, logg=1.0, vsini=5.0, m_h=-0.3)
    for head in (4737.0, 5165.0):
        depth = rng.uniform(0.5, 0.9)
        flux = flux * np.where(wave < head, 1.0 - depth * np.exp((wave - head) / 90.0), 1.0)
    return observe(wave, flux, rng)


def wolf_rayet(rng: np.random.Generator) -> Spectrum:
    """Broad emission of He II, C III and N V."""
    wave = fine_grid()
    table = ((4541.6, 0.4), (4650.0, 2.0), (4685.7, 3.0), (4861.3, 0.6), (5411.5, 0.8), (4603.7, 0.5))
    return observe(wave, 1.0 + lines(wave, table, rng.uniform(500.0, 1500.0), rng.uniform(0.3, 1.5)), rng)


def metal_rich_beyond(rng: np.random.Generator) -> Spectrum:
    """Lines far stronger than the grid's strongest."""
    flux = np.maximum(star(rng, teff=rng.uniform(4500, 6500), m_h=0.5, vsini=4.0), 1e-3) ** rng.uniform(
        1.8, 2.5
    )
    return observe(fine_grid(), flux, rng, power=60000.0)


def metal_poor_beyond(rng: np.random.Generator) -> Spectrum:
    """A tenth of the metals of the grid's poorest stars and less."""
    flux = star(rng, teff=rng.uniform(4600, 6300), m_h=-2.5, vsini=4.0, alpha_m=0.4)
    is_hydrogen = np.abs(fine_grid() - 4861.3) < 25.0
    flux = np.where(is_hydrogen, flux, flux ** rng.uniform(0.1, 0.4))
    return observe(fine_grid(), flux, rng, power=60000.0)


def fringes(rng: np.random.Generator) -> Spectrum:
    """A detector's interference pattern on a lamp."""
    wave = fine_grid()
    flux = 1.0 + rng.uniform(0.03, 0.2) * np.sin(2e7 / wave * rng.uniform(0.1, 3.0) / 50.0)
    return observe(wave, flux, rng)


def comparison_lamp(rng: np.random.Generator) -> Spectrum:
    """Narrow emission lines at random places."""
    wave = fine_grid()
    table = tuple(
        (float(c), float(d))
        for c, d in zip(rng.uniform(4450, 5400, 250), rng.exponential(3.0, 250), strict=True)
    )
    return observe(wave, 0.3 + lines(wave, table, 4.0), rng)


def random_lines(rng: np.random.Generator) -> Spectrum:
    """Absorption lines at random places."""
    wave = fine_grid()
    table = tuple(
        (float(c), float(d)) for c, d in zip(rng.uniform(4450, 5400, 900), rng.beta(1, 3, 900), strict=True)
    )
    return observe(wave, np.exp(-lines(wave, table, rng.uniform(3.0, 9.0))), rng)


OUTSIDE: dict[str, Callable[[np.random.Generator], Spectrum]] = {
    function.__name__: function
    for function in (
        black_body, emission_galaxy, quiet_galaxy, fast_star, reversed_star, o_or_b_star, white_dwarf,
        wrong_power,
        cool_dwarf, carbon_star, wolf_rayet, metal_rich_beyond, metal_poor_beyond, fringes, comparison_lamp,
        random_lines,
    )
}  # fmt: skip


def outside_cases(n_each: int, seed: int = 1) -> Iterator[tuple[str, Spectrum]]:
    """Yield (kind, spectrum) of ``n_each`` cases of every kind."""
    for number, (kind, make) in enumerate(OUTSIDE.items()):
        rng = np.random.default_rng([seed, number])
        for _ in range(n_each):
            yield kind, make(rng)


def inside_cases(
    n_cases: int, seed: int = 2, lowest_power: float = 1500.0, fastest_kms: float = np.inf
) -> Iterator[tuple[dict[str, float], Spectrum]]:
    """Yield (truth, spectrum) of in-range stars at any S/N >= 10, resolving power and rotation."""
    rng = np.random.default_rng(seed)
    emulator = load_emulator("optical-emulator")
    for number in range(n_cases):
        labels = draw_labels(rng)
        labels["vsini"] = labels["vsini"] if labels["vsini"] < fastest_kms else rng.uniform(1.0, fastest_kms)
        power = float(np.exp(rng.uniform(np.log(lowest_power), np.log(110000.0))))
        snr = float(np.exp(rng.uniform(np.log(10.0), np.log(300.0))))
        how = Observing(
            power, float(rng.uniform(-250.0, 250.0)), snr, is_normalised=False, seed=1000 * seed + number
        )
        truth = labels | {"resolving_power": power, "snr": snr}
        yield truth, simulate_spectrum(emulator, labels, how)
