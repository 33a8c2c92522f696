"""Objects with known labels as tensors, split by what they were simulated from; noise and bands varied."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.photometry import PhotometricTable
from spectragui.core.progress import Progress, no_progress
from spectragui.io.catalogues import read_catalogue
from spectragui.networks.photometry_network import MORPHOLOGY, morphology_input, photometry_input
from spectragui.training.grids import find_file
from spectragui.training.photometry.config import BandAugmentation, CatalogueConfig

PARTS = ("train", "calibration", "test")


@dataclasses.dataclass(frozen=True, eq=False)
class PhotometrySample:
    """Objects on their way into a network.

    Attributes
    ----------
    flux, sigma, observed : Tensor, shape (n, n_bands)
        [uJy], [uJy], 0 or 1.
    extra : Tensor, shape (n, 2 n_morphology) or None
    labels : dict of str to Tensor, shape (n,)
        ``log1p_z``, ``log_mass``, ``m_abs_b``, ``spectral_type`` (0-4), ``p_star`` (0 or 1).
    magnitude : Tensor, shape (n,)
        In the reference band; NaN without.
    """

    flux: torch.Tensor
    sigma: torch.Tensor
    observed: torch.Tensor
    extra: torch.Tensor | None
    labels: dict[str, torch.Tensor]
    magnitude: torch.Tensor

    def __len__(self) -> int:
        return len(self.flux)

    def select(self, index: Any) -> PhotometrySample:
        """Return some of the objects."""
        chosen = torch.as_tensor(index)
        extra = None if self.extra is None else self.extra[chosen]
        labels = {name: values[chosen] for name, values in self.labels.items()}
        tensors = (self.flux[chosen], self.sigma[chosen], self.observed[chosen])
        return PhotometrySample(*tensors, extra, labels, self.magnitude[chosen])


def training_table(config: CatalogueConfig, progress: Progress = no_progress) -> PhotometricTable:
    """Return the catalogue that a configuration names.

    Raises
    ------
    TrainingError
        If it is not there.
    CatalogueError
        If it is none.
    """
    return read_catalogue(find_file(config.catalogue), band_set=config.band_set, progress=progress)


def split_rows(table: PhotometricTable, config: CatalogueConfig) -> dict[str, NDArray[np.intp]]:
    """Return the rows of each part: all rows of one parent are in one part.

    Rows without a ``parent_id`` are parents of their own.

    Returns
    -------
    dict of str to ndarray
        "train", "calibration", "test".
    """
    told, parents = table.reference.get("parent_id"), parents_of(table)
    names = np.random.default_rng(config.split_seed).permutation(np.unique(parents))
    first = round(config.test_part * len(names))
    second = first + round(config.calibration_part * len(names))
    chosen = {"test": names[:first], "calibration": names[first:second], "train": names[second:]}
    star = table.reference.get("star")
    if told is not None and star is not None:
        chosen = _with_few_parents(chosen, parents, np.asarray(star) == 1.0, config)
    return {part: np.flatnonzero(np.isin(parents, chosen[part])) for part in PARTS}


def parents_of(table: PhotometricTable) -> NDArray[np.int64]:
    """Return what each row was simulated from, shape (n,); rows without it are parents of their own."""
    told = table.reference.get("parent_id")
    if told is None:
        return np.arange(len(table))
    return np.nan_to_num(np.asarray(told), nan=-1).astype(np.int64)


def _with_few_parents(
    chosen: dict[str, NDArray[np.int64]],
    parents: NDArray[np.int64],
    is_star: NDArray[np.bool_],
    config: CatalogueConfig,
) -> dict[str, NDArray[np.int64]]:
    """Return the split with stars and QSOs dealt anew: a few templates have most of their rows.

    By number of rows, in hands of 25, each part gets its share of each hand: else chance decides how
    many stars there are to judge by.
    """
    names, counts = np.unique(parents[is_star], return_counts=True)
    ordered = names[np.argsort(-counts, kind="stable")]
    random = np.random.default_rng([config.split_seed, 1])
    parts: dict[str, list[NDArray[np.int64]]] = {
        part: [values[~np.isin(values, names)]] for part, values in chosen.items()
    }
    hand = 25
    for start in range(0, len(ordered), hand):
        some = random.permutation(ordered[start : start + hand])
        first = round(config.test_part * len(some))
        second = first + round(config.calibration_part * len(some))
        parts["test"].append(some[:first])
        parts["calibration"].append(some[first:second])
        parts["train"].append(some[second:])
    return {part: np.concatenate(values) for part, values in parts.items()}


def second_sample(config: CatalogueConfig, morphology: tuple[str, ...]) -> PhotometrySample | None:
    """Return the further objects that a configuration names; None without any."""
    if not config.second or not config.second_part:
        return None
    table = read_catalogue(find_file(config.second), band_set=config.band_set)
    donor = table.reference.get("donor")
    if donor is not None:
        table = table.rows(np.asarray(donor) == 1.0)
    return make_sample(table, morphology)


def joined(one: PhotometrySample, other: PhotometrySample) -> PhotometrySample:
    """Return the objects of both."""
    both = {
        name: torch.cat([getattr(one, name), getattr(other, name)])
        for name in ("flux", "sigma", "observed", "magnitude")
    }
    extra = None if one.extra is None or other.extra is None else torch.cat([one.extra, other.extra])
    labels = {name: torch.cat([values, other.labels[name]]) for name, values in one.labels.items()}
    return PhotometrySample(both["flux"], both["sigma"], both["observed"], extra, labels, both["magnitude"])


def make_sample(table: PhotometricTable, morphology: tuple[str, ...] = tuple(MORPHOLOGY)) -> PhotometrySample:
    """Return the objects of a table with the labels that its catalogue gives (NaN where it gives none)."""
    flux, sigma, observed = photometry_input(*table.fluxes())
    known = table.reference
    nothing = np.full(len(table), np.nan)

    def label(name: str) -> NDArray[np.float64]:
        return np.asarray(known.get(name, nothing), dtype=np.float64)

    star, kind = label("star"), label("type") - 1.0
    is_galaxy = ~(star == 1.0)
    labels = {
        "log1p_z": np.where(is_galaxy, np.log1p(label("z")), np.nan),
        "log_mass": np.where(is_galaxy, label("log_mass"), np.nan),
        "m_abs_b": np.where(is_galaxy, label("m_abs_b"), np.nan),
        "spectral_type": np.where(is_galaxy & (kind >= 0) & (kind < 5), kind, np.nan),
        "p_star": star,
    }
    tensors = {name: torch.from_numpy(values.astype(np.float32)) for name, values in labels.items()}
    extra = morphology_input(table.morphology, morphology, len(table))
    magnitude = torch.from_numpy(np.array(table.reference_magnitude, dtype=np.float32))
    return PhotometrySample(flux, sigma, observed, extra, tensors, magnitude)


def with_labels(sample: PhotometrySample, names: tuple[str, ...]) -> PhotometrySample:
    """Return the objects that have all of some labels.

    Raises
    ------
    TrainingError
        If there are none.
    """
    known = torch.ones(len(sample), dtype=torch.bool)
    for name in names:
        known &= torch.isfinite(sample.labels[name])
    if not bool(known.any()):
        raise TrainingError(
            f"No object of the catalogue has {' and '.join(names)}.", "Map the columns that hold the labels."
        )
    return sample.select(torch.nonzero(known)[:, 0])


def augmented(
    sample: PhotometrySample, config: BandAugmentation, generator: torch.Generator, *, may_fade: bool = True
) -> PhotometrySample:
    """Return objects as they would look fainter, noisier, and in fewer bands.

    Parameters
    ----------
    sample : PhotometrySample
    config : BandAugmentation
    generator : torch.Generator
    may_fade : bool
        Whether objects may be made fainter: size and shape would not go with it.

    Notes
    -----
    Fading by dm multiplies the flux by k = 10^(-0.4 dm), keeps the noise of the sky (so that sigma stays),
    and moves log mass by log10 k and the absolute magnitude by dm: redshift and type stay.
    """
    n, bands = sample.flux.shape

    def uniform(*size: int) -> torch.Tensor:
        return torch.rand(*size, generator=generator)

    flux, sigma, observed = sample.flux, sample.sigma, sample.observed
    labels, magnitude, extra = dict(sample.labels), sample.magnitude, sample.extra
    noise = torch.randn(n, bands, generator=generator)
    if may_fade and config.fade_part:
        dm = config.fade_mag * uniform(n, 1) * (uniform(n, 1) < config.fade_part)
        k = 10 ** (-0.4 * dm)
        flux = flux * k + noise * sigma * (1.0 - k * k).sqrt()
        labels["log_mass"] = labels["log_mass"] - 0.4 * dm[:, 0]
        labels["m_abs_b"] = labels["m_abs_b"] + dm[:, 0]
        magnitude = magnitude + dm[:, 0]
        noise = torch.randn(n, bands, generator=generator)
    if config.tilt:
        change = 10 ** (-0.4 * _reddening(n, bands, config.tilt, generator))
        flux, sigma = flux * change, sigma * change
    if config.noise:
        c = config.noise * uniform(n, 1) ** 2 * (uniform(n, 1) < 0.7)
        flux = flux + noise * c * sigma
        sigma = sigma * (1.0 + c * c).sqrt()
    flux = torch.where(flux > sigma, flux, torch.zeros(()))  # the survey's: below 1 sigma not detected
    observed = observed * kept_bands(n, bands, config.drop_part, generator)
    if extra is not None:
        extra = _with_missing(extra, config, generator)
    return PhotometrySample(flux * observed, sigma * observed, observed, extra, labels, magnitude)


def _reddening(n: int, bands: int, scatter: float, generator: torch.Generator) -> torch.Tensor:
    """Return smooth changes of colour [mag], shape (n, bands): a slope and a bend in every second row."""
    place = torch.linspace(-1.0, 1.0, bands)[None]
    slope, bend = scatter * torch.randn(2, n, 1, generator=generator)
    chosen = (torch.rand(n, 1, generator=generator) < 0.5).float()
    return chosen * (slope * place + 0.4 * bend * (2.0 * place * place - 1.0))


def kept_bands(n: int, bands: int, part: float, generator: torch.Generator) -> torch.Tensor:
    """Return which bands stay, shape (n, bands): in a part of the rows some are missing.

    A third of these rows lose bands at random, each with its own chance; a third keep every second or
    fourth one; a third lose a run of them at either end (the near infrared, or the blue).
    """
    kept = torch.ones(n, bands)
    chosen = torch.rand(n, generator=generator)
    way = torch.randint(3, (n,), generator=generator)
    lost = chosen < part
    chance = 0.2 + 0.8 * torch.rand(n, 1, generator=generator)
    at_random = (torch.rand(n, bands, generator=generator) < chance).float()
    step = 2 * torch.randint(1, 3, (n, 1), generator=generator)
    offset = torch.randint(4, (n, 1), generator=generator)
    number = torch.arange(bands)[None]
    regular = ((number + offset) % step == 0).float()
    first = torch.randint(bands // 2, (n, 1), generator=generator)
    last = bands - torch.randint(bands // 2, (n, 1), generator=generator)
    at_an_end = torch.rand(n, 1, generator=generator) < 0.7
    run = torch.where(at_an_end, number < last, number >= first).float()
    for index, mask in enumerate((at_random, regular, run)):
        rows = lost & (way == index)
        kept[rows] = mask[rows]
    too_few = kept.sum(1) < 4
    kept[too_few] = 1.0
    return kept


def _with_missing(extra: torch.Tensor, config: BandAugmentation, generator: torch.Generator) -> torch.Tensor:
    n, columns = len(extra), extra.shape[1] // 2
    none = torch.rand(n, 1, generator=generator) < config.without_morphology
    each = torch.rand(n, columns, generator=generator) < config.drop_morphology
    gone = (none | each).repeat_interleave(2, dim=1)
    return torch.where(gone, torch.zeros(()), extra)
