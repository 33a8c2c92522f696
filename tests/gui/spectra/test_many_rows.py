"""The tree takes many files at once in batches: the window answers in between."""

from __future__ import annotations

import pytest

from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.panel import ROWS_AT_ONCE, SpectraPanel
from spectragui.gui.spectra.tree import ids_below
from tests.gui.conftest import make_spectrum

N_FILES = 300


def items(n: int, start: int = 0) -> tuple[OpenSpectrum, ...]:
    spectrum = make_spectrum(50)
    return tuple(OpenSpectrum(f"s{i}", (f"star{i:03}.fits",), 0, spectrum) for i in range(start, start + n))


@pytest.fixture
def panel(session, qtbot):
    panel = SpectraPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def rows(panel: SpectraPanel) -> list[str]:
    tops = [panel.tree.topLevelItem(i) for i in range(panel.tree.topLevelItemCount())]
    return [one for top in tops for one in ids_below(top)]


def wait_for_rows(panel: SpectraPanel, qtbot) -> list[str]:
    wanted = [item.id for item in panel.session.state.spectra]
    qtbot.waitUntil(lambda: rows(panel) == wanted, timeout=60_000)
    return wanted


def test_the_window_answers_between_batches_of_rows(panel, session, qtbot):
    most, counted = 0, 0

    def count(*_inserted):
        nonlocal most, counted
        counted += 1
        most = max(most, counted)

    def answer():  # whatever waits in the event loop gets its turn
        nonlocal counted
        counted = 0

    panel.tree.model().rowsInserted.connect(
        lambda _parent, first, last: [count() for _ in range(first, last + 1)]
    )
    panel._filling.timeout.connect(answer)
    spectra = items(N_FILES)
    session.update(spectra=spectra, selected_id=spectra[-1].id, selected_ids=(spectra[-1].id,))
    assert 0 < len(rows(panel)) <= ROWS_AT_ONCE
    wait_for_rows(panel, qtbot)
    assert most <= 2 * ROWS_AT_ONCE  # a row of the file, one of its spectrum
    assert ids_below(panel.tree.selectedItems()[0].parent()) == [spectra[-1].id]


def test_what_changes_while_rows_are_added_is_in_them(panel, session, qtbot):
    spectra = items(N_FILES)
    session.update(spectra=spectra, selected_id="s0", selected_ids=("s0",))
    renamed = (*spectra[:-1], spectra[-1].replace(label="the last", is_visible=True))
    session.update(spectra=renamed)
    wait_for_rows(panel, qtbot)
    last = panel.tree.topLevelItem(N_FILES - 1).child(0)
    assert last.text(0) == "the last" and last.checkState(0).value == 2
    session.update(spectra=renamed[100:])  # closed while the tree was full
    session.update(spectra=renamed[150:])  # and while it is filled again
    assert wait_for_rows(panel, qtbot)[0] == "s150"


def test_a_filter_sees_all_rows_at_once(panel, session, qtbot):
    spectra = items(N_FILES)
    session.update(spectra=spectra, selected_id="s0", selected_ids=("s0",))
    panel.filter_field.setText("star299")
    last = panel.tree.topLevelItem(N_FILES - 1)
    assert last is not None and not last.isHidden()
    assert panel.tree.topLevelItem(1).isHidden()


def test_an_arrival_adds_its_row_and_leaves_the_others(panel, session, qtbot):
    session.update(spectra=items(3), selected_id="s0", selected_ids=("s0",))
    first = panel.tree.topLevelItem(0)
    first.setExpanded(False)
    session.update(spectra=(*session.state.spectra, *items(1, 3)))
    assert rows(panel) == ["s0", "s1", "s2", "s3"]
    assert panel.tree.topLevelItem(0) is first and not first.isExpanded()
