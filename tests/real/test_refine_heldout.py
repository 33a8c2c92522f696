"""Held-out grid spectra, noise-free, fitted from a start that is off: emulator and fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spectragui.core.labels import LabelSet
from spectragui.inference.fit.refine import refine
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import open_model
from spectragui.simulation.broadening import broaden

N_SPECTRA = 12
OFFSET = {"teff": 150.0, "logg": -0.2, "m_h": 0.1}


def test_held_out_spectra_of_fgk_stars_give_their_labels_back(shared_data: Path) -> None:
    with np.load(shared_data / "grids" / "optical.npz") as grid:
        labels, wavelength, step = grid["labels"], grid["wave"], float(grid["dv"])
        is_fgk = (labels[:, 0] > 4200) & (labels[:, 0] < 7000) & (labels[:, 2] > -2.0)
        held_out = np.flatnonzero(is_fgk & (np.arange(len(labels)) % 10 == 0))
        chosen = held_out[np.linspace(0, len(held_out) - 1, N_SPECTRA).astype(int)]
        spectra = grid["flux"][chosen] / 50000.0
    inside = (wavelength > 4450.0) & (wavelength < 5400.0)
    errors = []
    for truth, flux in zip(labels[chosen], spectra, strict=True):
        seen = broaden(flux, step, vsini_kms=5.0, resolving_power=60000.0)[inside]
        sigma, mask = np.full(seen.size, 1e-3), np.zeros(seen.size, dtype=bool)
        segment = Segment(wavelength[inside], seen, sigma, mask)
        observation = Observation(
            open_model("optical-parameters"), (segment,), 60000.0, True, 0.0, 0.0, 1000.0, 1.0
        )
        known = dict(zip(("teff", "logg", "m_h"), truth.tolist(), strict=False))
        start = LabelSet({name: value + OFFSET[name] for name, value in known.items()})
        fit = refine(observation, start).labels
        errors.append([fit[name] - value for name, value in known.items()])
    median = np.median(np.abs(errors), axis=0)
    assert np.all(median <= [15.0, 0.03, 0.015]), median
