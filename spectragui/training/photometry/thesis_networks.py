"""The four networks of the thesis (Cacho Martinez 2020), by its text and by its code, for comparison only.

They are trained on this project's columns: 24 magnitudes, 24 errors, area, fwhm, stell, ell, rk, rf, s2n (its
75 hold identifiers and near copies of the answer besides), read as the thesis reads them: -99 becomes 99, and
all is clipped to 0-27.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from spectragui.core.photometry import PhotometricTable
from spectragui.core.progress import Progress, no_progress
from spectragui.networks.photometry_network import MORPHOLOGY

Floats = NDArray[np.float64]
_CLIP = (0.0, 27.0)
_NOT_DETECTED = 99.0


@dataclasses.dataclass(frozen=True)
class ThesisNetwork:
    """One of its networks.

    Attributes
    ----------
    hidden : tuple of int
        Widths of the hidden layers.
    activation : {"linear", "relu"}
    epochs, batch : int
    is_power : bool
        Whether the target is (min-max)^0.1 with the sign of its code, as its code has it.
    train_part : float
        Part of the rows that it is trained on; its code takes a tenth.
    """

    hidden: tuple[int, ...]
    activation: str
    epochs: int
    batch: int
    is_power: bool = False
    train_part: float = 1.0


#: By its text (chapter 3); it says no batch size.
BY_TEXT: Mapping[str, ThesisNetwork] = MappingProxyType(
    {
        "redshift": ThesisNetwork((120,), "linear", 80, 256),
        "stellarity": ThesisNetwork((75, 500, 600), "relu", 20, 256),
        "mass": ThesisNetwork((120, 200, 50), "linear", 7, 256),
        "type": ThesisNetwork((120, 500), "linear", 10, 256),
    }
)
#: By its code (appendix A), which holds two of the four.
BY_CODE: Mapping[str, ThesisNetwork] = MappingProxyType(
    {
        "redshift": ThesisNetwork((120,), "linear", 150, 64, is_power=True, train_part=0.1),
        "stellarity": ThesisNetwork((2, 3), "relu", 150, 16, train_part=0.1),
    }
)


def thesis_inputs(table: PhotometricTable) -> NDArray[np.float32]:
    """Return the columns as the thesis feeds them, shape (n, 48 + 7)."""
    magnitudes = np.where(table.detected, table.magnitudes, _NOT_DETECTED)
    errors = np.where(table.detected, table.errors, np.where(np.isfinite(table.limits), table.limits, 0.0))
    nothing = np.zeros(len(table))
    shapes = [np.nan_to_num(table.morphology.get(name, nothing)) for name in MORPHOLOGY]
    values = np.concatenate([magnitudes, errors, np.stack(shapes, axis=1)], axis=1)
    return np.clip(values, *_CLIP).astype(np.float32)


def wrong_min_max(values: Floats, low: float, high: float) -> Floats:
    """Return (x + min) / (max - min): the sign is that of the thesis' code."""
    return (values + low) / (high - low)


def predict_by_thesis(
    network: ThesisNetwork,
    task: str,
    inputs: NDArray[np.float32],
    labels: Floats,
    test_inputs: NDArray[np.float32],
    seed: int = 1,
    progress: Progress = no_progress,
) -> Floats:
    """Train one of the networks and return what it says of other rows.

    Parameters
    ----------
    network : ThesisNetwork
    task : str
    inputs : ndarray, shape (n, n_columns)
    labels : ndarray, shape (n,)
        Redshift, log mass, type (0-4), or 1 = star.
    test_inputs : ndarray, shape (m, n_columns)
    seed : int
    progress : Progress

    Returns
    -------
    ndarray, shape (m,) or (m, n_classes)
        The value, or probabilities of classes.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    n = round(network.train_part * len(inputs))
    chosen = torch.randperm(len(inputs), generator=generator)[:n]
    x, y = torch.from_numpy(inputs)[chosen], torch.from_numpy(labels)[chosen].float()
    low, high = float(labels.min()), float(labels.max())
    n_classes = {"stellarity": 2, "type": 5}.get(task, 0)
    if network.is_power and not n_classes:
        y = torch.from_numpy(wrong_min_max(y.double().numpy(), low, high) ** 0.1).float()
    model = _layers(inputs.shape[1], network, n_classes or 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = torch.nn.CrossEntropyLoss() if n_classes else torch.nn.MSELoss()
    for epoch in range(network.epochs):
        for rows in torch.randperm(n, generator=generator).split(network.batch):
            found = model(x[rows])
            loss = loss_of(found, y[rows].long()) if n_classes else loss_of(found[:, 0], y[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        progress((epoch + 1) / network.epochs, "the thesis' networks")
    with torch.inference_mode():
        found = model(torch.from_numpy(test_inputs))
        if n_classes:
            return found.softmax(1).double().numpy()
        value = found[:, 0].double().numpy()
    if network.is_power:
        value = np.maximum(value, 0.0) ** 10 * (high - low) - low
    return value


def _layers(n_inputs: int, network: ThesisNetwork, n_outputs: int) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    size = n_inputs
    for width in network.hidden:
        parts.append(torch.nn.Linear(size, width))
        if network.activation == "relu":
            parts.append(torch.nn.ReLU())
        size = width
    return torch.nn.Sequential(*parts, torch.nn.Linear(size, n_outputs))
