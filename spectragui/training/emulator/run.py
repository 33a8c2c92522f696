"""Train an emulator: PCA of grid spectra and a small network from labels to coefficients.

An emulator is judged by the labels that it moves, not by its median error: every coefficient is
scaled to unit variance and the loss weighted by (scale)^0.6, so that weak but telling vectors count.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.simulation.emulator import Emulator, label_features, pack_basis, unpack_basis
from spectragui.training.emulator.emulator_grid import Grid, read_grid
from spectragui.training.emulator.files import EmulatorConfig, card_facts, emulator_facts, save_emulator
from spectragui.training.emulator.kernel_fit import KernelConfig, fit_kernel_regression
from spectragui.training.emulator.report import measure_emulator
from spectragui.training.grids import find_file

HOT_STARS_K = 7000.0  # spectra above count less where the kernel's widths are chosen
HOT_STAR_WEIGHT = 0.2


def principal_components(
    values: NDArray[Any], n_components: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean (n_pixels,) and orthonormal basis (n_components, n_pixels) of spectra (n, n_pixels)."""
    mean = values.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = (values - mean).astype(np.float32)
    eigenvalues, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    largest = np.argsort(eigenvalues)[::-1][:n_components]
    weights = vectors[:, largest] / np.sqrt(eigenvalues[largest])
    return mean, weights.T.astype(np.float32) @ centred


def fit_networks(
    features: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any],
    config: EmulatorConfig,
    prefix: str,
    progress: Progress = no_progress,
) -> dict[str, NDArray[np.float32]]:
    """Fit an ensemble of dense networks, full batch; return their stacked weights.

    Parameters
    ----------
    features : ndarray, shape (n, n_features), standardised
    targets : ndarray, shape (n, n_outputs), unit variance
    weights : ndarray, shape (n_outputs,), of the squared errors
    """
    import torch

    torch.set_num_threads(config.threads)
    x, y, w = (torch.as_tensor(np.asarray(v, dtype=np.float32)) for v in (features, targets, weights))
    stacked: list[list[NDArray[np.float32]]] = []
    for member in range(config.n_networks):
        torch.manual_seed(config.seed + member)
        sizes = [x.shape[1], *[config.n_hidden] * config.n_layers, y.shape[1]]
        linear = [torch.nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
        modules = [m for layer in linear[:-1] for m in (layer, torch.nn.SiLU())] + [linear[-1]]
        net = torch.nn.Sequential(*modules)
        optimizer = torch.optim.AdamW(
            net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, config.learning_rate, total_steps=config.n_steps
        )
        for step in range(config.n_steps):
            optimizer.zero_grad()
            loss = (w * (net(x) - y).square()).mean()
            loss.backward()
            optimizer.step()
            schedule.step()
            if step % 200 == 0:
                done = (member + step / config.n_steps) / config.n_networks
                progress(done, f"network {member + 1}, loss {loss.item():.2e}")
        stacked.append([p.detach().numpy() for layer in linear for p in (layer.weight, layer.bias)])
    names = [f"{prefix}{i}.{kind}" for i in range(config.n_layers + 1) for kind in ("weight", "bias")]
    return {name: np.stack(arrays) for name, arrays in zip(names, zip(*stacked, strict=True), strict=True)}


def train_emulator(
    grid: Grid, config: EmulatorConfig, progress: Progress = no_progress
) -> dict[str, NDArray[Any]]:
    """Train on nine tenths of a grid; return the tensors of an emulator file."""
    training = ~grid.held_out
    features = label_features(grid.labels, grid.label_names)[training]
    feature_mean, feature_scale = features.mean(axis=0), features.std(axis=0)
    inputs = (features - feature_mean) / feature_scale
    tensors: dict[str, NDArray[Any]] = {
        "feature_mean": feature_mean,
        "feature_scale": feature_scale,
        "label_ranges": _box(grid),
        "wavelength_grid": np.array(
            [np.log(grid.wavelength_aa[0]), np.mean(np.diff(np.log(grid.wavelength_aa)))]
        ),
        "knot_pixels": grid.knot_pixels,
    }
    if np.isfinite(grid.resolving_power):
        tensors["resolving_power"] = np.array([grid.resolving_power])
    importance = np.ones(int(training.sum()))
    if "teff" in grid.label_names:
        teff = grid.labels[training, grid.label_names.index("teff")]
        importance = np.where(teff < HOT_STARS_K, 1.0, HOT_STAR_WEIGHT)
    data = _TrainingData(inputs, importance, config, progress)
    mean, basis = principal_components(grid.flux[training], config.n_components)
    tensors |= {"mean": mean, **pack_basis(basis, config.n_large)}
    # Coefficients on the basis as it is stored, so that its rounding is fitted away.
    stored = unpack_basis(*(tensors[name] for name in ("basis", "basis_small", "basis_small_step")))
    tensors |= _fit_coefficients(project(grid.flux[training] - mean, stored), data, "")
    mean, basis = principal_components(grid.log_continuum[training], config.n_continuum_components)
    tensors |= {"continuum_mean": mean, "continuum_basis": basis}
    small = dataclasses.replace(config, n_hidden=64, n_networks=1)
    data = dataclasses.replace(data, config=small)
    tensors |= _fit_coefficients(project(grid.log_continuum[training] - mean, basis), data, "continuum_")
    return {key: _stored_type(key, value) for key, value in tensors.items()}


@dataclasses.dataclass(frozen=True, eq=False)
class _TrainingData:
    """Standardised features (n, n_features), importance (n,), and how to train."""

    inputs: NDArray[np.float64]
    importance: NDArray[np.float64]
    config: EmulatorConfig
    progress: Progress


def project(values: NDArray[Any], basis: NDArray[Any]) -> NDArray[np.float64]:
    """Return the least-squares coefficients of rows (n, n_pixels) on a basis, shape (n, n_components)."""
    gram = (basis @ basis.T).astype(np.float64)
    return np.asarray(np.linalg.solve(gram, (basis @ values.T).astype(np.float64)).T)


def _fit_coefficients(
    coefficients: NDArray[np.float64], data: _TrainingData, prefix: str
) -> dict[str, NDArray[Any]]:
    """Return the scale of coefficients, networks and kernels for them, named with ``prefix``."""
    config = data.config
    scale = np.maximum(coefficients.std(axis=0), 1e-9)  # spectra may all have the same continuum
    weights = scale**config.scale_power
    weights = weights / weights.mean()
    targets = coefficients / scale
    tensors: dict[str, NDArray[Any]] = {f"{prefix}scale" if prefix else "coefficient_scale": scale}
    tensors |= fit_networks(
        data.inputs, targets, weights, config, f"{prefix}layer", part_of(data.progress, 0.0, 0.8)
    )
    if config.n_kernel_trials:
        kernels = fit_kernel_regression(
            data.inputs,
            targets,
            weights,
            data.importance,
            KernelConfig(config.n_kernel_trials, config.seed),
            part_of(data.progress, 0.8, 1.0),
        )
        tensors |= kernels.tensors(f"{prefix}kernel")
    return tensors


def _stored_type(name: str, value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype != np.float64 or name == "wavelength_grid" or name.endswith(("_points", "_lengths")):
        return value
    return value.astype(np.float32)


def _box(grid: Grid) -> NDArray[np.float64]:
    """Return the round limits of the box that labels were drawn from, shape (n_labels, 2)."""
    labels = grid.labels
    step = np.array([50.0 if name == "teff" else 0.1 for name in grid.label_names])
    low = np.floor(labels.min(axis=0) / step + 1e-6) * step
    high = np.ceil(labels.max(axis=0) / step - 1e-6) * step
    return np.stack([low, high], axis=1)


def main(arguments: list[str] | None = None) -> None:
    """Train an emulator as bundled: ``python -m spectragui.training.emulator.run GRID FOLDER``."""
    import argparse

    parser = argparse.ArgumentParser(description="Train an emulator on a grid of spectra.")
    parser.add_argument("grid", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extra", type=Path, help="grid file whose spectra are all trained on")
    parser.add_argument("--steps", type=int, help="of the networks, in place of what is listed")
    chosen = parser.parse_args(arguments)
    told = emulator_facts(chosen.folder.name)
    config = EmulatorConfig(**told.config)
    if chosen.steps is not None:
        config = dataclasses.replace(config, n_steps=chosen.steps)
    binned = told.binned
    judges = read_grid(find_file(str(chosen.grid))).binned(binned)
    grid = judges if chosen.extra is None else judges.joined(read_grid(chosen.extra).binned(binned))
    tensors = train_emulator(grid, config)
    facts = card_facts(chosen.folder)
    emulator = Emulator.from_tensors(chosen.folder.name, tensors, grid.label_names, facts.medium)
    metrics = measure_emulator(emulator, judges)
    training = {"n_spectra": int((~grid.held_out).sum()), "n_extra": len(grid.labels) - len(judges.labels)}
    domain = dataclasses.replace(facts.domain, gaps_aa=judges.gaps_aa)
    facts = dataclasses.replace(facts, domain=domain)
    facts = dataclasses.replace(facts, metrics=metrics, training={**facts.training, **training})
    save_emulator(tensors, config, chosen.folder, facts, grid.label_names)


if __name__ == "__main__":
    main()
