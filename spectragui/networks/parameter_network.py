"""`ParameterNetwork`: a trained ensemble with its grid, scales and calibration; read, apply, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import ModelError, SpectraGUIError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.model_folder import read_card, read_weights
from spectragui.core.weights_file import WEIGHTS_FILE, read_metadata
from spectragui.networks.architectures import OF_PIXELS, NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.error_calibration import ErrorCalibration, no_calibration
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.network_description import NetworkDescription, described

if TYPE_CHECKING:
    import torch

KIND = "parameters"
_LOG_SIGMA_LIMITS = (-7.0, 3.0)
_AGAIN = "Reinstall SpectraGUI, or copy the model folder again."


@dataclasses.dataclass(frozen=True)
class NativePixels:
    """The used pixels of one spectrum as they were observed, at rest.

    Attributes
    ----------
    values : ndarray, shape (n_pixels,), float32
        As `InputGrid.normalise_pixels` makes them.
    left, right : ndarray, shape (n_pixels,), float32
        Their edges in steps of the network's grid, 0 = where it begins.
    share : ndarray, shape (n_pixels,), float32
        What part of a place is theirs where orders overlap, by inverse variance.
    """

    values: NDArray[np.float32]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    share: NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class NetworkInput:
    """What an ensemble is given of some spectra.

    Attributes
    ----------
    flux : ndarray, shape (n_spectra, n_pixels), float32
        As `InputGrid.normalise` makes it; 0 where not used.
    is_used : ndarray, shape (n_spectra, n_pixels), float32
        1 = used, 0 = masked or not observed.
    conditions : ndarray, shape (n_spectra, 4), float32
        See `spectragui.networks.conditions.encode_conditions`.
    sigma : ndarray, shape (n_spectra, n_pixels), float32, or None
        1 sigma of the flux per sqrt(km/s), in units of the continuum; for networks of three channels.
    pixels : NativePixels or None
        Of one spectrum, for networks that take pixels as they are.
    """

    flux: NDArray[np.float32]
    is_used: NDArray[np.float32]
    conditions: NDArray[np.float32]
    sigma: NDArray[np.float32] | None = None
    pixels: NativePixels | None = dataclasses.field(default=None, kw_only=True)


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterNetwork:
    """An ensemble that gives stellar labels and their errors.

    Attributes
    ----------
    architecture : str
        Registered name.
    options : mapping
        The architecture's settings.
    grid : InputGrid
    scaling : LabelScaling
    members : tuple of torch.nn.Module
    calibration : ErrorCalibration
        Factors of the stated errors.
    device : str
        Where the members are, as torch calls it.
    """

    architecture: str
    options: Mapping[str, Any]
    grid: InputGrid
    scaling: LabelScaling
    members: tuple[torch.nn.Module, ...]
    calibration: ErrorCalibration
    device: str = "cpu"

    @property
    def label_names(self) -> tuple[str, ...]:
        """Labels in the order of the output."""
        return self.scaling.names

    @property
    def takes_pixels(self) -> bool:
        """Whether it takes pixels of any width and number as they are."""
        return self.architecture in OF_PIXELS

    @property
    def description(self) -> NetworkDescription:
        """How it is built, for its card."""
        return NetworkDescription(self.architecture, self.options, self.grid, self.scaling, len(self.members))


def uncalibrated(
    architecture: str,
    options: Mapping[str, Any],
    grid: InputGrid,
    scaling: LabelScaling,
    members: Sequence[torch.nn.Module],
) -> ParameterNetwork:
    """Return an ensemble whose errors are taken as the networks state them."""
    calibration = no_calibration(len(scaling.names))
    return ParameterNetwork(architecture, dict(options), grid, scaling, tuple(members), calibration)


def apply_network(
    network: ParameterNetwork, inputs: NetworkInput
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return labels and their 1-sigma errors.

    Parameters
    ----------
    network : ParameterNetwork
    inputs : NetworkInput

    Returns
    -------
    means, sigmas : ndarray, shape (n_spectra, n_labels)
        In the units of `spectragui.core.labels.LABELS`.

    Raises
    ------
    ModelError
        If they are not finite.

    Notes
    -----
    Members are averaged; their scatter is added in quadrature to the error that they state.
    """
    means, sigmas = apply_members(network, inputs)
    mean = means.mean(axis=0)
    variance = np.square(sigmas).mean(axis=0)
    if len(means) > 1:
        variance = variance + means.var(axis=0, ddof=1)
    with np.errstate(over="ignore"):
        labels, errors = network.scaling.to_labels(mean, np.sqrt(variance))
    if not (np.isfinite(labels).all() and np.isfinite(errors).all()):
        raise ModelError("The network gives no finite labels: its weights are not sound.", _AGAIN)
    names = network.label_names
    vsini = labels[:, names.index("vsini")] if "vsini" in names else np.zeros(len(labels))
    teff = labels[:, names.index("teff")] if "teff" in names else None
    coverage = inputs.is_used.mean(axis=1).astype(float)
    return labels, errors * network.calibration.factors_at(inputs.conditions, vsini, coverage, teff)


def apply_members(
    network: ParameterNetwork, inputs: NetworkInput
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each member's scaled means and sigmas, shape (n_members, n_spectra, n_labels)."""
    import torch

    if inputs.pixels is not None and network.takes_pixels:
        name, row = "forward_pixels", inputs.pixels
        arrays = [row.values, row.left, row.right, row.share, inputs.conditions[0]]
    else:
        name = "forward"
        whole = (inputs.flux, inputs.is_used, inputs.conditions, inputs.sigma)
        arrays = [array for array in whole if array is not None]
    tensors = [torch.from_numpy(np.ascontiguousarray(array)).to(network.device) for array in arrays]
    means, sigmas = [], []
    with torch.inference_mode():
        for member in network.members:
            mean, log_sigma = getattr(member, name)(*tensors).double().cpu().chunk(2, dim=1)
            means.append(mean.numpy())
            sigmas.append(log_sigma.clamp(*_LOG_SIGMA_LIMITS).exp().numpy())
    return np.stack(means), np.stack(sigmas)


def save_network(network: ParameterNetwork, folder: Path) -> Path:
    """Write the weights, in half precision, and all that is needed to use them, into one file.

    Parameters
    ----------
    network : ParameterNetwork
    folder : pathlib.Path
        Model folder; made if missing.

    Returns
    -------
    pathlib.Path
        The file.
    """
    import json

    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"member{number}.{key}": value.detach().cpu().half().numpy()
        for number, member in enumerate(network.members)
        for key, value in member.state_dict().items()
    }
    tensors |= network.calibration.to_tensors()
    metadata = {
        "kind": KIND,
        "architecture": network.architecture,
        "options": json.dumps(dict(network.options)),
        "grid": json.dumps(dataclasses.asdict(network.grid)),
        "scaling": json.dumps(dataclasses.asdict(network.scaling)),
        "n_members": str(len(network.members)),
    }
    path = folder / WEIGHTS_FILE
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata)
    return path


def load_network(folder: Path, device: str = "cpu") -> ParameterNetwork:
    """Return the ensemble of a model folder on a device, read once per process; raises as `read_network`."""
    return _load(Path(folder), device)


@kept_while_unchanged(4)
def _load(folder: Path, device: str) -> ParameterNetwork:
    network = read_network(folder)
    moved = tuple(member.to(device) for member in network.members)
    return dataclasses.replace(network, members=moved, device=device)


def read_network(folder: Path) -> ParameterNetwork:
    """Read an ensemble from its model folder, and try it out.

    Raises
    ------
    ModelError
        If the card or the weights are missing, damaged or not finite, or of another kind of model.
    """
    folder = Path(folder)
    card = read_card(folder)
    if card.kind != KIND:
        raise ModelError(f"The model {folder.name} does not give stellar parameters.", "Choose another one.")
    tensors = read_weights(folder, card)
    description = described(card, read_metadata(folder))
    network = _assembled(description, tensors, folder.name)
    _try_out(network, folder.name)
    return network


def _assembled(
    description: NetworkDescription, tensors: dict[str, NDArray[Any]], name: str
) -> ParameterNetwork:
    shape = NetworkShape(description.grid, N_CONDITIONS, len(description.scaling.names))
    members = tuple(
        _member(description, shape, tensors, number, name) for number in range(description.n_members)
    )
    calibration = ErrorCalibration.from_tensors(tensors, shape.n_labels)
    return ParameterNetwork(
        description.architecture,
        dict(description.options),
        description.grid,
        description.scaling,
        members,
        calibration,
    )


def _member(
    description: NetworkDescription,
    shape: NetworkShape,
    tensors: dict[str, NDArray[Any]],
    number: int,
    name: str,
) -> torch.nn.Module:
    import torch

    from spectragui.networks.without_memory import without_memory

    prefix = f"member{number}."
    own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    try:
        # First without memory: what is described may be larger than what the file holds.
        with without_memory():
            network = build_network(description.architecture, shape, dict(description.options))
        wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    except (SpectraGUIError, RuntimeError, ValueError, TypeError, ArithmeticError, IndexError) as error:
        said = error.message if isinstance(error, SpectraGUIError) else "its options are not possible"
        raise ModelError(
            f"The network of the model {name} cannot be built: {said.rstrip('.')}.", _AGAIN
        ) from error
    differing = sorted(
        key for key in {*wanted, *own} if wanted.get(key) != (own[key].shape if key in own else None)
    )
    if differing:
        raise ModelError(
            f"The weights of {name} do not fit its description: {prefix}{differing[0]} is of another shape, "
            "or there is none.",
            _AGAIN,
        )
    state = {key: torch.from_numpy(value.astype(np.float32)) for key, value in own.items()}
    network.load_state_dict(state, assign=True)
    return network.requires_grad_(False).eval()


def _try_out(network: ParameterNetwork, name: str) -> None:
    """Raise where a network gives no numbers for a spectrum without lines."""
    flux = np.zeros((1, network.grid.n_pixels), dtype=np.float32)
    conditions = np.zeros((1, N_CONDITIONS), dtype=np.float32)
    with np.errstate(all="ignore"):
        try:
            apply_network(network, NetworkInput(flux, np.ones_like(flux), conditions, np.ones_like(flux)))
        except (RuntimeError, ValueError, IndexError) as error:
            raise ModelError(f"The network of the model {name} cannot be applied.", _AGAIN) from error
