"""The networks of photometry: fluxes with errors and masks to probabilities over bins or classes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from spectragui.core.errors import ModelError

#: Columns of size and shape that a network may take, and whether by their logarithm.
MORPHOLOGY = {"area": True, "fwhm": True, "stell": False, "ell": False, "rk": True, "rf": True, "s2n": True}
SMALLEST_ERROR = 0.012  # mag: the calibration is not better, and no training row says less
_MOST_WIDTH, _MOST_DEPTH, _MOST_BINS, _MOST_BANDS = 4096, 16, 4096, 500
_FEATURES_A_BAND = 5


@dataclasses.dataclass(frozen=True)
class Output:
    """What a part of a network's output says.

    Attributes
    ----------
    name : str
        ``log1p_z``, ``log_mass``, ``m_abs_b``, ``p_star`` or ``spectral_type``.
    low, high : float
        Ends of the bins; of classes 0 and their number.
    n_bins : int
        Bins between them, or classes.
    """

    name: str
    low: float
    high: float
    n_bins: int

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middles of the bins, shape (n_bins,)."""
        edges = np.linspace(self.low, self.high, self.n_bins + 1)
        return (edges[1:] + edges[:-1]) / 2

    @property
    def width(self) -> float:
        """Width of a bin."""
        return (self.high - self.low) / self.n_bins


@dataclasses.dataclass(frozen=True)
class PhotometryShape:
    """How a network is built; it stands in the card's table ``network``.

    Attributes
    ----------
    task : {"redshift", "stellarity", "mass", "type"}
    band_set : str
    n_bands : int
    morphology : tuple of str
        Columns beside the fluxes, of `MORPHOLOGY`.
    outputs : tuple of Output
    width, depth : int
        Of the hidden layers.
    hidden : tuple of int
        Widths of plain layers in their place, as the thesis has them; empty = residual layers.
    activation : {"linear", "relu"}
        After each plain layer.
    """

    task: str
    band_set: str
    n_bands: int
    outputs: tuple[Output, ...]
    morphology: tuple[str, ...] = ()
    width: int = 256
    depth: int = 3
    hidden: tuple[int, ...] = ()
    activation: str = "linear"

    @property
    def n_features(self) -> int:
        """Numbers that the first layer takes."""
        return _FEATURES_A_BAND * self.n_bands + 1 + 2 * len(self.morphology)

    @property
    def n_outputs(self) -> int:
        """Numbers that the last layer gives."""
        return sum(output.n_bins for output in self.outputs)

    def to_table(self) -> dict[str, Any]:
        """Return the table ``network`` of a card."""
        table = dataclasses.asdict(self)
        outputs = {o.name: [o.low, o.high, o.n_bins] for o in self.outputs}
        return {**table, "morphology": list(self.morphology), "hidden": list(self.hidden), "outputs": outputs}


def shape_from_table(table: Mapping[str, Any], model: str) -> PhotometryShape:
    """Return the shape that a card describes, checked.

    Raises
    ------
    ModelError
        If it is none.
    """
    try:
        outputs = tuple(
            Output(str(name), float(low), float(high), int(n))
            for name, (low, high, n) in dict(table["outputs"]).items()
        )
        shape = PhotometryShape(
            str(table["task"]),
            str(table["band_set"]),
            int(table["n_bands"]),
            outputs,
            tuple(str(name) for name in table.get("morphology", ())),
            int(table["width"]),
            int(table["depth"]),
            tuple(int(width) for width in table.get("hidden", ())),
            str(table.get("activation", "linear")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else "an entry is of another type"
        raise _no_network(model, said) from error
    try:
        _check(shape)
    except ValueError as error:
        raise _no_network(model, str(error)) from error
    return shape


def _no_network(model: str, said: str) -> ModelError:
    return ModelError(
        f"The card of the model {model} does not describe a network of photometry: {said}.",
        "Compare card.toml with the card of a bundled model.",
    )


def _check(shape: PhotometryShape) -> None:
    within = (
        1 <= shape.width <= _MOST_WIDTH
        and 1 <= shape.depth <= _MOST_DEPTH
        and 1 <= shape.n_bands <= _MOST_BANDS
        and 1 <= shape.n_outputs <= _MOST_BINS
        and len(shape.hidden) <= _MOST_DEPTH
        and all(1 <= width <= _MOST_WIDTH for width in shape.hidden)
        and shape.activation in ("linear", "relu")
    )
    if not within or set(shape.morphology) - set(MORPHOLOGY):
        raise ValueError("its sizes or its columns are not possible")
    expected = {name for names in TASK_OUTPUTS.values() for name in names}
    if shape.task not in TASK_OUTPUTS or {o.name for o in shape.outputs} != set(TASK_OUTPUTS[shape.task]):
        raise ValueError(f"the task {shape.task!r} has not the outputs {sorted(expected)}")
    for output in shape.outputs:
        if not (math.isfinite(output.low) and math.isfinite(output.high) and output.low < output.high):
            raise ValueError(f"the ends of {output.name} are {output.low:g} and {output.high:g}")
        if output.n_bins < 2:
            raise ValueError(f"{output.name} has fewer than 2 bins")


#: Task -> names of its outputs.
TASK_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "redshift": ("log1p_z",),
    "stellarity": ("p_star",),
    "mass": ("log_mass", "m_abs_b"),
    "type": ("spectral_type",),
}


class _Residual(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the input and what the layer adds to it."""
        return x + self.dropout(nn.functional.gelu(self.linear(self.norm(x))))


class PhotometryNetwork(nn.Module):
    """A multilayer perceptron with residual layers on scaled fluxes, their errors and masks.

    Parameters
    ----------
    shape : PhotometryShape
    dropout : float
        Part of each hidden layer that is left out at random while training.
    """

    band_weight: torch.Tensor
    centre: torch.Tensor
    scale: torch.Tensor

    def __init__(self, shape: PhotometryShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = nn.Dropout(dropout)
        widths = shape.hidden or (shape.width,)
        self.first = nn.Linear(shape.n_features, widths[0])
        self.layers = nn.ModuleList(
            nn.Linear(one, other) for one, other in zip(widths[:-1], widths[1:], strict=True)
        )
        if not shape.hidden:
            self.layers = nn.ModuleList(_Residual(shape.width, dropout) for _ in range(shape.depth - 1))
        self.norm = nn.Identity() if shape.hidden else nn.LayerNorm(shape.width)
        self.last = nn.Linear(widths[-1], shape.n_outputs)
        self.register_buffer("band_weight", torch.ones(shape.n_bands))
        self.register_buffer("centre", torch.zeros(shape.n_features))
        self.register_buffer("scale", torch.ones(shape.n_features))

    def fit_scaling(
        self, flux: torch.Tensor, sigma: torch.Tensor, observed: torch.Tensor, extra: torch.Tensor | None
    ) -> None:
        """Set weights of bands and the scaling of features from training objects."""
        depth = torch.stack([s[o > 0].median() for s, o in zip(sigma.T, observed.T, strict=True)])
        self.band_weight.copy_(1.0 / depth)
        found = self.features(flux, sigma, observed, extra, scaled=False)
        self.centre.copy_(found.mean(0))
        self.scale.copy_(found.std(0).clamp_min(0.05))

    def features(
        self,
        flux: torch.Tensor,
        sigma: torch.Tensor,
        observed: torch.Tensor,
        extra: torch.Tensor | None = None,
        *,
        scaled: bool = True,
    ) -> torch.Tensor:
        """Return what the first layer takes, shape (n, n_features).

        Parameters
        ----------
        flux, sigma : Tensor, shape (n, n_bands)
            [uJy]; 0 where not observed. A band without a detection has the flux 0.
        observed : Tensor, shape (n, n_bands)
            1 where the band was looked at, else 0.
        extra : Tensor, shape (n, 2 n_morphology), optional
            From `morphology_input`.
        """
        level = mean_flux(flux, observed, self.band_weight)
        sigma = sigma.clamp_min(1e-6)
        detected = (flux > 0).to(flux.dtype) * observed
        parts = [
            torch.asinh(5.0 * flux / level) * observed,
            torch.asinh(flux / sigma) * observed,
            (sigma / level).clamp(1e-4, 1e3).log10() * observed,
            observed,
            detected,
            level.log10(),
        ]
        if extra is not None:
            parts.append(extra)
        found = torch.cat(parts, dim=1)
        if not scaled:
            return found
        found = (found - self.centre) / self.scale
        # A band that was not observed says nothing: it has the mean of what it could say.
        n = self.shape.n_bands
        hidden = torch.cat([observed] * 3, dim=1)
        return torch.cat([found[:, : 3 * n] * hidden, found[:, 3 * n :]], dim=1)

    def forward(
        self,
        flux: torch.Tensor,
        sigma: torch.Tensor,
        observed: torch.Tensor,
        extra: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the logits of all outputs, shape (n, n_outputs)."""
        is_relu = bool(self.shape.hidden) and self.shape.activation == "relu"
        x = self.first(self.features(flux, sigma, observed, extra))
        x = x.relu() if is_relu else x
        for layer in self.layers:
            x = layer(x).relu() if is_relu else layer(x)
        logits: torch.Tensor = self.last(self.dropout(self.norm(x)))
        return logits

    def split(self, logits: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits by output."""
        sizes = [output.n_bins for output in self.shape.outputs]
        names = [output.name for output in self.shape.outputs]
        return dict(zip(names, torch.split(logits, sizes, dim=1), strict=True))


def mean_flux(flux: torch.Tensor, observed: torch.Tensor, band_weight: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean flux of the observed bands [uJy], shape (n, 1), at least 0.03."""
    weight = band_weight * observed
    level = (weight * flux).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp_min(1e-12)
    return level.clamp_min(0.03)


def morphology_input(
    columns: Mapping[str, NDArray[Any]], names: tuple[str, ...], n_rows: int
) -> torch.Tensor | None:
    """Return size and shape as a network takes them: each value, 0 where missing, and whether it is there.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (n_rows,)
    names : tuple of str
        Of `MORPHOLOGY`; those that are not among the columns are missing in all rows.
    n_rows : int

    Returns
    -------
    Tensor, shape (n_rows, 2 n_names), or None without names
    """
    if not names:
        return None
    values = np.zeros((n_rows, 2 * len(names)), dtype=np.float32)
    for number, name in enumerate(names):
        if name not in columns:
            continue
        told = np.asarray(columns[name], dtype=np.float64)
        is_log = MORPHOLOGY[name]
        good = np.isfinite(told) & (told > 0 if is_log else (told >= 0) & (told <= 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            shown = np.log10(told) - 1.0 if is_log else told - 0.5
        values[:, 2 * number] = np.where(good, shown, 0.0)
        values[:, 2 * number + 1] = good
    return torch.from_numpy(values)


def photometry_input(
    flux: NDArray[np.float32], sigma: NDArray[np.float32]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return flux, sigma and mask as tensors from fluxes with NaN where not observed.

    Errors below `SMALLEST_ERROR` are raised to it.
    """
    seen = np.isfinite(flux) & np.isfinite(sigma) & (sigma > 0)
    flux = np.where(seen, flux, 0.0).astype(np.float32)
    floor = np.float32(SMALLEST_ERROR / 1.0857) * flux
    sigma = np.where(seen, np.maximum(sigma, floor), 0.0).astype(np.float32)
    return torch.from_numpy(flux), torch.from_numpy(sigma), torch.from_numpy(seen.astype(np.float32))


def soft_target(value: torch.Tensor, output: Output, blur: float = 0.6) -> torch.Tensor:
    """Return the target of a binned output: a narrow Gaussian about the true value, sum 1.

    Parameters
    ----------
    value : Tensor, shape (n,)
    output : Output
    blur : float
        Its sigma in bins.
    """
    centres = torch.from_numpy(output.centres.astype(np.float32)).to(value.device)
    inside = value.clamp(float(centres[0]), float(centres[-1]))
    shape = torch.exp(-0.5 * ((inside[:, None] - centres) / (blur * output.width)) ** 2)
    return shape / shape.sum(1, keepdim=True)
