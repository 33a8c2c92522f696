"""Conditional variational autoencoders of spectra: the paper's, and the one that is bundled.

`DenseCVAE` is that of Gebran & Bentley (2025): spectrum and labels to a latent vector and back,
172 million weights. `FactoredCVAE` does the same with its first and last layers factored through a
basis (`simulation.generator_basis`), which is what makes it small enough to ship.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from spectragui.core.errors import TrainingError
from spectragui.core.registry import Registry
from spectragui.networks.architectures import check_options
from spectragui.simulation.generator import N_FEATURES, N_STAR_FEATURES

GENERATORS: Registry[type[nn.Module]] = Registry("generator")
register_generator = GENERATORS.register


def build_generator(name: str, *sizes: int, **options: Any) -> Any:
    """Return a new network of a registered architecture.

    Raises
    ------
    SpectraGUIError
        If there is no such network, or it does not know an option.
    """
    architecture = GENERATORS.get(name)
    check_options(name, architecture, options, len(sizes))
    try:
        return architecture(*sizes, **options)
    except TypeError as error:
        raise TrainingError(
            f"The network {name!r} cannot be built with these options.",
            "Compare the table [network.options] with the arguments in networks/cvae.py.",
        ) from error


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence from N(0, 1) in nats of each latent, shape (n, n_latent)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


def draw_latent(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw latent vectors from the encoder's Gaussians (reparametrisation)."""
    noise = torch.randn(mean.shape, generator=generator).to(mean.device)
    return mean + (0.5 * log_variance).exp() * noise


def _dense(widths: Sequence[int], activation: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1])


@register_generator("cvae")
class DenseCVAE(nn.Module):
    """The CVAE of Gebran & Bentley (2025).

    Parameters
    ----------
    n_pixels : int
    n_labels : int
        Six in the paper, each between 0 and 1.
    hidden : sequence of int
        Encoder's layers; the decoder has them in reverse.
    n_latent : int

    References
    ----------
    Gebran & Bentley 2025, Astronomy.
    """

    def __init__(
        self,
        n_pixels: int = 19_000,
        n_labels: int = 6,
        hidden: Sequence[int] = (4000, 2000, 1000),
        n_latent: int = 100,
    ) -> None:
        super().__init__()
        self.encoder = nn.Sequential(_dense([n_pixels + n_labels, *hidden], nn.ReLU), nn.ReLU())
        self.to_latent = nn.Linear(hidden[-1], 2 * n_latent)
        self.decoder = _dense([n_latent + n_labels, *reversed(hidden), n_pixels], nn.ReLU)
        self.n_latent = n_latent

    def encode(self, flux: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and log variances of the latent vectors, shape (n, n_latent) each."""
        mean, log_variance = self.to_latent(self.encoder(torch.cat([flux, labels], dim=1))).chunk(2, dim=1)
        return mean, log_variance.clamp(-14.0, 4.0)

    def decode(self, latent: Tensor, labels: Tensor) -> Tensor:
        """Return spectra between 0 and 1, shape (n, n_pixels)."""
        result: Tensor = torch.sigmoid(self.decoder(torch.cat([latent, labels], dim=1)))
        return result

    def losses(self, flux: Tensor, labels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the mean squared error, and the divergence in nats a pixel."""
        mean, log_variance = self.encode(flux, labels)
        decoded = self.decode(draw_latent(mean, log_variance, generator), labels)
        divergence = kl_divergence(mean, log_variance).sum(1).mean() / flux.shape[1]
        return (decoded - flux).square().mean(), divergence


class _MeanDecoder(nn.Module):
    """Labels to coefficients at latent 0: what the star is times how it is broadened, then mixed."""

    def __init__(self, n_vectors: int, width: int) -> None:
        super().__init__()
        self.star = _dense([N_STAR_FEATURES, 256, width], nn.SiLU)
        self.broadening = _dense([N_FEATURES - N_STAR_FEATURES, 128, width], nn.SiLU)
        self.mix = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])
        self.out = nn.Linear(width, n_vectors)

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.star(features[:, :N_STAR_FEATURES]) * self.broadening(features[:, N_STAR_FEATURES:])
        for layer in self.mix:
            hidden = hidden + nn.functional.silu(layer(hidden))
        result: Tensor = self.out(hidden)
        return result


class _Gate(nn.Module):
    """Features to factors of a hidden layer, with a common scale that may span decades."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = _dense([N_FEATURES, 128, width + 1], nn.SiLU)

    def factors(self, features: Tensor) -> Tensor:
        gate = self.gate(features)
        result: Tensor = gate[:, 1:] * gate[:, :1].exp()
        return result


class _Spread(_Gate):
    """Latent vector to coefficients, linear in it: its mean over N(0, 1) is that at 0."""

    def __init__(self, n_vectors: int, n_latent: int, width: int) -> None:
        super().__init__(width)
        self.from_latent = nn.Linear(n_latent, width, bias=False)
        self.out = nn.Linear(width, n_vectors, bias=False)

    def forward(self, features: Tensor, latent: Tensor) -> Tensor:
        result: Tensor = self.out(self.from_latent(latent) * self.factors(features))
        return result


class _Encoder(_Gate):
    """What the labels leave unexplained, to mean and log variance of the latent vector."""

    def __init__(self, n_vectors: int, n_latent: int, width: int) -> None:
        super().__init__(width)
        self.from_residual = nn.Linear(n_vectors, width, bias=False)
        self.to_latent = nn.Linear(width, n_latent, bias=False)
        self.log_variance = _dense([N_FEATURES, 128, n_latent], nn.SiLU)

    def forward(self, residual: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.to_latent(self.from_residual(residual) * self.factors(features))
        return mean, self.log_variance(features).clamp(-14.0, 4.0)


@register_generator("factored_cvae")
class FactoredCVAE(nn.Module):
    """A conditional VAE between coefficients of a basis; all its inputs and outputs are scaled.

    Parameters
    ----------
    n_vectors : int
        Of the basis.
    n_latent : int
    width : int
        Of the decoder's layers.
    spread_width : int
        Of the layers from and to the latent vector.

    Notes
    -----
    The encoder sees what the decoder at z = 0 leaves of a spectrum: a normalisation by the
    condition itself. The decoder is linear in z, with a response that depends on the labels.
    """

    def __init__(self, n_vectors: int, n_latent: int = 12, width: int = 576, spread_width: int = 256) -> None:
        super().__init__()
        self.mean = _MeanDecoder(n_vectors, width)
        self.spread = _Spread(n_vectors, n_latent, spread_width)
        self.encoder = _Encoder(n_vectors, n_latent, spread_width)
        self.n_latent = n_latent

    def decode(self, features: Tensor, latent: Tensor) -> Tensor:
        """Return scaled coefficients, shape (n, n_vectors)."""
        result: Tensor = self.mean(features) + self.spread(features, latent)
        return result

    def encode(self, coefficients: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and log variances of the latent vectors, shape (n, n_latent) each."""
        result: tuple[Tensor, Tensor] = self.encoder(coefficients - self.mean(features), features)
        return result
