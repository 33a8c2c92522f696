"""Write the model folder of a denoiser: basis, network, card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.labels import LABELS
from spectragui.core.model_card import CardLabel, Companions, Domain, ModelCard, WavelengthGrid
from spectragui.core.model_folder import WEIGHTS_FILE, describe_weights, write_card
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.alarms import KEY
from spectragui.inference.denoise.basis_file import basis_tensors
from spectragui.inference.denoise.denoiser import KIND as DENOISER
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.simulation.emulator import Emulator
from spectragui.training.denoiser.basis import label_box
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig

N_PIXELS = 4096
SHARPEST = 120_000.0  # nothing is much sharper than the lines of stars themselves
CITATION = (
    "SpectraGUI; Pal & Dobos (denoising autoencoders); Wehrhahn et al. 2023, A&A 671, A171 (PySME); "
    "Castelli & Kurucz 2003 (ATLAS9)"
)


def save_denoiser(
    folder: Path,
    basis: SpectrumBasis,
    network: Mapping[str, NDArray[Any]],
    config: DenoiserConfig,
    emulator: Emulator,
    *,
    training: Mapping[str, Any],
) -> Path:
    """Write weights and card of a denoiser; return the folder.

    Parameters
    ----------
    folder : pathlib.Path
        Its name is the model's.
    basis : SpectrumBasis
    network : mapping of str to ndarray
        State of a `PosteriorCorrection`; empty = none.
    config : DenoiserConfig
        Title, limits and domain of the card.
    emulator : Emulator
    training : mapping
        For the card.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = basis_tensors(basis, config.domain.n_byte_lines)
    for name, values in network.items():
        dtype = np.float32 if name == "calibration" else np.float16
        tensors[name] = np.asarray(values).astype(dtype)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, path)
    sha256, shapes = describe_weights(folder)
    domain = config.domain
    low, high = domain.window_aa
    card = ModelCard(
        name=folder.name,
        version="1.0",
        kind=DENOISER,
        title=config.title or f"Denoiser {folder.name}",
        summary=f"Noiseless spectra of single stars from noisy ones, {low:.0f}-{high:.0f} A.",
        labels=tuple(
            CardLabel(name, LABELS[name].unit, float(low_end), float(high_end))
            for name, low_end, high_end in zip(
                emulator.label_names, *label_box(emulator, domain), strict=True
            )
        ),
        wavelength=WavelengthGrid(
            start_aa=low,
            stop_aa=high,
            n_pixels=N_PIXELS,
            dv_kms=round(SPEED_OF_LIGHT_KMS * float(np.log(high / low)) / (N_PIXELS - 1), 4),
            medium="vacuum",
        ),
        domain=Domain(resolving_power=_served_powers(domain)),
        network=_network(domain),
        companions=Companions(emulator=domain.emulator),
        training=training,
        metrics={},
        limits=tuple(config.limits),
        licence="BSD-3-Clause",
        citation=CITATION,
        sha256=sha256,
        tensors=shapes,
    )
    write_card(card, folder)
    return folder


def _served_powers(domain: DomainConfig) -> tuple[float, float]:
    if domain.lowest_power:
        return domain.lowest_power, SHARPEST
    return 0.96 * domain.resolving_power, 1.04 * domain.resolving_power


def _network(domain: DomainConfig) -> dict[str, Any]:
    own_power = {"resolving_power": domain.resolving_power} if domain.lowest_power else {}
    return own_power | {KEY: {"model_error": domain.model_error}}
