"""How many spectra a second StarNet is trained on: the thesis' network, batches of 64."""

import time

import pytest

torch = pytest.importorskip("torch")


def test_starnet_batch_64(report):
    from spectragui.networks.architectures import NetworkShape, build_network
    from spectragui.networks.input_grid import InputGrid
    from spectragui.training.config import TrainingConfig
    from spectragui.training.loop import _take_step, squared_loss, training_parts

    grid = InputGrid(4450.0, 7.2, 7214, 1600.0, 2)
    network = build_network("starnet", NetworkShape(grid, 4, 3), {"conditions": 0, "outputs": 1})
    config = TrainingConfig(optimizer="adam", loss="mse", learning_rate=7e-4, clip=0.0)
    parts = training_parts(network, config)
    flux, target = torch.randn(64, 7214), torch.randn(64, 3)
    used, told = torch.ones_like(flux), torch.zeros(64, 4)

    def step(number):
        _take_step(parts, squared_loss(network(flux, used, told), target), config, number)

    step(0)
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(1, 11):
        step(number)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    report("StarNet, 7214 pixels, batch 64: trained on", 640 / wall, "spectra/s", 500, 1000)
    report("the same, 2 cores without other work (by CPU time)", 2 * 640 / cpu, "spectra/s", 500, 1000)
