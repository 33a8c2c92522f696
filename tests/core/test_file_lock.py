"""A folder that one process at a time has for itself."""

import subprocess
import sys

import pytest

from spectragui.core.errors import WriteError
from spectragui.core.file_lock import LOCK, sole_user, take_file


def test_a_folder_is_had_by_one_at_a_time_and_given_back(tmp_path):
    with sole_user(tmp_path, "writing"):
        again = sole_user(tmp_path, "writing")
        with pytest.raises(WriteError, match=r"Another process is writing in .*another folder"):
            again.__enter__()
    with sole_user(tmp_path, "writing"):
        pass


def test_a_process_that_was_killed_keeps_nothing(tmp_path):
    code = (
        "import sys; from spectragui.core.file_lock import take_file\n"
        f"stream = open({str(tmp_path / LOCK)!r}, 'ab')\n"
        "print(take_file(stream), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stdout.readline().strip() == "True"
        with (tmp_path / LOCK).open("ab") as stream:
            assert not take_file(stream)
        child.kill()
    with sole_user(tmp_path, "writing"):
        pass


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / LOCK).mkdir()
    with pytest.raises(WriteError, match="Nothing can be written into"), sole_user(tmp_path, "writing"):
        pass
