"""Section 4.3: residuals against each stellar parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.cvae.evaluation import OURS, PRESET, cases_of
from spectragui.reports.report_item import Compared, ReportItem, ReportTable, Results, register_item
from spectragui.training.generator.figures import draw_marginals
from spectragui.training.generator.report import case_rows


def draw(figure: Any, results: Results) -> None:
    """Draw points and running medians."""
    draw_marginals(figure, cases_of(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Mean |generated - true| of each held-out spectrum against each label, with running medians, for the "
        "whole range and for sharp spectra. The table has means, medians and the 95th percentile; the "
        "paper's "
        "own network, as far as it was trained here, is judged on spectra with [α/M] within 0.1."
    )


def table(results: Results) -> ReportTable:
    """Return the errors of all cases."""
    rows = [(OURS, *row) for row in case_rows(cases_of(results))]
    rows += [(PRESET, *row) for row in case_rows(cases_of(results, "cvae.paper"))]
    columns = (("generator", ""), ("case", ""), ("mean", "%"), ("median", "%"), ("percentile_95", "%"),
               ("bias", "%"), ("spectra", ""))  # fmt: skip
    return ReportTable(columns, tuple(rows))


def _reconstruction(results: Results) -> float:
    curves = results["cvae.paper"]["trainings"][0]["curves"]
    return float(np.sqrt(np.nanmin(curves["validation_loss"]))) if curves else float("nan")


def compared(results: Results) -> list[Compared]:
    """Return the abstract's median beside ours and beside its own network's."""
    ours, paper = cases_of(results)[0], cases_of(results, "cvae.paper")[0]
    different = results["cvae.paper"]["n_different"]
    return [
        Compared("median absolute residual", "of the continuum", 1.8e-3, "Abstract",
                 float(np.median(ours.median_error)), f"{OURS}, {len(ours.labels)} held-out spectra",
                 "there 10,000 test spectra"),
        Compared("median absolute residual, its own network", "of the continuum", 1.8e-3, "Abstract",
                 float(np.median(paper.median_error)),
                 f"{PRESET}, {len(paper.labels)} observations of {different} held-out spectra",
                 "as far as it was trained here, at latent 0; its reconstructions: rms "
                 f"{_reconstruction(results):.3f}"),
    ]  # fmt: skip


ITEM = register_item(
    ReportItem("cvae", "residual_marginals", "Residuals against each parameter", "Section 4.3",
               ("cvae.residuals", "cvae.paper"), text, draw, table, compared, size=(11.0, 5.8))
)  # fmt: skip
