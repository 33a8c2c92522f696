"""Which denoiser suits a spectrum, and why the others do not."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.errors import ModelError, UnitError
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import ModelEntry
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.denoise.denoiser import denoiser_models
from spectragui.inference.denoise.pixels import MIN_COVERAGE, no_overlap
from spectragui.inference.denoise.verdict import RESOLUTION
from spectragui.inference.observation.prepare import known_resolving_power
from spectragui.inference.parameters.model_store import window_overlap
from spectragui.inference.prediction import PredictOptions


@dataclasses.dataclass(frozen=True)
class DenoiserChoice:
    """An installed denoiser, seen from a spectrum.

    Attributes
    ----------
    entry : ModelEntry
    overlap : float
        Part of its window that the spectrum covers, 0 to 1.
    reason : str
        Why it does not serve the spectrum; empty where it does.
    """

    entry: ModelEntry
    overlap: float
    reason: str

    @property
    def name(self) -> str:
        """Of the model."""
        return self.entry.card.name


def denoiser_choices(spectrum: AnySpectrum | None) -> list[DenoiserChoice]:
    """Return the installed denoisers, the one that suits a spectrum best first; without one as installed."""
    if spectrum is None:
        return [DenoiserChoice(entry, 0.0, "") for entry in denoiser_models()]
    told = known_resolving_power(spectrum, PredictOptions())
    found = []
    for entry in denoiser_models():
        overlap = window_overlap(spectrum, entry.card)
        found.append(DenoiserChoice(entry, overlap, _reason(spectrum, entry.card, overlap, told)))
    return sorted(found, key=lambda one: (bool(one.reason), -round(one.overlap, 1)))


def suggest_denoiser(spectrum: AnySpectrum) -> str:
    """Return the name of the denoiser whose window and resolving power suit a spectrum best.

    Raises
    ------
    ModelError
        If none is installed, or it reaches the window of none.
    """
    choices = denoiser_choices(spectrum)
    if not choices:
        raise ModelError("No denoiser is installed.", "Reinstall SpectraGUI.")
    if not any(one.overlap for one in choices):
        raise ModelError(no_overlap(spectrum, {one.name: one.entry.card.window_aa for one in choices}))
    return choices[0].name


def _reason(spectrum: AnySpectrum, card: ModelCard, overlap: float, told: float | None) -> str:
    """Return why a denoiser does not serve a spectrum; empty where it does."""
    if not overlap:
        return f"{no_overlap(spectrum, {card.name: card.window_aa})}"
    if overlap < MIN_COVERAGE:
        least = f"{100 * MIN_COVERAGE:.0f} % are needed"
        return f"The spectrum covers {100 * overlap:.0f} % of the window of {card.name}; {least}."
    low, high = card.domain.resolving_power
    if told is not None and not low / RESOLUTION <= told <= high * RESOLUTION:
        return f"Its resolving power is {told:,.0f}; {card.name} serves {low:,.0f} to {high:,.0f}."
    most = most_power(spectrum, card.window_aa)
    if most < low / RESOLUTION:
        least = f"{card.name} denoises {low:,.0f} or more"
        return f"Its pixels allow a resolving power of {most:,.0f} at most; {least}."
    return ""


def most_power(spectrum: AnySpectrum, window_aa: tuple[float, float]) -> float:
    """Return the largest resolving power that the pixels of a spectrum in a window can hold: two a FWHM."""
    found = [0.0]
    for order in orders_of(spectrum):
        try:
            wavelength = np.sort(order.wavelength_aa)
        except UnitError:
            continue
        inside = wavelength[(wavelength >= window_aa[0]) & (wavelength <= window_aa[1])]
        if inside.size > 2:
            found.append(float(np.median(inside[:-1] / np.maximum(np.diff(inside), 1e-9))) / 2.0)
    return max(found)
