"""`predict_photometry`: all that the networks say of the objects of a table, in one call."""

from __future__ import annotations

import collections
import dataclasses
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.device_choice import device_param
from spectragui.core.parameters import param
from spectragui.core.photometry import PhotometricTable
from spectragui.core.photometry_result import (
    N_TYPES,
    PHOTOMETRY_COLUMNS,
    PhotometryFlag,
    PhotometryResult,
)
from spectragui.core.progress import Progress, no_progress
from spectragui.core.wording import counted
from spectragui.inference.photometry.photometry_model import BUNDLED, FAMILY, PhotometryModel
from spectragui.inference.photometry.redshift_peaks import LOWER, UPPER, quantiles, redshift_numbers
from spectragui.networks.pdf_calibration import log_total_snr

if TYPE_CHECKING:
    import torch

    from spectragui.networks.photometry_network import Output

CHUNK = 8192
_MOST_AT_ONCE = 8
FEWEST_BANDS = 4
_FEW_BANDS_PART = 0.5  # of the bands: a warning
_TOO_FEW_PART = 0.2  # of the bands: bad
_LOW_SNR = 2.0
_BROAD = 0.1  # (1 + z)
_BIMODAL = 0.15
_BRIGHTEST, _FAINTEST = 15.5, 25.1  # F814W of the training
_PAST_BRIGHTEST, _PAST_FAINTEST = 14.5, 26.0
_MISSING: Mapping[str, Any] = {"text": "", "integer": 0, "number": np.nan}


@dataclasses.dataclass(frozen=True)
class PhotometryOptions:
    """How objects are predicted.

    Attributes
    ----------
    model : str
        Empty = the bundled networks; else a model (name or folder) that takes the place of the bundled
        one of its task.
    device : str
    """

    model: str = param(
        "", label="Model", help="A model that replaces the bundled one of its task; empty = none."
    )
    device: str = device_param()


@dataclasses.dataclass(frozen=True, eq=False)
class _Objects:
    """Objects of a chunk on their way into networks."""

    flux: torch.Tensor
    sigma: torch.Tensor
    observed: torch.Tensor
    table: PhotometricTable
    log_snr: NDArray[np.float64]

    def extra(self, names: tuple[str, ...]) -> torch.Tensor | None:
        from spectragui.networks.photometry_network import morphology_input

        return morphology_input(self.table.morphology, names, len(self.table))


def models_of(options: PhotometryOptions) -> dict[str, PhotometryModel]:
    """Return the model of each task.

    Raises
    ------
    ModelError
        If one is missing, damaged, or no network of photometry.
    """
    from spectragui.networks.device import choose_device

    device = choose_device(options.device).name
    chosen = {}
    if options.model and options.model != FAMILY:
        told = PhotometryModel.open(options.model, device)
        chosen[told.shape.task] = told
    others = {task: name for task, name in BUNDLED.items() if task not in chosen}
    return chosen | {task: PhotometryModel.open(name, device) for task, name in others.items()}


def predict_photometry(
    table: PhotometricTable,
    options: PhotometryOptions = PhotometryOptions(),
    progress: Progress = no_progress,
) -> PhotometryResult:
    """Return redshift, stellarity, mass, absolute magnitude and type of each object, with errors and flags.

    Parameters
    ----------
    table : PhotometricTable
        Any number of objects; one object is a table of one row (`PhotometricTable.rows`).
    options : PhotometryOptions
    progress : Progress
        May raise `Cancelled`.

    Raises
    ------
    ModelError
        If there is no model for the bands of the table, or one is damaged.
    """
    models = models_of(options)
    for model in models.values():
        model.check_bands(table)
    columns = _empty_columns(len(table))
    for rows, found in _predicted(table, models, _n_at_once(options, len(table))):
        for name, values in found.items():
            columns[name][rows] = values
        progress(rows.stop / max(len(table), 1), f"predicting {rows.stop:,} of {len(table):,} objects")
    output = models["redshift"].shape.outputs[0]

    def pdf_of(index: int) -> NDArray[np.float64]:
        one = _objects(table.rows([index]))
        model = models["redshift"]
        logits = model.logits(one.flux, one.sigma, one.observed, one.extra(model.shape.morphology))
        p = model.probabilities(output, logits[output.name], one.log_snr)[0].astype(np.float64)
        # Per unit of z, not of ln(1 + z).
        return p / output.width / np.exp(output.centres)

    return PhotometryResult(
        columns,
        np.expm1(output.centres),
        pdf_of,
        {task: model.label for task, model in models.items()},
        _remarks(table, columns),
    )


def _n_at_once(options: PhotometryOptions, n_objects: int) -> int:
    """Return how many chunks are predicted at once: most of the work is numpy's, on one core each."""
    from spectragui.networks.device import choose_device

    if n_objects <= CHUNK or choose_device(options.device).name != "cpu":
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, _MOST_AT_ONCE)


def _predicted(
    table: PhotometricTable, models: Mapping[str, PhotometryModel], n_at_once: int
) -> Iterator[tuple[slice, dict[str, NDArray[Any]]]]:
    """Yield the rows of each chunk, in their order, with what was found of them."""
    waiting: collections.deque[tuple[slice, Future[dict[str, NDArray[Any]]]]] = collections.deque()
    with ThreadPoolExecutor(n_at_once, thread_name_prefix="photometry") as pool:
        try:
            for rows in _chunks(len(table)):
                waiting.append((rows, pool.submit(_predict_chunk, table.rows(rows), models)))
                if len(waiting) > n_at_once:  # so that memory holds a few chunks only
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def redshift_probabilities(
    table: PhotometricTable, model: PhotometryModel, progress: Progress = no_progress
) -> tuple[NDArray[np.float32], float]:
    """Return the probability over equal bins of ln(1 + z), shape (n, n_bins), and the end of the last bin."""
    output = model.shape.outputs[0]
    parts = []
    for rows in _chunks(len(table)):
        some = _objects(table.rows(rows))
        logits = model.logits(some.flux, some.sigma, some.observed, some.extra(model.shape.morphology))
        parts.append(model.probabilities(output, logits[output.name], some.log_snr))
        progress(rows.stop / max(len(table), 1), "redshifts")
    empty = np.empty((0, output.n_bins), np.float32)
    return np.concatenate(parts) if parts else empty, output.high


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))


def _objects(table: PhotometricTable) -> _Objects:
    from spectragui.networks.photometry_network import photometry_input

    flux, sigma, observed = photometry_input(*table.fluxes())
    snr = log_total_snr(flux.numpy(), sigma.numpy(), observed.numpy())
    return _Objects(flux, sigma, observed, table, snr)


def _empty_columns(n: int) -> dict[str, NDArray[Any]]:
    kinds = {"integer": np.int64, "number": np.float32}
    return {
        column.name: np.full(n, _MISSING[column.kind], dtype=kinds[column.kind])
        for column in PHOTOMETRY_COLUMNS
        if column.kind != "text"
    }


def _predict_chunk(table: PhotometricTable, models: Mapping[str, PhotometryModel]) -> dict[str, NDArray[Any]]:
    objects = _objects(table)
    found: dict[str, NDArray[Any]] = {"n_bands": table.observed.sum(axis=1)}
    found |= _redshift(objects, models["redshift"])
    found |= _stellarity(objects, models["stellarity"])
    for task in ("mass", "type"):
        model = models[task]
        logits = model.logits(
            objects.flux, objects.sigma, objects.observed, objects.extra(model.shape.morphology)
        )
        for output in model.shape.outputs:
            p = model.probabilities(output, logits[output.name], objects.log_snr)
            found |= _classes(p) if task == "type" else _median(p, output)
    served = (found["n_bands"] >= FEWEST_BANDS) & (table.detected.sum(axis=1) >= 1)
    found |= _flags(objects, found, models["redshift"], served)
    for column in PHOTOMETRY_COLUMNS:
        if column.name in found and column.name not in ("n_bands", "flag_warn", "flag_bad"):
            found[column.name] = np.where(served, found[column.name], _MISSING[column.kind])
    return found


def _redshift(objects: _Objects, model: PhotometryModel) -> dict[str, NDArray[Any]]:
    output = model.shape.outputs[0]
    logits = model.logits(
        objects.flux, objects.sigma, objects.observed, objects.extra(model.shape.morphology)
    )
    p = model.probabilities(output, logits[output.name], objects.log_snr)
    numbers = redshift_numbers(p, output.high)
    is_second = (numbers.p_second >= 0.05) & (numbers.odds < 0.99)
    return {
        "z": numbers.z,
        "e_z": (numbers.upper - numbers.lower) / 2,
        "z_lower": numbers.lower,
        "z_upper": numbers.upper,
        "odds": numbers.odds,
        "z_second": np.where(is_second, numbers.z_second, np.nan),
        "p_second": np.where(is_second, numbers.p_second, 0.0),
    }


def _stellarity(objects: _Objects, model: PhotometryModel) -> dict[str, NDArray[Any]]:
    import torch

    extra = objects.extra(model.shape.morphology)
    inputs = (objects.flux, objects.sigma, objects.observed)
    nothing = None if extra is None else torch.zeros_like(extra)
    alone = model.star_probability(model.logits(*inputs, nothing)["p_star"], "p_star_photometry")
    if extra is None:
        return {"p_star": alone, "p_star_photometry": alone}
    with_all = model.star_probability(model.logits(*inputs, extra)["p_star"])
    known = extra[:, 1::2].any(dim=1).numpy()
    return {"p_star": np.where(known, with_all, alone), "p_star_photometry": alone}


def _median(p: NDArray[np.float32], output: Output) -> dict[str, NDArray[Any]]:
    below = np.concatenate(
        [np.zeros((len(p), 1), np.float32), np.cumsum(p, axis=1, dtype=np.float32)], axis=1
    )
    lower, middle, upper = quantiles(p, below, (LOWER, 0.5, UPPER), output.width)
    return {output.name: middle + np.float32(output.low), f"e_{output.name}": (upper - lower) / 2}


def _classes(p: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {f"p_type_{n + 1}": p[:, n] for n in range(N_TYPES)}
    return columns | {"spectral_type": p.argmax(axis=1) + 1}


def _flags(
    objects: _Objects, found: Mapping[str, NDArray[Any]], model: PhotometryModel, served: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    table = objects.table
    n_bands, n_all = found["n_bands"], len(table.band_set)
    brightness = table.reference_magnitude
    z_end = np.expm1(model.shape.outputs[0].high)
    flux, sigma, seen = objects.flux.numpy(), objects.sigma.numpy(), objects.observed.numpy()
    detected = (flux > _LOW_SNR * sigma) & (seen > 0)
    width = (found["z_upper"] - found["z_lower"]) / (1.0 + found["z"])
    bits: dict[PhotometryFlag, tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {}
    never = np.zeros(len(table), dtype=bool)
    bits[PhotometryFlag.LABEL_RANGE] = (
        (brightness < _BRIGHTEST) | (brightness > _FAINTEST) | (found["z"] > 0.94 * z_end),
        (brightness < _PAST_BRIGHTEST) | (brightness > _PAST_FAINTEST),
    )
    if model.likeness is not None:
        surprise = model.likeness.surprise(flux, sigma, seen)
        warn, bad = model.likeness.limits
        bits[PhotometryFlag.OUT_OF_DISTRIBUTION] = (surprise > warn, surprise > bad)
    bits[PhotometryFlag.LOW_SNR] = (2 * detected.sum(1) < np.maximum(n_bands, 1), detected.sum(1) == 0)
    bits[PhotometryFlag.COVERAGE] = (n_bands < _FEW_BANDS_PART * n_all, n_bands < _TOO_FEW_PART * n_all)
    bits[PhotometryFlag.NOT_SERVED] = (~served, ~served)
    bits[PhotometryFlag.BIMODAL] = (found["p_second"] > _BIMODAL, never)
    bits[PhotometryFlag.BROAD] = (width > 2 * _BROAD / 2, never)
    bits[PhotometryFlag.STAR] = (found["p_star"] > 0.5, never)
    shapes = [np.isfinite(values) for values in table.morphology.values()]
    has_shape = np.any(shapes, axis=0) if shapes else never
    bits[PhotometryFlag.NO_MORPHOLOGY] = (~has_shape, never)
    saturated = table.flags.get("satur_flag")
    bits[PhotometryFlag.SURVEY_FLAG] = (never if saturated is None else np.nan_to_num(saturated) > 0, never)
    warn_bits, bad_bits = np.zeros(len(table), np.int64), np.zeros(len(table), np.int64)
    only = np.int64(PhotometryFlag.NOT_SERVED)
    for flag, (warn_rows, bad_rows) in bits.items():
        warn_bits |= np.where(warn_rows, np.int64(flag), 0)
        bad_bits |= np.where(bad_rows, np.int64(flag), 0)
    return {
        "flag_warn": np.where(served, warn_bits | bad_bits, only),
        "flag_bad": np.where(served, bad_bits, only),
    }


def _remarks(table: PhotometricTable, columns: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    remarks = []
    n_missing = int((~table.observed.any(axis=0)).sum())
    if n_missing:
        remarks.append(
            f"{counted(n_missing, 'band')} of {len(table.band_set)} observed in no row: the networks leave "
            "them out; redshifts are less certain."
        )
    if not table.morphology:
        remarks.append("No size or shape is known: stars are told from galaxies by colours alone.")
    n_not = int((columns["flag_bad"] & PhotometryFlag.NOT_SERVED > 0).sum())
    if n_not:
        remarks.append(f"{counted(n_not, 'row')} with fewer than {FEWEST_BANDS} bands: without results.")
    return tuple(remarks)
