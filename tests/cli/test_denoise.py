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
