"""The table of denoised spectra as it is written, and the rows of what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.denoise_columns import DENOISE_COLUMNS, denoise_row
from spectragui.core.flags import Flag, flag_names
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.parameters.result_row import files_of, names_of
from spectragui.io.tables.latex_table import escape_latex
from spectragui.io.tables.tables import TableKind


def denoised_latex(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a complete table environment (booktabs) of denoised spectra."""
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{Denoised spectra.}",
        r"\begin{tabular}{lrrrl}",
        r"\toprule",
        r"Object & S/N & denoised & whiteness $p$ & Flags \\",
        r"\midrule",
    ]
    for row in rows:
        name = escape_latex(str(row["object"] or row["file"]))
        numbers = f"{row['snr_before']:.1f} & {row['snr_after']:.0f} & {row['whiteness_p']:.2g}"
        lines.append(f"{name} & {numbers} & {escape_latex(str(row['flags']))}" + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


DENOISED_TABLE = TableKind(
    "denoised", "Spectra denoised by SpectraGUI, one row a spectrum", DENOISE_COLUMNS, denoised_latex
)


def failed_denoise_row(files: Sequence[Path], spectrum: AnySpectrum | None, reason: str) -> Mapping[str, Any]:
    """Return the row of a spectrum that could not be denoised, or of files that could not be read."""
    flag = Flag.NOT_SERVED
    values: dict[str, Any] = {"flag_bad": int(flag), "flags": flag_names(flag), "reason": reason}
    if spectrum is None:
        return denoise_row(file=names_of(files), **values)
    meta = {**orders_of(spectrum)[0].meta, **spectrum.meta}
    return denoise_row(
        file=names_of(files_of(spectrum) or files),
        object=str(meta.get("object", "")),
        spectrum=int(meta.get("spectrum_index", 0) or 0),
        **values,
    )
