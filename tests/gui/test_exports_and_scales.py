"""Which rows are exported and where to, what counts say, and how curves of other sizes are placed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.table import Table
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog

from spectragui.core.flags import Flag
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.forms.export_path import TABLE_FORMATS, ask_path
from spectragui.gui.forms.tuple_text import tuple_from_text, tuple_to_text
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.curve import make_curve
from spectragui.gui.plots.scaling import (
    BELOW_FLOOR,
    curve_statistics,
    flux_label,
    is_other_scale,
    logarithmic_floor,
    place_curves,
    pretty_unit,
    y_limits,
)
from spectragui.gui.results import export_rows
from spectragui.gui.results.bar import ResultsBar
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS
from spectragui.gui.results.exporting import _on_written, write_rows
from spectragui.gui.results.table_model import ResultsModel
from spectragui.gui.session.state import OpenSpectrum, Result
from spectragui.gui.spectra.derived import add_derived, free_name
from tests.gui.conftest import make_spectrum
from tests.gui.predictions import make_prediction

X = np.linspace(5000.0, 5100.0, 1001)


def results_of(n):
    return tuple(Result(f"r{i}", f"s{i}", make_prediction(f"star {i}")) for i in range(n))


# --- exports ---


@pytest.mark.parametrize(
    ("n_shown", "n_selected", "proposed"),
    [(4, 0, None), (4, 1, 0), (4, 2, 2), (2, 1, 1), (2, 3, 1), (0, 2, 2)],
)
def test_rows_that_are_proposed_are_those_that_are_looked_at(
    qtbot, theme, monkeypatch, n_shown, n_selected, proposed
):
    every = results_of(4)
    asked = []

    def accept(dialog):
        asked.append(dialog.buttons.checkedId())
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(export_rows.ExportRowsDialog, "exec", accept)
    shown, selected = every[::-1][:n_shown], every[1 : 1 + n_selected]
    found = export_rows.ask_rows(every, shown, selected, None)
    assert asked == ([] if proposed is None else [proposed])
    assert found == (every, shown, selected)[proposed or 0]


def test_choices_count_their_rows_and_those_of_an_earlier_state():
    one, two, three = results_of(3)
    earlier = SimpleNamespace(is_of_earlier_state=True)
    assert export_rows.described(export_rows.RowChoice("All", (one, two, three))) == "All: 3 results"
    assert export_rows.described(export_rows.RowChoice("Shown", (one,))) == "Shown: 1 result"
    mixed = export_rows.RowChoice("Selected", (one, earlier, earlier))
    assert export_rows.described(mixed) == "Selected: 3 results, 2 of an earlier state"


@pytest.mark.parametrize("number", range(len(TABLE_FORMATS)))
def test_a_file_gets_the_suffix_of_the_chosen_format_and_its_folder_is_kept(
    session, qtbot, monkeypatch, tmp_path, number
):
    words, suffix = TABLE_FORMATS[number]
    seen = []

    def choose(_parent, title, first, filters):
        seen.append((title, first, filters.split(";;")[number]))
        return str(tmp_path / "mine"), f"{words} (*{suffix})"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    session.update(settings=session.state.settings.replace(export_folder="/old"))
    assert ask_path(session, None, "Export results", "results") == tmp_path / f"mine{suffix}"
    assert seen == [("Export results", str(Path("/old/results.ecsv")), f"{words} (*{suffix})")]
    assert session.state.settings.export_folder == str(tmp_path)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.fits"), f"{words} (*{suffix})")
    )
    assert ask_path(session, None, "x", "y") == tmp_path / "a.fits"  # what is typed counts
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert ask_path(session, None, "x", "y") is None


def test_every_row_is_written_and_counted(session, tmp_path):
    from spectragui.io.tables.tables import RESULTS_TABLE

    rows = tuple(one.prediction.row for one in results_of(3))
    assert write_rows(rows, RESULTS_TABLE, tmp_path / "out.ecsv", lambda *_: None) == 3
    assert [str(row["object"]) for row in Table.read(tmp_path / "out.ecsv")] == [
        "star 0", "star 1", "star 2",
    ]  # fmt: skip
    for n_rows, words in ((1, "1 result written to out.ecsv."), (3, "3 results written to out.ecsv.")):
        _on_written(session, Path("out.ecsv"), "result", n_rows)
        assert session.notifications.messages[-1].text == words


def test_the_bar_of_the_table_counts_what_is_shown_and_what_can_be_predicted_again(qtbot, theme):
    bar = ResultsBar(theme)
    qtbot.addWidget(bar)
    for shown, total, words in ((3, 7, "3 of 7"), (7, 7, "")):
        bar.show_count(shown, total)
        assert bar.count.text() == words
    for n_spectra, words in ((1, "Predict again"), (4, "Predict 4 again")):
        bar.show_again(n_spectra)
        assert bar.again.text() == words and not bar.again.isHidden()
    bar.show_again(0)
    assert bar.again.isHidden()
    bar.say("There is no column zz.")
    assert bar.problem.toolTip() == bar.problem.full_text == "There is no column zz."


def test_cells_tell_reasons_files_and_colours(qtbot, theme):
    model = ResultsModel(theme)
    flagged = Result("r0", "s0", make_prediction("edge", bits=int(Flag.LABEL_RANGE)))
    nameless = Result("r1", "s1", make_prediction(""))
    model.set_results((flagged, nameless), {"s1": "my star"})
    place = {column.key: number for number, column in enumerate(RESULT_TABLE_COLUMNS)}

    def cell(row, key, role=Qt.ItemDataRole.DisplayRole):
        return model.index(row, place[key]).data(role)

    tip, colour = Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole
    assert "Read with care" in cell(0, "verdict", tip) and "near the edge" in cell(0, "verdict", tip)
    assert cell(0, "verdict", colour).name() == theme.color("caution").name()
    assert cell(1, "verdict", colour).name() == theme.color("good").name()
    assert cell(0, "object", tip) == "/data/edge.fits" and cell(0, "teff", tip) is None
    assert (cell(0, "object"), cell(1, "object")) == ("edge", "my star")
    for number, column in enumerate(RESULT_TABLE_COLUMNS):
        heads = [
            model.headerData(number, Qt.Orientation.Horizontal, role)
            for role in (Qt.ItemDataRole.DisplayRole, tip)
        ]
        assert heads == [column.plain_header, column.tip]
        side = Qt.AlignmentFlag(cell(0, column.key, Qt.ItemDataRole.TextAlignmentRole))
        assert bool(side & Qt.AlignmentFlag.AlignRight) == column.is_number


# --- spectra that are made ---


def test_a_made_spectrum_has_a_name_of_its_own_and_its_own_noise(session):
    assert free_name("a", {"a", "a 2"}) == "a 3" and free_name("b", {"a"}) == "b"
    first = OpenSpectrum("s0", ("a.fits",), 0, make_spectrum(object="HD 1"), snr=30.0)
    session.update(spectra=(first,), selected_id="s0")
    made = add_derived(session, make_spectrum(object="HD 1"), "Make", is_selected=False, snr=77.0)
    item = session.state.spectra[-1]
    assert (item.id, item.name, item.snr, item.files) == (made, "HD 1 2", 77.0, ())
    assert session.state.selected_id == "s0" and session.undo_text == "Make"
    made = add_derived(session, make_spectrum(object="HD 1"), "Make")
    item = session.state.spectra[-1]
    assert item.name == "HD 1 3" and session.state.selected_id == made
    assert item.snr == pytest.approx(100.0, rel=0.1)  # by its errors of 0.01


# --- curves of other sizes ---


def curve_of(key, flux):
    return make_curve(key, Spectrum(SpectralAxis(X, medium="air"), flux), ANGSTROM)


def scales(curves):
    return [curve.scale for curve in curves]


def test_curves_of_other_sizes_or_units_are_drawn_by_their_medians():
    ramp = np.linspace(0.5, 1.5, 1001)
    alike = [curve_of("a", 2.0 * ramp), curve_of("b", 5.0 * ramp)]
    placed, factor = place_curves(alike, ["", ""], 0.0)
    assert scales(placed) == [1.0, 1.0] and factor == ""
    unlike = [curve_of("a", 2.0 * ramp), curve_of("b", 7.0 * ramp)]
    for curves, units in ((unlike, ["", ""]), (alike, ["", "Jy"])):
        placed, factor = place_curves(curves, units, 0.0)
        assert factor == "relative" and scales(placed) == pytest.approx(
            [1.0 / curve_statistics(curve).median for curve in curves]
        )
    placed, factor = place_curves([curve_of("a", 3e-17 * ramp)], ["Jy"], 0.0)
    assert scales(placed) == pytest.approx([1e17]) and factor == "10⁻¹⁷"
    for size, scale in ((0.02, 1.0), (99_000.0, 1.0), (2e5, 1e-5)):
        assert scales(place_curves([curve_of("a", size * np.ones(1001))], [""], 0.0)[0]) == [scale]
    here, factor = place_curves(alike, ["", ""], 0.0, normalised_in=(5000.0, 5010.0))
    assert factor == "here" and scales(here) == pytest.approx([1 / (2 * 0.55), 1 / (5 * 0.55)], rel=0.01)


def test_stacked_curves_stand_one_above_the_other_in_order():
    levels = [curve_of(str(i), 1.0 + 0.2 * np.sin(X)) for i in range(3)]
    placed, _ = place_curves(levels, [""] * 3, 1.0)
    low, high = 0.8, 1.2
    offsets = [curve.offset for curve in placed]
    assert offsets[0] == 0.0 and np.diff(offsets) == pytest.approx([high - low] * 2, rel=0.02)
    half, _ = place_curves(levels, [""] * 3, 0.5)
    assert [curve.offset for curve in half] == pytest.approx([0.5 * one for one in offsets])


def test_the_view_holds_lines_whole_leaves_spikes_out_and_room_for_labels():
    flux = np.ones(1001) + 0.01 * np.sin(X)
    flux[500] = 50.0
    low, high = y_limits((curve_of("a", flux),))
    assert 0.97 < low < 0.99 and 1.01 < high < 1.05
    dip = 1.0 - 0.5 * np.exp(-0.5 * np.square((X - 5050.0) / 3.0))
    low, high = y_limits((curve_of("a", dip),), height=400.0)
    span = high - 1.0
    assert low == pytest.approx(0.5 - 0.05 * 0.5, abs=0.01) and span == pytest.approx(
        0.5 * 0.065 / 0.935, rel=0.1
    )
    low, high = y_limits((curve_of("a", dip),), 5000.0, 5020.0)
    assert low > 0.9  # of a level: what is beside is not in the view
    assert is_other_scale((0.0, 1.0), (0.0, 3.0)) and not is_other_scale((0.0, 1.0), (0.0, 2.4))
    floor = logarithmic_floor([curve_of("a", np.linspace(2.0, 4.0, 1001))])
    assert floor == pytest.approx(2.0 * BELOW_FLOOR, rel=0.02)


def test_the_flux_axis_says_its_unit_and_factor():
    def spectrum(unit="", **meta):
        return dataclasses.replace(Spectrum(SpectralAxis(X), np.ones(1001), flux_unit=unit, meta=meta))

    assert flux_label([spectrum("Jy")], "10⁻³") == "Flux (10⁻³ Jy)"
    assert flux_label([spectrum(normalised=True)], "") == "Normalised flux"
    assert flux_label([spectrum(normalised=True), spectrum("Jy")], "relative") == "Flux / its median"
    assert flux_label([spectrum("Jy")], "here") == "Flux / its median in the view"
    assert flux_label([spectrum("Jy"), spectrum("ct")], "") == "Flux"
    assert [pretty_unit(unit) for unit in ("ct", "electron", "", "odd unit")] == [
        "counts",
        "electrons",
        "",
        "odd unit",
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value", "written"),
    [("ranges", "6590-6540; 1e3:2e3", ((6540.0, 6590.0), (1000.0, 2000.0)), "6540–6590, 1000–2000"),
     ("points", "5100 0.98, 5000: 1.023456", ((5000.0, 1.023456), (5100.0, 0.98)),
      "5000: 1.0235, 5100: 0.98"),
     ("numbers", "5001.23456, −3", (5001.23456, -3.0), "5001.2346, -3"),
     ("integers", "0, 5–7, 6", (0, 5, 6, 7), "0, 5, 6, 7")],
)  # fmt: skip
def test_lists_of_numbers_are_read_in_order_and_written_again(kind, text, value, written):
    assert tuple_from_text(text, kind) == value and tuple_to_text(value, kind) == written
