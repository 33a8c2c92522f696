"""Figure 4.1: predicted against expected redshift, and the numbers beside the thesis'."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import LAYERS, all_measures, heldout_report, how_measured, number
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    below,
    register_item,
)
from spectragui.training.photometry.figures import draw_redshift
from spectragui.training.photometry.measures import OBSERVED
from spectragui.training.photometry.report import find_measure

_BRIGHT, _FAINT = "F814W < 22.5", "22.5-24.5"
_SELECTIONS = ("all", _BRIGHT, _FAINT, "0.9-1.2")


def draw(figure: Any, results: Results) -> None:
    """Draw the density of both, bright and faint."""
    draw_redshift(figure, heldout_report(results))


def text(results: Results) -> str:
    """Say what is seen."""
    part = float(results["alhambra.rivals"]["epoch_part"])
    trained = "all of" if part == 1.0 else f"{100 * part:g} % of"
    return (
        "Density of held-out galaxies; dashed: outliers beyond 0.15 (1 + z). The thesis sees a line below "
        "z = 0.9 and trusts nothing above. The table has every method: `thesis, text` and `thesis, code` are "
        f"its networks as text and code have them, trained for {trained} its epochs; `its leak` tests "
        "on rows "
        "of the training, as its code does; `corrected` is its polynomial; the template fit and the "
        "trees are "
        "plain alternatives."
    )


def table(results: Results) -> ReportTable:
    """Return sigma_NMAD, outliers and bias of every method."""
    measures = all_measures(results)
    methods = dict.fromkeys(m.method for m in measures if m.task == "redshift" and m.condition == OBSERVED)
    rows = []
    for method in methods:
        for selection in _SELECTIONS:
            found = [
                find_measure(measures, "redshift", method, OBSERVED, selection, quantity)
                for quantity in ("sigma_nmad", "outliers_0.15", "bias")
            ]
            if all(one is not None and one.n > 0 for one in found):
                scatter, outliers, bias = (one.value for one in found if one is not None)
                n = found[0].n if found[0] is not None else 0
                rows.append((method, selection, float(scatter), 100.0 * outliers, float(bias), float(n)))
    columns = (("method", ""), ("selection", ""), ("sigma_nmad", ""), ("outliers", "%"), ("bias", ""),
               ("galaxies", ""))  # fmt: skip
    return ReportTable(columns, tuple(rows))


def compared(results: Results) -> list[Compared]:
    """Return the thesis' number beside ours and beside its own networks."""
    note = "its statistic is not named; measured there on rows of the training"
    rows = [
        Compared("dz/(1+z)", "", "< 0.006", "Sect. 5", number(results, "redshift", "sigma_nmad"),
                 f"sigma_NMAD of {how_measured(results)}", note)
    ]  # fmt: skip
    for method in (
        "thesis, text",
        "thesis, text, corrected",
        "thesis, code",
        "thesis, text, its leak",
        LAYERS,
    ):
        value = number(results, "redshift", "sigma_nmad", method=method)
        rows.append(Compared(f"dz/(1+z), {method}", "", "< 0.006", "Sect. 5", value,
                             "sigma_NMAD, same held-out objects" if "leak" not in method
                             else "sigma_NMAD, rows of its own training"))  # fmt: skip
    beyond = number(results, "redshift", "sigma_nmad", "0.9-1.2")
    rows.append(Compared("dz/(1+z) at z 0.9-1.2", "", "not to be trusted", "Sect. 4.1", beyond,
                         f"sigma_NMAD of {how_measured(results)}"))  # fmt: skip
    return rows


def musts(results: Results) -> list[Must]:
    """Return what the redshifts must reach."""
    how = how_measured(results)
    survey = number(results, "redshift", "sigma_nmad", condition="real rows, the survey's values")
    return [
        below("redshift, F814W < 22.5: sigma_NMAD(dz/(1+z))", 0.0065,
              number(results, "redshift", "sigma_nmad", _BRIGHT), "", how),
        below("redshift, F814W 22.5-24.5: sigma_NMAD", 0.024,
              number(results, "redshift", "sigma_nmad", _FAINT), "", how),
        below("outliers > 0.15, F814W < 22.5", 0.005,
              number(results, "redshift", "outliers_0.15", _BRIGHT), "%", how, 100.0),
        below("outliers > 0.15, F814W 22.5-24.5", 0.09,
              number(results, "redshift", "outliers_0.15", _FAINT), "%", how, 100.0),
        below("agreement with the survey's z on its rows: sigma_NMAD", 0.04, survey, "",
              "bundled networks, 495 real rows"),
    ]  # fmt: skip


ITEM = register_item(
    ReportItem("alhambra", "redshift_one_to_one", "Redshift, predicted against expected", "Figure 4.1",
               ("alhambra.heldout", "alhambra.rivals", "alhambra.layers"), text, draw, table, compared, musts,
               size=(10.0, 5.0))
)  # fmt: skip
