"""Architectures by name: `@register_network("name")` on a class that `build_network` can make."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import TYPE_CHECKING, Any

from spectragui.core.card_formats import MOST_WEIGHTS
from spectragui.core.errors import TrainingError
from spectragui.core.registry import Registry
from spectragui.networks.input_grid import InputGrid

if TYPE_CHECKING:
    import torch

# Architectures import torch, so each module is imported when its network is first asked for.
_MODULES = ("chunk_mlp", "chunk_pool", "pca_mlp", "starnet", "vgg")
ONE_A_LABEL = "one_a_label"
#: Those that take pixels of any width and number as they are, with `forward_pixels`.
OF_PIXELS = ("chunk_pool",)
NETWORKS: Registry[Any] = Registry("network")
register_network = NETWORKS.register


@dataclasses.dataclass(frozen=True)
class NetworkShape:
    """What every parameter network is built for.

    Attributes
    ----------
    grid : InputGrid
        Pixels of the input.
    n_conditions : int
        Numbers known besides the flux (`encode_conditions`).
    n_labels : int
        Labels; the output has twice as many columns, means and log sigmas.
    """

    grid: InputGrid
    n_conditions: int
    n_labels: int


def build_network(name: str, shape: NetworkShape, options: dict[str, Any]) -> torch.nn.Module:
    """Return a new network of a registered architecture.

    Parameters
    ----------
    name : str
        Registered name ("chunk_mlp").
    shape : NetworkShape
    options : dict
        The architecture's own settings; besides, of every one, ``one_a_label = 1``: a network for
        each label.

    Returns
    -------
    torch.nn.Module
        ``forward(flux (n, n_pixels), is_used (n, n_pixels), conditions (n, n_conditions), sigma)`` gives
        (n, 2 n_labels): means and log sigmas of the scaled labels. ``sigma`` (n, n_pixels), 1 sigma of the
        flux per sqrt(km/s), may be left out where the network does not use it.

    Raises
    ------
    SpectraGUIError
        If there is no such network, or it does not know an option.
    """
    if options.get(ONE_A_LABEL):
        from spectragui.networks.one_a_label import OneALabel

        single = dataclasses.replace(shape, n_labels=1)
        own = {key: value for key, value in options.items() if key != ONE_A_LABEL}
        return OneALabel([build_network(name, single, own) for _ in range(shape.n_labels)])
    for module in _MODULES:
        importlib.import_module(f"spectragui.networks.{module}")
    architecture = NETWORKS.get(name)
    options = {key: value for key, value in options.items() if key != ONE_A_LABEL}
    check_options(name, architecture, options, n_sizes=1)
    import torch

    from spectragui.networks.without_memory import without_memory

    try:
        with without_memory():
            planned: torch.nn.Module = architecture(shape, **options)
        n_weights = sum(parameter.numel() for parameter in planned.parameters())
        if n_weights > MOST_WEIGHTS:
            raise TrainingError(
                f"The network {name!r} would have {n_weights:,} weights; {MOST_WEIGHTS:,} are allowed.",
                "Make it smaller in the table [network.options].",
            )
        is_planned_only = torch.empty(0).device.type == "meta"
        network: torch.nn.Module = planned if is_planned_only else architecture(shape, **options)
    except (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError) as error:
        raise TrainingError(
            f"The network {name!r} cannot be built with these options.",
            "Compare the table [network.options] with the arguments in the network's file.",
        ) from error
    return network


def check_options(name: str, architecture: Any, options: dict[str, Any], n_sizes: int) -> None:
    """Raise where an architecture does not know an option.

    Parameters
    ----------
    name : str
    architecture : type
    options : dict
    n_sizes : int
        Arguments before its options.

    Raises
    ------
    TrainingError
        With the first one, and the options that there are.
    """
    known = list(inspect.signature(architecture).parameters)[n_sizes:]
    unknown = [option for option in options if option not in known]
    if unknown:
        raise TrainingError(
            f"The network {name!r} has no option {str(unknown[0])[:60]!r}.",
            f"Its options: {', '.join(known)}.",
        )
