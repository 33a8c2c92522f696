"""`spectragui predict`: rows, tables, verdicts, exit codes; on the bundled example and on real files."""

import json
import math

import pytest

from spectragui.core.package_data import bundled_examples
from spectragui.core.results import COLUMN_NAMES
from spectragui.io.tables.tables import read_results


@pytest.fixture(scope="module")
def example():
    return bundled_examples()[0].path


def test_the_example_comes_back_at_its_true_labels(run, example):
    result = run("predict", example, "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)
    assert tuple(row)[: len(COLUMN_NAMES)] == COLUMN_NAMES
    assert row["flag_bad"] == 0
    for name, truth in (("teff", 5772.0), ("logg", 4.44), ("m_h", 0.0)):
        for value, error in ((row[name], row[f"e_{name}"]), (row[f"{name}_fit"], row[f"e_{name}_fit"])):
            assert abs(value - truth) < 4.0 * error, name
    assert result.stderr.startswith(f"model: {row['model']} {row['model_version']}\n")
    assert row["verdict"]["sentence"] in result.stderr


def test_a_table_is_printed_for_people(run, example):
    result = run("predict", example, "--no-refine")
    assert result.exit_code == 0, result.output
    header, line = result.stdout.splitlines()
    for word in ("Teff (K)", "log g", "[M/H]", "S/N", "verdict"):
        assert word in header
    assert line.startswith(example.name)
    assert " ± " in line
    assert "good" in line.split("  ")[-1]


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot"])
def test_the_table_is_written_and_read_back(run, example, tmp_path, suffix):
    table = tmp_path / f"results{suffix}"
    result = run("predict", example, "--no-refine", "-o", table)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "wrote 1 row to" in result.stderr
    (row,) = read_results(table)
    assert 5000 < row["teff"] < 6500
    assert math.isnan(row["teff_fit"])
    assert row["object"]


def test_one_bad_file_costs_nothing_but_itself(run, example, tmp_path):
    bad = tmp_path / "cut.fits"
    bad.write_bytes(example.read_bytes()[:5000])
    result = run("predict", bad, example, "--no-refine", "--json")
    assert result.exit_code == 1
    failed, served = json.loads(result.stdout)
    assert failed["file"] == "cut.fits" and failed["flags"] == "NOT_SERVED" and failed["teff"] is None
    assert "cut.fits" in failed["reason"]
    assert served["teff"] > 5000 and served["reason"] == ""
    (complaint,) = [line for line in result.stderr.splitlines() if line.startswith("spectragui: ")]
    assert "cut.fits" in complaint


def test_nothing_served_is_not_success(run, tmp_path):
    path = tmp_path / "red.txt"
    path.write_text("".join(f"{8000 + i * 0.1:.1f} {1 + 0.01 * (i % 7)} 0.01\n" for i in range(3000)))
    result = run("predict", path, "--json")
    assert result.exit_code == 1
    (row,) = json.loads(result.stdout)
    assert row["teff"] is None
    assert "NOT_SERVED" in row["flags"]


@pytest.mark.parametrize("name", ["results.xlsx", "results", "nowhere/results.csv"])
def test_a_table_that_cannot_be_written_is_refused_before_the_work(run, example, tmp_path, name, monkeypatch):
    monkeypatch.setattr(
        "spectragui.inference.parameters.predict_spectrum.predict_spectrum", lambda *_: pytest.fail("worked")
    )
    result = run("predict", example, "-o", tmp_path / name)
    assert result.exit_code == 1
    assert result.stderr.startswith("spectragui: results")
    assert result.stderr.count("\n") == 1


def test_an_unknown_model_lists_the_known_ones(run, example):
    result = run("predict", example, "--model", "optical-paramters")
    assert result.exit_code == 1
    assert "optical-parameters" in result.stderr


def test_what_is_told_is_used(run, example):
    """What the file says of both is another thing: R 50,000, and 12.3 km/s by its lines."""
    told = run("predict", example, "--no-refine", "--json", "--v-rad", 9.5, "--resolving-power", 38000)
    (row,) = json.loads(told.stdout)
    assert row["v_rad"] == 9.5
    assert row["resolving_power"] == 38000
    assert row["upper_limits"] == {} or row["upper_limits"]["vsini"] == pytest.approx(299792.458 / 76000)


def test_a_process_without_a_terminal_shows_no_bar(run_process, example):
    done = run_process("predict", example, "--no-refine", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 1
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def test_galahs_four_files_are_one_row(run, shared_data):
    files = sorted((shared_data / "stars" / "galah").rglob("*.fits"))
    arms = [file for file in files if file.stem[:-1] == files[0].stem[:-1]]
    result = run("predict", *arms, "--no-refine", "--json")
    (row,) = json.loads(result.stdout)
    assert row["file"].count(" + ") == 3


def test_interrupting_keeps_the_finished_rows(run, example, tmp_path, monkeypatch):
    import spectragui.inference.parameters.predict_spectrum as prediction

    predict_spectrum, calls = prediction.predict_spectrum, []

    def interrupted_at_the_second(*arguments, **keywords):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return predict_spectrum(*arguments, **keywords)

    monkeypatch.setattr(prediction, "predict_spectrum", interrupted_at_the_second)
    table = tmp_path / "rows.csv"
    result = run("predict", example, example, "--no-refine", "-o", table)
    assert result.exit_code == 1
    assert "Stopped after 1 of 2" in result.stderr
    assert len(read_results(table)) == 1


def test_why_writes_the_lines_that_decide_of_one_spectrum(run, example, tmp_path):
    table = tmp_path / "why.csv"
    result = run("predict", example, "--no-refine", "--why", table)
    assert result.exit_code == 0, result.output
    lines = table.read_text().splitlines()
    assert lines[0].startswith("file,model,label,rank,line,wavelength,change")
    assert any(",teff,1," in line for line in lines)
    two = run("predict", example, example, "--no-refine", "--json", "--why", tmp_path / "two.csv")
    if len(json.loads(two.stdout)) == 2:
        assert two.exit_code == 1 and "One spectrum is explained" in two.stderr
    refused = run("predict", example, "--why", tmp_path / "why.doc")
    assert refused.exit_code != 0 and ".png" in refused.output + refused.stderr


def test_robustness_is_written_as_a_table(run, example, tmp_path, monkeypatch):
    from spectragui.inference.parameters import robustness

    for name in ("NOISE_FACTORS", "POWER_FACTORS", "OFFSETS_KMS"):
        monkeypatch.setattr(robustness, name, (1.0,))
    result = run("predict", example, "--no-refine", "--robustness", tmp_path / "r.csv")
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert lines[0].startswith("spectrum,model,changed,value,name,teff")
    assert sum(",continuum," in line for line in lines) == 6
