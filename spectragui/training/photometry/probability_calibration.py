"""After a training: what makes its probabilities true, found on objects of parents of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spectragui.inference.photometry.sed_likeness import SedLikeness, fit_likeness
from spectragui.networks.pdf_calibration import (
    distance_from_flat,
    fit_calibration,
    log_total_snr,
    ranks,
)
from spectragui.networks.photometry_network import PhotometryNetwork
from spectragui.training.photometry.data import PhotometrySample

_CHUNK = 8192
_LIKENESS_ROWS = 30_000


def logits_of(
    network: PhotometryNetwork, sample: PhotometrySample, *, with_extra: bool = True
) -> dict[str, Any]:
    """Return the outputs of a network for many objects, by name."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(sample), _CHUNK):
            some = sample.select(torch.arange(start, min(start + _CHUNK, len(sample))))
            extra = some.extra if with_extra or some.extra is None else torch.zeros_like(some.extra)
            parts.append(network(some.flux, some.sigma, some.observed, extra))
    return network.split(torch.cat(parts))


def calibrated_tensors(
    network: PhotometryNetwork, calibration: PhotometrySample, train: PhotometrySample
) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
    """Return the tensors that stand beside the weights, and what was measured with them.

    Parameters
    ----------
    network : PhotometryNetwork
        As it is used later: weights rounded to what is written.
    calibration : PhotometrySample
        Objects of parents that were not trained on.
    train : PhotometrySample
        Objects of all kinds: their colours are those that the network knows.
    """
    logits = logits_of(network, calibration)
    snr = log_total_snr(calibration.flux.numpy(), calibration.sigma.numpy(), calibration.observed.numpy())
    tensors: dict[str, NDArray[np.float32]] = {}
    said: dict[str, Any] = {}
    for output in network.shape.outputs:
        label = calibration.labels[output.name]
        found = logits[output.name]
        if output.name == "p_star":
            alone = logits_of(network, calibration, with_extra=False)[output.name]
            tensors["p_star"] = _logistic(found, label)
            tensors["p_star_photometry"] = _logistic(alone, label)
        elif output.name == "spectral_type":
            tensors[output.name] = _exponent(found, label)
        else:
            log_p = found.log_softmax(1).numpy()
            value = label.numpy().astype(np.float64)
            fitted = fit_calibration(log_p, value, snr, output.low, output.high)
            tensors[output.name] = fitted.as_array
            p = fitted.apply(log_p, snr)
            said[f"pit_distance_{output.name}"] = round(
                distance_from_flat(ranks(p, value, output.low, output.high)), 4
            )
    found_tensors = {f"calibration.{name}": values for name, values in tensors.items()}
    if network.shape.task == "redshift":
        found_tensors |= {
            f"sed.{name}": values for name, values in likeness_of(network, train).tensors.items()
        }
    return found_tensors, said


def likeness_of(network: PhotometryNetwork, train: PhotometrySample) -> SedLikeness:
    """Return the colours of training objects."""
    rows = np.random.default_rng(1).permutation(len(train))[:_LIKENESS_ROWS]
    some = train.select(rows)
    weight = network.band_weight.numpy().astype(np.float64)
    flux, sigma, observed = (one.numpy().astype(np.float64) for one in (some.flux, some.sigma, some.observed))
    return fit_likeness(flux, sigma, observed, weight)


def _logistic(logits: torch.Tensor, label: torch.Tensor) -> NDArray[np.float32]:
    """Return offset and slope of the log odds with which probabilities are the likeliest."""
    raw = (logits[:, 1] - logits[:, 0]).double()
    values = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([values], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        found = torch.nn.functional.binary_cross_entropy_with_logits(
            values[0] + values[1] * raw, label.double()
        )
        found.backward()
        return found

    optimizer.step(loss)
    found = values.detach().numpy()
    # A slope that is not positive would turn the order round: too few objects to tell.
    return (found if found[1] > 0.05 and np.isfinite(found).all() else np.array([0.0, 1.0])).astype(
        np.float32
    )


def _exponent(logits: torch.Tensor, label: torch.Tensor) -> NDArray[np.float32]:
    """Return the exponent with which class probabilities are the likeliest."""
    exponents = torch.linspace(0.4, 1.6, 49)
    losses = [float(torch.nn.functional.cross_entropy(logits * e, label.long())) for e in exponents]
    return np.array([float(exponents[int(np.argmin(losses))])], dtype=np.float32)
