"""The error of the physics itself, pixel by pixel, as noise that a network must learn to stand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import STAR_LABELS
from spectragui.core.npz_file import NpzError, read_npz

if TYPE_CHECKING:
    import torch

    from spectragui.simulation.batched import BatchedSimulator
    from spectragui.simulation.emulator import Emulator

# The stars that errors were measured on, by the names of their arrays: teff, logg, m_h, alpha_m, vmic.
REFERENCE_STARS: Mapping[str, tuple[float, ...]] = {
    "sun": (5772.0, 4.44, 0.0, 0.0, 1.0),
    "arcturus": (4286.0, 1.64, -0.52, 0.25, 1.6),
    "gj699": (3228.0, 5.08, -0.40, 0.1, 1.0),
}
_STRETCH_AA = (0.3, 1.0)


class ModelErrorBank:
    """Draws of observed minus computed spectra of reference stars, with random signs.

    Parameters
    ----------
    path : path-like
        ``.npz`` with ``wave`` and one array a star of `REFERENCE_STARS` (``sun``, ``arcturus``, ``gj699``;
        normalised flux, NaN where not observed).
    emulator : Emulator
        Gives the wavelengths, and the spectra of the stars.
    n_draws : int
        Draws for each star.
    seed : int

    Attributes
    ----------
    n_stars, n_draws : int
    rows : ndarray, shape (n_stars n_draws + n_stars, n_pixels)
        Errors of each star, the hottest first (the very first of each keeps its signs), then the
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
        errors = read_errors(Path(path), wavelength_aa)
        rng = np.random.default_rng(seed)
        self.n_draws, self.n_stars = n_draws, len(errors)
        rows = np.empty((self.n_stars * (n_draws + 1), len(wavelength_aa)), dtype=np.float32)
        for star, error in enumerate(errors.values()):
            rows[star * n_draws] = error = np.where(np.isfinite(error), error, 0.0)
            for draw in range(1, n_draws):
                rows[star * n_draws + draw] = error * _random_signs(wavelength_aa, rng)
        columns = [STAR_LABELS.index(name) for name in emulator.label_names]
        labels = np.array([REFERENCE_STARS[name] for name in errors])
        rows[self.n_stars * n_draws :] = emulator.normalised_flux(labels[:, columns])
        self.rows, self._teff = rows, labels[:, 0]

    def draw(
        self, teff: NDArray[np.float64], generator: torch.Generator
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Choose rows and weights, interpolated between the stars in Teff.

        Returns
        -------
        indices, weights : list of torch.Tensor, each of shape (n_spectra,)
            One tensor a star.
        """
        import torch

        chosen = torch.randint(self.n_draws, (self.n_stars, len(teff)), generator=generator)
        sign = torch.where(torch.rand(self.n_stars, len(teff), generator=generator) < 0.5, -1.0, 1.0)
        sign = torch.where(chosen == 0, 1.0, sign)
        shares = _shares(torch.from_numpy(teff).float(), self._teff)
        indices = [chosen[star] + star * self.n_draws for star in range(self.n_stars)]
        return indices, [share.sqrt() * sign[star] for star, share in enumerate(shares)]


def _shares(teff: torch.Tensor, nodes: NDArray[np.float64]) -> list[torch.Tensor]:
    """Return each node's share in a linear interpolation in Teff; nodes descend."""
    import torch

    if len(nodes) == 1:
        return [torch.ones_like(teff)]
    shares = [torch.zeros_like(teff) for _ in nodes]
    for hot, (upper, lower) in enumerate(zip(nodes[:-1], nodes[1:], strict=True)):
        part = ((teff - lower) / (upper - lower)).clamp(0.0, 1.0)
        inside = torch.ones_like(teff)
        if hot > 0:
            inside = inside * (teff <= upper)
        if hot < len(nodes) - 2:
            inside = inside * (teff > lower)
        shares[hot] = shares[hot] + inside * part
        shares[hot + 1] = shares[hot + 1] + inside * (1.0 - part)
    return shares


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
        Size of the error, 1 = as in the reference stars; 0 = none.
    teff : ndarray, shape (n_spectra,)
        Chooses between the stars [K].
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
    references = line_strength(simulator.rows[first + bank.n_stars * bank.n_draws :])
    relative = line_strength(transform[rows])[:, None] / references
    indices, weights = bank.draw(teff[rows.numpy()], generator)
    for star, (index, weight) in enumerate(zip(indices, weights, strict=True)):
        error = simulator.gather(index + first)
        transform[rows] += (misfit[rows] * weight * relative[:, star])[:, None] * error


def line_strength(transform: torch.Tensor) -> torch.Tensor:
    """Return the amplitude of the lines of spectra, continuum and widest wings left out."""
    return transform[:, 40:2000].abs().square().mean(1).sqrt()


def read_errors(path: Path, wavelength_aa: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the errors of the stars in a file on given wavelengths, the hottest first; NaN: not observed.

    Raises
    ------
    TrainingError
        If it cannot be read, or names no reference star.
    """
    try:
        archive = read_npz(path, ("wave",), tuple(REFERENCE_STARS))
        arrays = {name: np.asarray(one, dtype=np.float64) for name, one in archive.items()}
        wave = arrays.pop("wave")
        stars = {name: arrays[name] for name in REFERENCE_STARS if name in arrays}
        if wave.ndim != 1 or any(star.shape != wave.shape for star in stars.values()):
            raise NpzError("its arrays differ in length")
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(
            f"The model error could not be read from {path.name}: {first_sentence(error)}.",
            f"It should hold the array wave, and one or more of {', '.join(REFERENCE_STARS)}.",
        ) from error
    if not stars:
        raise TrainingError(
            f"{path.name} has no model error: none of the arrays {', '.join(REFERENCE_STARS)}."
        )
    found = {}
    for name in sorted(stars, key=lambda star: -REFERENCE_STARS[star][0]):
        values = np.where(np.isfinite(stars[name]), stars[name], 0.0)
        seen = np.interp(wavelength_aa, wave, np.isfinite(stars[name]).astype(float), left=0.0, right=0.0)
        on_pixels = np.interp(wavelength_aa, wave, values, left=0.0, right=0.0)
        found[name] = np.where(seen > 0.5, on_pixels, np.nan)
    return found


def _random_signs(wavelength_aa: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a smooth curve of normal random numbers, one every 0.3 to 1 Angstrom."""
    span = wavelength_aa[-1] - wavelength_aa[0]
    knots = wavelength_aa[0] + np.cumsum(
        rng.uniform(*_STRETCH_AA, size=int(2 * span / sum(_STRETCH_AA) * 1.3))
    )
    return np.asarray(np.interp(wavelength_aa, knots, rng.standard_normal(len(knots))))
