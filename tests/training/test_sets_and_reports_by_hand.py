"""Data sets, filters and reports of trainings against what was worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch")

from spectragui.training.data_sets.cuts import Cut, apply_cuts  # noqa: E402 - after torch
from spectragui.training.data_sets.data_set import DataSet, _row_table  # noqa: E402
from spectragui.training.data_sets.label_filters import LabelFilters, filtered  # noqa: E402
from spectragui.training.data_sets.made_spectra import made_table  # noqa: E402
from spectragui.training.data_sets.synthetic_set import SyntheticStars, _common, synthetic_spectra  # noqa: E402
from spectragui.training.denoiser.baselines import wavelet  # noqa: E402
from spectragui.training.denoiser.disturbances import DenoiserAugmentation, augment  # noqa: E402
from spectragui.training.denoiser.heldout import HeldOut  # noqa: E402
from spectragui.training.denoiser.report import (  # noqa: E402
    DenoiserReport,
    _coverage,
    _joined,
    _statements,
    measure,
    report_metrics,
    report_text,
)
from spectragui.training.generator.report import bin_table, case_rows, label_table, map_note  # noqa: E402

WAVE = np.linspace(5000.0, 5100.0, 200)


# --- filters and sets ---


@pytest.mark.parametrize(
    ("star", "is_near"),
    [((5149.0, 4.0), True), ((5151.0, 4.0), False), ((5000.0, 4.149), True), ((5000.0, 4.151), False),
     ((4851.0, 4.0), True), ((5106.0, 4.106), True), ((5107.0, 4.107), False)],
)  # fmt: skip
def test_near_an_isochrone_is_150_k_and_015_dex(tmp_path, star, is_near) -> None:
    track = tmp_path / "track.csv"
    track.write_text("teff,logg\n5000,4.0\n5000,4.0\n", encoding="utf-8")  # one point
    rows = [{"teff": 5000.0, "logg": 4.0}, {"teff": star[0], "logg": star[1]}]
    table = made_table("stars", ["on.fits", "star.fits"], rows)
    found = filtered(table, LabelFilters(isochrone=str(track)))
    assert ("star.fits" in found.files) == is_near


def test_ends_of_a_box_are_in_it_and_each_filter_counts_what_it_takes_more() -> None:
    rows = [{"teff": float(t), "logg": g} for t, g in ((4000, 3.0), (6000, 5.0), (3999, 2.0), (5000, 2.0))]
    table = made_table("stars", list("abcd"), rows)
    found = filtered(table, LabelFilters({"teff": (4000.0, 6000.0), "logg": (3.0, 5.0)}))
    assert found.files == ("a", "b")
    assert found.columns.remarks[-3:] == (
        "1 row lost by Teff from 4000 to 6000 (1 fail it).",
        "1 row lost by log g from 3 to 5 (2 fail it).",
        "2 of 4 rows pass the filters.",
    )


def test_each_cut_counts_those_that_fail_it_and_those_that_it_takes_more() -> None:
    columns = {"snr": np.array([10.0, 50.0, 200.0, 20.0]), "flag": np.array([1.0, 1.0, 0.0, 0.0])}
    cuts = (Cut("snr", ("snr",), (("at_least", 50.0),)), Cut("flag", ("flag",), (("equal_to", 0.0),)))
    kept, losses = apply_cuts(columns, 4, cuts)
    assert kept.tolist() == [False, False, True, False]
    assert [(one.n_alone, one.n_further) for one in losses] == [(2, 2), (2, 1)]
    assert losses[1].sentence == "1 row lost by the cut flag equal to 0 (2 fail it)."


def test_simulated_stars_fill_what_was_asked_for_and_no_more(monkeypatch) -> None:
    from spectragui.training.data_sets import synthetic_set as module

    seen = []
    monkeypatch.setattr(module, "simulate_spectrum", lambda _e, labels, how: seen.append((labels, how)))
    ranges = {"teff": (3900.0, 9750.0), "logg": (0.5, 5.0), "m_h": (-2.5, 0.5), "vmic": (0.5, 3.0)}
    emulator = SimpleNamespace(label_ranges=ranges)
    stars = SyntheticStars(
        number=300, teff_low=4500.0, teff_high=5500.0, snr_low=10.0, snr_high=1000.0, vsini_high=8.0,
        fastest_kms=120.0, resolving_power=42_000.0, logg_low=-1.0, logg_high=7.0,
    )  # fmt: skip
    list(synthetic_spectra(stars, emulator))
    drawn = {name: np.array([labels[name] for labels, _ in seen]) for name in (*ranges, "vsini")}
    for name, low, high in (("teff", 4500, 5500), ("logg", 0.5, 5.0), ("vmic", 0.5, 3.0), ("vsini", 0, 8.0)):
        values = drawn[name]
        assert low <= values.min() and values.max() <= high, name
        assert np.ptp(values) > 0.97 * (high - low) and values.mean() == pytest.approx(
            0.5 * (low + high), abs=0.06 * (high - low)
        )
    how = [one for _, one in seen]
    velocity = np.array([one.v_rad_kms for one in how])
    assert 115.0 < np.abs(velocity).max() <= 120.0 and velocity.min() < -100.0
    snr = np.array([one.snr for one in how])
    assert np.median(np.log10(snr)) == pytest.approx(2.0, abs=0.2)  # even in its logarithm
    assert snr.min() >= 10.0 and snr.max() <= 1000.0
    assert {one.resolving_power for one in how} == {42_000.0} and len({one.seed for one in how}) == 300
    assert _common("teff", (3000.0, 5000.0), emulator) == (3900.0, 5000.0)
    assert _common("teff", (5000.0, 20_000.0), emulator) == (5000.0, 9750.0)


def test_rows_of_parts_and_units_of_columns(tmp_path) -> None:
    nothing = np.full((4, 1), np.nan)
    parts = ("training", "test", "validation", "training")
    stars, power = np.array([1, 2, 2, 3]), np.full(4, np.nan)
    found = DataSet(tmp_path, "", {}, tuple("abcd"), stars, parts, ("teff",), nothing, nothing, power)
    assert found.rows_of("training").tolist() == [0, 3]
    assert found.rows_of("training", "validation").tolist() == [0, 2, 3] and found.n_stars == 3
    from astropy.table import Table

    rows = {"file": ["a"], "teff": [5000.0], "e_teff": [50.0], "vsini": [3.0], "e_vsini": [1.0], "m_h": [0.1]}
    table = Table.read(_row_table(rows), format="ascii.ecsv")
    units = {name: str(table[name].unit or "") for name in table.colnames}
    assert units == {
        "file": "",
        "teff": "K",
        "e_teff": "K",
        "vsini": "km / s",
        "e_vsini": "km / s",
        "m_h": "dex",
    }


# --- denoisers ---


def held(truth, noisy=None, sigma=0.1):
    truth = np.atleast_2d(truth)
    noisy = truth if noisy is None else np.atleast_2d(noisy)
    return HeldOut(WAVE[: truth.shape[1]], truth, noisy, np.full(truth.shape, sigma), {})


def test_measures_of_a_denoised_spectrum() -> None:
    truth, flux = np.array([[1.0, 2.0, 2.0, 5.0]]), np.array([[1.1, 2.0, 1.8, 5.0]])
    sigma = np.array([[0.2, 0.2, 0.1, 0.2]])
    found = measure(held(truth), flux, sigma, np.array([7.0]))
    error = np.array([0.1, 0.0, -0.2, 0.0])
    assert found.mean_e[0] == pytest.approx(np.abs(error * 0.25).mean())  # at a median flux of 0.5
    assert found.max_e[0] == pytest.approx(0.05) and found.max_r[0] == pytest.approx(0.1)
    assert found.mean_r[0] == pytest.approx(0.05) and found.bias[0] == pytest.approx(0.0)
    p, q = truth[0] / 10.0, flux[0] / 9.9
    assert found.kl[0] == pytest.approx(float(np.sum(p * np.log(p / q)))) and found.dv[0] == 7.0
    assert found.inside[0] == 0.75
    both = _joined([found, measure(held(truth), truth, sigma, np.array([9.0]))])
    assert both.dv.tolist() == [7.0, 9.0] and both.inside.tolist() == [0.75, 1.0]


def report_of():
    natural = SimpleNamespace(
        mean_r=np.array([0.05, 0.02, 0.01]), inside=np.array([0.5, 0.7, 0.6]),
        bias=np.array([0.01, -0.03, -0.01]),
        max_r=np.array([0.3, 0.2, 0.1]), kl=np.array([1e-3, 1e-4, 1e-5]), dv=np.array([0.0, 40.0, -31.0]),
    )  # fmt: skip
    quantities = {
        "snr": np.array([4.0, 9.0, 50.0]), "teff": np.array([3500.0, 5000.0, 6000.0]),
        "logg": np.array([0.2, 4.0, 4.8]), "m_h": np.array([-2.0, -1.0, 0.2]),
        "v_rad": np.array([-800.0, 10.0, 200.0]),
    }  # fmt: skip
    fixed = {("emulator", snr): natural for snr in (10.0, 30.0)}
    parts = {"flagged": 0.75, "shown": 0.1, "moved": float("nan"), "named": 1.0}
    case = SimpleNamespace(kind="injected line", snr=10.0, n_spectra=4, **parts)
    return DenoiserReport(natural, quantities, fixed, {"noisy": {10.0: 0.1, 30.0: 0.03}}, (case,))


def test_a_report_on_a_denoiser_has_each_number_in_its_place() -> None:
    report = report_of()
    assert _coverage(report)[2:] == [
        "| 3 to 6 | 1 | 50.0 |", "| 6 to 12 | 1 | 70.0 |", "| 25 to 50 | 0 | nan |",
    ][:2] + ["| 50 to 100 | 1 | 60.0 |"]  # fmt: skip
    metrics = report_metrics(report)
    assert metrics["emulator_snr_10"] == {"mean_abs_r": 0.02667, "bias": -0.01, "within_1_sigma": 0.6}
    assert metrics["n_spectra"] == 3 and metrics["injected_line_snr_10"] == {"flagged": 0.75}
    text = report_text("mine", report)
    high = 100 * np.percentile([0.05, 0.02, 0.01], 95)
    assert f"| emulator | 10 | 2.667 | {high:.3f} | 20.0 | -1.000 | 3.7e-04 | 60.0 | 66.7 |" in text
    assert "| mine | 2.67 | 2.67 |" in text and "| noisy | 10.00 | 3.00 |" in text
    assert "| injected line | 10 | 4 | 75 | 10 | - | 100 |" in text
    said = "\n".join(_statements(report))
    assert "S/N 8-12: 2.00 %" in said and "S/N 5-10 2.00 %, below 5 5.00 %" in said
    assert "above 700 km/s 5.00 %, below 300 1.50 %" in said
    assert "0 to 0.5: 5.00 %, 0.5 to 4.5: 2.00 %, 4.5 to 5.01: 1.00 %" in said


def test_wavelets_take_noise_and_leave_a_line() -> None:
    rng = np.random.default_rng(4)
    x = np.arange(4096)
    truth = 1.0 - 0.5 * np.exp(-0.5 * np.square((x - 2000) / 60.0))
    noisy = truth + rng.normal(0, 0.05, x.size)
    found = wavelet(HeldOut(x.astype(float), truth[None], noisy[None], np.full((1, x.size), 0.05), {}))[0]
    rest = (found - truth)[500:1500]
    assert rest.std() < 0.25 * 0.05  # a threshold of the whole noise leaves nearly none of it
    assert abs(found[1960:2040].mean() - truth[1960:2040].mean()) < 0.04


def test_scale_and_offset_are_on_input_and_target_noise_on_the_input_alone() -> None:
    config = DenoiserAugmentation(offset=0.2, scale=0.3)
    made = augment(np.ones((5, 200)), np.full((5, 200), 0.01), WAVE, config, np.random.default_rng(2))
    np.testing.assert_allclose(made.target, made.scale * made.calibration + made.offset)
    np.testing.assert_allclose(made.input - made.target, made.scale * made.noise)
    assert made.noise.std() == pytest.approx(0.01, rel=0.1) and np.abs(made.calibration - 1.0).max() <= 0.0201


# --- generators ---


def test_tables_of_a_generator_have_their_bins() -> None:
    labels = np.tile([5000.0, 2.5, -1.2, 0.2, 1.5, 2.0, 30_000.0], (4, 1))
    labels[1, 5:] = 40.0, 100_000.0
    labels[2, 5:] = 40.0, 3000.0
    labels[3, :2] = 9000.0, 4.5
    result = SimpleNamespace(
        labels=labels, mean_error=np.array([1e-3, 2e-3, 4e-3, 7e-3]),
        median_error=np.array([1.0, 2.0, 3.0, 4.0]) * 1e-3,
        bias=np.array([-1e-3, 0.0, 0.0, 0.0]), case=SimpleNamespace(name="whole range"),
    )  # fmt: skip
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in bin_table(result).splitlines()]
    table = {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[2:]}
    assert table["20,000-50,000"]["0-5"] == "0.400"  # the mean of the first and the last
    assert table["50,000-115,000"]["20-60"] == "0.200" and table["1,000-5,000"]["20-60"] == "0.400"
    assert table["50,000-115,000"]["0-5"] == table["20,000-50,000"]["20-60"] == ""
    lines = {line.split(":")[0].removeprefix("- "): line for line in label_table(result).splitlines()}
    assert "4500-5500: 0.233" in lines["Teff"] and "8500-9750: 0.700" in lines["Teff"]
    assert "2-3: 0.233" in lines["log g"] and "20-60: 0.300" in lines["v sin i"]
    ((name, mean, median, high, bias, n),) = case_rows([result])
    assert (name, n) == ("whole range", 4.0) and (mean, median, bias) == pytest.approx((0.35, 0.25, -0.025))
    assert high == pytest.approx(100 * np.percentile([1e-3, 2e-3, 4e-3, 7e-3], 95))
    assert "at most 7.0e-03, below 2e-3 in 0 % of them" in map_note(result)
