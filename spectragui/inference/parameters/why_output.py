"""Why a network says what it says, as a table or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.atomic_write import atomic_path, check_target
from spectragui.core.errors import WriteError
from spectragui.core.labels import LABELS
from spectragui.core.results import Column
from spectragui.inference.parameters.why import DEEPER, DecisiveLine, Why
from spectragui.io.tables.latex_table import escape_latex
from spectragui.io.tables.tables import TableKind, check_table_path, write_table

FIGURES = (".png", ".pdf", ".svg")
N_NAMED = 8  # lines of a label in a figure
NAME_WIDTH = 0.012  # of the range: names are written upright

WHY_COLUMNS: tuple[Column, ...] = (
    Column("file", "text", "", "file, or files joined by ' + '"),
    Column("model", "text", "", "name of the model"),
    Column("label", "text", "", "label that the lines decide"),
    Column("rank", "integer", "", "1 = decides it most"),
    Column("line", "text", "", "line of the bundled list there, else its wavelength"),
    Column("wavelength", "number", "Angstrom", "where it weighs most, rest frame, in the model's medium"),
    Column(
        "change", "number", "", f"change of the label, in its unit, if all there were {DEEPER:.0%} deeper"
    ),
    Column("unit", "text", "", "unit of the change"),
)


def _why_latex(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{Lines that decide the labels.}",
        r"\begin{tabular}{lllr}",
        r"\toprule",
        r"Label & Line & \AA & Change \\",
        r"\midrule",
    ]
    for row in rows:
        cells = (row["label"], row["line"], f"{row['wavelength']:.1f}", f"{row['change']:.3g} {row['unit']}")
        lines.append(" & ".join(escape_latex(str(cell)) for cell in cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


WHY_TABLE = TableKind("why", "Lines that decide a network's labels, by SpectraGUI", WHY_COLUMNS, _why_latex)


def check_why_path(path: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuse a path that takes neither a figure nor a table; raises `WriteError`."""
    if path.suffix.lower() in FIGURES:
        check_target(path, inputs)
        return
    try:
        check_table_path(path, inputs)
    except WriteError as error:
        hint = f"{error.hint} A figure ends in {', '.join(FIGURES)}." if error.hint else error.hint
        raise WriteError(error.message, hint) from error


def write_why(why: Why, path: Path, name: str) -> None:
    """Write the decisive lines as a table, or gradients and lines as a figure, by the path's suffix.

    Parameters
    ----------
    why : Why
    path : pathlib.Path
        Ends in .png, .pdf or .svg for a figure, else as a table of results.
    name : str
        Of the spectrum.

    Raises
    ------
    WriteError
        If the suffix is another, the file cannot be written, or matplotlib is needed and missing.
    """
    if path.suffix.lower() in FIGURES:
        _draw(why, path, name)
    else:
        write_table(why_rows(why, name), WHY_TABLE, path)


def why_rows(why: Why, name: str) -> list[dict[str, Any]]:
    """Return a row of `WHY_COLUMNS` for each label and line."""
    return [
        {
            "file": name,
            "model": why.model,
            "label": label,
            "rank": rank,
            "line": line.name,
            "wavelength": line.wavelength_aa,
            "change": line.change,
            "unit": LABELS[label].unit if label in LABELS else "",
        }
        for label, lines in why.lines.items()
        for rank, line in enumerate(lines, start=1)
    ]


def _apart(why: Why, label: str) -> list[DecisiveLine]:
    """Return the strongest lines whose names do not lie over each other."""
    reach = NAME_WIDTH * float(np.ptp(why.wavelength_aa))
    found: list[DecisiveLine] = []
    for line in why.lines[label]:
        if all(abs(line.wavelength_aa - other.wavelength_aa) > reach for other in found):
            found.append(line)
    return found[:N_NAMED]


def _draw(why: Why, path: Path, name: str) -> None:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise WriteError(
            "No figure: matplotlib is not installed.", "Install it with: pip install 'spectragui[figures]'."
        ) from error
    n_labels = len(why.gradients)
    figure = Figure(figsize=(13, 2.2 + 1.9 * n_labels), layout="constrained")
    FigureCanvasAgg(figure)
    axes = np.atleast_1d(figure.subplots(n_labels + 1, 1, sharex=True))
    axes[0].plot(why.wavelength_aa, why.flux, color="0.2", lw=0.5)
    axes[0].set_ylabel("Normalised flux")
    axes[0].set_title(f"{name}: what {why.model} reads its labels from")
    for axis, (label, gradient) in zip(axes[1:], why.gradients.items(), strict=True):
        unit = LABELS[label].unit if label in LABELS else ""
        axis.axhline(0.0, color="0.8", lw=0.6)
        axis.plot(why.wavelength_aa, gradient, color="tab:blue", lw=0.5)
        limit = 1.9 * float(np.nanmax(np.abs(gradient)))
        axis.set_ylim(-limit, limit)
        symbol = LABELS[label].plain_symbol if label in LABELS else label
        axis.set_ylabel(f"Δ{symbol} {f'({unit})' if unit else ''}\nfor +0.01 flux".strip())
        for line in _apart(why, label):
            axis.axvline(line.wavelength_aa, color="tab:orange", lw=0.5, alpha=0.6)
            axis.annotate(
                line.name, (line.wavelength_aa, 0.97 * limit), rotation=90, va="top", ha="right", fontsize=7
            )
    axes[-1].set_xlabel(f"Wavelength (Å, {why.medium}, rest frame)")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format=path.suffix[1:].lower())
