"""Where networks run: what is asked for, what is there, and that a GPU says the same to 1e-3."""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.core.errors import SettingsError
from spectragui.core.model_folder import find_model
from spectragui.inference.prediction import PredictOptions
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum

torch = pytest.importorskip("torch")

from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402 - after torch
from spectragui.networks.device import NO_GPU, Device, choose_device  # noqa: E402
from spectragui.networks.parameter_network import (  # noqa: E402
    NetworkInput,
    apply_members,
    apply_network,
    load_network,
)

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
SUN = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 4.0}


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    choose_device.cache_clear()
    yield
    choose_device.cache_clear()


def star():
    return simulate_spectrum(load_emulator("optical-emulator"), SUN, Observing(50_000.0, snr=80.0, seed=2))


def test_without_a_gpu_the_cpu_is_used_with_a_sentence_where_one_was_asked_for(no_gpu):
    assert choose_device("cuda") == Device("cpu", NO_GPU)
    assert choose_device("auto") == choose_device("cpu") == Device("cpu")
    with pytest.raises(SettingsError, match="no device 'abacus'"):
        choose_device("abacus")


def test_a_gpu_is_used_where_there_is_one_unless_the_cpu_is_asked_for(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == Device("cuda")
    assert choose_device("cpu") == Device("cpu")


def test_a_prediction_says_that_it_ran_on_the_cpu(no_gpu):
    options = PredictOptions(refine=False)
    asked = predict_spectrum(star(), dataclasses.replace(options, device="cuda"))
    assert NO_GPU in asked.notes
    plain = predict_spectrum(star(), dataclasses.replace(options, device="cpu"))
    assert NO_GPU not in plain.notes
    assert dict(asked.network.values) == dict(plain.network.values)


@pytest.mark.parametrize("command", ["predict", "evaluate", "train", "generate"])
def test_commands_take_a_device(command):
    module = importlib.import_module(f"spectragui.cli.{command}")
    result = CliRunner().invoke(getattr(module, command), ["--help"])
    assert "--device" in result.output and "cuda" in result.output


def test_preferences_have_the_device():
    from spectragui.core.parameters import parameter_infos
    from spectragui.gui.session.settings import Settings

    assert parameter_infos(Settings)["device"].choices == ("auto", "cpu", "cuda")
    assert Settings().device == PredictOptions().device == "auto"


@needs_gpu
def test_networks_say_the_same_on_both_devices_to_a_thousandth():
    folder = find_model("optical-parameters")
    networks = [load_network(folder, device) for device in ("cpu", "cuda")]
    rng = np.random.default_rng(1)
    n_pixels = networks[0].grid.n_pixels
    flux = rng.normal(0.0, 0.1, (64, n_pixels)).astype(np.float32)
    conditions = rng.normal(0.0, 0.5, (64, 4)).astype(np.float32)
    inputs = NetworkInput(flux, np.ones_like(flux), conditions)
    (cpu, cpu_sigma), (gpu, gpu_sigma) = (apply_members(network, inputs) for network in networks)
    assert np.abs(cpu - gpu).max() < 1e-3 and np.abs(np.log(cpu_sigma / gpu_sigma)).max() < 1e-3
    (cpu, cpu_sigma), (gpu, gpu_sigma) = (apply_network(network, inputs) for network in networks)
    assert np.allclose(cpu, gpu, rtol=1e-3, atol=1e-3) and np.allclose(cpu_sigma, gpu_sigma, rtol=2e-3)


@needs_gpu
def test_predictions_are_the_same_on_both_devices_to_a_thousandth():
    options = PredictOptions()
    chosen = [dataclasses.replace(options, device=device) for device in ("cpu", "cuda")]
    rows = [predict_spectrum(star(), one).row for one in chosen]
    for name in ("teff", "vsini", "vmic", "logg", "teff_fit", "logg_fit"):
        assert rows[1][name] == pytest.approx(rows[0][name], rel=1e-3, abs=1e-3)
    for name in ("m_h", "alpha_m", "m_h_fit"):
        assert rows[1][name] == pytest.approx(rows[0][name], abs=1e-3)


@needs_gpu
def test_training_runs_on_the_gpu_too(tmp_path):
    from spectragui.networks.architectures import NetworkShape, build_network
    from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
    from spectragui.networks.input_grid import InputGrid
    from spectragui.training.config import TrainingConfig
    from spectragui.training.loop import fit
    from spectragui.training.parameters.datasets import Batch

    grid = InputGrid(4800.0, 4.8, 512, mean_width_kms=600.0)

    class Spectra:
        def draw(self, n, generator):
            flux = torch.randn(n, 512, generator=generator)
            labels = 5000.0 + 300.0 * flux.mean(1, keepdim=True).numpy().astype(float)
            return Batch(flux, torch.ones_like(flux), torch.zeros(n, N_CONDITIONS), labels)

    results = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(3)
        options = {"chunk_pixels": 64, "n_features": 4, "hidden": [16]}
        network = build_network("chunk_mlp", NetworkShape(grid, N_CONDITIONS, 1), options)
        config = TrainingConfig(steps=10, batch=16, validation_spectra=16, device=device)
        trained = fit(network, Spectra(), LabelScaling(("teff",), (8.5,), (0.1,)), config)
        results.append(torch.cat([value.flatten() for value in trained.state_dict().values()]))
    assert float((results[0] - results[1]).abs().max()) < 1e-3
