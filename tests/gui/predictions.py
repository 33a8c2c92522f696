"""Predictions made by hand, for panels that only show them."""

import numpy as np

from spectragui.core.flags import Flag, flag_names
from spectragui.core.labels import LabelSet
from spectragui.core.results import make_row
from spectragui.gui.session.state import OpenSpectrum, Result
from spectragui.inference.prediction import Comparison, Prediction, Verdict


def make_comparison(labels, start_aa=5140.0, n_pixels=4000):
    """Return a comparison whose data are the generated spectrum and noise of one sigma."""
    wavelength = start_aa + 0.03 * np.arange(n_pixels)
    generated = 1 - 0.7 * np.exp(-0.5 * ((wavelength - 5183.6) / 0.4) ** 2)
    residual = np.random.default_rng(1).normal(size=n_pixels)
    mask = np.zeros(n_pixels, bool)
    mask[100:110] = True
    sigma = np.full(n_pixels, 0.01)
    return Comparison(wavelength, generated + 0.01 * residual, sigma, generated, residual, mask, labels)


def make_prediction(
    name="Sun", teff=5779.0, *, fit=True, bits=0, bad=False, limit=3.1, model="optical-parameters"
):
    """Return a complete prediction."""
    values = {"teff": teff, "logg": 4.42, "m_h": -0.012, "alpha_m": 0.01, "vsini": 2.1, "vmic": 1.02}
    errors = {"teff": 41.0, "logg": 0.07, "m_h": 0.031, "alpha_m": 0.03, "vsini": 0.9, "vmic": 0.1}
    network = LabelSet(values, errors)
    fitted = LabelSet({**values, "teff": teff + 12}, {**errors, "teff": 18.0}) if fit else None
    row = {
        **values,
        **{f"e_{key}": value for key, value in errors.items()},
        "file": f"/data/{name}.fits", "object": name, "model": model, "model_version": "1.0",
        "resolving_power": 115_000.0, "v_rad": -3.21, "e_v_rad": 0.05,
        "snr": 212.0, "coverage": 1.0, "rchi2": 1.31,
        "flag_warn": 0 if bad else bits, "flag_bad": bits if bad else 0, "flags": flag_names(bits),
        "created": "2026-01-01T00:00:00",
    }  # fmt: skip
    if fitted is not None:
        row |= {"teff_fit": teff + 12, "e_teff_fit": 18.0, "logg_fit": 4.4, "e_logg_fit": 0.03}
        row |= {"m_h_fit": -0.03, "e_m_h_fit": 0.02, "rchi2_fit": 1.08}
    reasons = ("near the edge in Teff: 3968 K, training starts at 3900 K",) if bits & Flag.LABEL_RANGE else ()
    level = "good" if not bits else "bad" if bad else "caution"
    sentence = "Inside what the model knows" if not bits else "Read with care"
    verdict = Verdict(level, sentence, reasons, row["flag_warn"], row["flag_bad"])
    limits = {"vsini": limit} if limit else {}
    comparison = make_comparison(fitted or network)
    notes = ("The velocity was found by cross-correlation.",)
    return Prediction(
        make_row(**row), network, fitted, verdict, limits, comparison, notes, v_rad_frame="barycentric"
    )


def not_served(name="Vega"):
    """Return what is said of a spectrum that no model can serve."""
    verdict = Verdict(
        "bad", "Not served: only 3 % of the model's window is covered", (), 0, int(Flag.NOT_SERVED)
    )
    row = make_row(
        file=f"{name}.fits", object=name, model="optical-parameters", flag_bad=int(Flag.NOT_SERVED)
    )
    return Prediction(row, None, None, verdict)


def open_with(session, spectrum, *predictions):
    """Open one spectrum a prediction (an unpredicted one where it is None), results included."""
    spectra, results = [], []
    for i, prediction in enumerate(predictions):
        name = prediction.row["object"] if prediction else f"star {i}"
        item = OpenSpectrum(f"s{i}", (f"{name}.fits",), 0, spectrum.with_meta(object=name))
        spectra.append(item)
        if prediction is not None:
            results.append(Result(f"r{i}", item.id, prediction))
    chosen = results[0].id if results else ""
    session.update(
        spectra=tuple(spectra), results=tuple(results), selected_id="s0", selected_result_id=chosen
    )
