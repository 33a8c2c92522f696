"""`SpectrumGenerator`: a trained conditional VAE's decoder and encoder in numpy, quick enough for sliders."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.labels import STAR_LABELS
from spectragui.core.model_folder import ModelCard, find_model, read_card, read_weights
from spectragui.core.weights_file import COPY_AGAIN
from spectragui.simulation.dense_generator import FIRST_LAYER, DenseGenerator
from spectragui.simulation.emulator import LARGEST_FLUX, label_features
from spectragui.simulation.generator_basis import SpectralBasis
from spectragui.simulation.line_spread import gaussian_transfer, line_spread_sigma_kms
from spectragui.simulation.rotation import rotation_transfer

Array = NDArray[np.float32]

KIND = "cvae"
GENERATOR_LABELS = (*STAR_LABELS, "vsini", "resolving_power")
N_STAR_FEATURES = 6
N_TRIED = 8  # stars, before a generator is believed
# Fourier components [km/s a cycle] whose damping says how broad lines are.
_PERIODS_KMS = np.array([900.0, 450.0, 225.0, 110.0, 60.0, 35.0, 20.0, 12.0, 7.0])
N_FEATURES = N_STAR_FEATURES + 3 + len(_PERIODS_KMS)


def condition_features(labels: ArrayLike) -> NDArray[np.float64]:
    """Return what the networks see of the labels, in which spectra are close to smooth.

    Parameters
    ----------
    labels : array_like, shape (n, 7) or (7,)
        In the order of `GENERATOR_LABELS`.

    Returns
    -------
    ndarray, shape (n, 18)
        Those of the emulator; then ln of the line spread's width, asinh(v sin i / 4 km/s) and v sin i,
        and how much rotation and line spread together damp nine Fourier components: a broadened
        spectrum is linear in these.
    """
    rows = np.atleast_2d(np.asarray(labels, dtype=np.float64))
    vsini, power = rows[:, 5:7].T
    frequencies = 1.0 / _PERIODS_KMS
    sigma = line_spread_sigma_kms(power)
    damping = rotation_transfer(frequencies, vsini) * gaussian_transfer(frequencies, sigma)
    widths = np.stack([np.log(sigma), np.arcsinh(vsini / 4.0), vsini / 100.0], axis=1)
    return np.concatenate([label_features(rows[:, :5]), widths, damping], axis=1)


@dataclasses.dataclass(frozen=True, eq=False)
class SpectrumGenerator:
    """Decoder (and encoder) of a conditional VAE whose outer layers are factored through a basis.

    Attributes
    ----------
    card : ModelCard
    basis : SpectralBasis
    weights : mapping of str to ndarray
        Named as in `spectragui.networks.cvae.FactoredCVAE`.

    Notes
    -----
    flux = mean(labels) + response(labels) . z: with z = 0 it is the spectrum that the labels say,
    which is also the mean over z.
    """

    card: ModelCard
    basis: SpectralBasis
    weights: Mapping[str, Array]

    @classmethod
    def load(cls, folder: Path) -> SpectrumGenerator:
        """Read a generator from its model folder.

        Raises
        ------
        ModelError
            If the file is missing or damaged, or is another kind of model.
        """
        card = read_card(folder)
        if card.kind != KIND:
            raise ModelError(f"The model {card.name} does not generate spectra.", "Choose optical-cvae.")
        tensors = read_weights(folder, card)
        try:
            basis = SpectralBasis.from_tensors(tensors)
            names = [name for name in tensors if not name.startswith("basis.")]
            weights = {name: np.ascontiguousarray(tensors[name], dtype=np.float32) for name in names}
            generator = cls(card, basis, weights)
            _check_generator(generator)
        except KeyError as error:
            raise ModelError(f"The generator {card.name} lacks its tensor {error}.", COPY_AGAIN) from error
        except (ValueError, IndexError, TypeError, ArithmeticError) as error:
            raise ModelError(
                f"The tensors of the generator {card.name} do not fit together.", COPY_AGAIN
            ) from error
        return generator

    @property
    def n_latent(self) -> int:
        """Dimensions of the latent space."""
        return int(self.weights["spread.from_latent.weight"].shape[1])

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
            In the order of `GENERATOR_LABELS`.
        latent : array_like, shape (n, n_latent), optional
            0 by default: the spectrum that the labels say.
        """
        features = self._features(labels)
        coefficients = self.mean_coefficients(features)
        if latent is not None:
            coefficients = coefficients + self.spread_coefficients(features, latent)
        return self.basis.expand(coefficients)

    def samples(self, labels: ArrayLike, latent: ArrayLike) -> Array:
        """Return spectra of one star, shape (n, n_pixels), for latent vectors (n, n_latent)."""
        features = self._features(labels)
        mean = self.mean_coefficients(features)
        return self.basis.expand(mean + self.spread_coefficients(features, latent))

    def encode(self, flux: Array, labels: ArrayLike) -> tuple[Array, Array]:
        """Return mean and sigma of the latent vectors that spectra show, shape (n, n_latent) each.

        Parameters
        ----------
        flux : ndarray, shape (n, n_pixels)
        labels : array_like, shape (n, 7)
        """
        features = self._features(labels)
        residual = (self.basis.project(flux) - self.mean_coefficients(features)) / self._scale
        gate = self._gate("encoder", features)
        inner = (residual @ self.weights["encoder.from_residual.weight"].T) * gate
        mean = inner @ self.weights["encoder.to_latent.weight"].T
        log_variance = self._dense("encoder.log_variance", features)
        sigma = np.exp(0.5 * np.clip(log_variance, -14.0, 4.0))
        return mean.astype(np.float32), sigma.astype(np.float32)

    def mean_coefficients(self, features: Array) -> Array:
        """Return coefficients at latent 0, shape (n, n_vectors)."""
        star = self._dense("mean.star", features[:, :N_STAR_FEATURES])
        broadening = self._dense("mean.broadening", features[:, N_STAR_FEATURES:])
        hidden = star * broadening
        hidden = hidden + _silu(self._linear("mean.mix.0", hidden))
        hidden = hidden + _silu(self._linear("mean.mix.1", hidden))
        return np.asarray(self._linear("mean.out", hidden) * self._scale, dtype=np.float32)

    def spread_coefficients(self, features: Array, latent: ArrayLike) -> Array:
        """Return what latent vectors add to the coefficients, shape (n, n_vectors)."""
        z = np.atleast_2d(np.asarray(latent, dtype=np.float32))
        inner = (z @ self.weights["spread.from_latent.weight"].T) * self._gate("spread", features)
        return np.asarray(inner @ self.weights["spread.out.weight"].T * self._scale, dtype=np.float32)

    @property
    def _scale(self) -> Array:
        return self.weights["coefficient_scale"]

    def _features(self, labels: ArrayLike) -> Array:
        features = (condition_features(labels) - self.weights["feature_mean"]) / self.weights["feature_scale"]
        return features.astype(np.float32)

    def _gate(self, part: str, features: Array) -> Array:
        gate = self._dense(f"{part}.gate", features)
        return np.asarray(gate[:, 1:] * np.exp(gate[:, :1]))

    def _dense(self, name: str, inputs: Array) -> Array:
        """Apply linear layers with SiLU between them."""
        hidden, number = inputs, 0
        while f"{name}.{number}.weight" in self.weights:
            if number:
                hidden = _silu(hidden)
            hidden = self._linear(f"{name}.{number}", hidden)
            number += 2  # in torch every other module is the activation
        return hidden

    def _linear(self, name: str, inputs: Array) -> Array:
        return np.asarray(inputs @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])


def _check_generator(generator: SpectrumGenerator) -> None:
    """Raise where a generator is not what its card says, or gives no numbers in its own range."""
    card = generator.card
    if card.label_names != GENERATOR_LABELS:
        raise ModelError(
            f"The labels of the generator {card.name} are {', '.join(card.label_names) or 'none'}.",
            f"A generator has {', '.join(GENERATOR_LABELS)}.",
        )
    if generator.basis.mean.shape != generator.wavelength_aa.shape:
        raise ModelError(f"The pixels of the generator {card.name} are not those of its card.", COPY_AGAIN)
    low, high = np.array(list(card.label_ranges.values())).T
    # The middle, and stars all over the range: huge weights may cancel out at one point, not at many.
    parts = np.random.default_rng(1).uniform(size=(N_TRIED, low.size))
    stars = low + (high - low) * np.concatenate([np.full((1, low.size), 0.5), parts])
    with np.errstate(all="ignore"):
        flux = generator.flux(stars, np.ones((len(stars), generator.n_latent)))
        mean, sigma = generator.encode(flux, stars)
    if (
        not all(np.isfinite(values).all() for values in (flux, mean, sigma))
        or np.abs(flux).max() > LARGEST_FLUX
    ):
        raise ModelError(
            f"The generator {card.name} gives no spectrum within its own range: its weights are not sound.",
            COPY_AGAIN,
        )


def _silu(values: Array) -> Array:
    return np.asarray(values / (1.0 + np.exp(-values)), dtype=np.float32)


def read_generator(folder: Path) -> SpectrumGenerator | DenseGenerator:
    """Read a generator of either kind from its model folder: factored as ours, or dense as the paper's.

    Raises
    ------
    ModelError
        If the file is missing or damaged, or is another kind of model.
    """
    card = read_card(folder)
    if card.kind == KIND and FIRST_LAYER in card.tensors:
        return DenseGenerator.of_tensors(card, read_weights(folder, card))
    return SpectrumGenerator.load(folder)


@kept_while_unchanged(2)
def _kept(folder: Path) -> SpectrumGenerator | DenseGenerator:
    return read_generator(folder)


def load_generator(name: str = "optical-cvae") -> SpectrumGenerator | DenseGenerator:
    """Return a generator by its name or folder, read once per process.

    Raises
    ------
    ModelError
        If it is missing, damaged, or another kind of model.
    """
    return _kept(find_model(name))
