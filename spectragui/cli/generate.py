"""`spectragui generate`: synthetic spectra from labels, one or many, or fitted to a file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.options import device_option, json_option, print_json, reading_options
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.cli.told_spectra import read_one
from spectragui.core.atomic_write import check_target
from spectragui.core.errors import SettingsError
from spectragui.core.labels import MAIN_LABELS
from spectragui.core.wording import counted

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.progress import Progress
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.generate.fit_labels import LabelFit
    from spectragui.inference.generate.generate_spectrum import GeneratedSpectrum, GenerateRequest
    from spectragui.io.reading.read_options import ReadOptions

# Options of the command, by field of `spectragui.inference.generate.generate_spectrum.GenerateRequest`:
# their help stands there.
_FLAGS = {
    "model": "--model",
    "teff": "--teff",
    "logg": "--logg",
    "m_h": "--m-h",
    "alpha_m": "--alpha-m",
    "vsini": "--vsini",
    "vmic": "--vmic",
    "resolving_power": "--resolving-power",
    "v_rad": "--v-rad",
    "snr": "--snr",
    "extra_fwhm": "--extra-fwhm",
    "samples": "--samples",
    "seed": "--seed",
    "start_aa": "--start",
    "stop_aa": "--stop",
    "step_aa": "--step",
    "allow_extrapolation": "--allow-extrapolation",
}


def _request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add every field of a request as an option; the command receives those given as ``given``."""
    from spectragui.core.parameters import parameter_infos
    from spectragui.inference.generate.generate_spectrum import GenerateRequest

    infos, defaults = parameter_infos(GenerateRequest), GenerateRequest()

    @functools.wraps(command)
    def with_request(*args: Any, **kwargs: Any) -> Any:
        values = {name: kwargs.pop(f"request_{name}") for name in _FLAGS}
        return command(
            *args, given={name: value for name, value in values.items() if value is not None}, **kwargs
        )

    decorated: Any = with_request
    for name, flag in reversed(list(_FLAGS.items())):
        info, default = infos[name], getattr(defaults, name)
        unit = f" [{info.unit}]" if info.unit else ""
        shown = "" if name in MAIN_LABELS or default is False else f" Default: {default}."
        kind: dict[str, Any] = {"type": type(default), "metavar": None}
        if isinstance(default, bool):
            kind = {"is_flag": True, "default": None}
        elif info.choices:
            kind = {"type": click.Choice(info.choices)}
        decorated = click.option(flag, f"request_{name}", help=f"{info.help}{unit}{shown}", **kind)(decorated)
    return decorated


@click.command()
@_request_options
@click.option("--star", metavar="NAME", help="Labels of a known star (Sun, Arcturus ...) unless given.")
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    metavar="LABELS.csv",
    help="One spectrum a row: columns teff, logg, m_h and any other option's name; `file` names the files.",
)
@click.option(
    "--fit",
    "fitted",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fit the labels to this spectrum first; --teff, --logg ... say where to start.",
)
@click.option(
    "--free", metavar="NAMES", help="With --fit: labels to fit, as teff,logg,m_h. Default: all six."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help=".fits, .ecsv or .csv; with --table a folder (a file a row) or one .fits with all.",
)
@device_option
@json_option
@reading_options
def generate(
    given: dict[str, Any],
    star: str | None,
    table: Path | None,
    fitted: Path | None,
    free: str | None,
    output: Path | None,
    device: str,
    as_json: bool,
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
) -> None:
    """Generate spectra from labels: air, rest frame, continuum = 1 unless told otherwise.

    The table WAVE, FLUX, ERR, MASK is the first of the file, the labels are in its header; --medium
    is that of its wavelengths, and so is --frame (with --fit: of the file that is read). With
    --samples the image SAMPLES holds spectra of other stars with the same labels. Labels outside
    the trained range are refused, or with --allow-extrapolation generated and marked.

    \b
    Examples:
      spectragui generate --teff 5772 --logg 4.44 --m-h 0 -o sun.fits
      spectragui generate --star Arcturus --samples 20 --seed 1 -o arcturus.fits
      spectragui generate --table labels.csv --resolving-power 50000 -o spectra/
      spectragui generate --model optical-emulator --resolving-power 0 --star Sun -o native.fits
      spectragui generate --fit observed.fits --teff 5000 --logg 3.5 --m-h -0.5 -o best.fits
    """
    if sum(option is not None for option in (table, fitted)) > 1:
        raise SettingsError("--table and --fit exclude each other.", "Give one of them.")
    if device == "cuda":
        echo("Spectra are generated and fitted on the CPU, where they take milliseconds.", err=True)
    if output is None and fitted is None:
        raise SettingsError("Nothing says where to write the spectrum.", "Give -o OUT.fits.")
    values = {**_star_labels(star), **given}
    if fitted is None:  # with --fit they are the file's
        values |= {name: said for name in ("medium", "frame") if (said := getattr(reading, name))}
    if table is not None:
        assert output is not None
        if not output.is_dir():
            check_target(output, (table,))
        _generate_table(table, values, output)
    elif fitted is not None:
        if output is not None:
            check_target(output, (fitted, *filter(None, (reading.wavelength_file,))))
        _fit_file(read_one((fitted,), reading, changes), values, free, output, as_json)
    else:
        assert output is not None
        _write_one(_request(values), output)


def _star_labels(name: str | None) -> dict[str, float]:
    from spectragui.inference.generate.star_presets import presets

    if name is None:
        return {}
    for preset in presets():
        if preset.name.casefold() == name.casefold():
            return dict(preset.labels)
    known = ", ".join(preset.name for preset in presets())
    raise SettingsError(f"There is no star {name!r} to start from.", f"Known: {known}.")


def _request(values: Mapping[str, Any], where: str = "") -> GenerateRequest:
    from spectragui.inference.generate.generate_spectrum import GenerateRequest

    missing = [name for name in MAIN_LABELS if name not in values]
    if missing:
        flags = ", ".join(_FLAGS[name] for name in missing)
        raise SettingsError(
            f"{where}A label is missing: {flags}.", "Give --teff, --logg and --m-h, or --star."
        )
    return GenerateRequest(**values)


def _write_one(request: GenerateRequest, output: Path) -> None:
    from spectragui.inference.generate.generate_spectrum import generate_spectrum
    from spectragui.io.writers import check_spectrum_path, write_spectrum

    check_spectrum_path(output, with_samples=request.samples > 0)
    result = generate_spectrum(request)
    write_spectrum(result.spectrum, output, samples=result.samples)
    _say(result, output)


def _say(result: GeneratedSpectrum, output: Path) -> None:
    import numpy as np

    for sentence in result.extrapolated:
        echo(f"extrapolated: {sentence}", err=True)
    outside = int(np.sum(~np.isfinite(result.flux)))
    if outside > 0:
        part = f"{100 * outside / result.flux.size:.2g} %"
        echo(f"{counted(outside, 'pixel')} outside the model's window masked ({part})", err=True)
    echo(f"model: {result.request.model}", err=True)
    echo(f"wrote {output}", err=True)


def _generate_table(table: Path, values: Mapping[str, Any], output: Path) -> None:
    from spectragui.inference.generate.generate_spectrum import check_request, generate_spectrum
    from spectragui.inference.generate.request_table import read_request_table
    from spectragui.io.writers import check_spectrum_path, write_spectra, write_spectrum

    rows = read_request_table(table)
    as_one = output.suffix.lower() == ".fits"
    names = [_file_name(file, number) for number, (file, _) in enumerate(rows, start=1)]
    if not as_one:
        _refuse_repeated_names(names, table)
    requests = [
        _request({**values, **row}, f"Row {number} of {table.name}: ")
        for number, (_, row) in enumerate(rows, start=1)
    ]
    if as_one and any(request.samples for request in requests):
        raise SettingsError(
            "Samples of many spectra do not fit into one file.", "Give a folder: -o spectra/."
        )
    for number, request in enumerate(requests, start=1):  # before the first one is written
        try:
            check_request(request)
        except SettingsError as error:
            raise SettingsError(f"Row {number} of {table.name}: {error.message}", error.hint) from error
    if not as_one:
        output.mkdir(parents=True, exist_ok=True)
    results = []
    with progress_bar("Generating") as progress:
        for number, (name, request) in enumerate(zip(names, requests, strict=True), start=1):
            progress((number - 1) / len(rows), name)
            result = generate_spectrum(request)
            for sentence in result.extrapolated:
                echo(f"extrapolated: row {number}: {sentence}", err=True)
            if as_one:
                results.append(result.spectrum.with_meta(name=name))
            else:
                check_spectrum_path(output / name, with_samples=request.samples > 0)
                write_spectrum(result.spectrum, output / name, samples=result.samples)
    if as_one:
        write_spectra(results, output)
    echo(f"wrote {len(rows)} {'spectrum' if len(rows) == 1 else 'spectra'} to {output}", err=True)


def _refuse_repeated_names(names: list[str], table: Path) -> None:
    """Two rows of one name would overwrite each other."""
    repeated = next((name for name in names if names.count(name) > 1), "")
    if repeated:
        raise SettingsError(
            f"{table.name} names {names.count(repeated)} rows {repeated}.",
            "Give each row a name of its own in the column file, or leave the column out.",
        )


def _file_name(file: str, number: int) -> str:
    if not file:
        return f"spectrum_{number:04d}.fits"
    name = Path(file).name
    return name if Path(name).suffix.lower() in (".fits", ".ecsv", ".csv") else f"{name}.fits"


def _fit_file(
    spectrum: AnySpectrum,
    values: dict[str, Any],
    free: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    from spectragui.cli.fit_text import fit_as_json, fit_text
    from spectragui.inference.generate.fit_labels import FIT_LABELS
    from spectragui.io.writers import check_spectrum_path

    if output is not None:
        check_spectrum_path(output)
    start = {name: values[name] for name in FIT_LABELS if name in values}
    names = tuple(name.strip() for name in free.split(",")) if free is not None else FIT_LABELS
    file_name = Path(str(spectrum.meta.get("file") or spectrum.name)).name
    with progress_bar(f"Fitting {file_name}") as progress:
        fit = _fit(spectrum, names, start, values.get("resolving_power"), progress)
    if as_json:
        print_json(fit_as_json(fit))
    else:
        echo(fit_text(file_name, fit))
    if output is not None:
        import dataclasses

        chosen = {name: value for name, value in values.items() if name not in FIT_LABELS}
        _write_one(dataclasses.replace(fit.request, **chosen), output)


def _fit(
    spectrum: AnySpectrum,
    names: tuple[str, ...],
    start: Mapping[str, float],
    resolving_power: float | None,
    progress: Progress,
) -> LabelFit:
    from spectragui.inference.generate.fit_labels import fit_labels
    from spectragui.inference.prediction import PredictOptions

    return fit_labels(spectrum, names, start, PredictOptions(resolving_power=resolving_power), progress)
