"""Figures as PNG and SVG, tables as ECSV."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import TrainingError
from spectragui.reports.page_numbers import typeset_figure
from spectragui.reports.report_item import ReportItem, ReportTable, Results
from spectragui.training.parameters.report_figures import make_folder

DPI = 110
_MANY_POINTS = 1500


def write_item(item: ReportItem, results: Results, folder: Path) -> list[Path]:
    """Draw a figure, write a table; return the files.

    Raises
    ------
    TrainingError
        If matplotlib, an optional extra, is not installed.
    """
    written = []
    if item.draw is not None:
        written += _write_figure(item, results, folder / "figures")
    if item.table is not None:
        make_folder(folder / "tables")
        path = folder / "tables" / f"{item.name}.ecsv"
        with atomic_path(path) as temporary, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            astropy_table(item.table(results)).write(temporary, format="ascii.ecsv", overwrite=True)
        written.append(path)
    return written


def need_matplotlib() -> None:
    """Say at once that pages need matplotlib; raises `TrainingError`."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise TrainingError(
            "A page needs matplotlib, which is not installed.",
            "Install it with: pip install 'spectragui[figures]'.",
        ) from error


def _write_figure(item: ReportItem, results: Results, folder: Path) -> list[Path]:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    make_folder(folder)
    figure = Figure(figsize=item.size, layout="constrained")
    FigureCanvasAgg(figure)
    assert item.draw is not None
    item.draw(figure, results)
    typeset_figure(figure)
    _rasterise(figure)
    written = []
    for kind in ("png", "svg"):
        path = folder / f"{item.name}.{kind}"
        with matplotlib.rc_context({"svg.hashsalt": item.name}), atomic_path(path) as temporary:
            # No date: the same results make the same file.
            metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {}
            figure.savefig(temporary, dpi=DPI, format=kind, metadata=metadata)
        written.append(path)
    return written


def _rasterise(figure: Any) -> None:
    """Let clouds of points be pixels in the SVG: as shapes they would take megabytes."""
    for axes in figure.axes:
        for line in axes.lines:
            line.set_rasterized(len(line.get_xdata()) > _MANY_POINTS)
        for cloud in axes.collections:
            cloud.set_rasterized(
                len(cloud.get_offsets()) > _MANY_POINTS or bool(cloud.get_array() is not None)
            )


def astropy_table(table: ReportTable) -> Any:
    """Return a table with its units."""
    from astropy.table import Table

    names = [name for name, _ in table.columns]
    columns = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(names)
    found = Table([list(column) for column in columns], names=names)
    for name, unit in table.columns:
        if unit:
            found[name].unit = unit
    return found
