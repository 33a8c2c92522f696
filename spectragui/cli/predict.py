"""`spectragui predict FILES`: stellar parameters, one row per spectrum."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.each_spectrum import each_spectrum
from spectragui.cli.options import device_option, json_option, print_json, reading_options
from spectragui.core.flags import Flag

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.inference.prediction import Prediction
    from spectragui.io.reading.read_options import ReadOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", default="", help="Model; without it the one that suits best.")
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
@device_option
@json_option
@reading_options
def predict(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    model: str,
    resolving_power: float | None,
    v_rad: float | None,
    no_refine: bool,
    output: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Read Teff, log g, [M/H] and more, with errors and a verdict, from each spectrum in FILES.

    Arms of one exposure given together (GALAH's four files) are one spectrum. A file that cannot be
    read is said on standard error, the others are done, and the exit code is 1.

    \b
    Examples:
      spectragui predict star.fits
      spectragui predict night/*.fits --resolving-power 115000 -o results.ecsv
    """
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum
    from spectragui.inference.prediction import PredictOptions
    from spectragui.io.tables.tables import check_table_path

    if output is not None:
        check_table_path(output)
    options = PredictOptions(
        model=model,
        resolving_power=resolving_power,
        v_rad=v_rad,
        refine=not no_refine,
        device=device,
    )
    predictions, failures = each_spectrum(
        files, reading, changes, lambda spectrum, progress: predict_spectrum(spectrum, options, progress)
    )
    if predictions and output is not None:
        _write_table(predictions, output)
    _show(predictions, as_json=as_json, with_table=output is None)
    for failure in failures:
        click.echo(f"spectragui: {failure}", err=True)
    if failures or not all(_is_served(prediction) for prediction in predictions):
        click.get_current_context().exit(1)


def _write_table(predictions: list[Prediction], output: Path) -> None:
    from spectragui.io.tables.tables import write_results

    write_results([prediction.row for prediction in predictions], output)
    plural = "" if len(predictions) == 1 else "s"
    click.echo(f"wrote {len(predictions)} row{plural} to {output}", err=True)


def _show(predictions: list[Prediction], *, as_json: bool, with_table: bool) -> None:
    from spectragui.cli.result_text import remarks_text, results_text

    if as_json:
        print_json([_as_json(prediction) for prediction in predictions])
    elif with_table and predictions:
        click.echo(results_text(predictions, _terminal_width()))
    models = dict.fromkeys(f"{p.row['model']} {p.row['model_version']}".strip() for p in predictions)
    for model in models:
        if model:
            click.echo(f"model: {model}", err=True)
    for prediction in predictions:
        click.echo(remarks_text(prediction), err=True)


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _is_served(prediction: Prediction) -> bool:
    return not prediction.verdict.flag_bad & Flag.NOT_SERVED


def _as_json(prediction: Prediction) -> dict[str, Any]:
    verdict = prediction.verdict
    return {
        **prediction.row,
        "verdict": {"level": verdict.level, "sentence": verdict.sentence, "reasons": verdict.reasons},
        "upper_limits": prediction.upper_limits,
        "notes": prediction.notes,
    }
