"""The import assistant, through its real widgets: what is said is seen, then read, then remembered."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from astropy.io import fits
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from spectragui.core.spectrum import orders_of
from spectragui.gui.files.import_assistant import ReadingDialog
from spectragui.gui.files.import_rules_dialog import ImportRulesDialog
from spectragui.gui.files.opening import open_files, read_selected_again, say_if_rules_are_damaged
from spectragui.gui.shell.notification_bar import MessageBar
from spectragui.io import ReadOptions
from spectragui.io.import_rules import add_rule, load_rules, make_rule, rules_path, save_rules
from spectragui.io.rule_match import RuleMatch
from tests.gui.conftest import write_fits
from tests.gui.top_windows import top_windows


def wait_idle(qtbot, session):
    qtbot.waitUntil(
        lambda: not [job for job in session.tasks.active_jobs if job.key != "look:open-files"], timeout=20000
    )


def write_table(path, instrument="MYSPEC"):
    """Write a table whose columns tell nothing: wavelength [nm], counts, variance, good."""
    x = np.linspace(500.0, 520.0, 300)
    good = np.ones(300, "i4")
    good[:10] = 0
    arrays = {"c1": x, "c2": 100 + 10 * np.sin(x), "c3": np.full(300, 4.0)}
    columns = [fits.Column(name, "D", array=array) for name, array in arrays.items()]
    table = fits.BinTableHDU.from_columns([*columns, fits.Column("c4", "J", array=good)])
    primary = fits.PrimaryHDU()
    primary.header["INSTRUME"] = instrument
    fits.HDUList([primary, table]).writeto(path)
    return path


@pytest.fixture
def assistant(session, qtbot):
    """Return a function that opens the assistant on a file and waits until it has looked into it."""
    dialogs = []

    def open_on(path, options=ReadOptions()):  # noqa: B008 - frozen
        dialog = ReadingDialog(session, [str(path)], options, None)
        dialog.chosen.connect(functools.partial(open_files, session, replaces=True))
        dialogs.append(dialog)
        dialog.show()
        wait_idle(qtbot, session)
        return dialog

    yield open_on
    for dialog in dialogs:
        dialog.close()
        dialog.deleteLater()


def choose(qtbot, dialog, **values):
    for name, value in values.items():
        box = dialog.form.controls[name]
        assert box.findData(value) >= 0, f"{value!r} is not offered for {name}"
        box.setCurrentIndex(box.findData(value))
    qtbot.waitUntil(lambda: not dialog._timer.isActive())
    wait_idle(qtbot, dialog._session)


def test_two_possible_units_are_asked(session, qtbot, assistant, tmp_path):
    """The message leads to the assistant, which names both readings; the chosen one is read."""
    path = tmp_path / "atlas.txt"
    numbers = np.linspace(18500.0, 20000.0, 400)
    flux = 1.0 + 0.1 * np.sin(numbers)
    path.write_text("".join(f"{v:.4f} {f:.6f}\n" for v, f in zip(numbers, flux, strict=True)))
    open_files(session, [str(path)])
    wait_idle(qtbot, session)
    message = session.notifications.messages[-1]
    assert message.button == "Choose the unit…" and "cm-1" in message.text and "--" not in message.hint
    dialog = assistant(path)
    box = dialog.form.controls["unit"]
    assert box.currentText().startswith("Which?") and "cm⁻¹" in box.currentText()
    assert not dialog.primary.isEnabled()
    choose(qtbot, dialog, unit="cm-1")
    assert dialog.primary.isEnabled()
    assert dialog.options is not None and dialog.options.unit == "cm-1"


def test_the_assistant_offers_the_units_of_the_command_line(session, qtbot, assistant, tmp_path):
    dialog = assistant(write_fits(tmp_path / "x.fits"))
    box = dialog.form.controls["unit"]
    offered = [box.itemData(place) for place in range(box.count())]
    assert {"GHz", "eV", "keV", "log10(Angstrom)", "ln(nm)", "m-1", "THz"} <= set(offered)


ALL = {
    "wavelength_column": "c1",
    "flux_column": "c2",
    "error_column": "c3",
    "error_kind": "variance",
    "unit": "nm",
}


def test_button_in_the_message_opens_the_assistant_on_that_file(window, qtbot, tmp_path):
    path = write_table(tmp_path / "a.fits")
    open_files(window.session, [path])
    wait_idle(qtbot, window.session)
    bar = window.findChild(MessageBar)
    button = bar.findChild(QPushButton)
    assert button.text() == "Choose a column…"
    assert "--" not in bar.message.hint
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = top_windows(ReadingDialog)[0]
    wait_idle(qtbot, window.session)
    assert dialog.windowTitle() == "Read a.fits with options"
    assert not dialog.primary.isEnabled()
    assert "wavelength or flux" in dialog.pane.place.title
    choose(qtbot, dialog, **ALL)
    assert dialog.primary.isEnabled()
    dialog.remember.setChecked(False)
    qtbot.mouseClick(dialog.primary, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window.session)
    spectrum = window.session.state.selected.spectrum
    assert spectrum.wavelength_aa[[0, -1]] == pytest.approx([5000.0, 5200.0])
    assert spectrum.uncertainty == pytest.approx(np.full(300, 2.0))
    assert load_rules()[0] == ()


def test_preview_follows_what_is_said(assistant, qtbot, tmp_path):
    dialog = assistant(write_table(tmp_path / "a.fits"))
    assert not dialog.pane.plot.isVisible()
    choose(qtbot, dialog, **ALL)
    assert dialog.pane.plot.isVisible()
    assert "5000.0\N{EN DASH}5200.0 Å" in dialog.pane.facts.text()
    assert "1 / sqrt" not in dialog.pane.facts.text()
    choose(qtbot, dialog, unit="Angstrom")
    assert "500.0\N{EN DASH}520.0 Å" in dialog.pane.facts.text()
    choose(qtbot, dialog, mask_column="c4", mask_rule="zero")
    table = dialog.pane.tree.topLevelItem(1)
    assert [table.child(i).text(1) for i in range(4)] == ["wavelength", "flux", "error", "mask"]
    assert np.count_nonzero(dialog.pane.plot._spectra[0].spectrum.mask) == 10


def test_sentence_stands_in_place_while_it_does_not_work(assistant, qtbot, tmp_path):
    dialog = assistant(write_table(tmp_path / "a.fits"))
    choose(qtbot, dialog, **ALL)
    box = dialog.form.controls["mask_rule"]
    box.setEditText("nonsense")
    qtbot.waitUntil(lambda: not dialog._timer.isActive())
    wait_idle(qtbot, dialog._session)
    assert "nonsense" in dialog.pane.place.title
    assert not dialog.primary.isEnabled()
    dialog.accept()  # Return in a field must not open what cannot be read
    assert dialog.isVisible()


def test_answer_is_remembered_for_the_instrument(assistant, session, qtbot, tmp_path):
    dialog = assistant(write_table(tmp_path / "a.fits"))
    choose(qtbot, dialog, **ALL)
    assert dialog.which.currentText() == "INSTRUME = MYSPEC"
    assert dialog.name.text() == "MYSPEC"
    assert dialog.remember.isChecked()
    dialog.accept()
    wait_idle(qtbot, session)
    open_files(session, [write_table(tmp_path / "b.fits")])
    wait_idle(qtbot, session)
    assert [item.file_name for item in session.state.spectra] == ["a.fits", "b.fits"]
    spectrum = session.state.selected.spectrum
    assert spectrum.wavelength_aa[0] == pytest.approx(5000.0)
    assert "your rule 'MYSPEC'" in spectrum.spectral_axis.unit_source
    assert any(
        "Read by your import rule 'MYSPEC'" in message.text for message in session.notifications.messages
    )


def test_rule_is_shown_when_its_file_is_looked_at_again(assistant, session, qtbot, tmp_path):
    add_rule(make_rule("MYSPEC", RuleMatch((("INSTRUME", "MYSPEC"),)), ReadOptions(**ALL)))
    dialog = assistant(write_table(tmp_path / "a.fits"))
    assert dialog.form.controls["unit"].currentData() == "nm"
    assert dialog.name.text() == "MYSPEC"
    assert dialog.primary.isEnabled()


def test_open_file_is_read_again_in_its_place_and_undo_brings_the_old_one_back(session, qtbot, tmp_path):
    path = write_table(tmp_path / "a.fits")
    open_files(session, [path], ReadOptions(**ALL))
    wait_idle(qtbot, session)
    before = session.state.selected
    read_selected_again(session)
    dialog = top_windows(ReadingDialog, is_shown=True)[0]
    wait_idle(qtbot, session)
    assert dialog.form.controls["flux_column"].currentData() == "c2"
    choose(qtbot, dialog, unit="Angstrom")
    dialog.remember.setChecked(False)
    dialog.accept()
    wait_idle(qtbot, session)
    after = session.state.selected
    assert (after.id, len(session.state.spectra)) == (before.id, 1)
    assert after.spectrum.wavelength_aa[0] == pytest.approx(500.0)
    session.undo()
    assert session.state.selected.spectrum is before.spectrum


def test_newest_preview_wins(assistant, qtbot, tmp_path):
    dialog = assistant(write_table(tmp_path / "a.fits"), ReadOptions(**ALL))
    for unit in ("Angstrom", "um", "nm", "Angstrom", "nm"):
        box = dialog.form.controls["unit"]
        box.setCurrentIndex(box.findData(unit))
        dialog._preview()
    wait_idle(qtbot, dialog._session)
    assert "5000.0\N{EN DASH}5200.0" in dialog.pane.facts.text()


@pytest.mark.parametrize("content", [b"", b"\0" * 3000, b"SIMPLE  =  nonsense", b"no numbers at all\n" * 30])
def test_file_that_no_answer_would_help_is_said(assistant, tmp_path, content):
    path = tmp_path / "broken.fits"
    path.write_bytes(content)
    dialog = assistant(path)
    assert "broken.fits" in dialog.pane.place.title
    assert not dialog.primary.isEnabled()


def test_real_files_are_previewed_as_they_are_read(assistant, shared_data):
    for name in ("formats/boss_spec_star.fits", "formats/hpf_goldilocks_a0v.fits", "formats/desi_coadd.fits"):
        dialog = assistant(shared_data / name)
        assert dialog.primary.isEnabled(), dialog.pane.place.title
        assert dialog.pane.tree.topLevelItemCount() > 1
        assert dialog.form.options == ReadOptions()
        dialog.close()


def test_extension_of_a_real_file_is_chosen(assistant, qtbot, shared_data):
    dialog = assistant(shared_data / "formats" / "hpf_goldilocks_a0v.fits")
    science = orders_of(dialog.pane.plot._spectra[0].spectrum)[10].flux
    choose(qtbot, dialog, extension="Sky Flux")
    assert dialog.primary.isEnabled(), dialog.pane.place.title
    sky = orders_of(dialog.pane.plot._spectra[0].spectrum)[10].flux
    assert np.nanmedian(sky) < 0.1 * np.nanmedian(science)


def test_closing_while_it_reads_leaves_nothing_behind(session, qtbot, tmp_path):
    dialog = ReadingDialog(session, [str(write_table(tmp_path / "a.fits"))], ReadOptions(), None)
    dialog.show()
    dialog.reject()
    dialog.deleteLater()
    wait_idle(qtbot, session)


@pytest.fixture
def rules_dialog(session):
    """Return the list of two rules."""
    for name in ("OLD", "MYSPEC"):
        add_rule(make_rule(name, RuleMatch((("INSTRUME", name),)), ReadOptions(unit="nm")))
    dialog = ImportRulesDialog(session, None)
    dialog.show()
    yield dialog
    dialog.close()
    dialog.deleteLater()


def press(dialog, text):
    next(button for button in dialog.findChildren(QPushButton) if button.text() == text).click()


def test_rules_are_listed_deleted_and_brought_back(rules_dialog):
    rows = [rules_dialog.list.topLevelItem(i) for i in range(2)]
    assert [[row.text(c) for c in range(3)] for row in rows] == [
        ["MYSPEC", "INSTRUME = MYSPEC", "unit nm"],
        ["OLD", "INSTRUME = OLD", "unit nm"],
    ]
    rows[1].setSelected(True)
    press(rules_dialog, "Delete")
    assert [rule.name for rule in load_rules()[0]] == ["MYSPEC"]
    press(rules_dialog, "Undo")
    assert [rule.name for rule in load_rules()[0]] == ["MYSPEC", "OLD"]


def test_rules_are_exported_and_imported(rules_dialog, monkeypatch, tmp_path):
    exported = tmp_path / "rules.toml"
    dialogs = "spectragui.gui.files.import_rules_dialog.QFileDialog"
    monkeypatch.setattr(f"{dialogs}.getSaveFileName", lambda *_: (str(exported), ""))
    monkeypatch.setattr(f"{dialogs}.getOpenFileName", lambda *_: (str(exported), ""))
    press(rules_dialog, "Export…")
    save_rules(())
    press(rules_dialog, "Import…")
    assert [rule.name for rule in load_rules()[0]] == ["MYSPEC", "OLD"]
    assert rules_dialog.said.text() == "2 rules added."
    exported.write_text("nothing = 1")
    press(rules_dialog, "Import…")
    assert "no import rule" in rules_dialog.said.text()


def test_file_of_wavelengths_is_chosen_for_real_orders(
    assistant, session, qtbot, shared_data, tmp_path, monkeypatch
):
    path = tmp_path / "apf_taucet.fits"
    path.write_bytes((shared_data / "stars" / "apf_taucet.fits").read_bytes())
    dialog = assistant(path)
    assert not dialog.primary.isEnabled()
    assert "wavelength" in dialog.pane.place.title
    wavelengths = shared_data / "stars" / "apf_wavelengths_2017.fits"
    chooser = "spectragui.gui.files.import_form.QFileDialog.getOpenFileName"
    monkeypatch.setattr(chooser, lambda *_: (str(wavelengths), ""))
    button = next(b for b in dialog.findChildren(QToolButton) if "file of wavelengths" in b.accessibleName())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog._timer.isActive())
    wait_idle(qtbot, session)
    assert dialog.primary.isEnabled(), dialog.pane.place.title
    assert len(orders_of(dialog.pane.plot._spectra[0].spectrum)) > 50


def test_damaged_rules_are_said_and_kept_aside(session, qtbot):
    path = rules_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[[rule]\nname = ")
    say_if_rules_are_damaged(session)
    wait_idle(qtbot, session)
    (message,) = [m for m in session.notifications.messages if m.severity == "warning"]
    assert "kept as" in message.text
    assert path.with_name(path.name + ".corrupt").exists()


def test_window_and_command_line_agree_by_the_same_rule(session, qtbot, tmp_path):
    import json

    from click.testing import CliRunner

    from spectragui.cli.main import commands
    from spectragui.cli.options import plain_json
    from spectragui.io import describe

    path = write_table(tmp_path / "a.fits")
    add_rule(make_rule("MYSPEC", RuleMatch((("INSTRUME", "MYSPEC"),)), ReadOptions(**ALL)))
    open_files(session, [path])
    wait_idle(qtbot, session)
    shown = CliRunner().invoke(commands, ["info", str(path), "--json"])
    (by_command,) = json.loads(shown.stdout)
    assert by_command == plain_json(describe(session.state.selected.spectrum).to_dict())


def test_remembered_answer_replaces_what_is_open(session, qtbot, tmp_path):
    path = write_fits(tmp_path / "star.fits")
    fits.setval(path, "INSTRUME", value="MYSPEC")
    open_files(session, [path])
    wait_idle(qtbot, session)
    for medium in ("vacuum", "air", "vacuum"):
        read_selected_again(session)
        dialog = shown_assistant()
        wait_idle(qtbot, session)
        choose(qtbot, dialog, medium=medium)
        assert dialog.remember.isChecked()
        dialog.accept()
        wait_idle(qtbot, session)
        (item,) = session.state.spectra
        assert item.spectrum.spectral_axis.medium == medium
        assert "your rule 'MYSPEC'" in item.spectrum.spectral_axis.medium_source


def test_one_of_many_and_joined_arms_are_read_again_in_their_place(
    session, qtbot, tmp_path, write_coadd, shared_data
):
    arms = [shared_data / "stars" / "galah" / f"210115000101001{arm}.fits" for arm in (1, 3)]
    open_files(session, [write_coadd(tmp_path / "coadd.fits", 8)], ReadOptions(spectra=(4,)))
    wait_idle(qtbot, session)
    open_files(session, arms)
    wait_idle(qtbot, session)
    for item in session.state.spectra:
        session.update(selected_id=item.id)
        read_selected_again(session)
        dialog = shown_assistant()
        wait_idle(qtbot, session)
        choose(qtbot, dialog, frame="rest")
        dialog.remember.setChecked(False)
        dialog.accept()
        wait_idle(qtbot, session)
    many, joined = session.state.spectra
    assert many.index == 4
    assert len(joined.spectrum) == 2
    assert all(orders_of(item.spectrum)[-1].spectral_axis.frame == "rest" for item in (many, joined))


def shown_assistant():
    return top_windows(ReadingDialog, is_shown=True)[0]
