"""`spectragui grid build CONFIG.toml`: compute a training grid with PySME."""

from __future__ import annotations

from pathlib import Path

import click

from spectragui.cli.terminal import echo


@click.group("grid")
def grid() -> None:
    """Build training grids of synthetic spectra (optional extra ``synthesis``)."""


@grid.command("build")
@click.argument("config", type=click.Path(path_type=Path))
def build(config: Path) -> None:
    """Compute the spectra that CONFIG asks for; run again to resume.

    Example: spectragui grid build fgk.toml
    """
    from spectragui.cli.progress_bar import progress_bar
    from spectragui.synthesis.grid_building import build_grid, read_grid_config

    with progress_bar("computing spectra") as progress:
        output = build_grid(read_grid_config(config), progress)
    echo(str(output))
