"""Denoise many spectra: those of one axis go through the network together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.denoise.denoise_spectrum import Prepared, finished, prepared
from spectragui.inference.denoise.denoising_result import Denoised, DenoiseOptions

#: Values of a covariance's factor that are in memory at once.
MOST_VALUES = 20_000_000


def denoise_batch(
    spectra: Sequence[AnySpectrum], options: DenoiseOptions | None = None, progress: Progress = no_progress
) -> list[Denoised | SpectraGUIError]:
    """Denoise spectra; return of each what `denoise_spectrum` returns, or why there is nothing.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
    options : DenoiseOptions, optional
    progress : Progress
    """
    chosen = DenoiseOptions() if options is None else options
    found: list[Denoised | SpectraGUIError | None] = [None] * len(spectra)
    groups: dict[tuple[object, ...], list[tuple[int, Prepared]]] = {}
    for number, spectrum in enumerate(spectra):
        try:
            ready = prepared(spectrum, chosen)
        except SpectraGUIError as error:
            found[number] = error
            continue
        groups.setdefault(_key(ready), []).append((number, ready))
    n_done = sum(one is not None for one in found)
    for group in groups.values():
        for part in _parts(group):
            for number, result in _together(part):
                found[number] = result
                n_done += 1
                progress(n_done / len(spectra), "Denoising")
    return [one for one in found if one is not None]


def _key(ready: Prepared) -> tuple[object, ...]:
    """Return what spectra have in common that go through the network together."""
    pixels = ready.pixels
    return id(ready.model), pixels.wavelength_aa.tobytes(), pixels.free_level, ready.resolving_power


def _parts(group: list[tuple[int, Prepared]]) -> list[list[tuple[int, Prepared]]]:
    ready = group[0][1]
    basis = ready.model.basis
    n_values = ready.pixels.flux.size * (basis.n_lines + basis.n_level + 6)
    at_once = max(1, MOST_VALUES // n_values)
    return [group[start : start + at_once] for start in range(0, len(group), at_once)]


def _together(part: list[tuple[int, Prepared]]) -> list[tuple[int, Denoised | SpectraGUIError]]:
    first = part[0][1]
    shift = None if first.shift_kms is None else np.full(len(part), first.shift_kms)
    try:
        estimate = first.model.estimate(
            first.pixels.wavelength_aa,
            np.stack([ready.pixels.flux for _, ready in part]),
            np.stack([ready.pixels.sigma for _, ready in part]),
            shift,
            first.pixels.free_level,
            resolving_power=first.resolving_power,
        )
    except SpectraGUIError as error:
        if len(part) == 1:
            return [(part[0][0], error)]
        return [one for single in part for one in _together([single])]  # one that cannot be solved is one
    found: list[tuple[int, Denoised | SpectraGUIError]] = []
    for row, (number, ready) in enumerate(part):
        try:
            found.append((number, finished(ready, estimate, row)))
        except SpectraGUIError as error:
            found.append((number, error))
    return found
