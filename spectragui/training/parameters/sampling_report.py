"""What forced resampling costs: equivalent widths, and labels of networks on a grid and on native pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LABELS
from spectragui.core.numerics import pixel_edges
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.network_input import merge_segments, network_labels
from spectragui.networks.parameter_network import load_network
from spectragui.simulation.forward_model import Observing, native_wavelengths, simulate_spectrum
from spectragui.training.label_sampling import draw_stellar_labels

#: Pixels per FWHM of the line spread: undersampled, usual, oversampled.
SAMPLINGS = (1.5, 2.5, 6.0)
POWER, SNR = 50_000.0, 100.0  # S/N for the usual sampling; the light is the same for all
FASTEST_KMS = 30.0
_USUAL = 2.5
_LINE_HALF_AA = 0.5
_N_LINES, _LEAST_DEPTH = 40, 0.1
_FINE = 20.0  # pixels per FWHM that stand for the truth


@dataclasses.dataclass(frozen=True)
class SamplingRow:
    """One label of one model at one sampling.

    Attributes
    ----------
    model : str
    takes_pixels : bool
        Whether it takes native pixels, not a grid of its own.
    sampling : float
        Pixels per FWHM.
    label : str
    error : float
        Mean absolute error.
    n_stars : int
    """

    model: str
    takes_pixels: bool
    sampling: float
    label: str
    error: float
    n_stars: int


@dataclasses.dataclass(frozen=True)
class WidthRow:
    """Change of equivalent widths at one sampling, per cent: median and 90th percentile of its modulus.

    Attributes
    ----------
    where : str
        "native pixels", or the model whose grid the spectra were forced on.
    sampling, median, percentile_90 : float
    n_lines : int
    """

    where: str
    sampling: float
    median: float
    percentile_90: float
    n_lines: int


def compare_samplings(
    models: Sequence[OpenedModel], n_stars: int = 60, seed: int = 0, progress: Progress = no_progress
) -> tuple[list[SamplingRow], list[WidthRow]]:
    """Predict the same simulated stars at three samplings, and measure their lines there.

    Parameters
    ----------
    models : sequence of OpenedModel
        Of one emulator.
    n_stars, seed : int
    progress : Progress
    """
    emulator = models[0].emulator
    rng = np.random.default_rng([seed, 77])
    names = emulator.label_names
    low, high = np.array([emulator.label_ranges[name] for name in names]).T
    around = low + (high - low) * (0.1 + 0.8 * rng.random((400, len(names))))
    stars = draw_stellar_labels(around, n_stars, 1.0, rng, names)
    rotation = rng.uniform(0.0, FASTEST_KMS, n_stars)
    errors: dict[tuple[str, float, str], list[float]] = {}
    widths: dict[tuple[str, float], list[NDArray[np.float64]]] = {}
    for number, (star, vsini) in enumerate(zip(stars, rotation, strict=True)):
        progress(number / n_stars, "Predicting")
        truth = dict(zip(names, star.tolist(), strict=True)) | {"vsini": float(vsini)}
        fine = _observe(models[0], truth, _FINE, np.inf, 0)
        lines = _strong_lines(fine)
        true_widths = _widths(fine.wavelength_aa, fine.flux, lines)
        for sampling in SAMPLINGS:
            clean = _observe(models[0], truth, sampling, np.inf, 0)
            native = _widths(clean.wavelength_aa, clean.flux, lines)
            widths.setdefault(("native pixels", sampling), []).append(native / true_widths - 1.0)
            snr = SNR * (_USUAL / sampling) ** 0.5
            noisy = _observe(models[0], truth, sampling, snr, 1000 * seed + number)
            for model in models:
                network = load_network(model.path)
                if not network.takes_pixels:
                    forced = _widths(
                        network.grid.wavelength_aa, merge_segments((clean,), network.grid)[0], lines
                    )
                    key = (f"grid of {model.name}", sampling)
                    widths.setdefault(key, []).append(forced / true_widths - 1.0)
                found = network_labels(Observation(model, (noisy,), POWER, True, 0.0, 0.0, snr, 1.0), 0.0)
                for label in network.label_names:
                    errors.setdefault((model.name, sampling, label), []).append(
                        abs(found[label] - truth[label])
                    )
    native_names = {model.name for model in models if load_network(model.path).takes_pixels}
    rows = [
        SamplingRow(name, name in native_names, sampling, label, float(np.mean(values)), n_stars)
        for (name, sampling, label), values in errors.items()
    ]
    return rows, [_width_row(where, sampling, parts) for (where, sampling), parts in widths.items()]


def _width_row(where: str, sampling: float, parts: list[NDArray[np.float64]]) -> WidthRow:
    change = 100.0 * np.abs(np.concatenate(parts))
    change = change[np.isfinite(change)]
    return WidthRow(
        where, sampling, float(np.median(change)), float(np.percentile(change, 90)), int(change.size)
    )


def _observe(model: OpenedModel, truth: dict[str, float], sampling: float, snr: float, seed: int) -> Segment:
    emulator = model.emulator
    wavelength = native_wavelengths(emulator, POWER, 0.0, sampling)
    spectrum = simulate_spectrum(emulator, truth, Observing(POWER, snr=snr, seed=seed), wavelength)
    good = np.isfinite(spectrum.flux)
    sigma = np.full(wavelength.size, 1e-3) if spectrum.uncertainty is None else spectrum.uncertainty
    return Segment(
        wavelength, np.where(good, spectrum.flux, 0.0), np.where(good, sigma, 1.0).astype(float), ~good
    )


def _strong_lines(fine: Segment) -> NDArray[np.float64]:
    """Return the wavelengths of the deepest minima, none within another one's stretch."""
    depth = 1.0 - fine.flux
    low, high = fine.wavelength_aa[[0, -1]] + np.array([30.0, -30.0])
    inside = (fine.wavelength_aa > low) & (fine.wavelength_aa < high)
    chosen: list[float] = []
    for place in np.argsort(-depth):
        wave = float(fine.wavelength_aa[place])
        if depth[place] < _LEAST_DEPTH or len(chosen) == _N_LINES:
            break
        if inside[place] and all(abs(wave - other) > 2.0 * _LINE_HALF_AA for other in chosen):
            chosen.append(wave)
    return np.array(chosen)


def _widths(
    wavelength_aa: NDArray[np.float64], flux: NDArray[np.float64], lines: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the light that is missing in a stretch about each line, pixels counted by their part in it."""
    edges = pixel_edges(wavelength_aa)
    missing = np.concatenate([[0.0], np.cumsum((1.0 - flux) * np.diff(edges))])
    upper, lower = (np.interp(lines + side * _LINE_HALF_AA, edges, missing) for side in (1.0, -1.0))
    return np.asarray(upper - lower)


def sampling_text(rows: Sequence[SamplingRow], widths: Sequence[WidthRow]) -> str:
    """Return both tables as Markdown."""
    labels = list(dict.fromkeys(row.label for row in rows))
    head = ["mean absolute error", "input", "pixels per FWHM", *labels]
    lines = [_line(head), _line(["---", "---"] + ["---:"] * (len(labels) + 1))]
    for model in dict.fromkeys(row.model for row in rows):
        for sampling in dict.fromkeys(row.sampling for row in rows):
            own = {row.label: row for row in rows if row.model == model and row.sampling == sampling}
            way = "native pixels" if next(iter(own.values())).takes_pixels else "its grid"
            cells = [
                f"{own[label].error:.{LABELS[label].decimals + 1}f}" if label in own else ""
                for label in labels
            ]
            lines.append(_line([model, way, f"{sampling:g}", *cells]))
    lines += ["", _line(["equivalent widths", "pixels per FWHM", "median change", "90 % below", "lines"])]
    lines.append(_line(["---"] + ["---:"] * 4))
    for one in widths:
        cells = [f"{one.median:.2f} %", f"{one.percentile_90:.2f} %", str(one.n_lines)]
        lines.append(_line([one.where, f"{one.sampling:g}", *cells]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
