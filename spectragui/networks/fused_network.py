"""`FusedNetwork`: one network for two arms of a star, with grids, scales, calibration; read and applied."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError, SpectraGUIError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.model_folder import read_card, read_weights
from spectragui.networks.architectures import NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling, decode_conditions
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import NativePixels

if TYPE_CHECKING:
    import torch

KIND = "fused"
ARCHITECTURE = "chunk_pool"
#: What is there: the first arm alone, the second alone, both.
N_CASES = 3
_AGAIN = "Reinstall SpectraGUI, or copy the model folder again."
_GRID_FIELDS = tuple(field.name for field in dataclasses.fields(InputGrid))
_LOG_SIGMA_LIMITS = (-7.0, 3.0)
_LARGEST_FACTOR = 10.0


@dataclasses.dataclass(frozen=True)
class ArmInput:
    """What a network is given of one arm: its pixels as they are, and what is known of it.

    Attributes
    ----------
    pixels : NativePixels
        Edges in steps of the arm's own grid.
    conditions : ndarray, shape (4,)
        See `spectragui.networks.conditions.encode_conditions`.
    """

    pixels: NativePixels
    conditions: NDArray[np.float32]


@dataclasses.dataclass(frozen=True, eq=False)
class FusedNetwork:
    """Labels of a star from two arms, or from one of them.

    Attributes
    ----------
    arms : tuple of str
        Names of the models whose windows, templates and emulators the arms are made ready with.
    grids : tuple of InputGrid
        Of the arms; their pixels follow one another in the network.
    options : mapping
        Of the architecture.
    scaling : LabelScaling
    member : torch.nn.Module
    log_snr : ndarray, shape (n_snr,)
        log10 of the S/N at which errors were calibrated.
    factors : ndarray, shape (3, n_snr, n_labels)
        By what errors are multiplied: first arm, second arm, both.
    """

    arms: tuple[str, ...]
    grids: tuple[InputGrid, ...]
    options: Mapping[str, Any]
    scaling: LabelScaling
    member: torch.nn.Module
    log_snr: NDArray[np.float64]
    factors: NDArray[np.float64]

    @property
    def label_names(self) -> tuple[str, ...]:
        """Labels in the order of the output."""
        return self.scaling.names

    @property
    def n_pixels(self) -> int:
        """Pixels of all arms."""
        return sum(grid.n_pixels for grid in self.grids)

    def to_table(self) -> dict[str, Any]:
        """Return the table ``network`` of a card."""
        return {
            "architecture": ARCHITECTURE,
            "centre": list(self.scaling.centre),
            "scale": list(self.scaling.scale),
            "options": {
                key: list(value) if isinstance(value, (list, tuple)) else value
                for key, value in self.options.items()
            },
            "arms": [
                {"model": name, **dataclasses.asdict(grid)}
                for name, grid in zip(self.arms, self.grids, strict=True)
            ],
        }


def shape_of(grids: Sequence[InputGrid], n_labels: int) -> NetworkShape:
    """Return the shape of a network whose pixels are those of several grids, one after the other."""
    whole = dataclasses.replace(grids[0], n_pixels=sum(grid.n_pixels for grid in grids), bin_pixels=1)
    return NetworkShape(whole, N_CONDITIONS * len(grids), n_labels)


def apply_fused(
    network: FusedNetwork, arms: Sequence[ArmInput | None], device: str = "cpu"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return labels and their 1-sigma errors of one star.

    Parameters
    ----------
    network : FusedNetwork
    arms : sequence of ArmInput or None
        In the network's order; None = this arm was not observed.
    device : str

    Returns
    -------
    labels, errors : ndarray, shape (n_labels,)

    Raises
    ------
    ModelError
        If no arm is given, or the network gives no finite labels.
    """
    import torch

    if all(arm is None for arm in arms):
        raise ModelError("Neither arm of the star can be used.")
    columns: list[list[NDArray[Any]]] = [[], [], [], []]
    conditions, start = [], 0
    for arm, grid in zip(arms, network.grids, strict=True):
        conditions.append(np.zeros(N_CONDITIONS, np.float32) if arm is None else arm.conditions)
        if arm is not None:
            one = arm.pixels
            for column, values in zip(columns, (one.values, one.left, one.right, one.share), strict=True):
                column.append(values)
            columns[1][-1] = one.left + np.float32(start)
            columns[2][-1] = one.right + np.float32(start)
        start += grid.n_pixels
    arrays = [*(np.concatenate(column) for column in columns), np.concatenate(conditions)]
    tensors = [torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).to(device) for array in arrays]
    with torch.inference_mode():
        output = network.member.to(device).forward_pixels(*tensors).double().cpu().numpy()  # type: ignore[operator]
    case = N_CASES - 1 if None not in arms else int(arms[0] is None)
    told = np.stack([arm.conditions for arm in arms if arm is not None])
    labels, errors = scaled_back(network, output, np.array([case]), decode_conditions(told)[1].max()[None])
    if not (np.isfinite(labels).all() and np.isfinite(errors).all()):
        raise ModelError("The network gives no finite labels: its weights are not sound.", _AGAIN)
    return labels[0], errors[0]


def scaled_back(
    network: FusedNetwork, output: NDArray[np.float64], case: NDArray[np.int64], snr: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return labels and calibrated errors, shape (n, n_labels), of a network's output (n, 2 n_labels).

    ``case`` (n,) says which arms there are, ``snr`` (n,) the S/N per pixel of the better one.
    """
    n_labels = len(network.label_names)
    sigmas = np.exp(np.clip(output[:, n_labels:], *_LOG_SIGMA_LIMITS))
    labels, errors = network.scaling.to_labels(output[:, :n_labels], sigmas)
    factors = np.stack(
        [
            [np.interp(np.log10(one), network.log_snr, column) for column in network.factors[which].T]
            for which, one in zip(case, snr, strict=True)
        ]
    )
    return labels, errors * factors


@kept_while_unchanged(2)
def load_fused(folder: Path) -> FusedNetwork:
    """Return the fused network of a model folder, read once per process; raises as `read_fused`."""
    return read_fused(folder)


def read_fused(folder: Path) -> FusedNetwork:
    """Read a fused network from its model folder.

    Raises
    ------
    ModelError
        If the card or the weights are missing, damaged, or of another kind of model.
    """
    import torch

    card = read_card(folder)
    if card.kind != KIND:
        raise ModelError(f"The model {card.name} takes one arm only.", "Choose a model of the kind fused.")
    tensors = read_weights(folder, card)
    try:
        table = card.network
        arms = [dict(arm) for arm in table["arms"]]
        names = tuple(str(arm.pop("model")) for arm in arms)
        grids = tuple(InputGrid(**{key: arm[key] for key in _GRID_FIELDS}) for arm in arms)
        options = dict(table["options"])
        scaling = LabelScaling(
            card.label_names, tuple(map(float, table["centre"])), tuple(map(float, table["scale"]))
        )
        state = {key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in tensors.items()}
        factors, log_snr = (state.pop(f"calibration.{key}").numpy() for key in ("factors", "log_snr"))
        with torch.device("meta"):
            member = build_network(ARCHITECTURE, shape_of(grids, len(card.labels)), options)
        described = {key: tuple(value.shape) for key, value in member.state_dict().items()}
        if described != {key: tuple(value.shape) for key, value in state.items()}:
            raise ValueError("its weights are of another shape")
        member = build_network(ARCHITECTURE, shape_of(grids, len(card.labels)), options)
        member.load_state_dict(state)
        sound = factors.shape == (N_CASES, len(log_snr), len(card.labels)) and len(names) == 2
        if not sound or not ((factors > 0) & (factors <= _LARGEST_FACTOR)).all():
            raise ValueError("its calibration is not sound")
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, SpectraGUIError) as error:
        raise ModelError(f"The fused model {card.name} is not sound.", _AGAIN) from error
    return FusedNetwork(
        names,
        grids,
        options,
        scaling,
        member.requires_grad_(False).eval(),
        log_snr.astype(float),
        factors.astype(float),
    )
