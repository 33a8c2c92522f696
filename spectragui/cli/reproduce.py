"""`spectragui reproduce PAPER -o DIR`: tables and figures of a paper, ours beside the printed numbers."""

from __future__ import annotations

from pathlib import Path

import click

from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.reports.papers import PAPERS

INTERRUPTED = 130  # as shells say it


@click.command()
@click.argument("paper", type=click.Choice(tuple(PAPERS)))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of page, figures, tables, results and trained networks.",
)
@click.option(
    "--from",
    "models",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="MODELS",
    help="Folder of trained networks of the paper (paper-starnet-TGM ...); what it lacks is trained.",
)
@click.option("--quick", is_flag=True, help="Train for minutes, judge fewer spectra.")
@click.option(
    "--hours",
    default=6.0,
    show_default=True,
    type=click.FloatRange(min=0.001),
    help="At most so long for each network, without --quick.",
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1), help="Of torch.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of what is simulated."
)
def reproduce(
    paper: str, output: Path, models: Path | None, quick: bool, hours: float, threads: int, seed: int
) -> None:
    """Reproduce PAPER: every table and figure that can be made here, ours beside the printed number.

    PAPER is thesis (StarNet and VGG for CARMENES), cvae (Gebran & Bentley 2025), denoise (Pal & Dobos) or
    alhambra (narrow-band galaxies). The page is DIR/PAPER.html, and PDF; figures are PNG and SVG, tables
    ECSV. It says which printed numbers cannot be compared, and which need data that nobody here has.

    What was computed lies in DIR/results: a run that was interrupted goes on. Networks of the paper are
    trained into DIR/models, each for at most --hours, from their checkpoints where they were interrupted.
    The training data are found below $SPECTRAGUI_SHARED, else in ../shared.

    \b
    Examples:
      spectragui reproduce alhambra -o page --quick
      spectragui reproduce thesis -o page --from my-trainings
    """
    from spectragui.reports.preset_models import not_taken
    from spectragui.reports.report_settings import ReportSettings
    from spectragui.reports.reproduce_paper import reproduce_paper

    settings = ReportSettings(paper, output, models, quick, hours, threads, seed)
    for name in not_taken(settings):
        echo(f"{name} in {models} is not trained to the end: it is trained into {output}.", err=True)
    try:
        with progress_bar(f"Reproducing {paper}") as progress:
            written = reproduce_paper(settings, progress)
    except KeyboardInterrupt:
        echo(f"Stopped. What was computed is kept in {output}: the same command goes on.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    for path in written[:2]:
        echo(f"wrote {path}")
    echo(f"and {len(written) - 2} figures and tables beside it")
