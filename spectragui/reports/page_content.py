"""What stands on the page of a paper, block by block, whatever it is written as."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui import __version__
from spectragui.core.loss_history import LossHistory
from spectragui.reports.page_numbers import as_printed, cell, column_title, shown, typeset
from spectragui.reports.papers import PAPERS, Paper
from spectragui.reports.preset_models import PRESETS, TrainingProgress, not_taken, training_progress
from spectragui.reports.report_item import Compared, Must, ReportItem, ReportTable
from spectragui.reports.report_run import COST, STEPS, ReportRun

FLAT = 0.01  # relative change of a loss in a tenth more batches, below which a training is called flat


@dataclasses.dataclass(frozen=True)
class Heading:
    """A heading; ``level`` 1 is the page's own."""

    text: str
    level: int = 2


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """Sentences; ``is_small`` for sources and notes."""

    text: str
    is_small: bool = False


@dataclasses.dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    lines: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class PageTable:
    """A table; the last cells of rows in ``marked`` are set off."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: frozenset[int] = frozenset()


@dataclasses.dataclass(frozen=True)
class PageFigure:
    """A figure: names of its files below the page's folder, and its size [inch]."""

    png: str
    svg: str
    title: str
    size: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class FileNote:
    """A sentence about a file beside the page; ``target`` is its name below the page's folder, or empty.

    A page that is kept without its files leaves it out.
    """

    text: str
    target: str = ""


Block = Heading | Paragraph | Bullets | PageTable | PageFigure | FileNote


def page_blocks(run: ReportRun, items: Sequence[ReportItem]) -> list[Block]:
    """Return the whole page of a paper whose steps are done."""
    paper, results = PAPERS[run.settings.paper], run.results
    musts = [must for item in items if item.musts for must in item.musts(results)]
    compared = [row for item in items if item.compared for row in item.compared(results)]
    blocks: list[Block] = [Heading(paper.title, 1), *_introduction(run, paper)]
    if musts:
        blocks += [Heading("What must be reached"), must_table(musts)]
    if compared:
        blocks += [Heading("Printed numbers, and ours"), compared_table(compared)]
    blocks += _trainings(run)
    blocks += [Heading("What cannot be compared"), Bullets(paper.cannot)]
    blocks += [Heading("What needs data that nobody here has"), Bullets(paper.lacks)]
    for item in items:
        blocks += _item_blocks(item, run)
    return [_typeset(block) for block in (*blocks, *_costs(run))]


def _typeset(block: Block) -> Block:
    """Return a block whose words have true minus signs."""
    if isinstance(block, (Heading, Paragraph)):
        return dataclasses.replace(block, text=typeset(block.text))
    if isinstance(block, Bullets):
        return Bullets(tuple(map(typeset, block.lines)))
    if isinstance(block, PageTable):
        rows = tuple(tuple(map(typeset, row)) for row in block.rows)
        return dataclasses.replace(block, head=tuple(map(typeset, block.head)), rows=rows)
    return block


def _introduction(run: ReportRun, paper: Paper) -> list[Block]:
    settings = run.settings
    command = f"spectragui reproduce {paper.name} -o DIR" + (" --quick" if settings.quick else "")
    command += " --from MODELS" if settings.models is not None else ""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    how = (
        f"A quick run: networks of the paper{_unless_taken(settings.models)} were trained for minutes "
        "and fewer "
        "spectra judged."
        if settings.quick
        else "A full run: networks of the paper were trained as far as the table of trainings says."
    )
    return [
        Paragraph(f"{paper.reference}."),
        Paragraph(
            f"Made by SpectraGUI {__version__} on {today} with `{command}`, seed {settings.seed}. "
            f"{how} Figures "
            "are drawn anew from our own results; nothing is copied from the paper. Each number says what "
            "it was measured with."
        ),
        FileNote("Beside the page: tables as ECSV, figures as PNG and SVG (a click on a figure opens it)."),
    ]  # fmt: skip


def _unless_taken(models: Path | None) -> str:
    return "" if models is None else " that were not taken from MODELS"


def must_table(musts: Sequence[Must]) -> PageTable:
    """Return what has to be reached, and whether it is."""
    rows = tuple((m.what, m.limit, m.ours, m.verdict, m.how) for m in musts)
    marked = frozenset(number for number, must in enumerate(musts) if must.is_met is False)
    return PageTable(("What", "Must", "Ours", "", "Measured with"), rows, marked)


def compared_table(compared: Sequence[Compared]) -> PageTable:
    """Return the numbers of the paper beside ours."""
    rows = tuple(
        (
            f"{one.quantity} [{one.unit}]" if one.unit else one.quantity,
            as_printed(one.printed) or "—",
            one.where,
            shown(one.ours),
            one.how,
            one.note,
        )
        for one in compared
    )
    return PageTable(("Quantity", "Paper", "Where", "Ours", "Ours: measured with", "Note"), rows)


def used_presets(run: ReportRun) -> tuple[str, ...]:
    """Return the trained networks that the steps of a run look at, in their order."""
    named = [name for step in run.results if step in STEPS for name in STEPS.get(step).presets]
    return tuple(name for name in PRESETS if name in named)


def training_rows(run: ReportRun) -> list[TrainingProgress]:
    """Return how far each network of the paper got."""
    return [training_progress(run.model(name), name) for name in used_presets(run)]


def _trainings(run: ReportRun) -> list[Block]:
    rows, left = [], not_taken(run.settings)
    for one in training_rows(run):
        epochs = "—" if np.isnan(one.epochs) else f"{one.epochs:.3g}"
        paper = "prints none" if np.isnan(one.paper_epochs) else f"{one.paper_epochs:,.0f}"
        slope = "—" if np.isnan(one.slope) else f"{100 * one.slope:+.2g} %: {slope_word(one.slope)}"
        slope += ", the learning rate had ended" if slope != "—" and has_ended(one.history) else ""
        known = PRESETS[one.name]
        here = "trained here: not finished in MODELS" if one.name in left else ""
        words = "; ".join(filter(None, (known.words, known.quick_words if run.quick else "", here)))
        loss = "—" if one.history is None else shown(one.history.best[1])
        rows.append(
            (one.name, f"{one.batches:,} of {one.preset_batches:,}", f"{one.batch_size}", epochs, paper,
             loss, slope, words)
        )  # fmt: skip
    if not rows:
        return []
    head = ("Network", "Batches reached", "Batch", "Epochs reached", "Paper's epochs",
            "Best validation loss", "Last slope", "Remarks")  # fmt: skip
    note = (
        "Epochs reached: batches over those of one pass through the training spectra; — where spectra are "
        "drawn without end and the paper prints no epochs. Last slope: relative change of the validation "
        "loss that the last third of the training promises for a tenth more batches. Flat: less than "
        f"{100 * FLAT:g} % either way; falling: more training would still help; rising: it would not. Where "
        "the learning rate had ended (below a tenth of its largest), the loss flattens by that alone."
    )
    return [Heading("The paper's networks: how far their training got"), PageTable(head, tuple(rows)),
            Paragraph(note, is_small=True)]  # fmt: skip


def has_ended(history: LossHistory | None) -> bool:
    """Whether the learning rate of a training had fallen to a tenth of its largest at the last batch."""
    rates = np.empty(0) if history is None else history.learning_rate
    rates = rates[np.isfinite(rates)]
    return bool(rates.size and rates[-1] < 0.1 * rates.max())


def slope_word(slope: float) -> str:
    """Return what a last slope says of a training: flat, falling or rising."""
    return "flat" if abs(slope) < FLAT else "falling" if slope < 0 else "rising"


def _item_blocks(item: ReportItem, run: ReportRun) -> list[Block]:
    head = f"{item.printed}: {item.title}" if item.printed else item.title
    blocks: list[Block] = [Heading(head)]
    if item.draw is not None:
        name = f"figures/{item.name}"
        blocks.append(PageFigure(f"{name}.png", f"{name}.svg", item.title, item.size))
    blocks.append(Paragraph(item.text(run.results)))
    if item.table is not None:
        blocks.append(shown_table(item.table(run.results)))
        blocks.append(FileNote("This table as ECSV", f"tables/{item.name}.ecsv"))
    steps = ", ".join(STEPS.get(name).title for name in item.needs if name in STEPS)
    if steps:
        blocks.append(Paragraph(f"From: {steps}.", is_small=True))
    return blocks


def shown_table(table: ReportTable) -> PageTable:
    """Return a table of an item as the page shows it."""
    head = tuple(column_title(name, unit) for name, unit in table.columns)
    return PageTable(head, tuple(tuple(map(cell, row)) for row in table.rows))


def _costs(run: ReportRun) -> list[Block]:
    rows, cpu, wall = [], 0.0, 0.0
    for name, result in run.results.items():
        cost = result.get(COST, {})
        one_cpu, one_wall = float(cost.get("cpu_s", np.nan)), float(cost.get("wall_s", np.nan))
        rows.append((STEPS.get(name).title if name in STEPS else name, f"{one_cpu:.0f}", f"{one_wall:.0f}"))
        cpu, wall = cpu + np.nan_to_num(one_cpu), wall + np.nan_to_num(one_wall)
    rows.append(("all steps", f"{cpu:.0f}", f"{wall:.0f}"))
    return [Heading("What it took"), PageTable(("Step", "CPU [s]", "Wall [s]"), tuple(rows))]
