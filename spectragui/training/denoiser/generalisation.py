"""What a denoiser makes of what it has not seen: injected lines, deepened lines and their sister lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.line_injection import SIDE_PART, LineInjection, end_level
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.denoiser import Denoiser, Estimate
from spectragui.inference.denoise.denoising_result import LineChange, Region
from spectragui.inference.denoise.proof import Proof, alarms_reached, denoised_pixels, prove, shown_regions
from spectragui.inference.denoise.strong_lines import (
    DenoisedPixels,
    line_label,
    sisters_moved_by,
    sisters_that_moved,
)
from spectragui.training.denoiser.heldout import HeldOut, HeldOutMaker, denoised_held_out

Floats = NDArray[np.float64]
SIGNIFICANCE = (5.5, 7.0)  # of the equivalent width that is made [sigma]
HALF_AA = 12.0  # of a deepened line, from its centre to its continuum
CHUNK = 50


@dataclasses.dataclass(frozen=True)
class Generalisation:
    """What came of one kind of change at one S/N.

    Attributes
    ----------
    kind : {"no change", "injected line", "deepened line"}
    snr : float
    n_spectra : int
    flagged : float
        Part of the spectra in which it was found; without a change: in which anything was.
    shown : float
        Median part of the equivalent width that the denoised spectrum shows.
    moved : float
        Part of the spectra in which a sister line moved by more than 2 sigma.
    named : float
        Part of those in which such a line was named.
    """

    kind: str
    snr: float
    n_spectra: int
    flagged: float
    shown: float = float("nan")
    moved: float = float("nan")
    named: float = float("nan")


@dataclasses.dataclass(frozen=True, eq=False)
class _Change:
    """A change of one spectrum: its limits [Angstrom], the flux added, the equivalent width made."""

    start_aa: float
    stop_aa: float
    added: Floats
    weights: Floats


def generalisation_cases(
    model: Denoiser,
    maker: HeldOutMaker,
    n_spectra: int,
    snrs: Sequence[float],
    generator: np.random.Generator,
    progress: Progress = no_progress,
) -> tuple[Generalisation, ...]:
    """Judge a denoiser on lines that no star has.

    Parameters
    ----------
    model : Denoiser
    maker : HeldOutMaker
    n_spectra : int
        A case.
    snrs : sequence of float
    generator : numpy.random.Generator
    progress : Progress
    """
    found: list[Generalisation] = []
    for number, snr in enumerate(snrs):
        rows: dict[str, list[tuple[float, float, float, float]]] = {}
        at_once = maker.at_once(CHUNK)
        for start in range(0, n_spectra, at_once):
            held = maker.make(min(at_once, n_spectra - start), generator, snr)
            for kind, values in _chunk(model, held, generator).items():
                rows.setdefault(kind, []).extend(values)
            progress((number + (start + len(held)) / n_spectra) / len(snrs), "lines that no star has")
        for kind, values in rows.items():
            flagged, shown, moved, named = np.array(values).T
            found.append(
                Generalisation(
                    kind,
                    snr,
                    len(values),
                    float(flagged.mean()),
                    _median(shown),
                    float(np.nanmean(moved)) if np.isfinite(moved).any() else float("nan"),
                    float(np.mean(named[moved == 1])) if (moved == 1).any() else float("nan"),
                )
            )
    return tuple(found)


def _median(values: Floats) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _chunk(
    model: Denoiser, held: HeldOut, generator: np.random.Generator
) -> dict[str, list[tuple[float, float, float, float]]]:
    before = denoised_held_out(model, held)
    proofs = [prove(_pixels(model, held, held.noisy, before, row), before, row) for row in range(len(held))]
    limits = [model.alarms_at(held.resolving_power, proof.snr) for proof in proofs]
    reached = [float(bool(alarms_reached(*one))) for one in zip(proofs, limits, strict=True)]
    rows = {"no change": [(one, np.nan, np.nan, np.nan) for one in reached]}
    injections = [_injected(held, row, generator) for row in range(len(held))]
    rows["injected line"] = _tried(model, held, before, proofs, injections, None)
    touched = [_line_to_deepen(proof) for proof in proofs]
    deepened = [
        None if line is None else _deepened(held, row, line, float(before.shift_kms[row]), generator)
        for row, line in enumerate(touched)
    ]
    rows["deepened line"] = _tried(model, held, before, proofs, deepened, touched)
    return rows


def _pixels(model: Denoiser, held: HeldOut, noisy: Floats, estimate: Estimate, row: int) -> DenoisedPixels:
    arrays = held.wavelength_aa, noisy[row], held.sigma[row]
    return denoised_pixels(*arrays, estimate, model.alarms, row)


def _injected(held: HeldOut, row: int, generator: np.random.Generator) -> _Change:
    wavelength = held.wavelength_aa
    step = float(np.median(np.diff(wavelength)))
    width = float(generator.uniform(4.0, 8.0)) * step
    centre = float(generator.uniform(wavelength[0] + 8.0 * width, wavelength[-1] - 8.0 * width))
    line = LineInjection(wavelength=centre, equivalent_width=1.0, width=width)
    inside = (wavelength >= line.region_aa[0]) & (wavelength <= line.region_aa[1])
    weights = np.where(inside, -np.gradient(wavelength) / held.truth[row], 0.0)
    wanted = _wanted(weights, held.sigma[row], generator)
    return _Change(*line.region_aa, -held.truth[row] * wanted * line.depth(wavelength), weights)


def _wanted(weights: Floats, sigma: Floats, generator: np.random.Generator) -> float:
    """Return the equivalent width of a drawn significance."""
    return float(generator.uniform(*SIGNIFICANCE)) * float(np.linalg.norm(weights * sigma))


def _line_to_deepen(proof: Proof) -> LineChange | None:
    """Return one of the three deepest lines that have others of their species; None without one."""
    names = [line.name.split()[0] for line in proof.lines]
    families = [line for line, name in zip(proof.lines, names, strict=True) if names.count(name) > 1]
    return families[int(abs(proof.chi2) * 1e3) % min(3, len(families))] if families else None


def _deepened(
    held: HeldOut, row: int, line: LineChange, shift_kms: float, generator: np.random.Generator
) -> _Change | None:
    wavelength, truth = held.wavelength_aa, held.truth[row]
    at = line.wavelength * np.exp(shift_kms / SPEED_OF_LIGHT_KMS)
    inside = np.abs(wavelength - at) <= HALF_AA
    if inside.sum() * SIDE_PART < 2:
        return None
    level = np.zeros_like(truth)
    level[inside] = end_level(wavelength[inside], truth[inside])
    weights = np.where(inside, -np.gradient(wavelength) / np.where(inside, level, 1.0), 0.0)
    added = np.where(inside, truth - level, 0.0)
    made = float(weights @ added)
    if made <= 0:
        return None
    return _Change(
        at - HALF_AA, at + HALF_AA, added * _wanted(weights, held.sigma[row], generator) / made, weights
    )


def _tried(
    model: Denoiser,
    held: HeldOut,
    before: Estimate,
    proofs: list[Proof],
    changes: Sequence[_Change | None],
    touched: Sequence[LineChange | None] | None,
) -> list[tuple[float, float, float, float]]:
    noisy = held.noisy.copy()
    for row, change in enumerate(changes):
        if change is not None:
            noisy[row] += change.added
    after = denoised_held_out(model, held, noisy)
    found = []
    for row, change in enumerate(changes):
        if change is None:
            continue
        pixels = _pixels(model, held, noisy, after, row)
        proof = prove(pixels, after, row)
        alarms = model.alarms_at(held.resolving_power, proof.snr)
        shown = shown_regions(proof, alarms, held.wavelength_aa, float(after.shift_kms[row]))
        flagged = any(_lies_at(region, change) for region, _ in shown)
        made = float(change.weights @ change.added)
        part = float(change.weights @ (after.flux[row] - before.flux[row])) / made
        moved = named = float("nan")
        line = None if touched is None else touched[row]
        if line is not None:
            sisters = sisters_that_moved(proof.lines, proofs[row].lines, line)
            moved = float(bool(sisters))
            lines = [one for region, one in shown if one is not None and _lies_at(region, change)]
            told = {line_label(m) for one in lines for m, _ in sisters_moved_by(one, proof.lines, pixels)}
            named = float(any(line_label(one) in told for one, _ in sisters))
        found.append((float(flagged), part, moved, named))
    return found


def _lies_at(region: Region, change: _Change) -> bool:
    return region.start_aa < change.stop_aa and region.stop_aa > change.start_aa
