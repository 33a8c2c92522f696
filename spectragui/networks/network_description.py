"""`NetworkDescription`: how a parameter network is built, as its card says it, checked before it is built."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import ModelError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.model_card import ModelCard
from spectragui.networks.conditions import LabelScaling
from spectragui.networks.input_grid import InputGrid

MOST_MEMBERS = 64
_MOST_OPTIONS = 16
_LARGEST_OPTION = 1_000_000
_MOST_BINS = 20_000  # the running mean's matrix has this number squared


@dataclasses.dataclass(frozen=True)
class NetworkDescription:
    """What turns the tensors of a model into networks.

    Attributes
    ----------
    architecture : str
        Registered name.
    options : mapping
        The architecture's settings: numbers, and lists of numbers.
    grid : InputGrid
    scaling : LabelScaling
    n_members : int
        Networks of the ensemble.
    """

    architecture: str
    options: Mapping[str, Any]
    grid: InputGrid
    scaling: LabelScaling
    n_members: int

    def to_table(self) -> dict[str, Any]:
        """Return the table ``network`` of a card; the rest stands in its labels and wavelengths."""
        return {
            "architecture": self.architecture,
            "n_members": self.n_members,
            "mean_width_kms": self.grid.mean_width_kms,
            "bin_pixels": self.grid.bin_pixels,
            "centre": list(self.scaling.centre),
            "scale": list(self.scaling.scale),
            "options": {key: _listed(value) for key, value in self.options.items()},
        }


def described(card: ModelCard, metadata: Mapping[str, str]) -> NetworkDescription:
    """Return how the network of a card is built.

    Parameters
    ----------
    card : ModelCard
    metadata : mapping
        Of the file of weights: what cards of earlier versions left to it. A card that says it itself
        is believed, but for the names of labels, where the file has them too.

    Raises
    ------
    ModelError
        If something is missing, cannot be, or is not what the rest of the card says.
    """
    try:
        found = _from_card(card) if card.network else _from_metadata(metadata)
        _check_names(card, metadata)
        _check(found)
        _check_with_card(found, card)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        said = str(error) if type(error) is ValueError else "an entry is missing or of another type"
        raise ModelError(
            f"The description of the network in the model {card.name} is wrong: {said}.",
            "Ask whoever made the model for a sound copy.",
        ) from error
    return found


def _from_card(card: ModelCard) -> NetworkDescription:
    table, wavelength = card.network, card.wavelength
    if wavelength is None:
        raise ValueError("the card has no wavelengths")
    grid = InputGrid(
        wavelength.start_aa,
        wavelength.dv_kms,
        wavelength.n_pixels,
        float(table["mean_width_kms"]),
        _whole(table["bin_pixels"], "bin_pixels"),
    )
    centre, scale = (tuple(float(value) for value in table[name]) for name in ("centre", "scale"))
    scaling = LabelScaling(card.label_names, centre, scale)
    options = dict(table.get("options", {}))
    return NetworkDescription(
        str(table["architecture"]), options, grid, scaling, _whole(table["n_members"], "n_members")
    )


def _from_metadata(metadata: Mapping[str, str]) -> NetworkDescription:
    if sum(map(len, metadata.values())) > 1_000_000:
        raise ValueError("it is too long")
    values = json.loads(metadata["grid"])
    grid = InputGrid(
        float(values["start_aa"]),
        float(values["step_kms"]),
        _whole(values["n_pixels"], "n_pixels"),
        float(values["mean_width_kms"]),
        _whole(values.get("bin_pixels", 16), "bin_pixels"),
    )
    scales = json.loads(metadata["scaling"])
    centre, scale = (tuple(float(value) for value in scales[name]) for name in ("centre", "scale"))
    scaling = LabelScaling(tuple(str(name) for name in scales["names"]), centre, scale)
    options = dict(json.loads(metadata["options"]))
    return NetworkDescription(
        metadata["architecture"], options, grid, scaling, int(metadata["n_members"][:9])
    )


def _check_names(card: ModelCard, metadata: Mapping[str, str]) -> None:
    text = metadata.get("scaling", "")
    names = json.loads(text)["names"] if 0 < len(text) < 100_000 else None
    if names is not None and card.labels and tuple(map(str, names)) != card.label_names:
        raise ValueError(f"it gives {', '.join(map(str, names))}")


def _check(found: NetworkDescription) -> None:
    if not 1 <= found.n_members <= MOST_MEMBERS:
        raise ValueError(f"it has {found.n_members} members; 1 to {MOST_MEMBERS} are possible")
    scaling, n_labels = found.scaling, len(found.scaling.names)
    if not set(scaling.names) <= set(PARAMETER_LABELS) or len(set(scaling.names)) < n_labels:
        raise ValueError("its labels are not labels of stars")
    if not n_labels:
        raise ValueError("it has no labels")
    if len(scaling.centre) != n_labels or len(scaling.scale) != n_labels:
        raise ValueError("the scaling has not one number for each label")
    centre, scale = np.array(scaling.centre), np.array(scaling.scale)
    if not (np.isfinite(centre).all() and np.isfinite(scale).all() and np.abs(centre).max() < 1e3):
        raise ValueError("the scaling is not finite")
    if not ((scale > 1e-6) & (scale < 1e3)).all():
        raise ValueError("the scaling is not possible")
    _check_grid(found.grid)
    _check_options(found.options)


def _check_grid(grid: InputGrid) -> None:
    numbers = (grid.start_aa, grid.step_kms, grid.mean_width_kms)
    if not all(math.isfinite(value) and value > 0 for value in numbers) or grid.step_kms > 1e4:
        raise ValueError("the grid is not possible")
    if not 2 <= grid.n_pixels <= 2_000_000 or not 1 <= grid.bin_pixels <= grid.n_pixels:
        raise ValueError("the number of pixels is not possible")
    if grid.n_pixels // grid.bin_pixels > _MOST_BINS:
        raise ValueError("the running mean has too many bins")


def _check_options(options: Mapping[str, Any]) -> None:
    if len(options) > _MOST_OPTIONS:
        raise ValueError("it has too many options")
    for name, value in options.items():
        numbers = value if isinstance(value, (list, tuple)) else [value]
        if len(numbers) > _MOST_OPTIONS:
            raise ValueError(f"the option {str(name)[:40]!r} is too long")
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _LARGEST_OPTION:
                raise ValueError(
                    f"the option {str(name)[:40]!r} is not whole numbers, 0 to {_LARGEST_OPTION:,}"
                )


def _check_with_card(found: NetworkDescription, card: ModelCard) -> None:
    if card.labels and card.label_names != found.scaling.names:
        raise ValueError("its labels are not those of the card")
    grid, said = found.grid, card.wavelength
    if said is None:
        return
    same = grid.n_pixels == said.n_pixels and math.isclose(grid.start_aa, said.start_aa, rel_tol=1e-6)
    if not same or not math.isclose(grid.step_kms, said.dv_kms, rel_tol=1e-3):
        raise ValueError("its pixels are not those of the card")


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is no whole number")
    return value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value


def tensor_shapes(kind: str, *sizes: int, **options: Any) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors of a paper's network, without their memory.

    Parameters
    ----------
    kind : {"cvae", "hourglass"}
    sizes : int
        Pixels and labels of a CVAE; the widths of an hourglass.
    options : dict
        Of the CVAE.
    """
    import torch

    with torch.device("meta"):
        if kind == "cvae":
            from spectragui.networks.cvae import build_generator

            network = build_generator("cvae", *sizes, **options)
        else:
            from spectragui.networks.denoising_autoencoder import HourglassAutoencoder

            network = HourglassAutoencoder(sizes)
    return {name: tuple(value.shape) for name, value in network.named_parameters()}
