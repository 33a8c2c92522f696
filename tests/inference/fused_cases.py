"""Pairs of spectra, 8620-8835 A and the H band, for `mdwarf-fused`: to refuse, and not to; seeded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spectragui.core.spectrum import Spectrum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum
from tests.inference import h_band_cases, mdwarf_cases

Pair = tuple[Spectrum, Spectrum]
ARMS = ("mdwarf-emulator", "nir-emulator")
#: What both arms see of the same object, by the names of either arm's case.
ALIKE = {
    kind: (kind, kind)
    for kind in (
        "black_body", "hot_star", "emission_galaxy", "reversed_star", "fast_star", "wrong_power",
        "comparison_lamp", "random_lines", "fringes",
    )
} | {"sun_like": ("sun_like", "other_kind")}  # fmt: skip


def draw_labels(rng: np.random.Generator) -> dict[str, float]:
    """Draw labels well inside what both arms serve."""
    return mdwarf_cases.draw_labels(rng) | {"teff": float(rng.uniform(2870.0, 3580.0))}


def observed_pair(first: dict[str, float], second: dict[str, float], rng: np.random.Generator) -> Pair:
    """Observe a star, or two of them, in both arms: resolving power and S/N at random, one velocity."""
    velocity = float(rng.uniform(-150.0, 150.0))
    spectra = []
    for name, labels in zip(ARMS, (first, second), strict=True):
        power = float(rng.uniform(40_000.0, 95_000.0))
        snr = float(np.exp(rng.uniform(np.log(20.0), np.log(300.0))))
        how = Observing(power, velocity, snr, is_normalised=False, seed=int(rng.integers(2**31)))
        spectrum = simulate_spectrum(load_emulator(name), labels, how)
        spectra.append(spectrum.replace(meta={**spectrum.meta, "object": "one name"}))
    return spectra[0], spectra[1]


def two_stars(rng: np.random.Generator) -> Pair:
    """The arms of two M dwarfs that are unlike one another."""
    cool, warm = draw_labels(rng), draw_labels(rng)
    cool["teff"], warm["teff"] = float(rng.uniform(2850.0, 3000.0)), float(rng.uniform(3500.0, 3650.0))
    return observed_pair(*((cool, warm) if rng.random() < 0.5 else (warm, cool)), rng)


OUTSIDE = (*ALIKE, "two_stars")


def outside_pairs(n_each: int, seed: int = 1, kinds: tuple[str, ...] = OUTSIDE) -> Iterator[tuple[str, Pair]]:
    """Yield (kind, pair) of ``n_each`` cases of some kinds."""
    for number, kind in enumerate(OUTSIDE):
        rng = np.random.default_rng([seed, number])
        for _ in range(n_each if kind in kinds else 0):
            if kind not in ALIKE:
                yield kind, two_stars(rng)
                continue
            first, second = ALIKE[kind]
            nir = h_band_cases.OUTSIDE[second]("mdwarf-nir", rng)
            yield kind, (mdwarf_cases.OUTSIDE[first](rng), nir)


def inside_pairs(n_cases: int, seed: int = 2) -> Iterator[tuple[dict[str, float], Pair]]:
    """Yield (truth, pair) of in-range M dwarfs."""
    rng = np.random.default_rng(seed)
    for _ in range(n_cases):
        labels = draw_labels(rng)
        yield labels, observed_pair(labels, labels, rng)
