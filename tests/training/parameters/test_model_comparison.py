"""The comparison of networks: its figures against truth, the thesis' impossible rows, the command."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import TrainingError
from spectragui.training.parameters.model_comparison import (
    THESIS,
    figures_of_merit,
    is_possible,
    label_groups,
    rows_of,
    thesis_table,
    write_comparison,
)
from spectragui.training.parameters.observing_cases import CaseResult, ObservingCase


def test_figures_against_numbers_by_hand() -> None:
    found = figures_of_merit(np.array([2.0, 4.0, 9.0]), np.array([1.0, 5.0, 6.0]))
    assert found["MAE"] == pytest.approx(5 / 3) and found["MSE"] == pytest.approx(11 / 3)
    assert found["RMSE"] == pytest.approx((11 / 3) ** 0.5) and found["bias"] == pytest.approx(1.0)
    assert found["R2"] == pytest.approx(1.0 - 11.0 / 14.0)
    assert np.isnan(figures_of_merit(np.ones(3), np.ones(3))["R2"])


def test_four_rows_of_the_thesis_are_impossible() -> None:
    impossible = [(network, labels) for network, labels, mae, mse in THESIS if not is_possible(mae, mse)]
    assert impossible == [("StarNet", "T"), ("StarNet", "TG"), ("StarNet", "TGM"), ("VGG", "TGM")]
    assert thesis_table().count("impossible") == 4


def some_result(snr: int, labels: tuple[str, ...]) -> CaseResult:
    rng = np.random.default_rng(snr)
    true = rng.normal(5000.0, 500.0, (40, len(labels)))
    predicted = true + rng.normal(0.0, 10.0, true.shape)
    predicted[0, 0] = np.nan
    case = ObservingCase(f"held out, S/N {snr}", snr=snr)
    return CaseResult(case, labels, predicted, np.ones_like(true), true, np.full(40, 5e4))


def test_a_network_has_the_rows_of_the_labels_that_it_gives(tmp_path) -> None:
    groups = label_groups("T,TG,TGM")
    results = {
        "one": [some_result(snr, ("teff", "logg", "m_h")) for snr in (10, 50)],
        "two": [some_result(50, ("teff",))],
    }
    rows = [row for name, cases in results.items() for row in rows_of(name, cases, groups)]
    assert [(row.labels, row.label) for row in rows if row.model == "two"] == [("T", "teff")]
    assert len([row for row in rows if row.model == "one"]) == 2 * (1 + 2 + 3)
    assert {row.n_spectra for row in rows if row.label == "teff"} == {39}  # NaN does not count
    files = write_comparison(rows, results, tmp_path / "report")
    assert [path.name for path in files] == [
        "comparison.md", "comparison.ecsv", "one_to_one.png", "error_against_snr.png",
    ]  # fmt: skip
    from astropy.table import Table

    table = Table.read(files[1], format="ascii.ecsv")
    assert len(table) == len(rows) and {"MAE", "MSE", "RMSE", "R2", "bias"} <= set(table.colnames)


def test_unknown_words_are_said() -> None:
    with pytest.raises(TrainingError, match="XY"):
        label_groups("T,XY")
