"""A way to run the command line in this process and in one of its own, and spectra to give it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands


@pytest.fixture
def run():
    """Return a function that runs `spectragui ARGUMENTS` in this process."""

    def run_here(*arguments):
        return CliRunner().invoke(commands, [str(argument) for argument in arguments], prog_name="spectragui")

    return run_here


@pytest.fixture
def run_process(checkout, private_home):
    """Return a function that runs `spectragui ARGUMENTS` in a process of its own."""

    def run_there(*arguments, environment=None):
        import os

        names = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
        clean = {name: value for name, value in os.environ.items() if name not in names}
        clean |= {"PYTHONPATH": str(checkout), **(environment or {})}
        command = [sys.executable, "-m", "spectragui", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=private_home, env=clean, timeout=500, check=False
        )

    return run_there


@pytest.fixture
def sine_file(tmp_path) -> Path:
    """Return a text file that holds wavelength, flux and error of no star at all."""
    wavelength = np.linspace(5000.0, 5100.0, 2001)
    flux = 1.0 + 0.1 * np.sin(wavelength)
    path = tmp_path / "sine.txt"
    np.savetxt(path, np.stack([wavelength, flux, np.full(2001, 0.01)], axis=1), header="wave flux error")
    return path
