"""Runs pytest in children of one process that has imported the libraries: most of a short run is imports.

A script of its own, started in the copy of a checkout: lines of JSON come in (arguments of pytest, a file
for what is printed, seconds), exit codes go out.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
import warnings

LIBRARIES = (
    *("numpy", "scipy.optimize", "scipy.interpolate", "scipy.signal", "scipy.ndimage", "scipy.stats"),
    *("scipy.sparse.linalg", "scipy.spatial", "scipy.special", "scipy.linalg", "scipy.fft"),
    *("astropy.units", "astropy.io.fits", "astropy.io.votable", "astropy.table", "astropy.coordinates"),
    *("astropy.time", "astropy.constants", "specutils", "torch", "safetensors.torch", "click", "rich"),
    *(
        "tomlkit",
        "h5py",
        "matplotlib.figure",
        "pyarrow.csv",
        "pytest",
        "hypothesis",
        "_pytest.assertion.rewrite",
    ),
    *("PySide6.QtWidgets", "pyqtgraph", "pytestqt.plugin", "xdist"),
)
HUNG = 124


def import_libraries() -> None:
    """Import what is there of the libraries; none of the program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in LIBRARIES:
            try:
                importlib.import_module(name)
            except ImportError:
                continue
    assert not any(name.split(".")[0] in ("spectragui", "tests") for name in sys.modules)


def run(arguments: list[str], printed: str, seconds: float) -> int:
    """Run pytest in a child; return its exit code, or `HUNG`."""
    child = os.fork()
    if child == 0:
        os.setsid()
        target = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = 3
        try:
            import pytest

            code = int(pytest.main(arguments))
        except BaseException:  # noqa: BLE001 - it must not go on as a second parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


def main() -> None:
    """Answer line by line until there are no more."""
    sys.path[0] = os.getcwd()
    import_libraries()
    replies = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        wanted = json.loads(line)
        print(run(wanted["arguments"], wanted["printed"], wanted["seconds"]), file=replies, flush=True)


if __name__ == "__main__":
    main()
