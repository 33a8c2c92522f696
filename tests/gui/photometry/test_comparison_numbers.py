"""Comparisons with a catalogue's own values: which objects count, with which sign, in which plot."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog, QMenu

from spectragui.core.photometry import band_set
from spectragui.gui.photometry import exporting_predictions
from spectragui.gui.photometry.column_mapping_dialog import ColumnMappingDialog
from spectragui.gui.photometry.comparisons import COMPARISONS, Comparison, compare
from spectragui.gui.photometry.kept_mappings import MOST_KEPT, remember, remembered
from spectragui.gui.photometry.object_card import LEAST_SECOND, second_peak
from spectragui.gui.photometry.one_to_one_plot import OneToOnePlot
from spectragui.gui.photometry.redshift_pdf_plot import RedshiftPdfPlot
from spectragui.gui.photometry.sample_plots import SamplePlots
from spectragui.gui.photometry.typed_objects import read_typed, told_words
from spectragui.gui.photometry.typed_objects_dialog import TypedObjectsDialog
from spectragui.gui.session.photometry_state import OpenCatalogue
from spectragui.gui.session.settings import Settings
from spectragui.io.catalogues import read_catalogue
from spectragui.io.catalogues.catalogue_mapping import guess_from_columns
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv

MINUS = "\N{MINUS SIGN}"


def catalogue_of(reference, found, magnitude=None):
    """Return a catalogue of values alone: what it says, and what was predicted."""
    n = len(next(iter(found.values())))
    table = SimpleNamespace(
        reference={name: np.asarray(values, float) for name, values in reference.items()},
        reference_magnitude=np.full(n, 20.0) if magnitude is None else np.asarray(magnitude, float),
    )
    return SimpleNamespace(
        table=table, result=SimpleNamespace(columns={k: np.asarray(v) for k, v in found.items()})
    )


ROWS = np.arange(6)


def test_a_redshift_that_is_too_high_has_a_positive_bias():
    z = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
    off = np.array([0.01, 0.01, 0.01, 0.01, 0.01, 0.5])  # in units of 1 + z
    found = compare(catalogue_of({"z": z}, {"z": z + off * (1 + z), "p_star": np.zeros(6)}), "redshift", ROWS)
    assert found.agreement.bias == pytest.approx(0.01) and found.agreement.outliers == pytest.approx(1 / 6)
    assert found.note.startswith("σ(NMAD) 0.0000 · bias 0.0100 · outliers 16.7 % (> 0.15)")
    assert found.note.endswith("6 galaxies")
    low = compare(catalogue_of({"z": z}, {"z": z - 0.01 * (1 + z), "p_star": np.zeros(6)}), "redshift", ROWS)
    assert f"bias {MINUS}0.0100" in low.note


def test_who_is_a_galaxy_is_said_by_the_catalogue_else_by_the_prediction():
    z = np.linspace(0.1, 1.1, 6)
    p_star = np.array([0.0, 0.9, 0.0, np.nan, 0.5, 0.51])
    by_network = compare(catalogue_of({"z": z}, {"z": z, "p_star": p_star}), "redshift", ROWS)
    assert by_network.rows.tolist() == [0, 2, 3, 4]
    said = {"z": z, "star": [1, 0, 0, np.nan, 1, 0]}
    by_catalogue = compare(catalogue_of(said, {"z": z, "p_star": p_star}), "redshift", ROWS)
    assert by_catalogue.rows.tolist() == [1, 2, 3, 5]
    assert compare(catalogue_of(said, {"z": z, "p_star": p_star}), "redshift", ROWS[:1]).why_empty


def test_masses_stars_and_types_by_hand():
    mass = np.array([9.0, 9.5, 10.0, 10.5, 11.0, np.nan])
    zeros = np.zeros(6)
    found = compare(catalogue_of({"log_mass": mass}, {"log_mass": mass - 0.2, "p_star": zeros}), "mass", ROWS)
    assert found.note == f"scatter 0.00 dex · bias {MINUS}0.20 dex · 5 galaxies"
    star = [1, 1, 0, 0, 0, np.nan]
    p_star = np.array([0.9, 0.4, 0.1, 0.2, 0.8, 0.9])
    magnitude = [20.1, 20.2, 20.3, 20.4, 21.2, 21.3]
    found = compare(catalogue_of({"star": star}, {"p_star": p_star}), "stars", ROWS)
    assert found.confusion.counts.tolist() == [[2, 1], [1, 1]] and found.classes == ("galaxy", "star")
    assert found.note.startswith("60.00 % right") and found.note.endswith("5 objects")
    many = {name: np.repeat(values, 10) for name, values in (("s", star), ("p", p_star), ("m", magnitude))}
    counted = catalogue_of({"star": many["s"]}, {"p_star": many["p"]}, many["m"])
    found = compare(counted, "counts", np.arange(60))
    galaxies, stars = found.counts
    assert galaxies.edges.tolist() == [20.0, 20.5, 21.0, 21.5]
    np.testing.assert_allclose(galaxies.completeness[[0, 2]], [1.0, 0.0])
    np.testing.assert_allclose(galaxies.purity[0], 2 / 3)
    np.testing.assert_allclose(stars.completeness[0], 0.5)
    np.testing.assert_allclose(stars.purity[[0, 2]], [1.0, 0.0])
    assert found.note == "P(star) > 0.5 · 20 stars, 30 galaxies"
    types = {"type": [1, 1, 1, 2, 2, 0]}
    found = compare(
        catalogue_of(types, {"spectral_type": np.array([1, 1, 2, 2, 2, 1]), "p_star": zeros}), "types", ROWS
    )
    assert found.note == "balanced accuracy 83.3 % · 5 galaxies"
    assert found.confusion.counts[0].tolist()[:2] == [2, 1]
    own = compare(
        catalogue_of({"type": [5.5] * 6}, {"spectral_type": np.ones(6), "p_star": zeros}), "types", ROWS
    )
    assert "scale of their own" in own.why_empty


@pytest.fixture
def plots(qtbot, theme):
    plots = SamplePlots(theme)
    qtbot.addWidget(plots)
    return plots


def test_each_plot_tells_its_own_quantity_and_marks_its_own_object(plots):
    ranges, rows = [], []
    plots.range_selected.connect(lambda *told: ranges.append(told))
    plots.row_clicked.connect(rows.append)
    for number, key in enumerate(("redshift", "mass")):
        x = np.array([0.2, 0.5, 0.9])
        plots.show_comparison(
            Comparison(key, f"note {key}", x=x, y=x, rows=np.array([7, 3, 11])), 3, "F814W", None
        )
        plot = plots.plot(key)
        assert plots._pages.currentWidget() is plot and plots.note.full_text == f"note {key}"
        assert plot.cloud._mark.getData()[0].tolist() == [0.5]
        plots.mark(11)
        assert plot.cloud._mark.getData()[0].tolist() == [0.9]
        plots.mark(8)
        assert plot.cloud._mark.getData()[0].size == 0
        plot.range_selected.emit(0.25, 0.75)
        plot.row_clicked.emit(number)
    assert ranges == [("z", 0.25, 0.75), ("log_mass", 0.25, 0.75)] and rows == [0, 1]
    for key, (title, _needed) in COMPARISONS.items():
        plots.show_comparison(Comparison(key, why_empty=f"No {key}."), 0, "F814W", None)
        assert plots._pages.currentWidget() is plots.empty
        assert plots.empty._title.text() == title and plots.empty._text.text() == f"No {key}."
        plots.choose(key)
        assert plots.chooser.currentText() == title and plots.chooser.currentData() == key


def test_a_plot_of_points_shows_all_of_them_and_one_of_a_redshift_its_peaks(qtbot, theme):
    plot = OneToOnePlot(theme, "redshift")
    qtbot.addWidget(plot)
    x = np.linspace(0.1, 1.1, 1001)
    plot.show_comparison(Comparison("redshift", x=x, y=x + 0.1, rows=np.arange(1001)), 0)
    for low, high in plot.box.viewRange():
        assert -0.05 < low < 0.1 and 1.2 < high < 1.35
    pdf = RedshiftPdfPlot(theme)
    qtbot.addWidget(pdf)
    z = np.linspace(0.0, 1.5, 301)
    values = np.exp(-0.5 * np.square((z - 0.4) / 0.02)) + 0.1 * np.exp(-0.5 * np.square((z - 0.8) / 0.02))
    pdf.show_pdf(z, values, (0.38, 0.42), ((0.4, "z"), (0.8, "second"), (1.2, "cat")))
    low, high = pdf.box.viewRange()[0]
    assert 0.2 < low < 0.34 and 1.2 < high < 1.32
    assert pdf.box.viewRange()[1] == pytest.approx([0.0, 1.15 * values.max()])
    # A label stands on the side of its line where there is room.
    assert [line.label.anchors[0][0] for line in pdf._lines] == [0.0, 1.0, 1.0]
    pdf.show_pdf(z, values, (0.38, 0.42), ((0.4, "z"), (float("nan"), ""), (float("nan"), "")))
    low, high = pdf.box.viewRange()[0]
    assert 0.2 < low < 0.34 and 0.85 < high < 0.95  # down to a thousandth of the peak
    assert [line.isVisible() for line in pdf._lines] == [True, False, False]


@pytest.mark.parametrize(("weight", "is_named"), [(LEAST_SECOND, True), (0.029, False), (0.5, True)])
def test_a_second_peak_is_named_from_three_per_cent(weight, is_named):
    catalogue = catalogue_of({}, {"z_second": [0.1, 0.7], "p_second": [0.9, weight]})
    assert second_peak(catalogue, 1) == ((0.7, weight) if is_named else None)
    assert second_peak(catalogue_of({}, {"z_second": [np.nan], "p_second": [0.9]}), 0) is None


def test_a_typed_magnitude_without_an_error_is_not_taken_for_one_with():
    text = "F365W 23.1 0.12\nF489W 22.5 ± 0.05\nF613W 99 25.1\nF814W: 20.0, 0.02\n"
    table = read_typed(text, "alhambra")
    names = list(table.band_set.names)
    for name, value, error in (("F365W", 23.1, 0.12), ("F489W", 22.5, 0.05), ("F814W", 20.0, 0.02)):
        at = names.index(name)
        assert (table.magnitudes[0, at], table.errors[0, at]) == pytest.approx((value, error))
    assert table.limits[0, names.index("F613W")] == pytest.approx(25.1)
    assert told_words(table) == f"1 object, 3 of {len(names)} bands detected."
    from spectragui.gui.photometry.typed_objects import _as_table

    assert _as_table("F365W 23.1\nF489W 22.5 0.05", "alhambra").splitlines() == [
        "F365W,e_F365W,F489W,e_F489W", "23.1,,22.5,0.05",
    ]  # fmt: skip
    assert _as_table("F365W 23.1 0.1 7", "alhambra") == "" and _as_table("F365W", "alhambra") == ""


def test_another_band_set_brings_its_own_template_and_leaves_what_was_typed(qtbot, theme):
    dialog = TypedObjectsDialog()
    qtbot.addWidget(dialog)
    dialog.bands.setCurrentIndex(dialog.bands.findData("jpas"))
    dialog.bands.activated.emit(dialog.bands.currentIndex())
    assert dialog.text.toPlainText().split() == list(band_set("jpas").names)
    dialog.text.setPlainText("J0395 20 0.1")
    dialog.bands.activated.emit(dialog.bands.currentIndex())
    assert dialog.text.toPlainText() == "J0395 20 0.1"


def test_the_newest_columns_are_remembered_first_and_the_oldest_forgotten():
    settings, columns = (
        Settings(),
        [["ID", "F814W", "dF814W", f"x{number}"] for number in range(MOST_KEPT + 2)],
    )
    for names in columns:
        settings = remember(settings, names, guess_from_columns(names, {}, "alhambra"))
    assert len(settings.catalogue_mappings) == MOST_KEPT
    assert remembered(settings.catalogue_mappings, columns[0]) is None
    assert remembered(settings.catalogue_mappings, columns[1]) is None
    assert remembered(settings.catalogue_mappings, columns[-1][::-1]) is not None
    other = dataclasses.replace(guess_from_columns(columns[5], {}, "alhambra"), mass_scale="linear")
    again = remember(settings, columns[5], other)
    assert remembered(again.catalogue_mappings, columns[5]).mass_scale == "linear"
    assert remembered(again.catalogue_mappings, columns[6]).mass_scale == ""
    assert len(again.catalogue_mappings) == MOST_KEPT


@pytest.mark.parametrize(
    ("n_shown", "n_selected", "proposed"),
    [(10, 1, None), (10, 3, 2), (4, 1, 1), (4, 3, 1), (0, 0, 0), (0, 2, 2)],
)
def test_what_is_proposed_for_an_export_is_what_was_chosen_last(
    qtbot, theme, monkeypatch, n_shown, n_selected, proposed
):
    asked = []

    def accept(dialog):
        buttons = dialog.buttons
        asked.append((buttons.checkedId(), [button.text() for button in buttons.buttons()]))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(exporting_predictions.ExportObjectsDialog, "exec", accept)
    shown, selected = np.arange(n_shown)[::-1], np.arange(n_selected) + 5
    rows = exporting_predictions._ask_rows(10, shown, selected, None)
    choices = (np.arange(10), shown, selected)
    if proposed is None:
        assert asked == [] and rows.tolist() == list(range(10))
        return
    assert asked[0][0] == proposed and rows.tolist() == choices[proposed].tolist()
    assert asked[0][1][0] == "All: 10 objects" and asked[0][1][1].startswith(f"Shown: {n_shown} object")


def test_columns_are_shown_with_their_first_values_and_what_is_missing_is_said(qtbot, theme):
    columns = ["ID", "m1", "e1", "m2", "e2", "m3", "e3"]
    samples = {name: f"values of {name}" for name in columns}
    mapping = guess_from_columns(columns, {}, "alhambra")
    remarks = [f"remark {number}" for number in range(6)]
    dialog = ColumnMappingDialog("a.csv", columns, mapping, lambda _set: mapping, samples, remarks)
    qtbot.addWidget(dialog)
    assert dialog.remarks.text().splitlines() == [*remarks[:4], "… and 2 more."]
    bands = band_set("alhambra").names[:3]

    def values_of(role):
        row = next(row for row in range(dialog.table.rowCount()) if dialog._role(row) == role)
        return dialog.table.item(row, 2).text()

    for number, band in enumerate(bands, start=1):
        assert not dialog._accept.isEnabled() and "at least" in dialog.problem.text()
        dialog.box_of(band).setCurrentText(f"m{number}")
        assert values_of(band) == f"values of m{number}" and values_of(f"e_{band}") == ""
    assert dialog.problem.text() == f"Say which columns hold their errors: {', '.join(bands)} have none."
    for number, band in enumerate(bands, start=1):
        dialog.box_of(f"e_{band}").setCurrentText(f"e{number}")
    assert dialog._accept.isEnabled() and dialog.problem.text() == ""
    dialog.kind.setCurrentIndex(dialog.kind.findData("fluxes"))
    dialog.kind.activated.emit(0)
    assert dialog.problem.text() == "Say in which unit the fluxes are." and dialog.flux_unit.isEnabled()
    dialog.flux_unit.setCurrentIndex(dialog.flux_unit.findData("nJy"))
    dialog.flux_unit.activated.emit(0)
    assert dialog._accept.isEnabled() and dialog.mapping.flux_unit == "nJy"
    dialog.filter_field.setText(f"{bands[1]} error")
    seen = [dialog._role(row) for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
    assert seen == [f"e_{bands[1]}"]


def test_a_column_that_was_opened_stays_open_and_one_that_was_closed_stays_closed(qtbot, theme, tmp_path):
    from spectragui.gui.photometry.catalogue_columns import table_columns
    from spectragui.gui.photometry.table_view import CatalogueView

    table = read_catalogue(write_csv(tmp_path / "field.csv", 12))
    catalogue = OpenCatalogue("c1", "/data/field.csv", table, predict_stand_in(table))
    columns = table_columns(catalogue)
    columns = (*columns[:3], dataclasses.replace(columns[3], is_shown=False), *columns[4:])
    view = CatalogueView(theme)
    qtbot.addWidget(view)
    view.show_catalogue(columns, np.arange(12))
    closed = next(column for column in columns if not column.is_shown)
    shown = next(column for column in columns if column.is_shown and column.key != columns[0].key)
    menu = QMenu()
    view.fill_columns_menu(menu)
    actions = dict(enumerate(menu.actions()))
    ticks = [action.isChecked() for action in menu.actions()]
    assert ticks == [column.is_shown for column in columns]
    assert [a.toolTip() for a in menu.actions()] == [column.tip for column in columns]
    actions[columns.index(closed)].setChecked(True)
    actions[columns.index(shown)].setChecked(False)
    for _ in range(2):  # at once, and when the catalogue is shown again
        keys = [column.key for column in view.shown_columns]
        assert closed.key in keys and shown.key not in keys
        view.show_catalogue(columns, np.arange(12))
    menu.deleteLater()
