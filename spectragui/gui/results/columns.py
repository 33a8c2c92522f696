"""Columns of the results table on screen: what each shows, sorts by and is called."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from spectragui.core.flags import FLAG_WORDS, Flag
from spectragui.core.follow_up import FOLLOW_UP_WORDS
from spectragui.core.labels import LABELS, MAIN_LABELS, PARAMETER_LABELS, format_with_error, true_minus
from spectragui.core.results import CHI2_WORDS
from spectragui.gui.session.state import Result

LEVEL_WORDS = {"good": "inside", "caution": "with care", "bad": "do not use"}
STATE_KEY = "earlier_state"
EARLIER_WORDS = "of an earlier state"
EARLIER_TIP = "The spectrum was changed after this prediction"


@dataclasses.dataclass(frozen=True)
class ResultColumn:
    """One column on screen.

    Attributes
    ----------
    key : str
        Unique.
    header : str
        Name, and unit once; HTML allowed.
    tip : str
        Meaning.
    text : callable
        ``text(result)`` is shown.
    sort_key : callable
        ``sort_key(result)`` orders; NaN comes last.
    fields : tuple of str
        Columns of the results file that it shows, for copying.
    is_number : bool
        Right-aligned.
    is_shown : bool
        At first.
    """

    key: str
    header: str
    tip: str
    text: Callable[[Result], str]
    sort_key: Callable[[Result], Any]
    fields: tuple[str, ...]
    is_number: bool = True
    is_shown: bool = True

    @property
    def plain_header(self) -> str:
        """The header without HTML."""
        return self.header.replace("<sub>", "").replace("</sub>", "")


def verdict_words(result: Result) -> str:
    """Return the verdict in a few words: "inside", or what is wrong first."""
    verdict = result.prediction.verdict
    if verdict.level == "good":
        return LEVEL_WORDS["good"]
    if verdict.flag_bad & Flag.NOT_SERVED:
        return _lower_first(verdict.sentence.rstrip("."))
    reasons = [reason for reason in verdict.reasons if reason]
    first = reasons[0] if reasons else ""
    bits = verdict.flag_bad or verdict.flag_warn
    if not first and bits:
        first = next(words for flag, words in FLAG_WORDS.items() if flag & Flag(bits))
    short = first.split(":")[0].rstrip(".")
    return f"{LEVEL_WORDS[verdict.level]}: {_lower_first(short)}" if short else LEVEL_WORDS[verdict.level]


def _lower_first(text: str) -> str:
    """Return a sentence as it stands after a colon; names of labels stay as they are."""
    return text if text[:2].isupper() or text.startswith(("Teff", "[")) else text[:1].lower() + text[1:]


def _text_column(key: str, header: str, tip: str, shown: bool = True) -> ResultColumn:
    def text(result: Result) -> str:
        value = str(result.prediction.row[key])
        return PurePath(value).name if key == "file" and " + " not in value else value

    return ResultColumn(key, header, tip, text, lambda r: text(r).lower(), (key,), False, shown)


def _number_column(
    key: str, header: str, tip: str, form: str, shown: bool = True, factor: float = 1.0
) -> ResultColumn:
    def text(result: Result) -> str:
        value = float(result.prediction.row[key]) * factor
        return true_minus(form.format(value)) if math.isfinite(value) else ""

    return ResultColumn(key, header, tip, text, lambda r: float(r.prediction.row[key]), (key,), True, shown)


def _label_column(name: str, suffix: str = "", shown: bool = True) -> ResultColumn:
    label, key = LABELS[name], f"{name}{suffix}"
    unit = f" ({label.unit})" if label.unit not in ("", "dex") else ""
    how = "from the least-squares fit" if suffix else "from the network"
    kind = " fit" if suffix else ""

    def text(result: Result) -> str:
        value, row = float(result.prediction.row[key]), result.prediction.row
        limit = result.prediction.upper_limits.get(name, math.nan)
        if value <= limit:
            return f"< {limit:.1f}"
        return format_with_error(value, float(row[f"e_{key}"]), decimals=label.decimals)

    tip = f"{label.description}, {how} [{label.unit}]"
    fields = (key, f"e_{key}")
    return ResultColumn(
        key,
        f"{label.symbol}{kind}{unit}",
        tip,
        text,
        lambda r: float(r.prediction.row[key]),
        fields,
        True,
        shown,
    )


def _state_text(result: Result) -> str:
    return EARLIER_WORDS if result.is_of_earlier_state else ""


def _model_text(result: Result) -> str:
    row = result.prediction.row
    return f"{row['model']} {row['model_version']}".strip()


def _velocity_text(result: Result) -> str:
    row = result.prediction.row
    return format_with_error(float(row["v_rad"]), float(row["e_v_rad"]), decimals=2)


def _follow_up_place(result: Result) -> int:
    """Return the place of the word among `FOLLOW_UP_WORDS`; rows without one come last."""
    words = list(FOLLOW_UP_WORDS)
    word = str(result.prediction.row["follow_up"])
    return words.index(word) if word in words else len(words)


_ORDER = {"good": 0, "caution": 1, "bad": 2}
RESULT_TABLE_COLUMNS: tuple[ResultColumn, ...] = (
    _text_column("object", "Object", "Object named by the file"),
    ResultColumn(
        STATE_KEY, "State", f"{EARLIER_TIP}, where it says so", _state_text, _state_text,
        (STATE_KEY,), False, False,
    ),
    ResultColumn(
        "verdict", "Verdict", "Whether to believe the numbers", verdict_words,
        lambda r: (_ORDER[r.prediction.verdict.level], verdict_words(r)),
        ("flag_warn", "flag_bad", "flags"), False,
    ),
    _text_column("file", "File", "File, or files of its arms", shown=False),
    ResultColumn(
        "model", "Model", "Model and its version", _model_text, _model_text,
        ("model", "model_version"), False, False,
    ),
    *(_label_column(name, shown=name in MAIN_LABELS) for name in PARAMETER_LABELS),
    *(_label_column(name, "_fit", name in MAIN_LABELS) for name in PARAMETER_LABELS),
    ResultColumn(
        "v_rad", "v<sub>rad</sub> (km/s)", LABELS["v_rad"].description, _velocity_text,
        lambda r: float(r.prediction.row["v_rad"]), ("v_rad", "e_v_rad"), True, False,
    ),
    _text_column("v_rad_frame", "Frame of v<sub>rad</sub>", "Frame of the radial velocity", shown=False),
    _number_column("resolving_power", "R", "Resolving power, wavelength / FWHM", "{:,.0f}", shown=False),
    _number_column(
        "snr", "S/N", "Median flux / σ per native pixel in the model's window; the tree: the whole range",
        "{:.0f}",
    ),
    _number_column("coverage", "Coverage (%)", "Part of the model's window", "{:.0f}", False, 100.0),
    _number_column("rchi2", "Reduced χ²", f"At the network's labels. {CHI2_WORDS}", "{:.2f}", shown=False),
    _number_column(
        "rchi2_fit", "Reduced χ² fit", f"At the fit's labels. {CHI2_WORDS}", "{:.2f}", shown=False
    ),
    ResultColumn(
        "follow_up", "Follow-up", "What would help most. " + " ".join(
            f"{word}: {meaning}." for word, meaning in FOLLOW_UP_WORDS.items()
        ),
        lambda r: str(r.prediction.row["follow_up"]), lambda r: _follow_up_place(r), ("follow_up",), False,
    ),
    _text_column("created", "Predicted (UTC)", "When it was predicted", shown=False),
)  # fmt: skip


def as_tab_separated(results: list[Result], columns: list[ResultColumn]) -> str:
    """Return results as a table of tab-separated plain numbers under the file's column names."""
    fields = [field for column in columns for field in column.fields]
    lines = ["\t".join(fields)]
    for result in results:
        lines.append("\t".join(_plain(result.prediction.row, field) for field in fields))
    return "\n".join(lines) + "\n"


def _plain(row: Mapping[str, Any], field: str) -> str:
    value = row[field]
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return str(value).replace("\t", " ")
