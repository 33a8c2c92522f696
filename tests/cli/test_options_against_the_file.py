"""Every option of every command, told against what the file or the default says, reaches the work as told."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import COMMANDS, commands, open_files
from spectragui.core.package_data import bundled_examples
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.io.reading.read_options import OPTION_FLAGS, ReadOptions
from spectragui.io.writers import write_spectrum

EXAMPLE = bundled_examples()[0].path
ECHELLE = bundled_examples()[1].path


class Told(Exception):  # noqa: N818 - it is what was waited for
    """The work was reached; raised, so that nothing is computed."""


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs a command and returns what the functions that are named were given."""

    def run(target: Any, *arguments: object, returns: Any = None) -> list[tuple[tuple, dict]]:
        calls: list[tuple[tuple, dict]] = []

        def record(*values: Any, **more: Any) -> Any:
            calls.append((values, more))
            if returns is not None:
                return returns(*values, **more)
            from spectragui.core.errors import SpectraGUIError

            raise SpectraGUIError("reached")

        monkeypatch.setattr(*((target,) if isinstance(target, str) else target), record)
        done = CliRunner().invoke(commands, [str(one) for one in arguments], prog_name="spectragui")
        assert calls, done.output
        return calls

    return run


# Reading: the same for every command that reads a spectrum

READING = {
    "spectrum": 3, "flux_column": "F", "wavelength_column": "W", "error_column": "E",
    "error_kind": "variance", "mask_column": "M", "mask_rule": "0x30", "unit": "nm", "medium": "vacuum",
    "frame": "heliocentric",
    "wavelength_file": "w.fits", "extension": "SCI", "max_values": 4321,
}  # fmt: skip
#: Commands that read spectra, with what else they need.
READERS = {
    "predict": (), "preprocess": ("-o", "OUT.fits"), "stitch": ("-o", "OUT.fits"), "velocity": (),
    "denoise": (), "info": (),
}  # fmt: skip


@pytest.mark.parametrize("command", [*READERS, "generate"])
@pytest.mark.parametrize("no_rules", [False, True])
def test_reading_options_reach_the_reader(command, no_rules, monkeypatch, tmp_path) -> None:
    assert set(READING) == set(OPTION_FLAGS)
    seen: list[ReadOptions] = []

    def read(_files: Any, options: ReadOptions, *_rest: Any, **_more: Any) -> Any:
        seen.append(options)
        raise Told

    for name in ("read_files", "read_spectrum", "read_spectra"):
        monkeypatch.setattr(f"spectragui.io.read.{name}", read)
    monkeypatch.setattr("spectragui.io.file_groups.group_files", lambda files, *_: [tuple(files)])
    words = [command, *(("--fit",) if command == "generate" else ()), EXAMPLE, *READERS.get(command, ())]
    words = [str(word).replace("OUT", str(tmp_path / "out")) for word in words]
    for name, value in READING.items():
        words += [OPTION_FLAGS[name], str(value)]
    CliRunner().invoke(commands, [*words, *(["--no-rules"] if no_rules else [])])
    assert seen and seen[0] == ReadOptions(**READING, use_rules=not no_rules)


@pytest.mark.parametrize("command", [*READERS, "generate"])
def test_changes_are_made_in_their_order(command, monkeypatch, tmp_path) -> None:
    seen: list[list[Any]] = []

    def change(_spectrum: Any, changes: Any) -> Any:
        seen.append(list(changes))
        raise Told

    monkeypatch.setattr("spectragui.analysis.change_words.with_changes", change)
    words = [command, *(("--fit",) if command == "generate" else ()), EXAMPLE, *READERS.get(command, ())]
    words = [str(word).replace("OUT", str(tmp_path / "out")) for word in words]
    changes = ("mask 5000 5010", "correct medium=vacuum")
    for one in changes:
        words += ["--change", one]
    CliRunner().invoke(commands, words)
    from spectragui.analysis.change_words import parse_change

    assert seen[0] == [parse_change(one) for one in changes]


def test_a_change_is_in_the_row(run) -> None:
    (row,) = json.loads(run("info", EXAMPLE, "--json", "--change", "correct frame=heliocentric").stdout)
    assert row["frame"]["value"] == "heliocentric"


PREDICT = "spectragui.inference.parameters.predict_spectrum.predict_spectrum"
VELOCITY = "spectragui.inference.velocity.star_velocity.measure_star_velocity"
DENOISE = "spectragui.inference.denoise.denoise_batch.denoise_batch"


def refuse_all(spectra: Any, *_: Any) -> list[Exception]:
    from spectragui.core.errors import SpectraGUIError

    return [SpectraGUIError("reached") for _ in spectra]


def test_a_change_reaches_the_work(reach, star_file) -> None:
    told = ("--change", "correct frame=heliocentric")
    work = {"velocity": VELOCITY, "predict": PREDICT, "denoise": DENOISE}
    for command, target in work.items():
        for words, frame in (((), "observer"), (told, "heliocentric")):
            returns = refuse_all if command == "denoise" else None
            ((given, *_), _), *_ = reach(target, command, star_file, *words, returns=returns)
            spectrum = given[0] if command == "denoise" else given
            assert spectrum.spectral_axis.frame == frame, command


# Each command's own options


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("--model", "optical-starnet"), "model", "optical-starnet"),
        (("--resolving-power", 31_000), "resolving_power", 31_000.0),
        (("--v-rad", -77.5), "v_rad", -77.5),
        (("--no-refine",), "refine", False),
        (("--device", "cpu"), "device", "cpu"),
    ],
)
def test_predict(reach, words, field, value) -> None:
    ((_, options, *_),) = [
        values for values, _ in reach(
            "spectragui.inference.parameters.predict_spectrum.predict_spectrum", "predict", EXAMPLE, *words
        )
    ]  # fmt: skip
    from spectragui.inference.prediction import PredictOptions

    assert options == dataclasses.replace(PredictOptions(), **{field: value})


def test_what_predict_is_told_counts_before_the_file(run) -> None:
    words = ("predict", EXAMPLE, "--no-refine", "--json", "--v-rad", 3.25, "--resolving-power", 41_000)
    (row,) = json.loads(run(*words).stdout)
    assert row["v_rad"] == 3.25 and row["resolving_power"] == 41_000


@pytest.fixture
def star_file(tmp_path: Path) -> Path:
    header = [
        ("RA", 83.0, ""), ("DEC", 22.0, ""), ("DATE-OBS", "2020-01-01T03:00:00", ""), ("EXPTIME", 600.0, "s"),
        ("GEOLON", 10.0, ""), ("GEOLAT", 20.0, ""), ("GEOELEV", 500.0, ""),
    ]  # fmt: skip
    axis = SpectralAxis(np.linspace(8630.0, 8800.0, 900), medium="air", frame="observer")
    flux = 1.0 + 0.2 * np.sin(np.arange(900.0))
    meta = {"object": "M 1", "header": header, "resolving_power": 60_000.0}
    write_spectrum(Spectrum(axis, flux, np.full(900, 0.01), meta=meta), tmp_path / "star.fits")
    return tmp_path / "star.fits"


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("--template", "red"), "template", "red"),
        (("--range", 8650, 8700), "range_aa", (8650.0, 8700.0)),
        (("--resolving-power", 11_000), "resolving_power", 11_000.0),
        (("--barycentric",), "is_barycentric", True),
        (("--no-barycentric",), "is_barycentric", False),
    ],
)
def test_velocity(reach, star_file, words, field, value) -> None:
    from spectragui.inference.velocity.star_velocity import VelocityOptions

    (((_, options, *_), _),) = reach(VELOCITY, "velocity", star_file, *words)
    assert options == dataclasses.replace(VelocityOptions(), **{field: value})


def test_what_velocity_is_told_of_an_exposure_counts_before_its_header(reach, star_file) -> None:
    from spectragui.io.headers.exposure_facts import Exposure

    def exposure(*words: object) -> Exposure:
        (((_, options, *_), _),) = reach(VELOCITY, "velocity", star_file, *words)
        assert options.exposure is not None
        return options.exposure

    assert exposure("--ra", "17:57:48.5").ra_deg == pytest.approx(269.452, abs=1e-3)
    assert exposure("--ra", "17:57:48.5").dec_deg == 22.0  # the header's
    assert exposure("--dec", "-04:30:00").dec_deg == -4.5
    assert exposure("--dec", -4.5).mid_time.startswith("2020-01-01T03:05:00")  # half of 600 s later
    assert exposure("--time", "2018-10-03T01:48:25").mid_time == "2018-10-03T01:48:25"
    site = exposure("--site", "-70.5,-29.25,2400").site
    assert site is not None
    assert (site.longitude_deg, site.latitude_deg, site.height_m) == (-70.5, -29.25, 2400.0)
    assert exposure("--time", "2018-10-03T01:48:25").site.longitude_deg == 10.0


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("--model", "pfs-dae"), "model", "pfs-dae"),
        (("--v-rad", 123.5), "v_rad", 123.5),
        (("--device", "cpu"), "device", "cpu"),
    ],
)
def test_denoise(reach, star_file, words, field, value) -> None:
    (((_, options, *_), _),) = reach(DENOISE, "denoise", star_file, *words, returns=refuse_all)
    assert getattr(options, field) == value
    assert (options.v_rad is None) == (field != "v_rad")


GENERATE = "spectragui.inference.generate.generate_spectrum.generate_spectrum"
#: Each field of a request, and a value that neither its default nor the Sun has.
REQUEST = {
    "model": "optical-emulator", "teff": 6123.0, "logg": 3.21, "m_h": -0.77, "alpha_m": 0.19, "vsini": 17.0,
    "vmic": 2.3, "resolving_power": 33_000.0, "v_rad": -41.5, "snr": 66.0, "extra_fwhm": 0.7, "samples": 7,
    "seed": 91, "start_aa": 4711.0, "stop_aa": 4812.0, "step_aa": 0.13, "allow_extrapolation": True,
}  # fmt: skip


def test_generate_one_option_at_a_time(reach, tmp_path) -> None:
    from spectragui.cli.generate import _FLAGS
    from spectragui.inference.generate.generate_spectrum import GenerateRequest

    assert set(REQUEST) == set(_FLAGS)
    star = ("generate", "--star", "Sun", "-o", tmp_path / "g.fits")
    (((plain, *_), _),) = reach(GENERATE, *star)
    sun = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0}
    assert {name: getattr(plain, name) for name in sun} == pytest.approx(sun, abs=0.05)
    for name, value in REQUEST.items():
        words = [_FLAGS[name], *([] if isinstance(value, bool) else [value])]
        (((request, *_), _),) = reach(GENERATE, *star, *words)
        assert isinstance(request, GenerateRequest)
        assert request == dataclasses.replace(plain, **{name: value}), name
    for words, field, value in (
        (("--medium", "vacuum"), "medium", "vacuum"), (("--frame", "barycentric"), "frame", "barycentric"),
    ):  # fmt: skip
        (((request, *_), _),) = reach(GENERATE, *star, *words)
        assert getattr(request, field) == value


def test_a_row_of_a_table_counts_before_the_options(reach, tmp_path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("teff,logg,m_h,snr,v_rad\n5100,4.1,-0.2,25,12\n5200,4.2,-0.1,,\n")
    words = (
        "generate",
        "--table",
        table,
        "--teff",
        9999,
        "--snr",
        70,
        "--seed",
        5,
        "-o",
        tmp_path / "x.fits",
    )
    calls = reach(
        "spectragui.inference.generate.generate_spectrum.check_request", *words, returns=lambda r: ()
    )
    first, second = (values[0] for values, _ in calls[:2])
    assert (first.teff, first.logg, first.snr, first.v_rad, first.seed) == (5100.0, 4.1, 25.0, 12.0, 5)
    assert (second.teff, second.snr) == (5200.0, 70.0)


def test_generate_fits_as_told(reach, run, tmp_path) -> None:
    target = "spectragui.inference.generate.fit_labels.fit_labels"
    words = ("generate", "--fit", EXAMPLE, "--free", "logg, m_h", "--teff", 5432, "--resolving-power", 29_000)
    (((spectrum, names, start, options, *_), _),) = reach(target, *words)
    assert names == ("logg", "m_h") and dict(start) == {"teff": 5432.0}
    assert options.resolving_power == 29_000.0
    assert spectrum.meta["file"].endswith(EXAMPLE.name)
    both = run("generate", "--fit", EXAMPLE, "--table", EXAMPLE, "-o", tmp_path / "x.fits")
    assert both.exit_code == 1 and "exclude each other" in both.output


OBSERVE = "spectragui.simulation.mock_observation.observe"
SIMULATED = {
    "--alpha-m": ("labels", "alpha_m", 0.31), "--vsini": ("labels", "vsini", 23.0),
    "--vmic": ("labels", "vmic", 1.7), "--teff": ("labels", "teff", 5050.0),
    "--logg": ("labels", "logg", 3.3), "--m-h": ("labels", "m_h", -0.4), "--v-rad": ("star", "v_rad_kms",
    88.0), "--ebv": ("star", "ebv", 0.6),
    "--line-seed": ("star", "line_seed", 77), "--berv": ("exposure", "berv_kms", -21.0),
    "--seed": ("exposure", "seed", 12), "--snr": ("exposure", "snr", 31.0),
    "--magnitude": ("night", "magnitude", 20.5), "--exposures": ("night", "exposures", 3),
    "--exposure-time": ("night", "exposure_time", 450.0), "--seeing": ("night", "seeing", 1.3),
    "--zenith": ("night", "zenith", 44.0), "--field-angle": ("night", "field_angle", 0.5),
    "--moon-zenith": ("night", "moon_zenith", 33.0), "--moon-target": ("night", "moon_target", 77.0),
    "--moon-phase": ("night", "moon_phase", 0.4),
}  # fmt: skip


def test_simulate(reach, tmp_path) -> None:
    base = {"--teff": 5000, "--logg": 4.5, "--m-h": -0.2}

    def observed(*words: object) -> dict[str, Any]:
        told = dict(zip(words[::2], words[1::2], strict=True)) if words != ("--no-tellurics",) else {}
        noise = {} if "--magnitude" in told or "--snr" in told else {"--snr": 50}
        flags = [one for pair in {**base, **noise, **told}.items() for one in pair]
        extra = ["--no-tellurics"] if words == ("--no-tellurics",) else []
        where = ("--instrument", "pfs-mr", "-o", tmp_path / "m.fits")
        (((instrument, star, exposure, *_), _),) = reach(OBSERVE, "simulate", *where, *flags, *extra)
        return {
            "instrument": instrument, "labels": SimpleNamespace(**star.labels), "star": star,
            "exposure": exposure, "night": exposure.night,
        }  # fmt: skip

    plain = observed("--berv", 0)
    assert plain["instrument"].name == "pfs-mr" and plain["exposure"].has_tellurics
    for flag, (part, field, value) in SIMULATED.items():
        assert getattr(observed(flag, value)[part], field) == pytest.approx(value), flag
    assert not observed("--no-tellurics")["exposure"].has_tellurics
    assert plain["exposure"].snr == 50.0


CHAIN_RUN = "spectragui.preprocessing.chain.Chain.run"


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("--method", "mean"), "method", "mean"),
        (("--level-match", "quadratic"), "level_match", "quadratic"),
        (("--level-width", 7.5), "level_width", 7.5),
        (("--level-errors",), "level_errors", True),
        (("--edge-level", 0.4), "edge_level", 0.4),
        (("--reject", 0), "reject", 0.0),
        (("--cut", 3, 4700.5, "--cut", 5, 4800.0), "cuts", ((3, 4700.5), (5, 4800.0))),
        (("--exclude", 2, "--exclude", 4), "excluded", (2, 4)),
    ],
)
def test_stitch(reach, tmp_path, words, field, value) -> None:
    calls = reach(CHAIN_RUN, "stitch", ECHELLE, "-o", tmp_path / "s.fits", *words, "--as-is")
    (step,) = calls[0][0][0].steps
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    assert step.stage == dataclasses.replace(Stitch(), **{field: value})


def test_stitch_takes_a_blaze_out_as_told(reach, tmp_path) -> None:
    flat = tmp_path / "flat.fits"
    shutil.copy(ECHELLE, flat)

    def stages(*words: object) -> list[Any]:
        chain = reach(CHAIN_RUN, "stitch", ECHELLE, "-o", tmp_path / "s.fits", *words)[0][0][0]
        return [step.stage for step in chain.steps]

    assert [stage.name for stage in stages()] == ["deblaze", "stitch"]
    assert [stage.name for stage in stages("--as-is")] == ["stitch"]
    first, _ = stages("--blaze", "flat", "--flat-file", flat)
    assert (first.name, first.blaze, first.flat_file) == ("deblaze", "flat", str(flat))
    for word in ("file", "shared", "none"):
        assert stages("--blaze", word, "--as-is")[0].blaze == word


def test_preprocess(reach, run, tmp_path) -> None:
    def chain(*words: object) -> Any:
        return reach(CHAIN_RUN, "preprocess", EXAMPLE, "-o", tmp_path / "p.fits", *words)[0][0][0]

    from spectragui.preprocessing.chain_files import load_preset, preset_names

    assert chain("--chain", "apogee-starnet").hash == load_preset("apogee-starnet").hash
    plain = chain("--chain", "generic-1d")
    name = next(step.stage.name for step in plain.steps if step.stage.name == "continuum")
    changed = chain("--chain", "generic-1d", "--set", f"{name}.degree=2")
    before, after = ([s.stage.parameters() for s in one.steps] for one in (plain, changed))
    different = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    ((a, b),) = different
    assert {key for key in a if a[key] != b[key]} == {"degree"} and b["degree"] == 2
    listed = run("preprocess", "--list-chains").stdout
    assert all(name in listed for name in preset_names())


PHOTOMETRY = "spectragui.inference.photometry.predict_photometry.predict_photometry"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    from spectragui.core.photometry import band_set

    names = band_set("alhambra").names
    lines = [",".join(["ID", *names, *(f"e_{name}" for name in names), "mass", "extra", "e_extra"])]
    for row in range(2):
        # 3631 of them are the nanomaggy's zero point; errors of a hundredth.
        values = ["500"] * len(names) + ["5"] * len(names)
        lines.append(",".join([str(row), *values, "10.5", "700", "7"]))
    path = tmp_path / "c.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("unit", "microjansky"), [("nJy", 0.5), ("uJy", 500.0), ("mJy", 5e5), ("Jy", 5e8), ("nanomaggy", 1815.39)]
)
def test_photometry_takes_fluxes_in_the_unit_that_is_told(reach, catalogue, unit, microjansky) -> None:
    (((table, *_), _),) = reach(PHOTOMETRY, "photometry", catalogue, "--flux-unit", unit)
    expected = 23.9 - 2.5 * np.log10(microjansky)
    if 0.0 < expected < 40.0:
        assert table.magnitudes[0, 0] == pytest.approx(expected, abs=1e-3)
        # A hundredth of the flux is 2.5 / ln 10 hundredths of a magnitude.
        assert table.errors[0, 0] == pytest.approx(0.01 * 2.5 / math.log(10.0), rel=1e-4)
    else:
        assert not table.detected.any()
    flux, _ = table.fluxes()
    if table.detected.any():
        assert flux[0, 0] == pytest.approx(microjansky, rel=1e-4)


def test_photometry(reach, run, catalogue, tmp_path) -> None:
    first = "F365W"

    def reached(*words: object) -> tuple[Any, Any]:
        (((table, options, *_), _),) = reach(
            PHOTOMETRY, "photometry", catalogue, "--flux-unit", "uJy", *words
        )
        return table, options

    plain, options = reached()
    assert options.model == "" and options.device
    moved, _ = reached("--column", f"{first}=extra", "--column", f"e_{first}=e_extra")
    assert moved.magnitudes[0, 0] == pytest.approx(23.9 - 2.5 * np.log10(700.0), abs=1e-3)
    assert moved.errors[0, 0] == pytest.approx(plain.errors[0, 0], rel=1e-4)
    linear, _ = reached("--mass-scale", "linear")
    assert linear.reference["log_mass"][0] == pytest.approx(np.log10(10.5))
    log10, _ = reached("--mass-scale", "log10")
    assert log10.reference["log_mass"][0] == pytest.approx(10.5)
    assert reached("--model", "alhambra-mass")[1].model == "alhambra-mass"
    assert reached("--device", "cpu")[1].device == "cpu"
    told = json.loads(run("photometry", catalogue, "--bands", "jpas", "--mapping", "--json").stdout)
    assert told["bands"] == "jpas"
    few = run("photometry", catalogue, "--max-values", 1000, "--mapping", "--json")
    assert few.exit_code == 0
    module = sys.modules["spectragui.io.catalogues.read_catalogue"]  # by name, it is the function
    ((values, _),) = reach((module, "read_raw"), "photometry", catalogue, "--max-values", 2345)
    assert values[1] == 2345


def test_photometry_counts_what_is_bad(run, catalogue) -> None:
    from spectragui.cli.photometry import _summary

    columns = {
        "flag_bad": np.array([0, 256, 0, 1]), "flag_warn": np.array([8, 256, 8, 1]),
        "p_star": np.array([0.49, 0.1, 0.51, 0.2]), "z": np.array([0.5, np.nan, 9.0, 0.7]),
    }  # fmt: skip

    class Result(dict):
        model = "m"

        def __len__(self) -> int:
            return 4

    said = _summary("c.csv", Result(columns))
    assert "4 objects" in said and "1 star or QSO" in said and "3 galaxies" in said
    assert "median z 0.600" in said and "2 not to be used" in said


def test_evaluate(reach, tmp_path) -> None:
    base = ("evaluate", "optical-parameters", "heldout")
    grid = tmp_path / "g.npz"
    words = ("--spectra", 123, "--seed", 45, "--grid", grid, "-o", tmp_path / "report", "--device", "cpu")
    (((folder, asked, to_card), _),) = reach("spectragui.cli.evaluate._evaluate_grid", *base, *words)
    assert folder.name == "optical-parameters" and to_card is False
    assert (asked.dataset, asked.grid, asked.output) == ("heldout", grid, tmp_path / "report")
    assert (asked.n_spectra, asked.seed, asked.device) == (123, 45, "cpu")
    (((_, _, to_card), _),) = reach("spectragui.cli.evaluate._evaluate_grid", *base, "--to-card")
    assert to_card is True
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"")
    (((_, _, presets), _),) = reach(
        "spectragui.cli.evaluate._evaluate_denoiser", "evaluate", "pfs-dae", "heldout", "--preset", weights
    )
    assert presets == (weights,)
    stars = tmp_path / "stars"
    stars.mkdir()
    for words, refine in (((), True), (("--no-refine",), False)):
        calls = reach(
            "spectragui.training.parameters.real_stars.evaluate_folder",
            "evaluate", "optical-parameters", stars, *words,
        )  # fmt: skip
        assert calls[0][1]["refine"] is refine
    (((models, asked, labels, folders), _),) = reach(
        "spectragui.cli.evaluate.compare", "evaluate", "optical-parameters", "optical-starnet", "heldout",
        "--labels", "T,TG", "--stars", stars, "--seed", 9,
    )  # fmt: skip
    assert models == ["optical-parameters", "optical-starnet"] and asked.seed == 9
    assert (labels, tuple(folders)) == ("T,TG", (stars,))


def test_a_comparison_is_made_as_asked(monkeypatch, tmp_path) -> None:
    from spectragui.cli import comparing
    from spectragui.cli.evaluation_request import EvaluationRequest

    calls = []
    monkeypatch.setattr("spectragui.training.grids.read_grid", lambda *_: "grid")
    monkeypatch.setattr("spectragui.networks.parameter_network.load_network", lambda *_: "network")
    monkeypatch.setattr(
        "spectragui.training.parameters.model_comparison.compare_on_grid",
        lambda *values, **more: calls.append((values, more)) or [],
    )
    asked = EvaluationRequest("g.npz", None, None, 321, 17, "cpu")
    name, judge = comparing._judge("optical-parameters", asked, ())
    judge(lambda *_: None)
    ((values, more),) = calls
    assert values[:2] == ("network", "grid") and (more["n_spectra"], more["seed"]) == (321, 17)
    assert name == "optical-parameters"


def test_dataset_build(reach, tmp_path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("file,T_phot,logg,SNR,ID\na.fits,5000,4.0,100,s1\nb.fits,5500,4.2,150,s2\n")
    target = "spectragui.training.data_sets.build_data_set.build_data_set"
    words = (
        "dataset", "build", tmp_path, "--labels", table, "--column", "teff=T_phot", "--column", "star=ID",
        "--label", "teff", "--chain", "apogee-starnet", "--model", "optical-parameters", "--seed", 33,
        "--same-shape", "-o", tmp_path / "set.zip",
    )  # fmt: skip
    (((plan, output, *_), _),) = reach(target, *words)
    assert (plan.seed, plan.same_shape, output) == (33, True, tmp_path / "set.zip")
    assert plan.chain.hash and plan.model.name == "optical-parameters"
    assert plan.table.label_names == ("teff",) and plan.table.stars == ("s1", "s2")
    assert plan.table.labels[:, 0].tolist() == [5000.0, 5500.0]
    cuts = tmp_path / "cuts.toml"
    cuts.write_text('[data.cuts.snr]\ncolumns = ["SNR"]\nabove = 120\n')
    few = ("dataset", "build", tmp_path, "--labels", table, "--column", "teff=T_phot", "--cuts", cuts)
    (((plan, *_), _),) = reach(target, *few)
    assert len(plan.table) == 1 and plan.table.files == ("b.fits",)

    for label, values in (("teff", "teff=5200:6000"), ("logg", "logg=4.1:4.3")):
        (((plan, *_), _),) = reach(target, *few[:7], "--box", values)
        assert plan.table.files == ("b.fits",), label
    seen = "spectragui.training.data_sets.label_filters.filtered"
    kept = tmp_path / "kept.csv"
    (((_, filters), _),) = reach(seen, *few[:7], "--hull", kept, "--isochrone", table)
    assert (filters.hull, filters.isochrone, filters.box) == (str(kept), str(table), {})


def test_made_data_sets(reach, tmp_path) -> None:
    told = ("--set", "number=77", "--set", "with_noise=no", "--model", "mdwarf-starnet")
    target = "spectragui.training.data_sets.synthetic_set.build_synthetic_set"
    (((stars, model, output), _),) = reach(target, "dataset", "simulate", *told, "-o", tmp_path / "set.zip")
    assert (stars.number, stars.with_noise, model.name) == (77, False, "mdwarf-starnet")
    assert output == tmp_path / "set.zip"
    table = tmp_path / "t.csv"
    table.write_text("file,teff\na.fits,5000\nb.fits,5500\n")
    words = ("--set", "snr=33", "--labels", table, "--chain", "apogee-starnet", "--model", "mdwarf-starnet",
             "--seed", 44, "-o", tmp_path / "grid.zip")  # fmt: skip
    target = "spectragui.training.data_sets.model_grid.build_grid_set"
    (((folder, settings, plan, output, known, *_), _),) = reach(target, "dataset", "grid", tmp_path, *words)
    assert (folder, settings.snr, plan.seed, plan.model.name) == (tmp_path, 33.0, 44, "mdwarf-starnet")
    assert plan.chain.hash and output == tmp_path / "grid.zip" and known.files == ("a.fits", "b.fits")


def test_reproduce(reach, tmp_path) -> None:
    words = ("--from", tmp_path / "models", "--quick", "--hours", 1.5, "--threads", 1, "--seed", 7)
    target = "spectragui.reports.reproduce_paper.reproduce_paper"
    (((told, _), _),) = reach(target, "reproduce", "denoise", "-o", tmp_path / "page", *words)
    assert (told.paper, told.folder, told.models) == ("denoise", tmp_path / "page", tmp_path / "models")
    assert (told.quick, told.hours, told.threads, told.seed) == (True, 1.5, 1, 7)
    (((told, _), _),) = reach(target, "reproduce", "cvae", "-o", tmp_path / "page")
    assert not told.quick and told.models is None


def test_train(reach, tmp_path) -> None:
    config = tmp_path / "train.toml"
    config.write_text('output = "from-the-file"\n[training]\ndevice = "auto"\nsteps = 7\n')
    target = "spectragui.training.run.train_model"
    (((plain,), more),) = reach(target, "train", config)
    assert plain.output == "from-the-file" and more["resume"] is False and plain.training.steps == 7
    words = ("-o", tmp_path / "else", "--device", "cpu", "--resume", "--labels", "TG", "--one-a-label")
    (((told,), more),) = reach(target, "train", config, *words)
    assert told.output == str(tmp_path / "else") and more["resume"] is True
    assert told.training.device == "cpu" and told.data.labels == ("teff", "logg")
    assert told.network.options == {"one_a_label": 1}
    (((told,), _),) = reach(target, "train", config, "--labels", "logg,vsini")
    assert told.data.labels == ("logg", "vsini") and told.network.options == {}


def test_the_window(reach, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    words = ("--screenshot", tmp_path / "p.png", "--watch", tmp_path, "--panel", "Results", "--theme", "dark",
             "--size", "1234x567", "--scale", 1.75)  # fmt: skip
    (((files,), more),) = reach("spectragui.cli.open.open_window", EXAMPLE, *words)
    assert files == (EXAMPLE,)
    assert more == {
        "screenshot": tmp_path / "p.png", "panel": "Results", "theme": "dark", "size": (1234, 567),
        "scale": 1.75, "watch": tmp_path,
    }  # fmt: skip


# No option without a case

#: Where an option's effect is tested; of one that is the same everywhere, once.
EVERYWHERE = {
    "--json": "tests/cli/test_predict.py::test_the_example_comes_back_at_its_true_labels",
    "--debug": "tests/cli/test_main.py::test_an_unexpected_error_is_one_line_and_debug_shows_where",
    "--output": "tests/cli/test_overwriting.py::test_the_input_is_not_written_over",
    "--resume": "tests/cli/test_nothing_lost.py::test_kill_9_at_a_random_moment",
}
HERE = {
    "predict": {"--model", "--resolving-power", "--v-rad", "--no-refine", "--device"},
    "preprocess": {"--chain", "--set", "--list-chains"},
    "stitch": {
        "--method", "--level-match", "--level-width", "--level-errors", "--blaze", "--flat-file",
        "--edge-level", "--reject", "--cut", "--exclude", "--as-is",
    },
    "velocity": {
        "--template", "--range", "--resolving-power", "--barycentric", "--ra", "--dec", "--time", "--site",
    },
    "denoise": {"--model", "--v-rad", "--device"},
    "photometry": {
        "--model", "--bands", "--column", "--flux-unit", "--mass-scale", "--mapping", "--max-values",
        "--device",
    },
    "info": set(),
    "generate": {
        "--model", "--teff", "--logg", "--m-h", "--alpha-m", "--vsini", "--vmic", "--resolving-power",
        "--v-rad", "--snr", "--extra-fwhm", "--samples", "--seed", "--start", "--stop", "--step",
        "--allow-extrapolation",
        "--star", "--table", "--fit", "--free",
    },
    "simulate": {*SIMULATED, "--instrument", "--no-tellurics"},
    "evaluate": {"--grid", "--spectra", "--seed", "--no-refine", "--to-card", "--preset", "--labels",
                 "--stars", "--device"},
    "dataset build": {"--labels", "--column", "--label", "--cuts", "--chain", "--model", "--seed",
                      "--same-shape", "--box", "--hull", "--isochrone"},
    "dataset simulate": {"--set", "--model"},
    "dataset grid": {"--set", "--labels", "--chain", "--model", "--seed"},
    "reproduce": {"--from", "--quick", "--hours", "--threads", "--seed"},
    "train": {"--device", "--labels", "--one-a-label"},
    "open": {"--screenshot", "--watch", "--panel", "--theme", "--size", "--scale"},
}  # fmt: skip
ELSEWHERE = {
    ("predict", "--why"): "tests/cli/test_predict.py::test_why_writes_the_lines_that_decide_of_one_spectrum",
    ("predict", "--together"): "tests/inference/together/test_predict_together.py::test_the_command",
    ("predict", "--robustness"): "tests/cli/test_predict.py::test_robustness_is_written_as_a_table",
    (
        "denoise",
        "--table",
    ): "tests/cli/test_denoise.py::test_a_pfs_file_is_denoised_with_everything_beside_it",
    (
        "denoise",
        "--truth",
    ): "tests/cli/test_denoise.py::test_a_pfs_file_is_denoised_with_everything_beside_it",
    (
        "denoise",
        "--figure",
    ): "tests/cli/test_denoise.py::test_a_pfs_file_is_denoised_with_everything_beside_it",
    ("denoise", "--fit"): "tests/cli/test_denoise_fit.py::test_fit_is_in_the_json_and_in_words",
    ("photometry", "--figure"): "tests/cli/test_photometry.py::test_filters_are_drawn_without_a_catalogue",
    ("generate", "--device"): "tests/cli/test_options_against_the_file.py::test_generators_stay_on_the_cpu",
    ("simulate", "--list-instruments"): "tests/cli/test_simulate.py::test_what_is_missing_is_asked_for",
    ("simulate", "--truth"): "tests/cli/test_simulate.py::test_a_mock_observation_and_its_truth_are_written",
    ("models show", "--drawing"): "tests/cli/test_models_facts.py::test_show_writes_drawing_and_errors",
    ("models show", "--errors"): "tests/cli/test_models_facts.py::test_show_writes_drawing_and_errors",
}


def test_generators_stay_on_the_cpu(run, tmp_path) -> None:
    done = run("generate", "--star", "Sun", "--device", "cuda", "-o", tmp_path / "g.fits")
    assert done.exit_code == 0 and "on the CPU" in done.stderr


def all_options() -> dict[tuple[str, str], click.Option]:
    context = click.Context(commands)
    found: dict[tuple[str, str], click.Option] = {}

    def walk(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                inner = command.get_command(context, sub)
                assert inner is not None
                walk(inner, f"{name} {sub}".strip())
            return
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in ("help",):
                found[name, option.opts[-1] if option.opts[0] == "-o" else option.opts[0]] = option

    walk(commands, "")
    for option in open_files.params:
        if isinstance(option, click.Option):
            found["open", option.opts[0]] = option
    return found


def test_no_option_is_without_a_case(checkout) -> None:
    shared = {*EVERYWHERE, *OPTION_FLAGS.values(), "--change", "--no-rules"}
    reading = {*READERS, "generate"}
    without = []
    for command, flag in all_options():
        is_reading = flag in OPTION_FLAGS.values() or flag in ("--change", "--no-rules")
        own = flag in HERE.get(command, set()) or (command, flag) in ELSEWHERE
        if not own and not (flag in shared and (not is_reading or command in reading)):
            without.append(f"{command} {flag}")
    assert without == [], "write a case in which what is told is not what the file says"
    known = set(all_options())
    gone = {(command, flag) for command, flags in HERE.items() for flag in flags} | set(ELSEWHERE)
    assert gone <= known
    for place in (*EVERYWHERE.values(), *ELSEWHERE.values()):
        file, name = place.split("::")
        assert f"def {name}(" in (checkout / file).read_text(encoding="utf-8")
    assert set(COMMANDS) <= {command.split(" ")[0] for command, _ in known} | {"grid", "models"}
