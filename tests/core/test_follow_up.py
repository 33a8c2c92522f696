"""One word a row: what would help it."""

from __future__ import annotations

import pytest

from spectragui.core.flags import Flag
from spectragui.core.follow_up import FOLLOW_UP_WORDS, follow_up
from spectragui.core.results import COLUMN_NAMES, RESULT_COLUMNS, make_row
from spectragui.core.row_filter import RowFilter

GOOD = {"model": "m", "snr": 120.0, "coverage": 0.98}


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (GOOD, "complete"),
        ({**GOOD, "snr": 20.0}, "signal"),
        ({**GOOD, "coverage": 0.4}, "coverage"),
        ({**GOOD, "flag_warn": Flag.LABEL_RANGE}, "outside"),
        ({**GOOD, "flag_bad": Flag.CHI2}, "outside"),
        ({**GOOD, "flag_warn": Flag.LOW_SNR, "snr": 8.0}, "signal"),
        ({**GOOD, "flag_bad": Flag.OUT_OF_DISTRIBUTION | Flag.LOW_SNR, "snr": 4.0}, "signal"),
        ({**GOOD, "flag_warn": Flag.COVERAGE, "flag_bad": Flag.LABEL_RANGE}, "outside"),
        ({**GOOD, "flag_warn": Flag.VELOCITY}, "velocity"),
        ({**GOOD, "flag_warn": Flag.RESOLUTION}, "resolution"),
        ({**GOOD, "flag_warn": Flag.UPPER_LIMIT}, "complete"),
        ({"flag_bad": Flag.NOT_SERVED}, "file"),
        ({"model": "m", "flag_bad": Flag.NOT_SERVED}, "outside"),
    ],
)
def test_the_word_follows_from_the_row(values, word):
    row = make_row(**{name: int(v) if isinstance(v, Flag) else v for name, v in values.items()})
    assert row["follow_up"] == word == follow_up(row)
    assert word in FOLLOW_UP_WORDS


def test_the_column_came_after_those_of_the_manual_and_can_be_filtered():
    assert COLUMN_NAMES.index("follow_up") == COLUMN_NAMES.index("reason") + 1
    kinds = {column.name: column.kind for column in RESULT_COLUMNS}
    keep = RowFilter('follow_up == "signal"', kinds)
    assert [keep(make_row(**{**GOOD, "snr": snr}), "") for snr in (10.0, 200.0)] == [True, False]
    assert make_row()["follow_up"] == ""
