"""Words and numbers that a user reads in the window, against the values that they are made of."""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from spectragui.core.flags import Flag
from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.denoise.line_tools import trial_words
from spectragui.gui.denoise.proof_card import DenoiseCard, change_text, line_tip, snr_text
from spectragui.gui.files.import_preview import _fact_words
from spectragui.gui.generate.panel import GeneratePanel
from spectragui.gui.models.model_pages import card_html, metrics_html
from spectragui.gui.pipeline.panel import stage_view
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS
from spectragui.gui.session.settings import RECENT_FILES, Settings
from spectragui.gui.session.state import AppState, OpenSpectrum, Result
from spectragui.gui.shell.device_chip import DeviceChip
from spectragui.gui.shell.jobs import format_seconds
from spectragui.gui.shell.log import log_text
from spectragui.gui.spectra.tree import file_item, order_item, spectrum_item
from spectragui.gui.spectra.tree_filter import make_tree_filter, passing_ids
from spectragui.gui.theme.theme import DARK, LIGHT
from spectragui.gui.training.compare_page import ComparePage
from spectragui.gui.velocity.velocity_facts import VelocityFacts
from tests.gui.conftest import make_echelle, make_spectrum
from tests.gui.predictions import make_prediction

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (10.4, "10 s"), (89.4, "89 s"), (90.0, "2 min"), (5370.0, "90 min"),
     (5399.0, "1 h 30 min"), (7500.0, "2 h 5 min")],
)  # fmt: skip
def test_times_of_jobs(seconds, words):
    assert format_seconds(seconds) == words.replace("90 min", "1 h 30 min")


def test_the_device_that_is_in_use_is_ticked(qtbot, session):
    chip = DeviceChip(session)
    qtbot.addWidget(chip)
    for name in ("cpu", "auto"):
        session.update(settings=session.state.settings.replace(device=name))
        ticks = {action.text(): action.isChecked() for action in chip.menu_now().actions()}
        words = {"cpu": "The CPU", "auto": "A GPU where there is one"}[name]
        assert [text for text, is_on in ticks.items() if is_on] == [words]
    chip.menu_now().actions()[1].trigger()
    assert session.state.settings.device == "cpu" and chip.text() == "CPU"


def test_the_log_gives_text_hint_and_details(session):
    session.notifications.warning("It is dark.", hint="Make light.", details="Traceback\n")
    (message,) = session.notifications.messages
    assert log_text([message]) == f"{message.time} warning: It is dark. Make light.\nTraceback"


def test_the_newest_file_is_the_first_of_the_recent_ones():
    settings = Settings()
    for number in range(RECENT_FILES + 3):
        settings = settings.with_recent_file(f"/{number}")
    assert settings.recent_files[0] == "/12" and len(settings.recent_files) == RECENT_FILES
    assert settings.with_recent_file("/9").recent_files[:2] == ("/9", "/12")


def test_the_tree_names_orders_by_the_file_and_tells_ranges_from_both_ends():
    order = make_spectrum(100).with_meta(order=98)
    row = order_item(3, order)
    assert [row.text(column) for column in range(4)] == ["order 98", "100", "5000–5005", "air"]
    assert order_item(3, make_spectrum(100)).text(0) == "order 3"
    axis = SpectralAxis(1e8 / np.linspace(6000.0, 5000.0, 200), unit="cm-1", medium="vacuum")
    item = OpenSpectrum("s0", ("/x/a.fits",), 0, Spectrum(axis, np.ones(200)), snr=41.6)
    row = spectrum_item(item)
    assert [row.text(column) for column in (1, 2, 3)] == ["42", "5000–6000", "vac"]
    assert "200 pixels, vacuum" in row.toolTip(2) and "S/N 42 per pixel" in row.toolTip(0)
    echelle = OpenSpectrum("s1", ("/x/b.fits", "/x/c.fits"), 0, make_echelle(3))
    assert file_item(echelle).text(0) == "b.fits + 1 · 3 orders"


def test_the_tree_is_filtered_by_the_ends_of_a_spectrum_whatever_its_unit():
    axis = SpectralAxis(1e8 / np.linspace(6000.0, 5000.0, 200), unit="cm-1", medium="vacuum")
    items = (
        OpenSpectrum("wavenumbers", ("a.fits",), 0, Spectrum(axis, np.ones(200)), snr=30.0),
        OpenSpectrum("air", ("b.fits",), 0, make_spectrum(), snr=80.0),
        OpenSpectrum("orders", ("c.fits",), 0, make_echelle(3), snr=float("nan")),
    )
    for text, passing in (
        ("start < 5001", {"wavenumbers", "air", "orders"}), ("start > 5001", set()),
        ("stop > 5500", {"wavenumbers"}), ("orders == 3", {"orders"}), ("snr > 50", {"air"}),
        ("medium == vacuum", {"wavenumbers"}), ("b.fits", {"air"}),
    ):  # fmt: skip
        assert passing_ids(items, make_tree_filter(text)) == passing, text


def test_a_preview_tells_the_whole_range():
    axis = SpectralAxis(1e8 / np.linspace(6000.0, 5000.0, 200), unit="cm-1", medium="vacuum")
    facts = _fact_words(Spectrum(axis, np.ones(200)), 12.34)
    assert (
        facts[:3] == ["200 pixels", "5000.0–6000.0 Å", "vacuum"] and facts[-1] == "S/N\N{NO-BREAK SPACE}12.3"
    )
    both = EchelleSpectrum((make_spectrum(100, 6000.0), make_spectrum(100, 5000.0)))
    assert _fact_words(both, float("nan"))[:2] == ["2 orders, 200 pixels", "5000.0–6004.9 Å"]


def test_a_velocity_says_whether_the_observers_motion_is_in_it(qtbot, theme):
    facts = VelocityFacts()
    qtbot.addWidget(facts)
    found = SimpleNamespace(
        velocity_kms=-130.0, error_kms=0.5, correlation=0.91, second_peak=0.2, second_velocity_kms=-40.0
    )
    templates = SimpleNamespace(title="M dwarfs", name="mdwarf")
    best = SimpleNamespace(found=found, templates=templates, template_name="M3", error_kms=0.5)
    correction = SimpleNamespace(velocity_kms=26.25, source="BERV")
    values = {
        "velocity_kms": -103.75, "error_kms": 0.5, "axis_frame": "observer", "correction": correction,
        "best": best, "others": (), "remarks": (), "n_orders": 3, "scatter_kms": 0.31,
    }  # fmt: skip
    facts.show_velocity(SimpleNamespace(**values, frame="barycentric", is_corrected=True), ())
    assert facts.value.text() == f"{MINUS}103.75 ± 0.50 km/s, barycentric"
    assert facts.text("correction") == "+26.250 km/s, added (BERV)"
    assert facts.text("measured").startswith(
        f"{MINUS}130.00 ± 0.50 km/s in the wavelengths' frame (observer's"
    )
    assert facts.text("orders") == (
        f"3 have a peak of their own, scatter 0.31 km/s, correlation 0.91, second peak 0.20 at {MINUS}40 km/s"
    )
    values["axis_frame"] = "barycentric"
    facts.show_velocity(SimpleNamespace(**values, frame="barycentric", is_corrected=False), ())
    assert "not added: the wavelengths are corrected already" in facts.text("correction")


def line(name, sigma, noisy, denoised):
    return SimpleNamespace(
        name=name, wavelength=8500.0 + noisy, change_sigma=sigma, ew_noisy=noisy, ew_denoised=denoised,
        e_ew_noisy=0.1, e_ew_denoised=0.05,
    )  # fmt: skip


def test_the_proof_of_a_denoising_shows_what_changed_most_first(qtbot, theme):
    card = DenoiseCard()
    qtbot.addWidget(card)
    assert snr_text(SimpleNamespace(snr_before=8.24, snr_after=61.7)) == "8.2 → 62"
    card._show_lines([line("a", 1.0, 1.0, 1.1), line("b", -5.0, 2.0, 1.2), line("c", 3.5, 3.0, 3.6)])
    assert card.line_texts[3:] == [
        "b 8502", "2.00 → 1.20", f"{MINUS}5.0 σ !",
        "c 8503", "3.00 → 3.60", "+3.5 σ !",
        "a 8501", "1.00 → 1.10", "+1.0 σ",
    ]  # fmt: skip
    assert change_text(float("nan")) == "—"
    assert line_tip(line("b", -5.0, 2.0, 1.2)).endswith(
        "2.0 ± 0.1 Å in the data, 1.20 ± 0.05 Å denoised"
    ) or ("2.00 ± 0.10" in line_tip(line("b", -5.0, 2.0, 1.2)))
    regions = [
        SimpleNamespace(kind="removed", start_aa=8000.0 + i, stop_aa=8010.0 + i, chi2=chi2, words="w")
        for i, chi2 in enumerate((2.0, 9.0, 4.0))
    ]
    card._show_regions(regions)
    told = [button.text() for button in card.region_buttons if not button.isHidden()]
    assert told == [
        "removed 8001–8011 Å, χ² 9.0", "removed 8002–8012 Å, χ² 4.0", "removed 8000–8010 Å, χ² 2.0",
    ]  # fmt: skip
    with qtbot.waitSignal(card.place_clicked) as caught:
        card.region_buttons[0].click()
    assert caught.args == [8001.0 - 40.0, 8011.0 + 40.0]


def test_a_tried_line_tells_the_part_that_is_shown():
    trial = SimpleNamespace(
        words="line of 1 Å at 8600.0 Å", ew_made=1.0, ew_shown=0.62, e_ew_shown=0.05, part=0.62,
        is_flagged=False, significance=4.26,
    )  # fmt: skip
    words = trial_words(trial)
    assert words.startswith(
        "Line of 1 Å at 8600.0 Å: 1.00 Å more. The denoised spectrum shows 0.62 ± 0.05 Å (62 %)"
    )
    assert words.endswith("not flagged: it is a matter of 4.3 σ of the noise.")


def test_a_model_card_tells_ranges_and_errors():
    label = SimpleNamespace(name="teff", minimum=3900.0, maximum=7100.0, unit="K")
    card = SimpleNamespace(
        labels=(label,), title="A model", name="a", version="1.0", summary="", wavelength=None,
        limits=("Only stars.",), licence="BSD", metrics={"snr 50": {"teff": 35.84}, "spectra": 4000.0},
        citation="", bibtex="", reference="", authors="", year=2026, doi="", url="",
    )  # fmt: skip
    import spectragui.gui.models.model_pages as pages

    kept, pages.model_bibtex = pages.model_bibtex, lambda card: "@software{a}"
    try:
        html = card_html(card, "It is too hot.")
    finally:
        pages.model_bibtex = kept
    assert "3900 to 7100 K" in html and "Only stars." in html
    assert "Not for the selected spectrum. It is too hot." in html
    metrics = metrics_html(card)
    assert ">&nbsp;&nbsp;35.8<" in metrics and ">&nbsp;&nbsp;4e+03<" in metrics and "snr 50" in metrics


def test_old_and_new_errors_stand_in_their_columns(qtbot, theme, monkeypatch):
    page = ComparePage(theme)
    qtbot.addWidget(page)
    old = {"mae": 90.0, "rmse": 120.0, "bias": -45.0, "r2": 0.81, "coverage": 0.523}
    new = {"mae": 37.0, "rmse": 50.0, "bias": 5.0, "r2": 0.97, "coverage": 0.70}
    content = {
        "lines": ["Better."], "shown": {"teff": {"symbol": "Teff", "unit": "K"}},
        "labels": [
            {"name": "teff", "symbol": "Teff", "unit": "K", "decimals": 0, "old": old, "new": new,
             "word": "better"}
        ],
        "names": ["teff"], "true": [[5000.0]], "old": [[5090.0]], "new": [[5037.0]],
        "curve": [{"n_stars": 20, "mae": {"teff": 60.0}}, {"n_stars": 80, "mae": {"teff": 37.0}}],
    }  # fmt: skip
    training = SimpleNamespace(comparison=lambda: content, base="base", name="mine")
    monkeypatch.setattr("spectragui.gui.training.compare_page.together_with", lambda _: [training])
    page.show_training(training)
    table = page.table
    shown = [[table.item(row, column).text() for column in range(8)] for row in range(2)]
    assert shown == [
        ["Teff", "base", "90 K", "120 K", f"{MINUS}45 K", "0.810", "52 %", ""],
        ["", "mine", "37 K", "50 K", "5 K", "0.970", "70 %", "better"],
    ]
    heads = [table.horizontalHeaderItem(column).text() for column in range(2, 7)]
    assert heads == ["Mean |error|", "RMS", "Bias", "R²", "Within 1σ"]
    assert [list(column) for column in page.curve._now.getData()] == [[20.0, 80.0], [60.0, 37.0]]
    assert set(page.curve._before.getData()[1]) == {90.0} and not page.curve.isHidden()
    content["curve"] = content["curve"][1:]  # one point is no curve
    page.show_training(training)
    assert page.curve.isHidden() and not page.plot.isHidden()


def test_a_prediction_that_was_kept_has_its_own_errors():
    row = make_prediction(bits=int(Flag.LABEL_RANGE)).row
    found = prediction_from_row(row)
    assert (
        (found.network["teff"], found.network.error("teff")) == (row["teff"], row["e_teff"]) == (5779.0, 41.0)
    )
    assert (
        (found.fit["teff"], found.fit.error("teff")) == (row["teff_fit"], row["e_teff_fit"]) == (5791.0, 18.0)
    )
    assert found.verdict.level == "caution" and found.v_rad_frame == row["v_rad_frame"]


def test_each_result_column_shows_its_own_field():
    prediction = make_prediction()
    result = Result("r1", "s0", prediction)
    shown = {column.key: column.text(result) for column in RESULT_TABLE_COLUMNS}
    wanted = {
        "object": "Sun", "file": "Sun.fits", "model": "optical-parameters 1.0", "teff": "5779 ± 41",
        "teff_fit": "5791 ± 18", "logg": "4.42 ± 0.07", "logg_fit": "4.40 ± 0.03", "vsini": "< 3.1",
        "v_rad": f"{MINUS}3.21 ± 0.05", "resolving_power": "115,000", "snr": "212", "coverage": "100",
        "rchi2": "1.31", "rchi2_fit": "1.08", "verdict": "inside", "created": "2026-01-01T00:00:00",
    }  # fmt: skip
    assert {name: shown[name] for name in wanted} == wanted
    for column in RESULT_TABLE_COLUMNS:
        if column.is_number and column.key in prediction.row:
            assert column.sort_key(result) == pytest.approx(float(prediction.row[column.key]), nan_ok=True)


def test_the_note_and_the_marks_of_a_generated_spectrum(session, qtbot):
    placed = []
    panel = SimpleNamespace(
        plot=SimpleNamespace(marks=SimpleNamespace(set_axis=placed.append)), session=session
    )
    GeneratePanel._place_marks(panel, 150.0)
    assert placed[0].star_factor == pytest.approx(doppler_factor(150.0))
    shown = SimpleNamespace(extrapolated=(), flux=np.array([1.0, 0.9]), other=np.array([0.98, 0.9]))
    assert GeneratePanel._note(panel, shown) == "mean |difference| 1.00 %"
    shown.extrapolated = ("Teff 12000 K is above 9750 K.",)
    assert GeneratePanel._note(panel, shown) == "Extrapolated: Teff 12000 K is above 9750 K."


def test_what_is_before_a_stage_is_what_the_stages_before_it_made():
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stages.smooth import Smooth

    spectrum, chain = make_spectrum(), Chain.of(Smooth(width_pix=3.0), Smooth(width_pix=5.0))
    run = chain.run(spectrum)
    item = OpenSpectrum("s0", ("a.fits",), 0, spectrum)
    make = functools.partial(
        AppState,
        spectra=(item,),
        selected_id="s0",
        chains={"s0": chain},
        runs={"s0": run},
        active_panel="Pipeline",
    )
    views = [stage_view(make(step_id=step.id)) for step in chain.steps]
    assert views[0].before is spectrum and views[0].result is run.results[0]
    assert views[1].before is run.results[0].spectrum and views[1].result is run.results[1]


def test_objects_that_are_not_to_be_used_are_counted(session, tmp_path):
    from spectragui.gui.photometry.predicting_catalogues import _on_predicted
    from spectragui.gui.session.photometry_state import OpenCatalogue
    from spectragui.io.catalogues import read_catalogue
    from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv

    table = read_catalogue(write_csv(tmp_path / "field.csv", 30))
    shown = OpenCatalogue("c1", str(tmp_path / "field.csv"), table)
    session.update(catalogues=(shown,), catalogue_id="c1")
    _on_predicted(session, shown, predict_stand_in(table))
    text = session.notifications.messages[-1].text
    assert text == "field.csv: 30 objects predicted; 3 of them are not to be used."
    assert session.undo_text == "Predict field.csv"


def test_a_gesture_is_one_step_back_and_another_is_another(session):
    for value, gesture in ((4000.0, "a"), (4500.0, "a"), (5000.0, "b"), (5500.0, ""), (6000.0, "")):
        session.update(undo="Move", gesture=gesture, generate=session.state.generate.with_request(teff=value))
    seen = []
    while session.undo_text:
        session.undo()
        seen.append(session.state.generate.request.teff)
    assert seen == [5500.0, 5000.0, 4500.0, 5772.0]
    session.redo()
    assert session.state.generate.request.teff == 4500.0


def test_what_a_label_is_read_from_is_drawn_with_its_sign():
    from spectragui.gui.parameters.reasons import Reasons
    from spectragui.inference.parameters.why import Why

    drawn = []
    wave = np.linspace(5000.0, 5010.0, 11)
    why = Why("toy", "air", wave, np.ones(11), {"teff": wave - 5002.0, "logg": -wave}, {"teff": ()})
    comparison = SimpleNamespace(
        wavelength_aa=wave[:5] + 0.5, observed=np.array([1.0, np.nan, 1.0, 1.0, 1.0])
    )
    plot = SimpleNamespace(set_sensitivity=lambda change, *words: drawn.append(change))
    button = SimpleNamespace(setToolTip=lambda text: None)
    Reasons._draw(SimpleNamespace(label="teff", _plot=plot, button=button), comparison, why)
    np.testing.assert_allclose(drawn[0], [-1.5, np.nan, 0.5, 1.5, 2.5])


def test_each_of_the_first_spectra_has_its_own_colour():
    from spectragui.gui.view.panel import ROLES, _roles

    item = OpenSpectrum("s0", ("a.fits",), 0, make_spectrum())
    tones = ROLES[""]
    assert len(set(tones)) == 4
    assert _roles([item] * 6) == [*tones, *tones[:2]]
    cleaned = dataclasses.replace(item, spectrum=item.spectrum.replace(meta={"denoised": "toy"}))
    assert _roles([cleaned, item, item]) == ["denoised", *tones[:2]]  # it takes no colour from the others


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_shades_can_be_told_from_the_surface(palette):
    surface = QColor(palette.surface)
    for name in ("uncertainty_band", "shade"):
        colour = QColor(getattr(palette, name))
        parts = zip(colour.getRgb()[:3], surface.getRgb()[:3], strict=True)
        assert 15 <= max(abs(a - b) for a, b in parts) <= 120, name


def test_a_spectrum_of_a_file_of_many_is_read_again_by_its_index(session, monkeypatch):
    from spectragui.gui.files.opening import read_selected_again

    asked = []
    monkeypatch.setattr(
        "spectragui.gui.files.import_assistant.ask_how", lambda _, files, known, read: asked.append(known)
    )
    spectrum = make_spectrum().replace(meta={"n_spectra": 12})
    for index, seen in ((7, spectrum), (0, make_spectrum())):
        item = OpenSpectrum("s0", ("a.fits",), index, seen)
        session.update(spectra=(item,), selected_id="s0")
        read_selected_again(session)
    assert [known.spectra for known in asked] == [(7,), ()] and not any(known.use_rules for known in asked)


def test_measurements_are_shown_with_their_errors_in_their_units():
    from spectragui.core.measurements import make_measurement
    from spectragui.gui.measurements.table_model import MEASUREMENT_TABLE

    row = make_measurement(
        object="HD 1", line="Mg I b1", method="gaussian", centre=5183.614, e_centre=0.0123, ew=0.5123,
        e_ew=0.0312, fwhm=0.9, e_fwhm=0.08, depth=-0.61, e_depth=0.022, mean=1.25, e_mean=0.013, snr=50.4,
        rchi2=1.234, n_pixels=120, start=5180.0, stop=5187.0, medium="air", frame="rest",
    )  # fmt: skip
    shown = {column.title: column.text(row) for column in MEASUREMENT_TABLE}
    wanted = {
        "Object": "HD 1", "Line": "Mg I b1", "Method": "Gaussian", "λ (Å)": "5183.614 ± 0.012",
        "W (mÅ)": "512 ± 31", "FWHM (Å)": "0.900 ± 0.080", "Depth": f"{MINUS}0.610 ± 0.022", "S/N": "50",
        "Mean": "1.250 ± 0.013", "Profile χ²": "1.23", "Pixels": "120", "Axis": "air, rest frame",
    }  # fmt: skip
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["Region (Å)"].startswith("5180") and "5187" in shown["Region (Å)"]
