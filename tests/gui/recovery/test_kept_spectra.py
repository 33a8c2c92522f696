"""Spectra that no file holds survive a crash, and a window that was closed before they were saved."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.gui.recovery.kept_spectra import FOLDER, INDEX, list_kept_spectra
from spectragui.gui.recovery.recovery import LOCK, Recovery
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from tests.gui.conftest import make_echelle, make_spectrum


@pytest.fixture
def later(theme, qtbot):
    """Return the session of the next start."""
    made = Session(theme)
    yield made
    made.close()


def idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=10_000)


def kept_folder(tmp_path):
    return next((tmp_path / "sessions").iterdir())


def crash(folder):
    """Leave the folder as a killed process does: its lock belongs to nobody."""
    (folder / LOCK).unlink()


def restored(qtbot, later, tmp_path):
    recovery = Recovery(later, tmp_path)
    with qtbot.waitSignal(later.notifications.added) as caught:
        recovery.offer_last_session()
    caught.args[0].on_button()
    qtbot.waitUntil(lambda: bool(later.state.spectra), timeout=10_000)
    idle(qtbot, later)
    return recovery, caught.args[0]


def masked(spectrum):
    mask = np.zeros(len(spectrum), dtype=bool)
    mask[100:120] = True
    return spectrum.replace(mask=mask)


def test_a_computed_spectrum_survives_a_crash(session, later, qtbot, tmp_path):
    first = Recovery(session, tmp_path)
    derived = make_spectrum(file="", object="co-added", history=("Co-added 3 exposures",))
    session.update(spectra=(OpenSpectrum("spectrum-1", (), 0, derived),))
    folder = kept_folder(tmp_path)
    qtbot.waitUntil(lambda: bool(list_kept_spectra(folder)), timeout=5000)
    idle(qtbot, session)
    crash(folder)
    second, message = restored(qtbot, later, tmp_path)
    assert message.text == "The last session ended unexpectedly."
    assert message.hint == "1 spectrum was kept."
    (item,) = later.state.spectra
    assert item.name == "co-added" and item.files == ()
    np.testing.assert_array_equal(item.spectrum.flux, derived.flux)
    assert item.spectrum.meta["history"] == ("Co-added 3 exposures",)
    assert not folder.exists()
    second.end()
    first.end()


def test_a_painted_mask_survives_a_crash(session, later, qtbot, tmp_path):
    first = Recovery(session, tmp_path)
    spectrum = masked(make_spectrum())
    session.update(spectra=(OpenSpectrum("spectrum-1", ("star.fits",), 0, spectrum, changes=(masked,)),))
    folder = kept_folder(tmp_path)
    qtbot.waitUntil(lambda: bool(list_kept_spectra(folder)), timeout=5000)
    idle(qtbot, session)
    crash(folder)
    second, message = restored(qtbot, later, tmp_path)
    assert message.hint == "1 spectrum was kept."
    (item,) = later.state.spectra
    assert item.files == ("star.fits",) and item.changes
    np.testing.assert_array_equal(item.spectrum.mask, spectrum.mask)
    second.end()
    first.end()


def test_a_window_closed_with_unsaved_spectra_offers_them_at_the_next_start(session, later, qtbot, tmp_path):
    first = Recovery(session, tmp_path)
    session.update(spectra=(OpenSpectrum("spectrum-1", (), 0, make_echelle(3)),))
    first.end()  # before anything was written by the timer
    second, message = restored(qtbot, later, tmp_path)
    assert message.text == "Spectra of the last session were not saved."
    assert len(later.state.spectra[0].spectrum) == 3
    later.update(spectra=())
    second.end()
    assert not list((tmp_path / "sessions").iterdir())


def test_nothing_is_kept_of_files_as_they_were_read(session, qtbot, tmp_path):
    recovery = Recovery(session, tmp_path)
    session.update(spectra=(OpenSpectrum("spectrum-1", ("star.fits",), 0, make_spectrum()),))
    folder = kept_folder(tmp_path)
    qtbot.waitUntil(lambda: (folder / "files.json").exists(), timeout=5000)
    idle(qtbot, session)
    assert not (folder / INDEX).exists()
    recovery.end()
    assert not list((tmp_path / "sessions").iterdir())


def test_a_version_is_written_once_and_a_closed_spectrum_goes(session, qtbot, tmp_path):
    recovery = Recovery(session, tmp_path)
    item = OpenSpectrum("spectrum-1", (), 0, make_spectrum(file=""))
    session.update(spectra=(item,))
    folder = kept_folder(tmp_path)
    file = folder / FOLDER / "spectrum-1.fits"
    qtbot.waitUntil(file.exists, timeout=5000)
    idle(qtbot, session)
    written = file.stat().st_mtime_ns
    session.update(spectra=(item.replace(is_visible=False),))
    qtbot.waitUntil(lambda: list_kept_spectra(folder)[0]["is_visible"] is False, timeout=60_000)
    idle(qtbot, session)
    assert file.stat().st_mtime_ns == written
    session.update(spectra=())
    qtbot.waitUntil(lambda: not file.exists(), timeout=5000)
    idle(qtbot, session)
    recovery.end()
