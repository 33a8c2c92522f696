"""In-range stars with gaps cut at random (sharp, ramps, zero runs, order ends), and with unknown features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum
from tests.inference.verdict_cases import draw_labels

Array = NDArray[np.float64]
KINDS = (
    "masked",
    "zeros",
    "left out",
    "ramp to zeros",
    "ramp to a gap",
    "ramp at an end",
    "orders",
    "dark level",
)


def plain_star(rng: np.random.Generator, number: int) -> Spectrum:
    """Return an in-range star at a resolving power and S/N of usual surveys."""
    labels = draw_labels(rng)
    power = float(np.exp(rng.uniform(np.log(10000.0), np.log(110000.0))))
    snr = float(np.exp(rng.uniform(np.log(30.0), np.log(250.0))))
    how = Observing(power, float(rng.uniform(-80.0, 80.0)), snr, is_normalised=False, seed=31000 + number)
    return simulate_spectrum(load_emulator("optical-emulator"), labels, how)


def edge_cases(n_cases: int, seed: int = 5) -> Iterator[tuple[str, AnySpectrum]]:
    """Yield (kind, spectrum) of stars that the model knows, with edges in them."""
    rng = np.random.default_rng(seed)
    for number in range(n_cases):
        kind = KINDS[number % len(KINDS)]
        yield kind, with_edges(plain_star(rng, number), kind, rng)


def with_edges(star: Spectrum, kind: str, rng: np.random.Generator) -> AnySpectrum:
    """Return a spectrum with one to three gaps (or ends) of a kind."""
    if kind == "orders":
        return in_orders(star, rng)
    wavelength, flux = star.wavelength_aa, np.array(star.flux)
    sigma, mask = np.array(star.uncertainty), np.array(star.mask)
    factor, inside = np.ones(flux.size), np.zeros(flux.size, dtype=bool)
    places = [wavelength[0], wavelength[-1]] if kind == "ramp at an end" else []
    for _ in range(int(rng.integers(1, 4))):
        middle = float(rng.choice(places)) if places else float(rng.uniform(4480.0, 5370.0))
        half = 0.5 * float(np.exp(rng.uniform(np.log(0.5), np.log(40.0))))
        distance = np.abs(wavelength - middle) - half
        inside |= distance <= 0.0
        if kind.startswith("ramp"):
            reach = float(np.exp(rng.uniform(np.log(0.5), np.log(12.0))))
            factor *= ramp(distance / reach, str(rng.choice(["line", "cosine", "tail"])))
    flux, sigma = flux * factor, sigma * np.sqrt(np.maximum(factor, 1e-3))
    if kind in ("zeros", "ramp to zeros"):
        flux[inside] = 0.0
    elif kind == "dark level":
        flux[inside] = 0.02 * np.median(flux) + 0.2 * sigma[inside] * rng.standard_normal(int(inside.sum()))
    elif kind == "left out":
        return star.select(~inside)
    else:
        mask = mask | inside
    return star.replace(flux=flux, uncertainty=sigma, mask=mask)


def ramp(place: Array, shape: str) -> Array:
    """Return a factor from 0 at the gap's edge to 1 one reach away."""
    x = np.clip(place, 0.0, 1.0)
    if shape == "cosine":
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * x))
    return x if shape == "line" else np.asarray(1.0 - np.exp(-4.0 * np.clip(place, 0.0, None)))


def in_orders(star: Spectrum, rng: np.random.Generator) -> EchelleSpectrum:
    """Return the star in overlapping orders, some of which fall off at their ends."""
    wavelength, orders = star.wavelength_aa, []
    length = float(rng.uniform(35.0, 90.0))
    for start in np.arange(wavelength[0], wavelength[-1] - 0.3 * length, 0.8 * length):
        low, high = np.searchsorted(wavelength, (start, start + length))
        part = star.select(slice(int(low), int(high)))
        if len(part) < 60:
            continue
        place = np.linspace(-0.5, 0.5, len(part))
        blaze = np.sinc(rng.uniform(0.8, 1.3) * place) ** 2
        reach = float(np.exp(rng.uniform(np.log(0.3), np.log(5.0)))) / length
        blaze = blaze * ramp((0.5 - np.abs(place)) / reach, "cosine") + 1e-4
        sigma = np.asarray(part.uncertainty) * np.sqrt(blaze)
        orders.append(part.replace(flux=part.flux * blaze, uncertainty=sigma))
    return EchelleSpectrum(tuple(orders), star.meta)


def with_unknown(star: Spectrum, rng: np.random.Generator) -> tuple[Spectrum, float]:
    """Return a star with an emission or an absorption that no model knows, and where it is."""
    wavelength = star.wavelength_aa
    centre, width = float(rng.uniform(4500.0, 5350.0)), float(rng.uniform(5.0, 12.0))
    size = float(rng.uniform(0.3, 0.6) * rng.choice([-1.0, 1.0]))
    factor = 1.0 + size * np.exp(-0.5 * np.square((wavelength - centre) / width))
    return star.replace(flux=star.flux * factor), centre
