"""`spectragui preprocess FILES`: apply a chain of stages, the same that the Pipeline tab applies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectragui.cli.options import json_option, print_json, reading_options
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.cli.told_spectra import read_one
from spectragui.core.errors import SettingsError

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.preprocessing.chain import Chain, ChainRun


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--chain",
    "chain_name",
    metavar="CHAIN",
    default="",
    help="A chain's TOML file, or the name of a bundled one; without it the one that suits the file.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="STAGE.PARAMETER=VALUE",
    help="Change a parameter of the chain, as 'convolve.resolving_power=50000'. May be given often.",
)
@click.option("--list-chains", is_flag=True, help="Name the bundled chains and end.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help=".fits, .ecsv or .csv")
@json_option
@reading_options
def preprocess(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    chain_name: str,
    settings: tuple[str, ...],
    list_chains: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Apply a chain of preprocessing stages to the spectrum in FILES: one file, or the arms of an exposure.

    The stages, their parameters and what each of them found are said on standard error.

    \b
    Examples:
      spectragui preprocess star.fits -o normalised.fits
      spectragui preprocess star.fits --chain mine.toml -o normalised.fits
      spectragui preprocess model.fits --chain synthetic-to-observed --set onto_grid.file=star.fits -o m.fits
    """
    if list_chains:
        _show_chains()
        return
    if not files or output is None:
        raise click.UsageError("Give a FILE and an output: spectragui preprocess FILE -o OUT.fits")
    from spectragui.io.writers import check_spectrum_path, write_spectrum
    from spectragui.preprocessing.chain_files import with_settings

    check_spectrum_path(output, inputs=(*files, *_named_files(reading, chain_name)))
    spectrum = read_one(files, reading, changes)
    chain = with_settings(find_chain(chain_name, spectrum), settings)
    with progress_bar("Preprocessing") as progress:
        run = chain.run(spectrum, progress=progress)
    if run.error is not None:
        title = chain.steps[len(run.results)].stage.title
        raise type(run.error)(f"{files[0].name}: {title}: {run.error.message}", run.error.hint)
    write_spectrum(run.output, output)
    if as_json:
        print_json({"chain": chain.title, "chain_hash": chain.hash, "stages": _stages_of(run)})
    for line in _lines_of(run):
        echo(line, err=True)
    echo(f"wrote {output}", err=True)


def _named_files(reading: ReadOptions, chain_name: str) -> list[str]:
    """Return what is read beside the spectrum."""
    return [name for name in (reading.wavelength_file, chain_name) if name]


def find_chain(name: str, spectrum: AnySpectrum | None) -> Chain:
    """Return the chain of a TOML file, a bundled one, or (no name) the one that suits the spectrum."""
    from spectragui.preprocessing.chain_files import load_preset, preset_names, read_chain, suggested_preset

    if not name and spectrum is not None:
        return load_preset(suggested_preset(spectrum))
    if name in preset_names():
        return load_preset(name)
    if not os.path.exists(name):
        hint = f"Give a TOML file, or one of: {', '.join(preset_names())}."
        raise SettingsError(f"There is no chain {name!r}.", hint)
    chain = read_chain(name)
    if not chain.steps:
        raise SettingsError(
            f"{name} has no [[step]] tables: it would do nothing.", "The chain for that is: none."
        )
    return chain


def _show_chains() -> None:
    from spectragui.preprocessing.chain_files import load_preset, preset_names

    for name in preset_names():
        chain = load_preset(name)
        echo(f"{name:20s} {chain.text or chain.title}")


def _stages_of(run: ChainRun) -> list[dict[str, object]]:
    steps = zip(run.chain.steps, run.results, strict=True)
    return [
        {"stage": step.stage.name, "on": step.is_on, **step.stage.parameters(), "notes": result.notes}
        for step, result in steps
    ]


def _lines_of(run: ChainRun) -> list[str]:
    lines = []
    for step, result in zip(run.chain.steps, run.results, strict=True):
        if step.is_on:
            lines.append(
                f"{step.stage.summary}: {' '.join(result.notes)}" if result.notes else step.stage.summary
            )
    return lines
