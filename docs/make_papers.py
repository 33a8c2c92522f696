"""Write docs/papers: the page of each paper, in Markdown with small figures, from `spectragui reproduce`.

Usage: make papers PAGES=DIR (or PYTHONPATH=. python docs/make_papers.py DIR [PAPER]...).
DIR/PAPER is a folder that `spectragui reproduce PAPER -o DIR/PAPER [--quick]` wrote; what it kept is drawn
again, nothing is computed. Networks that were taken with --from lie in DIR/PAPER/models/taken.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from spectragui.reports.figure_files import write_item
from spectragui.reports.page_content import (
    Block,
    Bullets,
    FileNote,
    Heading,
    PageFigure,
    PageTable,
    Paragraph,
    page_blocks,
)
from spectragui.reports.papers import PAPERS
from spectragui.reports.report_item import items_of
from spectragui.reports.report_run import ReportRun, compute_steps
from spectragui.reports.report_settings import ReportSettings

HERE = Path(__file__).resolve().parent / "papers"
COLOURS, WIDEST = 128, 820  # of a kept figure; pixels


def kept_page(folder: Path, paper: str) -> None:
    """Write the Markdown page of one paper and its figures."""
    is_quick = not (folder / "results" / "full").is_dir()
    models = folder / "models" / "taken"
    settings = ReportSettings(paper, folder, models if models.is_dir() else None, is_quick)
    run, items = ReportRun(settings), items_of(paper)
    compute_steps(run, tuple(dict.fromkeys(step for item in items for step in item.needs)))
    (HERE / "figures").mkdir(parents=True, exist_ok=True)
    for item in items:
        if item.draw is not None:
            if not (folder / "figures" / f"{item.name}.png").is_file():
                write_item(item, run.results, folder)
            small(folder / "figures" / f"{item.name}.png", HERE / "figures" / f"{item.name}.png")
    (HERE / f"{paper}.md").write_text(page_text(page_blocks(run, items)), encoding="utf-8")


def page_text(blocks: Sequence[Block]) -> str:
    """Return a page in Markdown; notes on files beside it are left out, since those are not kept."""
    parts = [markdown(block) for block in blocks if not isinstance(block, FileNote)]
    return "\n\n".join(parts) + "\n"


def small(source: Path, target: Path) -> None:
    """Copy a figure with few colours, not wider than a page."""
    image = Image.open(source).convert("RGB")
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)


def markdown(block: Block) -> str:
    """Return one block; not a note on files beside the page."""
    assert not isinstance(block, FileNote)
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Paragraph):
        return f"*{block.text}*" if block.is_small else block.text
    if isinstance(block, Bullets):
        return "\n".join(f"- {line}" for line in block.lines)
    if isinstance(block, PageFigure):
        return f"![{block.title}]({block.png})"
    return table(block)


def table(block: PageTable) -> str:
    """Return a table; rows that are set off are bold in their fourth cell, the verdict."""
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") or " " for cell in block.head) + " |",
        "|" + "---|" * len(block.head),
    ]
    for number, row in enumerate(block.rows):
        cells = [cell.replace("|", "\\|") for cell in row]
        if number in block.marked:
            cells[3] = f"**{cells[3]}**"
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Write the pages that are asked for, else all that are there."""
    pages = Path(sys.argv[1])
    for paper in sys.argv[2:] or [name for name in PAPERS if (pages / name / "results").is_dir()]:
        kept_page(pages / paper, paper)
        print(f"wrote {HERE / paper}.md")


if __name__ == "__main__":
    main()
