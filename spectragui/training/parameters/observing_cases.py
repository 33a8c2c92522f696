"""Test spectra with known labels: a grid's spectra as they would be observed, at random or as asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.model_card import ModelCard
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.conditions import PIXELS_PER_FWHM
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import NetworkInput
from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.datasets import (
    add_noise,
    conditions_of,
    labels_of,
    sampling_transfer,
    sigma_per_root_kms,
)
from spectragui.training.parameters.noise_patterns import ModelErrorBank, add_model_error

if TYPE_CHECKING:
    import torch

NOISE_FREE_SNR = 2000.0
_BLOCK = 256


@dataclasses.dataclass(frozen=True)
class ObservingCase:
    """How the spectra of a grid are observed.

    Attributes
    ----------
    name : str
    resolving_power, vsini_kms : (float, float)
        Ranges, uniform in between.
    snr : float
        Per native pixel (2.5 pixels per FWHM); infinity = without noise.
    label_ranges : dict of str to (float, float)
        Only spectra inside are used.
    velocity_error_kms : float
        1 sigma of the velocity that is left in.
    misfit : float
        Size of the physics' error that is added, 1 = as in the Sun and Arcturus.
    is_power_known : bool
        Whether the network is told the resolving power.
    coverage : float
        Part of the window that is observed, one stretch anywhere in it.
    window_aa : (float, float) or None
        Only what lies in between is observed; None = all.
    """

    name: str
    resolving_power: tuple[float, float] = (1000.0, 115000.0)
    vsini_kms: tuple[float, float] = (0.0, 300.0)
    snr: float = float("inf")
    label_ranges: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    velocity_error_kms: float = 0.0
    misfit: float = 0.0
    is_power_known: bool = True
    coverage: float = 1.0
    window_aa: tuple[float, float] | None = None


PAPER_RANGES = {"teff": (4000.0, 11000.0), "logg": (2.0, 5.0), "m_h": (-1.5, 1.5)}
CASES = (
    ObservingCase("noise-free, paper's ranges", label_ranges=PAPER_RANGES),
    ObservingCase("S/N 100, R >= 20,000, v sin i < 30", (20000.0, 115000.0), (0.0, 30.0), 100.0),
    ObservingCase("S/N 30, R >= 20,000, v sin i < 30", (20000.0, 115000.0), (0.0, 30.0), 30.0),
    ObservingCase("S/N 10, R >= 20,000, v sin i < 30", (20000.0, 115000.0), (0.0, 30.0), 10.0),
    ObservingCase("S/N 100, R 1000-20,000, v sin i < 30", (1000.0, 20000.0), (0.0, 30.0), 100.0),
    ObservingCase("S/N 100, R >= 20,000, v sin i 30-300", (20000.0, 115000.0), (30.0, 300.0), 100.0),
    ObservingCase(
        "S/N 100, R >= 20,000 not told, v sin i < 30",
        (20000.0, 115000.0),
        (0.0, 30.0),
        100.0,
        is_power_known=False,
    ),
    ObservingCase(
        "S/N 100, R >= 20,000, v sin i < 30, 160 A only",
        (20000.0, 115000.0),
        (0.0, 30.0),
        100.0,
        coverage=0.17,
    ),
)


_SLOW, _HIGH = (0.0, 30.0), (20000.0, 115000.0)
#: For models of slow rotators at high resolving power.
SLOW_CASES = (
    ObservingCase("S/N 75, R >= 20,000, v sin i < 10", _HIGH, (0.0, 10.0), 75.0),
    ObservingCase("S/N 75, R >= 20,000, v sin i 3-50", _HIGH, (3.0, 50.0), 75.0),
    ObservingCase("S/N 50, R >= 20,000, v sin i < 30", _HIGH, _SLOW, 50.0),
    ObservingCase("S/N 100, R >= 20,000, v sin i < 30", _HIGH, _SLOW, 100.0),
    ObservingCase("S/N 30, R >= 20,000, v sin i < 30", _HIGH, _SLOW, 30.0),
    ObservingCase("S/N 10, R >= 20,000, v sin i < 30", _HIGH, _SLOW, 10.0),
    ObservingCase(
        "S/N 75, R >= 20,000 not told, v sin i < 10", _HIGH, (0.0, 10.0), 75.0, is_power_known=False
    ),
    ObservingCase(
        "S/N 75, R >= 20,000, v sin i < 10, half the window", _HIGH, (0.0, 10.0), 75.0, coverage=0.5
    ),
)
SLOW_BELOW_KMS = 60.0
N_WINDOWS = 8


def window_cases(window_aa: tuple[float, float], n_windows: int = N_WINDOWS) -> list[ObservingCase]:
    """Return a case for each part of a model's window alone, and for all of it: S/N 75, v sin i < 10."""
    edges = np.linspace(*window_aa, n_windows + 1).tolist()
    parts = list(zip(edges[:-1], edges[1:], strict=True))
    whole = ObservingCase(f"{window_aa[0]:.0f}-{window_aa[1]:.0f} A", _HIGH, (0.0, 10.0), 75.0)
    return [
        whole,
        *(
            dataclasses.replace(whole, name=f"{low:.0f}-{high:.0f} A", window_aa=(low, high))
            for low, high in parts
        ),
    ]


def fastest(card: ModelCard) -> float:
    """Return the largest v sin i that a model was trained for [km/s]."""
    ends = card.label_ranges.get("vsini")
    return float(card.training.get("vsini_max", 300.0)) if ends is None else ends[1]


def usual_cases(resolving_power: tuple[float, float], vsini_max_kms: float) -> list[ObservingCase]:
    """Return the cases that a model is judged by, as far as it was trained for them."""
    cases = SLOW_CASES if vsini_max_kms < SLOW_BELOW_KMS else CASES
    return cases_within(cases, resolving_power, vsini_max_kms)


def cases_within(
    cases: Sequence[ObservingCase], resolving_power: tuple[float, float], vsini_max_kms: float
) -> list[ObservingCase]:
    """Return the cases as far as a model was trained for them; those beyond it are left out."""
    found = []
    for case in cases:
        power = overlap(case.resolving_power, resolving_power)
        vsini = overlap(case.vsini_kms, (0.0, vsini_max_kms))
        if power is not None and vsini is not None:
            found.append(dataclasses.replace(case, resolving_power=power, vsini_kms=vsini))
    return found


def overlap(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float] | None:
    """Return what two ranges share; None where they share nothing."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


@dataclasses.dataclass(frozen=True, eq=False)
class CaseResult:
    """Predictions for the spectra of one test case.

    Attributes
    ----------
    case : ObservingCase
    label_names : tuple of str
    predicted, sigma, true : ndarray, shape (n_spectra, n_labels)
    resolving_power : ndarray, shape (n_spectra,)
    """

    case: ObservingCase
    label_names: tuple[str, ...]
    predicted: NDArray[np.float64]
    sigma: NDArray[np.float64]
    true: NDArray[np.float64]
    resolving_power: NDArray[np.float64]

    def column(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return true labels and predicted minus true of one label."""
        i = self.label_names.index(name)
        return self.true[:, i], self.predicted[:, i] - self.true[:, i]


class ObservedGrid:
    """Observe the spectra of a grid as test cases ask.

    Parameters
    ----------
    spectra : SpectrumGrid
    grid : InputGrid
        Of the network that is tested; a whole number of the spectra's steps.
    labels : sequence of str
        That the network gives, in its order.
    model_error : ModelErrorBank, optional
        For cases with a misfit; on the wavelengths of the spectra.
    is_native : bool
        For networks that take pixels as they are.

    Raises
    ------
    TrainingError
        If the spectra do not cover the network's window or have an unsuitable step.
    """

    def __init__(
        self,
        spectra: SpectrumGrid,
        grid: InputGrid,
        labels: Sequence[str],
        model_error: ModelErrorBank | None = None,
        is_native: bool = False,
    ) -> None:
        wave = spectra.wavelength_aa
        step = SPEED_OF_LIGHT_KMS * float(np.log(wave[-1] / wave[0])) / (len(wave) - 1)
        decimation = round(grid.step_kms / step)
        if wave[0] > grid.wavelength_aa[0] or wave[-1] < grid.wavelength_aa[-1]:
            raise TrainingError(
                f"The grid covers {wave[0]:.0f}-{wave[-1]:.0f} A; the network needs"
                f" {grid.wavelength_aa[0]:.0f}-{grid.wavelength_aa[-1]:.0f} A."
            )
        if decimation < 1 or abs(decimation * step - grid.step_kms) > 1e-3 * grid.step_kms:
            raise TrainingError(
                f"The grid's step of {step:.3f} km/s does not divide the network's {grid.step_kms:.3f} km/s.",
                "Resample the grid.",
            )
        phase = np.log(grid.start_aa / wave[0]) / (step / SPEED_OF_LIGHT_KMS)
        offset, first = int(round(phase)) % decimation, int(round(phase)) // decimation
        # The spectra's wavelengths may lie between the network's: a shift puts that right.
        self._misalignment_kms = float((phase - round(phase)) * step)
        self.spectra, self.grid, self.model_error = spectra, grid, model_error
        self.labels = tuple(labels)
        flux = spectra.normalised_flux()[:, offset:]
        if model_error is not None:
            flux = np.concatenate([flux, model_error.rows[:, offset:]])
        self.simulator = BatchedSimulator(
            flux, wave[offset:], decimation, first, grid.n_pixels, own_power=spectra.resolving_power
        )
        self._seen = grid.outside(spectra.gaps_aa)
        self._sampling = sampling_transfer(self.simulator.frequency, grid.step_kms, is_native)

    def observe(
        self, case: ObservingCase, n_spectra: int, seed: int = 0, *, is_drawn: bool = False
    ) -> Iterator[tuple[NetworkInput, NDArray[np.float64], BroadeningBatch]]:
        """Give inputs, true labels and broadening, in blocks, of about ``n_spectra`` spectra.

        Every spectrum inside the case's ranges is used equally often, each time with another
        resolving power, v sin i and noise; ``is_drawn`` gives ``n_spectra`` drawn by lot instead.
        """
        import torch

        rows = np.flatnonzero(self._inside(case))
        if not len(rows):
            raise TrainingError(f"No spectrum of the grid is in the ranges of the case {case.name!r}.")
        generator = torch.Generator().manual_seed(seed)
        if is_drawn:
            rows = np.random.default_rng(seed).choice(rows, n_spectra, replace=n_spectra > len(rows))
        else:
            rows = np.tile(rows, max(1, round(n_spectra / len(rows))))
        for start in range(0, len(rows), _BLOCK):
            yield self._observe_block(case, rows[start : start + _BLOCK], generator)

    @property
    def seen_part(self) -> float:
        """Part of the network's pixels that whole spectra cover."""
        return float(self._seen.mean())

    def count(self, case: ObservingCase) -> int:
        """Return how many spectra are inside a case's ranges."""
        return int(self._inside(case).sum())

    def _inside(self, case: ObservingCase) -> NDArray[np.bool_]:
        names = self.spectra.label_names
        inside = np.ones(len(self.spectra), dtype=bool)
        for name, (low, high) in case.label_ranges.items():
            if name not in names:
                continue
            column = self.spectra.labels[:, names.index(name)]
            inside &= (column >= low) & (column <= high)
        own = self.spectra.vsini_kms
        if own is not None:
            inside &= (own >= case.vsini_kms[0]) & (own <= case.vsini_kms[1])
        return inside

    def _observe_block(
        self, case: ObservingCase, rows: NDArray[np.int64], generator: torch.Generator
    ) -> tuple[NetworkInput, NDArray[np.float64], BroadeningBatch]:
        import torch

        def uniform(limits: tuple[float, float]) -> torch.Tensor:
            return limits[0] + (limits[1] - limits[0]) * torch.rand(len(rows), generator=generator)

        power, vsini = uniform(case.resolving_power), uniform(case.vsini_kms)
        pixel = SPEED_OF_LIGHT_KMS / power / PIXELS_PER_FWHM
        velocity = case.velocity_error_kms * torch.randn(len(rows), generator=generator)
        velocity = velocity - self._misalignment_kms
        own = None if self.spectra.vsini_kms is None else self.spectra.vsini_kms[rows]
        vsini = vsini if own is None else torch.zeros(len(rows))
        broadening = BroadeningBatch(vsini, torch.zeros(len(rows)), velocity, power, pixel)
        transfer = self.simulator.transfer(broadening) * self._sampling
        transform = self.simulator.gather(torch.from_numpy(rows))
        misfit = torch.full((len(rows),), case.misfit)
        if self.model_error is not None:
            teff = self.spectra.labels[rows, self.spectra.label_names.index("teff")]
            add_model_error(transform, misfit, teff, self.simulator, self.model_error, generator)
        flux = self.simulator.to_pixels(transform * transfer)
        snr = torch.full((len(rows),), min(case.snr, NOISE_FREE_SNR))
        if np.isfinite(case.snr):
            flux = add_noise(self.simulator, flux, snr, pixel, self._sampling, generator)
        is_used = _one_stretch(flux, case.coverage, generator) * torch.from_numpy(self._seen)
        if case.window_aa is not None:
            is_used = is_used * torch.from_numpy(1.0 - self.grid.outside((case.window_aa,)))
        known = torch.full((len(rows),), case.is_power_known)
        conditions = conditions_of(power, pixel, snr, misfit, known)
        inputs = NetworkInput(
            self.grid.normalise(flux, is_used).numpy(),
            is_used.numpy(),
            conditions.numpy(),
            sigma_per_root_kms(flux, snr, pixel).numpy(),
        )
        names = self.spectra.label_names
        labels = labels_of(self.spectra.labels[rows], broadening, names, self.labels, own)
        return inputs, labels, broadening


def _one_stretch(flux: torch.Tensor, coverage: float, generator: torch.Generator) -> torch.Tensor:
    """Return 1 in a stretch of each spectrum, anywhere in it, 0 elsewhere, shape (n_spectra, n_pixels)."""
    import torch

    place = torch.arange(flux.shape[1]) / flux.shape[1]
    start = (1.0 - coverage) * torch.rand(len(flux), 1, generator=generator)
    return ((place >= start) & (place < start + coverage)).float()
