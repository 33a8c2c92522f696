"""`spectragui info FILES`: what was read, and from which keyword."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectragui.cli.options import json_option, print_json, reading_options
from spectragui.cli.terminal import echo
from spectragui.cli.told_spectra import changed
from spectragui.core.errors import SpectraGUIError

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.io.reading.read_options import ReadOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@reading_options
def info(
    files: tuple[Path, ...], reading: ReadOptions, changes: tuple[SpectrumChange, ...], as_json: bool
) -> None:
    """Say what is in FILES: orders, range, unit, medium, frame, and where each was read.

    \b
    Examples:
      spectragui info star.fits
      spectragui info star.txt --unit nm --json
    """
    from spectragui.io.read import read_files
    from spectragui.io.spectrum_summary import describe

    failures: list[SpectraGUIError] = []
    spectra = read_files(files, reading, on_failed=lambda _file, error: failures.append(error))
    summaries = []
    for spectrum in spectra:
        try:
            summaries.append(describe(changed(spectrum, changes)))
        except SpectraGUIError as error:
            failures.append(error)
    if as_json:
        print_json([summary.to_dict() for summary in summaries])
    elif summaries:
        echo("\n\n".join(summary.to_text() for summary in summaries))
    for failure in failures:
        echo(f"spectragui: {failure}", err=True)
    if failures:
        click.get_current_context().exit(1)
