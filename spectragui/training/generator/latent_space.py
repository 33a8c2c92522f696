"""What a generator's latent space holds: single elements' abundances, and how active each latent is."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import SpectrumGenerator
from spectragui.training.generator.data import GeneratorStream
from spectragui.training.generator.element_patterns import ELEMENT_GROUPS, element_shares
from spectragui.training.grids import SpectrumGrid, find_shared_file

LINE_LIST = ("data", "synthesis", "lines_optical_4440_5410.fits.gz")
_N_LATENT_TEST = 1000


@dataclasses.dataclass(frozen=True, eq=False)
class LatentTest:
    """What the latent space holds.

    Attributes
    ----------
    labels : ndarray, shape (n, 7)
    elements : ndarray, shape (n, n_groups)
        True abundances in units of their scatter.
    mean, sigma : ndarray, shape (n, n_latent)
        The encoder's.
    change_rms, sample_rms : ndarray, shape (n,)
        rms over pixels of what single elements change, and of what a latent vector drawn from
        N(0, 1) changes.
    left_rms : ndarray, shape (n,)
        rms of the changed spectrum minus its reconstruction.
    """

    labels: NDArray[np.float64]
    elements: NDArray[np.float32]
    mean: NDArray[np.float32]
    sigma: NDArray[np.float32]
    change_rms: NDArray[np.float64]
    sample_rms: NDArray[np.float64]
    left_rms: NDArray[np.float64]

    @property
    def divergence(self) -> NDArray[np.float64]:
        """Mean divergence from N(0, 1) of each latent [nats], shape (n_latent,)."""
        variance = np.square(self.sigma.astype(float))
        return np.asarray((0.5 * (np.square(self.mean) + variance - 1.0 - np.log(variance))).mean(axis=0))

    @property
    def n_active(self) -> int:
        """Latents whose encoder mean varies by more than 0.01 (Burda et al. 2016)."""
        return int(np.sum(self.mean.var(axis=0) > 0.01))

    @property
    def elements_found(self) -> NDArray[np.float64]:
        """Part of each group's variance that is linear in the latent means, shape (n_groups,)."""
        design = np.concatenate([self.mean, np.ones((len(self.mean), 1))], axis=1)
        fitted = design @ np.linalg.lstsq(design, self.elements, rcond=None)[0]
        return np.asarray(1.0 - (self.elements - fitted).var(axis=0) / self.elements.var(axis=0))


def examine_latent_space(
    generator: SpectrumGenerator, grid: SpectrumGrid, seed: int, notes: list[str]
) -> LatentTest | None:
    """Encode held-out stars with single elements' scatter; None, and a note, without a line list."""
    emulator = load_emulator(generator.card.companions.emulator)
    try:
        shares = element_shares(find_shared_file(*LINE_LIST), emulator.wavelength_aa)
    except TrainingError as error:
        notes.append(f"The latent space was not judged: {error}")
        return None
    held = grid.held_out()
    stream = GeneratorStream(emulator, held, generator.wavelength_aa, shares, n_labels=2000, seed=seed + 1)
    rng = np.random.default_rng(seed)
    parts: list[tuple[NDArray[Any], ...]] = []
    for _ in range(_N_LATENT_TEST // 100):
        drawn = stream.draw_with_elements(100)
        assert drawn.difference is not None and drawn.elements is not None
        flux = drawn.flux + drawn.difference
        mean, sigma = generator.encode(flux, drawn.labels)
        plain = generator.flux(drawn.labels)
        sample = generator.flux(drawn.labels, rng.standard_normal(mean.shape)) - plain
        left = generator.flux(drawn.labels, mean) - flux
        rms = (np.sqrt(np.square(rows).mean(axis=1)) for rows in (drawn.difference, sample, left))
        parts.append((drawn.labels, drawn.elements, mean, sigma, *rms))
    return LatentTest(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def latent_table(test: LatentTest) -> str:
    """Return the divergence of each latent, and which elements the space holds, as Markdown."""
    nats = ", ".join(f"{value:.1f}" for value in np.sort(test.divergence)[::-1])
    found = ", ".join(
        f"{name} {100 * part:.0f} %" for name, part in zip(ELEMENT_GROUPS, test.elements_found, strict=True)
    )
    ratio = np.percentile(test.sample_rms / test.change_rms, (16, 50, 84))
    return "\n".join(
        [
            f"- Divergence from N(0, 1) of each latent [nats]: {nats}; active (variance of the mean above"
            f" 0.01): {test.n_active} of {test.mean.shape[1]}.",
            f"- Variance of single elements' abundances that is linear in the latent means: {found}.",
            f"- What single elements change: {100 * test.change_rms.mean():.2f} % rms; a sample changes"
            f" {100 * test.sample_rms.mean():.2f} %; the ratio of the two (16, 50, 84 %): "
            + ", ".join(f"{value:.2f}" for value in ratio)
            + f"; left after encoding and decoding: {100 * test.left_rms.mean():.2f} %.",
        ]
    )
