"""Parameters: the comparison, the card of numbers, the options and the button."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from spectragui.core.flags import Flag
from spectragui.core.signal_to_noise import SNR_WORDS, spectrum_snr
from spectragui.gui.parameters.controls import ParametersControlsPanel
from spectragui.gui.parameters.panel import ParametersPanel
from spectragui.gui.plots.comparison_plot import segments
from spectragui.gui.plots.kiel_diagram import KielDiagram, kiel_points
from spectragui.gui.session.state import OpenSpectrum, Result
from spectragui.io.spectrum_summary import describe
from spectragui.workers.tasks import Job
from tests.gui.conftest import make_spectrum, settle
from tests.gui.painted_plot import pixels_of, value_of
from tests.gui.predictions import make_comparison, make_prediction, not_served, open_with


@pytest.fixture
def centre(qtbot, session):
    panel = ParametersPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    return panel


@pytest.fixture
def controls(qtbot, session):
    panel = ParametersControlsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, 600)
    panel.show()
    return panel


def test_the_comparison_of_the_selected_spectrum_is_shown(centre, session):
    open_with(session, make_spectrum(), make_prediction("Sun"), make_prediction("tau Cet", 5392.0))
    assert centre.plot.comparison is session.state.results[0].prediction.comparison
    observed, generated = centre.plot.curves_item.curves
    assert (observed.role, generated.role) == ("observed", "generated")
    assert generated.label == "generated at 5791 K, 4.42, −0.01"
    session.update(selected_id="s1", selected_result_id="r1")
    assert centre.plot.comparison is session.state.results[1].prediction.comparison


def test_the_residual_is_linked_in_x_and_a_quarter_as_high(centre, session):
    open_with(session, make_spectrum(), make_prediction())
    settle()
    centre.plot.set_x_range(5180.0, 5190.0)
    assert centre.plot.residual.box.viewRange()[0] == pytest.approx([5180, 5190])
    ratio = centre.plot.residual.box.height() / centre.plot.box.height()
    assert 0.2 < ratio < 0.4
    low, high = centre.plot.residual.box.viewRange()[1]
    assert low == -high and high >= 5


def test_an_unpredicted_spectrum_offers_the_prediction(centre, session, monkeypatch):
    asked = []
    monkeypatch.setattr("spectragui.gui.parameters.panel.predict", lambda s, i: asked.append(i))
    open_with(session, make_spectrum(), None)
    assert centre.empty.isVisible()
    assert "has not been predicted" in centre.empty.title
    QTest.mouseClick(centre.empty.button, Qt.MouseButton.LeftButton)
    assert asked == ["s0"]


def test_a_spectrum_that_cannot_be_served_says_why(centre, controls, session):
    open_with(session, make_spectrum(), not_served())
    assert centre.empty.title.startswith("Not served")
    assert "Not served" in controls.card.verdict.text()
    assert not controls.kiel.isVisible()


def test_jumping_to_a_line(centre, session):
    open_with(session, make_spectrum(), make_prediction())
    assert centre.plot.box.viewRange()[0] == pytest.approx([5150, 5200])  # Mg b at first
    centre.places.activated.emit(0)
    assert centre.plot.box.viewRange()[0] == pytest.approx([5140, 5140 + 0.03 * 3999])
    centre.places.activated.emit(2)  # H beta is not covered: everything
    assert centre.places.currentIndex() == 0


def test_the_same_part_is_shown_of_the_next_star(centre, session):
    open_with(session, make_spectrum(), make_prediction("Sun"), make_prediction("tau Cet", 5392.0))
    centre.plot.set_x_range(5180, 5186)
    session.update(selected_id="s1", selected_result_id="r1")
    assert centre.plot.box.viewRange()[0] == pytest.approx([5180, 5186])


def test_orders_that_overlap_are_separate_pieces():
    wavelength = np.array([1.0, 2, 3, 2.5, 3.5, 4.5])
    assert segments(wavelength) == [slice(0, 3), slice(3, 6)]


def test_the_card_shows_network_and_fit(controls, session):
    open_with(session, make_spectrum(), make_prediction())
    card = controls.card
    assert card.cell_text("teff", "network") == "5779 ± 41"
    assert card.cell_text("teff", "fit") == "5791 ± 18"
    assert card.cell_text("m_h", "network") == "−0.01 ± 0.03"
    assert card.cell_text("vsini", "network") == "< 3.1"
    assert card.cell_text("v_rad", "network") == "−3.21 ± 0.05, barycentric"
    assert card.verdict.text() == "✓  Inside what the model knows"
    assert card.verdict.property("role") == "good"
    assert card.summary.text() == "Reduced χ² 1.08 · coverage 100 % · S/N 212 · R 115,000"


def test_without_a_fit_there_is_no_column_for_it(controls, session):
    open_with(session, make_spectrum(), make_prediction(fit=False, limit=0.0))
    assert controls.card.cell_text("teff", "fit") == ""
    assert controls.card.cell_text("vsini", "network") == "2.1 ± 0.9"
    assert "χ² 1.31" in controls.card.summary.text()


def test_a_warning_gives_its_reasons(controls, session):
    open_with(session, make_spectrum(), make_prediction("alf Tau", 3968.0, bits=int(Flag.LABEL_RANGE)))
    assert controls.card.verdict.property("role") == "caution"
    assert "3968 K, training starts at 3900 K" in controls.card.reasons.text()


def test_options_start_with_what_the_file_says(controls, session):
    spectrum = make_spectrum(resolving_power=115_000.0)
    open_with(session, spectrum, None)
    form = controls.form
    assert form.editors["resolving_power"].control.text() == "115,000 (file)"
    assert form.editors["medium"].control.currentText() == "air (file)"
    assert form.editors["v_rad"].control.text() == "measured"
    form.editors["resolving_power"].control.setValue(48_000)
    form.editors["medium"].control.activated.emit(2)
    form.editors["v_rad"].control.setValue(-12.5)
    form.editors["refine"].control.click()
    options = session.state.options
    assert (options.resolving_power, options.medium, options.v_rad, options.refine) == (
        48_000,
        "vacuum",
        -12.5,
        False,
    )
    session.undo()
    assert session.state.options.refine
    assert form.editors["refine"].control.isChecked()


def test_the_options_open_without_moving_under_the_pointer(controls, session):
    open_with(session, make_spectrum(), None)
    before = [one.geometry() for one in (controls._options_button, controls.copy_button)]
    controls._options_button.click()
    settle()
    after = [one.geometry() for one in (controls._options_button, controls.copy_button)]
    assert controls.form.isVisible() and [r.topLeft() for r in after] == [r.topLeft() for r in before]


def test_the_first_step_of_an_automatic_value_leads_to_a_sensible_one(controls, session):
    open_with(session, make_spectrum(), None)
    control = controls.form.editors["v_rad"].control
    control.stepBy(1)
    assert session.state.options.v_rad == 0.0


def test_progress_and_cancel_replace_the_button(controls, session, monkeypatch):
    open_with(session, make_spectrum(), None)
    cancelled = []
    monkeypatch.setattr(
        "spectragui.gui.parameters.controls.cancel_prediction", lambda s, i: cancelled.append(i)
    )
    job = Job(1, "predict:s0", "Predicting", "running", 0.4, "Fitting the spectrum")
    session.tasks.job_changed.emit(job)
    assert not controls.predict_button.isVisible()
    assert controls.progress_bar.value() == 400
    assert controls.progress_text.text().startswith("Fitting the spectrum")
    QTest.mouseClick(controls.cancel_button, Qt.MouseButton.LeftButton)
    assert cancelled == ["s0"]
    session.tasks.job_changed.emit(dataclasses.replace(job, status="cancelled"))
    assert controls.predict_button.isVisible()


def test_the_model_that_suits_is_suggested(controls, session):
    open_with(session, make_spectrum(), None)
    if controls.models.count() == 0:
        pytest.skip("no model is bundled yet")
    assert "suggested" in controls.models.currentText()
    assert session.state.options.model == ""


def test_the_kiel_diagram_shows_every_result_and_selects(controls, session):
    open_with(
        session, make_spectrum(), make_prediction("Sun"), make_prediction("tau Cet", 5392.0), not_served()
    )
    assert [point.teff for point in controls.kiel.points] == [5791.0, 5404.0]
    controls.kiel.point_clicked.emit("r1")
    assert (session.state.selected_result_id, session.state.selected_id) == ("r1", "s1")


def test_hot_stars_are_on_the_left_and_giants_at_the_top(qtbot, theme, session):
    open_with(session, make_spectrum(), make_prediction())
    diagram = KielDiagram(theme)
    qtbot.addWidget(diagram)
    diagram.set_points(kiel_points(session.state), "r0")
    box = diagram.getViewBox()
    from PySide6.QtCore import QPointF

    assert box.mapFromView(QPointF(6500, 4)).x() < box.mapFromView(QPointF(4500, 4)).x()
    assert box.mapFromView(QPointF(5000, 1)).y() < box.mapFromView(QPointF(5000, 4)).y()
    diagram.grab()


def test_colours_follow_the_theme(centre, controls, session, theme):
    open_with(session, make_spectrum(), make_prediction())
    curve = {}
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        settle()
        surface, curve[mode] = value_of(theme.color("surface")), value_of(theme.color("observed"))
        for widget in (centre.plot, controls.kiel):
            assert pixels_of(widget)[5, 5] == surface, mode
        drawn = pixels_of(centre.plot)
        assert (drawn == curve[mode]).sum() > 100, mode
    assert curve["light"] != curve["dark"] and not (drawn == curve["light"]).any()


def test_a_comparison_of_masked_pixels_only(centre, session):
    prediction = make_prediction()
    comparison = make_comparison(prediction.network)
    nothing = dataclasses.replace(comparison, mask=np.ones(comparison.mask.size, bool))
    open_with(session, make_spectrum(), dataclasses.replace(prediction, comparison=nothing))
    centre.plot.grab()


def test_the_sensitivity_to_a_label_is_shown_under_the_residual(centre, session, qtbot, monkeypatch):
    monkeypatch.setattr(
        "spectragui.inference.generate.sensitivity.label_sensitivity",
        lambda comparison, name, power, progress: 0.01 * np.sin(comparison.wavelength_aa),
    )
    open_with(session, make_spectrum(), make_prediction(), make_prediction("tau Cet", 5392.0))
    plot = centre.plot
    assert not plot.sensitivity.isVisible()
    centre.sensitivities.setCurrentIndex(1)
    centre.sensitivities.activated.emit(1)
    qtbot.waitUntil(plot.sensitivity.isVisible)
    assert plot.sensitivity.axis_label("left") == "ΔF, +100 K"
    assert plot.sensitivity.box.viewRange()[0] == plot.box.viewRange()[0]
    assert plot.sensitivity.axis_label("bottom") and not plot.residual.axis_label("bottom")
    old = plot.sensitivity.curves_item.curves[0]
    session.update(selected_id="s1", selected_result_id="r1")  # asked for again, for the other star
    qtbot.waitUntil(
        lambda: plot.sensitivity.isVisible() and plot.sensitivity.curves_item.curves[0] is not old
    )
    centre.sensitivities.setCurrentIndex(0)
    centre.sensitivities.activated.emit(0)
    assert not plot.sensitivity.isVisible()
    assert plot.residual.axis_label("bottom")


def test_reasons_do_not_repeat_the_sentence():
    from spectragui.gui.forms.verdict_words import further_reasons
    from spectragui.inference.prediction import Verdict

    reason = "The spectrum covers 9601-17114 Å. Choose a model for this range."
    verdict = Verdict("bad", "Not served: The spectrum covers 9601-17114 Å.", (reason, "the S/N is low"))
    assert further_reasons(verdict) == ["Choose a model for this range.", "The S/N is low"]


def test_a_small_window_cuts_neither_the_card_nor_shows_a_stub_of_the_diagram(window, session, qtbot):
    window.resize(1280, 720)
    prediction = make_prediction()
    observed = dataclasses.replace(prediction, v_rad_frame="unknown")
    open_with(session, make_spectrum(), observed)
    session.update(active_panel="Parameters")
    settle()
    controls = window.panel("Parameters controls")
    assert controls.card.cell_text("v_rad", "network") == "−3.21 ± 0.05, as observed"
    assert controls.mapTo(window, controls.rect().topRight()).x() < window.width()
    inner, viewport = controls._scroll.widget(), controls._scroll.viewport()
    assert inner.width() <= viewport.width()
    assert not controls.kiel.isVisible() or controls.kiel.geometry().bottom() <= viewport.height()


def test_the_tree_shows_one_signal_to_noise_whether_predicted_or_not(window, session):
    spectrum = make_spectrum()
    item = OpenSpectrum("a", ("a.fits",), 0, spectrum, snr=spectrum_snr(spectrum))
    session.update(spectra=(item,), selected_id="a")
    tree = window.panel("Spectra").tree
    before = [tree.topLevelItem(0).child(0).text(1), tree.topLevelItem(0).child(0).toolTip(1)]
    assert before[0] == f"{spectrum_snr(spectrum):.0f}"
    session.update(results=(Result("r", "a", make_prediction()),))
    assert f"{float(session.state.results[0].prediction.row['snr']):.0f}" != before[0]
    assert [tree.topLevelItem(0).child(0).text(1), tree.topLevelItem(0).child(0).toolTip(1)] == before
    assert SNR_WORDS in tree.headerItem().toolTip(1)
    assert describe(spectrum).fact("snr").raw == item.snr


def test_what_the_network_reads_a_label_from_is_shown_with_its_lines_named(
    centre, session, qtbot, monkeypatch
):
    from spectragui.inference.parameters.why import DecisiveLine, Why

    wave = np.linspace(5100.0, 5300.0, 400)
    lines = (DecisiveLine("Mg I b1", 5183.6, 12.0, True), DecisiveLine("Fe I 5270.4", 5270.4, -3.0, True))
    why = Why(
        "toy", "air", wave, np.ones(400), {"teff": np.sin(wave), "logg": wave}, {"teff": lines, "logg": ()}
    )
    monkeypatch.setattr("spectragui.inference.parameters.why.explain_prediction", lambda *_: why)
    open_with(session, make_spectrum(), make_prediction())
    plot, reasons = centre.plot, centre.reasons
    centre.reset()
    reasons.button.menu().aboutToShow.emit()
    words = [action.text() for action in reasons.button.menu().actions()]
    assert words[0] == "Nothing" and "Why Teff" in words
    reasons.button.menu().actions()[1].trigger()
    qtbot.waitUntil(plot.sensitivity.isVisible)
    assert plot.sensitivity.axis_label("left") == "ΔTeff (K), +1 % flux"
    assert plot.sensitivity.names.places == ((5183.6, "Mg I b1"), (5270.4, "Fe I 5270.4"))
    tip = reasons.button.toolTip()
    assert "Mg I b1 (+12 K)" in tip and "Fe I 5270.4 (\N{MINUS SIGN}3 K)" in tip
    plot.set_x_range(5180.0, 5190.0)
    assert [name for name, _, _ in plot.sensitivity.names.shown_names()] == ["Mg I b1"]
    centre.grab()
    centre.sensitivities.setCurrentIndex(1)
    centre.sensitivities.activated.emit(1)  # the other choice takes the place
    assert reasons.label == ""
    reasons.choose("teff")
    assert centre.sensitivities.currentIndex() == 0 and plot.sensitivity.names.places
    reasons.choose("")
    assert not plot.sensitivity.isVisible()
