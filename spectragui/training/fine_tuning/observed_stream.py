"""Batches of observed spectra with known labels, disturbed each time, among spectra of the old training."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError, TrainingError, first_sentence
from spectragui.core.labels import LabelSet
from spectragui.core.npz_file import NpzError, read_npz
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.labelled_input import labelled_input
from spectragui.networks.conditions import SNR_CENTRE, SNR_SCALE
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import NetworkInput
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.parameters.augmentation import (
    AugmentationConfig,
    draw_continuum_error,
    draw_coverage,
)
from spectragui.training.parameters.datasets import Batch

if TYPE_CHECKING:
    import torch

INPUTS_FILE = "checkpoints/inputs.npz"  # of a model folder
_NOISIEST = 5.0  # S/N is lowered by up to this factor
_NOISY_PART = 0.5
_LARGEST_SHIFT_PIXELS = 0.1  # of the velocity, 1 sigma


@dataclasses.dataclass(frozen=True, eq=False)
class ObservedInputs:
    """Spectra of a data set as a network is given them.

    Attributes
    ----------
    inputs : NetworkInput
    labels : ndarray, shape (n_spectra, n_labels)
        In the order of the network; NaN where not known.
    rows : ndarray of int, shape (n_spectra,)
        Of the data set.
    correlation : ndarray, shape (n_spectra,)
        Of spectrum and physics at the known labels.
    problems : tuple of (str, str)
        File and reason of what cannot be served.
    """

    inputs: NetworkInput
    labels: NDArray[np.float64]
    rows: NDArray[np.int64]
    correlation: NDArray[np.float64]
    problems: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, chosen: NDArray[np.bool_]) -> ObservedInputs:
        """Return the spectra for which ``chosen`` is True."""
        parts = (self.inputs.flux, self.inputs.is_used, self.inputs.conditions)
        return dataclasses.replace(
            self,
            inputs=NetworkInput(*(part[chosen] for part in parts)),
            labels=self.labels[chosen],
            rows=self.rows[chosen],
            correlation=self.correlation[chosen],
        )


def prepare_inputs(
    data: DataSet,
    model: OpenedModel,
    grid: InputGrid,
    label_names: tuple[str, ...],
    progress: Progress = no_progress,
) -> ObservedInputs:
    """Prepare the spectra of a data set for a network.

    Parameters
    ----------
    data : DataSet
    model : OpenedModel
        Gives window, medium, templates and emulator.
    grid : InputGrid
        Of the network.
    label_names : tuple of str
        Of the network.
    progress : Progress
        Called for each spectrum; may raise `Cancelled`.

    Raises
    ------
    TrainingError
        If none can be served, or no label of the network is known.
    """
    model.load_companions()
    labels = np.full((len(data), len(label_names)), np.nan)
    for i, name in enumerate(label_names):
        if name in data.label_names:
            labels[:, i] = data.labels[:, data.label_names.index(name)]
    if not np.isfinite(labels).any():
        raise TrainingError(
            f"{data.path.name} has no label that the model learns.",
            f"It has {', '.join(data.label_names)}; the model learns {', '.join(label_names)}.",
        )
    found, rows, problems = [], [], []
    for row, spectrum in enumerate(data.spectra(range(len(data)))):
        progress(row / len(data), f"Preparing {data.files[row]}")
        known = dict(zip(data.label_names, data.labels[row].tolist(), strict=True))
        known_set = LabelSet({name: value for name, value in known.items() if np.isfinite(value)})
        power = float(data.resolving_power[row])
        try:
            power_or_none = power if np.isfinite(power) else None
            found.append(labelled_input(spectrum, model, grid, known_set, power_or_none))
        except ModelError as error:
            problems.append((data.files[row], first_sentence(error.message)))
            continue
        rows.append(row)
    progress(1.0, "done")
    if not found:
        raise TrainingError(
            f"No spectrum of {data.path.name} can be served by {model.name}: {problems[0][1]}.",
            "Choose a model of their window.",
        )
    inputs = [one.inputs for one in found]
    parts = zip(*((one.flux, one.is_used, one.conditions) for one in inputs), strict=True)
    kept = np.array(rows, dtype=np.int64)
    correlation = np.array([one.correlation for one in found])
    joined = NetworkInput(*(np.concatenate(part) for part in parts))
    return ObservedInputs(joined, labels[kept], kept, correlation, tuple(problems))


def kept_inputs(folder: Path, sha256: str) -> ObservedInputs | None:
    """Return the prepared spectra that lie in a model folder; None where there are none.

    Raises
    ------
    TrainingError
        If they are of another data set.
    """
    names = ("sha256", "flux", "is_used", "conditions", "labels", "rows", "correlation")
    try:
        kept: dict[str, NDArray[Any]] = read_npz(folder / INPUTS_FILE, names)
    except (OSError, NpzError):
        return None  # it was cut off: made again
    if str(kept["sha256"]) != sha256:
        raise TrainingError(
            "The data set is another one than the training was begun with.", "Train without --resume."
        )
    parts = NetworkInput(kept["flux"], kept["is_used"], kept["conditions"])
    return ObservedInputs(parts, kept["labels"], kept["rows"], kept["correlation"])


class ObservedStream:
    """Draw observed spectra, disturbed at random, and with them spectra of the old training.

    Parameters
    ----------
    grid : InputGrid
    training, validation : ObservedInputs
    stars : ndarray of int, shape (n_training,)
        Of the training spectra: each star is drawn equally often.
    augmentation : AugmentationConfig
        Its errors of the continuum and its gaps are made here too.
    rehearsal : Batch or None
        Spectra that the old model was trained on.
    rehearsal_part : float
        Part of each batch that they are.
    """

    def __init__(
        self,
        grid: InputGrid,
        training: ObservedInputs,
        validation: ObservedInputs,
        stars: NDArray[np.int64],
        augmentation: AugmentationConfig,
        rehearsal: Batch | None = None,
        rehearsal_part: float = 0.5,
    ) -> None:
        import torch

        self.grid, self.augmentation = grid, augmentation
        self._training = observed_tensors(training)
        self._validation = observed_tensors(validation)
        self._labels, self._validation_labels = training.labels, validation.labels
        counts = np.bincount(np.unique(stars, return_inverse=True)[1])
        weight = 1.0 / counts[np.unique(stars, return_inverse=True)[1]]
        self._weight = torch.from_numpy(weight)
        self._rehearsal = rehearsal
        self._rehearsal_part = rehearsal_part if rehearsal is not None else 0.0

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        """Draw a batch; the same state of the generator gives the same batch."""
        import torch

        n_old = int(round(self._rehearsal_part * n_spectra))
        rows = torch.multinomial(self._weight, n_spectra - n_old, True, generator=generator)
        new = self._disturbed(rows, generator)
        if self._rehearsal is None or not n_old:
            return new
        old = torch.randint(len(self._rehearsal.flux), (n_old,), generator=generator)
        return Batch(
            torch.cat([new.flux, self._rehearsal.flux[old]]),
            torch.cat([new.is_used, self._rehearsal.is_used[old]]),
            torch.cat([new.conditions, self._rehearsal.conditions[old]]),
            np.concatenate([new.labels, self._rehearsal.labels[old.numpy()]]),
            n_observed=len(rows),
        )

    def draw_validation(self, n_spectra: int, generator: torch.Generator) -> Batch:
        """Return the validation spectra as they are, all of them, whatever is asked for."""
        del n_spectra, generator
        flux, used, conditions = self._validation
        return Batch(flux, used, conditions, self._validation_labels)

    def _disturbed(self, rows: torch.Tensor, generator: torch.Generator) -> Batch:
        """Return observed spectra with more noise, gaps, errors of continuum and velocity."""
        import torch

        flux, used, conditions = (part[rows] for part in self._training)
        n = len(rows)
        flux = flux + 1.0  # in units of the running mean
        factor = draw_continuum_error(self.grid, self.augmentation, n, generator)
        flux = flux * self.grid.interpolate_bins(factor)
        shift = _LARGEST_SHIFT_PIXELS * torch.randn(n, 1, generator=generator)
        slope = torch.zeros_like(flux)
        slope[:, 1:-1] = 0.5 * (flux[:, 2:] - flux[:, :-2])
        inside = torch.zeros_like(used)
        inside[:, 1:-1] = used[:, 2:] * used[:, :-2] * used[:, 1:-1]
        flux = flux + shift * slope * inside
        flux, conditions = self._with_noise(flux, conditions, generator)
        used = used * draw_coverage(self.grid, self.augmentation, n, generator)
        return Batch(self.grid.normalise(flux * used, used), used, conditions, self._labels[rows.numpy()])

    def _with_noise(
        self, flux: torch.Tensor, conditions: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        n = len(flux)
        worse = _NOISIEST ** torch.rand(n, generator=generator)
        worse = torch.where(torch.rand(n, generator=generator) < _NOISY_PART, worse, torch.ones(n))
        per_root = 10.0 ** (conditions[:, 2] * SNR_SCALE + SNR_CENTRE)
        # Variances add up: 1 / worse^-2 of the old noise is there already.
        sigma = (worse.square() - 1.0).sqrt() / per_root / self.grid.step_kms**0.5
        noise = torch.randn(flux.shape, generator=generator) * sigma[:, None]
        conditions = conditions.clone()
        conditions[:, 2] -= torch.log10(worse) / SNR_SCALE
        return flux + noise, conditions


def observed_tensors(inputs: ObservedInputs) -> tuple[torch.Tensor, ...]:
    """Return flux, mask and conditions as a network is given them."""
    import torch

    parts = (inputs.inputs.flux, inputs.inputs.is_used, inputs.inputs.conditions)
    return tuple(torch.from_numpy(np.array(part, dtype=np.float32)) for part in parts)
