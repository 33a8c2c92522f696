"""Many spectra and many files: choose, folders, unreadable ones, arms, what a crash leaves."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from spectragui.core.spectrum import EchelleSpectrum
from spectragui.gui.files.choose_spectra import MANY, ChooseSpectraDialog
from spectragui.gui.files.import_assistant import ReadingDialog
from spectragui.gui.files.opening import open_files
from spectragui.gui.files.unreadable_dialog import UnreadableDialog
from spectragui.gui.recovery.kept_files import kept_files, open_kept
from spectragui.gui.shell.notification_bar import MessageBar
from spectragui.io import ReadOptions
from spectragui.io.reading.spectrum_list import SpectraToChoose, SpectrumEntry
from tests.gui.conftest import drop, write_fits
from tests.gui.files.test_import_assistant import wait_idle
from tests.gui.top_windows import top_windows


def shown_dialog(kind):
    return top_windows(kind, is_shown=True)[0]


def bars(window):
    return [bar for bar in window.findChildren(MessageBar) if bar.isVisible()]


def test_file_with_many_spectra_asks_which(write_coadd, window, qtbot, tmp_path):
    path = write_coadd(tmp_path / "coadd.fits", 40)
    drop(window, [path])
    wait_idle(qtbot, window.session)
    assert not window.session.state.spectra
    dialog = shown_dialog(ChooseSpectraDialog)
    assert dialog.model.rowCount() == 39
    qtbot.keyClicks(dialog.filter, "8511350")
    assert dialog.table.model().rowCount() == 1
    dialog.table.selectAll()
    dialog.accept()
    wait_idle(qtbot, window.session)
    assert [item.name for item in window.session.state.spectra] == ["TARGETID 39627866878511350"]
    assert window.session.state.selected.index == 12
    assert window.session.state.settings.recent_files == (str(path),)


def test_several_are_chosen_and_the_same_ones_are_not_opened_twice(write_coadd, window, qtbot, tmp_path):
    path = write_coadd(tmp_path / "coadd.fits", 8)
    for rows in ((0, 3), (3, 5)):
        open_files(window.session, [path])
        wait_idle(qtbot, window.session)
        dialog = shown_dialog(ChooseSpectraDialog)
        dialog.table.clearSelection()
        for row in rows:
            flags = dialog.table.selectionModel().SelectionFlag
            index = dialog.table.model().index(row, 0)
            dialog.table.selectionModel().select(index, flags.Select | flags.Rows)
        dialog.accept()
        wait_idle(qtbot, window.session)
    assert [item.index for item in window.session.state.spectra] == [0, 3, 5]


def test_nothing_is_opened_where_the_choice_is_cancelled(write_coadd, window, qtbot, tmp_path):
    open_files(window.session, [write_coadd(tmp_path / "coadd.fits", 8)])
    wait_idle(qtbot, window.session)
    shown_dialog(ChooseSpectraDialog).reject()
    wait_idle(qtbot, window.session)
    assert not window.session.state.spectra


def test_thousands_are_listed_and_not_opened_at_once(session, qtbot, tmp_path):
    entries = tuple(SpectrumEntry(i, f"star {i}", 10.0, (3600.0, 9800.0)) for i in range(20000))
    dialog = ChooseSpectraDialog((SpectraToChoose(tmp_path / "all.fits", entries),), None)
    qtbot.addWidget(dialog)
    dialog.show()
    assert len(dialog.chosen) == 1
    assert not dialog._all.isVisible()
    dialog.table.selectAll()
    assert not dialog._primary.isEnabled()
    assert f"at most {MANY}" in dialog._said.text()
    dialog.filter.setText("star 1999")
    dialog.table.selectAll()
    assert dialog._primary.isEnabled()
    assert dialog._primary.text() == "Open 11"


def test_real_file_with_visits(window, qtbot, shared_data):
    open_files(window.session, [shared_data / "formats" / "apStar-r6-2M19535443+4424541.fits"])
    wait_idle(qtbot, window.session)
    dialog = shown_dialog(ChooseSpectraDialog)
    qtbot.mouseClick(dialog._all, Qt.MouseButton.LeftButton)
    dialog.accept()
    wait_idle(qtbot, window.session)
    names = [item.name.rpartition("41 ")[2] for item in window.session.state.spectra]
    assert names == ["combined", "visit 1", "visit 2"]


def test_folders_are_opened_with_the_folders_below(window, qtbot, tmp_path):
    (tmp_path / "night" / "deep").mkdir(parents=True)
    write_fits(tmp_path / "night" / "a.fits")
    write_fits(tmp_path / "night" / "deep" / "b.fits", 6000.0)
    (tmp_path / "night" / "log.pdf").write_text("no spectrum")
    drop(window, [tmp_path / "night"])
    wait_idle(qtbot, window.session)
    assert [item.file_name for item in window.session.state.spectra] == ["a.fits", "b.fits"]
    assert any("1 other file was left out" in m.text for m in window.session.notifications.messages)


def test_folder_without_a_spectrum_is_said(window, qtbot, tmp_path):
    (tmp_path / "log.pdf").write_text("no spectrum")
    drop(window, [tmp_path])
    wait_idle(qtbot, window.session)
    assert "no spectrum in the folder" in bars(window)[0].message.text


def test_many_unreadable_files_are_one_message_with_a_list(window, qtbot, tmp_path):
    for number in range(12):
        (tmp_path / f"broken{number:02}.fits").write_bytes(b"SIMPLE  = T nonsense")
    (tmp_path / "columns.txt").write_text("\n".join(f"{7e4 + 1400 * i} {i % 3}.5" for i in range(50)))
    write_fits(tmp_path / "good.fits")
    drop(window, [tmp_path])
    wait_idle(qtbot, window.session)
    assert [item.file_name for item in window.session.state.spectra] == ["good.fits"]
    assert [bar.message.text for bar in bars(window)] == ["13 of 14 files could not be read."]
    qtbot.mouseClick(bars(window)[0].findChild(QPushButton), Qt.MouseButton.LeftButton)
    dialog = shown_dialog(UnreadableDialog)
    assert dialog.list.topLevelItemCount() == 13
    assert dialog.list.topLevelItem(0).text(0) == "broken00.fits"
    assert not dialog.again.isEnabled()
    dialog.list.setCurrentItem(dialog.list.topLevelItem(12))
    qtbot.mouseClick(dialog.again, Qt.MouseButton.LeftButton)
    assistant = shown_dialog(ReadingDialog)
    assert "columns.txt" in assistant.windowTitle()
    wait_idle(qtbot, window.session)
    assistant.reject()
    dialog.reject()


def test_hundreds_of_files_are_one_gesture(session, qtbot, tmp_path):
    first = write_fits(tmp_path / "f000.fits").read_bytes()
    for number in range(1, 300):
        (tmp_path / f"f{number:03}.fits").write_bytes(first)
    open_files(session, [tmp_path])
    qtbot.waitUntil(lambda: len(session.state.spectra) == 300, timeout=60000)
    assert session.undo_text == "Open 300 spectra"
    session.undo()
    assert not session.state.spectra


@pytest.fixture
def galah(shared_data):
    """Return the four files of one star."""
    return [shared_data / "stars" / "galah" / f"210115000101001{arm}.fits" for arm in range(1, 5)]


def test_arms_dropped_together_are_one_spectrum(window, qtbot, galah):
    drop(window, galah)
    wait_idle(qtbot, window.session)
    (item,) = window.session.state.spectra
    assert isinstance(item.spectrum, EchelleSpectrum)
    top = window.panel("Spectra").tree.topLevelItem(0)
    assert top.text(0) == "2101150001010011.fits + 3 · 4 arms"
    top.child(0).setExpanded(True)
    assert [top.child(0).child(i).text(0) for i in range(4)] == [f"arm {i}" for i in range(1, 5)]


def test_arms_opened_one_by_one_can_be_joined(window, qtbot, galah):
    session = window.session
    for path in galah:
        open_files(session, [path])
        wait_idle(qtbot, session)
    assert len(session.state.spectra) == 4
    qtbot.waitUntil(lambda: bool(bars(window)))
    bar = bars(window)[-1]
    assert bar.message.hint == "The 4 arms can be one spectrum."
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    (item,) = session.state.spectra
    assert len(item.spectrum) == 4
    assert item.files == tuple(map(str, galah))
    session.undo()
    assert len(session.state.spectra) == 4
    session.redo()
    open_files(session, galah)  # the same, together: it is open already
    wait_idle(qtbot, session)
    assert len(session.state.spectra) == 1


def test_arms_of_two_stars_are_not_joined(window, qtbot, galah):
    other = galah[0].with_name("2101150001010022.fits")
    for path in (galah[0], other):
        open_files(window.session, [path])
        wait_idle(qtbot, window.session)
    assert [item.files for item in window.session.state.spectra] == [(str(galah[0]),), (str(other),)]
    assert not [m for m in window.session.notifications.messages if m.button == "Join"]


def test_what_a_crash_leaves_opens_as_it_was_open(write_coadd, session, qtbot, tmp_path):
    coadd = write_coadd(tmp_path / "coadd.fits", 9)
    plain = write_fits(tmp_path / "plain.fits")
    text = tmp_path / "unclear.txt"
    text.write_text("\n".join(f"{7e4 + 1400 * i} {1 + i % 3}.5" for i in range(50)))
    open_files(session, [coadd], ReadOptions(spectra=(2, 5)))
    open_files(session, [plain])
    open_files(session, [text], ReadOptions(unit="Angstrom", medium="air"))
    wait_idle(qtbot, session)
    before = {(item.file_name, item.index) for item in session.state.spectra}
    assert len(before) == 4
    kept = json.loads(json.dumps(kept_files(session.state.spectra)))
    session.update(spectra=(), selected_id="")
    open_kept(session, kept)
    wait_idle(qtbot, session)
    assert {(item.file_name, item.index) for item in session.state.spectra} == before
    assert not [m for m in session.notifications.messages if m.severity == "failure"]


def test_very_many_files_are_not_all_opened(session, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("spectragui.gui.files.reading.MOST_FILES", 3)
    for number in range(5):
        write_fits(tmp_path / f"{number}.fits")
    open_files(session, [tmp_path])
    wait_idle(qtbot, session)
    assert len(session.state.spectra) == 3
    (message,) = [m for m in session.notifications.messages if m.severity == "warning"]
    assert message.text == "2 more files were not opened: a window holds 3 at once."


def test_search_of_a_large_folder_can_be_stopped(session, qtbot, tmp_path):
    for number in range(200):
        (tmp_path / f"{number}.fits").write_bytes(b"x")
    open_files(session, [tmp_path])
    session.tasks.cancel_all()
    wait_idle(qtbot, session)
    assert not session.notifications.messages
