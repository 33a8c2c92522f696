"""Help > Reproduce a paper: open the page, run it as a job, cancel; a child says what is missing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices

from spectragui.core.errors import TrainingError
from spectragui.core.progress import no_progress
from spectragui.gui.papers import dialog as papers
from spectragui.reports.report_settings import ReportSettings
from spectragui.workers.child_process import reproduce_in_child


@pytest.fixture
def dialog(window, tmp_path):
    window.trigger("help.papers")
    shown = window.findChild(papers.PapersDialog)
    shown.folder.setText(str(tmp_path))
    yield shown
    shown.close()


def made_at_once(settings, progress=no_progress):
    settings.folder.mkdir(parents=True)
    page = settings.folder / f"{settings.paper}.html"
    page.write_text(f"{settings.paper} {settings.quick}", encoding="utf-8")
    return page


def until_cancelled(settings, progress=no_progress):
    while True:
        progress(0.25, "networks")


def click(qtbot, button):
    assert button.isVisible() and button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_page_is_made_as_a_job_and_opened(dialog, window, qtbot, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    assert [dialog.paper.itemData(n) for n in range(4)] == ["thesis", "cvae", "denoise", "alhambra"]
    dialog.paper.setCurrentIndex(3)
    assert not dialog.open_page.isEnabled() and str(tmp_path / "alhambra") in dialog.said.text()
    monkeypatch.setattr(papers, "reproduce_in_child", until_cancelled)
    click(qtbot, dialog.start)
    qtbot.waitUntil(lambda: "networks" in dialog.job.text.toolTip() + dialog.job.text.text())
    assert not dialog.start.isEnabled()
    for control in (dialog.paper, dialog.length, dialog.folder, dialog.models):  # the new row squeezes none
        assert control.height() >= control.sizeHint().height(), control.accessibleName()
    dialog.folder.setText(
        str(tmp_path / "a long name of a folder" / "another long name of a folder" / "x" / "y")
    )
    assert dialog.said.height() >= dialog.said.heightForWidth(dialog.said.width())
    assert dialog.models.height() >= dialog.models.sizeHint().height()
    dialog.folder.setText(str(tmp_path))
    click(qtbot, dialog.job.cancel_button)
    qtbot.waitUntil(lambda: dialog.start.isEnabled())
    monkeypatch.setattr(papers, "reproduce_in_child", made_at_once)
    click(qtbot, dialog.start)
    qtbot.waitUntil(lambda: dialog.open_page.isEnabled() and dialog.start.isEnabled())
    page = tmp_path / "alhambra" / "alhambra.html"
    assert page.read_text(encoding="utf-8") == "alhambra True"
    click(qtbot, dialog.open_page)
    message = window.session.notifications.messages[-1]
    assert "alhambra is made" in message.text and message.button == "Open"
    message.on_button()
    assert opened == [str(page)] * 2
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    click(qtbot, dialog.open_page)
    assert "No program opened" in window.session.notifications.messages[-1].text


def test_the_child_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("SPECTRAGUI_SHARED", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrainingError, match="not at hand"):
        reproduce_in_child(ReportSettings("denoise", tmp_path / "page", None, True))
