"""What every test gets: a private home, an offscreen Qt, one thread, and the shared data if it is there."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

# Before Qt, torch or matplotlib are imported by any test module.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="spectragui-matplotlib-"))
os.environ.setdefault("MPLBACKEND", "Agg")
# Thousands of small files are made, synced and removed: in memory where there is room for them.
if os.access("/dev/shm", os.W_OK | os.X_OK) and shutil.disk_usage("/dev/shm").free > 4e9:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

import pytest
from hypothesis import HealthCheck, settings

# An example may take its time on a busy machine; a test's own `suppress_health_check` would forget that.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("patient")

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


HOME_FOLDERS = (
    "config",
    "data",
    "cache",
    "state",
)  # astropy warns where a folder that XDG_* names is missing


def _is_untouched(home: Path) -> bool:
    return set(os.listdir(home)) == set(HOME_FOLDERS) and not any(
        os.listdir(home / name) for name in HOME_FOLDERS
    )


@pytest.fixture(scope="session")
def _untouched_homes() -> list[Path]:
    return []


@pytest.fixture(autouse=True)
def private_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, _untouched_homes: list[Path]
) -> Iterator[Path]:
    """Give every test, and the processes it starts, an empty home of its own.

    A home that a test left empty serves the next one: most do, and folders cost time.
    """
    if not _untouched_homes:
        home = tmp_path_factory.mktemp("home")
        for name in HOME_FOLDERS:
            (home / name).mkdir()
        _untouched_homes.append(home)
    home = _untouched_homes.pop()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in HOME_FOLDERS:
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(home / name))
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home / "data"))
    yield home
    if _is_untouched(home):
        _untouched_homes.append(home)


@pytest.fixture
def write_coadd() -> Callable[[Path, int], Path]:
    """Return a function that writes a file of many spectra as DESI coadds are; its target 1 is dark."""
    import numpy as np
    from astropy.io import fits

    def write(path: Path, n_targets: int, n_pixels: int = 60) -> Path:
        ids = fits.Column("TARGETID", "K", array=39627866878511337 + np.arange(n_targets))
        parts = [fits.PrimaryHDU(), fits.BinTableHDU.from_columns([ids], name="FIBERMAP")]
        noise = np.random.default_rng(1).normal(size=(n_targets, n_pixels))
        flux = 10.0 + np.arange(n_targets)[:, None] + noise
        ivar = np.ones((n_targets, n_pixels))
        ivar[1] = 0.0
        for arm, start in (("B", 3600.0), ("R", 5760.0)):
            for name, data in (
                ("WAVELENGTH", start + 0.8 * np.arange(n_pixels)),
                ("FLUX", flux),
                ("IVAR", ivar),
            ):
                parts.append(fits.ImageHDU(data, name=f"{arm}_{name}"))
        fits.HDUList(parts).writeto(path)
        return path

    return write


PATIENCE_MS = 300_000  # a wait that ends well ends at once; a busy machine may take its time


@pytest.fixture
def qtbot(qtbot):
    """Return pytest-qt's robot, with the patience for a busy machine in every wait that may fail."""

    def patient(wait: Callable[..., object]) -> Callable[..., object]:
        def call(*values: object, timeout: int = 0, **more: object) -> object:
            if more.get("raising") is False:  # nothing is expected to come: the time is the test's own
                return wait(*values, timeout=timeout, **more)
            return wait(*values, timeout=max(timeout, PATIENCE_MS), **more)

        return call

    for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive", "waitCallback"):
        setattr(qtbot, name, patient(getattr(qtbot, name)))
    return qtbot


# Started first, the longest first: no worker is left with one of them when the others are done.
LONGEST_FILES = (
    "test_screen_is_true",
    "test_memory",
    "test_journey_training",
    "test_fine_tune",
    "test_shell_program",
    "test_pipeline_panel",
    "test_paper_presets",
    "test_stages",
    "test_heldout_predictions",
    "test_generate_panel",
    "test_bombs",
    "test_watching",
    "test_accuracy",
    "test_view_tools_odd",
    "test_shell_window",
    "test_many_at_once",
    "test_journey_denoise",
    "test_hostile_files",
    "test_random_user",
    "test_toy_model",
    "test_refine_heldout",
)


def _place_in_line(item: pytest.Item) -> int:
    return LONGEST_FILES.index(item.path.stem) if item.path.stem in LONGEST_FILES else len(LONGEST_FILES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start with the longest; leave the long proofs to `make soak`: each has its sample among the others."""
    items.sort(key=_place_in_line)
    if "slow" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long proof; `make soak` runs it"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while all is imported, and look no more at what is there to stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was looked at on the screen."""
    for report in terminalreporter.getreports("passed"):
        for name, text in getattr(report, "user_properties", ()):
            if name == "screen":
                terminalreporter.write_line(text)
