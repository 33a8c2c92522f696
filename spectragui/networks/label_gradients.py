"""How the labels of a parameter network change with the flux of each pixel: its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.networks.parameter_network import NetworkInput, ParameterNetwork

STEP = 1e-4  # of a scaled label, to turn its gradient into the label's own unit


def label_gradients(network: ParameterNetwork, inputs: NetworkInput) -> NDArray[np.float64]:
    """Return d(label)/d(flux) of the ensemble's mean at one spectrum, shape (n_labels, n_pixels).

    Parameters
    ----------
    network : ParameterNetwork
    inputs : NetworkInput
        Of one spectrum, any scale, *before* the network's own normalisation.

    Returns
    -------
    ndarray, shape (n_labels, n_pixels)
        In the label's unit per unit of flux, the normalisation by the running mean included; 0 where no
        flux is used.

    Raises
    ------
    ModelError
        If the network has no finite gradient there.
    """
    import torch

    device, n_labels = network.device, len(network.label_names)
    pixels = torch.tensor(inputs.flux[:1], dtype=torch.float32, device=device, requires_grad=True)
    used, *others = (
        torch.tensor(array[:1], dtype=torch.float32, device=device)
        for array in (inputs.is_used, inputs.conditions, inputs.sigma)
        if array is not None
    )
    with torch.enable_grad():
        given = network.grid.normalise(pixels, used)
        means = [member(given, used, *others)[:, :n_labels] for member in network.members]
        mean = torch.stack(means).mean(dim=0)[0]
        rows = [
            torch.autograd.grad(mean[label], pixels, retain_graph=label < n_labels - 1)[0][0]
            for label in range(n_labels)
        ]
    scaled = torch.stack(rows).double().cpu().numpy() * np.asarray(inputs.is_used[0], dtype=np.float64)
    gradients = scaled * _units(network, mean.detach().double().cpu().numpy())[:, None]
    if not np.isfinite(gradients).all():
        raise ModelError("The network has no finite gradient for this spectrum.")
    return gradients


def _units(network: ParameterNetwork, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return d(label)/d(scaled label), shape (n_labels,)."""
    ends = np.stack([mean - STEP, mean + STEP])
    labels = network.scaling.to_labels(ends, np.ones_like(ends))[0]
    return np.asarray((labels[1] - labels[0]) / (2 * STEP))
