"""What a walk on the real screen found untrue: words, signs, tabs, buttons and scales."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QMenu, QPushButton

from spectragui.core.errors import ReadError, TrainingError, UnitError
from spectragui.core.wording import MINUS, as_shown
from spectragui.gui.denoise.proof_card import DenoiseCard
from spectragui.gui.files.saving import stem_of
from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.forms.number_box import NumberBox, WholeNumberBox
from spectragui.gui.forms.verdict_words import as_sentence
from spectragui.gui.passport.header import HeaderPanel
from spectragui.gui.passport.panel import passport_rows
from spectragui.gui.plots.scaling import flux_label, place_curves
from spectragui.gui.session.option_words import note_with_control_names, with_control_names
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.command_lines import copy_command
from spectragui.gui.spectra.panel import SpectraPanel
from spectragui.gui.theme.rich_text import RichCheckBox
from spectragui.gui.training.made_forms import LabelTicks
from spectragui.gui.velocity.ccf_plot import CcfPlot
from tests.gui.conftest import make_spectrum
from tests.gui.test_exports_and_scales import curve_of, scales

RAMP = np.linspace(0.5, 1.5, 1001)


def test_a_difference_is_not_blown_up_by_its_median_nor_turned_over():
    noise = 0.01 * np.sin(np.arange(1001.0))
    star, other = curve_of("a", 2.0 * RAMP), curve_of("b", 7.0 * RAMP)
    nothing, below = curve_of("c", noise), curve_of("d", -5.0 * RAMP)
    placed, factor = place_curves([star, nothing], ["", ""], 0.0)
    assert scales(placed) == [1.0, 1.0] and factor == ""  # one unit: what is small is seen to be small
    placed, factor = place_curves([star, other, nothing, below], [""] * 4, 0.0)
    assert factor == "own" and "its median" not in flux_label([make_spectrum()], factor)
    sizes = [3.0, 10.5, 0.01, 7.5]  # of the largest flux
    heights = [scale * size for scale, size in zip(scales(placed), sizes, strict=True)]
    assert min(heights) >= 1.0 and max(heights) < 2.0  # and none is turned over
    here, factor = place_curves([star, nothing], ["", ""], 0.0, normalised_in=(5000.0, 5100.0))
    assert factor == "own" and scales(here)[1] * 0.01 < 1.1


def test_texts_have_their_signs_and_commands_none_that_a_shell_does_not_know(session):
    assert as_shown("masked, 4685.70 to 4745.44 A.") == "masked, 4685.70 to 4745.44 Å."
    assert as_shown("8079-12786 A: v = -3") == f"8079-12786 Å: v = {MINUS}3"
    assert as_shown("HD 186408 A: at 5400 A") == "HD 186408 A: at 5400 Å"
    copy_command(session, lambda: ["velocity", "--change", "convert velocity=-19.975"])
    message = session.notifications.messages[-1]
    assert message.shown_text == message.text and "velocity=-19.975" in message.shown_text
    assert session.notifications.note("v = -3 at 5400 A").shown_text == f"v = {MINUS}3 at 5400 Å"


def test_the_passport_writes_as_the_window_does_but_for_cards_of_headers():
    history = ("12 pixels masked by hand, 5000.10 to 5001.00 A.", "v = -19.975 km/s taken out, BERV = -19.9")
    rows = passport_rows(make_spectrum(history=history))
    said = [source for name, _, source in rows if name == "Done"]
    assert said == [
        "12 pixels masked by hand, 5000.10 to 5001.00 Å.",
        f"v = {MINUS}19.975 km/s taken out, BERV = -19.9",
    ]


def test_the_passport_writes_units_as_the_axis_does():
    for unit, said in (
        ("1e-17 erg / (Angstrom s cm2)", "10⁻¹⁷ erg Å⁻¹ s⁻¹ cm⁻²"),
        ("", "not known"),
        ("ct", "counts"),
    ):
        rows = {name: value for name, value, _ in passport_rows(make_spectrum().replace(flux_unit=unit))}
        assert rows["Flux unit"] == said


def test_a_note_names_the_control_not_the_option():
    note = "Extension 3 (SKY) of the same shape left out: --extension takes one instead."
    told = note_with_control_names(note)
    assert "--" not in told and "“Extension”" in told and "Open with options" in told
    assert note_with_control_names("All is well.") == "All is well."
    assert with_control_names("told by --error-column") == "told by “Error column”"
    from spectragui.inference.velocity.velocity_candidates import _no_template

    assert "--" not in with_control_names(str(_no_template([make_spectrum()])))
    assert "--" not in as_sentence("A file of a similar star can be given with --template.")
    rows = passport_rows(make_spectrum(notes=(note,)))
    assert not any("--" in text for row in rows for text in row)


@pytest.mark.parametrize(
    "error",
    [
        TrainingError("There is no checkpoint last.pt.", "Train without --resume."),
        TrainingError(
            "It cannot be continued.", "It is damaged or of another configuration: train without --resume."
        ),
        TrainingError("It does not resume.", "Start it without --resume."),
        ReadError("a.fits: no column is a flux", "Choose another flux with --flux-column or --extension."),
    ],
)
def test_a_failure_in_the_window_names_no_option_of_a_command(session, error):
    said = session.notifications.failure(error)
    assert "--" not in said.hint and said.hint != error.hint and said.hint[0].isupper()


def test_what_the_earths_motion_needs_is_told_in_the_windows_words(session):
    from spectragui.analysis.barycentric_correction import barycentric_velocity_of, exposure_of

    with pytest.raises(UnitError) as caught:
        barycentric_velocity_of(exposure_of(make_spectrum()))
    said = session.notifications.failure(caught.value)
    assert "--" not in said.hint and "header" in said.hint


def test_the_tab_that_was_in_front_is_in_front_when_files_are_opened_again(window, qtbot):
    session = window.session

    def open_one(name: str) -> None:
        session.update(spectra=(OpenSpectrum(name, (), 0, make_spectrum()),), selected_id=name)

    def front() -> set[str]:
        docks = window.docks._docks
        return {name for name in ("Axis passport", "Header") if not docks[name].visibleRegion().isEmpty()}

    open_one("a")
    for chosen in ("Axis passport", "Header"):
        window.docks.show_dock(chosen)
        qtbot.waitUntil(lambda chosen=chosen: front() == {chosen})
        window.docks._asked_for.clear()
        session.update(spectra=(), selected_id="")
        qtbot.waitUntil(lambda: not front())
        open_one(f"again {chosen}")
        qtbot.waitUntil(lambda chosen=chosen: front() == {chosen})


def test_a_button_is_not_lit_after_its_menu_was_closed_elsewhere(qtbot, theme):
    button = QPushButton("Convert")
    qtbot.addWidget(button)
    menu = QMenu(button)
    give_menu(button, menu)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)  # Qt tells it of no leaving
    button.move(3000, 3000)
    menu.aboutToHide.emit()
    assert not button.underMouse()


def test_no_button_gets_a_menu_by_itself(checkout):
    for path in (checkout / "spectragui" / "gui").rglob("*.py"):
        if path.name != "menu_button.py":
            assert ".setMenu(" not in path.read_text(encoding="utf-8"), path


def test_numbers_stand_right_in_their_boxes(qtbot, theme):
    for box in (NumberBox(), WholeNumberBox()):
        qtbot.addWidget(box)
        assert box.alignment() & Qt.AlignmentFlag.AlignRight
        assert box.lineEdit().textMargins().right() >= 4


def test_keywords_of_a_header_are_whole(session, qtbot):
    panel = HeaderPanel(session)
    qtbot.addWidget(panel)
    width = panel.table.horizontalHeader().sectionSize(0)
    for keyword in ("TELESCOP", "COMMENT", "INSTRUME", "XTENSION", "OBSERVAT"):
        assert panel.table.fontMetrics().horizontalAdvance(keyword) + 12 <= width


def test_a_file_takes_the_name_of_what_was_done():
    def stem(name: str, *files: str) -> str:
        return stem_of(OpenSpectrum("a", files, 0, make_spectrum().with_meta(name=name)))

    assert stem(f"a.fits {MINUS} HD 1") == "a_minus_HD_1"
    assert stem("a.fits / b.csv") == "a_over_b"
    assert stem("a.fits", "a.fits") == "a.fits"


def test_the_row_of_a_spectrum_that_was_saved_names_its_file(session, qtbot):
    panel = SpectraPanel(session)
    qtbot.addWidget(panel)
    made = OpenSpectrum("a", (), 0, make_spectrum().with_meta(name="a minus b"))
    session.update(spectra=(made,), selected_id="a")
    panel.apply(dataclasses.replace(session.state, spectra=()), session.state)
    before = session.state
    session.update(spectra=(made.replace(files=("/data/saved.fits",)),))
    panel.apply(before, session.state)
    top = panel.tree.topLevelItem(0)
    assert top.text(0) == "saved.fits" and top.toolTip(0) == "/data/saved.fits"


def test_a_note_with_room_for_two_letters_says_nothing(qtbot, theme):
    label = ElidedLabel(least_share=0.4)
    qtbot.addWidget(label)
    label.set_full_text("Click isolates, [ ] steps")
    whole = label.fontMetrics().horizontalAdvance(label.full_text)
    for width, starts in ((0.2 * whole, ""), (0.7 * whole, "Click"), (2.0 * whole, label.full_text)):
        label.resize(round(width), 20)
        label.set_full_text(label.full_text)
        assert label.text().startswith(starts) and bool(label.text()) == bool(starts)
    assert label.toolTip() == label.full_text


def test_labels_to_be_ticked_have_their_subscripts(qtbot, theme):
    ticks = LabelTicks()
    qtbot.addWidget(ticks)
    teff = ticks.ticks["teff"]
    assert isinstance(teff, RichCheckBox)
    plain = QCheckBox(teff.text(), ticks)
    plain.setChecked(teff.isChecked())
    for box in (teff, plain):
        box.resize(80, 24)
    assert teff.grab().toImage() != plain.grab().toImage()  # drawn, and not as plain text
    others = RichCheckBox("log g", ticks), QCheckBox("log g", ticks)
    for box in others:
        box.resize(80, 24)
    assert others[0].grab().toImage() == others[1].grab().toImage()


def test_pieces_of_a_spectrum_without_orders_are_not_called_orders(qtbot, theme):
    plot = CcfPlot(theme)
    qtbot.addWidget(plot)
    result = SimpleNamespace(found=SimpleNamespace(segments=(1, 2)), peak=None)
    plot._write_key(result, "stretches")
    assert [plot._key[role].toPlainText() for role in ("observed", "masked")] == [
        "All stretches together",
        "Each of 2 stretches",
    ]


@pytest.mark.parametrize(
    ("ends", "said"), [((4849.6, 4850.3), "removed 4850 Å"), ((4800.0, 4850.0), "4800–4850 Å")]
)
def test_a_region_of_no_width_is_one_number(qtbot, theme, ends, said):
    card = DenoiseCard()
    qtbot.addWidget(card)
    region = SimpleNamespace(kind="removed", start_aa=ends[0], stop_aa=ends[1], chi2=12.0, words="Removed.")
    assert said in card._region_button(region).text()


def test_columns_of_words_have_their_heads_above_them(session, qtbot):
    from spectragui.gui.training.labelled_form import LabelledForm
    from spectragui.gui.training.training_plan import TrainingPlan

    form = LabelledForm(session, TrainingPlan())
    qtbot.addWidget(form)
    assert form.columns.horizontalHeader().defaultAlignment() & Qt.AlignmentFlag.AlignLeft


def test_the_fields_of_the_data_page_begin_at_one_place(session, qtbot):
    from spectragui.gui.training.data_page import DataPage
    from spectragui.gui.training.training_plan import TrainingPlan

    page = DataPage(session, TrainingPlan())
    qtbot.addWidget(page)
    page.resize(800, 500)
    page.show()
    qtbot.waitExposed(page)
    fields = (page.start, page.source, page.labelled.table, page.labelled.chain)
    assert len({field.mapTo(page, field.rect().topLeft()).x() for field in fields}) == 1
