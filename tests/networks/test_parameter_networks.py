"""Grid, scaling, architectures and the model file of parameter networks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ModelError, SpectraGUIError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.model_folder import ModelCard, describe_weights, write_card
from spectragui.networks.conditions import (
    N_CONDITIONS,
    LabelScaling,
    decode_conditions,
    encode_conditions,
)
from spectragui.networks.error_calibration import ErrorCalibration
from spectragui.networks.input_grid import InputGrid

torch = pytest.importorskip("torch")

from spectragui.networks.architectures import NetworkShape, build_network  # noqa: E402
from spectragui.networks.parameter_network import (  # noqa: E402 - after torch
    NetworkInput,
    ParameterNetwork,
    apply_network,
    load_network,
    save_network,
    uncalibrated,
)

GRID = InputGrid(start_aa=4800.0, step_kms=4.8, n_pixels=1024, mean_width_kms=600.0)
OPTIONS = {"chunk_mlp": {"hidden": [32]}, "pca_mlp": {"hidden": [32, 16]}, "starnet": {"hidden": [16, 8]}}


def random_flux(n_spectra: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    flux = rng.uniform(0.5, 1.0, (n_spectra, GRID.n_pixels)).astype(np.float32)
    used = (rng.uniform(size=flux.shape) < 0.9).astype(np.float32)
    used[:, 300:420] = 0
    return flux, used


def make_network(name: str = "chunk_mlp", n_members: int = 2) -> ParameterNetwork:
    torch.manual_seed(0)
    labels = np.random.default_rng(0).uniform(
        [4000, 1, -2, -0.1, 0, 0], [7000, 5, 0.5, 0.5, 100, 4], (100, 6)
    )
    scaling = LabelScaling.of(PARAMETER_LABELS, labels)
    shape = NetworkShape(GRID, N_CONDITIONS, 6)
    members = [build_network(name, shape, OPTIONS[name]).eval() for _ in range(n_members)]
    return uncalibrated(name, OPTIONS[name], GRID, scaling, members)


def make_inputs() -> NetworkInput:
    flux, used = random_flux()
    conditions = encode_conditions(
        np.array([1e3, 2e4, 5e4, 1e5]), np.array([True, True, False, True]), np.full(4, 50.0), np.zeros(4)
    )
    return NetworkInput(GRID.normalise(flux, used), used, conditions)


def save_with_card(network: ParameterNetwork, folder: Path) -> None:
    save_network(network, folder)
    checksums, shapes = describe_weights(folder)
    write_card(ModelCard(folder.name, "1", "parameters", sha256=checksums, tensors=shapes), folder)


def test_numpy_and_torch_normalise_alike() -> None:
    flux, used = random_flux()
    in_torch = GRID.normalise(torch.from_numpy(flux), torch.from_numpy(used)).numpy()
    assert np.abs(GRID.normalise(flux, used) - in_torch).max() < 1e-5


def test_normalisation_ignores_scale_and_slow_slope() -> None:
    flux, used = random_flux()
    reference = GRID.normalise(flux, used)
    assert np.allclose(GRID.normalise(flux * 37.0, used), reference, atol=1e-5)
    slope = np.linspace(0.9, 1.1, GRID.n_pixels, dtype=np.float32)
    inner = slice(150, -150)
    assert np.abs(GRID.normalise(flux * slope, used) - reference)[:, inner].max() < 0.03
    assert (reference[:, 300:420] == 0).all()


def test_masked_pixels_do_not_leak() -> None:
    flux, used = random_flux()
    spoiled = np.where(used > 0, flux, 1e6).astype(np.float32)
    assert np.allclose(GRID.normalise(spoiled, used), GRID.normalise(flux, used), atol=1e-6)


def test_grid_inside_a_window() -> None:
    fine = 4439.0 * np.exp(np.arange(49000) * 1.2 / 299792.458)
    grid, first = InputGrid.inside(fine, 4, 4450.0, 5300.0, mean_width_kms=1000.0)
    assert grid.n_pixels % 128 == 0
    assert np.allclose(grid.wavelength_aa, fine[::4][first : first + grid.n_pixels], rtol=1e-12)
    assert grid.wavelength_aa[0] >= 4450.0 and grid.wavelength_aa[-1] <= 5300.0


def test_scaling_round_trip_and_errors() -> None:
    labels = np.array([[5772.0, 4.44, 0.0, 0.0, 2.0, 1.0], [4300.0, 1.7, -0.5, 0.3, 80.0, 1.6]])
    scaling = LabelScaling.of(PARAMETER_LABELS, labels)
    scaled = scaling.to_scaled(labels)
    back, errors = scaling.to_labels(scaled, np.full((2, 6), 0.01))
    assert np.allclose(back, labels, rtol=1e-5, atol=1e-5)
    # An error is what a small step in the scaled label makes of the label itself.
    stepped, _ = scaling.to_labels(scaled + 0.01, np.ones((2, 6)))
    assert np.allclose(stepped - back, errors, rtol=0.05)


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_architecture_gives_labels_and_positive_errors(name: str) -> None:
    network = make_network(name)
    means, sigmas = apply_network(network, make_inputs())
    assert means.shape == sigmas.shape == (4, 6)
    assert np.isfinite(means).all() and (sigmas > 0).all()


def test_chunk_without_light_does_not_count() -> None:
    inputs = make_inputs()
    used = inputs.is_used.copy()
    used[:, :128] = 0
    flux = inputs.flux.copy()
    flux[:, :128] = 0
    spoiled = flux.copy()
    network = make_network()
    reference = apply_network(network, NetworkInput(flux, used, inputs.conditions))[0]
    assert np.allclose(apply_network(network, NetworkInput(spoiled, used, inputs.conditions))[0], reference)
    assert not np.allclose(apply_network(network, inputs)[0], reference)


def test_error_factors_follow_snr_and_resolving_power() -> None:
    network = make_network()
    inputs = make_inputs()
    plain = apply_network(network, inputs)[1]
    factors = np.ones((1, 2, 1, 2, 6))
    factors[..., 1, :] = 3.0
    one = np.zeros(1)
    calibration = ErrorCalibration(one, np.array([3.0, 5.0]), one, np.array([1.0, 2.0]), factors)
    scaled = dataclasses.replace(network, calibration=calibration)
    _, snr = decode_conditions(inputs.conditions)
    expected = 1.0 + 2.0 * np.clip(np.log10(snr) - 1.0, 0.0, 1.0)
    assert np.allclose(apply_network(scaled, inputs)[1], expected[:, None] * plain)


def test_errors_where_no_resolving_power_is_told_depend_on_rotation() -> None:
    one, rotation = np.zeros(1), np.array([0.0, 10.0, 100.0])
    factors = np.ones((1, 1, 3, 1, 2))
    untold = np.array([[2.0, 1.0], [4.0, 1.0], [5.0, 3.0]])
    calibration = ErrorCalibration(one, one, rotation, one, factors, untold=untold)
    again = ErrorCalibration.from_tensors(calibration.to_tensors(), 2)
    between = 10.0 * np.sinh(0.5 * np.arcsinh(1.0))  # half way in asinh(v / 10)
    vsini = np.array([0.0, between, 10.0, 300.0])
    snr, power = np.full(4, 30.0), np.full(4, 50_000.0)
    hidden, told = (encode_conditions(power, np.full(4, known), snr, np.zeros(4)) for known in (False, True))
    assert np.allclose(again.factors_at(hidden, vsini), [[2.0, 1.0], [3.0, 1.0], [4.0, 1.0], [5.0, 3.0]])
    assert np.allclose(again.factors_at(told, vsini), 1.0)
    earlier = dataclasses.replace(calibration, untold=np.array([7.0, 1.0]))  # one factor a label
    kept = ErrorCalibration.from_tensors(earlier.to_tensors(), 2)
    assert np.allclose(kept.factors_at(hidden, vsini), [[7.0, 1.0]] * 4)
    with pytest.raises(ModelError, match="hidden resolving powers"):
        wrong = dataclasses.replace(calibration, untold=np.ones((2, 2)))
        ErrorCalibration.from_tensors(wrong.to_tensors(), 2)


def test_conditions_can_be_decoded() -> None:
    known = np.ones(3, dtype=bool)
    power, snr = np.array([1500.0, 20000.0, 1e5]), np.array([10.0, 50.0, 200.0])
    pixel = 299792.458 / power / 2.5
    decoded = decode_conditions(encode_conditions(power, known, snr / np.sqrt(pixel), np.zeros(3)))
    assert np.allclose(decoded[0], power, rtol=1e-4) and np.allclose(decoded[1], snr, rtol=1e-4)


def test_model_file_round_trip(tmp_path: Path) -> None:
    network = make_network()
    save_with_card(network, tmp_path / "mine")
    again = load_network(tmp_path / "mine")
    inputs = make_inputs()
    assert again.grid == network.grid and again.scaling == network.scaling
    first, second = apply_network(network, inputs), apply_network(again, inputs)
    assert np.abs((second[0] - first[0]) / first[1]).max() < 0.02  # half precision
    assert load_network(tmp_path / "mine") is again


def test_damaged_models_are_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        load_network(tmp_path / "nothing")
    save_with_card(make_network(), tmp_path / "cut")
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(ModelError):
        load_network(tmp_path / "cut")


def test_unknown_network_and_option_are_said() -> None:
    shape = NetworkShape(GRID, N_CONDITIONS, 6)
    with pytest.raises(SpectraGUIError, match="no network"):
        build_network("resnet", shape, {})
    with pytest.raises(SpectraGUIError, match="options"):
        build_network("chunk_mlp", shape, {"depth": 3})


def test_pca_finds_the_components(tmp_path: Path) -> None:
    network = build_network(
        "pca_mlp", NetworkShape(GRID, N_CONDITIONS, 6), {"n_components": 3, "hidden": [8]}
    )
    torch.manual_seed(0)
    basis = torch.randn(3, GRID.n_pixels)
    flux = torch.randn(200, 3) @ basis
    network.fit_components(flux)
    rebuilt = (flux - network.mean) @ network.components @ network.components.T + network.mean
    assert torch.allclose(rebuilt, flux, atol=1e-2)


def test_chunks_forget_what_no_spectrum_looks_like() -> None:
    network = build_network("chunk_mlp", NetworkShape(GRID, N_CONDITIONS, 6), {"hidden": [16]})
    torch.manual_seed(0)
    flux = torch.randn(300, 5) @ torch.randn(5, GRID.n_pixels)
    used, conditions = torch.ones(300, GRID.n_pixels), torch.zeros(300, N_CONDITIONS)
    network.requires_grad_(False)
    before = network(flux, used, conditions)
    noise = torch.randn(300, GRID.n_pixels)
    noise_before = (network(flux + noise, used, conditions) - before).square().mean()
    network.fit_components(flux, n_components=5)
    after = network(flux, used, conditions)
    assert torch.allclose(after, before, atol=0.05 * float(before.std()))
    assert (network(flux + noise, used, conditions) - after).square().mean() < noise_before


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": "big"}, {"hidden": [1.5]}, {"hidden": [-1]}, {"hidden": [True]}, {"hidden": 5},
        {"hidden": [[1]]}, {"hidden": [10**9]}, {"hidden": [10**6, 10**6]}, {"chunk_pixels": "x"},
        {"chunk_pixels": 0}, {"n_features": "a"}, {"n_features": -4}, {"n_features": 2.5}, {"nope": 1},
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_a_sentence_and_take_no_memory(options):
    shape = NetworkShape(InputGrid(4460.0, 4.8, 6016, 1600.0), 4, 6)
    with pytest.raises(SpectraGUIError) as error:
        build_network("chunk_mlp", shape, options)
    assert "network" in str(error.value)
