"""The results as a LaTeX table that can go into a paper: symbols, value and error together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from spectragui.core.labels import LABELS, PARAMETER_LABELS, format_with_error

EARLIER_MARK = r"$^{\dagger}$"
_SYMBOLS = {
    "teff": r"$T_{\rm eff}$",
    "logg": r"$\log g$",
    "m_h": r"[M/H]",
    "alpha_m": r"[$\alpha$/M]",
    "vsini": r"$v \sin i$",
    "vmic": r"$\xi$",
    "v_rad": r"$v_{\rm rad}$",
}
_UNITS = {"K": "K", "dex": "dex", "km/s": r"km\,s$^{-1}$"}
_ESCAPES = {
    **{character: "\\" + character for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


def latex_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a complete table environment (booktabs) with the columns that hold anything.

    Parameters
    ----------
    rows : sequence of mapping
        Complete rows of the results table.
    """
    labels = [(name, "") for name in _SYMBOLS if _has_any(rows, name)]
    labels += [(name, "_fit") for name in PARAMETER_LABELS if _has_any(rows, f"{name}_fit")]
    frame = ["Frame"] if any(row["v_rad_frame"] for row in rows) else []
    heads = ["Object", "Model", *(_head(name, suffix) for name, suffix in labels), *frame, "S/N", "Flags"]
    units = ["", "", *(_unit(name) for name, _ in labels), *("" for _ in frame), "", ""]
    is_earlier = any(row["earlier_state"] for row in rows)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{Stellar parameters with 1$\sigma$ errors.}",
        rf"\begin{{tabular}}{{ll{'r' * len(labels)}{'l' * len(frame)}rl}}",
        r"\toprule",
        " & ".join(heads) + r" \\",
        " & ".join(units) + r" \\",
        r"\midrule",
        *(_line(row, labels, bool(frame)) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        *([rf"\par\smallskip {EARLIER_MARK} The spectrum was changed after this result."] * is_earlier),
        r"\end{table}",
    ]
    citations = dict.fromkeys(str(row["citation"]) for row in rows if row["citation"])
    lines.extend(f"% cite: {' '.join(citation.split())}" for citation in citations)
    return "\n".join(lines) + "\n"


def measurements_latex(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a complete table environment (booktabs) of measured lines, value and error together.

    Parameters
    ----------
    rows : sequence of mapping
        Complete rows of the table of measurements.
    """
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{Measured lines with 1$\sigma$ errors.}",
        r"\begin{tabular}{lllrrrr}",
        r"\toprule",
        r"Object & Line & Method & $\lambda$ & $W$ & FWHM & S/N \\",
        r" & & & (\AA) & (m\AA) & (\AA) & \\",
        r"\midrule",
        *(_measurement_line(row) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _measurement_line(row: Mapping[str, Any]) -> str:
    name = str(row["object"]) or str(row["file"]).split("/")[-1]
    cells = [escape_latex(name), escape_latex(str(row["line"])), escape_latex(str(row["method"]))]
    cells.append(_value_with_error(row["centre"], row["e_centre"], 4))
    cells.append(_value_with_error(1e3 * row["ew"], 1e3 * row["e_ew"], 2))
    cells.append(_value_with_error(row["fwhm"], row["e_fwhm"], 4))
    cells.append(f"{row['snr']:.0f}" if _is_number(row["snr"]) else "")
    return " & ".join(cells) + r" \\"


def escape_latex(text: str) -> str:
    """Return text with LaTeX's special characters escaped."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def _has_any(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(_is_number(row[name]) for row in rows)


def _is_number(value: Any) -> bool:
    return value is not None and math.isfinite(float(value))


def _head(name: str, suffix: str) -> str:
    return _SYMBOLS[name] + (" (fit)" if suffix else "")


def _unit(name: str) -> str:
    return f"({_UNITS[LABELS[name].unit]})"


def _line(row: Mapping[str, Any], labels: Sequence[tuple[str, str]], has_frame: bool) -> str:
    name = str(row["object"]) or str(row["file"]).split("/")[-1]
    mark = EARLIER_MARK if row["earlier_state"] else ""
    cells = [escape_latex(name) + mark, escape_latex(str(row["model"]))]
    for label, suffix in labels:
        value, error = row[label + suffix], row[f"e_{label}{suffix}"]
        limit = row.get(f"{label}_limit")
        is_limit = _is_number(limit) and _is_number(value) and value <= limit
        known = _value_with_error(value, error, LABELS[label].decimals)
        cells.append(f"$< {limit:.1f}$" if is_limit else known)
    cells += [escape_latex(str(row["v_rad_frame"]))] * has_frame
    cells.append(f"{row['snr']:.0f}" if _is_number(row["snr"]) else "")
    cells.append(escape_latex(str(row["flags"]).replace(",", ", ")))
    return " & ".join(cells) + r" \\"


def _value_with_error(value: Any, error: Any, decimals: int) -> str:
    if not _is_number(value):
        return r"\dots"
    text = format_with_error(float(value), error if _is_number(error) else None, decimals=decimals)
    return "$" + text.replace("\N{MINUS SIGN}", "-").replace("±", r"\pm") + "$"
