"""Numbers of the papers' pages against results that are known by hand: tables, curves, bars, verdicts."""

from __future__ import annotations

import copy

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.colors import same_color  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from spectragui.core.labels import MAIN_LABELS  # noqa: E402
from spectragui.reports.loss_drawing import draw_losses, training_table  # noqa: E402
from spectragui.reports.page_content import _costs, compared_table, must_table  # noqa: E402
from spectragui.reports.page_numbers import shown  # noqa: E402
from spectragui.reports.report_item import Compared, Must, above, below, items_of  # noqa: E402
from spectragui.reports.report_run import ReportRun  # noqa: E402
from spectragui.reports.report_settings import ReportSettings  # noqa: E402
from spectragui.training.denoiser.report import Measures  # noqa: E402
from tests.reports.stand_ins import RESULTS, training  # noqa: E402

NAN = float("nan")


def item_of(paper, name):
    return next(one for one in items_of(paper) if one.name == name)


def rows_of(paper, name, results):
    """Return a table's rows as dictionaries by column."""
    table = item_of(paper, name).table(results)
    names = [column for column, _ in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def drawn(paper, name, results):
    figure = Figure(figsize=(8, 6))
    item_of(paper, name).draw(figure, results)
    return figure


def compared_of(paper, name, results):
    return {one.quantity: one.ours for one in item_of(paper, name).compared(results)}


def musts_of(paper, name, results):
    return {must.what: must for must in item_of(paper, name).musts(results)}


def curve(axes, label):
    (line,) = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def constant(n, **values):
    """Return measures of a denoiser that are the same for each spectrum."""
    return {name: np.full(n, values.get(name, 0.0)) for name in Measures.__dataclass_fields__}


# --- what is said of a number ---


@pytest.mark.parametrize(
    ("ours", "verdict", "said"),
    [(0.0064, "met", "0.64 %"), (0.0065, "met", "0.65 %"), (0.00651, "NOT met", "0.651 %"),
     (0.006500004, "NOT met", "0.6500004 %"), (NAN, "not judged", "not measured")],
)  # fmt: skip
def test_a_must_is_met_up_to_its_limit_in_the_units_that_are_shown(ours, verdict, said):
    must = below("error", 0.0065, ours, "%", "by hand", 100.0)
    assert (must.verdict, must.limit, must.ours, must.how) == (verdict, "≤ 0.65 %", said, "by hand")


@pytest.mark.parametrize(("ours", "verdict"), [(0.92, "met"), (0.9199, "NOT met"), (0.93, "met")])
def test_what_must_be_reached_is_reached_at_its_limit(ours, verdict):
    must = above("area", 0.92, ours, "", "by hand")
    assert (must.verdict, must.limit, must.ours) == (verdict, "≥ 0.92", f"{ours:g}")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0000123, "1.23 × 10⁻⁵"), (-0.0000123, "−1.23 × 10⁻⁵"), (0.0, "0"), (0.12345, "0.1235"),
     (0.0007, "0.0007"),
     (-0.5, "−0.5"), (9999.0, "9999"), (12345.0, "12,345"), (256_648.3, "256,600"), (2.5e6, "2,500,000"),
     (7_419_191.0, "7,419,191"), (3e9, "3.00 × 10⁹"), (NAN, "not measured"), ("< 2e-3", "< 2e-3")],
)  # fmt: skip
def test_numbers_of_a_page(value, words):
    assert shown(value) == words


def test_a_page_tells_the_papers_number_from_ours_and_marks_what_is_missed():
    rows = [
        Compared("scatter", "dex", 0.2, "Table 1", 0.3, "held out", "a note"),
        Compared("n", "", "", "", 7.0, ""),
    ]
    table = compared_table(rows)
    assert table.rows == (
        ("scatter [dex]", "0.2", "Table 1", "0.3", "held out", "a note"), ("n", "—", "", "7", "", ""),
    )  # fmt: skip
    assert table.head[1:4] == ("Paper", "Where", "Ours")
    musts = [Must("a", "1", "2", False, "x"), Must("b", "1", "0", True, "y"), Must("c", "1", "", None, "z")]
    table = must_table(musts)
    assert table.marked == {0} and [row[3] for row in table.rows] == ["NOT met", "met", "not judged"]
    assert table.rows[0] == ("a", "1", "2", "NOT met", "x")


def test_what_a_page_took_is_the_sum_of_its_steps(tmp_path):
    run = ReportRun(ReportSettings("cvae", tmp_path))
    run.results.update(
        {"a": {"cost": {"cpu_s": 10.0, "wall_s": 20.0}}, "b": {"cost": {"cpu_s": 1.0, "wall_s": 5.0}}}
    )
    table = _costs(run)[1]
    assert table.rows == (("a", "10", "20"), ("b", "1", "5"), ("all steps", "11", "25"))


# --- trainings ---


def test_losses_are_drawn_by_epoch_and_told_in_the_table():
    one = training("paper-dae")  # 50 batches, an epoch is of 400
    figure = Figure()
    draw_losses(figure, [one], "loss")
    axes, rates = figure.axes[0], figure.axes[1]
    x, losses = curve(axes, "training (a batch)")
    np.testing.assert_allclose(x, np.array([10.0, 20, 30, 40, 50]) / 400.0)
    np.testing.assert_allclose(losses, np.exp(-400.0 * x / 30.0))
    np.testing.assert_allclose(curve(axes, "validation")[1], np.exp(-400.0 * x / 40.0))
    np.testing.assert_allclose(rates.lines[0].get_ydata(), 1e-3)
    assert axes.get_xlabel() == "epoch" and axes.get_yscale() == rates.get_yscale() == "log"
    without = training("paper-cvae") | {"an_epoch": 0.0, "paper_epochs": 0.0, "slope": None}
    rows = training_table([one, without]).rows
    assert rows[0] == ("paper-dae", 50.0, 0.125, 7500.0, -20.0)
    assert rows[1][:2] == ("paper-cvae", 50.0) and np.isnan(rows[1][2:]).all()


# --- Pal & Dobos ---


@pytest.fixture
def denoise():
    results = RESULTS["denoise"]()
    known = {
        "mean_e": 0.001,
        "max_e": 0.02,
        "mean_r": 0.003,
        "max_r": 0.04,
        "bias": -0.005,
        "kl": 0.6,
        "inside": 0.7,
    }
    results["denoise.heldout"]["fixed"] = [
        ["emulator", 10.0, constant(5, **known)], ["grid", 10.0, constant(6, **known | {"mean_r": 0.011})],
        ["emulator", 30.0, constant(5, **known | {"mean_r": 0.001})],
        ["grid", 30.0, constant(6, **known | {"mean_r": 0.004})],
    ]  # fmt: skip
    results["denoise.heldout"]["rivals"] = {"noisy": {"10.0": 0.1, "30.0": 0.03}}
    results["denoise.example"]["measures"] = {
        "pfs-dae": constant(1, **known),
        "paper-dae": constant(1, mean_r=0.5),
    }
    return results


def test_errors_of_a_denoiser_stand_in_their_columns(denoise):
    rows = rows_of("denoise", "denoising_errors", denoise)
    assert [(r["truth"], r["snr"], r["spectra"]) for r in rows][:2] == [
        ("emulator", 10.0, 5.0),
        ("grid", 10.0, 6.0),
    ]
    wanted = {"mean_abs_R": 0.3, "max_abs_R": 4.0, "bias": -0.5, "KL_divergence": 0.6}
    assert {name: rows[0][name] for name in wanted} == pytest.approx(wanted)
    row = rows_of("denoise", "denoised_example", denoise)[0]
    wanted = {
        "mean_abs_E": 0.001,
        "max_abs_E": 0.02,
        "mean_abs_R": 0.3,
        "max_abs_R": 4.0,
        "KL_divergence": 0.6,
    }
    assert row["denoiser"] == "pfs-dae" and {n: row[n] for n in wanted} == pytest.approx(wanted)
    musts = musts_of("denoise", "denoising_errors", denoise)
    assert [musts[f"mean relative error at S/N {snr}"].verdict for snr in (10, 30)] == ["NOT met", "met"]
    assert musts["mean relative error at S/N 10"].ours == "1.1 %"
    assert musts["mean relative error at S/N 30"].how.endswith("6 held-out computed spectra")


def test_errors_near_an_snr_are_those_of_its_nights(denoise):
    snr = np.array([4.0, 6.0, 9.0, 11.0, 12.0, 50.0, 130.0])
    mean = np.array([0.9, 0.05, 0.02, 0.04, 0.5, 0.01, 0.7])
    for step, factor in (("denoise.heldout", 1.0), ("denoise.hourglass", 2.0)):
        denoise[step]["quantities"] = {**denoise[step]["quantities"], "snr": snr}
        denoise[step]["natural"] = constant(7) | {"mean_r": factor * mean}
    found = compared_of("denoise", "denoising_errors", denoise)
    assert found["mean |R| at S/N about 10"] == pytest.approx(3.0)  # 9 and 11
    assert found["mean |R| at S/N about 10, its own network"] == pytest.approx(6.0)
    assert found["mean |R| at S/N 5-10"] == pytest.approx(3.5)  # 6 and 9
    assert found["largest over smallest mean |R| for 10 < S/N < 120"] == pytest.approx(50.0)


def test_methods_and_coverage_of_a_denoiser(denoise):
    rows = rows_of("denoise", "denoising_methods", denoise)
    assert [tuple(row.values()) for row in rows] == [
        ("pfs-dae", pytest.approx(0.3), pytest.approx(0.1)),
        ("noisy", 10.0, 3.0),
    ]
    bars = drawn("denoise", "denoising_methods", denoise).axes[0].patches
    at = {(round(bar.get_y() + 0.5 * bar.get_height(), 2), round(bar.get_width(), 3)) for bar in bars}
    assert at == {(-0.2, 0.3), (0.8, 10.0), (0.2, 0.1), (1.2, 3.0)}
    snr = np.repeat([4.0, 8.0, 20.0], 6)
    denoise["denoise.heldout"]["quantities"] = {"snr": snr}
    denoise["denoise.heldout"]["natural"] = constant(18) | {"inside": np.repeat([0.5, 0.62, 0.7], 6)}
    rows = rows_of("denoise", "denoising_uncertainty", denoise)
    assert [(r["snr"], r["spectra"]) for r in rows] == [("3-6", 6.0), ("6-12", 6.0), ("12-25", 6.0)]
    assert [r["within_1_sigma"] for r in rows] == pytest.approx([50.0, 62.0, 70.0])
    musts = list(musts_of("denoise", "denoising_uncertainty", denoise).values())
    assert [(m.ours, m.verdict) for m in musts[:1]] == [("62.0 %", "NOT met")]
    assert musts[1].verdict == "not judged"  # none of S/N 30
    line = drawn("denoise", "denoising_uncertainty", denoise).axes[0].lines[-1]
    np.testing.assert_allclose(line.get_xdata(), np.sqrt([18.0, 72.0, 300.0]))
    np.testing.assert_allclose(line.get_ydata(), [50.0, 62.0, 70.0])


def test_denoised_curves_are_drawn_with_their_errors(denoise):
    figure = drawn("denoise", "denoised_example", denoise)
    one = denoise["denoise.example"]
    whole, low, near = figure.axes[0], figure.axes[2], figure.axes[3]
    np.testing.assert_allclose(curve(whole, "original")[1], one["truth"])
    np.testing.assert_allclose(curve(whole, "noisy")[1], one["noisy"])
    for name, error in (("pfs-dae", 0.1), ("paper-dae", 1.0)):
        np.testing.assert_allclose(curve(low, name)[1], error)
        np.testing.assert_allclose(curve(whole, name)[1], one["denoised"][name])
    x, _ = curve(near, "pfs-dae")  # the triplet, shifted by 20 km/s, with 40 A beside
    shift = 1.0 + 20.0 / 299792.458
    step = x[1] - x[0]
    assert x[0] == pytest.approx(8500.35 * shift - 40.0, abs=step)
    assert x[-1] == pytest.approx(8664.52 * shift + 40.0, abs=step)
    figure = drawn("denoise", "augmentation_steps", denoise)
    one["augmented"]["calibrated"] = one["truth"] * 1.013
    np.testing.assert_allclose(
        curve(drawn("denoise", "augmentation_steps", denoise).axes[1], "factor")[1], 1.013
    )
    assert compared_of("denoise", "augmentation_steps", denoise)[
        "largest calibration error"
    ] == pytest.approx(1.3)
    assert compared_of("denoise", "hourglass_losses", denoise)["epochs"] == 0.125


def test_the_part_of_a_new_line_that_is_reproduced(denoise):
    rest = np.linspace(8450.0, 8700.0, 2501)
    truth = np.full(rest.size, 0.5)
    dent = np.exp(-0.5 * np.square((rest - 8600.0) / 1.0)) + np.exp(-0.5 * np.square((rest - 8544.44) / 1.0))
    lines = denoise["denoise.lines"] = {
        "rest_aa": rest, "truth": truth, "changed": truth * (1 - 0.4 * dent),
        "denoised": {"pfs-dae": truth * (1 - 0.1 * dent), "paper-dae": truth * (1 + 0.04 * dent)},
    }  # fmt: skip
    found = item_of("denoise", "unseen_lines").compared(denoise)
    assert [one.ours for one in found] == pytest.approx([25.0, 25.0, -10.0, -10.0])
    said = item_of("denoise", "unseen_lines").text(denoise)
    assert "shows 25 % of the new line and 25 % of the extra depth" in said
    assert [one.how.split(",")[0] for one in found] == ["pfs-dae"] * 2 + ["paper-dae"] * 2
    figure = drawn("denoise", "unseen_lines", denoise)
    middle, low = figure.axes[1].lines[0], figure.axes[2].lines[0]
    place = int(np.argmax(np.asarray(low.get_ydata())))
    at = np.asarray(low.get_xdata())[place]
    assert min(abs(at - 8600.0), abs(at - 8544.44)) < 0.1
    assert np.asarray(low.get_ydata())[place] == pytest.approx(0.5 * 0.3, rel=1e-3)
    assert np.asarray(middle.get_ydata())[place] == pytest.approx(100 * 0.3 / 0.6, rel=1e-3)
    assert lines["rest_aa"] is rest
    row = rows_of("denoise", "unseen_lines", denoise)[0]
    assert (row["flagged"], row["shown_median"], row["sister_moved"], row["spectra"]) == (
        100.0,
        10.0,
        50.0,
        4.0,
    )


# --- Gebran & Bentley ---


def test_times_and_what_they_save():
    results = RESULTS["cvae"]()
    rows = rows_of("cvae", "generation_speed", results)
    assert [tuple(row.values()) for row in rows] == [
        ("synthesis", 7000.0, 1.0), ("emulator, unbroadened", 3.0, pytest.approx(7.0 / 0.003)),
        ("optical-cvae, one spectrum", 2.0, 3500.0), ("optical-cvae, of a hundred", 1.0, 7000.0),
    ]  # fmt: skip
    bars = drawn("cvae", "generation_speed", results).axes[0].patches
    assert [bar.get_width() for bar in bars] == [7000.0, 3.0, 2.0, 1.0]
    (must,) = musts_of("cvae", "generation_speed", results).values()
    assert must.verdict == "met" and must.ours == "3500"
    assert list(compared_of("cvae", "generation_speed", results).values()) == [3500.0]


def test_residuals_of_a_generator_in_their_columns_and_cells():
    results = RESULTS["cvae"]()
    labels = np.tile([5000.0, 3.0, 0.0, 0.0, 1.0, 5.0, 5e4], (10, 1))
    labels[5:, :2] = 9000.0, 4.5
    error = np.array([1.0, 1.0, 1.0, 1.0, 6.0, 0.5, 0.5, 0.5, 0.5, 0.5]) * 1e-3
    cases = results["cvae.residuals"]["cases"]
    cases[0] |= {"labels": labels, "mean_error": error, "median_error": error / 2, "bias": np.full(10, -2e-4)}
    row = rows_of("cvae", "residual_marginals", results)[0]
    wanted = {"mean": 0.125, "median": 0.0375, "percentile_95": 100 * np.percentile(error, 95), "bias": -0.02}
    assert {name: row[name] for name in wanted} == pytest.approx(wanted) and row["spectra"] == 10.0
    found = compared_of("cvae", "residual_maps", results)
    assert found["map of averages: largest cell"] == pytest.approx(2e-3)
    assert found["map of averages: cells below 2e-3"] == pytest.approx(50.0)
    assert found["map of medians: largest cell"] == pytest.approx(1e-3)
    musts = musts_of("cvae", "residual_maps", results)
    assert musts["paper's abstract: median |residual|"].ours == "0.000375"
    first = musts["mean |generated - true|, v sin i 0-300, R 1000-115,000"]
    assert first.ours == "0.125 %"
    sharp = musts["mean |generated - true|, R > 50,000, v sin i < 20"]
    assert sharp.ours == f"{100 * float(np.mean(cases[1]['mean_error'])):.3g} %"


def test_labels_read_back_are_compared_label_by_label():
    results = RESULTS["cvae"]()
    row = rows_of("cvae", "labels_from_spectra", results)[2]
    assert tuple(row.values()) == ("optical-parameters", "vsini", "km/s", 6.2, 6.1, 3.0, 3.1, 50.0)
    found = {one.quantity: one for one in item_of("cvae", "labels_from_spectra").compared(results)}
    generated = found["error of Teff, generated spectra"]
    assert (generated.printed, generated.ours, generated.unit) == (65.0, 22.0, "K")
    assert found["error of Teff, test spectra"].ours == 20.0
    results["cvae.labels"]["tests"][0]["true"] = np.array([60.1, 0.03, 3.0, 0.02, 0.05])
    musts = list(musts_of("cvae", "labels_from_spectra", results).values())
    assert [must.verdict for must in musts[:2]] == ["NOT met", "met"]
    bars = drawn("cvae", "labels_from_spectra", results).axes[0].patches
    assert [bar.get_width() for bar in bars] == [60.0, 60.1, 65.0, 22.0]


def test_the_best_and_the_worst_spectrum_with_their_labels_and_residuals():
    results = RESULTS["cvae"]()
    examples = results["cvae.residuals"]["examples"] = {
        name: dict(copy.deepcopy(one), mean_error=error, generated=np.full(40, 1.0 + error))
        for (name, one), error in zip(
            results["cvae.residuals"]["examples"].items(), (1e-3, 2e-3, 9e-3), strict=True
        )
    }  # fmt: skip
    rows = rows_of("cvae", "best_median_worst", results)
    assert [(row["spectrum"], row["mean_error"]) for row in rows] == [
        ("best", pytest.approx(0.1)), ("median", pytest.approx(0.2)), ("worst", pytest.approx(0.9)),
    ]  # fmt: skip
    assert (
        rows[0]["teff"] == examples["best"]["labels"][0] and rows[0]["vsini"] == examples["best"]["labels"][5]
    )
    figure = drawn("cvae", "best_median_worst", results)
    np.testing.assert_allclose(figure.axes[10].lines[0].get_ydata(), 0.9)  # per cent, generated - true
    title = figure.axes[8].get_title(loc="left")
    labels = examples["worst"]["labels"]
    assert title.startswith(f"worst: Teff {labels[0]:.0f} K, log g {labels[1]:.2f}") and "0.900 %" in title


# --- the thesis on ALHAMBRA ---


@pytest.fixture(scope="module")
def alhambra():
    return RESULTS["alhambra"]()


def test_stars_and_galaxies_are_counted_by_what_they_are_and_are_called(alhambra):
    results = copy.deepcopy(alhambra)
    star = results["alhambra.heldout"]["labels"]["star"]
    said = results["alhambra.heldout"]["result"]["p_star"] = star * 0.9 + 0.05
    said[np.flatnonzero(star == 0)[:3]] = 0.7  # three galaxies are called stars,
    said[np.flatnonzero(star == 1)[:1]] = 0.2  # one star a galaxy
    rows = rows_of("alhambra", "stellarity_confusion", results)
    n_stars = int(star.sum())
    assert {(r["predicted"], r["expected"]): r["ours"] for r in rows} == {
        ("galaxy", "galaxy"): 80 - n_stars - 3, ("galaxy", "star"): 1,
        ("star", "galaxy"): 3, ("star", "star"): n_stars - 1,
    }  # fmt: skip
    assert {(r["predicted"], r["expected"]): r["thesis"] for r in rows}["star", "galaxy"] == 189
    found = compared_of("alhambra", "stellarity_confusion", results)
    assert found["stellarity: accuracy"] == pytest.approx(95.0)
    assert found["stellarity: completeness"] == pytest.approx(100 * (n_stars - 1) / n_stars)
    assert found["stellarity: purity"] == pytest.approx(100 * (n_stars - 1) / (n_stars + 2))
    printed = {
        one.quantity: one.printed for one in item_of("alhambra", "stellarity_confusion").compared(results)
    }
    assert printed["stellarity: purity"] == pytest.approx(100 * 406 / 595, abs=0.005)
    texts = [text.get_text() for text in drawn("alhambra", "stellarity_confusion", results).axes[1].texts]
    assert texts[1].startswith("1\n") and texts[2].startswith("3\n")


def test_each_selection_of_redshifts_has_its_own_numbers(alhambra):
    results = copy.deepcopy(alhambra)
    measures = results["alhambra.heldout"]["measures"]
    values = {"all": 0.02, "F814W < 22.5": 0.0064, "22.5-24.5": 0.025, "0.9-1.2": 0.05}
    for row in measures:
        if row[0] == "redshift" and row[1] == "network" and row[4] in ("sigma_nmad", "outliers_0.15"):
            row[5] = values[row[3]] if row[4] == "sigma_nmad" else 0.1 * values[row[3]]
    rows = [row for row in rows_of("alhambra", "redshift_one_to_one", results) if row["method"] == "network"]
    assert {row["selection"]: row["sigma_nmad"] for row in rows} == values
    assert {row["selection"]: row["outliers"] for row in rows} == pytest.approx(
        {k: 10 * v for k, v in values.items()}
    )
    assert all(row["galaxies"] == 70.0 and row["bias"] == 0.0 for row in rows)
    musts = list(musts_of("alhambra", "redshift_one_to_one", results).values())
    assert [must.verdict for must in musts] == ["met", "NOT met", "met", "met", "not judged"]
    assert compared_of("alhambra", "redshift_one_to_one", results)["dz/(1+z) at z 0.9-1.2"] == 0.05
    inside = [row for row in measures if row[4] == "inside_68_percent"]
    inside[0][5], inside[1][5] = 0.69, 0.62
    assert [r["inside_68_percent"] for r in rows_of("alhambra", "redshift_ranks", results)] == pytest.approx(
        [69.0, 62.0]
    )
    (must,) = musts_of("alhambra", "redshift_ranks", results).values()
    assert must.ours == "worst 62.0 %" and must.verdict == "NOT met"


def test_mass_is_compared_and_a_bright_object_of_each_type_is_drawn(alhambra):
    results = copy.deepcopy(alhambra)
    kept = results["alhambra.heldout"]
    mass = kept["labels"]["log_mass"]
    kept["result"]["log_mass"] = 2.0 + 0.8 * np.nan_to_num(mass, nan=9.0)
    slope = compared_of("alhambra", "mass_one_to_one", results)[
        "log mass: slope of predicted against expected"
    ]
    assert slope == pytest.approx(0.8, abs=1e-4)
    figure = drawn("alhambra", "energy_distributions", results)
    from spectragui.reports.alhambra.energy_distributions import chosen_rows
    from spectragui.reports.alhambra.evaluation import heldout_report

    table = heldout_report(results).table
    rows = chosen_rows(results)
    kinds = [kept["labels"]["type"][row] for row in rows]
    assert kinds[:5] == [1.0, 2.0, 3.0, 4.0, 5.0] and kept["labels"]["star"][rows[5]] == 1.0
    same = np.flatnonzero(kept["labels"]["type"] == 2.0)
    away = np.abs(table.reference_magnitude - 21.0)
    assert away[rows[1]] == away[same].min()
    axes = figure.axes[1]
    x, y = axes.containers[0].lines[0].get_data()
    order = np.argsort(table.band_set.pivots_aa)
    np.testing.assert_allclose(x, table.band_set.pivots_aa[order] / 1e4)
    np.testing.assert_allclose(y, table.magnitudes[rows[1], order])
    assert axes.yaxis_inverted() and f"z {kept['labels']['z'][rows[1]]:.3f}" in axes.get_title()


# --- the thesis on M dwarfs ---


def test_stars_of_the_literature_and_their_limits():
    results = RESULTS["thesis"]()
    star = results["thesis.stars"]["stars"][0]
    known = {"teff": 3200.0, "logg": 5.0, "m_h": -0.4}
    found = {"teff": 3290.0, "logg": 4.9, "m_h": -0.6}
    errors = {"teff": 40.0, "logg": 0.1, "m_h": 0.2}
    star |= {
        "known": known,
        "labels": found,
        "errors": errors,
        "e_known": {"teff": 50.0, "logg": 0.05, "m_h": 0.1},
    }
    rows = rows_of("thesis", "literature_one_to_one", results)
    wanted = {"d_teff": 90.0, "d_logg": -0.1, "d_m_h": -0.2}
    assert {name: rows[0][name] for name in wanted} == pytest.approx(wanted) and rows[0]["verdict"] == "good"
    assert np.isnan(rows[1]["d_teff"]) and rows[1]["verdict"] == "Too short."
    (must,) = musts_of("thesis", "literature_one_to_one", results).values()
    assert must.verdict == "met" and must.ours == "+90 K, -0.100, -0.200"
    for change in (
        {"labels": found | {"teff": 3301.0}},
        {"labels": found | {"m_h": -0.66}},
        {"is_flagged": True},
    ):
        other = copy.deepcopy(results)
        other["thesis.stars"]["stars"][0] |= change
        (must,) = musts_of("thesis", "literature_one_to_one", other).values()
        assert must.verdict == "NOT met", change
    axes = drawn("thesis", "literature_one_to_one", results).axes[0]
    point, _caps, bars = axes.containers[0]
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (3200.0, 3290.0)
    ends = [np.asarray(bar.get_segments()[0]) for bar in bars]
    assert np.ptp(ends[0][:, 0]) == pytest.approx(100.0) and np.ptp(ends[1][:, 1]) == pytest.approx(80.0)


def test_networks_are_compared_by_the_errors_of_their_own_label():
    results = RESULTS["thesis"]()
    kept = results["thesis.comparison"]["rows"]
    for row in kept:
        if row[2].endswith("S/N 50"):
            row[5] = dict(row[5], MAE=10.0 * (1 + MAIN_LABELS.index(row[3])), MSE=400.0, RMSE=20.0)
    rows = [
        r for r in rows_of("thesis", "network_comparison", results) if r["network"] == "paper-starnet-TGM"
    ]
    assert [(r["label"], r["MAE"], r["MSE"]) for r in rows] == [
        ("teff", 10.0, 400.0), ("logg", 20.0, 400.0), ("m_h", 30.0, 400.0),
    ]  # fmt: skip
    found = item_of("thesis", "network_comparison").compared(results)
    assert (found[0].printed, found[0].ours, found[1].printed, found[1].ours) == (85.65, 10.0, 5974.49, 400.0)
    musts = musts_of("thesis", "network_comparison", results)
    assert musts["optical-starnet: MAE of Teff at S/N 50"].verdict == "met"
    assert musts["the T / TG / TGM comparison"].ours == "12 of 12"
    left, right = drawn("thesis", "network_comparison", results).axes
    assert [bar.get_width() for bar in left.patches][:6] == [85.65, 71.33, 97.03, 52.68, 45.87, 105.23]
    assert {bar.get_width() for bar in left.patches[6:]} == {10.0}
    assert [bar.get_width() for bar in right.patches][0] == pytest.approx(5974.49**0.5)
    assert {bar.get_width() for bar in right.patches[6:]} == {20.0}
    by_snr = [
        r for r in rows_of("thesis", "errors_against_snr", results) if r["network"] == "optical-starnet"
    ]
    assert {r["label"] for r in by_snr} == {"teff"}
    assert [r["MAE"] for r in by_snr if r["snr"] == "50"] == [10.0]


def test_stated_errors_hold_as_often_as_they_hold():
    results = RESULTS["thesis"]()
    case = results["thesis.comparison"]["cases"]["optical-starnet"][0]
    n = len(case["true"])
    off = np.ones_like(case["true"]) * 0.5
    off[: n // 4, 0] = 2.0  # a quarter of the temperatures are two sigma off
    case["predicted"] = case["true"] + off * case["sigma"]
    rows = [r for r in rows_of("thesis", "stated_errors", results)
            if r["network"] == "optical-starnet" and r["spectra"] == case["case"]]  # fmt: skip
    assert [r["within_1_sigma"] for r in rows] == pytest.approx([75.0, 100.0, 100.0])


def test_windows_and_pixels_that_a_network_looks_at():
    results = RESULTS["thesis"]()
    for name, one in results["thesis.sensitivity"].items():
        one = results["thesis.sensitivity"][name] = dict(one)
        one["whole"] = np.array([20.0, 0.1, 0.05])
        one["hidden"] = np.array([[22.0, 0.1, 0.05], [20.0, 0.15, 0.04]])
        one["gradients"] = np.array([np.full(80, v) for v in (3.0, 2.0, 1.0)])
        one["labels"] = list(MAIN_LABELS)
    rows = rows_of("thesis", "sensitivity_by_window", results)
    assert [row["window_start"] for row in rows] == [9000.0, 9050.0]
    assert [rows[0][label] for label in MAIN_LABELS] == pytest.approx([10.0, 0.0, 0.0])
    assert [rows[1][label] for label in MAIN_LABELS] == pytest.approx([0.0, 50.0, -20.0])
    line = drawn("thesis", "sensitivity_by_window", results).axes[1].lines[0]
    np.testing.assert_allclose(line.get_ydata(), [0.0, 50.0], atol=1e-9)
    axes = drawn("thesis", "sensitivity_by_pixel", results).axes
    for row, height in zip(axes[1:], (3.0, 2.0, 1.0), strict=True):
        assert {float(value) for line in row.lines for value in line.get_ydata()} == {height}
    assert axes[1].get_ylabel() == "d Teff [K per 1 %]"


def test_two_rules_in_an_overlap_against_the_truth():
    results = RESULTS["thesis"]()
    frame = results["thesis.frame"]
    wave = np.linspace(9000.0, 9200.0, 401)
    frame["truth"] = {"wavelength_aa": wave, "flux": np.ones(401)}
    wiggle = np.where(np.arange(401) % 2, 0.02, -0.02)
    frame["stitched"] = {
        "order i wins": {"wavelength_aa": wave, "flux": 1.0 + wiggle},
        "inverse variance": {"wavelength_aa": wave, "flux": 1.0 + 0.5 * wiggle},
    }  # fmt: skip
    rows = rows_of("thesis", "overlapping_orders", results)  # orders end at 9100 and begin at 9090
    assert [row["rule"] for row in rows] == ["order i wins", "inverse variance"]
    assert [row["scatter_against_truth"] for row in rows] == pytest.approx([2.0, 1.0], rel=0.01)
    assert all(18 <= row["pixels"] <= 20 for row in rows)
    lower = drawn("thesis", "overlapping_orders", results).axes[2].lines[0]
    x, y = np.asarray(lower.get_xdata()), np.asarray(lower.get_ydata())
    assert x[0] >= 9084.0 and x[-1] <= 9106.0 and same_color(lower.get_color(), "C3")
    np.testing.assert_allclose(y, -100 * 0.5 * wiggle[(wave > 9084.0) & (wave < 9106.0)], atol=1e-9)
    sun = results["thesis.synthetic"]
    for name, level in (("observed", 0.97), ("synthetic", 1.0)):
        sun[name] = {"wavelength_aa": wave, "flux": np.full(401, level)}
    values = {row["measure"]: row["value"] for row in rows_of("thesis", "synthetic_sun", results)}
    assert values == pytest.approx({"median of |observed - synthetic|": 3.0, "rms": 3.0})
    np.testing.assert_allclose(drawn("thesis", "synthetic_sun", results).axes[2].lines[0].get_ydata(), -3.0)
