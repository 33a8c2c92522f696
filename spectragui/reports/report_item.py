"""`ReportItem`: one figure or table of a paper, and what it says; the registry of all."""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spectragui.core.errors import SpectraGUIError
from spectragui.core.registry import Registry
from spectragui.reports.page_numbers import beside_limit

Results = Mapping[str, Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Compared:
    """One number: the paper's and ours.

    Attributes
    ----------
    quantity, unit : str
    printed : float or str
        What the paper prints; a text where it prints words, "" where it prints nothing.
    where : str
        Its place in the paper ("Table 6.1").
    ours : float or str
    how : str
        What ours was measured with: model, data, number, seed.
    note : str
        What is to be said of the row ("impossible: MSE < MAE^2").
    """

    quantity: str
    unit: str
    printed: float | str
    where: str
    ours: float | str
    how: str
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Must:
    """What has to be reached, and whether it is.

    Attributes
    ----------
    what : str
    limit : str
        In words and numbers ("< 45 K").
    ours : str
        NaN or nothing measured is said in words.
    is_met : bool or None
        None where it was not judged.
    how : str
    """

    what: str
    limit: str
    ours: str
    is_met: bool | None
    how: str

    @property
    def verdict(self) -> str:
        """One word or two."""
        return "not judged" if self.is_met is None else "met" if self.is_met else "NOT met"


@dataclasses.dataclass(frozen=True)
class ReportTable:
    """A table of a page: names of columns with units, and rows."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclasses.dataclass(frozen=True)
class ReportItem:
    """One figure or table.

    Attributes
    ----------
    paper, name : str
        ``name`` is that of its files.
    title : str
    printed : str
        Its place in the paper; empty = beyond it.
    needs : tuple of str
        Steps whose results it is made of.
    text : callable
        ``text(results)``: what is seen, in sentences.
    draw : callable or None
        ``draw(figure, results)``.
    table, compared, musts : callable or None
        Each of ``results``.
    size : (float, float)
        Of the figure [inch].
    """

    paper: str
    name: str
    title: str
    printed: str
    needs: tuple[str, ...]
    text: Callable[[Results], str]
    draw: Callable[[Any, Results], None] | None = None
    table: Callable[[Results], ReportTable] | None = None
    compared: Callable[[Results], Sequence[Compared]] | None = None
    musts: Callable[[Results], Sequence[Must]] | None = None
    size: tuple[float, float] = (9.0, 5.0)


ITEMS: Registry[ReportItem] = Registry("figure or table")
#: Modules of each paper, in the order of its page: one figure or table each.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "thesis": (
        "starnet_drawing",
        "vgg_drawing",
        "starnet_losses",
        "network_comparison",
        "held_out_one_to_one",
        "literature_one_to_one",
        "normalising_cycles",
        "overlapping_orders",
        "synthetic_sun",
        "errors_against_snr",
        "stated_errors",
        "sensitivity_by_pixel",
        "sensitivity_by_window",
    ),
    "cvae": (
        "cvae_layers",
        "cvae_losses",
        "residual_maps",
        "residual_marginals",
        "residual_wavelengths",
        "best_median_worst",
        "labels_from_spectra",
        "latent_plane",
        "generation_speed",
    ),
    "denoise": (
        "noiseless_and_noisy",
        "hourglass_layers",
        "augmentation_steps",
        "hourglass_losses",
        "denoised_example",
        "denoising_errors",
        "unseen_lines",
        "denoising_methods",
        "denoising_uncertainty",
    ),
    "alhambra": (
        "alhambra_bands",
        "energy_distributions",
        "thesis_layers",
        "alhambra_losses",
        "redshift_one_to_one",
        "redshift_errors",
        "redshift_ranks",
        "stellarity_confusion",
        "stellarity_curves",
        "mass_one_to_one",
        "type_confusion",
    ),
}


def register_item(item: ReportItem) -> ReportItem:
    """Add a figure or table; ``paper/name`` must be free."""
    return ITEMS.register(f"{item.paper}/{item.name}")(item)


def items_of(paper: str) -> tuple[ReportItem, ...]:
    """Return figures and tables of a paper in the order of its page.

    Raises
    ------
    SpectraGUIError
        If there is no such paper.
    """
    if paper not in _MODULES:
        raise SpectraGUIError(f"There is no paper {paper!r}.", f"Known: {', '.join(_MODULES)}.")
    for module in _MODULES[paper]:
        importlib.import_module(f"spectragui.reports.{paper}.{module}")
    order = {f"{paper}/{module}": number for number, module in enumerate(_MODULES[paper])}
    found = [(name, item) for name, item in ITEMS.items() if item.paper == paper]
    return tuple(item for _, item in sorted(found, key=lambda pair: order.get(pair[0], len(order))))


def below(what: str, limit: float, ours: float, unit: str, how: str, factor: float = 1.0) -> Must:
    """Return a must that a number is not above a limit; both times ``factor`` are shown."""
    shown = f"{beside_limit(factor * ours, factor * limit)} {unit}".strip()
    shown = shown if math.isfinite(ours) else "not measured"
    met = bool(ours <= limit) if math.isfinite(ours) else None
    return Must(what, f"≤ {factor * limit:g} {unit}".strip(), shown, met, how)


def above(what: str, limit: float, ours: float, unit: str, how: str, factor: float = 1.0) -> Must:
    """Return a must that a number is not below a limit; both times ``factor`` are shown."""
    shown = f"{beside_limit(factor * ours, factor * limit, 4)} {unit}".strip()
    shown = shown if math.isfinite(ours) else "not measured"
    met = bool(ours >= limit) if math.isfinite(ours) else None
    return Must(what, f"≥ {factor * limit:g} {unit}".strip(), shown, met, how)
