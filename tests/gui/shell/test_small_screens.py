"""The window fits a screen of 1024 x 700, and what was asked for comes into sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QWidget

from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.generate.fit_card import FitCard
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.shell.main_window import DEFAULT_SIZE, MainWindow
from tests.gui.conftest import make_echelle, make_spectrum, settle

SIZE = (1024, 700)
TABS = ("View", "Pipeline", "Orders", "Parameters", "Denoise", "Generate")


@pytest.fixture
def small(window, session, qtbot):
    spectra = (
        OpenSpectrum("a", ("a.fits",), 0, make_spectrum()),
        OpenSpectrum("b", ("b.fits",), 0, make_echelle()),
    )
    window.resize(*SIZE)
    session.update(spectra=spectra, selected_id="b")
    for name in TABS:
        session.update(active_panel=name)
        window.panel(name).show_plot(True)
        settle()
    return window


def test_every_tab_fits(small, session, qtbot):
    for name in TABS:
        session.update(active_panel=name)
        settle()
        least = small.minimumSizeHint()
        assert least.width() <= SIZE[0] and least.height() <= SIZE[1], name
        assert (small.width(), small.height()) == SIZE, name


@pytest.mark.parametrize("screen", [(1280, 720), (1920, 1080)])
def test_a_first_window_leaves_room_for_its_title(session, qtbot, screen):
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.fit_into(QSize(*screen))
    assert window.height() + 30 <= screen[1] and window.width() <= screen[0]
    assert screen[0] < 1400 or (window.width(), window.height()) == DEFAULT_SIZE


def test_what_an_example_is_never_is_cut_without_a_sign(window, session):
    session.update(settings=session.state.settings.replace(recent_files=("/a/" + 60 * "long" + ".fits",)))
    window.resize(*SIZE)
    settle()
    labels = [label for label in window.start_page.findChildren(ElidedLabel) if label.isVisible()]
    assert any("ALHAMBRA" in label.full_text for label in labels)
    for label in labels:
        assert label.fontMetrics().horizontalAdvance(label.text()) <= max(label.width(), 20)
        assert label.text() == label.full_text or label.text().endswith("\N{HORIZONTAL ELLIPSIS}")


def test_targets_of_a_survey_are_told_apart_by_their_last_digits(small):
    tree = small.panel("Spectra").tree
    assert tree.textElideMode() == Qt.TextElideMode.ElideMiddle


def test_sensitivity_can_be_read(small, session, qtbot):
    session.update(active_panel="Parameters")
    settle()
    box = small.panel("Parameters").sensitivities
    assert box.isVisible()
    assert box.fontMetrics().horizontalAdvance("Sensitivity") + 20 < box.width()


def test_the_card_of_a_fit_comes_into_sight(small, session, qtbot):
    session.update(active_panel="Generate")
    settle()
    controls = small.panel("Generate controls")
    card = controls.findChild(FitCard)
    for row in range(6):
        card._values.addWidget(QLabel(f"label {row}"), row, 0)
    card.show()
    controls._show_card()

    def is_in_sight() -> bool:
        view: QWidget = controls._scroll.viewport()
        top = card.mapTo(view, card.rect().topLeft()).y()
        return top >= 0 and top + card.height() <= view.height()

    qtbot.waitUntil(is_in_sight)
    assert card.height() >= card.sizeHint().height()


def test_fit_stays_under_the_mouse_when_the_comparison_comes(small, session, qtbot):
    session.update(active_panel="Generate")
    settle()
    controls = small.panel("Generate controls")
    before = controls.fit_button.pos()
    controls.fit_quality.setText("observed − generated: rms 1.97 %, reduced χ² 3.13")
    controls.fit_quality.show()
    settle()
    assert controls.fit_button.pos() == before
