"""What a window takes for real files and gives back, measured in a process of its own.

    python memory_of_files.py FOLDER_OF_DATA [N_FILES] [N_PREDICTED]

Prints JSON: MiB of the empty window with torch imported, with all done, and after closing all files.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import spectragui.gui.features  # noqa: F401 - registers panels and actions
from spectragui.core.package_data import bundled_examples
from spectragui.gui.app import prepare_plots
from spectragui.gui.files.opening import open_files
from spectragui.gui.parameters.predicting import predict
from spectragui.gui.pipeline.edits import use_suggested
from spectragui.gui.session.session import Session
from spectragui.gui.shell.main_window import MainWindow
from spectragui.gui.spectra.open_spectra import close_spectra, select_spectrum, show_spectrum
from spectragui.gui.theme.theme import Theme
from spectragui.workers.memory import keep_memory_together
from tests.gui.random_user import resident_mib

FILES = [
    "stars/harps_hd17051.fits",
    "formats/arces_multispec_hr5191.fits",
    "stars/tres_gj699_multispec.fits",
    "stars/mike_hd122563.fits",
    "stars/uves_wasp120.fits",
    "formats/hpf_goldilocks_a0v.fits",
    "stars/harps_aldebaran.fits",
    "stars/harps_gl581_s1d.fits",
    "stars/harps_sun_ganymede.fits",
    "stars/hires_hd190406.fits",
    "stars/atlas_arcturus.fits",
    "stars/carmenes_nir_gj699.fits",
    "stars/elodie_taucet.fits",
    "stars/sophie_vega.fits",
    "formats/uves_pipeline.fits",
]
MOST_S = 1800.0


def wait_idle(session: Session) -> None:
    """Wait until nothing runs, twice: what ended may have started something."""
    end = time.monotonic() + MOST_S
    for _ in range(2):
        QTest.qWait(150)
        while session.tasks.active_jobs:
            assert time.monotonic() < end, "a job does not end"
            QTest.qWait(30)


def use_files(window: MainWindow, files: list[Path], n_predicted: int) -> None:
    """Open files one by one, process and predict some, draw all."""
    session = window.session
    for file in files:
        open_files(session, [file], asks=False)
        wait_idle(session)
    for item in session.state.spectra[:n_predicted]:
        select_spectrum(session, item.id)
        window.show_panel("Pipeline")
        use_suggested(session)
        wait_idle(session)
        window.show_panel("Parameters")
        predict(session, item.id)
        wait_idle(session)
    window.show_panel("View")
    for item in session.state.spectra:
        show_spectrum(session, item.id, True)
    wait_idle(session)


def close_all(session: Session) -> None:
    """Close all spectra, and wait until their memory was given back."""
    close_spectra(session, [item.id for item in session.state.spectra])
    QTest.qWait(1500)
    wait_idle(session)


def main(data: Path, n_files: int, n_predicted: int) -> None:
    """Open, look at, predict, close; print what each left in memory."""
    keep_memory_together()
    QApplication([])
    session = Session(Theme("light"))
    session.theme.apply()
    window = MainWindow(session)
    window.resize(1280, 720)
    window.show()
    prepare_plots(window)
    QTest.qWait(2500)
    import torch  # noqa: F401 - its import is not counted

    sizes = {"empty": resident_mib()}
    # What the first spectrum needs at all: modules, models, templates.
    use_files(window, [example.path for example in bundled_examples()], 1)
    close_all(session)
    sizes["warm"] = resident_mib()
    use_files(window, [data / name for name in FILES[:n_files]], n_predicted)
    sizes["all done"] = resident_mib()
    close_all(session)
    sizes["closed"] = resident_mib()
    session.undo()
    assert len(session.state.spectra) >= min(n_files, len(FILES))
    wait_idle(session)
    sizes["closing undone"] = resident_mib()
    print(
        json.dumps(
            {"sizes": sizes, "messages": [m.details for m in session.notifications.messages if m.details]}
        )
    )
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
