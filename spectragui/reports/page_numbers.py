"""How numbers, signs and names of columns stand on a page: as in print, not as in a program."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from spectragui.core.labels import LABELS

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUS = re.compile(r"(?<![\w.\])\-])-(?=\.?\d)| - (?=\S)")
_LARGEST = 1e9  # from here on as a power of ten
#: Columns whose names say too little without their underscores alone.
_COLUMNS = {
    "snr": "S/N",
    "R2": "R²",
    "auc": "AUC",
    "sigma_nmad": "σ NMAD",
    "percentile_95": "95th percentile",
    "paper_epochs": "paper's epochs",
    "change_in_a_tenth_more_batches": "last slope",
    "inside_68_percent": "inside the 68 % interval",
    "faster_than_synthesis": "times quicker than synthesis",
}
_UNITS = {"Angstrom": "Å", "-": ""}


def shown(value: float | str) -> str:
    """Return a number as a table shows it: four digits, whole numbers whole, a true minus sign."""
    if isinstance(value, str):
        return value
    if not np.isfinite(value):
        return "not measured"
    size = abs(value)
    if value and (size < 1e-4 or size >= _LARGEST):
        digits, power = f"{value:.2e}".split("e")
        text = f"{digits} × 10{str(int(power)).translate(_SUPERSCRIPTS)}"
    elif size >= 10_000:
        text = f"{value if float(value).is_integer() else float(f'{value:.4g}'):,.0f}"
    else:
        text = f"{value:.4g}" if size < 9999.5 or float(value).is_integer() else f"{value:,.0f}"
    return text.replace("-", "−")


def as_printed(value: float | str) -> str:
    """Return a number of a paper with the digits that the paper prints."""
    if isinstance(value, str) or not np.isfinite(value):
        return shown(value)
    text = np.format_float_positional(value, trim="-")
    return f"{value:,.0f}" if abs(value) >= 10_000 and "." not in text else text.replace("-", "−")


def beside_limit(value: float, limit: float, digits: int = 3) -> str:
    """Return a number with as many digits as it takes to tell it from a limit that it is not."""
    text = f"{value:.{digits}g}"
    while value != limit and float(text) == limit and digits < 8:
        digits += 1
        text = f"{value:.{digits}g}"
    number = float(text)
    plain = np.format_float_positional(number, trim="-") if 1e-5 <= abs(number) < 1e4 else shown(number)
    return plain.replace("-", "−")


def typeset(text: str) -> str:
    """Return words with true minus signs and ≥, ≤; what stands between backticks stays as it is."""
    parts = text.split("`")
    for number in range(0, len(parts), 2):
        part = _MINUS.sub(lambda found: " − " if found[0] == " - " else "−", parts[number])
        parts[number] = part.replace(">=", "≥").replace("<=", "≤")
    return "`".join(parts)


def column_title(name: str, unit: str = "") -> str:
    """Return the head of a column of an ECSV table as people read it."""
    known = _COLUMNS.get(name) or label_symbol(name)
    if known == name:
        for start, words in (("mean_abs_", "mean |"), ("max_abs_", "max |")):
            if name.startswith(start):
                what, _, at = name.removeprefix(start).partition("_at_")
                known = f"{words}{what}|" + (f" at S/N {at}" if at else "")
        if name.startswith("d_") and name[2:] in LABELS:
            known = f"Δ {label_symbol(name[2:])}"
    known = known.replace("_", " ")
    shown_unit = _UNITS.get(unit, unit)
    return f"{known} [{shown_unit}]" if shown_unit else known


def label_symbol(name: str) -> str:
    """Return the symbol of a label; any other word as it is."""
    return LABELS[name].plain_symbol if name in LABELS else name


def cell(value: Any) -> str:
    """Return a cell of a table: a number, a label's symbol, or words; — where there is nothing."""
    if isinstance(value, str):
        return label_symbol(value) if value in LABELS else _UNITS.get(value, value)
    if isinstance(value, float):
        return shown(value) if np.isfinite(value) else "—"
    return f"{value:,}"


def typeset_figure(figure: Any) -> None:
    """Give all words of a figure of matplotlib true minus signs; numbers at ticks have them already."""
    from matplotlib.text import Text

    for one in figure.findobj(Text):
        words = one.get_text()
        if "-" in words or "=" in words:
            one.set_text(typeset(words))
