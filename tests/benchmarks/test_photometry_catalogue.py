"""A catalogue of 450,000 objects from its file to its table: time and memory of a process of its own."""

import subprocess
import sys

import numpy as np

from spectragui.core.photometry import band_set

N_ROWS = 450_000
PROGRAM = """
import resource, sys, time
from spectragui.cli.main import commands
start = time.perf_counter()
try:
    commands(["photometry", sys.argv[1], "-o", sys.argv[2]], prog_name="spectragui")
except SystemExit as stopped:
    assert not stopped.code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"MEASURED {time.perf_counter() - start} {peak}")
"""


def write_catalogue(path):
    from astropy.table import Table

    random, bands = np.random.default_rng(1), band_set("alhambra")
    level = random.uniform(19, 24.5, N_ROWS)
    columns = {"ID": np.arange(N_ROWS)}
    for number, name in enumerate(bands.names):
        magnitude = level - 0.05 * number + 0.2 * random.normal(size=N_ROWS)
        columns[name] = np.round(magnitude, 3)
        columns[f"d{name}"] = np.round(np.clip(10 ** (0.4 * (magnitude - 25)), 0.01, 0.9), 3)
    for name, value in {
        "area": 60.0,
        "fwhm": 6.0,
        "stell": 0.5,
        "ell": 0.2,
        "rk": 4.0,
        "rf": 3.0,
        "s2n": 20.0,
    }.items():
        columns[name] = np.round(value * random.uniform(0.5, 1.5, N_ROWS), 3).clip(
            max=1.0 if name in ("stell", "ell") else None
        )
    table = Table(columns)
    if path.suffix == ".csv":
        import pyarrow as pa
        from pyarrow import csv

        csv.write_csv(pa.table({name: np.asarray(table[name]) for name in table.colnames}), path)
    else:
        table.write(path)


def test_a_survey_from_file_to_table(tmp_path, report):
    for suffix in (".fits", ".csv"):
        path = tmp_path / f"survey{suffix}"
        write_catalogue(path)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / f"out{suffix}")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds, megabytes = map(float, done.stdout.split("MEASURED")[1].split())
        report(f"photometry of {N_ROWS:,} rows, {suffix}", seconds, "s", 60, 30)
        report("its largest memory", megabytes, "MB", 3000, 1500)
