"""Each control of the dialogs that no form made gives what was chosen; an unlisted one is an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.files.import_form import ReadingForm
from spectragui.gui.files.import_preview import found_words
from spectragui.gui.files.watch_chip import watch_words
from spectragui.gui.files.watch_folder import WatchFolderDialog
from spectragui.gui.forms.export_path import TABLE_FORMATS, ask_path
from spectragui.gui.passport.axis_preview import AxisPreview
from spectragui.gui.passport.convert_dialog import ConvertDialog
from spectragui.gui.passport.correct_dialog import CorrectDialog
from spectragui.gui.photometry.column_mapping_dialog import ColumnMappingDialog
from spectragui.gui.photometry.typed_objects_dialog import TypedObjectsDialog
from spectragui.gui.plots.go_to import GoToDialog, find_place
from spectragui.gui.plots.limits_dialog import LimitsDialog
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from spectragui.gui.session.state import AppState, OpenSpectrum, Watch
from spectragui.gui.spectra.combine_dialog import CombineDialog, ask_and_combine
from spectragui.gui.training.data_page import DataPage
from spectragui.gui.training.start_choices import start_choices
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.gui.velocity import dialog as velocity_dialog
from spectragui.io.catalogues import guess_mapping
from spectragui.io.survey import survey_file
from tests.gui.conftest import make_spectrum
from tests.gui.every_control import choose, controls_of

ITEM = OpenSpectrum("s0", ("/data/star.fits",), 0, make_spectrum())


@pytest.fixture
def plot(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.set_spectra([PlotSpectrum("a", make_spectrum(), "star")])
    return plot


def test_every_control_of_these_dialogs_is_here(qtbot, session, plot):
    session.update(spectra=(ITEM,), selected_id="s0")
    dialogs = {
        CorrectDialog: (CorrectDialog(ITEM, None), {"Unit", "Medium", "Frame"}),
        ConvertDialog: (
            ConvertDialog(ITEM, session.state, None),
            {"Unit of the converted axis", "Medium of the converted axis", "Frame",
             "Velocity to be taken out, positive = receding"},
        ),
        GoToDialog: (GoToDialog(plot, plot), {"Where to go"}),
        LimitsDialog: (LimitsDialog(plot, plot), {"x from", "x to", "y from", "y to"}),
        WatchFolderDialog: (
            WatchFolderDialog(session, None),
            {"Folder to watch", "Predict what arrives", "Open what is there already",
             "Denoise what arrives, and add the exposures of a star up"},
        ),
        TypedObjectsDialog: (TypedObjectsDialog("", None), {"Bands"}),
        CombineDialog: (
            CombineDialog(session.state, "ratio", None),
            {"Operation", "First spectrum", "Second spectrum", "Take denoised spectra: they are not data",
             "Airmass of the star over that of the standard"},
        ),
    }  # fmt: skip
    for kind, (dialog, names) in dialogs.items():
        qtbot.addWidget(dialog)
        assert set(controls_of(dialog)) == names, kind.__name__


def test_a_correction_is_exactly_what_was_chosen(qtbot, theme):
    for changed, index in (
        ("unit", 1),
        ("unit", 3),
        ("medium", 1),
        ("medium", 2),
        ("frame", 0),
        ("frame", 3),
    ):
        dialog = CorrectDialog(ITEM, None)
        qtbot.addWidget(dialog)
        before = vars(dialog.correction)
        box = getattr(dialog, changed)
        box.setCurrentIndex(index)
        now = vars(dialog.correction)
        assert {name for name in now if now[name] != before[name]} <= {changed}
        assert now[changed] == box.itemData(index)
        assert dialog._accept.isEnabled() == (now != before)


def test_the_preview_of_an_axis_follows_one_pixel(qtbot, theme):
    preview = AxisPreview(make_spectrum())
    qtbot.addWidget(preview)
    dialog = CorrectDialog(ITEM, None)
    qtbot.addWidget(dialog)
    from spectragui.analysis.axis_conversion import AxisConversion

    middle = 5000.0 + 0.05 * 198  # two pixels before the middle of 400
    preview.follow(AxisConversion(unit="nm"))
    assert preview.text() == (
        f"Now: {middle:.3f} Å, air, barycentric\nThen: {middle / 10:.4f} nm, air, barycentric"
    )
    preview.follow(AxisConversion(unit="cm-1"))
    now, then = preview.text().split("\n")
    vacuum = middle * 1.000278  # air to vacuum, to a part in a million
    assert now == f"Now: {middle:.3f} Å, air, barycentric"
    assert float(then.split()[1]) == pytest.approx(1e8 / vacuum, rel=3e-6)
    preview.follow(lambda spectrum: spectrum)
    assert preview.text().endswith("Nothing changes.")


def test_limits_are_typed_and_shown_in_the_numbers_of_the_axis(qtbot, plot):
    plot.box.setRange(xRange=(5002.0, 5012.0), yRange=(0.2, 1.2), padding=0)
    for is_logarithmic, shown in ((False, ("0.200", "1.200")), (True, None)):
        plot.set_logarithmic(is_logarithmic)
        plot.box.setRange(xRange=(5002.0, 5012.0), padding=0)
        if is_logarithmic:
            plot.box.setYRange(-1.0, 1.0, padding=0)
        dialog = LimitsDialog(plot, plot)
        qtbot.addWidget(dialog)
        texts = {axis: tuple(field.text() for field in pair) for axis, pair in dialog.fields.items()}
        assert texts["x"] == ("5002.00", "5012.00")
        if shown:
            assert texts["y"] == shown
        else:
            assert [float(text) for text in texts["y"]] == pytest.approx([0.1, 10.0])
        for axis, pair in (("x", ("5003", "5010.5")), ("y", ("0.5", "2"))):
            for field, text in zip(dialog.fields[axis], pair, strict=True):
                field.setText(text)
        dialog.accept()
        x, y = plot.box.viewRange()
        assert x == pytest.approx([5003.0, 5010.5])
        assert y == pytest.approx(np.log10([0.5, 2.0]) if is_logarithmic else [0.5, 2.0])


def test_a_place_is_gone_to_with_as_much_about_it_as_is_said(qtbot, plot, theme):
    wide = SpectrumPlot(theme)
    qtbot.addWidget(wide)
    wavelength = np.linspace(5000.0, 6000.0, 2001)
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    wide.set_spectra([PlotSpectrum("a", Spectrum(axis, np.ones(2001)), "star")])
    assert find_place("5500", wide) == pytest.approx((5490.0, 5510.0))
    assert find_place("5500 - 5520.5", wide) == pytest.approx((5500.0, 5520.5))
    low, high = find_place("Na D2", wide) if not isinstance(find_place("Na D2", wide), str) else (0.0, 0.0)
    if high:
        assert 0.5 * (low + high) == pytest.approx(5889.95, abs=0.1)
        assert (high - low) / 5889.95 * 299_792.458 == pytest.approx(1000.0, rel=1e-3)
    wide.set_x_range(5100.0, 5140.0)
    assert find_place("5500", wide) == pytest.approx((5480.0, 5520.0))  # as narrow as the view is
    assert "reach from 5000 to 6000 Å" in find_place("7000", wide)


def test_a_watched_folder_is_told_each_tick(qtbot, session, tmp_path):
    for ticked in ("predicts", "denoises", "takes_present"):
        session.update(settings=session.state.settings.replace(watch_predicts=False, watch_denoises=False))
        dialog = WatchFolderDialog(session, None)
        qtbot.addWidget(dialog)
        dialog.folder.setText(str(tmp_path))
        getattr(dialog, ticked).click()
        dialog.accept()
        watch = session.state.watch
        assert watch.folder == str(tmp_path)
        assert [name for name in ("predicts", "denoises", "takes_present") if getattr(watch, name)] == [
            ticked
        ]
        settings = session.state.settings
        assert (settings.watch_predicts, settings.watch_denoises) == (
            ticked == "predicts",
            ticked == "denoises",
        )
    assert watch_words(Watch("/x", n_opened=7, n_failed=2)) == "7 new, 2 not readable"
    assert watch_words(Watch("/x", n_opened=7)) == "7 new"
    assert watch_words(Watch("/x", problem="gone")) == "not reachable"


def test_two_spectra_are_combined_in_the_order_and_with_the_airmass_that_were_chosen(
    qtbot, session, monkeypatch
):
    spectra = [
        make_spectrum(airmass=airmass).with_meta(object=name) for name, airmass in (("a", 1.5), ("b", 1.0))
    ]
    items = tuple(OpenSpectrum(f"s{i}", (f"{i}.fits",), 0, one) for i, one in enumerate(spectra))
    session.update(spectra=items, selected_id="s0")
    dialog = CombineDialog(session.state, "ratio", None)
    qtbot.addWidget(dialog)
    assert [one.id for one in dialog.pair] == ["s0", "s1"]
    choose(dialog.first, 1)
    choose(dialog.second, 0)
    assert [one.id for one in dialog.pair] == ["s1", "s0"] and dialog._accept.isEnabled()
    choose(dialog.second, 1)
    assert not dialog._accept.isEnabled()
    asked = []
    module = "spectragui.gui.spectra.combine_dialog"
    monkeypatch.setattr(
        f"{module}.combine_spectra",
        lambda _s, operation, first, second, exponent, takes_denoised: asked.append(
            (operation, first.id, second.id, exponent, takes_denoised)
        ),
    )

    def accept(dialog):
        dialog.exponent.setValue(1.234)
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(CombineDialog, "exec", accept)
    for operation, exponent in (("ratio", None), ("telluric", 1.234)):
        ask_and_combine(session, None, operation)
        assert asked[-1] == (operation, "s0", "s1", exponent, False)


def test_each_row_of_the_import_form_says_its_own_option(qtbot, theme, tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("\n".join(f"{500 + 0.1 * i:.1f} {100 + i} 4.0 1" for i in range(30)))
    from spectragui.io.reading.read_options import ReadOptions

    form = ReadingForm(survey_file(path), ReadOptions())
    qtbot.addWidget(form)
    assert {"wavelength_column", "flux_column", "unit", "medium", "frame", "error_column"} <= set(
        form.controls
    )
    for name, box in form.controls.items():
        for index in range(1, box.count()):
            before = vars(form.options)
            box.setCurrentIndex(index)
            now = vars(form.options)
            assert {key for key in now if now[key] != before[key]} <= {name}, name
            assert now[name] == box.itemData(index), name
        box.setCurrentIndex(0)
    box = form.controls["flux_column"]
    assert [box.itemData(index) for index in range(1, 5)] == ["1", "2", "3", "4"]  # as a user counts
    box.setCurrentIndex(2)
    assert form.taken[1] == "flux"
    found = found_words(make_spectrum())
    assert found == {"unit": "Å", "medium": "air", "frame": "barycentric"}


COLUMNS = ["ID", "F365W", "dF365W", "F396W", "dF396W", "F427W", "dF427W", "mass", "zb"]


def test_the_mapping_of_a_catalogue_is_exactly_what_was_chosen(qtbot, theme):
    guess = guess_mapping(COLUMNS)
    dialog = ColumnMappingDialog("field.csv", COLUMNS, guess, lambda bands: guess, {"zb": "0.1, 0.2"}, [])
    qtbot.addWidget(dialog)
    start = dialog.mapping
    for box, field, index in ((dialog.mass_scale, "mass_scale", 2), (dialog.mass_scale, "mass_scale", 1)):
        choose(box, index)
        now = dialog.mapping
        assert getattr(now, field) == box.itemData(index)
        assert {n for n in vars(now) if vars(now)[n] != vars(start)[n]} <= {field}
    choose(dialog.mass_scale, 0)
    choose(dialog.kind, 1)
    choose(dialog.flux_unit, 1)
    now = dialog.mapping
    assert (now.kind, now.flux_unit) == (
        "fluxes",
        dialog.flux_unit.itemData(1),
    ) and dialog.flux_unit.isEnabled()
    choose(dialog.kind, 0)
    assert dialog.mapping == start
    box = dialog.box_of("z")
    box.setCurrentIndex(box.findData("zb"))
    assert dict(dialog.mapping.columns) == {**start.columns, "z": "zb"}
    row = next(row for row in range(dialog.table.rowCount()) if dialog._role(row) == "z")
    assert dialog.table.item(row, 2).text() == "0.1, 0.2"


def test_the_range_and_the_templates_of_a_velocity_are_those_chosen(qtbot, session, monkeypatch):
    monkeypatch.setattr(velocity_dialog.VelocityDialog, "measure", lambda self: None)
    session.update(spectra=(ITEM,), selected_id="s0")
    dialog = velocity_dialog.VelocityDialog(session, None)
    qtbot.addWidget(dialog)
    assert dialog.options.range_aa is None and dialog.options.template == ""
    for low, high, wanted in (
        (0.0, 5100.0, (0.0, 5100.0)),
        (5000.0, 5100.0, (5000.0, 5100.0)),
        (5000.0, 0.0, (5000.0, 60000.0)),
    ):
        dialog.low.setValue(low)
        dialog.high.setValue(high)
        assert dialog.options.range_aa == wanted
    for index in range(1, dialog.template.count() - 1):
        choose(dialog.template, index)
        assert dialog.options.template == dialog.template.itemData(index)
    dialog._leave()


def test_a_training_takes_its_data_as_they_were_told(qtbot, session, tmp_path):
    page = DataPage(session, TrainingPlan())
    qtbot.addWidget(page)
    form, start = page.labelled, page.plan_with(TrainingPlan())
    form.same_shape.click()
    assert page.plan_with(TrainingPlan()).same_shape is not start.same_shape
    page.folder.setText(str(tmp_path))
    assert page.plan_with(TrainingPlan()).folder == str(tmp_path)
    form.chain.setCurrentIndex(1)
    assert page.plan_with(TrainingPlan()).chain == form.chain.itemData(1) != start.chain
    form._show_columns(["name", "teff", "logg_x"])
    page.boxes["logg"].setCurrentIndex(page.boxes["logg"].findData("logg_x"))
    plan = page.plan_with(TrainingPlan())
    assert plan.columns["logg"] == "logg_x" and plan.labels == ("teff", "logg")
    page.ticks["teff"].click()
    assert page.plan_with(TrainingPlan()).labels == ("logg",)
    for index in range(page.source.count()):
        page.source.setCurrentIndex(index)
        assert page.plan_with(TrainingPlan()).source == page.source.itemData(index)
    for index, choice in enumerate(start_choices()):
        page.start.setCurrentIndex(index)
        plan = page.plan_with(TrainingPlan())
        assert (plan.kind, plan.base, plan.preset) == (choice.kind, choice.base, choice.preset)


@pytest.mark.parametrize("number", range(len(TABLE_FORMATS)))
def test_a_name_without_a_suffix_gets_that_of_the_chosen_format(session, monkeypatch, tmp_path, number):
    words, suffix = TABLE_FORMATS[number]
    told = (str(tmp_path / "mine"), f"{words} (*{suffix})")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: told)
    assert ask_path(session, None, "Export", "results") == tmp_path / f"mine{suffix}"
    assert session.state.settings.export_folder == str(tmp_path)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.csv"), told[1]))
    assert ask_path(session, None, "Export", "results") == tmp_path / "a.csv"


def test_preferences_keep_every_field_that_was_changed(session, monkeypatch, qtbot):
    from PySide6.QtWidgets import QDialog

    from spectragui.gui.forms.parameter_form import ParameterForm
    from spectragui.gui.shell.preferences import ask_preferences

    def accept(dialog):
        form = dialog.findChild(ParameterForm)
        for name, value in (("predict_on_open", True), ("restore_session", False)):
            assert form.editors[name].control.isChecked() is not value
            form.editors[name].control.click()
        form.editors["device"].control.setCurrentText("cpu")
        form.editors["theme"].control.setCurrentText("dark")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(QDialog, "exec", accept)
    ask_preferences(session, None)
    settings = session.state.settings
    assert (settings.predict_on_open, settings.restore_session) == (True, False)
    assert (settings.device, settings.theme) == ("cpu", "dark") and session.theme.is_dark
    assert Path(settings.export_folder) == Path("") and isinstance(AppState(settings=settings), AppState)
    assert QApplication.instance() is not None
