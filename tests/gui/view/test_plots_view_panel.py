"""View: what is drawn for the state, and what the bar does."""

import itertools
import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from spectragui.gui.passport.conversions import star_velocity_and_source
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.view.panel import ViewPanel
from spectragui.gui.view.shown_marks import toggle_shown
from tests.gui.conftest import make_echelle, make_spectrum, settle


@pytest.fixture
def panel(qtbot, session):
    panel = ViewPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    spectra = (
        OpenSpectrum("a", ("a.fits",), 0, make_spectrum()),
        OpenSpectrum("b", ("b.fits",), 0, make_echelle()),
        OpenSpectrum("c", ("c.fits",), 0, make_spectrum(), is_visible=False),
    )
    session.update(spectra=spectra, selected_id="a")
    return panel


def test_checked_spectra_are_drawn_the_selected_one_on_top(panel, session):
    assert [curve.key for curve in panel.plot.curves] == ["b", "a"]
    session.update(selected_id="b")
    assert [curve.key for curve in panel.plot.curves] == ["a", "b"]
    assert {curve.key: curve.role for curve in panel.plot.curves} == {"a": "observed", "b": "second"}


def test_a_generated_spectrum_has_the_colour_of_models_and_takes_no_others(panel, session):
    model = make_spectrum(simulated=True, snr=0.0).replace(uncertainty=None)
    noisy = OpenSpectrum("n", ("n.fits",), 0, make_spectrum(simulated=True, snr=50.0))
    spectra = (OpenSpectrum("m", (), 0, model), *session.state.spectra, noisy)
    session.update(spectra=spectra)
    roles = {curve.key: curve.role for curve in panel.plot.curves}
    assert roles == {"m": "generated", "a": "observed", "b": "second", "n": "observed_alternate"}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("meta", [{}, {"denoised": "pfs-dae"}, {"simulated": True, "snr": 0.0}])
def test_curves_of_one_kind_that_follow_one_another_are_told_apart(panel, session, theme, meta, mode):
    made = [make_spectrum(**meta).replace(uncertainty=None) for _ in range(6)]
    session.update(spectra=tuple(OpenSpectrum(str(i), (), 0, one) for i, one in enumerate(made)))
    theme.set_mode(mode)
    roles = {curve.key: curve.role for curve in panel.plot.curves}
    colours = [lab(theme.color(roles[str(i)])) for i in range(6)]
    for i, j in itertools.combinations(range(4), 2):
        if (
            roles[str(i)] != roles[str(j)]
        ):  # a repetition comes late: two of what is made, four of what was observed
            assert math.dist(colours[i], colours[j]) > 20, (roles[str(i)], roles[str(j)])
    assert all(roles[str(i)] != roles[str(i + 1)] for i in range(5))


def lab(colour):
    """Return a colour as CIE L*, a*, b* (D65): distances are what an eye sees, 2 is the least of them."""
    rgb = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(a * v for a, v in zip(row, linear, strict=True)) for row in rows]
    x, y, z = (v / w for v, w in zip(xyz, (0.9505, 1.0, 1.089), strict=True))
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def test_a_button_whose_menu_was_closed_does_not_stay_lit(qtbot, theme):
    from spectragui.gui.plots.plot_bar import PlotBar

    bar = PlotBar(theme)
    qtbot.addWidget(bar)
    button = bar.add_menu("Curves", "mdi6.layers-outline", "tip", lambda menu: menu.addAction("One"))
    bar.show()
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)  # as Qt leaves it: the menu took the pointer away
    QCursor.setPos(bar.mapToGlobal(bar.rect().bottomRight()) + QPoint(60, 60))
    button.menu().aboutToHide.emit()
    assert not button.testAttribute(Qt.WidgetAttribute.WA_UnderMouse)


def test_nothing_checked_offers_the_selected_spectrum(panel, session):
    session.update(spectra=tuple(item.replace(is_visible=False) for item in session.state.spectra))
    assert panel.empty.isVisible()
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert [item.id for item in session.state.visible_spectra] == ["a"]
    assert panel.plot.isVisible()


def test_the_hint_is_shown_once(panel, session):
    panel._write_note()
    assert panel.bar.note.startswith("Wheel zooms")
    panel.plot.gesture_made.emit()
    assert not panel.bar.note.startswith("Wheel zooms")
    assert session.state.settings.hints_seen == ("view",)


def test_a_region_is_described_in_the_bar(panel):
    panel.plot._on_region_dragged(5002.0, 5008.0, True)
    assert panel.bar.note.startswith("5002.00–5008.00 Å · 121 pixels")
    panel.plot.clear_region()
    assert "5002" not in panel.bar.note


def test_the_unit_is_chosen_in_the_bar(panel):
    panel.units.activated.emit(panel.units.findData("nm"))
    assert panel.plot.plot.axis_label("bottom").startswith("Wavelength (nm")


def test_velocity_about_a_line_asks_for_it(panel, monkeypatch):
    from PySide6.QtWidgets import QInputDialog

    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("Fe I 5010.00", True))
    panel.units.activated.emit(panel.units.findData("velocity"))
    assert panel.plot.plot.axis_label("bottom").startswith("Velocity about Fe I 5010.00 (km/s")
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("nonsense", True))
    panel.units.activated.emit(panel.units.findData("velocity"))
    assert panel.plot.unit.line_aa == 5010.0


def test_line_marks_stand_at_the_star(session):
    item = OpenSpectrum("a", ("a.fits",), 0, make_spectrum(v_rad_kms=12.5))
    assert star_velocity_and_source(item, session.state)[0] == 12.5
    axis = item.spectrum.spectral_axis.replace(frame="rest")
    at_rest = item.replace(spectrum=item.spectrum.replace(spectral_axis=axis))
    assert star_velocity_and_source(at_rest, session.state)[0] == 0.0


def test_keys_move_the_plot_in_front(window, session):
    spectra = (OpenSpectrum("a", ("a.fits",), 0, make_spectrum(n_pixels=2000)),)
    session.update(spectra=spectra, selected_id="a", active_panel="View")
    panel = window.panel("View")
    full = panel.plot.box.viewRange()[0]
    window.trigger("view.zoom_in")
    left, right = panel.plot.box.viewRange()[0]
    assert right - left == pytest.approx(0.5 * (full[1] - full[0]))
    window.trigger("view.next")
    assert panel.plot.box.viewRange()[0][0] > left
    window.trigger("view.reset")
    assert panel.plot.box.viewRange()[0] == pytest.approx(full)
    window.trigger("view.back")
    assert panel.plot.box.viewRange()[0][0] > full[0]


def test_stacked_spectra_are_spaced_by_the_slider(panel, session):
    toggle_shown(session, "stacked")
    assert panel.spacing.isVisible()
    first = sorted(curve.offset for curve in panel.plot.curves)
    assert first[0] == 0 and first[1] > 0
    panel.spacing.setValue(200)
    assert sorted(curve.offset for curve in panel.plot.curves)[1] == pytest.approx(200 / 110 * first[1])
    toggle_shown(session, "stacked")
    assert not panel.spacing.isVisible() and {curve.offset for curve in panel.plot.curves} == {0.0}


def test_spectra_are_normalised_for_display_only(panel, session):
    spectra = session.state.spectra
    bright = spectra[0].spectrum.replace(flux=5.0 * spectra[0].spectrum.flux)
    session.update(spectra=(spectra[0].replace(spectrum=bright), *spectra[1:]))
    toggle_shown(session, "normalised")
    scales = {curve.key: curve.scale for curve in panel.plot.curves}
    assert scales["a"] == pytest.approx(0.2, rel=0.05) and scales["b"] == pytest.approx(1.0, rel=0.05)
    assert panel.plot.plot.axis_label("left") == "Flux / its median in the view"
    assert session.state.spectra[0].spectrum is bright
    toggle_shown(session, "normalised")
    assert "in the view" not in panel.plot.plot.axis_label("left")


def test_a_narrow_bar_loses_words_not_controls(qtbot, theme):
    from spectragui.gui.plots.plot_bar import PlotBar

    frame = QWidget()
    qtbot.addWidget(frame)
    bar = PlotBar(theme, frame)
    names = ("Show all", "Errors", "Measure", "Combine")
    buttons = [bar.add_button(name, "mdi6.ruler", name, lambda: None) for name in names]
    bar.resize(800, 32)
    frame.resize(800, 40)
    frame.show()
    qtbot.waitExposed(frame)
    words = [button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon for button in buttons]
    assert words == [True] * 4
    wide = sum(button.width() for button in buttons)
    bar.resize(wide - 20, 32)
    qtbot.waitUntil(lambda: buttons[0].toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert buttons[-1].toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    bar.resize(bar.minimumSizeHint())
    settle()
    assert all(bar.rect().contains(button.geometry()) for button in buttons)
    assert bar.minimumSizeHint().width() < 0.6 * wide


def test_words_give_way_in_a_narrow_bar(panel, qtbot):
    style = Qt.ToolButtonStyle
    assert panel.measure.toolButtonStyle() == style.ToolButtonTextBesideIcon
    assert panel.bar.minimumSizeHint().width() <= 400
    panel.resize(460, 500)
    qtbot.waitUntil(lambda: panel.measure.toolButtonStyle() == style.ToolButtonIconOnly)
    panel.resize(1100, 500)
    qtbot.waitUntil(lambda: panel.measure.toolButtonStyle() == style.ToolButtonTextBesideIcon)
