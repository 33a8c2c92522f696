"""Paint masks, undo them, and write them: what is saved reads back with the same mask."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from spectragui.analysis.painted_mask import painted
from spectragui.core.spectrum import orders_of
from spectragui.gui.files.saving import save_spectrum
from spectragui.gui.session.state import OpenSpectrum
from spectragui.io.read import read_spectrum
from tests.gui.conftest import make_echelle, make_spectrum


@pytest.fixture
def view(window, session):
    item = OpenSpectrum("a", (), 0, make_spectrum())
    session.update(spectra=(item,), selected_id="a")
    return window.panel("View")


def drag(view, start, stop):
    view.plot._on_region_dragged(start, stop, True)


def test_painting_masks_and_counts_again():
    spectrum = painted(make_spectrum(), 5002.0, 5003.0, True)
    wavelength = spectrum.wavelength_aa
    inside = (wavelength >= 5002.0) & (wavelength <= 5003.0)
    assert np.array_equal(~spectrum.good, inside)
    assert spectrum.meta["history"] == (f"{inside.sum()} pixels masked by hand, 5002.00 to 5003.00 A.",)
    again = painted(spectrum, 5000.0, 5020.0, False)
    assert again.good.all()
    assert painted(again, 5000.0, 5020.0, False) is again


def test_pixels_without_a_flux_stay_masked():
    spectrum = make_spectrum()
    flux = spectrum.flux.copy()
    flux[50] = np.nan
    assert not painted(spectrum.replace(flux=flux), 5000.0, 5020.0, False).good[50]


def test_all_orders_are_painted():
    echelle = painted(make_echelle(), 5004.1, 5004.6, True)
    assert [bool((~order.good).any()) for order in orders_of(echelle)] == [True, True, False]


def test_the_tool_paints_while_it_is_taken_and_keeps_the_view(window, session, view):
    view.plot.set_x_range(5001.0, 5006.0)
    window.trigger("view.mask")
    assert session.state.tool == "mask" and "mask" in view.bar.note
    drag(view, 5002.0, 5003.0)
    drag(view, 5004.0, 5004.5)
    assert int((~session.state.selected.spectrum.good).sum()) in range(29, 33)
    assert view.plot.box.viewRange()[0] == pytest.approx([5001.0, 5006.0])
    assert view.plot.region_aa is None
    window.trigger("edit.undo")
    assert int((~session.state.selected.spectrum.good).sum()) in range(19, 22)
    view.plot.escaped.emit()
    assert session.state.tool == ""
    drag(view, 5001.0, 5004.0)
    window.trigger("view.unmask")
    assert session.state.selected.spectrum.good.all()


def test_not_every_pixel_can_be_masked(window, session, view):
    drag(view, 4990.0, 5100.0)
    window.trigger("view.mask")
    assert session.state.selected.spectrum.good.all()
    assert "every pixel" in session.notifications.messages[-1].text


@pytest.mark.parametrize("suffix", [".fits", ".ecsv", ".csv"])
def test_what_was_painted_is_written_and_read_back(window, session, view, qtbot, tmp_path, suffix):
    drag(view, 5002.0, 5003.0)
    window.trigger("view.mask")
    path = tmp_path / f"masked{suffix}"
    with qtbot.waitSignal(session.tasks.idled):
        save_spectrum(session, session.state.selected, path)
    back = read_spectrum(path)
    assert np.array_equal(back.good, session.state.selected.spectrum.good)
    assert session.state.selected.files == (str(path),)
    if suffix == ".fits":
        assert back.meta["history"] == session.state.selected.spectrum.meta["history"]


def test_the_original_is_never_written_over(session, tmp_path):
    path = tmp_path / "raw.fits"
    path.write_bytes(b"raw")
    item = OpenSpectrum("a", (str(path),), 0, make_spectrum())
    session.update(spectra=(item,), selected_id="a")
    save_spectrum(session, item, path)
    assert path.read_bytes() == b"raw"
    assert "read from" in session.notifications.messages[-1].text


def test_the_action_asks_for_a_name(window, session, view, qtbot, tmp_path, monkeypatch):
    asked = {}

    def get(_parent, title, first, filters):
        asked.update(title=title, first=first)
        return str(tmp_path / "HD_1"), "ECSV, with passport (*.ecsv)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get)
    with qtbot.waitSignal(session.tasks.idled):
        window.trigger("file.save_spectrum")
    assert Path(asked["first"]).name == "HD_1.fits" and "HD 1" in asked["title"]
    assert (tmp_path / "HD_1.ecsv").exists()
