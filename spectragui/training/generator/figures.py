"""Figures of a generator's evaluation: heat maps, marginal residuals, spectra's pixels, latent space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import MAIN_LABELS
from spectragui.simulation.generator import GENERATOR_LABELS
from spectragui.training.generator.cases import GeneratorResult
from spectragui.training.generator.element_patterns import ELEMENT_GROUPS
from spectragui.training.generator.latent_space import LatentTest
from spectragui.training.parameters.report_figures import (
    legend_above,
    running_percentiles,
    save_figures,
    with_unit,
)

PLANES = (("teff", "logg"), ("teff", "m_h"), ("vsini", "resolving_power"))
_N_BINS = 9


def draw_generator_figures(
    results: Sequence[GeneratorResult], latent: LatentTest | None, folder: Path
) -> list[Path]:
    """Draw the figures of a report; return the files.

    Raises
    ------
    TrainingError
        If matplotlib, an optional extra, is not installed.
    """
    figures = [
        ("residual_heat_map.png", lambda figure: _draw_maps(figure, results)),
        ("marginal_residuals.png", lambda figure: draw_marginals(figure, results)),
        ("pixel_residuals.png", lambda figure: draw_pixels(figure, results)),
    ]
    if latent is not None:
        figures.append(("latent_space.png", lambda figure: draw_latent(figure, latent)))
    return save_figures(figures, folder)


def _draw_maps(figure: Any, results: Sequence[GeneratorResult]) -> None:
    axes = figure.subplots(len(results), len(PLANES), squeeze=False)
    for row, result in zip(axes, results, strict=True):
        for axis, plane in zip(row, PLANES, strict=True):
            draw_plane(figure, axis, result, plane)
        row[0].set_title(result.case.name, fontsize=9, loc="left")
    figure.suptitle("Mean |generated - true| [per cent of the continuum]")


def draw_plane(
    figure: Any,
    axis: Any,
    result: GeneratorResult,
    plane: tuple[str, str],
    statistic: str = "mean",
    n_bins: int = _N_BINS,
) -> NDArray[np.float64]:
    """Draw what spectra err by over a plane of two labels; return the cells [per cent].

    Parameters
    ----------
    figure, axis : matplotlib objects
    result : GeneratorResult
    plane : (str, str)
        Labels across and up.
    statistic : {"mean", "median"}
        Of the spectra's mean |generated - true| in a cell.
    n_bins : int
    """
    from scipy.stats import binned_statistic_2d

    x, y = (result.labels[:, GENERATOR_LABELS.index(name)] for name in plane)
    edges = [np.linspace(values.min(), values.max(), n_bins + 1) for values in (x, y)]
    cells = binned_statistic_2d(x, y, 100 * result.mean_error, statistic, edges).statistic
    image = axis.pcolormesh(*edges, cells.T, vmin=0)
    figure.colorbar(image, ax=axis)
    axis.set_xlabel(with_unit(plane[0]))
    axis.set_ylabel(with_unit(plane[1]))
    if plane[1] == "logg":
        axis.invert_xaxis()
        axis.invert_yaxis()
    return np.asarray(cells, dtype=np.float64)


def draw_marginals(figure: Any, results: Sequence[GeneratorResult]) -> None:
    """Draw what spectra err by against each label, with the median."""
    axes = figure.subplots(2, 4, sharey=True)
    for axis, name in zip(axes.flat, GENERATOR_LABELS, strict=False):
        for number, result in enumerate(results):
            values = result.labels[:, GENERATOR_LABELS.index(name)]
            error = 100 * result.mean_error
            axis.plot(values, error, ".", markersize=1.5, alpha=0.25, color=f"C{number}")
            centres, percentiles = running_percentiles(values, error)
            axis.plot(centres, percentiles[1], color=f"C{number}", label=f"{result.case.name} (median)")
        axis.set_xlabel(with_unit(name))
        axis.locator_params(axis="x", nbins=4)
        axis.set_yscale("log")
    axes[0, 0].set_ylabel("mean |generated - true| [%]")
    axes[1, 0].set_ylabel("mean |generated - true| [%]")
    axes.flat[-1].axis("off")
    handles, names = axes[0, 0].get_legend_handles_labels()
    axes.flat[-1].legend(handles, names, fontsize=8, loc="center")


def draw_pixels(figure: Any, results: Sequence[GeneratorResult]) -> None:
    """Draw the mean absolute and the mean signed residual of each pixel."""
    axes = figure.subplots(len(results), 1, sharex=True, squeeze=False)[:, 0]
    for axis, result in zip(axes, results, strict=True):
        axis.plot(result.wavelength_aa, 100 * result.pixel_error, linewidth=0.4, label="|generated - true|")
        axis.plot(result.wavelength_aa, 100 * result.pixel_bias, linewidth=0.4, label="generated - true")
        axis.set_title(result.case.name, fontsize=9, loc="left")
        axis.set_ylabel("mean residual [%]")
    axes[-1].set_xlabel("wavelength [Å], air")
    legend_above(figure, axes[0])


def draw_latent(figure: Any, test: LatentTest) -> None:
    """Draw the two latent directions of largest variance, coloured by labels and by elements."""
    centred = test.mean - test.mean.mean(axis=0)
    plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    best = np.argsort(test.elements_found)[::-1][:4]
    names = [*ELEMENT_GROUPS]
    colours: list[tuple[str, NDArray[Any]]] = [
        (with_unit(name), test.labels[:, GENERATOR_LABELS.index(name)]) for name in (*MAIN_LABELS, "vsini")
    ]
    colours += [(f"[{names[i]}/M] in sigma", test.elements[:, i]) for i in best]
    axes = figure.subplots(2, 4, sharex=True, sharey=True)
    for axis, (title, values) in zip(axes.flat, colours, strict=True):
        axis.set_title(title, fontsize=9)
        if title.endswith("in sigma"):
            # The plane in which this element is seen best: its own direction, and the next.
            number = best[[t for t, _ in colours[4:]].index(title)]
            along = centred @ np.linalg.lstsq(centred, test.elements[:, number], rcond=None)[0]
            points = axis.scatter(along, plane[:, 1], c=values, s=4, cmap="coolwarm")
        else:
            points = axis.scatter(*plane.T, c=values, s=4)
        figure.colorbar(points, ax=axis)
    figure.supxlabel("latent mean along its first direction (below: along the element's)")
    figure.supylabel("along its second direction")
