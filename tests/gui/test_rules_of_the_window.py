"""Rules that the window follows, each against a case whose answer is known."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pyqtgraph as pg
import pytest

from spectragui.core.measurements import make_measurement
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.denoise.between_exposures import forecast_words, night_words
from spectragui.gui.denoise.exposures import WANTED_ERRORS, ExposuresView
from spectragui.gui.forms.verdict_words import SYMBOLS, as_sentence, further_reasons
from spectragui.gui.orders.blaze_choice import blaze_in_use
from spectragui.gui.photometry.row_order import ordered
from spectragui.gui.pipeline.fields import points_values
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.curve import make_curve
from spectragui.gui.plots.navigation import ViewHistory
from spectragui.gui.plots.scaling import (
    curve_statistics,
    flux_label,
    is_other_scale,
    place_curves,
    pretty_unit,
    y_limits,
)
from spectragui.gui.plots.spectrum_plot import SpectrumPlot
from spectragui.gui.recovery.kept_measurements import kept_measurements, read_measurements, write_measurements
from spectragui.gui.results.row_selection import rows_to_select
from spectragui.gui.session.agreement import agreeing
from spectragui.gui.session.denoise_state import DenoiseState, Night
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.state import AppState, Measurement, OpenSpectrum, Result
from spectragui.gui.spectra.derived import add_derived, free_name
from spectragui.gui.view.masking import paint
from spectragui.gui.view.region import describe_region
from spectragui.gui.view.velocity_line import ask_line
from spectragui.inference.prediction import Verdict
from tests.gui.conftest import make_echelle, make_spectrum
from tests.gui.predictions import make_prediction


def curve_of(flux, name="a", start=5000.0):
    axis = SpectralAxis(np.linspace(start, start + 100.0, len(flux)), medium="air", frame="rest")
    return make_curve(name, Spectrum(axis, np.asarray(flux, float)), DisplayUnit())


def test_zooms_go_back_and_forward_one_by_one(qtbot):
    box = pg.ViewBox()
    history = ViewHistory(box)
    for start in (0.0, 10.0, 20.0):
        box.setRange(xRange=(start, start + 5.0), yRange=(0.0, 1.0), padding=0)
        history.record()
    history.record()  # nothing changed: no entry
    assert history.can_go_back and not history.can_go_forward
    seen = []
    for step in (history.back, history.back, history.back, history.forward, history.forward, history.forward):
        step()
        seen.append((box.viewRange()[0][0], history.can_go_back, history.can_go_forward))
    assert seen == [
        (10.0, True, True),
        (0.0, False, True),
        (0.0, False, True),
        (10.0, True, True),
        (20.0, True, False),
        (20.0, True, False),
    ]
    history.back()
    box.setRange(xRange=(40.0, 45.0), padding=0)
    history.record()
    assert not history.can_go_forward
    history.back()
    assert box.viewRange()[0][0] == 10.0
    history.clear()
    assert not history.can_go_back and not history.can_go_forward


def test_curves_of_one_scale_stay_and_others_are_divided_by_their_medians():
    ramp = np.linspace(0.0, 2.0, 1001)
    placed, factor = place_curves([curve_of(ramp), curve_of(2.9 * ramp)], ["", ""], 0.0)
    assert ([curve.scale for curve in placed], factor) == ([1.0, 1.0], "")
    placed, factor = place_curves([curve_of(ramp), curve_of(4.0 * ramp)], ["", ""], 0.0)
    assert [curve.scale for curve in placed] == pytest.approx([1.0, 0.25]) and factor == "relative"
    placed, factor = place_curves([curve_of(ramp), curve_of(ramp)], ["", "adu"], 0.0)
    assert factor == "relative"
    placed, factor = place_curves([curve_of(3e-15 * ramp)], [""], 0.0)
    assert placed[0].scale == pytest.approx(1e15) and factor == "10⁻¹⁵"
    for size, word in ((0.004, "10⁻³"), (0.006, ""), (4e4, ""), (6e4, "10⁵")):  # the highest is twice that
        assert place_curves([curve_of(size * ramp)], [""], 0.0)[1] == word, size


def test_stacked_curves_just_meet():
    level = np.linspace(0.0, 1.0, 2001)
    placed, _ = place_curves(
        [curve_of(1.0 + level), curve_of(1.2 + level), curve_of(level + 1.0)], [""] * 3, 1.0
    )
    assert [curve.offset for curve in placed] == pytest.approx([0.0, 0.79, 0.79 + 1.19], abs=0.002)
    half, _ = place_curves([curve_of(1.0 + level), curve_of(1.2 + level)], [""] * 2, 0.5)
    assert half[1].offset == pytest.approx(0.395, abs=0.002)


def test_a_curve_is_divided_by_its_median_in_the_view():
    flux = np.where(np.arange(1001) < 500, 2.0, 8.0)
    (placed,), factor = place_curves([curve_of(flux)], [""], 0.0, normalised_in=(5060.0, 5090.0))
    assert (placed.scale, factor) == (pytest.approx(1 / 8.0), "here")


def test_percentiles_and_limits_of_a_curve():
    flux = np.linspace(0.0, 100.0, 10_001)
    found = curve_statistics(curve_of(flux))
    assert (found.low, found.median, found.high) == pytest.approx((0.5, 50.0, 99.5), abs=0.02)
    inside = curve_statistics(curve_of(flux), 5020.0, 5040.0)
    assert inside.median == pytest.approx(30.0, abs=0.02)
    spiked = np.concatenate([flux, [5000.0]])
    low, high = y_limits((curve_of(spiked),), height=1e9)
    assert low == pytest.approx(-5.0, abs=0.1) and high == pytest.approx(100.0 + 100.0 * 0.05 / 0.95, abs=0.1)
    assert y_limits((curve_of(np.full(100, np.nan)),)) == (0.0, 1.0)
    high_of_260 = y_limits((curve_of(flux),), height=260.0)[1]
    assert high_of_260 == pytest.approx(100.0 + 100.0 * 0.1 / 0.9, abs=0.1)


def test_a_view_is_fitted_anew_where_less_than_two_fifths_are_common():
    assert not is_other_scale((0.0, 1.0), (0.0, 2.4)) and is_other_scale((0.0, 1.0), (0.0, 2.6))
    assert is_other_scale((0.0, 1.0), (0.7, 1.7)) and not is_other_scale((0.0, 1.0), (0.5, 1.5))


def test_the_flux_axis_is_named_by_factor_and_unit():
    plain, in_adu = make_spectrum(), make_spectrum().replace(flux_unit="adu")
    assert flux_label([in_adu], "") == "Flux (adu)" and flux_label([in_adu], "10⁴") == "Flux (10⁴ adu)"
    assert flux_label([plain, in_adu], "relative") == "Flux / its median"
    assert flux_label([plain, in_adu], "here") == "Flux / its median in the view"
    normalised = plain.replace(meta={"normalised": True})
    assert flux_label([normalised], "") == "Normalised flux" and flux_label([plain, normalised], "") == "Flux"
    assert pretty_unit("erg / (s cm2 Angstrom)").count("⁻¹") == 2 and pretty_unit("ct") == "counts"


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize(
    "values",
    [np.array([3.0, np.nan, 1.0, 2.0, 1.0]), np.array(["b", "ä", "a", "aa", "a"]),
     np.array([5, 1, 200, 7, 1], "u1"),
     np.array(["b" * 40, "b" * 39, "a", "c", "a"]), np.array([True, False, True, False, False])],
    ids=["float", "text", "bytes", "long text", "bool"],
)  # fmt: skip
def test_rows_are_ordered_and_equal_ones_stay_as_in_the_file(values, is_descending):
    rows = np.array([4, 3, 2, 1, 0])[::-1]
    got = [int(row) for row in ordered(rows, values, is_descending)]
    known = [row for row in rows if values.dtype.kind != "f" or np.isfinite(values[row])]
    told = sorted(known, key=lambda row: values[row], reverse=is_descending)
    assert got == [int(row) for row in [*told, *(row for row in rows if row not in known)]]
    assert [int(row) for row in ordered(rows, None, is_descending)] == [0, 1, 2, 3, 4]


def test_verdicts_are_worded():
    verdict = Verdict(
        "bad", "Not served: Too hot.", ("Too hot. Above 9000 K", "-2 dex is too low", "a reason of -3 dex")
    )
    assert further_reasons(verdict) == [
        "Above 9000 K",
        "\N{MINUS SIGN}2 dex is too low",
        "A reason of \N{MINUS SIGN}3 dex",
    ]
    assert as_sentence(" low flux ") == "Low flux"
    assert SYMBOLS == {"good": "✓", "caution": "!", "bad": "✕"}


def test_a_region_tells_pixels_mean_and_noise():
    spectrum = Spectrum(
        SpectralAxis(np.linspace(5000.0, 5100.0, 1001)), np.full(1001, 2.0), np.full(1001, 0.04)
    )
    words = describe_region(spectrum, 5010.0, 5020.0)
    assert words == "5010.00–5020.00 Å · 101 pixels · mean 2.0000 · S/N 50"
    assert describe_region(spectrum, 6000.0, 6010.0) == "6000.00–6010.00 Å · no pixels"


def night(n, snr, wanted, together=math.nan, **changes):
    items = tuple(OpenSpectrum(f"s{i}", ("a.fits",), i, make_spectrum(), snr=snr) for i in range(n))
    of_star = Night("HD 1", tuple(item.id for item in items), snr=together, **changes)
    return AppState(spectra=items, night=of_star, denoise=DenoiseState(wanted_snr=wanted))


def test_exposures_are_counted_and_forecast():
    assert night_words(night(1, 10.0, 20.0)) == "HD 1: 1 exposure, S/N 10.0 a pixel."
    assert night_words(night(4, 10.0, 40.0, 20.0)) == "HD 1: 4 exposures, S/N 20.0 a pixel together."
    assert night_words(night(4, 10.0, 40.0, 20.0, problem="Bad.")).endswith("together. Bad.")
    assert forecast_words(night(4, 10.0, 40.0, 20.0)) == "12 more exposures like these for S/N 40."
    assert forecast_words(night(1, 10.0, 14.0)) == "1 more exposure like these for S/N 14."
    assert forecast_words(night(4, 10.0, 20.0, 20.0)) == "S/N 20 is reached."
    assert forecast_words(night(1, math.nan, 20.0)) == "Nothing tells how many exposures S/N 20 needs."


def test_wanted_snr_and_error_are_shown_and_told(qtbot):
    view = ExposuresView()
    qtbot.addWidget(view)
    told = []
    view.snr_wanted.connect(lambda value: told.append(value))
    view.error_wanted.connect(lambda *pair: told.append(pair))
    state = night(2, 10.0, 40.5, 14.1)
    for name in WANTED_ERRORS:
        wanted = dataclasses.replace(state.denoise, wanted_label=name, wanted_error=0.125)
        view.show_state(dataclasses.replace(state, denoise=wanted))
        assert (view.wanted.value(), view.error.value(), view.label.currentData()) == (40.5, 0.125, name)
        assert told == []
        view.error.setValue(0.25)
        assert told.pop() == (name, 0.25) and not told
        view.label.activated.emit(view.label.currentIndex())
        assert told.pop() == (name, WANTED_ERRORS[name])
    view.wanted.setValue(33.0)
    assert told == [33.0]


def test_which_blaze_is_used(session):
    orders = make_echelle(3)

    def used(echelle):
        item = OpenSpectrum("s0", ("a.fits",), 0, echelle)
        session.update(spectra=(item,), selected_id="s0", chains={})
        found = blaze_in_use(session.state)
        return None if found is None else (found.kind, found.source)

    assert used(make_spectrum()) is None
    assert used(orders) == ("none", "it is left in the flux")
    assert used(orders.replace(meta={**orders.meta, "has_blaze": False}))[1] == "the file's orders hold none"


def test_a_marked_row_and_the_selected_spectrum_agree():
    items = tuple(OpenSpectrum(f"s{i}", ("a.fits",), i, make_spectrum()) for i in range(3))
    results = tuple(Result(f"r{i}", f"s{i}", make_prediction()) for i in (0, 1))
    state = AppState(
        spectra=items, results=results, selected_id="s0", selected_result_id="r0", selected_ids=("s0",)
    )
    assert agreeing(state, {"selected_result_id": "r1"})["selected_id"] == "s1"
    assert agreeing(state, {"selected_id": "s1"})["selected_result_id"] == "r1"
    assert agreeing(state, {"selected_id": "s2"})["selected_result_id"] == ""
    assert agreeing(state, {"selected_ids": ("s1", "s0", "gone")})["selected_ids"] == ("s1", "s0")
    assert agreeing(state, {"selected_id": "s2"})["selected_ids"] == ("s2",)
    assert agreeing(state, {"results": results[1:]})["selected_result_id"] == ""
    both = dataclasses.replace(state, selected_ids=("s0", "s1"))
    assert rows_to_select(both, results, results[:1]) == ("r0", "r1")
    assert rows_to_select(both, results, results) is None
    assert rows_to_select(both, results[1:], ()) == ("r1",)


def test_a_made_spectrum_gets_a_free_name_and_hides_the_others(session):
    assert [free_name("a", taken) for taken in (set(), {"a"}, {"a", "a 2"})] == ["a", "a 2", "a 3"]
    session.update(
        spectra=(OpenSpectrum("s0", ("a.fits",), 0, make_spectrum(), is_visible=True),), selected_id="s0"
    )
    made = add_derived(session, make_spectrum().with_meta(name="sum"), "Sum", snr=12.5)
    assert session.state.selected_id == made and session.state.selected.snr == 12.5
    assert session.undo_text == "Sum"
    beside = add_derived(session, make_spectrum().with_meta(name="sum"), "Sum", is_selected=False)
    assert session.state.selected_id == made and session.state.spectrum(beside).is_visible
    assert session.state.spectrum(beside).spectrum.name == "sum 2"


def test_painting_a_mask_says_how_many_pixels(session):
    spectrum = Spectrum(SpectralAxis(np.arange(5000.0, 5100.0), frame="rest"), np.ones(100))
    session.update(spectra=(OpenSpectrum("s0", ("a.fits",), 0, spectrum),), selected_id="s0")
    for tool, (start, stop), n_good, undo in (
        ("mask", (5009.5, 5019.5), 90, "Mask 10 pixels"),
        ("unmask", (5009.5, 5010.5), 91, "Count 1 pixel"),
    ):
        paint(session, session.state.selected, start, stop, tool)
        assert session.state.selected.spectrum.good.sum() == n_good
        assert session.undo_text == undo
    paint(session, session.state.selected, 5050.0, 5060.0, "unmask")
    assert session.notifications.messages[-1].text == "No pixel there changes."
    paint(session, session.state.selected, 4000.0, 6000.0, "mask")
    assert session.notifications.messages[-1].severity == "failure"
    assert session.state.selected.spectrum.good.sum() == 91


def test_a_measurement_survives_a_crash_with_its_error(tmp_path):
    row = make_measurement(object="HD 1", ew=0.512, e_ew=0.031, centre=5183.6)
    state = AppState(measurements=(Measurement("m0", "s0", None, row),))
    write_measurements(tmp_path, kept_measurements(state))
    (back,) = read_measurements(tmp_path)
    assert {name: back[name] for name in ("object", "ew", "e_ew", "centre")} == {
        "object": "HD 1", "ew": 0.512, "e_ew": 0.031, "centre": 5183.6,
    }  # fmt: skip


def test_the_line_at_velocity_zero_is_offered_from_the_view(qtbot, theme, monkeypatch):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.box.setXRange(6500.0, 6600.0, padding=0)
    offered = []

    def answer(parent, title, words, names, *rest):
        offered[:] = names
        return answers.pop(0)

    monkeypatch.setattr("spectragui.gui.view.velocity_line.QInputDialog.getItem", answer)
    answers = [
        ("H alpha 6562.80", True),
        ("5889.95", True),
        ("5889.95", False),
        ("nonsense", True),
        ("-5", True),
    ]
    units = [ask_line(plot, plot) for _ in range(5)]
    assert 6500.0 < float(offered[0].split()[-1]) < 6600.0
    assert [unit and (unit.name, unit.line_aa) for unit in units] == [
        ("velocity", 6562.80), ("velocity", 5889.95), None, None, None,
    ]  # fmt: skip


def test_offers_of_one_kind_become_one(session):
    notifications = session.notifications
    answered = []

    def make(things):
        return Offer(f"{len(things)} things", "hint", "Do", lambda: answered.append(things))

    first = notifications.offer("kind", ("a",), make)
    second = notifications.offer("kind", ("b", "a"), make)
    assert (second.number, second.text) == (first.number, "2 things")
    second.on_button()
    assert answered == [("a", "b")]
    notifications.withdraw("kind")
    third = notifications.offer("kind", ("c",), make)
    assert third.number != first.number and third.text == "1 things"


def test_points_on_the_curve_become_the_way(session):
    from spectragui.preprocessing.stages.continuum import Continuum

    stage = Continuum()
    wave = np.linspace(5000.0, 5080.0, 81)
    curve = SimpleNamespace(role="continuum", wavelength_aa=wave, values=2.0 + 0.01 * (wave - 5000.0))
    values = points_values(stage, ((5031.0, 9.0),), SimpleNamespace(curves=(curve,)))
    points = next(value for value in values.values() if isinstance(value, tuple))
    assert "points" in values.values() and (5031.0, 9.0) in points
    others = [point for point in points if point[1] != 9.0]
    assert [x for x, _ in others] == pytest.approx([5000, 5010, 5020, 5040, 5050, 5060, 5070, 5080])
    assert [y for _, y in others] == pytest.approx([2.0 + 0.01 * (x - 5000.0) for x, _ in others])


def test_flux_is_scaled_first_and_then_lifted():
    curve = curve_of(np.linspace(1.0, 2.0, 11))
    flux = np.array([4.0, 8.0, np.nan, 1e-9])
    np.testing.assert_allclose(curve.placed(0.5, 3.0).on_screen(flux), [5.0, 7.0, np.nan, 3.0])
    np.testing.assert_allclose(curve.placed(0.25, 3.0, 1e-3).on_screen(flux)[[0, 3]], [3.0, 0.0])
    assert curve.placed(1.0, 0.0).on_screen(flux) is flux
