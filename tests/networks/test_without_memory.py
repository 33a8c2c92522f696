"""Networks that are planned take no memory, and do not make torch load its compiler."""

import sys

import torch

from spectragui.networks.architectures import NetworkShape
from spectragui.networks.chunk_mlp import ChunkMLP
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.without_memory import without_memory


def test_a_planned_network_has_shapes_only_and_draws_no_number():
    had_compiler, state = "torch._dynamo" in sys.modules, torch.random.get_rng_state()
    with without_memory():
        network = ChunkMLP(NetworkShape(InputGrid(4500.0, 3.0, 256, 900.0), 4, 5))
        torch.nn.init.kaiming_normal_(torch.empty(10**6, 10**6))
    assert {parameter.device.type for parameter in network.parameters()} == {"meta"}
    assert network.embedding.shape == (2, 128, 24)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert ("torch._dynamo" in sys.modules) == had_compiler
