"""Whether a keyword's value means yes or no, whatever word it is written with."""

from __future__ import annotations

import math
import re
from typing import Any

_NO = re.compile(
    r"|f|false|\.f\.|\.false\.|n|no|not?[ _-].*|none|nil|null|n/?a|nan|out|off|un[a-z]+|absent|empty|"
    r"removed|retracted|"
    r"parked?|omit(ted)?|skip(ped)?|disabled?|inactive|without|nein|aus|non|aucune?|undef(ined)?|missing|blank|clear|"
    r"out[ _-].*|off[ _-].*|[-+]?0+(\.0*)?|-+|\?+",
    re.I,
)
_YES = re.compile(
    r"t|true|\.t\.|\.true\.|y|yes|on|in|done|complete[d]?|perform(ed)?|applied|corrected|ja|oui|enabled?|active|1(\.0*)?",
    re.I,
)


def means_yes(value: Any) -> bool | None:
    """Return what a keyword's value says: True = yes, False = no, None = neither word.

    Parameters
    ----------
    value : bool, int, float, str or None
        "out", "off", "none", "unused", "F", 0 and an empty text mean no; a number that is not 0 or 1
        and any other word is neither.
    """
    if value is None:
        return False
    if isinstance(value, float) and math.isnan(value):
        return False
    word = " ".join(str(value).split()).strip("'\" .!")
    if _NO.fullmatch(word):
        return False
    return True if _YES.fullmatch(word) else None
