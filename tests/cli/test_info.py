"""`spectragui info` on good and bad files."""

import json

import pytest


def test_a_text_file_is_described(run, sine_file):
    result = run("info", sine_file, "--medium", "air")
    assert result.exit_code == 0, result.output
    assert "sine.txt" in result.stdout
    assert "5000.00 to 5100.00" in result.stdout
    assert result.stderr == ""


def test_what_is_told_is_what_is_said(run, sine_file):
    result = run("info", sine_file, "--unit", "nm", "--medium", "vacuum", "--frame", "rest", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)[0]
    assert facts["range_aa"]["value"] == pytest.approx([50000.0, 51000.0])
    assert facts["medium"]["value"] == "vacuum"
    assert facts["frame"]["value"] == "rest"


def test_one_bad_file_costs_nothing_but_itself(run, sine_file, tmp_path):
    empty = tmp_path / "empty.fits"
    empty.touch()
    result = run("info", empty, sine_file)
    assert result.exit_code == 1
    assert "5000.00 to 5100.00" in result.stdout
    assert result.stderr.startswith("spectragui: empty.fits")
    assert result.stderr.count("\n") == 1


def test_a_choice_that_is_none_is_refused(run, sine_file):
    result = run("info", sine_file, "--medium", "ether")
    assert result.exit_code == 2
    assert "'ether' is not one of 'air', 'vacuum'" in result.stderr


def test_galahs_four_files_are_one_spectrum(run, shared_data):
    files = sorted((shared_data / "stars" / "galah").rglob("*.fits"))
    arms = [file for file in files if file.stem[:-1] == files[0].stem[:-1]]
    assert len(arms) == 4
    result = run("info", *arms, "--json")
    assert result.exit_code == 0, result.output
    summaries = json.loads(result.stdout)
    assert len(summaries) == 1
    assert summaries[0]["orders"]["value"] == 4


def test_the_keyword_is_named(run, shared_data):
    result = run("info", shared_data / "stars" / "harps_aldebaran.fits")
    assert result.exit_code == 0, result.output
    assert "AWAV" in result.stdout
