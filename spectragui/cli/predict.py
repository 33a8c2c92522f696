"""`spectragui predict FILES`: stellar parameters, one row per spectrum."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.each_spectrum import Job, each_spectrum
from spectragui.cli.explanation import Explanation
from spectragui.cli.finished_rows import Files, FinishedRows, Outcome, say
from spectragui.cli.options import (
    device_option,
    json_option,
    print_json,
    reading_facts,
    reading_options,
    resume_option,
)
from spectragui.cli.terminal import echo
from spectragui.cli.together import check_together, predict_arms
from spectragui.core.atomic_write import check_target
from spectragui.core.flags import Flag

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.progress import Progress
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.prediction import Prediction, PredictOptions
    from spectragui.io.reading.read_options import ReadOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", default="", help="Model; without it the one that suits best.")
@click.option(
    "--together",
    is_flag=True,
    help="FILES are the arms of one star, VIS and NIR: one row, by the network that takes both.",
)
@click.option(
    "--resolving-power", type=click.FloatRange(min=100), metavar="R", help="Wavelength / FWHM, if known."
)
@click.option(
    "--v-rad",
    type=float,
    metavar="KMS",
    help="Radial velocity [km/s] in the file's frame; else it is measured.",
)
@click.option("--no-refine", is_flag=True, help="Leave out the least-squares refinement.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="TABLE", help=".ecsv .csv .fits .vot or .tex"
)
@click.option(
    "--why",
    type=click.Path(path_type=Path),
    metavar="FIGURE|TABLE",
    help="What the network's labels rest on, line by line: .png .pdf .svg or a table. Of one spectrum.",
)
@click.option(
    "--robustness",
    type=click.Path(path_type=Path),
    metavar="FIGURE|TABLE",
    help="Labels with more noise, less resolution, other continua and velocities. Of one spectrum.",
)
@resume_option
@device_option
@json_option
@reading_options
def predict(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    model: str,
    together: bool,
    resolving_power: float | None,
    v_rad: float | None,
    no_refine: bool,
    output: Path | None,
    why: Path | None,
    robustness: Path | None,
    is_resumed: bool,
    device: str,
    as_json: bool,
) -> None:
    """Read Teff, log g, [M/H] and more, with errors and a verdict, from each spectrum in FILES.

    Arms of one exposure given together (GALAH's four files) are one spectrum. A file that cannot be
    read is a row without labels, flagged NOT_SERVED, with the reason; the others are done, and the exit
    code is 1. With -o TABLE each row is on the disk, in TABLE.rows.jsonl, as soon as it is finished: after
    a crash or Ctrl+C --resume goes on from there.

    \b
    Examples:
      spectragui predict star.fits
      spectragui predict star.fits --why why.png
      spectragui predict night/*.fits --resolving-power 115000 -o results.ecsv
      spectragui predict night/*.fits --resolving-power 115000 -o results.ecsv --resume
      spectragui predict --together vis.fits nir.fits
    """
    from spectragui.core.parameters import check_parameters
    from spectragui.inference.parameters.model_store import named_model
    from spectragui.inference.prediction import PredictOptions
    from spectragui.io.tables.tables import RESULTS_TABLE

    options = PredictOptions(
        model=model,
        resolving_power=resolving_power,
        v_rad=v_rad,
        refine=not no_refine,
        device=device,
    )
    if together:
        check_together(options, is_explained=bool(why or robustness), is_resumed=is_resumed)
    elif model:
        named_model(model)  # a name that is wrong is no fault of the files
    check_parameters(options)
    decisive = {name: value for name, value in vars(options).items() if name != "device"}
    facts = {"command": "predict", **decisive, "chain": _chain_hash(), **reading_facts(reading, changes)}
    if output is not None:
        check_target(output, (*files, *filter(None, (reading.wavelength_file,))))
    explanation = Explanation(why, robustness)
    explanation.check(files, is_resumed)
    rows = FinishedRows(RESULTS_TABLE, output, facts, is_resumed=is_resumed)
    if together:
        stopped = predict_arms(files, reading, changes, options, _outcome, rows)
    else:
        work = functools.partial(_work, options, explanation)
        stopped = each_spectrum(files, reading, changes, Job(work, _fail), rows)
    outcomes = rows.outcomes()
    is_written = rows.finish(outcomes, is_stopped=bool(stopped), as_json=as_json)
    _show(outcomes, as_json=as_json, with_table=output is None)
    if stopped:
        say(stopped)
    is_explained = explanation.is_done()
    if stopped or not is_written or not is_explained or not all(_is_served(one) for one in outcomes):
        click.get_current_context().exit(1)


def _work(
    options: PredictOptions, explanation: Explanation, spectrum: AnySpectrum, progress: Progress
) -> Outcome:
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum

    prediction = predict_spectrum(spectrum, options, progress)
    explanation.keep(spectrum, prediction, options)
    return _outcome(prediction)


def _fail(files: Files, spectrum: AnySpectrum | None, reason: str) -> Outcome:
    from spectragui.inference.parameters.predict_spectrum import unread_prediction

    return _outcome(unread_prediction(files, spectrum, reason), is_failure=True)


def _outcome(prediction: Prediction, *, is_failure: bool = False) -> Outcome:
    from spectragui.cli.result_text import remarks_text

    verdict = prediction.verdict
    more = {
        "verdict": {"level": verdict.level, "sentence": verdict.sentence, "reasons": verdict.reasons},
        "upper_limits": prediction.upper_limits,
        "notes": prediction.notes,
        "said": remarks_text(prediction),
    }
    # Arrays of all spectra together would fill the memory.
    shown = dataclasses.replace(prediction, comparison=None)
    return Outcome(prediction.row, more, shown, is_failure)


def _chain_hash() -> str:
    from spectragui.inference.parameters.result_row import CHAIN_HASH

    return CHAIN_HASH


def _show(outcomes: Sequence[Outcome], *, as_json: bool, with_table: bool) -> None:
    from spectragui.cli.result_text import results_text

    if as_json:
        print_json([_as_json(one) for one in outcomes])
    elif with_table and outcomes:
        echo(results_text([one.shown for one in outcomes], _terminal_width()))
    models = dict.fromkeys(f"{one.row['model']} {one.row['model_version']}".strip() for one in outcomes)
    for model in models:
        if model:
            echo(f"model: {model}", err=True)
    for one in outcomes:
        if not one.is_failure:
            echo(one.more["said"], err=True)
    for one in outcomes:
        if one.is_failure:
            say(str(one.row["reason"]))


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _is_served(outcome: Outcome) -> bool:
    return not int(outcome.row["flag_bad"]) & Flag.NOT_SERVED


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {**outcome.row, **{name: outcome.more[name] for name in ("verdict", "upper_limits", "notes")}}
