"""Train a generator of spectra from its configuration: data, decoder, latent space, model folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import condition_features
from spectragui.simulation.generator_basis import SpectralBasis, fit_basis
from spectragui.training.callbacks import (
    Callback,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    schedule_callbacks,
)
from spectragui.training.config import TrainingConfig, as_table
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.generator.data import Coefficients, GeneratorStream
from spectragui.training.generator.element_patterns import element_shares
from spectragui.training.generator.files import Scales, save_generator, write_generator_card
from spectragui.training.generator.losses import fit_latent, fit_mean
from spectragui.training.generator.paper_cvae import train_paper_cvae
from spectragui.training.grids import SpectrumGrid, find_file, read_grid

_BLOCK = 200


def train_generator(
    config: GeneratorConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes and write its model folder.

    Parameters
    ----------
    config : GeneratorConfig
        ``network.name`` "factored_cvae" is the bundled kind, "cvae" the paper's.
    resume : bool
        Whether to go on from the checkpoints in the output folder.
    progress : Progress
        May raise `Cancelled`.
    callbacks : sequence of Callback
        Besides progress, history, checkpoints and early stopping.

    Raises
    ------
    TrainingError
        If data are missing or unusable, or the training fails.
    """
    import tomlkit
    import torch

    from spectragui.networks.cvae import GENERATORS

    GENERATORS.get(config.network.name)  # before hours of spectra
    torch.set_num_threads(config.training.threads)
    torch.manual_seed(config.training.seed)
    folder = Path(config.output)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    grid = read_grid(find_file(config.data.grid))
    if config.network.name == "cvae":
        stream = make_stream(config, grid, with_elements=False)
        train_paper_cvae(config, stream, folder, resume, [ReportProgress(progress), *callbacks])
        write_generator_card(config, grid, folder)
    else:
        _train_factored(config, grid, folder, resume, progress, callbacks)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": "cvae", **as_table(config)}))
    return folder


def _train_factored(
    config: GeneratorConfig,
    grid: SpectrumGrid,
    folder: Path,
    resume: bool,
    progress: Progress,
    callbacks: Sequence[Callback],
) -> None:
    from spectragui.networks.cvae import build_generator

    stream = make_stream(config, grid, with_elements=config.data.n_scattered > 0)
    progress(0.0, "finding the basis")
    basis = survey_basis(config, stream)
    clean = draw_coefficients(stream, basis, config.data.n_spectra, part_of(progress, 0.02, 0.2))
    scales = Scales.of(condition_features(clean.labels), clean.values)
    network = build_generator(config.network.name, basis.n_vectors, **config.network.options)
    checkpoints = folder / "checkpoints"

    def usual(part: str, settings: TrainingConfig, low: float, high: float) -> list[Callback]:
        share = ReportProgress(part_of(progress, low, high))
        return [share, *callbacks, *usual_callbacks(settings, checkpoints, part)]

    start = checkpoints / "mean.pt" if resume and (checkpoints / "mean.pt").is_file() else None
    if start is None:
        begin_anew(checkpoints / "mean.pt", checkpoints / "mean.jsonl")
    begin_anew(checkpoints / "latent.pt", checkpoints / "latent.jsonl")  # short: it is not resumed
    network = fit_mean(
        network, clean, scales, config.training, usual("mean", config.training, 0.2, 0.8), start
    )
    if config.data.n_scattered:
        scattered = draw_coefficients(
            stream, basis, config.data.n_scattered, part_of(progress, 0.8, 0.9), with_elements=True
        )
        settings = latent_training(config)
        fit_latent(
            network, scattered, scales, settings, config.latent.noise, usual("latent", settings, 0.9, 1.0)
        )
    save_generator(network, basis, scales, config, grid, folder)


def latent_training(config: GeneratorConfig) -> TrainingConfig:
    """Return the schedule of the latent part."""
    latent = config.latent
    return dataclasses.replace(
        config.training,
        steps=latent.steps,
        minutes=latent.minutes,
        batch=latent.batch,
        learning_rate=latent.learning_rate,
        patience=0,
        plateau=0,
    )


def usual_callbacks(settings: TrainingConfig, folder: Path, part: str) -> list[Callback]:
    """Return history, checkpoints, and what the schedule asks for."""
    usual: list[Callback] = [WriteHistory(folder / f"{part}.jsonl"), *schedule_callbacks(settings)]
    return [*usual, SaveCheckpoint(folder / f"{part}.pt", settings.checkpoint_every)]


def make_stream(config: GeneratorConfig, grid: SpectrumGrid, *, with_elements: bool) -> GeneratorStream:
    """Return the training spectra of a configuration."""
    data = config.data
    emulator = load_emulator(data.emulator)
    wavelength = data.start_aa + data.step_aa * np.arange(data.n_pixels, dtype=np.float64)
    shares = element_shares(find_file(data.line_list), emulator.wavelength_aa) if with_elements else None
    training = grid.select(~np.isin(grid.index % 10, data.held_out))
    return GeneratorStream(
        emulator,
        training,
        wavelength,
        shares,
        n_labels=data.n_labels,
        grid_part=data.grid_part,
        seed=config.training.seed,
    )


def survey_basis(config: GeneratorConfig, stream: GeneratorStream) -> SpectralBasis:
    """Return the basis of spectra, a quarter of them with single elements' scatter."""
    data = config.data
    flux = np.empty((data.n_survey, data.n_pixels), dtype=np.float32)
    n_clean = data.n_survey * 3 // 4 if data.n_scattered else data.n_survey
    for start in range(0, n_clean, _BLOCK):
        stop = min(start + _BLOCK, n_clean)
        flux[start:stop] = stream.draw(stop - start).flux
    for start in range(n_clean, data.n_survey, _BLOCK):
        stop = min(start + _BLOCK, data.n_survey)
        drawn = stream.draw_with_elements(stop - start)
        assert drawn.difference is not None
        flux[start:stop] = drawn.flux + drawn.difference
    return fit_basis(flux, data.n_broad, data.n_sharp, data.knot_step, config.training.seed)


def draw_coefficients(
    stream: GeneratorStream,
    basis: SpectralBasis,
    n_spectra: int,
    progress: Progress = no_progress,
    *,
    with_elements: bool = False,
) -> Coefficients:
    """Return coefficients of training spectra, drawn in blocks."""
    labels, values, differences = [], [], []
    for start in range(0, n_spectra, _BLOCK):
        progress(start / n_spectra, f"spectrum {start:,} of {n_spectra:,}")
        number = min(_BLOCK, n_spectra - start)
        drawn = stream.draw_with_elements(number) if with_elements else stream.draw(number)
        labels.append(drawn.labels)
        values.append(basis.project(drawn.flux))
        if drawn.difference is not None:
            differences.append(basis.project(drawn.difference + basis.mean))
    joined = np.concatenate(differences) if differences else None
    return Coefficients(np.concatenate(labels), np.concatenate(values), joined)
