"""What the latent space of the bundled generator holds."""

from __future__ import annotations

from typing import Any

from spectragui.reports.cvae.evaluation import latent_test
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.training.generator.element_patterns import ELEMENT_GROUPS
from spectragui.training.generator.figures import draw_latent


def draw(figure: Any, results: Results) -> None:
    """Draw latent means coloured by labels and by elements."""
    test = latent_test(results)
    if test is not None:
        draw_latent(figure, test)


def text(results: Results) -> str:
    """Say what is active, or why nothing is known."""
    test = latent_test(results)
    if test is None:
        return " ".join(map(str, results["cvae.latent"]["notes"]))
    return (
        f"Latent means of held-out stars whose single elements scatter, coloured by labels (above) and by "
        f"elements (below). {test.n_active} of {test.mean.shape[1]} latents are active; together they tell "
        f"{test.divergence.sum():.1f} nats. The paper's latent space has 100 dimensions, of which it "
        "says nothing; "
        "in a grid without scatter of single elements there is nothing left for it to hold."
    )


def table(results: Results) -> ReportTable:
    """Return which part of each element's variance the latents hold."""
    test = latent_test(results)
    found = () if test is None else tuple(
        (name, 100.0 * float(part)) for name, part in zip(ELEMENT_GROUPS, test.elements_found, strict=True)
    )  # fmt: skip
    return ReportTable((("elements", ""), ("variance_held", "%")), found)


ITEM = register_item(
    ReportItem("cvae", "latent_plane", "Latent space", "Section 3.1", ("cvae.latent",), text, draw, table,
               size=(11.0, 5.5))
)  # fmt: skip
