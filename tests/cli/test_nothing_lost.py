"""What a long run has finished outlives kills, full disks and files that fail; and --resume goes on."""

import collections
import contextlib
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from spectragui.core.errors import WriteError
from spectragui.core.package_data import bundled_examples
from spectragui.io.tables.row_log import SUFFIX
from spectragui.io.tables.tables import read_results
from tests.forked_commands import ForkedCommands

N_FILES = 5
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Five small files of one star, one of them broken, in a folder of their own."""
    folder = tmp_path_factory.mktemp("night")
    example = bundled_examples()[0].path
    content = example.read_bytes()
    for number in range(N_FILES):
        (folder / f"star_{number}.fits").write_bytes(content if number != 2 else content[:7000])
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def unbroken(night, tmp_path_factory):
    """The rows of a run that nothing stopped."""
    from click.testing import CliRunner

    from spectragui.cli.main import commands

    table = tmp_path_factory.mktemp("unbroken") / "rows.csv"
    CliRunner().invoke(commands, ["predict", *map(str, night), "--no-refine", "-o", str(table)])
    return comparable(read_results(table))


def comparable(rows):
    """Return rows without what differs between two runs by itself: the time."""
    return [{k: repr(v) for k, v in row.items() if k != "created"} for row in rows]


def log_of(table):
    return table.with_name(table.name + SUFFIX)


def stored_rows(table):
    """Return the rows of whole lines, as a program that knows nothing of ours would read them."""
    lines = log_of(table).read_bytes().split(b"\n")[:-1] if log_of(table).exists() else []
    return [json.loads(line) for line in lines[1:]]


def test_a_whole_run_leaves_the_table_alone(run, night, tmp_path, unbroken):
    table = tmp_path / "rows.csv"
    result = run("predict", *night, "--no-refine", "-o", table)
    assert result.exit_code == 1  # for the broken file
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    rows = read_results(table)
    assert [row["file"] for row in rows] == [path.name for path in night]
    assert [row["flags"] == "NOT_SERVED" for row in rows] == [number == 2 for number in range(N_FILES)]
    assert "star_2.fits" in rows[2]["reason"] and np.isnan(rows[2]["teff"])
    assert comparable(rows) == unbroken


def kill_somewhere(night, table, checkout, chance):
    """Start `predict -o`, kill it at a random moment after a random row; return the rows that were told."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable,
        "-m",
        "spectragui",
        "predict",
        *map(str, night),
        "--no-refine",
        "-o",
        str(table),
    ]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=table.parent
    )
    wanted, end = chance.randrange(N_FILES + 1), time.monotonic() + PATIENCE_S
    while process.poll() is None and len(stored_rows(table)) < wanted and time.monotonic() < end:
        time.sleep(0.002)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0.0, 0.3))
    seen = stored_rows(table)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return seen


def check_what_is_left(run, night, table, unbroken, seen, seed):
    """Look at what a kill left, go on, and look at the table."""
    left = stored_rows(table)
    assert left[: len(seen)] == seen or not log_of(table).exists(), seed
    if table.exists():  # then it is whole
        assert comparable(read_results(table)) == unbroken, seed
    result = run("predict", *night, "--no-refine", "-o", table, "--resume")
    assert result.exit_code == 1, (seed, result.output)
    assert comparable(read_results(table)) == unbroken, seed
    assert [path.name for path in table.parent.iterdir()] == ["rows.csv"], seed


def test_kill_9_at_a_random_moment(run, night, tmp_path, checkout, unbroken):
    for seed in range(2):
        (tmp_path / str(seed)).mkdir()
        table = tmp_path / str(seed) / "rows.csv"
        seen = kill_somewhere(night, table, checkout, random.Random(seed))
        check_what_is_left(run, night, table, unbroken, seen, seed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("n_kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_kill_9_at_many_moments_of_the_work(run, night, tmp_path, checkout, unbroken, n_kills):
    """Each in a process of its own that has nothing left to import: every kill falls on the work."""
    forked = ForkedCommands(checkout, "predict", *night, "--no-refine", "-o", tmp_path / "warm.csv")
    moments = collections.Counter()
    for seed in range(n_kills):
        chance = random.Random(seed)
        (tmp_path / str(seed)).mkdir()
        table = tmp_path / str(seed) / "rows.csv"
        process = forked.start("predict", *night, "--no-refine", "-o", table)
        wanted, end = chance.randrange(N_FILES + 1), time.monotonic() + PATIENCE_S
        while len(stored_rows(table)) < wanted and not table.exists() and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(chance.choice((0.0, chance.uniform(0.0, 0.02), chance.uniform(0.0, 0.2))))
        seen = stored_rows(table)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        forked.wait()
        moments["table" if table.exists() else len(stored_rows(table))] += 1
        check_what_is_left(run, night, table, unbroken, seen, seed)
    forked.close()
    assert len(moments) > 2, moments


def interrupt_at(monkeypatch, number, error=KeyboardInterrupt):
    """Let the prediction of one spectrum raise."""
    import spectragui.inference.parameters.predict_spectrum as prediction

    predict_spectrum, calls = prediction.predict_spectrum, []

    def maybe(*arguments, **keywords):
        calls.append(arguments)
        if len(calls) == number:
            raise error
        return predict_spectrum(*arguments, **keywords)

    monkeypatch.setattr(prediction, "predict_spectrum", maybe)
    return calls


def test_ctrl_c_makes_the_table_and_resume_goes_on(run, night, tmp_path, monkeypatch, unbroken):
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        result = run("predict", *night, "--no-refine", "-o", table)
    assert result.exit_code == 1
    assert "Stopped after 3 of 5" in result.stderr and "--resume" in result.stderr
    assert comparable(read_results(table)) == unbroken[:3]
    calls = interrupt_at(monkeypatch, 99)
    resumed = run("predict", *night, "--no-refine", "-o", table, "--resume")
    assert len(calls) == 2  # the other two were taken over
    assert comparable(read_results(table)) == unbroken
    assert "2 rows of the earlier run" in resumed.stderr
    assert not log_of(table).exists()


def test_resume_with_other_options_is_refused(run, night, tmp_path, monkeypatch):
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 2)
        run("predict", *night, "--no-refine", "-o", table)
    before = log_of(table).read_bytes()
    for other in (("--resolving-power", 5000), ("--medium", "air"), ("--change", "mask 5000 5010")):
        result = run("predict", *night, "--no-refine", *other, "-o", table, "--resume")
        assert result.exit_code == 1
        assert "other options" in result.stderr and result.stderr.count("\n") == 1
    assert run("predict", *night, "-o", table, "--resume").exit_code == 1  # without --no-refine
    assert log_of(table).read_bytes() == before
    assert run("predict", night[0], "--resume").stderr.startswith("spectragui: --resume")


def test_a_new_run_puts_the_rows_of_a_killed_one_aside(run, night, tmp_path, monkeypatch, unbroken):
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 2)
        run("predict", *night, "--no-refine", "-o", table)
    before = log_of(table).read_bytes()
    result = run("predict", *night, "--no-refine", "-o", table)
    assert "put aside as rows.csv.rows.jsonl.1" in result.stderr
    assert (tmp_path / "rows.csv.rows.jsonl.1").read_bytes() == before
    assert comparable(read_results(table)) == unbroken


@pytest.mark.parametrize("damage", ["cut", "garbage", "not ours"])
def test_damaged_rows_are_made_again(run, night, tmp_path, monkeypatch, unbroken, damage):
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        run("predict", *night, "--no-refine", "-o", table)
    lines = log_of(table).read_bytes().splitlines(keepends=True)
    if damage == "cut":
        lines[-1] = lines[-1][: len(lines[-1]) // 2]
    elif damage == "garbage":
        lines[1] = b'{"key": [[["x", 1, 1]], "number": []}\n'
    else:
        lines[0] = b"my own notes\n"
    log_of(table).write_bytes(b"".join(lines))
    result = run("predict", *night, "--no-refine", "-o", table, "--resume")
    if damage == "not ours":
        assert "is in the way" in result.stderr
        assert log_of(table).read_bytes() == b"".join(lines)
    else:
        assert comparable(read_results(table)) == unbroken


def test_a_file_that_changed_meanwhile_is_done_again(run, night, tmp_path, monkeypatch):
    own = [tmp_path / path.name for path in night]
    for source, copy in zip(night, own, strict=True):
        copy.write_bytes(source.read_bytes())
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        run("predict", *own, "--no-refine", "-o", table)
    os.utime(own[0], (1, 1))
    calls = interrupt_at(monkeypatch, 99)
    run("predict", *own, "--no-refine", "-o", table, "--resume")
    assert len(calls) == 3
    assert len(read_results(table)) == N_FILES


def hostile_files(folder, example):
    """Return files that fail in their own ways, with words of the reason of each."""
    fifo, unreadable = folder / "fifo.fits", folder / "gone.fits"
    os.mkfifo(fifo)
    unreadable.symlink_to(folder / "nowhere")
    odd = os.fsdecode(b"caf\xe9.fits")
    (folder / odd).write_bytes(example.read_bytes()[:6000])
    (folder / "empty.fits").touch()
    return {
        folder / ("n" * 300 + ".fits"): "name too long",
        folder: "folder",
        fifo: "ordinary file",
        unreadable: "no such file",
        folder / odd: "",
        folder / "empty.fits": "empty",
    }


@pytest.mark.parametrize(
    ("command", "suffix"),
    [("predict", ".csv"), ("predict", ".fits"), ("predict", ".vot"), ("velocity", ".csv")],
)
def test_files_that_fail_in_any_way_are_rows(run, tmp_path, command, suffix):
    example = bundled_examples()[0].path
    folder = tmp_path / "files"
    folder.mkdir()
    failing = hostile_files(folder, example)
    table = tmp_path / f"rows{suffix}"
    options = ("--no-refine",) if command == "predict" else ()
    result = run(command, *failing, example, *options, "-o", table)
    assert result.exit_code == 1
    assert f"wrote {len(failing) + 1} rows" in result.stderr
    if suffix != ".csv":
        assert table.stat().st_size > 0
        return
    import csv

    with table.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row, words in zip(rows, failing.values(), strict=False):
        assert words.lower() in row["reason"].lower() and row["reason"], row
        assert row["flags"] == "NOT_SERVED"
    assert rows[-1]["file"] == example.name and rows[-1]["reason"] == ""
    assert "caf\\udce9.fits" in [row["file"] for row in rows]


def test_a_fault_of_ours_costs_one_row(run, night, tmp_path, monkeypatch):
    interrupt_at(monkeypatch, 2, ZeroDivisionError("by nothing"))
    table = tmp_path / "rows.csv"
    run("predict", *night, "--no-refine", "-o", table)
    rows = read_results(table)
    assert [bool(row["reason"]) for row in rows] == [False, True, True, False, False]
    assert "ZeroDivisionError" in rows[1]["reason"] and rows[1]["file"] == "star_1.fits"


def test_the_target_is_tried_before_the_work(run, night, tmp_path, monkeypatch):
    calls = interrupt_at(monkeypatch, 99)
    long_name = tmp_path / ("t" * 250 + ".csv")
    for table in (long_name, tmp_path / "nowhere" / "rows.csv", tmp_path / "rows.xyz"):
        result = run("predict", night[0], "-o", table)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
    (tmp_path / "locked").mkdir(mode=0o500)
    if os.geteuid():
        assert (
            "could not be written" in run("predict", night[0], "-o", tmp_path / "locked" / "rows.csv").stderr
        )
    assert not calls


def test_a_table_that_is_being_made_is_not_made_twice(run, night, tmp_path):
    from spectragui.core.results import RESULT_COLUMNS
    from spectragui.io.tables.row_log import RowLog

    table = tmp_path / "rows.csv"
    log = RowLog(table, RESULT_COLUMNS, {})
    try:
        assert "by another run" in run("predict", night[0], "-o", table).stderr
    finally:
        log.close(is_done=True)


def full_disk(*_arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_gives_the_rows_to_standard_output(run, night, tmp_path, monkeypatch, unbroken):
    table = tmp_path / "rows.csv"
    rest = interrupt_at(monkeypatch, 99)

    def fill_at_the_second(*arguments, real=os.fsync):
        return full_disk() if len(rest) >= 2 else real(*arguments)

    monkeypatch.setattr("os.fsync", fill_at_the_second)
    result = run("predict", *night, "--no-refine", "-o", table)
    assert result.exit_code == 1
    assert "No space left" in result.stderr and "standard output" in result.stderr
    printed = tmp_path / "printed.csv"
    printed.write_text(result.stdout)
    assert comparable(read_results(printed)) == unbroken
    assert not table.exists()
    assert len(stored_rows(table)) == 1  # as far as there was room, and whole


def test_room_that_comes_back_is_used(run, night, tmp_path, monkeypatch, unbroken):
    table = tmp_path / "rows.csv"
    calls = interrupt_at(monkeypatch, 99)

    def full_in_between(*arguments, real=os.fsync):
        return full_disk() if len(calls) == 2 else real(*arguments)

    monkeypatch.setattr("os.fsync", full_in_between)
    result = run("predict", *night, "--no-refine", "-o", table)
    assert "held in memory" in result.stderr
    assert comparable(read_results(table)) == unbroken


def test_a_table_that_fails_at_the_end_keeps_the_rows(run, night, tmp_path, monkeypatch, unbroken):
    table = tmp_path / "rows.csv"
    with monkeypatch.context() as patch:
        patch.setattr(
            "spectragui.io.tables.tables.write_table",
            lambda *_: (_ for _ in ()).throw(WriteError("rows.csv could not be written.", "Make room.")),
        )
        assert run("predict", *night, "--no-refine", "-o", table).exit_code == 1
    calls = interrupt_at(monkeypatch, 99)
    run("predict", *night, "--no-refine", "-o", table, "--resume")
    assert not calls
    assert comparable(read_results(table)) == unbroken


def test_arms_are_grouped_before_any_is_read(tmp_path, shared_data):
    from spectragui.io.file_groups import group_files

    arms = sorted((shared_data / "stars" / "galah").rglob("*.fits"))[:8]
    example = bundled_examples()[0].path
    groups = group_files([arms[0], example, *arms[1:]])
    assert groups == [tuple(arms[:4]), (example,), tuple(arms[4:])]


def test_a_broken_arm_is_a_row_beside_the_others(run, tmp_path, shared_data):
    arms = sorted((shared_data / "stars" / "galah").rglob("*.fits"))[:4]
    for arm in arms[:3]:
        (tmp_path / arm.name).write_bytes(arm.read_bytes())
    (tmp_path / arms[3].name).write_bytes(arms[3].read_bytes()[:5000])
    result = run("predict", *sorted(tmp_path.iterdir()), "--no-refine", "--json")
    rows = sorted(json.loads(result.stdout), key=lambda row: row["reason"])
    assert [row["file"].count(" + ") for row in rows] == [2, 0]
    assert arms[3].name in rows[1]["reason"]


def test_velocities_are_kept_and_resumed_too(run, night, tmp_path, monkeypatch):
    import spectragui.inference.velocity.star_velocity as star_velocity

    whole, table = tmp_path / "whole.csv", tmp_path / "rows.csv"
    run("velocity", *night, "-o", whole)
    measure, calls = star_velocity.measure_star_velocity, []

    def interrupted(*arguments, **keywords):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return measure(*arguments, **keywords)

    monkeypatch.setattr(star_velocity, "measure_star_velocity", interrupted)
    run("velocity", *night, "-o", table)
    assert len(stored_rows(table)) == 3
    run("velocity", *night, "-o", table, "--resume")
    assert len(calls) == 5
    assert table.read_text() == whole.read_text()


def test_one_star_is_in_memory_at_a_time(run, night, tmp_path, monkeypatch):
    import gc
    import weakref

    import spectragui.inference.parameters.predict_spectrum as prediction

    predict_spectrum, alive, seen = prediction.predict_spectrum, [], []

    def counted(spectrum, *arguments, **keywords):
        gc.collect()
        seen.append(sum(one() is not None for one in alive))
        found = predict_spectrum(spectrum, *arguments, **keywords)
        alive.extend([weakref.ref(spectrum), weakref.ref(found.comparison)])
        return found

    monkeypatch.setattr(prediction, "predict_spectrum", counted)
    for table in ((), ("-o", tmp_path / "rows.csv")):
        run("predict", *night, "--no-refine", *table)
    assert seen == [0] * 2 * (N_FILES - 1)
