"""Which model serves a spectrum."""

from __future__ import annotations

from spectragui.core.errors import ModelError, UnitError
from spectragui.core.model_folder import (
    ModelCard,
    ModelEntry,
    find_model,
    list_models,
    read_card,
)
from spectragui.core.spectrum import AnySpectrum, orders_of

DEFAULT_MODEL = "optical-parameters"
NOT_FOR_PARAMETERS = ("emulator", "cvae")


def parameter_models() -> list[ModelEntry]:
    """Return the models that give parameters of single stars, the default one first."""
    entries = [
        entry
        for entry in list_models()
        if entry.card.kind not in NOT_FOR_PARAMETERS
        and entry.card.wavelength is not None
        and any(label.name == "teff" for label in entry.card.labels)
    ]
    return sorted(entries, key=lambda entry: entry.card.name != DEFAULT_MODEL)


def choose_model(spectrum: AnySpectrum, name: str = "") -> ModelEntry:
    """Return the model asked for, else the one that suits the spectrum best.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    name : str
        Name or folder of a model; empty = choose.

    Raises
    ------
    ModelError
        If there is no such model, or none at all.
    """
    if not name:
        return suggest_model(spectrum)
    folder = find_model(name)
    return ModelEntry(
        folder, read_card(folder), any(e.path == folder and e.is_bundled for e in list_models())
    )


def suggest_model(spectrum: AnySpectrum) -> ModelEntry:
    """Return the model whose window the spectrum covers best; the default one where several do.

    Raises
    ------
    ModelError
        If no model is installed.
    """
    entries = parameter_models()
    if not entries:
        raise ModelError("No model for stellar parameters is installed.", "Reinstall SpectraGUI.")
    return max(entries, key=lambda entry: round(window_overlap(spectrum, entry.card), 1))


def window_overlap(spectrum: AnySpectrum, card: ModelCard) -> float:
    """Return which part of a model's window lies between a spectrum's ends, order by order, 0 to 1."""
    if card.wavelength is None:
        return 0.0
    low, high = card.wavelength.start_aa, card.wavelength.stop_aa
    pieces = []
    for order in orders_of(spectrum):
        try:
            wavelength = order.wavelength_aa
        except UnitError:
            continue
        start, stop = max(float(wavelength.min()), low), min(float(wavelength.max()), high)
        if stop > start:
            pieces.append((start, stop))
    covered, reached = 0.0, low
    for start, stop in sorted(pieces):
        covered += max(stop - max(start, reached), 0.0)
        reached = max(reached, stop)
    return covered / (high - low)
