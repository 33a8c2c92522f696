"""A night: exposures arrive in pieces, are denoised and added up; how many more are needed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.gui.files import watching
from spectragui.gui.files.watch_folder import WatchFolderDialog
from spectragui.gui.files.watching import start_watching
from spectragui.io import arrivals
from spectragui.io.read import read_spectrum
from spectragui.simulation.examples import HALO_GIANT
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.layouts import write_observation
from spectragui.simulation.mock_observation import Exposure, observe


@pytest.fixture(scope="module")
def exposures(tmp_path_factory):
    """Return files of four exposures of one star and one of another, S/N 6 each."""
    folder, instrument = tmp_path_factory.mktemp("exposures"), load_instrument("pfs-mr")
    other = dataclasses.replace(HALO_GIANT.star, name="Another star")
    stars = [HALO_GIANT.star] * 4 + [other]
    paths = [folder / f"pfsObject-{number}.fits" for number in range(5)]
    for number, (star, path) in enumerate(zip(stars, paths, strict=True)):
        write_observation(observe(instrument, star, Exposure(snr=6.0, seed=number)), path)
    return paths


@pytest.fixture
def night(window, qtbot, tmp_path, monkeypatch):
    """Return a folder whose exposures are waited for, in the Denoise tab."""
    monkeypatch.setattr(watching, "TOLD_MS", 20)
    folder = tmp_path / "night"
    folder.mkdir()
    start_watching(window.session, folder, predicts=False, denoises=True)
    idle(qtbot, window)
    return folder


def idle(qtbot, window):
    qtbot.waitUntil(lambda: not window.session.tasks.active_jobs, timeout=90_000)


def arrive(qtbot, window, folder, path, n_exposures):
    """Copy a file, and wait until it is denoised and in the sum."""
    session = window.session
    (folder / path.name).write_bytes(path.read_bytes())

    def is_done():
        night = session.state.night
        if night is None or len(night.exposure_ids) != n_exposures or session.tasks.active_jobs:
            return False
        ids = (night.exposure_ids[-1], *((night.coadd_id,) if n_exposures > 1 else ()))
        return all(session.state.denoising(one) is not None for one in ids)

    qtbot.waitUntil(is_done, timeout=90_000)


def test_exposures_are_denoised_added_up_and_counted(window, qtbot, night, exposures):
    session = window.session
    for number, path in enumerate(exposures[:4], start=1):
        arrive(qtbot, window, night, path, number)
        window.show_panel("Denoise")
        view = window.panel("Denoise controls").exposures
        assert window.panel("Denoise").plot.noisy is session.state.selected.spectrum
        assert session.state.selected.file_name == path.name
        assert f"{number} exposure" in view.said.text()
    state = session.state
    total = state.spectrum(state.night.coadd_id)
    assert total.name == "Simulated halo giant, sum so far"
    assert len([item for item in state.spectra if item.name.endswith("sum so far")]) == 1
    assert total.snr == pytest.approx(12.0, rel=0.05) and state.night.snr == total.snr
    assert f"S/N {total.snr:.1f} a pixel together" in view.said.text()
    view.wanted.setValue(24.0)
    each = np.mean([np.square(spectrum_snr(read_spectrum(path))) for path in exposures[:4]])
    needed = int(np.ceil((24.0**2 - total.snr**2) / min(each, total.snr**2 / 4)))
    assert view.forecast.text() == f"{needed} more exposures like these for S/N 24."
    assert 11 <= needed <= 14
    view.wanted.setValue(10.0)
    assert view.forecast.text() == "S/N 10 is reached."
    qtbot.mouseClick(view.sum_button, Qt.MouseButton.LeftButton)
    assert session.state.selected_id == total.id
    assert window.panel("Denoise").plot.noisy is total.spectrum
    assert session.state.denoising(total.id).denoised.snr_before == pytest.approx(total.snr, rel=0.01)

    arrive(qtbot, window, night, exposures[4], 1)  # another star begins anew
    assert session.state.night.star == "Another star" and session.state.spectrum(total.id) is not None
    assert "1 exposure, S/N" in view.said.text()
    assert not [m for m in session.notifications.messages if m.severity in ("failure", "warning")]


def test_exposure_in_pieces_is_opened_when_it_is_whole_and_soon(window, qtbot, night, exposures, monkeypatch):
    monkeypatch.setattr(arrivals, "SETTLED_S", 1000.0)
    monkeypatch.setattr(watching, "POLL_MS", 1_000_000)
    session = window.session
    content = exposures[0].read_bytes()
    with (night / exposures[0].name).open("wb") as stream:
        for part in np.array_split(np.frombuffer(content, "u1"), 5):
            assert not session.state.spectra
            stream.write(part.tobytes())
            stream.flush()
            if stream.tell() < len(content):
                qtbot.wait(round(1500 * arrivals.WHOLE_S))
    qtbot.waitUntil(lambda: bool(session.state.spectra), timeout=60_000)
    window.show_panel("Denoise")
    assert window.panel("Denoise").plot.noisy is session.state.spectra[0].spectrum
    assert session.state.watch.n_failed == 0
    idle(qtbot, window)


def test_exposure_that_cannot_be_added_is_said_beside_the_numbers(window, qtbot, night, exposures, tmp_path):
    from spectragui.gui.denoise.between_exposures import night_words, take_exposures
    from spectragui.gui.session.state import OpenSpectrum
    from tests.gui.conftest import make_spectrum

    session = window.session
    arrive(qtbot, window, night, exposures[0], 1)
    alien = OpenSpectrum("alien", (), 0, make_spectrum(object="Simulated halo giant"), snr=9.0)
    session.update(spectra=(*session.state.spectra, alien))
    take_exposures(session, ("alien",))
    idle(qtbot, window)
    assert "The newest is not in the sum:" in night_words(session.state)


def test_dialog_asks_whether_to_denoise_and_remembers_it(session, qtbot, tmp_path):
    dialog = WatchFolderDialog(session, None, denoises=True)
    qtbot.addWidget(dialog)
    dialog.folder.setText(str(tmp_path))
    assert dialog.denoises.isChecked()
    dialog.accept()
    assert session.state.watch.denoises and session.state.settings.watch_denoises
