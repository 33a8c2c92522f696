"""A data set keeps what it was given, names what is wrong, and is refused when it is damaged."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.errors import SpectraGUIError, TrainingError
from spectragui.io.writers import write_spectrum
from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set
from spectragui.training.data_sets.data_set import read_data_set
from spectragui.training.data_sets.label_table import read_label_table
from tests.inference.toy_model import toy_star


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six spectra of five stars, and rows with each thing that can be wrong."""
    lines = ["file,star,teff,logg"]
    for number in range(6):
        write_spectrum(toy_star(3600.0 + 100 * number, 4.0 + 0.1 * number), tmp_path / f"s{number}.fits")
        lines.append(f"s{number}.fits,star {min(number, 4)},{3600 + 100 * number},{4.0 + 0.1 * number:.1f}")
    (tmp_path / "twice.fits").write_bytes((tmp_path / "s1.fits").read_bytes())
    (tmp_path / "broken.fits").write_bytes(b"SIMPLE  =                    T")
    lines += ["none.fits,star 9,4000,4", "twice.fits,star 8,9999,4", "broken.fits,star 7,4000,4"]
    lines += ["s0.fits,star 6,-9999,NaN"]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def build(folder: Path, output: Path | None, **more):
    return build_data_set(DataPlan(folder, read_label_table(folder / "labels.csv"), **more), output)


def test_what_is_wrong_is_named_and_left_out(folder: Path) -> None:
    check = build(folder, None)
    assert (check.n_rows, check.n_used, check.n_stars, check.n_leaks) == (10, 6, 5, 0)
    said = {problem.what: problem.files for problem in check.problems}
    assert said["not there"] == ("none.fits",)
    assert said["in the table twice, with different labels"] == ("twice.fits",)
    assert said["no label (empty, NaN or -9999)"] == ("s0.fits",)
    assert any(files == ("broken.fits",) for files in said.values())
    text = "\n".join(check.lines())
    assert "6 of 10 spectra, 5 stars" in text and "(none.fits)" in text
    assert "Teff: 6 values, 3600 to 4100 K" in text


def test_it_gives_back_what_was_put_in(folder: Path) -> None:
    build(folder, folder / "set.zip", seed=4)
    data = read_data_set(folder / "set.zip")
    assert data.files == tuple(f"s{number}.fits" for number in range(6))
    np.testing.assert_allclose(data.labels[:, 0], np.arange(3600.0, 4101.0, 100.0))
    assert np.isnan(data.errors).all() and data.label_names == ("teff", "logg")
    assert data.stars[4] == data.stars[5] and data.parts[4] == data.parts[5]
    assert data.about["seed"] == 4 and data.about["n_rows"] == 10
    [spectrum] = data.spectra([2])
    original = toy_star(3800.0, 4.2)
    np.testing.assert_array_equal(spectrum.flux, original.flux)
    np.testing.assert_array_equal(spectrum.wavelength_aa, original.wavelength_aa)
    assert spectrum.spectral_axis.medium == "vacuum" and spectrum.meta["resolving_power"] == 50_000.0


def test_the_same_spectra_give_the_same_split_and_table(folder: Path) -> None:
    for name in ("one.zip", "two.zip"):
        build(folder, folder / name)
    one, two = (read_data_set(folder / name) for name in ("one.zip", "two.zip"))
    assert one.parts == two.parts and one.sha256 == two.sha256


def test_a_chain_is_applied_and_named(folder: Path) -> None:
    from spectragui.preprocessing.chain_files import load_preset

    chain = load_preset(_preset_for_one_dimension())
    build(folder, folder / "set.zip", chain=chain)
    data = read_data_set(folder / "set.zip")
    assert data.about["chain"] == {"title": chain.title, "hash": chain.hash}
    [spectrum] = data.spectra([0])
    assert np.nanmedian(spectrum.flux) < 2.0  # of 3000 counts nothing is left


def _preset_for_one_dimension() -> str:
    from spectragui.preprocessing.chain_files import suggested_preset

    return suggested_preset(toy_star(4000.0, 4.0))


@pytest.mark.parametrize(
    "how", ["cut", "no table", "newer", "not a zip", "missing", "spectra", "torn", "bomb"]
)
def test_a_damaged_one_ends_in_a_sentence(folder: Path, how: str) -> None:
    path = folder / "set.zip"
    build(folder, path)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif how == "torn":  # the directory at the end is whole, what it points at is not
        content = bytearray(path.read_bytes())
        content[300 : len(content) // 2] = bytes(len(content) // 2 - 300)
        path.write_bytes(content)
    elif how == "bomb":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("set.toml", "w", force_zip64=True) as stream,
        ):
            for _ in range(600):
                stream.write(bytes(1_000_000))
    elif how == "not a zip":
        path.write_text("nothing")
    elif how == "missing":
        path.unlink()
    else:
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        if how == "no table":
            del content["stars.ecsv"]
        elif how == "newer":
            content["set.toml"] = b"format = 99\n"
        else:
            del content["spectra/0000003.fits"]
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
    with pytest.raises(SpectraGUIError) as caught:
        list(read_data_set(path).spectra(range(6)))
    assert "Traceback" not in str(caught.value) and caught.value.hint


def test_no_usable_spectrum_is_a_sentence_and_no_file(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,teff\nnone.fits,4000\n")
    with pytest.raises(
        TrainingError, match="No spectrum of labels.csv can be used. 1 spectrum left out: not there"
    ):
        build(folder, folder / "set.zip")
    assert not (folder / "set.zip").exists()


def test_an_input_is_not_written_over(folder: Path) -> None:
    from spectragui.core.errors import WriteError

    write_spectrum(toy_star(4000.0, 4.0), folder / "star.fits")
    (folder / "star.zip").write_bytes(b"mine")
    (folder / "labels.csv").write_text("file,teff\nstar.zip,4000\n")
    with pytest.raises((WriteError, TrainingError)):
        build(folder, folder / "star.zip")
    assert (folder / "star.zip").read_bytes() == b"mine"


def test_the_command_builds_and_says_all(folder: Path) -> None:
    command = [
        "dataset",
        "build",
        str(folder),
        "--labels",
        str(folder / "labels.csv"),
        "-o",
        str(folder / "s.zip"),
    ]
    result = CliRunner().invoke(commands, [*command, "--column", "teff=teff", "--label", "teff"])
    assert result.exit_code == 0, result.output
    assert "6 of 10 spectra" in result.output and f"wrote {folder / 's.zip'}" in result.output
    assert read_data_set(folder / "s.zip").label_names == ("teff",)
    wrong = CliRunner().invoke(commands, [*command, "--column", "teff"])
    assert wrong.exit_code == 2 and "ROLE=COLUMN" in wrong.output
