"""Cuts of a survey's table: the thesis' six, what each costs, the split by star after them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from spectragui.core.errors import TrainingError
from spectragui.training.data_sets.cuts import apply_cuts, cut_presets, read_cuts
from spectragui.training.data_sets.label_table import read_label_table
from spectragui.training.data_sets.star_groups import count_leaks, group_stars, split_by_star

GOOD = {
    "SNR": 250.0, "STARFLAG": 0, "ASPCAPFLAG": 0, "TEFF": 4800.0, "FE_H": -0.2, "LOGG": 2.5, "VSCATTER": 0.2,
}  # fmt: skip
# One row that fails exactly the cut of this name.
FAILS = {
    "snr": {"SNR": 199.0},
    "flags": {"ASPCAPFLAG": 4},
    "teff": {"TEFF": 5500.0},
    "fe_h": {"FE_H": -3.2},
    "logg": {"LOGG": -9999.0},
    "v_scatter": {"VSCATTER": 1.0},
}


def survey(n_good=40):
    """Return a table of visits, four a star: good ones, one that fails each cut, and one that fails two."""
    rows = [dict(GOOD) for _ in range(n_good)]
    rows += [{**GOOD, **changes} for changes in FAILS.values()]
    rows.append({**GOOD, "SNR": 50.0, "TEFF": 3500.0})
    table = Table(rows=rows)
    table["FILE"] = [f"v{n}.fits" for n in range(len(rows))]
    table["APOGEE_ID"] = [f"2M{n // 4:04d}" for n in range(len(rows))]
    return table


def test_the_thesis_six_cuts_and_what_each_costs():
    cuts = read_cuts("apogee-starnet")
    assert [cut.name for cut in cuts] == list(FAILS)
    table = survey()
    kept, losses = apply_cuts({name: table[name] for name in table.colnames}, len(table), cuts)
    assert kept.sum() == 40
    assert [loss.n_alone for loss in losses] == [2, 1, 2, 1, 1, 1]
    assert [loss.n_further for loss in losses] == [2, 1, 1, 1, 1, 1]
    assert losses[2].sentence == "1 row lost by the cut TEFF above 4000 and below 5500 (2 fail it)."


def test_rows_that_fail_are_left_out_before_the_split_by_star(tmp_path: Path):
    path = tmp_path / "allVisit.fits"
    survey().write(path)
    table = read_label_table(path, cuts=read_cuts("apogee-starnet"))
    assert len(table) == 40 and table.stars[0] == "2M0000"
    said = " ".join(table.columns.remarks)
    assert "40 of 47 rows pass the cuts." in said and said.count(" lost by the cut ") == 6
    stars = group_stars(table)
    parts = split_by_star(stars, seed=1, shares=(0.7, 0.15, 0.15))
    assert count_leaks(stars, parts) == 0 and len(np.unique(stars)) == 10
    for star in np.unique(stars):
        assert len({part for part, own in zip(parts, stars, strict=True) if own == star}) == 1


def test_unknown_values_fail_and_missing_columns_are_said():
    (cut, *_) = read_cuts("apogee-starnet")
    values = MaskedColumn([300.0, 300.0, np.nan], mask=[False, True, False])
    kept, _ = apply_cuts({"SNREV": values}, 3, [cut])
    assert kept.tolist() == [True, False, False]
    with pytest.raises(TrainingError, match="no column SNR or SNREV"):
        apply_cuts({"TEFF": np.ones(3)}, 3, [cut])
    with pytest.raises(TrainingError, match="holds no numbers"):
        apply_cuts({"SNR": np.array(["high", "low", ""])}, 3, [cut])
    with pytest.raises(TrainingError, match="No row passes the cuts; 3 of 3 fail SNR at least 200"):
        apply_cuts({"SNR": np.ones(3)}, 3, [cut])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[data]\ncuts = 3",
        "[data.cuts]\nsnr = 3",
        "[data.cuts.snr]\nat_least = 3",
        '[data.cuts.snr]\ncolumns = ["SNR"]',
        '[data.cuts.snr]\ncolumns = ["SNR"]\nat_least = "high"',
        '[data.cuts.snr]\ncolumns = ["SNR"]\nmore_than = 3',
        "[data.cuts.snr]\ncolumns = [1]\nat_least = 3",
        "= 3",
    ],
)
def test_cuts_that_cannot_be_end_in_a_sentence(tmp_path: Path, text: str):
    (tmp_path / "cuts.toml").write_text(text)
    with pytest.raises(TrainingError):
        read_cuts(str(tmp_path / "cuts.toml"))


def test_the_presets_are_known_by_name():
    assert "apogee-starnet" in cut_presets()
    with pytest.raises(TrainingError, match="apogee-starnet"):
        read_cuts("no-such-cuts")
