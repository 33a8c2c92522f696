"""`spectragui stitch FILE`: join the orders of an echelle spectrum, as the stage of the Pipeline tab does."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.options import json_option, print_json, reading_options
from spectragui.cli.terminal import echo
from spectragui.cli.told_spectra import read_one

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.preprocessing.stage import StageResult

_METHODS = ("inverse-variance", "first", "mean", "cut")  # as in preprocessing.stitch, which imports numpy
_LEVELS = ("none", "scale", "linear", "quadratic")
_BLAZES = ("auto", "file", "flat", "shared", "none")  # of those of preprocessing.deblaze


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--method", type=click.Choice(_METHODS), default=_METHODS[0], show_default=True)
@click.option(
    "--level-match", type=click.Choice(_LEVELS), default="scale", show_default=True,
    help="What each order is multiplied by, so that overlaps agree.",
)  # fmt: skip
@click.option(
    "--level-width", type=click.FloatRange(0.1, 50.0), default=2.0, show_default=True, metavar="PERCENT",
    help="How well the orders' levels agree before they are matched: the width of their prior about 1.",
)  # fmt: skip
@click.option("--level-errors", is_flag=True, help="Add the errors of the levels to those of the pixels.")
@click.option(
    "--blaze", type=click.Choice(_BLAZES), default="auto", show_default=True,
    help="auto: the file's (or that of a file beside it), else estimated from all orders (shared).",
)  # fmt: skip
@click.option("--flat-file", type=click.Path(), default="", metavar="FILE",
              help="A flat field or blaze of the same orders, for --blaze flat.")  # fmt: skip
@click.option(
    "--edge-level", type=click.FloatRange(0.0, 0.9), default=0.15, show_default=True,
    help="Ends of orders whose S/N is below this part of the order's best are left out.",
)  # fmt: skip
@click.option(
    "--reject", type=click.FloatRange(0.0, 50.0), default=6.0, show_default=True, metavar="SIGMA",
    help="Leave out what stands higher than the other order by more than this: cosmic rays; 0 = nothing.",
)  # fmt: skip
@click.option("--cut", "cuts", type=(int, float), multiple=True, metavar="ORDER ANGSTROM",
              help="Where the next order takes over from this one, whatever the method.")  # fmt: skip
@click.option("--exclude", "excluded", type=int, multiple=True, metavar="ORDER",
              help="Leave out an order, counted from 0, the bluest first.")  # fmt: skip
@click.option("--as-is", is_flag=True, help="Leave a blaze in the flux; by default it is taken out first.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT",
    help=".fits, .ecsv or .csv",
)  # fmt: skip
@json_option
@reading_options
def stitch(
    files: tuple[Path, ...],
    output: Path,
    reading: ReadOptions,
    changes: tuple[SpectrumChange, ...],
    as_json: bool,
    as_is: bool,
    blaze: str,
    flat_file: str,
    **parameters: Any,
) -> None:
    """Stitch the orders of the spectrum in FILES (one file, or the arms of an exposure) to one spectrum.

    Where the blaze is still in the orders, the stage `deblaze` takes it out first (said on standard error).
    `spectragui preprocess` does more: cosmic rays before, the continuum after.

    \b
    Examples:
      spectragui stitch echelle.fits -o stitched.fits
      spectragui stitch echelle.fits --cut 3 5012.4 --exclude 0 -o stitched.fits
    """
    from spectragui.io.writers import check_spectrum_path, write_spectrum
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.one_spectrum import stitching_chain
    from spectragui.preprocessing.stages.deblaze import Deblaze
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    beside = [name for name in (reading.wavelength_file, flat_file) if name]
    check_spectrum_path(output, inputs=(*files, *beside))
    spectrum = read_one(files, reading, changes)
    stitch_orders = Stitch(**parameters)
    chain = Chain.of(stitch_orders)
    if blaze != "auto":
        chain = chain.insert(0, Deblaze(blaze=blaze, flat_file=flat_file))
    elif not as_is:
        chain = stitching_chain(spectrum, stitch_orders)
        if len(chain) > 1:
            said = "The blaze is still in the orders: it was taken out first (--as-is leaves it)."
            echo(said, err=True)
    run = chain.run(spectrum)
    stitched = run.output
    write_spectrum(stitched, output)
    result = run.results[-1]
    if as_json:
        print_json(
            {
                "chain": chain.summaries(),
                "notes": result.notes,
                "overlaps": _overlaps(result),
                "levels": _levels(result),
            }
        )
    for step in run.results:
        for note in step.notes:
            echo(note, err=True)
    echo(f"wrote {len(stitched)} pixels to {output}", err=True)


def _levels(result: StageResult) -> list[dict[str, Any]]:
    orders = result.levels.orders if result.levels is not None else ()
    return [dataclasses.asdict(one) for one in orders]


def _overlaps(result: StageResult) -> list[dict[str, Any]]:
    return [
        {"order": region.order, "low_aa": region.low_aa, "high_aa": region.high_aa, "residual": region.text}
        for region in result.regions
        if region.kind == "overlap"
    ]
