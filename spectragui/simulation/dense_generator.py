"""`DenseGenerator`: the decoder of a trained CVAE of Gebran & Bentley (2025), in numpy."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.core.labels import STAR_LABELS
from spectragui.core.model_card import ModelCard
from spectragui.core.weights_file import COPY_AGAIN

Array = NDArray[np.float32]
LIMITS = "label_limits"
#: A model folder that has it is of this kind.
FIRST_LAYER = "decoder.0.weight"
_ALPHA = STAR_LABELS.index("alpha_m")


@dataclasses.dataclass(frozen=True, eq=False)
class DenseGenerator:
    """Labels and a latent vector to all pixels, by dense layers; solar alpha only.

    Attributes
    ----------
    card : ModelCard
    weights : mapping of str to ndarray
        Named as in `spectragui.networks.cvae.DenseCVAE`, and what its six labels are scaled by.
    """

    card: ModelCard
    weights: Mapping[str, Array]

    @classmethod
    def of_tensors(cls, card: ModelCard, tensors: Mapping[str, NDArray[Any]]) -> DenseGenerator:
        """Return the generator of a model file, tried out.

        Raises
        ------
        ModelError
            If its tensors do not fit together, or give no numbers.
        """
        kept = {
            name: np.ascontiguousarray(value, dtype=np.float32)
            for name, value in tensors.items()
            if name.startswith("decoder.") or name == LIMITS
        }
        found = cls(card, kept)
        middle = np.array([[sum(ends) / 2 for ends in card.label_ranges.values()]])
        try:
            with np.errstate(all="ignore"):
                flux = found.flux(middle, np.ones((1, found.n_latent)))
        except (KeyError, ValueError, IndexError, MemoryError) as error:
            raise ModelError(
                f"The tensors of the generator {card.name} do not fit together.", COPY_AGAIN
            ) from error
        if flux.shape != (1, found.wavelength_aa.size) or not np.isfinite(flux).all():
            raise ModelError(f"The generator {card.name} gives no spectrum within its own range.", COPY_AGAIN)
        return found

    @property
    def n_latent(self) -> int:
        """Dimensions of the latent space."""
        return int(self.weights[FIRST_LAYER].shape[1] - len(self.weights[LIMITS]))

    @functools.cached_property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Pixels [Angstrom, air, rest frame], shape (n_pixels,)."""
        grid = self.card.wavelength
        if grid is None:
            raise ModelError(f"The card of {self.card.name} does not say its wavelengths.")
        return np.linspace(grid.start_aa, grid.stop_aa, grid.n_pixels)

    def flux(self, labels: ArrayLike, latent: ArrayLike | None = None) -> Array:
        """Return normalised spectra, shape (n, n_pixels).

        Parameters
        ----------
        labels : array_like, shape (n, 7) or (7,)
            In the order of `GENERATOR_LABELS`; alpha_m does not count.
        latent : array_like, shape (n, n_latent), optional
            0 by default: the most usual spectrum of these labels.
        """
        rows = np.delete(np.atleast_2d(np.asarray(labels, dtype=np.float64)), _ALPHA, axis=1)
        low, high = self.weights[LIMITS].astype(np.float64).T
        scaled = ((rows - low) / (high - low)).astype(np.float32)
        z = np.zeros((len(rows), self.n_latent)) if latent is None else np.atleast_2d(np.asarray(latent))
        scaled = np.broadcast_to(scaled, (len(z), scaled.shape[1]))
        hidden, number = np.concatenate([z.astype(np.float32), scaled], axis=1), 0
        while f"decoder.{number}.weight" in self.weights:
            hidden = np.maximum(hidden, 0.0) if number else hidden
            hidden = (
                hidden @ self.weights[f"decoder.{number}.weight"].T + self.weights[f"decoder.{number}.bias"]
            )
            number += 2  # in torch every other module is the activation
        return np.asarray(1.0 / (1.0 + np.exp(-hidden)), dtype=np.float32)

    def samples(self, labels: ArrayLike, latent: ArrayLike) -> Array:
        """Return spectra of one star, shape (n, n_pixels), for latent vectors (n, n_latent)."""
        return self.flux(labels, latent)
