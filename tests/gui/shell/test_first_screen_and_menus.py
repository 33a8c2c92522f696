"""What the first screen, the menus and the toolbar offer opens, says and shows exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QPushButton, QToolBar, QWidget

from spectragui.core.package_data import bundled_examples
from spectragui.gui.actions import ACTIONS, ordered_actions
from spectragui.gui.files.opening import add_readings
from spectragui.gui.files.reading import Reading
from spectragui.gui.pipeline.flow_layout import FlowLayout
from spectragui.gui.session.notifications import Message
from spectragui.gui.shell import action_bar, screenshot, start_page
from spectragui.gui.shell.screenshot import Photographer
from spectragui.gui.shell.start_page import KEYS_SHOWN, RECENT_SHOWN, StartPage
from tests.gui.conftest import make_spectrum

FILES = tuple(f"/data/night {number}/star{number}.fits" for number in range(8))
EXAMPLES = (*bundled_examples(), *bundled_examples("catalogue"))


@pytest.fixture
def opened(monkeypatch):
    """Return the files that were asked to be opened, which are not."""
    asked: list[list[Path]] = []
    for module in (action_bar, start_page):
        monkeypatch.setattr(
            module, "open_files", lambda _session, files: asked.append([Path(f) for f in files])
        )
    return asked


def test_the_first_screen_opens_what_stands_on_each_of_its_buttons(session, qtbot, opened):
    triggered: list[str] = []
    page = StartPage(session, triggered.append)
    qtbot.addWidget(page)
    session.changed.connect(page.apply)
    session.update(settings=session.state.settings.replace(recent_files=FILES))
    buttons = {button.accessibleName(): button for button in page.findChildren(QPushButton)}
    recent = [name for name in buttons if name.startswith("Open /data")]
    assert recent == [f"Open {name}" for name in FILES[:RECENT_SHOWN]]
    for name in FILES[:RECENT_SHOWN]:
        button = buttons[f"Open {name}"]
        assert (button.text(), button.toolTip()) == (Path(name).name, name)
        button.click()
        assert opened[-1] == [Path(name)]
    for example in EXAMPLES:
        button = buttons[f"Open the example {example.title}"]
        assert button.toolTip() == f"{example.text}\nOpen {example.path.name}"
        button.click()
        assert opened[-1] == [example.path]
    words = {button.text(): button for button in page.findChildren(QPushButton)}
    words["Open…"].click()
    words["or generate a spectrum by sliders"].click()
    assert triggered == ["file.open", "spectrum.generate"]


def test_the_first_screen_names_the_key_of_each_action_it_names(session, qtbot):
    page = StartPage(session, lambda _name: None)
    qtbot.addWidget(page)
    keys = [label.text() for label in page.findChildren(QLabel) if label.property("role") == "key"]
    texts = [label.text() for label in page.findChildren(QLabel) if label.property("role") == "secondary"]
    actions = {action.name: action for action in ACTIONS}
    native = QKeySequence.SequenceFormat.NativeText
    for name, key in zip(KEYS_SHOWN, keys, strict=True):
        assert key == QKeySequence(actions[name].shortcuts[0]).toString(native)
        assert actions[name].plain_text.rstrip("…") in texts
    page.show_drag(True)
    assert page._drop.property("drop") == "over"
    page.show_drag(False)
    assert page._drop.property("drop") == "true"


def test_menus_open_their_own_files_and_examples(window, opened):
    window.session.update(settings=window.session.state.settings.replace(recent_files=FILES))
    menus = {
        action.text().replace("&", ""): action.menu()
        for action in window.menuBar().actions()[0].menu().actions()
        if action.menu() is not None
    }
    wanted = {
        "Open recent": [(Path(name).name, Path(name)) for name in FILES],
        "Open example": [(example.title, example.path) for example in EXAMPLES],
    }
    for title, entries in wanted.items():
        menu = menus[title]
        menu.aboutToShow.emit()
        actions = menu.actions()
        assert [(action.text(), Path(action.toolTip())) for action in actions] == entries
        for action, (_text, path) in zip(actions, entries, strict=True):
            action.trigger()
            assert opened[-1] == [path]
    window.session.update(settings=window.session.state.settings.replace(recent_files=()))
    menus["Open recent"].aboutToShow.emit()
    assert [(a.text(), a.isEnabled()) for a in menus["Open recent"].actions()] == [("None yet", False)]


def test_a_line_parts_the_groups_of_menus_and_toolbar_and_no_others(window):
    known = {action.name: action for action in ACTIONS}
    for where in [*window.findChildren(QToolBar), *(a.menu() for a in window.menuBar().actions())]:
        above = None
        is_parted = True
        for qaction in where.actions():
            if qaction.isSeparator():
                is_parted = True
            elif qaction.objectName() in known:
                group = known[qaction.objectName()].group
                assert above is None or is_parted == (group != above), qaction.objectName()
                above, is_parted = group, False


def test_tooltips_name_every_key(window):
    native = QKeySequence.SequenceFormat.NativeText
    for action in ordered_actions():
        keys = [QKeySequence(key).toString(native) for key in action.shortcuts]
        tip = window.qaction(action.name).toolTip()
        assert tip == (action.tip or action.plain_text) + (f"  ({', '.join(keys)})" if keys else "")
        assert window.qaction(action.name).statusTip() == action.tip
    assert any(len(action.shortcuts) > 1 for action in ACTIONS)


def test_a_flow_fills_each_row_before_the_next_and_keeps_its_distances(qtbot, theme):
    parent = QWidget()
    qtbot.addWidget(parent)
    flow = FlowLayout(parent, spacing=6)
    flow.setContentsMargins(10, 4, 10, 8)
    sizes = [(50, 20), (60, 30), (40, 20), (70, 24), (200, 10)]
    widgets = []
    for width, height in sizes:
        widget = QWidget()
        widget.setFixedSize(width, height)
        flow.addWidget(widget)
        widgets.append(widget)
    parent.show()
    widgets[2].hide()
    parent.resize(10 + 116 + 10, 300)  # exactly the first two
    flow.setGeometry(QRect(0, 0, 136, 300))
    at = [(w.x(), w.y()) for w in widgets]
    assert [at[0], at[1], at[3], at[4]] == [(10, 4), (66, 4), (10, 40), (10, 70)]
    assert flow.heightForWidth(136) == 4 + 30 + 6 + 24 + 6 + 10 + 8
    assert flow.heightForWidth(135) == 4 + 20 + 6 + 30 + 6 + 24 + 6 + 10 + 8
    assert flow.heightForWidth(1000) == 4 + 30 + 8
    assert flow.minimumSize().width() == 200 + 20 and flow.minimumSize().height() == 30 + 12
    first = QWidget()
    flow.insert_widget(1, first)
    assert [flow.itemAt(i).widget() for i in (0, 1, 2)] == [widgets[0], first, widgets[1]]
    assert flow.itemAt(6) is None and flow.takeAt(-1) is None and flow.count() == 6


@pytest.mark.parametrize(
    ("severity", "details", "said"),
    [("failure", "", "It is torn. Mend it."), ("warning", "", None), ("success", "", None),
     ("warning", "Traceback", "It is torn; the picture may lack something.")],
)  # fmt: skip
def test_a_picture_fails_by_failures_and_by_what_nobody_foresaw(window, severity, details, said):
    photographer = Photographer(window, Path("x.png"), "")
    message = Message(1, text="It is torn.", severity=severity, hint="Mend it.", details=details)
    photographer._on_message_added(message)
    assert photographer.failures == ([said] if said else [])


def test_a_picture_of_a_panel_has_in_it_what_the_panel_is_for(session, qtbot, monkeypatch):
    for name in ("a.fits", "b.fits"):
        add_readings(session, [Reading((name,), 0, make_spectrum(), 100.0)])
    first, second = session.state.spectra
    window = QWidget()  # in the place of a whole one, whose panels would load their models
    qtbot.addWidget(window)
    window.session = session
    window.show_panel = lambda name: session.update(active_panel="View" if name == "Photometry" else name)
    done: list[tuple] = []
    monkeypatch.setattr(screenshot, "predict", lambda _session, one: done.append(("predict", one)))
    monkeypatch.setattr(screenshot, "denoise_many", lambda _session, ids: done.append(("denoise", *ids)))
    monkeypatch.setattr(screenshot, "use_suggested", lambda _session: done.append(("suggested",)))
    for panel, wanted in (
        ("Parameters", [("predict", first.id), ("predict", second.id)]),
        ("Denoise", [("denoise", first.id, second.id)]),
        ("Pipeline", [("suggested",)]), ("View", []), ("", []),
    ):  # fmt: skip
        done.clear()
        photographer = Photographer(window, Path("x.png"), panel)
        photographer._show_panel()
        assert done == wanted and photographer.failures == [], panel
    photographer = Photographer(window, Path("x.png"), "Photometry")
    photographer._show_panel()
    assert photographer.failures == ["Photometry has nothing to show of these files."]
