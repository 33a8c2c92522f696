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

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.model_folder import (
    WEIGHTS_FILE,
    CardLabel,
    ModelCard,
    WavelengthGrid,
    describe_weights,
    write_card,
)
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.kernel_fit import fit_kernel_regression
from spectragui.simulation.emulator import KIND, LABEL_NAMES, label_features, pack_basis, unpack_basis

FLUX_UNIT = 50000.0  # normalised flux = stored integer / 50000
HOT_STARS_K = 7000.0  # spectra above count less where the kernel's widths are chosen
HOT_STAR_WEIGHT = 0.2
HELD_OUT_STEP = 10  # every tenth spectrum is never trained on
OPTICAL_LIMITS = (
    "C2 and TiO are computed in 4675-4950 A only: stars below about 4200 K come out wrong.",
    "LTE: iron lines of metal-poor stars, [M/H] below -1.5, come out too strong.",
    "About 11 A at both ends are margins for rotation, line spread and velocity.",
    "Below 4500 K the emulator errs by about 0.5 % of the continuum.",
)


@dataclasses.dataclass(frozen=True)
class EmulatorConfig:
    """How an emulator is trained; stored as ``train.toml``."""

    n_components: int = 110
    n_large: int = 24
    n_continuum_components: int = 6
    n_hidden: int = 256
    n_layers: int = 3
    n_networks: int = 1
    n_steps: int = 10_000
    learning_rate: float = 5e-3
    weight_decay: float = 0.0
    scale_power: float = 0.6
    n_kernel_trials: int = 200
    seed: int = 1
    threads: int = 1


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """Spectra of a grid.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, air
    flux : ndarray, shape (n_spectra, n_pixels), normalised
    log_continuum : ndarray, shape (n_spectra, n_knots)
    knot_pixels : ndarray of int, shape (n_knots,)
    labels : ndarray, shape (n_spectra, 5)
    held_out : ndarray of bool, shape (n_spectra,)
        The spectra that judge, and are never trained on.
    """

    wavelength_aa: NDArray[np.float64]
    flux: NDArray[np.float32]
    log_continuum: NDArray[np.float64]
    knot_pixels: NDArray[np.int64]
    labels: NDArray[np.float64]
    held_out: NDArray[np.bool_]

    def joined(self, extra: Grid) -> Grid:
        """Return this grid with all spectra of another one added for training."""
        if not np.allclose(self.wavelength_aa, extra.wavelength_aa, rtol=1e-9):
            raise TrainingError("The two grids differ in wavelength.", "Compute them on the same pixels.")
        return Grid(
            self.wavelength_aa,
            np.concatenate([self.flux, extra.flux]),
            np.concatenate([self.log_continuum, extra.log_continuum]),
            self.knot_pixels,
            np.concatenate([self.labels, extra.labels]),
            np.concatenate([self.held_out, np.zeros(len(extra.labels), dtype=bool)]),
        )


def read_grid(path: Path) -> Grid:
    """Read a grid file (``wave, flux, cont, cont_index, labels``)."""
    with np.load(path) as data:
        return Grid(
            wavelength_aa=data["wave"].astype(np.float64),
            flux=data["flux"].astype(np.float32) / np.float32(FLUX_UNIT),
            log_continuum=np.log(data["cont"].astype(np.float64)),
            knot_pixels=data["cont_index"].astype(np.int64),
            labels=data["labels"].astype(np.float64),
            held_out=np.arange(len(data["labels"])) % HELD_OUT_STEP == 0,
        )


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
    features = label_features(grid.labels)[training]
    feature_mean, feature_scale = features.mean(axis=0), features.std(axis=0)
    inputs = (features - feature_mean) / feature_scale
    tensors: dict[str, NDArray[Any]] = {
        "feature_mean": feature_mean,
        "feature_scale": feature_scale,
        "label_ranges": _box(grid.labels),
        "wavelength_grid": np.array(
            [np.log(grid.wavelength_aa[0]), np.mean(np.diff(np.log(grid.wavelength_aa)))]
        ),
        "knot_pixels": grid.knot_pixels,
    }
    importance = np.where(grid.labels[training, 0] < HOT_STARS_K, 1.0, HOT_STAR_WEIGHT)
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
    """Standardised features (n, 6), importance (n,), and how to train."""

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
    scale = coefficients.std(axis=0)
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
            n_trials=config.n_kernel_trials,
            seed=config.seed,
            progress=part_of(data.progress, 0.8, 1.0),
        )
        tensors |= kernels.tensors(f"{prefix}kernel")
    return tensors


def _stored_type(name: str, value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype != np.float64 or name == "wavelength_grid" or name.endswith(("_points", "_lengths")):
        return value
    return value.astype(np.float32)


def _box(labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the round limits of the box that labels were drawn from, shape (5, 2)."""
    step = np.array([50.0, 0.1, 0.1, 0.1, 0.1])
    low = np.floor(labels.min(axis=0) / step + 1e-6) * step
    high = np.ceil(labels.max(axis=0) / step - 1e-6) * step
    return np.stack([low, high], axis=1)


def save_emulator(
    tensors: dict[str, NDArray[Any]],
    config: EmulatorConfig,
    folder: Path,
    metrics: dict[str, Any] | None = None,
) -> Path:
    """Write an emulator's folder: weights, card and ``train.toml``; return the folder."""
    import tomlkit
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file(contiguous, path)
    write_card(_card(folder, tensors, config, metrics or {}), folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": KIND, **dataclasses.asdict(config)}))
    return folder


def _card(
    folder: Path, tensors: dict[str, NDArray[Any]], config: EmulatorConfig, metrics: dict[str, Any]
) -> ModelCard:
    start, step = tensors["wavelength_grid"]
    n_pixels = tensors["mean"].size
    sha256, shapes = describe_weights(folder)
    ranges = np.asarray(tensors["label_ranges"], dtype=float).round(4).tolist()
    return ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title="Emulator of optical spectra",
        summary="Normalised flux and continuum of a star from its labels, at the resolution of the lines.",
        labels=tuple(
            CardLabel(name, LABELS[name].unit, low, high)
            for name, (low, high) in zip(LABEL_NAMES, ranges, strict=True)
        ),
        wavelength=WavelengthGrid(
            start_aa=round(float(np.exp(start)), 6),
            stop_aa=round(float(np.exp(start + step * (n_pixels - 1))), 6),
            n_pixels=n_pixels,
            dv_kms=round(float(step) * SPEED_OF_LIGHT_KMS, 6),
            medium="air",
        ),
        training={
            "data": "926 spectra computed with PySME 1.2.0 / SMElib in LTE on ATLAS9 (ODFNEW) atmospheres",
            "held_out": f"every {HELD_OUT_STEP}th spectrum, from the basis too",
            "seed": config.seed,
            "command": "python -m spectragui.networks.emulator GRID FOLDER",
        },
        metrics=metrics,
        limits=OPTICAL_LIMITS,
        licence="BSD-3-Clause",
        citation="SpectraGUI; Wehrhahn et al. 2023, A&A 671, A171 (PySME); Castelli & Kurucz 2003 (ATLAS9)",
        sha256=sha256,
        tensors=shapes,
    )


def main(arguments: list[str] | None = None) -> None:
    """Train the optical emulator as it is bundled: ``python -m spectragui.networks.emulator GRID FOLDER``."""
    import argparse

    parser = argparse.ArgumentParser(description="Train an emulator on a grid of spectra.")
    parser.add_argument("grid", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extra", type=Path, help="grid file whose spectra are all trained on")
    parser.add_argument("--steps", type=int, default=EmulatorConfig.n_steps)
    chosen = parser.parse_args(arguments)
    config = EmulatorConfig(n_steps=chosen.steps)
    grid = read_grid(chosen.grid)
    if chosen.extra is not None:
        grid = grid.joined(read_grid(chosen.extra))
    save_emulator(train_emulator(grid, config), config, chosen.folder)


if __name__ == "__main__":
    main()
