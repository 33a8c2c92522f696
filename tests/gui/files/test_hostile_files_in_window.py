"""All hostile files given to the window at once: messages, no unexpected fault, and it stays usable."""

from __future__ import annotations

import spectragui.gui.features  # noqa: F401 - registers panels and actions
from spectragui.core.package_data import bundled_examples
from spectragui.gui.files.opening import open_files
from spectragui.gui.session.session import Session
from spectragui.gui.shell.main_window import MainWindow
from spectragui.gui.spectra.open_spectra import select_spectrum
from spectragui.gui.theme.theme import Theme
from tests.cli.hostile_files import FILES
from tests.cli.test_hostile_files import CONTROLS, INTERNAL

PATIENCE_MS = 300_000


def test_the_window_survives_them(qtbot, tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    session = Session(Theme("light"))
    unexpected = []
    session.notifications.unexpected_raised.connect(unexpected.append)
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    open_files(session, sorted(tmp_path.iterdir()), asks=False)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=PATIENCE_MS)
    for item in session.state.spectra[:20]:
        select_spectrum(session, item.id)
        qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=PATIENCE_MS)
    assert not unexpected, [message.details for message in unexpected]
    for message in session.notifications.messages:
        said = message.text if hasattr(message, "text") else str(message)
        assert not INTERNAL.search(said) and not CONTROLS.search(said.replace("\n", " ")), said
    before = len(session.state.spectra)
    assert before > 30
    open_files(session, [bundled_examples()[0].path], asks=False)
    qtbot.waitUntil(lambda: len(session.state.spectra) > before, timeout=PATIENCE_MS)
