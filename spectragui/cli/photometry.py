"""`spectragui photometry CATALOGUE`: redshift, stellarity, mass and type of the objects of a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.options import device_option, json_option, print_json, say_device
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.core.errors import SettingsError
from spectragui.core.wording import counted

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable
    from spectragui.core.photometry_result import PhotometryResult
    from spectragui.io.catalogues import CatalogueMapping
    from spectragui.io.catalogues.raw_catalogue import RawCatalogue

_SHOWN_ROWS = 12
_SHOWN = ("z", "z_lower", "z_upper", "p_star", "log_mass", "e_log_mass", "m_abs_b", "spectral_type")


@click.command()
@click.argument("catalogue", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="TABLE",
    help="The catalogue with the predictions after its columns: .csv .ecsv .fits .vot or .parquet",
)
@click.option(
    "--model", metavar="NAME|PATH", default="", help="A model instead of the bundled one of its task."
)
@click.option(
    "--bands",
    "band_set",
    metavar="NAME|FILE",
    default="",
    help="Band set, where the names of columns do not tell it: alhambra, jpas, or a file of your own.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="What a column is, where its name does not tell: 'F365W=m1', 'e_F365W=s1', 'l_F365W=lim1'; "
    "an empty name takes a role away. May be given often.",
)
@click.option(
    "--flux-unit",
    metavar="UNIT",
    default="",
    help="The columns hold fluxes in it: uJy, nJy, mJy, Jy, nanomaggy ...",
)
@click.option("--mass-scale", type=click.Choice(["log10", "linear"]), help="Of the catalogue's stellar mass.")
@click.option("--mapping", "shows_mapping", is_flag=True, help="Only say which column is what.")
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    metavar="F.png",
    help="Filter curves of the bands; also without a catalogue.",
)
@click.option(
    "--max-values",
    type=click.IntRange(min=1000),
    metavar="N",
    help="Values of one array that are read at most.",
)
@device_option
@json_option
def photometry(
    catalogue: Path | None, output: Path | None, model: str, band_set: str, columns: tuple[str, ...],
    flux_unit: str, mass_scale: str | None, shows_mapping: bool, figure: Path | None, max_values: int | None,
    device: str, as_json: bool,
) -> None:  # fmt: skip
    """Predict redshift, stellarity, mass, absolute magnitude and type of every object of CATALOGUE.

    CATALOGUE is CSV (plain or packed), ECSV, FITS, VOTable or Parquet with AB magnitudes (or fluxes)
    and errors; 99 = not detected, -99 or blank = not observed. What was assumed is said on standard error.

    \b
    Examples:
      spectragui photometry alhambra.csv -o predicted.fits
      spectragui photometry mine.csv --column F365W=m1 --column e_F365W=s1 --mapping
      spectragui photometry --bands alhambra --figure filters.png
    """
    from spectragui.core.progress import part_of
    from spectragui.inference.photometry.predict_photometry import (
        PhotometryOptions,
        models_of,
        predict_photometry,
    )
    from spectragui.io.catalogues.read_catalogue import make_table, read_raw
    from spectragui.io.catalogues.write_photometry import check_photometry_path, write_photometry

    if figure is not None:
        from spectragui.core.photometry import band_set as band_set_of
        from spectragui.inference.photometry.filter_figure import draw_filters

        draw_filters(band_set_of(band_set or "alhambra"), figure)
        echo(f"wrote {figure}", err=True)
    if catalogue is None:
        if figure is None:
            raise SettingsError(
                "There is no catalogue.", "Give one, or --bands alhambra --figure filters.png."
            )
        return
    if shows_mapping:
        raw = read_raw(catalogue, max_values or 0, only_head=True)
        _show_mapping(_mapping(raw, band_set, columns, (flux_unit, mass_scale or "")), as_json=as_json)
        return
    options = PhotometryOptions(model, say_device(device))
    if output is not None:
        check_photometry_path(output, [catalogue])
    models_of(options)  # what is wrong with a model is said before a long reading
    with progress_bar(f"Reading {catalogue.name}") as progress:
        raw = read_raw(catalogue, max_values or 0, part_of(progress, 0.0, 0.3))
        table = make_table(raw, _mapping(raw, band_set, columns, (flux_unit, mass_scale or "")))
        result = predict_photometry(table, options, part_of(progress, 0.3, 0.8))
        if output is not None:
            write_photometry(output, table, result, part_of(progress, 0.8, 1.0))
    _show(table, result, output, as_json=as_json)


def _mapping(
    raw: RawCatalogue, band_set: str, columns: tuple[str, ...], told: tuple[str, str]
) -> CatalogueMapping:
    import dataclasses

    from spectragui.io.catalogues.catalogue_mapping import FLUX_UNITS, guess_from_columns

    flux_unit, mass_scale = told
    mapping = guess_from_columns(list(raw.columns), raw.units, band_set)
    for text in columns:
        role, sign, column = text.partition("=")
        if not sign:
            raise SettingsError(f"--column {text!r} has no '='.", "Write ROLE=COLUMN, as F365W=m1.")
        mapping = mapping.with_column(role.strip(), column.strip())
    if flux_unit and flux_unit not in FLUX_UNITS:
        raise SettingsError(f"There is no unit of flux {flux_unit!r}.", f"Known: {', '.join(FLUX_UNITS)}.")
    if flux_unit:
        mapping = dataclasses.replace(mapping, kind="fluxes", flux_unit=flux_unit)
    if mass_scale:
        mapping = dataclasses.replace(mapping, mass_scale=mass_scale)  # type: ignore[arg-type]
    return mapping


def _show(table: PhotometricTable, result: PhotometryResult, output: Path | None, *, as_json: bool) -> None:
    name = Path(table.file).name
    for remark in (*table.remarks, *result.remarks):
        echo(f"{name}: {remark}", err=True)
    if as_json:
        print_json(_as_json(table, result, with_rows=output is None))
    else:
        echo(_summary(name, result))
        if output is None:
            echo(_rows(table, result))
    if output is not None:
        echo(f"wrote {output}", err=True)


def _summary(name: str, result: PhotometryResult) -> str:
    import numpy as np

    n = len(result)
    bad = int((result["flag_bad"] != 0).sum())
    stars = int((result["p_star"] > 0.5).sum())
    z = result["z"][(result["p_star"] <= 0.5) & np.isfinite(result["z"])]
    middle = f", median z {np.median(z):.3f}" if z.size else ""
    kinds = f"{counted(stars, 'star or QSO', 'stars or QSOs')}, {counted(n - stars, 'galaxy', 'galaxies')}"
    return f"{name}: {counted(n, 'object')} by {result.model}: {kinds}{middle}; {bad:,} not to be used."


def _rows(table: PhotometricTable, result: PhotometryResult) -> str:
    from spectragui.cli.result_text import aligned

    lines = [["id", *_SHOWN, "flags"]]
    flags = result.select(slice(0, _SHOWN_ROWS)).flag_texts()
    for index in range(min(len(result), _SHOWN_ROWS)):
        numbers = [f"{result[name][index]:.3f}" for name in _SHOWN[:-1]]
        lines.append(
            [str(table.ids[index]), *numbers, str(result["spectral_type"][index]), str(flags[index])]
        )
    text = aligned(lines, n_text_columns=1)
    left = len(result) - _SHOWN_ROWS
    return text if left <= 0 else f"{text}\n... and {left:,} more: write them with -o TABLE."


def _as_json(table: PhotometricTable, result: PhotometryResult, *, with_rows: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": table.file,
        "n_objects": len(result),
        "models": dict(result.models),
        "mapping": {} if table.mapping is None else dict(table.mapping.columns),
        "remarks": [*table.remarks, *result.remarks],
    }
    if with_rows:
        flags = result.flag_texts()
        told["objects"] = [
            {"id": table.ids[i], **{k: v[i] for k, v in result.columns.items()}, "flags": flags[i],
             "words": result.words(i)}
            for i in range(len(result))
        ]  # fmt: skip
    return told


def _show_mapping(mapping: CatalogueMapping, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "bands": mapping.band_set,
                "kind": mapping.kind,
                "flux_unit": mapping.flux_unit,
                "columns": dict(mapping.columns),
                "missing_bands": [n for n in mapping.bands.names if n not in mapping.columns],
                "remarks": list(mapping.remarks),
            }
        )
        return
    unit = f" in {mapping.flux_unit}" if mapping.flux_unit else ""
    echo(f"bands: {mapping.bands.title} ({mapping.kind}{unit})")
    for role in mapping.roles:
        if role in mapping.columns:
            echo(f"{role:14} {mapping.columns[role]}")
    missing = [name for name in mapping.bands.names if name not in mapping.columns]
    if missing:
        echo(f"no column is known for: {', '.join(missing)}", err=True)
    for remark in mapping.remarks:
        echo(remark, err=True)
