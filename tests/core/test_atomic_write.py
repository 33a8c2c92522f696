"""A crash, a full disk or a read-only folder never harms the old file."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from spectragui.core.atomic_write import atomic_path, write_bytes_atomically, write_text_atomically
from spectragui.core.errors import WriteError


def leftovers(folder, *kept):
    return [path.name for path in folder.iterdir() if path.name not in kept]


def test_a_file_is_written(tmp_path):
    target = tmp_path / "table.csv"
    write_text_atomically(target, "Å\n")
    assert target.read_bytes() == "Å\n".encode()
    assert leftovers(tmp_path, "table.csv") == []


def test_the_temporary_name_keeps_the_suffix(tmp_path):
    with atomic_path(tmp_path / "table.fits.gz") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(".fits.gz")
        temporary.write_bytes(b"new")


def test_an_error_while_writing_keeps_the_old_file(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_path(target) as temporary:
        temporary.write_text("half of the n")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert leftovers(tmp_path, "table.csv") == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_file_keeps_its_permissions_and_a_new_one_has_the_usual(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("old")
    old.chmod(0o640)
    previous = os.umask(0o022)
    try:
        write_bytes_atomically(old, b"x")
        write_bytes_atomically(new, b"x")
    finally:
        os.umask(previous)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o644


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(WriteError, match=r"table\.csv could not be written in .*nowhere: No such file"):
        write_bytes_atomically(tmp_path / "nowhere" / "table.csv", b"x")


@pytest.fixture
def locked_folder():
    """Give a folder that nobody may write to; for root, by being nobody."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "locked"
        folder.mkdir()
        (folder / "table.csv").write_text("old")
        folder.chmod(0o555)
        Path(name).chmod(0o755)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_read_only_folder_is_said_and_the_old_file_survives(locked_folder):
    with pytest.raises(WriteError, match="Permission denied"):
        write_bytes_atomically(locked_folder / "table.csv", b"new")
    assert (locked_folder / "table.csv").read_text() == "old"


FILL_THE_DISK = """
import resource, signal, sys
from spectragui.core.atomic_write import write_bytes_atomically
from spectragui.core.errors import WriteError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes_atomically(sys.argv[1], b"x" * 100_000)
except WriteError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_file_that_does_not_fit_is_said_and_the_old_one_survives(tmp_path, checkout):
    assert hasattr(signal, "SIGXFSZ")
    assert hasattr(resource, "RLIMIT_FSIZE")
    target = tmp_path / "table.csv"
    target.write_text("old")
    command = [sys.executable, "-c", FILL_THE_DISK, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, timeout=500, check=True)
    assert "table.csv could not be written" in done.stdout
    assert "File too large" in done.stdout
    assert target.read_text() == "old"
    assert leftovers(tmp_path, "table.csv") == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_said(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with (
        pytest.raises(WriteError, match="No space left"),
        atomic_path(target),
        open("/dev/full", "wb") as full,
    ):
        full.write(b"x" * 100_000)
    assert target.read_text() == "old"
    assert leftovers(tmp_path, "table.csv") == []


@pytest.mark.skipif(os.name != "posix", reason="files that are open cannot be removed on Windows")
def test_what_a_kill_left_is_cleared_by_the_next_write(tmp_path):
    target, started = tmp_path / "rows.csv", tmp_path / "started"
    code = f"""
import time, pathlib
from spectragui.core.atomic_write import atomic_path
with atomic_path({str(target)!r}) as temporary:
    temporary.write_text("half of it")
    pathlib.Path({str(started)!r}).touch()
    time.sleep(600)
"""
    writer = subprocess.Popen([sys.executable, "-c", code])
    end = time.monotonic() + 60.0
    while not started.exists() and time.monotonic() < end:
        time.sleep(0.01)
    started.unlink()
    mine = tmp_path / ".rows-backup01.csv"
    mine.touch()
    write_text_atomically(target, "one")  # the other one is still at it
    assert len(list(tmp_path.iterdir())) == 3
    writer.kill()
    writer.wait()
    write_text_atomically(target, "two")
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", mine.name}
    assert target.read_text() == "two"


def test_a_long_name_can_be_written(tmp_path):
    target = tmp_path / ("ä" * 120 + ".csv")
    write_text_atomically(target, "one")
    assert target.read_text() == "one"
