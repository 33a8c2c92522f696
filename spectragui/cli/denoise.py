"""`spectragui denoise FILES`: noiseless spectra from noisy ones, one row a spectrum, with the proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.each_spectrum import Job, each_spectrum
from spectragui.cli.finished_rows import Files, FinishedRows, Outcome, say
from spectragui.cli.options import (
    device_option,
    json_option,
    print_json,
    reading_facts,
    reading_options,
    resume_option,
    say_device,
)
from spectragui.cli.terminal import echo
from spectragui.core.errors import SettingsError, SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectral_axis import FASTEST_STAR_KMS

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.denoise.denoising_result import Denoised
    from spectragui.io.reading.read_options import ReadOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME|PATH", default="", help="Denoiser; by default the one that suits.")
@click.option(
    "--v-rad",
    type=click.FloatRange(-FASTEST_STAR_KMS, FASTEST_STAR_KMS),
    metavar="KMS",
    help="Velocity in the frame of the file's wavelengths, positive = receding; else found on the way.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Denoised spectrum (.fits, .ecsv or .csv); of several files a folder, NAME_denoised.fits in it.",
)
@click.option(
    "--table", type=click.Path(path_type=Path), metavar="TABLE", help=".ecsv .csv .fits .vot or .tex"
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    metavar="TRUTH.fits",
    help="Noise-free spectrum on the same pixels, as `simulate --truth` writes it: its errors are said too.",
)
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="F.png", help="Noisy, denoised, truth and residual."
)
@click.option(
    "--fit",
    "is_fitted",
    is_flag=True,
    help="Also fit labels to the noisy flux by least squares, from those of the denoised spectrum.",
)
@device_option
@resume_option
@json_option
@reading_options
def denoise(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    model: str,
    v_rad: float | None,
    output: Path | None,
    table: Path | None,
    truth: Path | None,
    figure: Path | None,
    is_fitted: bool,
    device: str,
    is_resumed: bool,
    as_json: bool,
) -> None:
    """Denoise each spectrum in FILES: S/N before and after, and the proof beside it.

    A denoised spectrum is not data: it says what a star of the model's kind would look like behind
    the noise. The whiteness of the residual, changed lines, and regions where signal was removed or
    invented say how far to believe it. A file that fails is a row with the reason; the exit code is 1.

    \b
    Examples:
      spectragui denoise star.fits -o denoised.fits
      spectragui denoise night/*.fits -o denoised/ --table denoised.ecsv
      spectragui denoise mock.fits --truth truth.fits --figure denoised.png
    """
    from spectragui.inference.denoise.denoise_table import DENOISED_TABLE
    from spectragui.inference.denoise.denoiser import open_denoiser
    from spectragui.inference.denoise.denoising_result import DenoiseOptions

    if (truth is not None or figure is not None) and len(files) != 1:
        raise SettingsError("--truth and --figure are of one file.", "Give one file.")
    options = DenoiseOptions(model, say_device(device), v_rad)
    if model:
        open_denoiser(model, options.device)  # a name that is wrong is no fault of the files
    is_folder = output is not None and (len(files) > 1 or output.is_dir() or not output.suffix)
    facts = {"command": "denoise", "fit": is_fitted, **vars(options), **reading_facts(reading, changes)}
    rows = FinishedRows(DENOISED_TABLE, table, facts, is_resumed=is_resumed)

    places = (output, is_folder), (truth, figure)

    def work(spectrum: AnySpectrum, progress: Progress) -> Outcome:
        from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum

        found = denoise_spectrum(spectrum, options, progress)
        return _outcome(found, *places, progress, is_fitted=is_fitted)

    def many(spectra: Sequence[AnySpectrum], progress: Progress) -> list[Outcome | Exception]:
        from spectragui.inference.denoise.denoise_batch import denoise_batch

        found = denoise_batch(spectra, options, progress)
        return [_told(one, lambda done: _outcome(done, *places, progress, is_fitted=False)) for one in found]

    stopped = each_spectrum(files, reading, changes, Job(work, _fail, None if is_fitted else many), rows)
    outcomes = rows.outcomes()
    is_written = rows.finish(outcomes, is_stopped=bool(stopped), as_json=as_json)
    _show(outcomes, as_json=as_json, with_table=table is None)
    if stopped:
        say(stopped)
    if stopped or not is_written or any(one.is_failure for one in outcomes):
        click.get_current_context().exit(1)


def _told(found: Denoised | SpectraGUIError, outcome: Callable[[Denoised], Outcome]) -> Outcome | Exception:
    if isinstance(found, Exception):
        return found
    try:
        return outcome(found)
    except Exception as error:  # noqa: BLE001 - a file that cannot be written ends none of the others
        return error


def _outcome(
    found: Denoised,
    output: tuple[Path | None, bool],
    proof: tuple[Path | None, Path | None],
    progress: Progress,
    *,
    is_fitted: bool,
) -> Outcome:
    more = _more(found)
    truth, figure = proof
    known = None
    if truth is not None:
        from spectragui.inference.denoise.against_truth import errors_against, read_truth

        known = read_truth(truth, found)
        more["truth"] = errors_against(found, known)
    if figure is not None:
        from spectragui.inference.denoise.figure import draw_denoised

        draw_denoised(found, known, figure)
        more["figure"] = str(figure)
    path, is_folder = output
    if path is not None:
        more["wrote"] = str(_write(found, path, is_folder=is_folder))
    if is_fitted:
        more.update(_fit(found, progress))
    return Outcome(found.row, more)


def _fit(found: Denoised, progress: Progress) -> dict[str, Any]:
    """Return the fit of the noisy flux in JSON's types and in words, or why there is none."""
    from spectragui.cli.fit_text import fit_as_json, fit_text
    from spectragui.core.errors import SpectraGUIError
    from spectragui.inference.denoise.fit_from_denoised import fit_from_denoised

    try:
        begun = fit_from_denoised(found, None, progress)
    except SpectraGUIError as error:
        return {"fit": None, "fit_text": f"The labels could not be fitted: {error}"}
    told = fit_as_json(begun.fit)
    told |= {"covariance": begun.fit.covariance.tolist(), "n_iterations": begun.fit.n_iterations}
    name = str(found.row["file"]) or found.noisy.name
    return {"fit": told, "fit_text": f"{fit_text(name, begun.fit)}\n  {begun.words}"}


def _write(found: Denoised, path: Path, *, is_folder: bool) -> Path:
    from spectragui.io.writers import write_spectrum

    if is_folder:
        path.mkdir(parents=True, exist_ok=True)
        name = Path(str(found.row["file"]).split(" + ")[0] or found.noisy.name).name
        index = int(found.row["spectrum"])
        stem = name.removesuffix(".gz").rsplit(".", 1)[0] + (f"_{index}" if index else "")
        path = path / f"{stem}_denoised.fits"
    write_spectrum(found.spectrum, path)
    return path


def _more(found: Denoised) -> dict[str, Any]:
    """Return what is said beside the row, in JSON's types."""
    import dataclasses

    return {
        "verdict": found.verdict.sentence,
        "reasons": list(found.verdict.reasons),
        "whiteness": found.whiteness_words,
        "lines": [dataclasses.asdict(line) for line in found.lines],
        "regions": [dataclasses.asdict(region) for region in found.regions],
        "notes": list(found.notes),
    }


def _fail(files: Files, spectrum: AnySpectrum | None, reason: str) -> Outcome:
    from spectragui.inference.denoise.denoise_table import failed_denoise_row
    from spectragui.inference.parameters.result_row import printable

    row = failed_denoise_row(files, spectrum, printable(reason))
    return Outcome(row, {"reasons": [], "notes": []}, None, True)


def _show(outcomes: Sequence[Outcome], *, as_json: bool, with_table: bool) -> None:
    if as_json:
        print_json([{**one.row, **one.more} for one in outcomes])
    elif with_table and any(not one.is_failure for one in outcomes):
        echo(_table([one for one in outcomes if not one.is_failure]))
    for one in outcomes:
        if one.is_failure:
            say(str(one.row["reason"]))
            continue
        sentences = [*one.more["notes"], *one.more["reasons"]]
        sentences += [region["words"] for region in one.more["regions"]]
        if "truth" in one.more:
            sentences.append(_truth_words(one.more["truth"]))
        for sentence in sentences:
            echo(f"{one.row['file']}: {sentence}", err=True)
        if "fit_text" in one.more:
            echo(one.more["fit_text"], err=as_json)
        for key in ("figure", "wrote"):
            if key in one.more:
                echo(f"wrote {one.more[key]}", err=True)


def _truth_words(errors: dict[str, float]) -> str:
    return (
        f"Against the truth: mean |R| {100 * errors['mean_relative']:.2f} %, maximum "
        f"{100 * errors['max_relative']:.1f} %, bias {100 * errors['bias']:+.2f} %, "
        f"{100 * errors['within_1_sigma']:.0f} % of pixels within 1 sigma."
    )


def _table(outcomes: Sequence[Outcome]) -> str:
    from spectragui.cli.result_text import aligned
    from spectragui.core.labels import format_with_error

    heads = ["file", "object", "model", "S/N before", "after", "whiteness p", "line change", "v_rad (km/s)"]
    lines = [[*heads, "regions", "verdict"]]
    for one in outcomes:
        row = one.row
        change = f"{row['ew_change']:+.1f} sigma {row['ew_change_line']}" if row["ew_change_line"] else ""
        lines.append(
            [
                row["file"],
                row["object"],
                row["model"],
                f"{row['snr_before']:.1f}",
                f"{row['snr_after']:.0f}",
                f"{row['whiteness_p']:.2g}",
                change,
                format_with_error(row["v_rad"], row["e_v_rad"]),
                str(row["n_regions"]),
                one.more["verdict"] + (f" ({row['flags']})" if row["flags"] else ""),
            ]
        )
    return aligned(lines, n_text_columns=3)
