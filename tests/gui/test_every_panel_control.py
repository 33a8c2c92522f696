"""Each control of each panel changes and shows exactly its own value; one that is not here is an error."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.gui.denoise.controls import DenoiseControlsPanel
from spectragui.gui.denoise.exposures import WANTED_ERRORS
from spectragui.gui.denoise.line_tools import LineTools
from spectragui.gui.generate.controls import MODES, GenerateControlsPanel
from spectragui.gui.generate.sliders import SLIDERS
from spectragui.gui.panel import PANELS
from spectragui.gui.parameters.controls import ParametersControlsPanel
from spectragui.gui.session.generate_state import LABEL_FIELDS
from spectragui.gui.session.photometry_state import OpenCatalogue
from spectragui.inference.denoise.line_trial import LineDeepening
from spectragui.inference.generate.generate_spectrum import label_ranges, presets
from tests.gui.conftest import make_echelle, make_spectrum, settle
from tests.gui.every_control import choose, controls_of, difference
from tests.gui.predictions import make_prediction, open_with

GENERATE = ("Teff", "log g", "[M/H]", "[α/M]", "v sin i", "ξ")  # labels; then what the instrument adds
OBSERVED = ("R", "v_rad", "Extra FWHM", "S/N")
#: What a user can move in each panel; where nothing is said behind it, a test below moves it.
CONTROLS = {
    "Results": {"Filter the results": "tests/gui/results/test_results_panel.py"},
    "Spectra": {"Filter the spectra": "tests/gui/spectra/test_many_rows.py"},
    "Header": {"Search the header": "tests/gui/test_tables_sorted.py"},
    "View": {"Unit of the axis": "", "Distance of the stacked spectra": ""},
    "Pipeline": {"Errors": ""},
    "Orders": {"Errors": "", "Stitched over": "", "Show blaze": "", "Levels": ""},
    "Parameters": {"Errors": "", "Lines": "", "Go to": "", "Sensitivity": ""},
    "Generate": {"Spread": "", "Lines": "", "Go to": ""},
    "Denoise": {"Alone": "", "Errors": "", "Lines": ""},
    "Photometry": {
        "Filter the catalogue": "tests/gui/photometry/test_catalogue_table.py",
        "Object": "tests/gui/photometry/test_small_window.py",
        "Compare": "tests/gui/photometry/test_small_window.py",
        "Comparison with the catalogue": "tests/gui/photometry/test_journey_photometry.py",
    },
    "Denoise controls": dict.fromkeys(
        ("Denoiser", "Options", "Try a line", "What to try", "Line to deepen", "Wanted S/N",
         "Label whose error is wanted", "Wanted error"), "",
    ),
    "Generate controls": dict.fromkeys(
        ("Model", "Preset", "Instrument", "Over", "Correlations", *GENERATE, *OBSERVED,
         *(f"{name}, typed" for name in (*GENERATE, *OBSERVED)), *(f"Fit {name}" for name in GENERATE)), "",
    ),
    "Parameters controls": {"Model": "", "Options": ""},
    "Photometry controls": {"Catalogue": "", "Networks": "tests/gui/photometry/test_model_chooser.py"},
    "Pipeline controls": {"Chain": "tests/gui/pipeline/test_pipeline_panel.py"},
}  # fmt: skip


def test_every_control_of_every_panel_is_here(window):
    open_with(window.session, make_spectrum(), make_prediction("a, b"))
    found = {}
    for name in PANELS.names():
        panel = window.panel(name)
        panel.catch_up()
        controls = controls_of(panel)
        if controls:
            found[name] = set(controls)
    assert found == {name: set(controls) for name, controls in CONTROLS.items()}


def test_switches_of_the_plots_show_what_they_say(window, qtbot):
    session = window.session
    open_with(session, make_spectrum(), make_prediction("a"), make_prediction("b"))
    shown = {
        ("Pipeline", "Errors"): lambda p: p.curves_item._shows_band and p.after.curves_item._shows_band,
        ("Orders", "Errors"): lambda p: p.curves_item._shows_band,
        ("Orders", "Stitched over"): lambda p: p._is_over,
        ("Orders", "Show blaze"): lambda p: p._is_blaze_shown,
        ("Parameters", "Errors"): lambda p: p.curves_item._shows_band,
        ("Parameters", "Lines"): lambda p: p.marks._shown == ("star",),
        ("Generate", "Spread"): lambda p: p.curves_item._shows_band,
        ("Generate", "Lines"): lambda p: p.marks._shown == ("star",),
        ("Denoise", "Alone"): lambda p: p._is_apart,
        ("Denoise", "Errors"): lambda p: p.apart.curves_item._shows_band,
        ("Denoise", "Lines"): lambda p: p._marks_shown,
    }
    for (name, switch), is_shown in shown.items():
        panel = window.panel(name)
        controls = controls_of(panel)
        others = {key: is_on for key, is_on in shown.items() if key[0] == name and key[1] != switch}
        button = controls[switch]
        for _ in range(2):
            before = {key: is_on(panel.plot) for key, is_on in others.items()}
            button.setEnabled(True)
            button.click()
            assert is_shown(panel.plot) == button.isChecked(), (name, switch)
            assert {key: is_on(panel.plot) for key, is_on in others.items()} == before, (name, switch)


def test_the_view_stacks_as_far_as_its_slider_says_and_shows_the_unit_that_is_chosen(window, qtbot):
    session = window.session
    open_with(session, make_spectrum(), None, None)
    session.update(
        spectra=tuple(item.replace(is_visible=True) for item in session.state.spectra),
        settings=session.state.settings.replace(view_shows=("stacked",)),
    )
    panel = window.panel("View")
    panel.catch_up()
    places = {}
    for hundredths in (100, 200, 50):
        panel.spacing.setValue(hundredths)
        places[hundredths] = sorted(curve.offset for curve in panel.plot.curves)[1]
    assert places[200] == pytest.approx(2 * places[100]) and places[50] == pytest.approx(0.5 * places[100])
    assert places[100] > 0
    for index in range(4):  # the fifth asks for a line
        choose(panel.units, index)
        assert panel.plot.unit.name == ("Angstrom", "nm", "um", "cm-1")[index] == panel.units.currentData()


def test_a_part_of_the_window_is_gone_to_and_a_sensitivity_is_asked_for(window, qtbot):
    open_with(window.session, make_spectrum(), make_prediction("a"))
    panel = window.panel("Parameters")
    window.show_panel("Parameters")
    choose(panel.places, panel.places.findText("Cr I 5208"))
    assert panel.plot.box.viewRange()[0] == pytest.approx([5200.0, 5230.0])
    choose(panel.places, 0)
    assert panel.plot.box.viewRange()[0] == pytest.approx(list(panel.plot.full_x))
    asked = []
    panel.session.run = lambda key, function, *values, **more: asked.append((key, values[1])) or 1
    try:
        choose(panel.sensitivities, panel.sensitivities.findData("logg"))
    finally:
        del panel.session.run
    assert asked == [("sensitivity", "logg")]


@pytest.fixture
def generate(qtbot, session):
    panel = GenerateControlsPanel(session)
    qtbot.addWidget(panel)
    session.changed.connect(lambda old, new: panel.apply(old, new))
    return panel


@pytest.mark.parametrize("name", SLIDERS)
def test_a_slider_of_the_generator_changes_and_shows_its_own_value(generate, session, name):
    low, high, step, decimals, _ = SLIDERS[name]
    slider = generate.rows.sliders[name]
    for value in (low, high, round(low + 0.61 * (high - low), decimals)):
        before = session.state.generate.request
        slider.spin.setValue(value)
        now = session.state.generate.request
        assert set(difference(before, now)) <= {name} and getattr(now, name) == pytest.approx(value)
    other = round(low + 0.37 * (high - low), decimals)
    session.update(generate=session.state.generate.with_request(**{name: other}))
    for key, one in generate.rows.sliders.items():
        assert one.value == one.spin.value() == pytest.approx(getattr(session.state.generate.request, key))
    assert slider.value == pytest.approx(other)
    if name in LABEL_FIELDS:
        known = label_ranges(session.state.generate.request.model)[name]
        told = slider.toolTip().replace("\N{MINUS SIGN}", "-")
        assert f"Trained from {known[0]:,g} to {known[1]:,g}" in told


def test_model_preset_instrument_and_ticks_of_the_generator_are_those_chosen(generate, session):
    for index, (title, model, compares, samples) in enumerate(MODES):
        choose(generate.modes, index)
        state = session.state.generate
        assert (state.request.model, state.compares, state.request.samples) == (model, compares, samples), (
            title
        )
        assert generate.modes.currentIndex() == index
    for index, preset in enumerate(presets()):
        before = session.state.generate.request
        choose(generate.presets, index)
        now = session.state.generate.request
        assert {name: getattr(now, name) for name in preset.labels} == pytest.approx(dict(preset.labels))
        assert set(difference(before, now)) <= set(preset.labels)
    box = generate.rows.instruments
    for index in (0, box.count() - 1):
        before = session.state.generate.request
        choose(box, index)
        assert difference(before, session.state.generate.request) == {"resolving_power": box.itemData(index)}
        assert f"{box.itemData(index):,.0f}" in box.itemText(index)
    for name in LABEL_FIELDS:
        before = session.state.generate
        generate.rows.boxes[name].click()
        gone = tuple(one for one in LABEL_FIELDS if one != name)
        assert difference(before, session.state.generate) == {"free": gone}
        session.update(generate=before)
        assert all(box.isChecked() for box in generate.rows.boxes.values())
    generate.reset_button.click()
    assert session.state.generate.request.teff == 5772.0


def test_laying_over_is_chosen_and_taken_back(generate, session):
    open_with(session, make_spectrum(), make_prediction("Sun"))
    assert generate.over.text() == "Over Sun" and not generate.over.isChecked()
    for is_over in (True, False):
        generate.over.click()
        assert session.state.generate.is_over_observed is is_over
    session.update(generate=dataclasses.replace(session.state.generate, is_over_observed=True))
    assert generate.over.isChecked()
    for is_open in (True, False):
        generate.card.more.click()
        assert generate.card.matrix.isHidden() is not is_open


def test_controls_of_the_denoiser_change_their_own_values(qtbot, session):
    panel = DenoiseControlsPanel(session)
    qtbot.addWidget(panel)
    session.changed.connect(lambda old, new: panel.apply(old, new))
    view = panel.exposures
    before = session.state.denoise
    view.wanted.setValue(33.5)
    assert difference(before, session.state.denoise) == {"wanted_snr": 33.5}
    for index, (name, error) in enumerate(WANTED_ERRORS.items()):
        choose(view.label, index)
        state = session.state.denoise
        assert (state.wanted_label, state.wanted_error) == (name, error) and view.error.value() == error
    view.error.setValue(0.055)
    assert session.state.denoise.wanted_error == 0.055
    assert session.state.denoise.wanted_label == view.label.currentData() == list(WANTED_ERRORS)[-1]
    session.update(denoise=dataclasses.replace(session.state.denoise, wanted_snr=7.0, wanted_label="logg"))
    assert view.wanted.value() == 7.0 and view.label.currentData() == "logg"
    open_with(session, make_spectrum(), make_prediction("a"))
    for index in range(panel.models.count()):
        choose(panel.models, index)
        name = panel.models.itemData(index)
        assert session.state.denoise.options.model in (name, "")
        assert panel.models.currentData() == name
        assert panel.models.itemText(index).startswith(name)
    panel.options_button.setChecked(True)
    assert not panel.form.isHidden() and panel.tools.isHidden()
    panel.tools_button.setChecked(True)
    assert not panel.tools.isHidden()


def test_a_line_is_deepened_as_its_form_says(qtbot, theme):
    tools = LineTools()
    qtbot.addWidget(tools)
    tools.lines.addItems(["Ca II 8500", "Ca II 8544"])
    for form, name, value in (
        (tools.injection, "width", 2.5),
        (tools.deepening, "factor", 1.8),
        (tools.deepening, "half_width", 4.0),
    ):
        control = form.editors[name].control
        getattr(control, "spin", control).setValue(value)
    for kind in (1, 0):
        tools.kinds.setCurrentIndex(kind)
        assert tools.injection.isHidden() == bool(kind) and tools.deepening.isHidden() != bool(kind)
        if kind:
            tools.lines.setCurrentIndex(1)
            assert tools.change == LineDeepening("Ca II 8544", 1.8, 4.0)
        else:
            assert tools.change.width == 2.5


def test_the_model_that_is_chosen_predicts(qtbot, session):
    panel = ParametersControlsPanel(session)
    qtbot.addWidget(panel)
    session.changed.connect(lambda old, new: panel.apply(old, new))
    open_with(session, make_spectrum(), make_prediction("a"))
    suggested = panel.models.currentData()
    for index in range(panel.models.count()):
        name = panel.models.itemData(index)
        before = session.state.options
        choose(panel.models, index)
        assert session.state.options.model == ("" if name == suggested else name)
        assert set(difference(before, session.state.options)) <= {"model"}
        assert panel.models.currentData() == name
    for is_open in (True, False):
        panel._options_button.click()
        assert panel.form.isHidden() is not is_open


def test_the_catalogue_that_is_chosen_is_shown(qtbot, session, tmp_path):
    from spectragui.gui.photometry.controls import PhotometryControlsPanel
    from spectragui.io.catalogues import read_catalogue
    from tests.gui.photometry.sample_catalogues import write_csv

    panel = PhotometryControlsPanel(session)
    qtbot.addWidget(panel)
    session.changed.connect(lambda old, new: panel.apply(old, new))
    table = read_catalogue(write_csv(tmp_path / "field.csv", 5))
    both = tuple(OpenCatalogue(f"c{i}", f"/data/field{i}.csv", table, seen_bands=(0, 1)) for i in range(2))
    session.update(catalogues=both, catalogue_id="c1")
    assert panel.catalogues.currentText() == "field1.csv"
    choose(panel.catalogues, 0)
    assert session.state.catalogue_id == "c0" and panel.catalogues.currentText() == "field0.csv"
    assert panel.about.full_text.startswith("5 objects · 2 of 24 bands")


def test_orders_are_left_out_and_cuts_moved_for_their_own_order(window, qtbot):
    from spectragui.gui.pipeline.edits import set_chain
    from spectragui.gui.pipeline.shown import shown_chain
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    session = window.session
    open_with(session, make_echelle(), None)
    set_chain(session, Chain.of(Stitch()), "Use")
    session.update(active_panel="Orders")
    panel = window.panel("Orders")
    qtbot.waitUntil(lambda: not session.tasks.active_jobs)

    def stage():
        return shown_chain(session.state).steps[0].stage

    for number in (2, 0):
        panel.toggle_exclusion(number)
    assert stage().excluded == (0, 2)
    panel.toggle_exclusion(2)
    assert stage().excluded == (0,)
    panel.toggle_exclusion(0)
    panel.plot.cut_moved.emit(1, 5006.51234567, True)
    panel.plot.cut_moved.emit(0, 5004.5, True)
    assert stage().cuts == ((0.0, 5004.5), (1.0, 5006.5123))
    panel.plot.cut_removed.emit(1)
    assert stage().cuts == ((0.0, 5004.5),)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs)
    settle()
    assert np.isfinite(panel.plot.box.viewRange()).all()
