"""Tune a generator of spectra on labelled spectra in the rest frame, as those of a grid of models."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.labels import STAR_LABELS, LabelSet
from spectragui.core.model_folder import find_model
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.fit.compare import usual_labels
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import (
    GENERATOR_LABELS,
    SpectrumGenerator,
    condition_features,
    read_generator,
)
from spectragui.training.callbacks import Callback, ReportProgress
from spectragui.training.config import as_table
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.data_sets.star_groups import TRAINING, VALIDATION
from spectragui.training.frozen_weights import freeze
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.generator.files import save_tuned_generator
from spectragui.training.generator.losses import rms_error
from spectragui.training.tuning import Losses, begin_tuning, labelled_data, tune_network, tuned_schedule

if TYPE_CHECKING:
    import torch

    from spectragui.networks.cvae import FactoredCVAE

_LEAST_COVERED = 0.9  # of the generator's pixels
_REHEARSED = 4096
_SHARPEST_DV_KMS = 0.5  # grid on which spectra sharper than the generator's are broadened


@dataclasses.dataclass(frozen=True, eq=False)
class TargetSpectra:
    """Spectra that a generator shall give.

    Attributes
    ----------
    labels : ndarray, shape (n, 7)
        In the order of `GENERATOR_LABELS`.
    flux : ndarray, shape (n, n_pixels)
        Normalised; where a spectrum has no pixels, what the base model generates.
    rows : ndarray of int, shape (n,)
        Of the data set.
    problems : tuple of (str, str)
        File and reason of what cannot be used.
    """

    labels: NDArray[np.float64]
    flux: NDArray[np.float32]
    rows: NDArray[np.int64]
    problems: tuple[tuple[str, str], ...] = ()


def open_factored(name: str) -> SpectrumGenerator:
    """Open a generator that can be tuned.

    Raises
    ------
    TrainingError
        If it is the paper's, whose layers are not factored.
    """
    generator = read_generator(find_model(name))
    if not isinstance(generator, SpectrumGenerator):
        raise TrainingError(
            f"The generator {generator.card.name} is the paper's network: it is not tuned on spectra.",
            "Choose one like optical-cvae.",
        )
    return generator


def target_spectra(
    data: DataSet, generator: SpectrumGenerator, progress: Progress = no_progress
) -> TargetSpectra:
    """Bring the spectra of a data set to the pixels of a generator.

    Raises
    ------
    TrainingError
        If none can be used.
    """
    emulator = load_emulator(generator.card.training.get("emulator") or "optical-emulator")
    labels, flux, rows, problems = [], [], [], []
    for row, spectrum in enumerate(data.spectra(range(len(data)))):
        progress(row / len(data), f"Preparing {data.files[row]}")
        known = {
            name: value
            for name, value in zip(data.label_names, data.labels[row].tolist(), strict=True)
            if np.isfinite(value)
        }
        usual = {**usual_labels(LabelSet(known), emulator), **known}
        try:
            power = _power_of(spectrum, float(data.resolving_power[row]))
            values, wanted = [usual[name] for name in STAR_LABELS], generator.card.label_ranges
            star = np.array([*values, usual["vsini"], min(power, wanted["resolving_power"][1])])
            _check_inside(star, generator)
            flux.append(_on_pixels(spectrum, generator, star, power))
        except TrainingError as error:
            problems.append((data.files[row], error.message))
            continue
        labels.append(star)
        rows.append(row)
    if not rows:
        raise TrainingError(
            f"No spectrum of {data.path.name} can teach a generator: {problems[0][1]}.",
            "It takes normalised spectra in the rest frame: a chain that ends with Rest frame and Normalise.",
        )
    return TargetSpectra(np.array(labels), np.array(flux, dtype=np.float32), np.array(rows), tuple(problems))


def _power_of(spectrum: AnySpectrum, told: float) -> float:
    power = told if np.isfinite(told) else spectrum.meta.get("resolving_power")
    if not isinstance(power, (int, float)) or not power > 0:
        raise TrainingError("its resolving power is not known")
    return float(power)


def _check_inside(star: NDArray[np.float64], generator: SpectrumGenerator) -> None:
    ranges = generator.card.label_ranges
    for name, value in zip(GENERATOR_LABELS, star.tolist(), strict=True):
        low, high = ranges[name]
        slack = 1e-6 * max(abs(low), abs(high), 1.0)
        if not low - slack <= value <= high + slack:
            raise TrainingError(f"its {name} of {value:g} is outside the model's {low:g} to {high:g}")


def _on_pixels(
    spectrum: AnySpectrum, generator: SpectrumGenerator, star: NDArray[np.float64], power: float
) -> NDArray[np.float32]:
    """Return normalised flux on the generator's pixels; its own flux where the spectrum has none."""
    wanted = generator.wavelength_aa
    flux = np.full(wanted.size, np.nan)
    for order in orders_of(spectrum):
        if order.spectral_axis.frame != "rest":
            raise TrainingError("it is not in the rest frame")
        wave = order.wavelength_aa
        wave = vacuum_to_air(wave) if order.spectral_axis.medium == "vacuum" else wave
        good = ~order.mask & np.isfinite(order.flux)
        if good.sum() < 16:
            continue
        rising = np.argsort(wave[good])
        at, values = wave[good][rising], order.flux[good][rising].astype(np.float64)
        values = _broadened(at, values, power, float(star[6]))
        inside = (wanted >= at[0]) & (wanted <= at[-1]) & np.isnan(flux)
        flux[inside] = np.interp(wanted[inside], at, values)
    covered = np.isfinite(flux)
    if covered.mean() < _LEAST_COVERED:
        raise TrainingError(f"it covers {100 * covered.mean():.0f} % of the model's pixels")
    level = float(np.quantile(flux[covered], 0.95))
    if not 0.8 < level < 1.25:
        raise TrainingError("it is not normalised")
    own = generator.flux(star)[0]
    return np.where(covered, flux, own).astype(np.float32)


def _broadened(
    wave: NDArray[np.float64], flux: NDArray[np.float64], power: float, wanted: float
) -> NDArray[np.float64]:
    """Return a spectrum that is sharper than a generator knows at the generator's sharpest."""
    if power <= 1.01 * wanted:
        return flux
    from spectragui.core.numerics import log_grid

    fine = log_grid(float(wave[0]), float(wave[-1]), _SHARPEST_DV_KMS / 299_792.458)
    more = (wanted**-2 - power**-2) ** -0.5
    smooth = broaden(np.interp(fine, wave, flux), _SHARPEST_DV_KMS, resolving_power=more)
    return np.interp(wave, fine, np.asarray(smooth, dtype=np.float64))


def torch_network(generator: SpectrumGenerator) -> FactoredCVAE:
    """Return the network of a generator, ready to be trained further."""
    import torch

    from spectragui.networks.cvae import FactoredCVAE

    weights = {
        name: torch.from_numpy(np.array(value))
        for name, value in generator.weights.items()
        if name.startswith(("mean.", "spread.", "encoder."))
    }
    n_vectors, width = weights["mean.out.weight"].shape
    spread_width = weights["spread.from_latent.weight"].shape[0]
    network = FactoredCVAE(n_vectors, generator.n_latent, width, spread_width)
    network.load_state_dict(weights)
    return network


def tune_generator(
    config: GeneratorConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Tune the mean spectrum of a generator on a data set; its latent response stays. Return the folder.

    Parameters
    ----------
    config : GeneratorConfig
        ``base.model`` is tuned on ``data.labelled``; ``base.rehearsal`` of each batch is what it generates.
    resume : bool
        Whether to go on from the checkpoint in the output folder.
    progress : Progress
    callbacks : sequence of Callback

    Raises
    ------
    TrainingError
        If no spectrum can be used, or the training fails.
    """
    import tomlkit

    data, generator = labelled_data(config.data.labelled), open_factored(config.base.model)
    folder = begin_tuning(config, find_model(config.base.model))
    target = target_spectra(data, generator, part_of(progress, 0.0, 0.3))
    network = _trained(
        config, generator, data, target, resume, [ReportProgress(part_of(progress, 0.3, 1.0)), *callbacks]
    )
    save_tuned_generator(network, generator, config, data, folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": "cvae", **as_table(config)}))
    progress(1.0, "done")
    return folder


def _trained(
    config: GeneratorConfig,
    generator: SpectrumGenerator,
    data: DataSet,
    target: TargetSpectra,
    resume: bool,
    callbacks: Sequence[Callback],
) -> FactoredCVAE:
    import torch

    network = torch_network(generator)
    features, coefficients, scale = _scaled(generator, target.labels, target.flux)
    parts_of = np.array(data.parts)[target.rows]
    training, validation = (np.flatnonzero(parts_of == part) for part in (TRAINING, VALIDATION))
    if not len(training) or not len(validation):
        raise TrainingError("After the checks no spectra are left to train, or to validate, on.")
    base = config.base
    settings = tuned_schedule(config)
    known = _rehearsed(generator, settings.seed) if base.rehearsal > 0 else None
    freeze(network.mean, base.freeze)
    n_old = round(base.rehearsal * settings.batch) if known is not None else 0
    n_pixels = generator.basis.n_pixels
    rows = torch.from_numpy(training)

    def error(model: torch.nn.Module, inputs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return 100.0 * rms_error((model(inputs) - wanted) * scale, n_pixels).mean()

    def losses(parts: dict[str, Any]) -> Losses:
        def batch_loss() -> torch.Tensor:
            drawn = torch.randint(len(rows), (settings.batch - n_old,), generator=parts["generator"])
            inputs, wanted = features[rows[drawn]], coefficients[rows[drawn]]
            if known is not None and n_old:
                more = torch.randint(len(known[0]), (n_old,), generator=parts["generator"])
                inputs, wanted = torch.cat([inputs, known[0][more]]), torch.cat([wanted, known[1][more]])
            return error(parts["model"], inputs, wanted)

        def validation_loss() -> float:
            with torch.no_grad():
                return float(error(parts["average"], features[validation], coefficients[validation]))

        return batch_loss, validation_loss

    stem = Path(config.output) / "checkpoints" / "mean"
    tune_network(network.mean, settings, losses, stem, resume, callbacks)
    return network.requires_grad_(False).eval()


def _scaled(
    generator: SpectrumGenerator, labels: NDArray[np.float64], flux: NDArray[np.float32]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return scaled features and coefficients of spectra, and the scale of the coefficients."""
    import torch

    weights = generator.weights
    features = (condition_features(labels) - weights["feature_mean"]) / weights["feature_scale"]
    scale = weights["coefficient_scale"]
    wanted = generator.basis.project(flux) / scale
    return (
        torch.from_numpy(features.astype(np.float32)),
        torch.from_numpy(wanted.astype(np.float32)),
        torch.from_numpy(np.array(scale)),
    )


def _rehearsed(generator: SpectrumGenerator, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return features of drawn stars, and the scaled coefficients that the base model gives them."""
    import torch

    ranges = generator.card.label_ranges
    low, high = np.array([ranges[name] for name in GENERATOR_LABELS]).T
    labels = low + (high - low) * np.random.default_rng([seed, 9]).random((_REHEARSED, low.size))
    weights = generator.weights
    features = ((condition_features(labels) - weights["feature_mean"]) / weights["feature_scale"]).astype(
        np.float32
    )
    wanted = generator.mean_coefficients(features) / weights["coefficient_scale"]
    return torch.from_numpy(features), torch.from_numpy(wanted.astype(np.float32))
