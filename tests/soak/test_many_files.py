"""2,000 files of 50,000 pixels: memory stays where it is, one broken file costs one row."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spectragui.io.tables.row_log import SUFFIX
from spectragui.io.tables.tables import read_results
from tests.many_files import write_night

N_FILES, FIRST = 2000, 100
MOST_MIB = 50.0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.timeout(6 * 3600)
def test_memory_is_flat_from_file_100_to_2000(tmp_path, checkout, capsys):
    files = write_night(tmp_path, N_FILES)
    table = tmp_path / "rows.csv"
    command = [
        sys.executable,
        "-m",
        "spectragui",
        "predict",
        *map(str, files),
        "--no-refine",
        "-o",
        str(table),
    ]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    log = table.with_name(table.name + SUFFIX)
    sizes: list[float] = []
    while process.poll() is None:
        n_rows = log.read_bytes().count(b"\n") - 1 if log.exists() else 0
        if n_rows >= FIRST:
            sizes.append(resident_mib(process.pid) or sizes[-1])
        time.sleep(0.5)
    seconds = os.times().children_user + os.times().children_system
    with capsys.disabled():
        rate = N_FILES / seconds
        print(f"\n  {N_FILES} files: {rate:.1f} a CPU second, {sizes[0]:.0f} to {max(sizes):.0f} MiB")
    rows = read_results(table)
    assert len(rows) == N_FILES
    assert sum(bool(row["reason"]) for row in rows) == 1
    assert max(sizes) - sizes[0] < MOST_MIB


def resident_mib(pid: int) -> float:
    """Return the memory of a process; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024.0 for line in lines if line.startswith("VmRSS")), 0.0)
