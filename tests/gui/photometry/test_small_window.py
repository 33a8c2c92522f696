"""A catalogue beside spectra fits a screen of 1024 x 700; plots give way to one another."""

from __future__ import annotations

from spectragui.gui.photometry.catalogues import add_catalogue, bands_seen, replace_catalogue
from spectragui.gui.photometry.panel import NARROW
from spectragui.gui.session.state import OpenSpectrum
from spectragui.io.catalogues import read_catalogue
from tests.gui.conftest import make_spectrum
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv


def test_the_tab_fits_a_small_screen_and_shows_one_plot_there(window, session, qtbot, tmp_path):
    window.resize(1024, 700)
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, make_spectrum()),), selected_id="a")
    table = read_catalogue(write_csv(tmp_path / "cat.csv", 30))
    shown = add_catalogue(session, "cat.csv", table, bands_seen(table))
    replace_catalogue(session, shown.replace(result=predict_stand_in(table)), "Predict")
    panel = window.panel("Photometry")
    qtbot.waitUntil(panel.isVisible)
    qtbot.wait(1)
    least = window.minimumSizeHint()
    assert least.width() <= 1024 and least.height() <= 700
    assert (window.width(), window.height()) == (1024, 700)
    assert panel.width() < NARROW
    assert panel.sed.isVisible() and not panel.sample.isVisible()
    panel._sample_button.click()
    assert panel.sample.isVisible() and not panel.sed.isVisible()
    panel._sample_button.click()  # one of them is always there
    assert panel.sed.isVisible() and not panel.sample.isVisible()
    session.update(spectra=())
    window.resize(1500, 800)
    qtbot.waitUntil(lambda: panel.width() >= NARROW)
    panel._sample_button.click()
    assert panel.sed.isVisible() and panel.sample.isVisible()
