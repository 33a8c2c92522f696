"""The error of the physics itself, pixel by pixel, as noise that a network must learn to stand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import STAR_LABELS

if TYPE_CHECKING:
    import torch

    from spectragui.simulation.batched import BatchedSimulator
    from spectragui.simulation.emulator import Emulator

# The two stars that the errors were measured on: teff, logg, m_h, alpha_m, vmic.
REFERENCE_STARS = ((5772.0, 4.44, 0.0, 0.0, 1.0), (4286.0, 1.64, -0.52, 0.25, 1.6))
_SUN_TEFF, _ARCTURUS_TEFF = REFERENCE_STARS[0][0], REFERENCE_STARS[1][0]
_STRETCH_AA = (0.3, 1.0)


class ModelErrorBank:
    """Draws of observed minus computed spectra of the Sun and of Arcturus, with random signs.

    Parameters
    ----------
    path : path-like
        ``.npz`` with ``wave``, ``sun`` and ``arcturus`` (normalised flux, NaN where not observed).
    emulator : Emulator
        Gives the wavelengths, and the spectra of the two stars.
    n_draws : int
        Draws for each of the two stars.
    seed : int

    Attributes
    ----------
    rows : ndarray, shape (2 n_draws + 2, n_pixels)
        Errors of the Sun, of Arcturus (the very first of each keeps its signs), then the two
        stars' computed spectra, which say how strong lines with these errors are.

    Notes
    -----
    The error is where the lines are, but another star has another sign and size of it: each
    stretch of 0.3 to 1 Angstrom is multiplied by its own normal random number.
    """

    def __init__(
        self, path: str | os.PathLike[str], emulator: Emulator, n_draws: int = 48, seed: int = 0
    ) -> None:
        wavelength_aa = emulator.wavelength_aa
        errors = _read_errors(Path(path), wavelength_aa)
        rng = np.random.default_rng(seed)
        self.n_draws = n_draws
        rows = np.empty((2 * n_draws + 2, len(wavelength_aa)), dtype=np.float32)
        for star, error in enumerate(errors):
            rows[star * n_draws] = error
            for draw in range(1, n_draws):
                rows[star * n_draws + draw] = error * _random_signs(wavelength_aa, rng)
        columns = [STAR_LABELS.index(name) for name in emulator.label_names]
        rows[2 * n_draws :] = emulator.normalised_flux(np.array(REFERENCE_STARS)[:, columns])
        self.rows = rows

    def draw(
        self, teff: NDArray[np.float64], generator: torch.Generator
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Choose rows and weights, interpolated between the two stars in Teff.

        Returns
        -------
        indices, weights : list of torch.Tensor, each of shape (n_spectra,)
            One tensor a star.
        """
        import torch

        part = (torch.from_numpy(teff).float() - _ARCTURUS_TEFF) / (_SUN_TEFF - _ARCTURUS_TEFF)
        part = part.clamp(0.0, 1.0)
        chosen = torch.randint(self.n_draws, (2, len(teff)), generator=generator)
        sign = torch.where(torch.rand(2, len(teff), generator=generator) < 0.5, -1.0, 1.0)
        sign = torch.where(chosen == 0, 1.0, sign)
        return [chosen[0], chosen[1] + self.n_draws], [part.sqrt() * sign[0], (1.0 - part).sqrt() * sign[1]]


def add_model_error(
    transform: torch.Tensor,
    misfit: torch.Tensor,
    teff: NDArray[np.float64],
    simulator: BatchedSimulator,
    bank: ModelErrorBank,
    generator: torch.Generator,
) -> None:
    """Add random draws of the physics' error in place, scaled by the strength of the lines.

    Parameters
    ----------
    transform : torch.Tensor, shape (n_spectra, n_frequencies)
        Of undisturbed spectra.
    misfit : torch.Tensor, shape (n_spectra,)
        Size of the error, 1 = as in the Sun and Arcturus; 0 = none.
    teff : ndarray, shape (n_spectra,)
        Chooses between the two stars [K].
    simulator : BatchedSimulator
        Its last rows are those of the bank.
    bank : ModelErrorBank
    generator : torch.Generator
    """
    import torch

    rows = torch.nonzero(misfit)[:, 0]
    if not len(rows):
        return
    first = len(simulator.rows) - len(bank.rows)
    references = line_strength(simulator.rows[first + 2 * bank.n_draws :])
    relative = line_strength(transform[rows])[:, None] / references
    indices, weights = bank.draw(teff[rows.numpy()], generator)
    for star, (index, weight) in enumerate(zip(indices, weights, strict=True)):
        error = simulator.gather(index + first)
        transform[rows] += (misfit[rows] * weight * relative[:, star])[:, None] * error


def line_strength(transform: torch.Tensor) -> torch.Tensor:
    """Return the amplitude of the lines of spectra, continuum and widest wings left out."""
    return transform[:, 40:2000].abs().square().mean(1).sqrt()


def _read_errors(path: Path, wavelength_aa: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            wave = archive["wave"]
            stars = [archive[name].astype(np.float64) for name in ("sun", "arcturus")]
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"The model error could not be read from {path.name}: {first_sentence(error)}.",
            "It should hold the arrays wave, sun and arcturus.",
        ) from error
    filled = [np.where(np.isfinite(star), star, 0.0) for star in stars]
    return [np.interp(wavelength_aa, wave, star, left=0.0, right=0.0) for star in filled]


def _random_signs(wavelength_aa: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a smooth curve of normal random numbers, one every 0.3 to 1 Angstrom."""
    span = wavelength_aa[-1] - wavelength_aa[0]
    knots = wavelength_aa[0] + np.cumsum(
        rng.uniform(*_STRETCH_AA, size=int(2 * span / sum(_STRETCH_AA) * 1.3))
    )
    return np.asarray(np.interp(wavelength_aa, knots, rng.standard_normal(len(knots))))
