"""The paper's test of a generator: labels read from its spectra, beside those read from true ones."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LABELS
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.model_store import DEFAULT_MODEL
from spectragui.inference.parameters.network_input import network_input
from spectragui.networks.parameter_network import NetworkInput, apply_network, load_network
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import SpectrumGenerator
from spectragui.training.generator.cases import CASES, TrueSpectra
from spectragui.training.generator.data import GeneratorStream
from spectragui.training.grids import SpectrumGrid

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]

LABELS_TESTED = ("teff", "logg", "vsini", "m_h", "vmic")
# Gebran & Bentley 2025: mean absolute errors from test spectra, and from generated ones.
PAPER_ERRORS = (
    (60.0, 65.0),
    (0.04, 0.04),
    (6.2, 6.1),
    (0.029, 0.030),
    (0.08, 0.09),
)
PAPER_RANGES = {0: (4000.0, 11_000.0), 1: (2.0, 5.0), 2: (-1.5, 1.5)}
SOLAR_ALPHA = 0.1  # |alpha_m| below this counts as the paper's solar ratios
_COLUMNS = [0, 1, 5, 2, 4]  # of the labels tested, in GENERATOR_LABELS
_NOISE_FREE_SNR = 2000.0
_N_COMPONENTS = 25
PAPER_HIDDEN = (5000, 2000, 1000, 64)


@dataclasses.dataclass(frozen=True)
class PaperTraining:
    """How the paper's network of parameters is trained.

    Attributes
    ----------
    minutes : float
        0 = it is not.
    n_spectra : int
        That it is trained on.
    hidden : tuple of int
        The paper's widths (`PAPER_HIDDEN`) take hours on one core.
    """

    minutes: float = 3.0
    n_spectra: int = 30_000
    hidden: tuple[int, ...] = (1000, 500, 200, 64)


@dataclasses.dataclass(frozen=True, eq=False)
class LabelTest:
    """Mean absolute errors of labels that a network reads from true and from generated spectra."""

    name: str
    label_names: tuple[str, ...]
    true_errors: NDArray[np.float64]
    generated_errors: NDArray[np.float64]
    n_spectra: int


def read_labels_back(
    generator: SpectrumGenerator,
    truth: TrueSpectra,
    grid: SpectrumGrid,
    n_spectra: int,
    paper: PaperTraining,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[LabelTest, ...]:
    """Read labels from true and generated spectra with two networks, in the paper's ranges.

    Parameters
    ----------
    generator : SpectrumGenerator
    truth : TrueSpectra
        Of held-out spectra.
    grid : SpectrumGrid
        Its training part trains the paper's network.
    n_spectra : int
        Spectra drawn; those outside the paper's ranges do not count.
    paper : PaperTraining
    seed : int
    progress : Progress
    """
    flux, labels = truth.draw(CASES[0], n_spectra, np.random.default_rng(seed + 5))
    inside = np.ones(len(labels), dtype=bool)
    for column, (low, high) in PAPER_RANGES.items():
        inside &= (labels[:, column] >= low) & (labels[:, column] <= high)
    flux, labels = flux[inside], labels[inside]
    made = generator.flux(labels)
    readers: dict[str, Callable[[Array], NDArray[np.float64]]] = {
        DEFAULT_MODEL: lambda rows: read_with_bundled(rows, labels, generator.wavelength_aa)
    }
    if paper.minutes > 0:
        network = PaperNetwork.train(generator, grid, paper, seed, progress)
        readers["paper's network"] = network.read
    tests = []
    solar = np.abs(labels[:, 3]) < SOLAR_ALPHA
    for name, read in readers.items():
        errors = [np.abs(read(rows) - labels[:, _COLUMNS]) for rows in (flux, made)]
        tests.append(_test(name, errors))
        if solar.sum() >= 20:
            tests.append(_test(f"{name}, [α/M] within {SOLAR_ALPHA:g}", [rows[solar] for rows in errors]))
    return tuple(tests)


def _test(name: str, errors: Sequence[NDArray[np.float64]]) -> LabelTest:
    return LabelTest(name, LABELS_TESTED, errors[0].mean(axis=0), errors[1].mean(axis=0), len(errors[0]))


def label_test_table(tests: Sequence[LabelTest]) -> str:
    """Return true / generated errors of each network beside the paper's as a Markdown table."""
    heads = [
        LABELS[name].plain_symbol + (f" [{LABELS[name].unit}]" if LABELS[name].unit else "")
        for name in LABELS_TESTED
    ]
    lines = [
        "| labels from true / generated spectra | " + " | ".join(heads) + " | worst ratio |",
        "| --- |" + " ---: |" * (len(heads) + 1),
    ]
    paper = [f"{true:g} / {made:g}" for true, made in PAPER_ERRORS]
    lines.append("| Gebran & Bentley (2025) | " + " | ".join(paper) + " | 1.13 |")
    places = (1, 3, 2, 3, 3)
    for test in tests:
        cells = [
            f"{true:.{p}f} / {made:.{p}f}"
            for true, made, p in zip(test.true_errors, test.generated_errors, places, strict=True)
        ]
        worst = float(np.max(test.generated_errors / test.true_errors))
        lines.append(f"| {test.name} ({test.n_spectra}) | " + " | ".join(cells) + f" | {worst:.2f} |")
    return "\n".join(lines)


def read_with_bundled(
    flux: Array, labels: NDArray[np.float64], wavelength_aa: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what `optical-parameters` reads from noise-free spectra, shape (n, 5)."""
    model = open_model(DEFAULT_MODEL)
    network = load_network(model.path)
    inputs = []
    for row, power in zip(flux, labels[:, 6], strict=True):
        sigma = np.full(row.size, 1.0 / _NOISE_FREE_SNR)
        segment = Segment(wavelength_aa, row.astype(float), sigma, np.zeros(row.size, dtype=bool))
        snr = _NOISE_FREE_SNR * np.sqrt(_native_pixels(wavelength_aa, power))
        observation = Observation(model, (segment,), power, True, 0.0, 0.0, snr, 1.0)
        inputs.append(network_input(observation, network.grid))
    joined = NetworkInput(
        *(
            np.concatenate([getattr(each, name) for each in inputs])
            for name in ("flux", "is_used", "conditions", "sigma")
        )
    )
    found = apply_network(network, joined)[0]
    return np.asarray(found[:, [network.label_names.index(name) for name in LABELS_TESTED]])


def _native_pixels(wavelength_aa: NDArray[np.float64], power: float) -> float:
    """Return how many native pixels (2.5 a FWHM) a pixel is: the network is told the S/N of those."""
    step_kms = float(np.median(np.diff(np.log(wavelength_aa)))) * SPEED_OF_LIGHT_KMS
    return float(step_kms / (SPEED_OF_LIGHT_KMS / power / 2.5))


@dataclasses.dataclass(frozen=True, eq=False)
class PaperNetwork:
    """Principal components and a dense network, as in the paper, but narrower.

    Attributes
    ----------
    generator : SpectrumGenerator
        Only for its basis, in which components are found.
    centre, components : ndarray, shape (n_vectors,) and (n_vectors, 25)
    scale : ndarray, shape (25,)
    label_mean, label_scale : ndarray, shape (5,)
    dense : torch.nn.Module
    """

    generator: SpectrumGenerator
    centre: Array
    components: Array
    scale: Array
    label_mean: NDArray[np.float64]
    label_scale: NDArray[np.float64]
    dense: torch.nn.Module

    @classmethod
    def train(
        cls,
        generator: SpectrumGenerator,
        grid: SpectrumGrid,
        paper: PaperTraining,
        seed: int,
        progress: Progress = no_progress,
    ) -> PaperNetwork:
        """Train on spectra of the grid's training part and the emulator, without noise."""
        import torch

        emulator = load_emulator(generator.card.companions.emulator)
        stream = GeneratorStream(
            emulator, grid.for_training(), generator.wavelength_aa, n_labels=40_000, grid_part=0.3, seed=seed
        )
        coefficients, labels = _uniform_spectra(stream, generator, paper.n_spectra, progress)
        centre = coefficients.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov((coefficients - centre).T))
        components = np.ascontiguousarray(vectors[:, ::-1][:, :_N_COMPONENTS], dtype=np.float32)
        inputs = (coefficients - centre) @ components
        scale = inputs.std(axis=0)
        mean, spread = labels.mean(axis=0), labels.std(axis=0)
        target = torch.from_numpy(((labels - mean) / spread).astype(np.float32))
        torch.manual_seed(seed)
        dense = _train_dense(torch.from_numpy(inputs / scale), target, paper, progress)
        return cls(generator, centre, components, scale, mean, spread, dense)

    def read(self, flux: Array) -> NDArray[np.float64]:
        """Return labels of spectra, shape (n, 5)."""
        import torch

        coefficients = self.generator.basis.project(flux)
        inputs = ((coefficients - self.centre) @ self.components / self.scale).astype(np.float32)
        with torch.inference_mode():
            found = self.dense(torch.from_numpy(inputs)).numpy().astype(float)
        return np.asarray(found * self.label_scale + self.label_mean)


def _uniform_spectra(
    stream: GeneratorStream, generator: SpectrumGenerator, n_spectra: int, progress: Progress
) -> tuple[Array, NDArray[np.float64]]:
    """Return coefficients and labels of spectra with uniform v sin i and R, as the test has them."""
    coefficients, labels = [], []
    for start in range(0, n_spectra, 200):
        progress(0.4 * start / n_spectra, "spectra for the paper's network")
        drawn = stream.draw_uniform(200)
        coefficients.append(generator.basis.project(drawn.flux))
        labels.append(drawn.labels[:, _COLUMNS])
    return np.concatenate(coefficients), np.concatenate(labels)


def _train_dense(
    inputs: torch.Tensor, target: torch.Tensor, paper: PaperTraining, progress: Progress
) -> torch.nn.Module:
    import torch
    from torch import nn

    widths = (inputs.shape[1], *paper.hidden)
    layers: list[nn.Module] = []
    for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    dense = nn.Sequential(*layers, nn.Linear(widths[-1], target.shape[1]))
    optimizer = torch.optim.Adam(dense.parameters(), lr=1e-3)
    started = time.monotonic()
    part = 0.0
    while part < 1.0:
        part = min((time.monotonic() - started) / (60.0 * paper.minutes), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1.0 - part) + 1e-6
        progress(0.4 + 0.6 * part, "training the paper's network")
        rows = torch.randint(len(inputs), (512,))
        loss = (dense(inputs[rows]) - target[rows]).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return dense.eval()
