"""`spectragui denoise`: spectrum, table, JSON, errors against the truth, figure, and what fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.io.read import read_files


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mock")
    words = "simulate --instrument pfs-mr --teff 4500 --logg 2 --m-h -1 --snr 10 --seed 4 --v-rad 200"
    done = CliRunner().invoke(
        commands, [*words.split(), "--truth", f"{folder}/t.fits", "-o", f"{folder}/m.fits"]
    )
    assert done.exit_code == 0, done.output
    return folder


def test_a_pfs_file_is_denoised_with_everything_beside_it(mock: Path) -> None:
    files = [str(mock / name) for name in ("m.fits", "t.fits", "f.png", "d.fits", "d.ecsv")]
    words = [
        "denoise",
        files[0],
        "--truth",
        files[1],
        "--figure",
        files[2],
        "-o",
        files[3],
        "--table",
        files[4],
    ]
    done = CliRunner().invoke(commands, [*words, "--json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["truth"]["mean_relative"] < 0.01
    assert row["model"] == "pfs-dae"
    assert abs(row["v_rad"] - 200.0) < 10.0
    assert row["snr_after"] > 5 * row["snr_before"]
    assert Path(files[2]).stat().st_size > 10_000
    noisy, denoised = read_files([files[0]])[0], read_files([files[3]])[0]
    assert len(denoised) == len(noisy)
    assert denoised.flux_unit == noisy.flux_unit == "nJy"  # type: ignore[union-attr]
    assert "snr_after" in Path(files[4]).read_text()


def test_what_cannot_be_denoised_is_a_row_with_the_reason(mock: Path) -> None:
    text = mock / "blue.txt"
    text.write_text("\n".join(f"{4000 + 0.5 * i} {1.0 + 0.01 * (i % 7)} 0.1" for i in range(2000)))
    done = CliRunner().invoke(
        commands, ["denoise", str(text), "--model", "pfs-dae", "--json", "--medium", "air"]
    )
    assert done.exit_code == 1
    (row,) = json.loads(done.stdout)
    assert "denoises 7100-8850" in row["reason"]
    assert row["flags"] == "NOT_SERVED"


def test_many_files_are_rows_in_their_order_and_one_that_fails_ends_none(
    mock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spectragui.inference.denoise import denoise_batch

    copies = [tmp_path / f"s{number}.fits" for number in range(4)]
    for copy in copies:
        copy.write_bytes((mock / "m.fits").read_bytes())
    copies[1].write_bytes(b"no spectrum")
    sizes, known = [], denoise_batch.denoise_batch

    def counted(spectra, *more):  # type: ignore[no-untyped-def]
        sizes.append(len(spectra))
        return known(spectra, *more)

    monkeypatch.setattr(denoise_batch, "denoise_batch", counted)
    table = tmp_path / "rows.ecsv"
    words = ["denoise", *map(str, copies), "--table", str(table), "-o", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 1 and sizes == [3]
    rows = json.loads(done.stdout)
    assert [Path(row["file"]).name for row in rows] == [copy.name for copy in copies]
    assert rows[1]["reason"] and not any(rows[number]["reason"] for number in (0, 2, 3))
    assert rows[0]["whiteness_p"] == pytest.approx(rows[3]["whiteness_p"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"s{number}_denoised.fits" for number in (0, 2, 3)
    ]


def test_a_fault_in_a_batch_costs_only_its_own_spectrum(
    mock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spectragui.inference.denoise import denoise_batch

    def broken(*_arguments):  # type: ignore[no-untyped-def]
        raise ZeroDivisionError

    monkeypatch.setattr(denoise_batch, "denoise_batch", broken)
    words = ["denoise", str(mock / "m.fits"), str(mock / "m.fits"), "--json"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    assert all(row["model"] == "pfs-dae" for row in json.loads(done.stdout))
