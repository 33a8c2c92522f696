"""The training of a denoiser from its configuration: basis, network, calibration, model folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.toml_file import TomlError, read_toml
from spectragui.inference.denoise.basis_file import basis_of, basis_tensors
from spectragui.simulation.emulator import load_emulator
from spectragui.training.callbacks import (
    Callback,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    schedule_callbacks,
)
from spectragui.training.config import as_table
from spectragui.training.denoiser.basis import build_basis, calibration_errors
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig, denoiser_config
from spectragui.training.denoiser.correction import StateSample, StateStream, flux_metric, train_member
from spectragui.training.denoiser.denoiser_calibration import calibrate_denoiser
from spectragui.training.denoiser.files import save_denoiser
from spectragui.training.denoiser.heldout import HeldOutMaker
from spectragui.training.denoiser.mixed_basis import build_mixed_basis
from spectragui.training.grids import SpectrumGrid, find_file, read_grid
from spectragui.training.loop import rmse_loss, run_schedule, training_parts

if TYPE_CHECKING:
    import torch

    from spectragui.networks.spectrum_basis import SpectrumBasis

CHUNK = 128
CALIBRATION_SEED = 6  # more than the training's: spectra that serve nothing else


def domain_of(folder: Path) -> DomainConfig:
    """Return the domain that a model folder was trained on, from its ``train.toml``."""
    path = Path(folder) / "train.toml"
    try:
        table = read_toml(path)
    except (OSError, TomlError) as error:
        raise TrainingError(f"{path} could not be read: {first_sentence(error)}.") from error
    return denoiser_config({key: value for key, value in table.items() if key != "kind"}, path.name).domain


def train_denoiser(
    config: DenoiserConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes; return the folder.

    Raises
    ------
    TrainingError
        If data are missing, the network is not known, or the training fails.
    """
    import torch

    if resume and config.network.name != "hourglass":
        raise TrainingError("The training of such a denoiser does not resume.", "Start it without --resume.")
    torch.set_num_threads(config.training.threads)
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    if config.network.name == "hourglass":
        train_hourglass(config, folder, resume=resume, progress=progress, callbacks=callbacks)
    elif config.network.name == "posterior":
        _train_posterior(config, folder, progress)
    else:
        raise TrainingError(f"There is no denoiser {config.network.name!r}.", "Known: posterior, hourglass.")
    table = {"kind": "denoiser", **as_table(config), "output": f"models/{folder.name}"}
    import tomlkit

    write_text_atomically(folder / "train.toml", tomlkit.dumps(table))
    return folder


def inside_domain(grid: SpectrumGrid, config: DomainConfig) -> NDArray[np.bool_]:
    """Return which spectra of a grid are of stars as hot as the domain's, shape (n,)."""
    return (grid.labels[:, 0] >= config.teff[0]) & (grid.labels[:, 0] <= config.teff[1])


def training_grid(config: DomainConfig) -> SpectrumGrid | None:
    """Return the nine tenths of the computed spectra that a basis may know; None without a grid."""
    if not config.grid:
        return None
    grid = read_grid(find_file(config.grid))
    held = set(grid.held_out().index.tolist())
    known = np.array([index not in held for index in grid.index.tolist()])
    return grid.select(known & inside_domain(grid, config))


def _train_posterior(config: DenoiserConfig, folder: Path, progress: Progress) -> None:
    settings, options = config.training, config.network.options
    generator = np.random.default_rng([settings.seed, 1])
    emulator = load_emulator(config.domain.emulator)
    if config.domain.is_mixed:
        basis, pool = build_mixed_basis(emulator, config.domain, generator)
    else:
        basis, pool, _ = build_basis(emulator, config.domain, generator, training_grid(config.domain))
    stored = basis_tensors(basis, config.domain.n_byte_lines)
    basis = basis_of(stored, emulator, config.domain.resolving_power)
    errors = _error_components(basis, config.domain, generator)
    network: dict[str, Any] = {}
    training: dict[str, Any] = {}
    if settings.members and settings.steps > 1:
        stream = StateStream(basis, pool, errors, config.domain.instrument, config.domain.fastest_kms)
        sample = draw_states(
            stream, int(options.get("draws", 50_000)), generator, part_of(progress, 0.1, 0.6)
        )
        network, gains = train_ensemble(stream, sample, config, part_of(progress, 0.6, 1.0))
        training["error_by_posterior_alone"] = [round(value, 4) for value in gains]
        training["n_noisy_spectra"] = len(sample)
    training |= {
        "data": _sources(config.domain),
        "held_out": "every 10th spectrum of the grid, from the components too",
        "seed": settings.seed,
    }
    save_denoiser(
        folder,
        basis,
        network,
        config,
        emulator,
        training=training,
    )
    maker, seed = HeldOutMaker(config.domain), settings.seed + CALIBRATION_SEED
    calibrate_denoiser(folder, maker, settings.calibration_spectra, seed, part_of(progress, 0.9, 1.0))


def _sources(domain: DomainConfig) -> str:
    if domain.is_mixed or not domain.grid:
        return f"spectra of {domain.emulator}"
    return f"spectra of {domain.emulator}, nine tenths of {Path(domain.grid).name}"


def _error_components(
    basis: SpectrumBasis, config: DomainConfig, generator: np.random.Generator
) -> NDArray[np.float64]:
    drawn = calibration_errors(basis.level_aa, 5000, config.calibration_error, generator)
    return np.asarray(drawn @ np.linalg.pinv(basis.level[1:]))


def draw_states(
    stream: StateStream, count: int, generator: np.random.Generator, progress: Progress = no_progress
) -> StateSample:
    """Draw noisy spectra and what the posterior makes of them; a wrong velocity is left out."""
    import torch

    parts: list[StateSample] = []
    for start in range(0, count, CHUNK):
        parts.append(stream.draw(min(CHUNK, count - start), generator))
        progress(min(start + CHUNK, count) / count, "noisy spectra")
    whole = StateSample(
        *(torch.cat([getattr(part, f.name) for part in parts]) for f in dataclasses.fields(StateSample))
    )
    right = (whole.true[:, -1] - whole.found[:, -1]).abs() < 60.0
    return whole.select(np.flatnonzero(right.numpy()))


def train_ensemble(
    stream: StateStream, sample: StateSample, config: DenoiserConfig, progress: Progress = no_progress
) -> tuple[dict[str, NDArray[Any]], list[float]]:
    """Return the state of a `PosteriorCorrection`, and the error of each member over the posterior's."""
    from spectragui.networks.denoising_autoencoder import PosteriorCorrection

    settings = config.training
    width = int(config.network.options.get("width", 192))
    metric = flux_metric(stream.solver)
    ensemble = PosteriorCorrection(sample.true.shape[1], width, settings.members)
    gains = []
    for number in range(settings.members):
        member, gained = train_member(
            sample,
            metric,
            settings,
            width=width,
            seed=settings.seed + number,
            progress=part_of(progress, number / settings.members, (number + 1) / settings.members),
        )
        ensemble.members[number].load_state_dict(member.state_dict())
        gains.append(gained)
    return {name: value.numpy() for name, value in ensemble.state_dict().items()}, gains


def train_hourglass(
    config: DenoiserConfig,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> torch.nn.Module:
    """Train the paper's network by its own loop, and write its weights; return it.

    Notes
    -----
    Its validation sees spectra of the same stars in new nights, as in the paper. A training that goes on
    from its checkpoint sees other nights than one that was never interrupted.
    """
    import torch
    from safetensors.torch import save_file

    from spectragui.networks.denoising_autoencoder import PAPER_WIDTHS, HourglassAutoencoder
    from spectragui.training.denoiser.pixel_stream import PixelStream

    settings = config.training
    torch.manual_seed(settings.seed)
    widths = tuple(config.network.options.get("widths", PAPER_WIDTHS))
    network = HourglassAutoencoder(widths)
    stream = PixelStream(config)
    if widths[0] != stream.wavelength_aa.size:
        raise TrainingError(
            f"The network takes {widths[0]} pixels; the instrument has {stream.wavelength_aa.size}."
        )
    parts = training_parts(network, settings)
    checkpoint = folder / "checkpoints" / "hourglass.pt"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    start = checkpoint if resume and checkpoint.is_file() else None
    if start is None:
        (folder / "history.csv").unlink(missing_ok=True)
    usual: list[Callback] = [ReportProgress(progress), WriteHistory(folder / "history.csv")]
    usual += schedule_callbacks(settings)
    usual.append(SaveCheckpoint(checkpoint, settings.checkpoint_every))
    seen = stream.draw(settings.validation_spectra, np.random.default_rng([settings.seed, 2]))

    def batch_loss() -> torch.Tensor:
        noisy, clean = stream.draw(settings.batch)
        return rmse_loss(parts["model"](noisy), clean)

    def validation_loss() -> float:
        with torch.no_grad():
            return float(rmse_loss(parts["average"](seen[0]), seen[1]))

    run_schedule(parts, settings, batch_loss, validation_loss, [*usual, *callbacks], start)
    average: torch.nn.Module = parts["average"]
    with atomic_path(folder / "model.safetensors") as path:
        save_file({name: value.contiguous() for name, value in average.state_dict().items()}, path)
    return average
