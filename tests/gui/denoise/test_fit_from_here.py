"""*Fit from here*: labels of the noisy flux in the panel, and how many exposures their errors need."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt

from spectragui.core.package_data import bundled_examples
from spectragui.gui.denoise.fitting import error_forecast_words
from spectragui.gui.session.denoise_state import Night
from tests.gui.conftest import drop
from tests.gui.test_journey_parameters import click_tab, wait_idle

HALO_GIANT = "simulated_pfs_halo_giant.fits"


@pytest.fixture
def controls(window, qtbot):
    (path,) = [item.path for item in bundled_examples() if item.path.name == HALO_GIANT]
    assert drop(window, [path])
    wait_idle(qtbot, window)
    click_tab(qtbot, window, "Denoise")
    return window.panel("Denoise controls")


def test_the_button_fits_the_noisy_flux_and_shows_labels_with_errors(window, qtbot, controls):
    session = window.session
    assert not controls.fit.isVisible()  # nothing is denoised yet
    qtbot.mouseClick(controls.denoise_button, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    assert controls.fit.isVisible() and controls.fit.button.isEnabled()
    assert controls.fit.note.isVisible() and "worse (T<sub>eff</sub> by" in controls.fit.note.text()
    qtbot.mouseClick(controls.fit.button, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    denoising = session.state.denoising(session.state.selected_id)
    assert denoising.fit is not None
    text = controls.fit.labels.text()
    assert controls.fit.labels.isVisible()
    assert "T<sub>eff</sub>" in text and "±" in text and "noisy flux" in text


def test_the_error_of_a_label_says_how_many_exposures_are_missing(window, qtbot, controls):
    session = window.session
    qtbot.mouseClick(controls.denoise_button, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    identity = session.state.selected_id
    session.update(night=Night("Halo giant", (identity,)))
    assert error_forecast_words(session.state).startswith("Fit the exposure")
    assert controls.exposures.error_forecast.text().startswith("Fit the exposure")
    assert "<sub>eff</sub>" in controls.exposures.error_forecast.text()
    qtbot.mouseClick(controls.fit.button, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    error = session.state.denoising(identity).fit.fit.labels.error("teff")
    controls.exposures.error.setValue(round(0.501 * error, 3))
    assert session.state.denoise.wanted_error == pytest.approx(0.501 * error, rel=1e-3)
    assert error_forecast_words(session.state).startswith("3 more exposures like these")  # 2^2 - 1
    session.update(denoise=dataclasses.replace(session.state.denoise, wanted_error=1.1 * error))
    assert "is reached" in controls.exposures.error_forecast.text()


def test_the_list_of_denoisers_says_which_serves_the_spectrum_and_why_not(window, qtbot, controls):
    told = [controls.models.itemText(number) for number in range(controls.models.count())]
    assert told[0].startswith("pfs-dae") and told[0].endswith("suggested")
    assert told[1].startswith("optical-dae") and told[1].endswith("not for this spectrum")
    assert controls.not_served.isHidden()
    controls.models.setCurrentIndex(1)
    controls.models.activated.emit(1)
    assert "optical-dae denoises 4451-540" in controls.not_served.text()
    assert controls.not_served.isVisible()
