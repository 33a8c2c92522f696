"""Scales of a generator's inputs and outputs, its weights in half precision, its card."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.labels import LABELS
from spectragui.core.model_folder import (
    WEIGHTS_FILE,
    CardLabel,
    ModelCard,
    WavelengthGrid,
    describe_weights,
    write_card,
)
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import GENERATOR_LABELS, KIND, SpectrumGenerator
from spectragui.simulation.generator_basis import SpectralBasis
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.data_sets.star_groups import TRAINING
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.generator.element_patterns import ELEMENT_GROUPS
from spectragui.training.grids import SpectrumGrid

if TYPE_CHECKING:
    from spectragui.networks.cvae import FactoredCVAE

LIMITS = (
    "C2 and TiO are computed in 4675-4950 A only: stars below about 4200 K come out wrong.",
    "LTE: iron lines of metal-poor stars, [M/H] below -1.5, come out too strong.",
    "Samples show the scatter of single elements' abundances, to first order, and nothing else.",
    "v sin i is rotation with a limb darkening of 0.6; macroturbulence is not separate.",
    "At R above 100,000 and v sin i below 3 km/s cores of lines err by some per cent below 4500 K.",
)
PAPER_LIMITS = (
    LIMITS[0],
    LIMITS[1],
    "alpha_m is 0: the paper's network has six labels.",
    "A baseline: see the report of optical-cvae for what it reaches.",
)
SOLAR_ALPHA = (-0.01, 0.01)
_RANGES = {"vsini": (0.0, 300.0), "resolving_power": (1000.0, 115_000.0)}


@dataclasses.dataclass(frozen=True, eq=False)
class Scales:
    """What inputs and outputs are divided by.

    Attributes
    ----------
    feature_mean, feature_scale : ndarray, shape (n_features,)
    coefficient : ndarray, shape (n_vectors,)
    n_pixels : int
        Of the spectra that the coefficients make.
    """

    feature_mean: NDArray[np.float32]
    feature_scale: NDArray[np.float32]
    coefficient: NDArray[np.float32]
    n_pixels: int = 19_000

    @classmethod
    def of(
        cls, features: NDArray[np.float64], coefficients: NDArray[np.float32], n_pixels: int = 19_000
    ) -> Scales:
        """Return mean and scatter of training spectra."""
        return cls(
            features.mean(axis=0).astype(np.float32),
            features.std(axis=0).astype(np.float32),
            coefficients.std(axis=0).astype(np.float32),
            n_pixels,
        )

    def features(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return scaled features."""
        return np.asarray((features - self.feature_mean) / self.feature_scale, dtype=np.float32)


def generator_tensors(network: FactoredCVAE, basis: SpectralBasis, scales: Scales) -> dict[str, NDArray[Any]]:
    """Return what is stored in a generator's file: weights in 16 bits, basis in 16 and 8."""
    weights = {name: value.detach().cpu().half().numpy() for name, value in network.state_dict().items()}
    single = {
        "feature_mean": scales.feature_mean,
        "feature_scale": scales.feature_scale,
        "coefficient_scale": scales.coefficient,
    }
    return {**basis.to_tensors(), **weights, **single}


def save_generator(
    network: FactoredCVAE,
    basis: SpectralBasis,
    scales: Scales,
    config: GeneratorConfig,
    grid: SpectrumGrid,
    folder: Path,
    metrics: Mapping[str, Any] | None = None,
) -> Path:
    """Write weights and card of a generator into its folder; return the folder."""
    from safetensors.numpy import save_file

    tensors = {
        name: np.ascontiguousarray(value) for name, value in generator_tensors(network, basis, scales).items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file(tensors, path)
    write_generator_card(config, grid, folder, metrics)
    return folder


def save_tuned_generator(
    network: FactoredCVAE, base: SpectrumGenerator, config: GeneratorConfig, data: DataSet, folder: Path
) -> Path:
    """Write weights and card of a generator that was tuned on a data set; return the folder."""
    from safetensors.numpy import save_file

    weights = base.weights
    scales = Scales(weights["feature_mean"], weights["feature_scale"], weights["coefficient_scale"])
    tensors = generator_tensors(network, base.basis, scales)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, path)
    checksums, shapes = describe_weights(folder)
    training = {
        "data": data.path.name,
        "data_sha256": data.sha256,
        "n_spectra": len(data.rows_of(TRAINING)),
        "n_batches": config.training.steps,
        "batch": config.training.batch,
        "seed": config.training.seed,
        "base": base.card.name,
        "base_version": base.card.version,
        "frozen": list(config.base.freeze),
        "emulator": base.card.training.get("emulator", ""),
        "held_out": "stars of the parts validation and test of the data set",
        "command": "spectragui train train.toml",
    }
    card = dataclasses.replace(
        base.card,
        name=folder.name,
        version="1.0",
        title=f"{folder.name}: tuned from {base.card.name} {base.card.version}",
        training=training,
        metrics={},
        sha256=checksums,
        tensors=shapes,
        extra={},
    )
    write_card(card, folder)
    return folder


def write_generator_card(
    config: GeneratorConfig, grid: SpectrumGrid, folder: Path, metrics: Mapping[str, Any] | None = None
) -> Path:
    """Write ``card.toml`` beside the weights of a generator; return its path."""
    checksums, shapes = describe_weights(folder)
    data = config.data
    is_paper = config.network.name == "cvae"
    stop = round(data.start_aa + data.step_aa * (data.n_pixels - 1), 6)
    card = ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title="Conditional VAE of Gebran & Bentley" if is_paper else "Conditional VAE of optical spectra",
        summary="A spectrum with rotation and line spread from six labels at solar alpha, and samples."
        if is_paper
        else "A spectrum with rotation and line spread from seven labels, and samples of its like.",
        labels=_card_labels(config, is_paper),
        wavelength=WavelengthGrid(data.start_aa, stop, data.n_pixels, 0.0, "air"),
        training=_training_table(config, grid),
        metrics=dict(metrics or {}),
        limits=PAPER_LIMITS if is_paper else LIMITS,
        licence="BSD-3-Clause",
        citation="SpectraGUI; Gebran & Bentley 2025 (method); Wehrhahn et al. 2023, A&A 671, A171 (PySME);"
        " Castelli & Kurucz 2003 (ATLAS9)",
        sha256=checksums,
        tensors=shapes,
    )
    return write_card(card, folder)


def _card_labels(config: GeneratorConfig, is_paper: bool) -> tuple[CardLabel, ...]:
    ranges = {**load_emulator(config.data.emulator).label_ranges, **_RANGES}
    if is_paper:
        ranges["alpha_m"] = SOLAR_ALPHA
    return tuple(CardLabel(name, LABELS[name].unit, *ranges[name]) for name in GENERATOR_LABELS)


def _training_table(config: GeneratorConfig, grid: SpectrumGrid) -> dict[str, Any]:
    held_out = np.isin(grid.index % 10, config.data.held_out)
    return {
        "data": Path(config.data.grid).name,
        "emulator": config.data.emulator,
        "line_list": Path(config.data.line_list).name,
        "n_grid_spectra": int(np.sum(~held_out)),
        "n_spectra": config.data.n_spectra,
        "n_scattered": config.data.n_scattered,
        "n_batches": config.training.steps,
        "batch": config.training.batch,
        "seed": config.training.seed,
        "held_out": "every 10th spectrum; every 10th from the first was used to choose settings",
        "latent": "abundances of single elements beside [M/H] and [alpha/M], to first order: "
        + ", ".join(f"{name} {scatter:g} dex" for name, (_, scatter) in ELEMENT_GROUPS.items()),
        "command": f"spectragui train models/{Path(config.output).name}/train.toml",
    }
