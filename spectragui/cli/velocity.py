"""`spectragui velocity FILES`: radial velocities by cross-correlation, one row per spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.each_spectrum import Job, each_spectrum
from spectragui.cli.finished_rows import Files, FinishedRows, Outcome, say
from spectragui.cli.options import json_option, print_json, reading_facts, reading_options, resume_option
from spectragui.cli.terminal import echo
from spectragui.core.atomic_write import check_target
from spectragui.core.errors import SettingsError
from spectragui.core.progress import Progress

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.velocity.star_velocity import VelocityOptions
    from spectragui.io.headers.exposure_facts import Exposure
    from spectragui.io.reading.read_options import ReadOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--template",
    metavar="NAME|FILE",
    default="",
    help="Templates: optical, mdwarf, red, hband, hband-m, co, nir or lines; or a file with a spectrum "
    "of a similar star at rest. Without it those that suit best.",
)
@click.option(
    "--range", "range_aa", type=(float, float), metavar="LOW HIGH", help="Use only this range [Angstrom]."
)
@click.option(
    "--resolving-power", type=click.FloatRange(min=100), metavar="R", help="If the file does not say."
)
@click.option(
    "--barycentric/--no-barycentric",
    "is_barycentric",
    default=None,
    help="Add the barycentric correction even where the frame is unknown, or never. By default it is added "
    "where the wavelengths are in the observer's frame and it can be had.",
)
@click.option("--ra", metavar="RA", help="Right ascension, 17:57:48.5 (hours) or degrees, J2000.")
@click.option("--dec", metavar="DEC", help="Declination, +04:41:36 or degrees.")
@click.option("--time", metavar="TIME", help="Middle of the exposure, UTC, as 2018-10-03T01:48:25.")
@click.option("--site", metavar="NAME", help="Observatory (la-silla, ...), or LONGITUDE,LATITUDE,HEIGHT.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="TABLE", help=".ecsv .csv .fits .vot or .tex"
)
@resume_option
@json_option
@reading_options
def velocity(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    template: str,
    range_aa: tuple[float, float] | None,
    resolving_power: float | None,
    is_barycentric: bool | None,
    output: Path | None,
    is_resumed: bool,
    as_json: bool,
    **told: str | None,
) -> None:
    """Measure the radial velocity of each spectrum in FILES by cross-correlation.

    Positive = receding; barycentric where the file's frame is known. Coordinates, time and site are only
    needed where the header lacks them; what is told counts before the header. Templates reach from
    3600 A to the K band; tellurics and lines of the sky are masked. A file that fails is a row without a
    velocity, with the reason, and the exit code is 1. With -o TABLE finished rows are on the disk at once:
    after a crash or Ctrl+C --resume goes on from there.

    \b
    Examples:
      spectragui velocity star.fits
      spectragui velocity night/*.fits -o velocities.ecsv
      spectragui velocity star.txt --unit nm --frame observer --ra 17:57:48.5 --dec 4:41:36
                 --time 2018-10-03T01:48:25 --site mcdonald-het
    """
    from spectragui.inference.velocity.star_velocity import VelocityOptions
    from spectragui.inference.velocity.velocity_candidates import named_templates
    from spectragui.inference.velocity.velocity_row import VELOCITIES_TABLE

    if range_aa is not None and not 0 <= range_aa[0] < range_aa[1]:
        raise SettingsError("--range wants the lower limit first.", "As --range 8620 8835.")
    options = VelocityOptions(
        template,
        range_aa,
        resolving_power=resolving_power,
        is_barycentric=is_barycentric,
        exposure=_check_told(told),
    )
    if template:
        named_templates(template)  # a name that is wrong is no fault of the files
    facts = {"command": "velocity", **vars(options), "told": told, **reading_facts(reading, changes)}
    if output is not None:
        check_target(output, (*files, *filter(None, (reading.wavelength_file,))))
    rows = FinishedRows(VELOCITIES_TABLE, output, facts, is_resumed=is_resumed)
    job = Job(lambda spectrum, progress: _measure_one(spectrum, options, told, progress), _fail)
    stopped = each_spectrum(files, reading, changes, job, rows)
    outcomes = rows.outcomes()
    is_written = rows.finish(outcomes, is_stopped=bool(stopped), as_json=as_json)
    _show(outcomes, as_json=as_json, with_table=output is None)
    if stopped:
        say(stopped)
    if stopped or not is_written or any(one.is_failure for one in outcomes):
        click.get_current_context().exit(1)


def _show(outcomes: Sequence[Outcome], *, as_json: bool, with_table: bool) -> None:
    if as_json:
        print_json([{**one.row, "remarks": one.more["remarks"]} for one in outcomes])
    elif with_table and outcomes:
        echo(_table([one.row for one in outcomes]))
    for one in outcomes:
        for sentence in one.more["remarks"]:
            echo(f"{one.row['file']}: {sentence}", err=True)
    for one in outcomes:
        if one.is_failure:
            say(str(one.row["reason"]))


def _fail(files: Files, spectrum: AnySpectrum | None, reason: str) -> Outcome:
    from spectragui.inference.parameters.result_row import printable
    from spectragui.inference.velocity.velocity_row import failed_velocity_row

    return Outcome(failed_velocity_row(files, spectrum, printable(reason)), {"remarks": []}, None, True)


def _measure_one(
    spectrum: AnySpectrum, options: VelocityOptions, told: Mapping[str, str | None], progress: Progress
) -> Outcome:
    """Return the row of a spectrum, and what is to be said of it."""
    import dataclasses

    from spectragui.analysis.barycentric_correction import exposure_of
    from spectragui.inference.velocity.star_velocity import measure_star_velocity
    from spectragui.inference.velocity.velocity_row import velocity_row

    if options.exposure is not None:  # what is told counts before what this file's header says
        options = dataclasses.replace(options, exposure=_with_told(exposure_of(spectrum), told))
    found = measure_star_velocity(spectrum, options, progress)
    return Outcome(velocity_row(spectrum, found), {"remarks": [remark.sentence for remark in found.remarks]})


def _check_told(told: Mapping[str, str | None]) -> Exposure | None:
    """Return the exposure that the options tell; None if they say nothing."""
    from spectragui.io.headers.exposure_facts import Exposure

    return _with_told(Exposure(), told) if any(value for value in told.values()) else None


def _with_told(exposure: Exposure, told: Mapping[str, str | None]) -> Exposure:
    import math

    from spectragui.io.headers.exposure_facts import parse_declination, parse_right_ascension
    from spectragui.io.headers.observatories import find_site

    changes: dict[str, Any] = {}
    for name, field, parse in (
        ("ra", "ra_deg", parse_right_ascension),
        ("dec", "dec_deg", parse_declination),
    ):
        text = told[name]
        if text:
            changes[field] = parse(text)
            if not math.isfinite(changes[field]):
                raise SettingsError(
                    f"--{name} {text!r} is not a position.", "Write it as 17:57:48.5 or in degrees."
                )
    if changes:
        changes |= {"pm_ra_masyr": 0.0, "pm_dec_masyr": 0.0, "epoch": math.nan}
    if told["time"]:
        changes["mid_time"] = told["time"]
    if told["site"]:
        changes["site"] = find_site(told["site"])
    return exposure.replace(**changes)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    from spectragui.cli.result_text import aligned
    from spectragui.core.labels import format_with_error

    lines = [["file", "object", "v_rad (km/s)", "frame", "berv (km/s)", "templates", "flags"]]
    for row in rows:
        berv = "" if row["berv"] != row["berv"] else f"{row['berv']:.3f}"
        lines.append(
            [
                row["file"],
                row["object"],
                format_with_error(row["v_rad"], row["e_v_rad"], decimals=2),
                row["frame"],
                berv + ("" if row["berv_added"] or not berv else " (not added)"),
                row["method"],
                row["flags"] + (" BAD" if row["flag_bad"] else ""),
            ]
        )
    return aligned(lines, n_text_columns=2)
