"""The Velocity dialog by its real widgets: measures, corrects once, shifts once, each one undo step."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.velocity.dialog import VelocityDialog, show_velocity
from spectragui.inference.observation.velocity_templates import template_set

BERV = 26.25
V_AXIS = -136.7


def open_star(session, frame: str = "observer", **meta) -> None:
    """Open a simulated M dwarf in the observer's frame, whose header gives the correction."""
    templates = template_set("mdwarf").templates
    pixels = np.arange(8630.0, 8825.0, 0.1)
    flux = 1.0 - np.interp(pixels / doppler_factor(V_AXIS), templates.wavelength_aa, templates.depths[1])
    flux += np.random.default_rng(1).normal(0, 0.01, pixels.size)
    axis = SpectralAxis(pixels, medium="air", frame=frame, medium_source="CTYPE1 = 'AWAV'")
    meta = {"object": "Barnard", "berv_kms": BERV, "berv_source": "BERV = 26.25", **meta}
    item = OpenSpectrum("s1", ("star.fits",), 0, Spectrum(axis, flux, np.full(pixels.size, 0.01), meta=meta))
    session.update(spectra=(item,), selected_id="s1")


@pytest.fixture
def dialog(qtbot, window):
    """Return the dialog when it has measured the star."""
    open_star(window.session)
    dialog = show_velocity(window.session, window)
    qtbot.waitUntil(lambda: dialog.velocity is not None, timeout=60_000)
    yield dialog
    for left in window.findChildren(VelocityDialog):
        left.close()


def frame_of(session) -> str:
    return session.state.selected.spectrum.spectral_axis.frame


def test_the_numbers_and_the_curve_are_shown(dialog: VelocityDialog) -> None:
    assert dialog.facts.value.text().startswith("−110.4") or dialog.facts.value.text().startswith("−110.5")
    assert dialog.facts.value.text().endswith("km/s, barycentric")
    assert "+26.250 km/s, added (BERV = 26.25)" in dialog.facts.text("correction")
    assert "M dwarfs" in dialog.facts.text("templates")
    assert dialog.facts.text("applied") == "nothing"
    low, high = dialog.plot.box.viewRange()[0]
    assert low < V_AXIS < high and high - low < 500
    dialog.whole.setChecked(True)
    assert dialog.plot.box.viewRange()[0][1] > 550
    assert "observer's frame" in dialog.plot.axis_label("bottom")


def test_both_corrections_once_each_and_undone(qtbot, dialog: VelocityDialog) -> None:
    session = dialog.session
    wavelength = session.state.selected.spectrum.wavelength_aa
    dialog.barycentric.click()
    qtbot.waitUntil(lambda: dialog.velocity is not None, timeout=60_000)
    assert frame_of(session) == "barycentric" and not dialog.barycentric.isEnabled()
    assert "not added" in dialog.facts.text("correction")
    assert dialog.facts.text("applied").startswith("−26.250 km/s taken out")
    assert dialog.velocity.velocity_kms == pytest.approx(-110.46, abs=0.2)
    dialog.rest.click()
    qtbot.waitUntil(lambda: dialog.velocity is not None, timeout=60_000)
    assert frame_of(session) == "rest" and not dialog.rest.isEnabled()
    assert dialog.velocity.axis_velocity_kms == pytest.approx(0.0, abs=0.1)
    assert dialog.velocity.velocity_kms == pytest.approx(-110.46, abs=0.2)
    history = session.state.selected.spectrum.spectral_axis.velocity_history
    assert [step.frame_after for step in history] == ["barycentric", "rest"]
    session.undo()
    assert frame_of(session) == "barycentric"
    session.undo()
    assert np.array_equal(session.state.selected.spectrum.wavelength_aa, wavelength)
    qtbot.waitUntil(lambda: dialog.velocity is not None, timeout=60_000)
    assert dialog.barycentric.isEnabled() and dialog.rest.isEnabled()


def test_a_failure_is_said_in_the_dialog(qtbot, dialog: VelocityDialog) -> None:
    dialog.template.setCurrentIndex(dialog.template.findData("co"))
    dialog.template.activated.emit(dialog.template.currentIndex())
    qtbot.waitUntil(lambda: "No velocity template reaches" in dialog.facts.value.text(), timeout=60_000)
    assert not dialog.rest.isEnabled()


def test_another_selection_is_followed_and_closing_leaves_nothing(qtbot, dialog: VelocityDialog) -> None:
    session = dialog.session
    other = session.state.selected.replace(id="s2")
    session.update(spectra=(*session.state.spectra, other), selected_id="s2")
    assert dialog.velocity is None  # measuring the other one
    dialog.close()
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)


def test_it_opens_from_the_menu_and_only_once(qtbot, window) -> None:
    open_star(window.session)
    first = show_velocity(window.session, window)
    assert show_velocity(window.session, window) is first
    first.close()
