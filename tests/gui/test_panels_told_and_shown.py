"""Panels for denoising and generating by hand-made states: what is said, counted, drawn and asked for."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter, QStandardItemModel
from PySide6.QtWidgets import QLabel, QTableView

from spectragui.analysis.line_injection import LineInjection
from spectragui.core.labels import LABELS, LabelSet
from spectragui.gui.denoise import denoising
from spectragui.gui.denoise.between_exposures import (
    _on_failed,
    _with_exposure,
    exposures_of,
    forecast_words,
    night_words,
    snr_so_far,
)
from spectragui.gui.denoise.exposures import WANTED_ERRORS, ExposuresView
from spectragui.gui.denoise.fit_view import FitView
from spectragui.gui.denoise.fitting import error_forecast_words, fit_lines
from spectragui.gui.denoise.line_tools import LineTools, sister_words
from spectragui.gui.denoise.plot import ALONE_PARTS, DenoisePlot, NoiselessPlot, _curve, _region_row
from spectragui.gui.denoise.proof_card import DenoiseCard, snr_text
from spectragui.gui.generate.controls import MODES, GenerateControlsPanel
from spectragui.gui.generate.panel import GeneratePanel
from spectragui.gui.generate.sliders import SLIDERS, GenerateRows
from spectragui.gui.results.column_header import PADDING, SORT_MARK, HtmlHeader
from spectragui.gui.session.denoise_state import DenoiseState, Night
from spectragui.gui.session.generate_state import LABEL_FIELDS
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.inference.denoise.denoising_result import DenoiseOptions, LineChange
from spectragui.inference.denoise.line_trial import LineDeepening, SisterLine
from tests.gui.conftest import make_spectrum

MINUS = "\N{MINUS SIGN}"


def item(number, snr=20.0, **meta):
    return OpenSpectrum(f"s{number}", (f"{number}.fits",), 0, make_spectrum(**meta), snr=snr)


def night_of(n_items, snr=float("nan"), wanted=40.0, problem=""):
    items = tuple(item(number) for number in range(n_items))
    night = Night("HD 1", tuple(one.id for one in items[:n_items]), "sum", snr=snr, problem=problem)
    return AppState(spectra=(*items, item(9)), night=night, denoise=DenoiseState(wanted_snr=wanted))


# --- between exposures ---


def test_exposures_of_a_night_are_counted_and_forecast():
    one = night_of(1)
    assert snr_so_far(one) == 20.0 and night_words(one) == "HD 1: 1 exposure, S/N 20.0 a pixel."
    four = night_of(4, snr=38.5)
    assert snr_so_far(four) == 38.5 and [x.id for x in exposures_of(four)] == ["s0", "s1", "s2", "s3"]
    assert night_words(four) == "HD 1: 4 exposures, S/N 38.5 a pixel together."
    torn = night_of(2, snr=28.0, problem="The newest is torn.")
    assert night_words(torn) == "HD 1: 2 exposures, S/N 28.0 a pixel together. The newest is torn."
    # Four of S/N 20 make 40: twelve more make 80.
    assert forecast_words(night_of(4, snr=40.0, wanted=80.0)) == "12 more exposures like these for S/N 80."
    assert forecast_words(night_of(4, snr=40.0, wanted=40.0)) == "S/N 40 is reached."
    assert forecast_words(night_of(2, snr=math.nan)) == "Nothing tells how many exposures S/N 40 needs."
    assert night_words(AppState()) == forecast_words(AppState()) == error_forecast_words(AppState()) == ""


def test_an_exposure_of_another_star_begins_another_night(session):
    first = _with_exposure(None, item(0, object="HD 1"))
    same = _with_exposure(first.replace(problem="torn"), item(1, object="HD 1"))
    assert (same.star, same.exposure_ids, same.problem) == ("HD 1", ("s0", "s1"), "")
    other = _with_exposure(same, item(2, object="HD 2"))
    assert (other.star, other.exposure_ids, other.coadd_id) == ("HD 2", ("s2",), "")
    from spectragui.core.errors import ReadError

    session.update(night=same)
    _on_failed(session, "HD 2", ReadError("It is empty."))
    assert session.state.night is same
    _on_failed(session, "HD 1", ReadError("It is empty."))
    assert session.state.night.problem == "The newest is not in the sum: It is empty."


def test_each_label_offers_its_own_error_and_what_is_wanted_is_told(qtbot, theme):
    view = ExposuresView()
    qtbot.addWidget(view)
    told = []
    view.error_wanted.connect(lambda *wanted: told.append(wanted))
    view.snr_wanted.connect(told.append)
    for number, (name, error) in enumerate(WANTED_ERRORS.items()):
        view.label.setCurrentIndex(number)
        view.label.activated.emit(number)
        assert told[-1] == (name, error) and view.label.currentText().startswith(LABELS[name].plain_symbol)
    view.error.setValue(0.25)
    assert told[-1] == (name, 0.25)
    view.wanted.setValue(77.5)
    assert told[-1] == 77.5
    view.show_state(dataclasses.replace(night_of(4, snr=40.0, wanted=80.0)))
    assert view.forecast.text() == "12 more exposures like these for S/N 80." and view.wanted.value() == 80.0
    assert not view.forecast.isHidden() and view.sum_button.isHidden()
    view.show_state(AppState())
    assert view.said.text().startswith("Exposures that arrive") and view.forecast.isHidden()


# --- denoising ---


def test_what_is_told_of_one_spectrum_is_not_told_of_the_others(session, monkeypatch):
    started = []
    monkeypatch.setattr(
        session, "run", lambda key, work, spectra, **more: started.append((key, spectra, more))
    )
    items = tuple(item(number) for number in range(3))
    options = DenoiseOptions(model="pfs-dae", v_rad=-7.5)
    session.update(spectra=items, selected_id="s1", denoise=DenoiseState(options))
    denoising.denoise_many(session, ("s0", "s1", "s0"))
    ((key, spectra, more),) = started
    assert key == "denoise:s0|s1" and more["title"] == "Denoising 2 spectra"
    assert [(one, told.v_rad, told.model) for one, _, _, told in spectra] == [
        ("s0", None, "pfs-dae"), ("s1", -7.5, "pfs-dae"),
    ]  # fmt: skip
    assert denoising.is_denoising_of(SimpleNamespace(key=key), "s1")
    assert not denoising.is_denoising_of(SimpleNamespace(key=key), "s")
    denoising.denoise_many(session, ("s2",))
    assert started[-1][2]["title"] == f"Denoising {items[2].name}"


def test_spectra_that_fail_are_counted_and_the_first_is_named(session, monkeypatch):
    from spectragui.core.errors import ReadError

    items = tuple(item(number, object=f"HD {number}") for number in range(3))
    session.update(spectra=items, selected_id="s0")

    def batch(spectra, _options):
        names = [spectrum.meta["object"] for spectrum in spectra]
        return [ReadError("It is empty." if name == "HD 0" else f"{name} is torn.") for name in names]

    monkeypatch.setattr("spectragui.inference.denoise.denoise_batch.denoise_batch", batch)
    shares, parts = [], []
    spectra = tuple((one.id, one.name, one.spectrum, DenoiseOptions()) for one in items)
    denoising.run_denoisings(spectra, lambda part, _text="": shares.append(part), parts.append)
    assert shares == pytest.approx([0, 1 / 3, 2 / 3])
    assert [[one for one, _, _ in some] for some in parts] == [["s0"], ["s1"], ["s2"]]
    work = denoising._Work(session, items, True)
    for part in parts[1:]:
        work.keep(part)
    work.say_done()
    said, warned = session.notifications.messages[-2:]
    assert said.text == "1 of 3 spectra denoised."
    assert warned.text == "2 of 3 spectra could not be denoised."
    assert warned.hint == "The first: HD 1: HD 1 is torn." and "HD 2: HD 2 is torn." in warned.details


def change(name, wavelength, sigma, **more):
    values = {"ew_noisy": 1.0, "e_ew_noisy": 0.1, "ew_denoised": 1.2, "e_ew_denoised": 0.05, **more}
    return LineChange(name, wavelength, *values.values(), sigma)


def test_a_card_says_how_many_regions_and_how_white(qtbot, theme):
    card = DenoiseCard()
    qtbot.addWidget(card)
    regions = [
        SimpleNamespace(kind="invented", start_aa=8000.0 + i, stop_aa=8010.0 + i, chi2=float(i), words="w.")
        for i in range(7)
    ]
    card._show_regions(regions)
    texts = [label.text() for label in card._regions_box.findChildren(QLabel)]
    assert texts == ["and 2 more regions"]
    assert card.region_buttons[0].text() == "invented 8006–8016 Å, χ² 6.0"
    assert card.region_buttons[0].toolTip() == "w. Click to look at it."
    for before, after, words in ((19.96, 20.0, "20.0 → 20"), (math.nan, 8.04, "? → 8.0")):
        assert snr_text(SimpleNamespace(snr_before=before, snr_after=after)) == words
    card._show_lines([change("a", 8500.0, math.nan), change("b", 8600.0, -2.9), change("c", 8700.0, 3.1)])
    assert [text for text in card.line_texts if "σ" in text or text == "—"] == [
        "+3.1 σ !",
        f"{MINUS}2.9 σ",
        "—",
    ]


def test_a_fit_from_a_denoised_spectrum_says_what_was_held(qtbot, theme):
    verdict = SimpleNamespace(sentence="Read with care", reasons=("Hot.",))
    labels = LabelSet({"teff": 5012.3, "logg": 4.412}, {"teff": 31.0, "logg": 0.052})
    fit = SimpleNamespace(labels=labels, names=("teff",), verdict=verdict, messages=("Hot.", "Far."))
    found = SimpleNamespace(fit=fit, words="S/N 10.")
    assert fit_lines(found) == [
        "Teff 5012 ± 31 K", "log g 4.41 ± 0.05 dex (held)", "S/N 10.", "Read with care. Hot. Far.",
    ]  # fmt: skip
    view = FitView()
    qtbot.addWidget(view)
    view.show_denoising(SimpleNamespace(fit=found))
    shown = view.labels.text()
    assert shown.count("<br>") == 3 and "(held)" in shown and not view.labels.isHidden()
    view.set_running(True)
    assert view.button.text() == "Fitting …" and not view.button.isEnabled()


def test_a_line_to_try_is_the_one_that_was_chosen_with_each_of_its_numbers(qtbot, theme):
    tools = LineTools()
    qtbot.addWidget(tools)
    lines = (change("Ca II", 8500.0, 0.1), change("Na I", 8190.0, 0.2))
    shown = SimpleNamespace(denoised=SimpleNamespace(lines=lines), trial=None)
    tools.offer_wavelength(8432.4)
    assert tools.change == dataclasses.replace(LineInjection(), wavelength=8432)
    tools.offer_wavelength(9000.0)  # only in the place of one that nobody chose
    assert tools.change.wavelength == 8432
    tools.show_denoising(shown)
    tools.kinds.setCurrentIndex(denoising.DEEPEN)
    tools.lines.setCurrentIndex(1)
    tools.deepening.set_values(LineDeepening("", 2.5, 7.0))
    assert tools.change == LineDeepening("Na I 8190", 2.5, 7.0)
    tools.show_denoising(SimpleNamespace(denoised=SimpleNamespace(lines=lines[::-1]), trial=None))
    assert tools.lines.currentText() == "Na I 8190"
    moved = (SisterLine("Ca II", 8544.0, 2.6, True), SisterLine("Na I", 8190.0, -2.4, False),
             SisterLine("Ca II", 8664.0, 0.4, True))  # fmt: skip
    assert sister_words(SimpleNamespace(lines=moved)) == (
        "Sister lines, not touched: Ca II 8544 +2.6 σ (moved), Ca II 8664 +0.4 σ. "
        f"Others that moved by more than 2 σ: Na I 8190 {MINUS}2.4 σ (moved)."
    )
    assert sister_words(SimpleNamespace(lines=moved[2:])).endswith(
        "No other strong line moved by more than 2 σ."
    )


def test_curves_of_a_denoised_spectrum_keep_their_order_and_its_plot_its_room(qtbot, theme):
    x, values = np.array([3.0, 2.0, 1.0]), np.array([30.0, np.nan, 10.0])
    (trace,) = _curve("made", "generated", x, values).traces
    assert trace.x.tolist() == [1.0, 2.0, 3.0] and trace.mask.tolist() == [False, True, False]
    assert trace.flux[[0, 2]].tolist() == [10.0, 30.0]
    plot = DenoisePlot(theme)
    qtbot.addWidget(plot)
    assert (plot._parts(plot.apart), plot._parts(plot.residual)) == (ALONE_PARTS, 1.0)
    lower = NoiselessPlot(theme, "alone")
    qtbot.addWidget(lower)
    wave = np.linspace(5000.0, 5010.0, 101)
    lower.set_curves((_curve("d", "denoised", wave, 3.0 + 0.1 * (wave - 5000.0)),))
    lower.fit_y(5000.0, 5005.0)
    low, high = lower.box.viewRange()[1]
    assert (low, high) == pytest.approx((3.0 - 0.03, 3.5 + 0.03), abs=0.015)
    region = SimpleNamespace(start_aa=8000.0, stop_aa=8010.0, kind="removed", words="w")
    assert _region_row((region,), "vacuum").start_aa[0] == pytest.approx(8000.0)
    assert _region_row((region,), "air").start_aa[0] == pytest.approx(8002.2, abs=0.05)


# --- generating ---


def test_rows_of_sliders_have_their_instruments_boxes_and_ranges(qtbot, theme):
    rows = GenerateRows()
    qtbot.addWidget(rows)
    moved, free = [], []
    rows.moved.connect(lambda *told: moved.append(told))
    rows.free_changed.connect(free.append)
    low, high = SLIDERS["resolving_power"][:2]
    for index in range(rows.instruments.count()):
        power = rows.instruments.itemData(index)
        assert rows.instruments.itemText(index).endswith(f"  {power:,.0f}") and low <= power <= high
        rows.instruments.setCurrentIndex(index)
        rows.instruments.activated.emit(index)
        assert moved[-1] == ("resolving_power", float(power))
    rows.boxes["logg"].setChecked(not rows.boxes["logg"].isChecked())
    assert set(free[-1]) == {name for name, box in rows.boxes.items() if box.isChecked()}
    assert set(rows.boxes) == set(LABEL_FIELDS)
    for name, slider in rows.sliders.items():
        slider.value_changed.emit(slider.value)
        assert moved[-1] == (name, slider.value)


def test_the_axis_says_the_frame_and_the_velocity():
    request = SimpleNamespace(axis_frame="barycentric", v_rad=-12.5, frame="barycentric")
    panel, state = SimpleNamespace(), SimpleNamespace(request=request)
    words = GeneratePanel._axis_label(panel, SimpleNamespace(state=state, backdrop=None))
    assert words.startswith("Wavelength (Å, air, barycentric") and words.endswith(f", v = {MINUS}12.5 km/s)")
    over = SimpleNamespace(state=state, backdrop=SimpleNamespace(frame="observer"))
    assert "km/s" not in GeneratePanel._axis_label(panel, over)
    request.v_rad = 0.0
    assert "km/s" not in GeneratePanel._axis_label(panel, SimpleNamespace(state=state, backdrop=None))


def test_the_misfit_over_a_spectrum_is_in_per_cent_and_each_mode_is_one(session, qtbot):
    panel = GenerateControlsPanel(session)
    qtbot.addWidget(panel)
    session.changed.connect(panel.apply)
    star = item(0, object="HD 1")
    generate = dataclasses.replace(session.state.generate, is_over_observed=True)
    overlay = SimpleNamespace(rms=0.0123, rchi2=1.75)
    generation = SimpleNamespace(overlay=overlay, extrapolated=("Teff is 12000 K.",), backdrop=None)
    session.update(spectra=(star,), selected_id="s0", generate=generate, generation=generation)
    said = panel.fit_quality.text().replace("\N{NO-BREAK SPACE}", " ")
    assert "rms 1.23 %" in said and "reduced χ² 1.75" in said and panel.over.text() == "Over HD 1"
    assert panel.warning.text() == "! Extrapolated. Teff is 12000 K." and not panel.warning.isHidden()
    for index, (title, model, compares, samples) in enumerate(MODES):
        panel.modes.activated.emit(index)
        state = session.state.generate
        assert (state.request.model, state.compares, state.request.samples) == (model, compares, samples)
        assert panel.modes.currentText() == title
    for index in range(panel.presets.count()):
        preset = panel.presets.itemData(index)
        panel.presets.activated.emit(index)
        request = session.state.generate.request
        assert {name: getattr(request, name) for name in preset.labels} == dict(preset.labels)
        assert panel.presets.itemData(index, 3) == preset.source


# --- tables ---


def test_a_title_stands_in_the_middle_and_leaves_room_for_the_sort_mark(qtbot, theme):
    view = QTableView()
    qtbot.addWidget(view)
    model = QStandardItemModel(1, 2)
    for column, side in enumerate((Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)):
        model.setHeaderData(column, Qt.Orientation.Horizontal, int(side), Qt.ItemDataRole.TextAlignmentRole)
    header = HtmlHeader(["T<sub>eff</sub>", "III"], theme, view)
    view.setModel(model)
    view.setHorizontalHeader(header)
    rect = QRect(0, 0, 120, 40)
    assert (header._room(rect, 0).left(), header._room(rect, 0).right()) == (PADDING, 119 - PADDING)
    header.setSortIndicatorShown(True)
    header.setSortIndicator(1, Qt.SortOrder.AscendingOrder)
    assert header._room(rect, 1).right() == 119 - PADDING - SORT_MARK
    assert header._room(rect, 0).right() == 119 - PADDING
    wide = header._document(0).idealWidth()
    assert header.sectionSizeFromContents(0).width() == max(math.ceil(wide) + 2 * PADDING + SORT_MARK, 40)

    def ink_of(column):
        picture = QImage(120, 40, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        header.paintSection(painter, rect, column)
        painter.end()
        dark = theme.color("secondary").lightness() + 40
        return np.array(
            [[picture.pixelColor(x, y).lightness() < dark for x in range(120)] for y in range(3, 36)]
        )

    header.setSortIndicatorShown(False)
    rows = np.flatnonzero(ink_of(1).any(axis=1)) + 3
    columns = np.flatnonzero(ink_of(1)[:, 5:115].any(axis=0)) + 5
    assert abs(0.5 * (rows[0] + rows[-1]) - 20) <= 4  # in the middle of its height
    assert 119 - PADDING - 4 <= columns[-1] <= 119 - PADDING  # to the right
    left = np.flatnonzero(ink_of(0)[:, 3:115].any(axis=0)) + 3
    assert PADDING <= left[0] <= PADDING + 4


@pytest.mark.parametrize(("index", "told"), [(0, ""), (1, "optical-dae")])
def test_the_denoiser_that_is_suggested_is_left_to_be_suggested(session, index, told):
    from spectragui.gui.denoise.controls import DenoiseControlsPanel

    asked = []
    names = ["pfs-dae", "optical-dae"]
    panel = SimpleNamespace(
        models=SimpleNamespace(itemData=names.__getitem__), _suggested="pfs-dae", session=session,
        _on_options_edited=lambda name, options: asked.append((name, options.model)),
    )  # fmt: skip
    session.update(denoise=DenoiseState(DenoiseOptions(model="mine")))
    DenoiseControlsPanel._on_model_chosen(panel, index)
    assert asked == [("model", told)]
