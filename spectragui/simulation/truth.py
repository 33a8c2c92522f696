"""The truth of a simulated observation, as a spectrum that every reader of ours opens."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.core.spectral_axis import Medium, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.io.writers import write_spectrum
from spectragui.simulation.layouts.cards import simulation_cards
from spectragui.simulation.mock_observation import MockObservation, MockOrder

TRUTH_EXTENSION = "TRUTH"


def true_spectrum(observation: MockObservation) -> AnySpectrum:
    """Return the noise-free flux on the observation's pixels, with the errors of its noise."""
    medium: Medium = "vacuum" if observation.instrument.medium == "vacuum" else "air"
    meta = {
        "object": f"truth of a simulated star {observation.star.all_labels['teff']:.0f} K",
        "instrument": observation.instrument.title,
        "simulated": True,
        "resolving_power": observation.instrument.resolving_power,
        "resolving_power_source": "simulated",
        "labels": observation.star.all_labels,
        "normalised": observation.instrument.flux == "normalised",
        "header": simulation_cards(observation),
    }
    # Where photons are counted the level is that of an AB magnitude; elsewhere it is arbitrary.
    unit = "nJy" if observation.instrument.photons is not None else ""
    orders = [_true_order(order, medium, unit) for order in observation.orders]
    if len(orders) == 1:
        return orders[0].replace(meta=meta)
    numbered = tuple(order.with_meta(order=number) for number, order in enumerate(orders))
    return EchelleSpectrum(numbered, meta)


def _true_order(order: MockOrder, medium: Medium, unit: str) -> Spectrum:
    said = "simulated"
    axis = SpectralAxis(order.wavelength_aa, "Angstrom", medium, "observer", said, said, said)
    sigma = np.where(np.isfinite(order.sigma), order.sigma, np.nan)
    return Spectrum(axis, order.normalised * order.continuum, sigma, flux_unit=unit)


def write_truth(observation: MockObservation, path: str | os.PathLike[str]) -> None:
    """Write the truth: the noise-free spectrum, and a table TRUTH with a row for each of its pixels.

    TRUTH has the columns NORMALISED (continuum 1, tellurics in it), CONTINUUM (blaze and errors of
    level in it; FLUX = NORMALISED x CONTINUUM), TELLURIC and BITS (1 seeded lines, 2 cosmic ray, 4 bad
    pixel, 8 telluric line). Where photons are counted also the variance of each term: VAR_SOURCE,
    VAR_SKY_CONTINUUM, VAR_SKY_LINES, VAR_MOON, VAR_DETECTOR (FLUX's unit squared).

    Raises
    ------
    WriteError
        If the path does not end in .fits, or the file cannot be written.
    """
    from astropy.io import fits

    file = Path(path)
    if file.suffix.lower() != ".fits":
        raise WriteError(f"{file.name}: the truth is written as FITS.", "Use a name that ends in .fits.")
    columns = {"NORMALISED": "normalised", "CONTINUUM": "continuum", "TELLURIC": "telluric", "BITS": "bits"}
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column(
                name,
                "J" if name == "BITS" else "D",
                array=np.concatenate([getattr(order, key) for order in observation.orders]),
            )
            for name, key in columns.items()
        ]
        + [
            fits.Column(
                f"VAR_{term.upper()}",
                "D",
                array=np.concatenate([o.variance[term] for o in observation.orders]),
            )
            for term in observation.orders[0].variance
        ],
        name=TRUTH_EXTENSION,
    )
    with atomic_path(file) as temporary:
        write_spectrum(true_spectrum(observation), temporary)
        fits.append(temporary, table.data, table.header)
