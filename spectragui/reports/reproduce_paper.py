"""Reproduce a paper: train or take its networks, compute what its page shows, write the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.file_lock import sole_user
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.reports.figure_files import need_matplotlib, write_item
from spectragui.reports.needed_data import check_data
from spectragui.reports.page_content import page_blocks
from spectragui.reports.page_html import html_page
from spectragui.reports.page_pdf import write_pdf
from spectragui.reports.papers import PAPERS
from spectragui.reports.preset_models import check_models
from spectragui.reports.report_item import ReportItem, items_of
from spectragui.reports.report_run import ReportRun, compute_steps
from spectragui.reports.report_settings import ReportSettings
from spectragui.training.parameters.report_figures import make_folder


def reproduce_paper(settings: ReportSettings, progress: Progress = no_progress) -> list[Path]:
    """Write the page of a paper, its figures and its tables; return the files, the page first.

    Parameters
    ----------
    settings : ReportSettings
        What was computed before in its folder is taken over.
    progress : Progress
        May raise `Cancelled`: the next run goes on.

    Raises
    ------
    TrainingError
        If the data folder or matplotlib is missing, the folder of models holds no network of the paper, or
        a training fails.
    WriteError
        If nothing can be written into the folder, or another process is reproducing a paper in it.
    """
    items = items_of(settings.paper)
    need_matplotlib()
    check_data(settings.paper)
    check_models(settings)
    make_folder(settings.folder)
    with sole_user(settings.folder, "reproducing a paper"):
        return _write_page(settings, items, progress)


def _write_page(settings: ReportSettings, items: Sequence[ReportItem], progress: Progress) -> list[Path]:
    run = ReportRun(settings)
    needed = tuple(dict.fromkeys(step for item in items for step in item.needs))
    compute_steps(run, needed, part_of(progress, 0.0, 0.95))
    progress(0.95, "drawing")
    written: list[Path] = []
    for item in items:
        written += write_item(item, run.results, settings.folder)
    blocks, title = page_blocks(run, items), PAPERS[settings.paper].title
    page = page_path(settings.folder, settings.paper)
    write_text_atomically(page, html_page(title, blocks, page.with_suffix(".pdf").name))
    progress(0.98, "writing the PDF")
    write_pdf(title, blocks, settings.folder, page.with_suffix(".pdf"))
    progress(1.0, "done")
    return [page, page.with_suffix(".pdf"), *written]


def page_path(folder: Path, paper: str) -> Path:
    """Return where the page of a paper is, or will be."""
    return folder / f"{paper}.html"
