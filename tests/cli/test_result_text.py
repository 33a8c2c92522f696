"""How predictions look on a terminal, wide and narrow."""

import pytest

from spectragui.cli.result_text import results_text
from spectragui.core.flags import Flag
from spectragui.core.labels import LabelSet
from spectragui.core.results import make_row
from spectragui.inference.prediction import Prediction, Verdict


@pytest.fixture
def prediction():
    labels = {"teff": 5779.2, "logg": 4.423, "m_h": -0.012, "vsini": 1.0}
    errors = {"teff": 41.2, "logg": 0.07, "m_h": 0.031}
    row = make_row(file="a.fits + b.fits", object="Sun", v_rad=12.3, e_v_rad=0.04, snr=210.4)
    verdict = Verdict("caution", "Read with care", (), flag_warn=int(Flag.LABEL_RANGE | Flag.LTE))
    return Prediction(row, LabelSet(labels, errors), None, verdict, {"vsini": 3.1})


def test_one_line_holds_numbers_with_their_errors(prediction):
    header, line = results_text([prediction]).splitlines()
    for cell in ("5779 ± 41", "4.42 ± 0.07", "\u22120.01 ± 0.03", "< 3.1", "210", "caution: LABEL_RANGE,LTE"):
        assert cell in line
    assert line.startswith("a.fits + 1 more  Sun     network")
    assert header.index("verdict") == line.index("caution")


def test_the_fit_has_a_line_of_its_own(prediction):
    fit = LabelSet({"teff": 5772.0}, {"teff": 12.0})
    both = Prediction(prediction.row, prediction.network, fit, prediction.verdict)
    lines = results_text([both]).splitlines()
    assert len(lines) == 3
    assert lines[2].split()[:4] == ["fit", "5772", "±", "12"]


def test_a_narrow_terminal_gets_one_small_table_a_spectrum(prediction):
    lines = results_text([prediction, prediction], width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "a.fits + 1 more  Sun"
    assert any(line.split() == ["Teff", "(K)", "5779", "±", "41"] for line in lines)
    assert results_text([prediction], width=300) == results_text([prediction])


def test_what_cannot_be_served_has_no_numbers(prediction):
    verdict = Verdict("bad", "Not served", (), flag_bad=int(Flag.NOT_SERVED))
    line = results_text([Prediction(make_row(file="red.fits"), None, None, verdict)]).splitlines()[1]
    assert line.split() == ["red.fits", "network", "bad:", "NOT_SERVED"]
