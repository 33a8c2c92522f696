"""`spectragui dataset build FOLDER --labels T -o SET`: check labelled spectra and pack them for training."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectragui.cli.options import json_option, print_json
from spectragui.cli.preprocess import find_chain
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from spectragui.training.data_sets.data_check import DataCheck

Settings = TypeVar("Settings", bound="DataclassInstance")


@click.group()
def dataset() -> None:
    """Check labelled spectra and pack them: what `train`, `evaluate` and the window take."""


@dataset.command("build")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--labels", "table", required=True, type=click.Path(path_type=Path), metavar="TABLE",
    help="ECSV, CSV, FITS or VOTable with a row a spectrum.",
)  # fmt: skip
@click.option(
    "--column", "told", multiple=True, metavar="ROLE=COLUMN",
    help="What a column is, where its name does not say so: teff=T_phot, file=spec, star=ID.",
)  # fmt: skip
@click.option(
    "--label", "wanted", multiple=True, metavar="LABEL", help="Take only these labels; may be repeated."
)
@click.option(
    "--cuts", default="", metavar="CUTS",
    help="Cuts on the table's columns: apogee-starnet, or a TOML file with [data.cuts].",
)  # fmt: skip
@click.option(
    "--box", "boxes", multiple=True, metavar="LABEL=LOW:HIGH",
    help="Only stars with this label between two values: teff=4000:6000; may be repeated.",
)  # fmt: skip
@click.option(
    "--hull", default="", metavar="TABLE", help="Only stars within the convex hull of this table's labels."
)
@click.option(
    "--isochrone", default="", metavar="TABLE",
    help="Only stars near this isochrone (150 K, 0.15 dex); it has columns for Teff and log g.",
)  # fmt: skip
@click.option(
    "--chain", "chain_name", default="", metavar="CHAIN", help="Applied to each spectrum; none by default."
)
@click.option(
    "--model", default="", metavar="NAME", help="Model that will be fine-tuned: its window is checked."
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Of the split by star."
)
@click.option("--same-shape", is_flag=True, help="Leave out spectra of another size than most.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="SET", help="The file, ending in .zip."
)
@json_option
def build(
    folder: Path, table: Path, told: tuple[str, ...], wanted: tuple[str, ...], cuts: str,
    boxes: tuple[str, ...], hull: str, isochrone: str, chain_name: str, model: str, seed: int,
    same_shape: bool, output: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Check the spectra in FOLDER that TABLE names, split them by star, and pack them into SET.

    What is wrong is said with the files named; without -o nothing is written.

    \b
    Examples:
      spectragui dataset build spectra/ --labels labels.csv -o stars.zip
      spectragui dataset build spectra/ --labels t.fits --column teff=TEFF_LIT -o stars.zip
      spectragui dataset build visits/ --labels allVisit.fits --cuts apogee-starnet -o stars.zip
    """
    from spectragui.inference.opened_model import open_model
    from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set
    from spectragui.training.data_sets.cuts import read_cuts
    from spectragui.training.data_sets.label_filters import LabelFilters, filtered
    from spectragui.training.data_sets.label_table import read_label_table

    roles = dict(_role(entry) for entry in told)
    labels = read_label_table(table, roles, wanted, read_cuts(cuts) if cuts else ())
    labels = filtered(labels, LabelFilters(dict(_box(entry) for entry in boxes), hull, isochrone))
    chain = find_chain(chain_name, None) if chain_name else None
    opened = open_model(model) if model else None
    plan = DataPlan(folder, labels, chain, opened, seed, same_shape=same_shape)
    with progress_bar("Checking spectra") as progress:
        check = build_data_set(plan, output, progress)
    _say(check, output, as_json)


@dataset.command("simulate")
@click.option(
    "--set", "told", multiple=True, metavar="NAME=VALUE",
    help="instrument, resolving_power, number, snr_low, snr_high, teff_low ...; may be repeated.",
)  # fmt: skip
@click.option(
    "--model", default="optical-parameters", show_default=True, metavar="NAME",
    help="Its emulator makes the spectra, its window is covered.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="SET", help="The file, ending in .zip."
)
@json_option
def simulate_set(told: tuple[str, ...], model: str, output: Path | None, as_json: bool) -> None:
    """Simulate labelled stars and pack them into SET.

    \b
    Examples:
      spectragui dataset simulate --set number=500 --set resolving_power=12000 -o stars.zip
      spectragui dataset simulate --set with_noise=false --set fastest_kms=0 -o exact.zip
    """
    from spectragui.inference.opened_model import open_model
    from spectragui.training.data_sets.synthetic_set import SyntheticStars, build_synthetic_set

    stars = _with_values(SyntheticStars(), told)
    with progress_bar("Simulating spectra") as progress:
        check = build_synthetic_set(stars, open_model(model), output, progress=progress)
    _say(check, output, as_json)


@dataset.command("grid")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--set", "told", multiple=True, metavar="NAME=VALUE",
    help="pattern (t{teff}g{logg}.txt), resolving_power, snr, seed; may be repeated.",
)  # fmt: skip
@click.option(
    "--labels", "table", default=None, type=click.Path(path_type=Path), metavar="TABLE",
    help="Labels by file name, instead of headers and names.",
)  # fmt: skip
@click.option(
    "--chain", "chain_name", default="", metavar="CHAIN", help="Applied to each spectrum; none by default."
)
@click.option(
    "--model", default="optical-parameters", show_default=True, metavar="NAME",
    help="Whose window is cut out.",
)  # fmt: skip
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Of the split by star."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="SET", help="The file, ending in .zip."
)
@json_option
def grid_set(
    folder: Path, told: tuple[str, ...], table: Path | None, chain_name: str, model: str, seed: int,
    output: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Pack a grid of model files (PHOENIX-ACES, BT-Settl, plain) as an instrument would see them.

    \b
    Examples:
      spectragui dataset grid phoenix/ --set resolving_power=48000 --set snr=100 -o phoenix.zip
      spectragui dataset grid models/ --set "pattern=t{teff}g{logg}m{m_h}*.txt" -o models.zip
    """
    from spectragui.inference.opened_model import open_model
    from spectragui.training.data_sets.build_data_set import DataPlan
    from spectragui.training.data_sets.label_table import read_label_table
    from spectragui.training.data_sets.made_spectra import made_table
    from spectragui.training.data_sets.model_grid import ModelGridSettings, build_grid_set

    settings = _with_values(ModelGridSettings(), told)
    known = read_label_table(table) if table is not None else None
    chain = find_chain(chain_name, None) if chain_name else None
    nothing = made_table(folder.name, ["x"], [{"teff": 0.0}])
    plan = DataPlan(folder, nothing, chain, open_model(model), seed)
    with progress_bar("Reading models") as progress:
        check = build_grid_set(folder, settings, plan, output, known, progress)
    _say(check, output, as_json)


def _say(check: DataCheck, output: Path | None, as_json: bool) -> None:
    if as_json:
        print_json({"n_rows": check.n_rows, "n_spectra": check.n_used, "n_stars": check.n_stars,
                    "lines": check.lines(), "file": output})  # fmt: skip
        return
    for line in check.lines():
        echo(line)
    if output is not None:
        echo(f"wrote {output}")


def _box(entry: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = entry.partition("=")
    low, _, high = ends.partition(":")
    try:
        return name.strip(), (float(low), float(high))
    except ValueError:
        raise click.UsageError(f"--box {entry}: write LABEL=LOW:HIGH, for example teff=4000:6000.") from None


def _with_values(settings: Settings, told: tuple[str, ...]) -> Settings:
    """Return settings with what was told on the command line, checked."""
    from spectragui.core.parameters import check_parameters

    known = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    changes: dict[str, Any] = {}
    for entry in told:
        name, _, text = entry.partition("=")
        if name not in known:
            raise click.UsageError(f"--set {entry}: there is no {name!r}. Known: {', '.join(known)}.")
        kind = type(known[name])
        try:
            changes[name] = _TRUTH[text.lower()] if kind is bool else kind(text)
        except (ValueError, KeyError):
            raise click.UsageError(f"--set {entry}: {text!r} is no {kind.__name__}.") from None
    changed = dataclasses.replace(settings, **changes)
    check_parameters(changed)
    return changed


_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _role(entry: str) -> tuple[str, str]:
    role, _, column = entry.partition("=")
    if not column:
        raise click.UsageError(f"--column {entry}: write ROLE=COLUMN, for example teff=T_phot.")
    return role.strip(), column.strip()
