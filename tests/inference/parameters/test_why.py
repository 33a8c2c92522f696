"""Why: the gradient against differences, and the lines that decide against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import ModelError, WriteError
from spectragui.core.model_folder import find_model
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.parameters.why import DEEPER, decisive_lines, explain_prediction
from spectragui.inference.parameters.why_output import check_why_path, why_rows, write_why
from spectragui.inference.prediction import PredictOptions
from spectragui.io.line_lists.line_lists import identified_lines
from spectragui.io.read import read_spectrum
from spectragui.networks.label_gradients import label_gradients
from spectragui.networks.parameter_network import NetworkInput, apply_network, load_network


@pytest.fixture(scope="module")
def sun():
    """Return the prediction of the bundled simulated Sun."""
    from spectragui.core.package_data import resource

    spectrum = read_spectrum(resource("examples", "simulated_sun_like_1d.fits"))
    return predict_spectrum(spectrum, PredictOptions(refine=False))


def test_gradients_are_what_a_small_change_of_the_flux_does():
    network = load_network(find_model("optical-parameters"))
    rng = np.random.default_rng(1)
    n_pixels = network.grid.n_pixels
    flux = (1 - 0.3 * rng.random(n_pixels)).astype(np.float32)
    used = (rng.random(n_pixels) > 0.1).astype(np.float32)
    conditions = np.zeros(4, dtype=np.float32)
    found = label_gradients(network, NetworkInput(flux[None], used[None], conditions[None]))
    assert found.shape == (len(network.label_names), n_pixels)
    assert np.all(found[:, used == 0] == 0)

    def labels(values):
        inputs = NetworkInput(network.grid.normalise(values[None], used[None]), used[None], conditions[None])
        return apply_network(network, inputs)[0][0]

    direction = (rng.normal(size=n_pixels) * 3e-3).astype(np.float32)
    change = labels(flux + direction) - labels(flux - direction)
    for number, name in enumerate(network.label_names):
        if name in ("vsini", "vmic"):  # may stand at their lower end, where nothing changes
            continue
        expected = 2 * float(found[number] @ direction)
        assert change[number] == pytest.approx(expected, rel=0.15), name


def test_the_stretch_that_decides_most_is_first_and_has_its_lines_name():
    wave = np.arange(5160.0, 5200.0, 0.02)
    flux = np.ones(wave.size)
    for centre, depth in ((5183.60, 0.8), (5172.68, 0.8), (5191.0, 0.5)):
        flux -= depth * np.exp(-0.5 * ((wave - centre) / 0.1) ** 2)
    gradient = np.where(np.abs(wave - 5183.6) < 0.5, -50.0, np.where(np.abs(wave - 5191.0) < 0.5, 10.0, 1.0))
    lines = decisive_lines(wave, flux, np.ones(wave.size, bool), gradient, 50_000.0, "air")
    assert lines[0].name == "Mg I b1" and lines[0].is_listed
    depth = np.maximum(1 - flux, 0)[np.abs(wave - lines[0].wavelength_aa) <= 0.4]
    assert lines[0].change == pytest.approx(DEEPER * 50.0 * depth.sum(), rel=0.05)
    assert abs(lines[1].wavelength_aa - 5191.0) < 0.5 and lines[1].change < 0
    places = [line.wavelength_aa for line in lines]
    assert min(np.diff(np.sort(places))) > 0.8
    unused = decisive_lines(wave, flux, np.abs(wave - 5183.6) > 1, gradient, 50_000.0, "air")
    assert all(abs(line.wavelength_aa - 5183.6) > 1 for line in unused)


def test_names_of_lines_are_in_the_models_medium():
    listed = next(line for line in identified_lines() if line.name == "Fe I" and line.priority == 1)
    wave = listed.wavelength_vacuum_aa + np.arange(-5.0, 5.0, 0.02)
    flux = 1 - 0.5 * np.exp(-0.5 * ((wave - listed.wavelength_vacuum_aa) / 0.1) ** 2)
    lines = decisive_lines(wave, flux, np.ones(wave.size, bool), np.ones(wave.size), 50_000.0, "vacuum")
    assert lines[0].name == f"Fe I {listed.wavelength_vacuum_aa:.1f}"


def test_a_prediction_is_explained_for_every_label_of_its_network(sun, tmp_path):
    why = explain_prediction(sun)
    assert why.model == sun.row["model"] and set(why.gradients) == set(sun.network.values)
    for gradient in why.gradients.values():
        assert gradient.shape == why.wavelength_aa.shape and np.isfinite(gradient).sum() > 1000
    named = [line for lines in why.lines.values() for line in lines if line.is_listed]
    assert len(named) > 0.7 * sum(len(lines) for lines in why.lines.values())
    strengths = [abs(line.change) for line in why.lines["teff"]]
    assert strengths == sorted(strengths, reverse=True)
    rows = why_rows(why, "Sun")
    assert {row["label"] for row in rows} == set(why.gradients) and rows[0]["rank"] == 1
    write_why(why, tmp_path / "why.ecsv", "Sun")
    from astropy.table import Table

    assert len(Table.read(tmp_path / "why.ecsv")) == len(rows)
    write_why(why, tmp_path / "why.svg", "Sun")
    assert (tmp_path / "why.svg").stat().st_size > 10_000


def test_what_was_not_served_is_not_explained(sun):
    import dataclasses

    with pytest.raises(ModelError, match="nothing to explain"):
        explain_prediction(dataclasses.replace(sun, comparison=None))
    with pytest.raises(WriteError, match="cannot be written"):
        check_why_path(__import__("pathlib").Path("why.doc"))
