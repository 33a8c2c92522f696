"""`spectragui generate`: files that read back with their labels, tables, samples, refusals, fits."""

import json
import re

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.package_data import bundled_examples
from spectragui.io.read import read_files

SUN = ("--teff", 5772, "--logg", 4.44, "--m-h", 0)


def test_one_spectrum_reads_back_with_its_labels(run, tmp_path):
    out = tmp_path / "sun.fits"
    result = run("generate", *SUN, "--vsini", 4, "--resolving-power", 60_000, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stderr.strip().endswith(f"wrote {out}")
    with fits.open(out) as hdus:
        table = hdus[1]
        assert table.columns.names == ["WAVE", "FLUX", "ERR", "mask"]
        assert table.columns["WAVE"].unit == "Angstrom"
        header = table.header
        assert (header["TEFF"], header["LOGG"], header["M_H"], header["VSINI"]) == (5772.0, 4.44, 0.0, 4.0)
        assert header["SPEC_RES"] == 60_000
        assert header["MEDIUM"] == "air"
        wave = table.data["WAVE"]
    assert wave[0] == 4450.0
    assert len(wave) == 19_000
    assert np.allclose(np.diff(wave), 0.05)
    (spectrum,) = read_files([out])
    assert spectrum.meta["labels"]["teff"] == 5772.0
    assert spectrum.spectral_axis.frame == "rest"
    assert spectrum.meta["resolving_power"] == 60_000


def test_the_prediction_of_a_generated_spectrum_is_its_labels(run, tmp_path):
    out = tmp_path / "star.fits"
    labels = ("--teff", 5400, "--logg", 4.0, "--m-h", -0.3, "--alpha-m", 0.1, "--vsini", 5)
    made = run("generate", *labels, "--resolving-power", 60_000, "--snr", 100, "-o", out)
    assert made.exit_code == 0, made.output
    (row,) = json.loads(run("predict", out, "--json").stdout)
    for name, truth, limit in (("teff", 5400, 40), ("logg", 4.0, 0.08), ("m_h", -0.3, 0.04)):
        assert abs(row[f"{name}_fit"] - truth) < limit, name
    assert row["snr"] == pytest.approx(100, rel=0.1)
    assert row["flag_bad"] == 0


def test_samples_noise_velocity_and_medium(run, tmp_path):
    out = tmp_path / "arcturus.fits"
    result = run(
        "generate", "--star", "arcturus", "--samples", 4, "--seed", 7, "--snr", 50, "--v-rad", -5,
        "--medium", "vacuum", "-o", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = r"^[\d,]+ pixels? outside the model's window masked \(0\.[0-9]*[1-9] %\)"
    assert re.search(told, result.stderr, re.M)
    with fits.open(out) as hdus:
        samples = hdus["SAMPLES"].data
        assert samples.shape == (4, 19_000)
        inside = np.isfinite(samples).all(axis=0)
        assert inside.mean() > 0.99
        assert samples[:, inside].std(axis=0).max() > 0.003
        good = ~hdus[1].data["MASK"]
        ratio = (hdus[1].data["FLUX"] / hdus[1].data["ERR"])[good]
        assert np.median(ratio) == pytest.approx(50, rel=0.1)
    (spectrum,) = read_files([out])
    assert spectrum.spectral_axis.medium == "vacuum"
    assert spectrum.spectral_axis.frame == "observer"
    assert spectrum.meta["labels"]["teff"] == 4286.0


def test_rows_of_one_name_never_overwrite_each_other(run, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("file,teff,logg,m_h\na.fits,5000,3.0,0\na,7000,4.0,0\n")
    result = run("generate", "--table", table, "-o", tmp_path / "many")
    assert result.exit_code == 1 and "labels.csv names 2 rows a.fits" in result.stderr
    assert not (tmp_path / "many").exists()


def test_many_from_a_table(run, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("file,teff,logg,m_h,vsini,e_teff\na,5000,3.0,-0.5,5,10\nb.csv,7000,4.0,0.1,,20\n")
    result = run("generate", "--table", table, "--resolving-power", 30_000, "-o", tmp_path / "many")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == ["a.fits", "b.csv"]
    (spectrum,) = read_files([tmp_path / "many" / "a.fits"])
    assert spectrum.meta["labels"]["vsini"] == 5.0
    assert spectrum.meta["resolving_power"] == 30_000
    result = run("generate", "--table", table, "-o", tmp_path / "all.fits")
    assert result.exit_code == 0, result.output
    first, second = read_files([tmp_path / "all.fits"])
    assert (first.meta["labels"]["teff"], second.meta["labels"]["teff"]) == (5000.0, 7000.0)
    with fits.open(tmp_path / "all.fits") as hdus:
        assert hdus[1].header["TEFF"] == 5000.0
        assert not np.array_equal(hdus["SPECTRUM", 1].data["FLUX"], hdus["SPECTRUM", 2].data["FLUX"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--teff", 12_000, "--logg", 4, "--m-h", 0), "outside the trained range 3900 to 9750 K"),
        (("--teff", 5000), "--logg"),
        (("--star", "Betelgeuse"), "Known: Sun"),
        ((*SUN, "--samples", 2, "--model", "optical-emulator"), "samples"),
        ((*SUN, "--resolving-power", 0), "optical-emulator"),
        ((*SUN, "--snr", -3), "minimum"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, tmp_path, arguments, said):
    out = tmp_path / "x.fits"
    result = run("generate", *arguments, "-o", out)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("name", ["x.txt", "x"])
def test_names_that_no_spectrum_can_have(run, tmp_path, name):
    result = run("generate", *SUN, "-o", tmp_path / name)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("teff,logg,m_h\n5000,4,zero\n", "Row 1"),
        ("teff,logg,m_h\n5000,4,-9999\n", "missing"),
        ("teff,logg,m_h\n5000,4,0\n15000,4,0\n", "Row 2"),
        ("teff,logg,m_h\n5000,,0\n", "--logg"),
        ("a,b\n1,2\n", "columns"),
        ("teff,logg,m_h,vsinii\n5000,4,0,3\n", "Did you mean vsini?"),
        ("teff,logg,m_h,colour\n5000,4,0,3\n", "'colour'"),
        ("teff,logg,m_h\n5000,4,0,9\n", "more values"),
        ("teff,logg,m_h\n5000,4\n", "fewer values"),
        ("teff,teff,logg,m_h\n5000,6000,4,0\n", "two columns"),
        ("", "0 rows"),
    ],
)
def test_bad_tables_name_their_row(run, tmp_path, content, said):
    table = tmp_path / "labels.csv"
    table.write_text(content)
    result = run("generate", "--table", table, "-o", tmp_path / "out.fits")
    assert result.exit_code == 1
    assert said in result.stderr
    assert not (tmp_path / "out.fits").exists()


def test_extrapolation_is_said_in_the_file(run, tmp_path):
    out = tmp_path / "hot.fits"
    result = run("generate", "--teff", 10_300, "--logg", 4.2, "--m-h", 0, "--allow-extrapolation", "-o", out)
    assert result.exit_code == 0, result.output
    assert "extrapolated: Teff = 10300 K" in result.stderr
    assert any("Extrapolated" in str(line) for line in fits.getheader(out, 1)["HISTORY"])


def test_the_native_spectrum_is_the_emulators(run, tmp_path):
    from scipy.interpolate import CubicSpline

    from spectragui.simulation.emulator import load_emulator

    out = tmp_path / "native.fits"
    result = run("generate", *SUN, "--model", "optical-emulator", "--resolving-power", 0, "-o", out)
    assert result.exit_code == 0, result.output
    emulator = load_emulator("optical-emulator")
    native = emulator.normalised_flux([5772.0, 4.44, 0.0, 0.0, 1.0])[0]
    data = fits.getdata(out, 1)
    wanted = CubicSpline(emulator.wavelength_aa, native)(data["WAVE"])
    assert np.abs(data["FLUX"] - wanted).mean() < 1e-3


def test_a_fit_is_told_and_written(run, tmp_path):
    out = tmp_path / "best.fits"
    example = bundled_examples()[0].path
    result = run(
        "generate", "--fit", example, "--teff", 5000, "--logg", 3.5, "--m-h", -0.5, "-o", out, "--json"
    )
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout[: result.stdout.rindex("}") + 1])
    assert content["start"]["teff"] == 5000.0
    assert abs(content["labels"]["teff"] - 5772) < 4 * content["errors"]["teff"]
    (spectrum,) = read_files([out])
    assert spectrum.meta["labels"]["teff"] == pytest.approx(content["labels"]["teff"])


def test_help_has_examples(run):
    result = run("generate", "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    for word in ("--alpha-m", "--samples", "--allow-extrapolation", "LABELS.csv"):
        assert word in result.stdout
