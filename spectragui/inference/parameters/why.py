"""Why a network says what it says: how each label changes with the flux, and which lines decide."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.model_card import Medium
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.fit.compare import physics_misfit
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.network_input import merged_input
from spectragui.inference.prediction import Comparison, Prediction
from spectragui.io.line_lists.line_lists import identified_lines, stellar_lines

DEEPER = 0.1  # lines are made deeper by this part of their depth
N_LINES = 30
LEAST_HALF_AA = 0.4  # of a line's stretch on each side


@dataclasses.dataclass(frozen=True)
class DecisiveLine:
    """A stretch of spectrum that decides a label.

    Attributes
    ----------
    name : str
        Of the line in the bundled list, else its wavelength ("5206.0").
    wavelength_aa : float
        Where it weighs most; in the model's medium, rest frame.
    change : float
        By how much the label changes, in its unit, if all in the stretch were deeper by a tenth.
    is_listed : bool
        Whether the bundled list names it.
    """

    name: str
    wavelength_aa: float
    change: float
    is_listed: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Why:
    """What a network's labels rest on, for one spectrum.

    Attributes
    ----------
    model : str
        Its name.
    medium : {"air", "vacuum"}
    wavelength_aa : ndarray, shape (n_pixels,)
        The network's grid, rest frame.
    flux : ndarray, shape (n_pixels,)
        What it was given there; NaN where nothing.
    gradients : mapping of str to ndarray, shape (n_pixels,)
        Label -> change of it for a flux that is higher by 0.01 in one pixel, in its unit; NaN where nothing.
    lines : mapping of str to tuple of DecisiveLine
        Label -> what decides it most, the strongest first.
    """

    model: str
    medium: Medium
    wavelength_aa: NDArray[np.float64]
    flux: NDArray[np.float64]
    gradients: Mapping[str, NDArray[np.float64]]
    lines: Mapping[str, tuple[DecisiveLine, ...]]


def explain_prediction(prediction: Prediction, device: str = "cpu", progress: Progress = no_progress) -> Why:
    """Find out which pixels and lines a prediction's labels rest on.

    Parameters
    ----------
    prediction : Prediction
    device : str
        Where the network is run, as torch calls it.
    progress : Progress

    Raises
    ------
    ModelError
        If there is nothing to explain, or the model cannot be read.

    Notes
    -----
    The gradient of the ensemble's mean at the spectrum as it was compared: divided by the continuum that
    the generated spectrum gives it. Of first order: it says what a small change would do.
    """
    comparison = prediction.comparison
    if comparison is None:
        raise ModelError("There is nothing to explain: the spectrum was not served.")
    progress(0.0, "Loading the model")
    from spectragui.networks.label_gradients import label_gradients
    from spectragui.networks.parameter_network import load_network

    observation = _observation_of(prediction, comparison)
    network = load_network(observation.model.path, device)
    given = merged_input(observation, network.grid, physics_misfit(comparison))
    progress(0.4, "Finding what the labels rest on")
    found = label_gradients(network, given)
    wavelength, flux, is_used = network.grid.wavelength_aa, given.flux[0], given.is_used[0] > 0
    power = observation.resolving_power
    gradients = dict(zip(network.label_names, found, strict=True))
    lines = {
        name: decisive_lines(wavelength, flux, is_used, gradient, power, observation.model.medium)
        for name, gradient in gradients.items()
    }
    progress(1.0)
    return Why(
        observation.model.name,
        observation.model.medium,
        wavelength,
        np.where(is_used, flux, np.nan).astype(np.float64),
        {name: np.where(is_used, 0.01 * gradient, np.nan) for name, gradient in gradients.items()},
        lines,
    )


def decisive_lines(
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    is_used: NDArray[np.bool_],
    gradient: NDArray[np.float64],
    resolving_power: float,
    medium: Medium,
    n_lines: int = N_LINES,
) -> tuple[DecisiveLine, ...]:
    """Return the stretches of spectrum that decide a label, the strongest first.

    Parameters
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Normalised flux; where lines are it is below 1.
    is_used : ndarray of bool, shape (n_pixels,)
    gradient : ndarray, shape (n_pixels,)
        d(label)/d(flux).
    resolving_power : float
        Two widths of the line spread are a stretch, but at least 0.8 Angstrom.
    medium : {"air", "vacuum"}
    n_lines : int
        How many at most.
    """
    depth = np.where(is_used, np.maximum(1.0 - flux, 0.0), 0.0)
    change = -DEEPER * depth * np.where(is_used, gradient, 0.0)
    half = max(float(np.median(wavelength_aa)) / resolving_power, LEAST_HALF_AA)
    low = np.searchsorted(wavelength_aa, wavelength_aa - half)
    high = np.searchsorted(wavelength_aa, wavelength_aa + half, side="right")
    sums = np.concatenate([[0.0], np.cumsum(change)])
    stretch = sums[high] - sums[low]
    strength = np.abs(stretch)
    names = _Names(medium)
    found: list[DecisiveLine] = []
    free = is_used.copy()
    while len(found) < n_lines and free.any():
        place = int(np.argmax(np.where(free, strength, -1.0)))
        if not strength[place] > 0:
            break
        wave = float(wavelength_aa[place])
        free &= np.abs(wavelength_aa - wave) > 2.0 * half
        named = names.at(wave, half)
        found.append(DecisiveLine(named or f"{wave:.1f}", wave, float(stretch[place]), bool(named)))
    return tuple(found)


class _Names:
    """The bundled lists in one medium: the marked lines first, then what absorbs where."""

    def __init__(self, medium: Medium) -> None:
        self._lists = [
            [(line.wavelength_in(medium), line) for line in lines]
            for lines in (stellar_lines(), identified_lines())
        ]

    def at(self, wavelength_aa: float, half_aa: float) -> str:
        """Return the name of the strongest listed line in a stretch, the nearest of equals; empty = none."""
        for number, lines in enumerate(self._lists):
            near = [
                (line.priority or 99, abs(at - wavelength_aa), at, line.name)
                for at, line in lines
                if abs(at - wavelength_aa) <= (half_aa if line.kind == "line" else 0.5 * half_aa)
            ]
            if near:
                _, _, at, name = min(near)
                is_alone = number == 0 and not name.endswith((" I", " II"))
                return name if is_alone else f"{name} {at:.1f}"
        return ""


def _observation_of(prediction: Prediction, comparison: Comparison) -> Observation:
    """Return what the network was given, as far as the comparison keeps it."""
    row = prediction.row
    starts = np.flatnonzero(np.diff(comparison.wavelength_aa) <= 0) + 1
    segments = []
    for part in np.split(np.arange(comparison.wavelength_aa.size), starts):
        known = np.isfinite(comparison.observed[part]) & np.isfinite(comparison.uncertainty[part])
        part = part[np.isfinite(comparison.wavelength_aa[part])]
        if part.size < 4 or not known.any():
            continue
        known = np.isfinite(comparison.observed[part]) & np.isfinite(comparison.uncertainty[part])
        known &= comparison.uncertainty[part] > 0
        segments.append(
            Segment(
                comparison.wavelength_aa[part],
                np.where(known, comparison.observed[part], 0.0),
                np.where(known, comparison.uncertainty[part], 1.0),
                comparison.mask[part] | ~known,
            )
        )
    return Observation(
        open_model(str(row["model"]) if not comparison.model else comparison.model),
        tuple(segments),
        float(row["resolving_power"]),
        not prediction.is_resolving_power_estimated,
        float(row["v_rad"]),
        float(row["e_v_rad"]),
        float(row["snr"]),
        float(row["coverage"]),
    )
