"""What every test gets: a private home, an offscreen Qt, one thread, and the shared data if it is there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Before Qt, torch or matplotlib are imported by any test module.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="spectragui-matplotlib-"))
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


def _shared_folder() -> Path:
    return Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the root of the repository."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real spectra and grids, or skip the test where it is not there."""
    folder = _shared_folder() / "data"
    if not folder.is_dir():
        pytest.skip("the shared data are not here (set SPECTRAGUI_SHARED to their folder)")
    return folder


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test, and the processes it starts, an empty home of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        (home / name.lower()).mkdir()  # astropy warns where the folder that the variable names is missing
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home / name.lower()))
    return home
