"""Denoising autoencoders: the hourglass of Pal & Dobos (2024), and the network behind our own denoiser.

`HourglassAutoencoder` maps noisy pixels to noiseless ones and knows nothing else. Ours puts physics in
front: `spectrum_posterior` finds the most probable spectrum under a Gaussian prior, with each pixel's own
noise, and `PosteriorCorrection` moves it to where stars are.
"""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from spectragui.core.errors import ModelError
from spectragui.core.weights_file import COPY_AGAIN
from spectragui.networks.spectrum_posterior import PosteriorSolver
from spectragui.networks.without_memory import without_memory

MOST_MEMBERS = 64
LARGEST_SHIFT = 10.0  # in units of a state's errors
LARGEST_LOG_FACTOR = 2.4  # of errors: a tenth to ten
PAPER_WIDTHS = (4096, 3136, 2176, 1216, 256)
PAPER_WEIGHTS = 45_270_016


class HourglassAutoencoder(nn.Module):
    """Dense layers that narrow and widen: ReLU between them, a sigmoid at the end.

    Parameters
    ----------
    widths : sequence of int
        Of the encoder, input first; the decoder has the same, backwards.

    References
    ----------
    Pal & Dobos 2024, Section 3.1 and Figure 2.
    """

    def __init__(self, widths: tuple[int, ...] = PAPER_WIDTHS) -> None:
        super().__init__()
        both = (*widths, *widths[-2::-1])
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(both, both[1:], strict=False))
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight)  # type: ignore[arg-type]
            # The paper draws the biases alike: U(-sqrt k, sqrt k), k = 6 / (inputs + outputs).
            bound = (6.0 / (layer.in_features + layer.out_features)) ** 0.5  # type: ignore[operator]
            nn.init.uniform_(layer.bias, -bound, bound)  # type: ignore[arg-type]

    def forward(self, flux: torch.Tensor) -> torch.Tensor:
        """Return denoised spectra, shape (n, n_pixels), for noisy ones of the same shape within 0 to 1."""
        hidden = flux
        for layer in self.layers[:-1]:
            hidden = torch.relu(layer(hidden))
        return torch.sigmoid(self.layers[-1](hidden))


def count_weights(network: nn.Module) -> int:
    """Return the number of weights and biases."""
    return sum(parameter.numel() for parameter in network.parameters())


class CorrectionMember(nn.Module):
    """One network of the ensemble: a residual dense network on components and their errors.

    Parameters
    ----------
    n_state : int
        Components, ln level and velocity.
    width : int
    """

    def __init__(self, n_state: int, width: int = 192) -> None:
        super().__init__()
        self.first = nn.Linear(2 * (n_state - 1), width)
        self.middle = nn.Linear(width, width)
        self.last = nn.Linear(width, width)
        self.out = nn.Linear(width, 2 * n_state)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, state: torch.Tensor, sigma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what to add to a state in units of its errors, and ln of the factor to those errors.

        Parameters
        ----------
        state, sigma : Tensor, shape (n, n_state)
            Of `Posterior`: the state and the square roots of its covariance's diagonal.
        """
        inputs = torch.cat(
            [
                0.5 * state[:, :-2],
                0.5 * sigma.clamp(min=1e-5).log()[:, :-2],
                sigma[:, -2:].clamp(min=1e-5).log(),
            ],
            dim=1,
        )
        hidden = nn.functional.silu(self.first(inputs))
        hidden = hidden + nn.functional.silu(self.middle(hidden))
        hidden = hidden + nn.functional.silu(self.last(hidden))
        shift, scale = self.out(hidden).chunk(2, dim=1)
        return shift.clamp(-LARGEST_SHIFT, LARGEST_SHIFT), scale.clamp(-4.0, 2.0)


class PosteriorCorrection(nn.Module):
    """An ensemble that moves the posterior of a Gaussian prior to that of real stars.

    Parameters
    ----------
    n_state : int
    width, n_members : int
    """

    def __init__(self, n_state: int, width: int = 192, n_members: int = 1) -> None:
        super().__init__()
        self.members = nn.ModuleList(CorrectionMember(n_state, width) for _ in range(n_members))
        self.register_buffer("calibration", torch.zeros(2, 2))

    def corrected(
        self, state: torch.Tensor, covariance: torch.Tensor, weight: torch.Tensor, solver: PosteriorSolver
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return states and covariances as the stars trained on have them.

        Parameters
        ----------
        state : Tensor, shape (n, n_state)
        covariance : Tensor, shape (n, n_state, n_state), float64
        weight : Tensor, shape (n, n_pixels)
        solver : PosteriorSolver
            Its free smooth factors, which no star was trained with, stay as they are.
        """
        del weight
        keep = [*range(solver.n_z - solver.n_free), solver.n_z, solver.n_z + 1]
        sigma = covariance.diagonal(dim1=1, dim2=2).sqrt().float()
        outputs = [member(state[:, keep], sigma[:, keep]) for member in self.members]
        shift = torch.stack([one[0] for one in outputs]).mean(dim=0)
        log_scale = torch.stack([one[1] for one in outputs]).mean(dim=0)
        moved = state.clone()
        moved[:, keep] = state[:, keep] + shift * sigma[:, keep]
        scale = torch.ones_like(state)
        scale[:, keep] = (log_scale + self.log_factor(sigma[:, solver.n_z])[:, None]).exp()
        scaled = covariance * (scale[:, :, None] * scale[:, None, :]).double()
        return moved, scaled

    def log_factor(self, sigma_level: torch.Tensor) -> torch.Tensor:
        """Return ln of the factor that calibrates errors, by the error of ln level, shape (n,)."""
        knots, values = torch.unbind(self.get_buffer("calibration"))
        if knots.numel() < 2 or bool(knots[0] == knots[-1]):
            return torch.zeros_like(sigma_level)
        place = sigma_level.clamp(min=1e-6).log().contiguous()
        index = torch.searchsorted(knots.contiguous(), place).clamp(1, knots.numel() - 1)
        part = ((place - knots[index - 1]) / (knots[index] - knots[index - 1])).clamp(0.0, 1.0)
        return values[index - 1] + part * (values[index] - values[index - 1])


def correction_of(
    tensors: dict[str, NDArray[Any]], device: str = "cpu", n_components: int | None = None
) -> PosteriorCorrection | None:
    """Return the ensemble of a model file; None if it has none.

    Parameters
    ----------
    tensors : dict of str to ndarray
    device : str
    n_components : int, optional
        Of the basis that it corrects.

    Raises
    ------
    ModelError
        If the tensors do not fit together, or not the basis, or give no numbers.
    """
    own = {
        name: torch.as_tensor(value).float() for name, value in tensors.items() if name.startswith("members.")
    }
    if not own:
        return None
    try:
        correction = _correction(own, torch.as_tensor(tensors["calibration"]).float(), n_components)
    except (LookupError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError("The network of the denoiser does not fit together.", COPY_AGAIN) from error
    return correction.eval().requires_grad_(False).to(device)


def _correction(
    own: dict[str, torch.Tensor], calibration: torch.Tensor, n_components: int | None
) -> PosteriorCorrection:
    numbers = {int(name.split(".")[1]) for name in own}
    if numbers != set(range(len(numbers))) or len(numbers) > MOST_MEMBERS:
        raise ValueError("members are missing")
    width, inputs = own["members.0.first.weight"].shape
    n_state = inputs // 2 + 1
    if n_components is not None and n_state != n_components + 2:
        raise ValueError("it is of another basis")
    if calibration.ndim != 2 or len(calibration) != 2 or calibration[1].abs().max() > LARGEST_LOG_FACTOR:
        raise ValueError("its calibration is none")
    if (calibration[0].diff() < 0).any():
        raise ValueError("its calibration does not ascend")
    with without_memory():  # what is described may be larger than what the file holds
        correction = PosteriorCorrection(n_state, width, len(numbers))
    correction.calibration = torch.zeros_like(calibration)
    correction.load_state_dict({**own, "calibration": calibration}, assign=True)
    state = torch.zeros(1, n_state)
    for member in correction.members:
        shift, log_scale = member(state, torch.ones_like(state))
        # A typical star that is moved as far as can be is no correction.
        if not (shift.abs() < LARGEST_SHIFT).all() or not torch.isfinite(log_scale).all():
            raise ValueError("it gives no numbers")
    return correction
