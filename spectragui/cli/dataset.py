"""`spectragui dataset build FOLDER --labels T -o SET`: check labelled spectra and pack them for training."""

from __future__ import annotations

from pathlib import Path

import click

from spectragui.cli.options import json_option, print_json
from spectragui.cli.preprocess import find_chain
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo


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
    folder: Path, table: Path, told: tuple[str, ...], wanted: tuple[str, ...], cuts: str, chain_name: str,
    model: str,
    seed: int, same_shape: bool, output: Path | None, as_json: bool,
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
    from spectragui.training.data_sets.label_table import read_label_table

    roles = dict(_role(entry) for entry in told)
    labels = read_label_table(table, roles, wanted, read_cuts(cuts) if cuts else ())
    chain = find_chain(chain_name, None) if chain_name else None
    opened = open_model(model) if model else None
    plan = DataPlan(folder, labels, chain, opened, seed, same_shape=same_shape)
    with progress_bar("Checking spectra") as progress:
        check = build_data_set(plan, output, progress)
    if as_json:
        print_json({"n_rows": check.n_rows, "n_spectra": check.n_used, "n_stars": check.n_stars,
                    "lines": check.lines(), "file": output})  # fmt: skip
        return
    for line in check.lines():
        echo(line)
    if output is not None:
        echo(f"wrote {output}")


def _role(entry: str) -> tuple[str, str]:
    role, _, column = entry.partition("=")
    if not column:
        raise click.UsageError(f"--column {entry}: write ROLE=COLUMN, for example teff=T_phot.")
    return role.strip(), column.strip()
