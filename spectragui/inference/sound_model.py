"""Is a model sound: does it load, and give numbers? Asked before it is taken among the user's models."""

from __future__ import annotations

from pathlib import Path

from spectragui.core.errors import ModelError
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import read_card
from spectragui.inference.denoise import denoiser
from spectragui.inference.fit.model_error import FILE, read_error_patterns
from spectragui.inference.photometry import photometry_model
from spectragui.simulation import emulator as emulators
from spectragui.simulation import generator as generators


def check_loads(folder: Path) -> ModelCard:
    """Load a model as its kind is loaded, and try it out once.

    Raises
    ------
    ModelError
        With the first thing that is wrong.
    """
    card = read_card(folder)
    if card.kind not in (denoiser.KIND, photometry_model.KIND) and (
        card.wavelength is None or not card.labels
    ):
        lacks = "wavelengths" if card.wavelength is None else "labels"
        raise ModelError(f"The card of the model {card.name} has no {lacks}.", "A model needs them.")
    if card.kind == emulators.KIND:
        emulators.Emulator.load(folder)
    elif card.kind == generators.KIND:
        generators.read_generator(folder)
    elif card.kind == photometry_model.KIND:
        photometry_model.PhotometryModel.load(folder)
    elif card.kind == denoiser.KIND:
        denoiser.Denoiser.load(folder)
    else:
        from spectragui.networks.parameter_network import read_network

        read_network(folder)
    if FILE in card.sha256:
        read_error_patterns(folder)
    return card
