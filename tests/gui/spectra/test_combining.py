"""Co-add, ratio, difference, telluric division: from the action to a new spectrum in the tree, undoable."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.combine_dialog import CoaddDialog, CombineDialog
from tests.gui.conftest import make_spectrum
from tests.gui.top_windows import top_windows


@pytest.fixture
def three(session):
    spectra = tuple(
        OpenSpectrum(name, (f"{name}.fits",), 0, make_spectrum(file=f"{name}.fits", object=f"HD {name}"))
        for name in ("1", "2", "3")
    )
    other = spectra[2].spectrum
    axis = other.spectral_axis.replace(frame="rest")
    spectra = (*spectra[:2], spectra[2].replace(spectrum=other.replace(spectral_axis=axis), is_visible=False))
    session.update(spectra=spectra, selected_id="1")
    return spectra


def accept(kind, change=lambda _dialog: None):
    """Press the primary button of the dialog that is about to open."""

    def press():
        for widget in top_windows(kind, is_shown=True):
            change(widget)
            widget.accept()

    QTimer.singleShot(150, press)


def test_checked_exposures_are_co_added(window, session, three, qtbot):
    accept(CoaddDialog)
    with qtbot.waitSignal(session.tasks.idled, timeout=10000):
        window.trigger("spectrum.coadd")
    made = session.state.selected
    assert made.name == "HD 1, 2 co-added" and made.is_visible and made.files == ()
    first = three[0].spectrum
    assert made.spectrum.flux == pytest.approx(first.flux)
    assert made.spectrum.uncertainty == pytest.approx(first.uncertainty / np.sqrt(2))
    assert "Co-added from 2 exposures (1.fits, 2.fits)" in session.notifications.messages[-1].text
    window.trigger("edit.undo")
    assert [item.id for item in session.state.spectra] == ["1", "2", "3"]


@pytest.mark.parametrize(("operation", "value"), [("ratio", 1.0), ("difference", 0.0)])
def test_two_spectra_are_combined(window, session, three, qtbot, operation, value):
    accept(CombineDialog)
    with qtbot.waitSignal(session.tasks.idled, timeout=10000):
        window.trigger(f"spectrum.{operation}")
    made = session.state.selected
    assert made.spectrum.flux[made.spectrum.good] == pytest.approx(value)
    assert "HD 1" in made.name and "HD 2" in made.name
    assert len(session.state.visible_spectra) == 3


def test_a_telluric_standard_is_divided_by(window, session, three, qtbot):
    accept(CombineDialog, lambda dialog: dialog.exponent.setValue(1.2))
    with qtbot.waitSignal(session.tasks.idled, timeout=10000):
        window.trigger("spectrum.telluric")
    assert "power of 1.2" in session.state.selected.spectrum.meta["history"][-1]


def test_unlike_spectra_are_refused_in_the_dialog(qtbot, session, three):
    dialog = CoaddDialog(session.state, None)
    qtbot.addWidget(dialog)
    assert dialog._accept.isEnabled() and len(dialog.items) == 2
    from PySide6.QtCore import Qt

    dialog.list.item(2).setCheckState(Qt.CheckState.Checked)
    assert not dialog._accept.isEnabled() and "frame" in dialog.verdict.text()
    dialog.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "two or more" in dialog.verdict.text()


def test_the_pair_must_be_two(qtbot, session, three):
    dialog = CombineDialog(session.state, "ratio", None)
    qtbot.addWidget(dialog)
    assert [item.id for item in dialog.pair] == ["1", "2"] and not dialog.exponent.isEnabled()
    assert not dialog._form.isRowVisible(dialog.exponent)  # a form shows what the chosen way uses
    dialog.second.setCurrentIndex(0)
    assert not dialog._accept.isEnabled()
    dialog.second.setCurrentIndex(2)
    assert "frame" in dialog.verdict.text()
    dialog.operation.setCurrentIndex(dialog.operation.findData("telluric"))
    assert dialog.exponent.isEnabled() and dialog._accept.isEnabled()
    assert dialog._form.isRowVisible(dialog.exponent)


@pytest.mark.parametrize("operation", ["ratio", "difference"])
def test_an_unknown_motion_of_the_earth_is_said_and_forbids_nothing(qtbot, session, three, operation):
    items = []
    for item in three[:2]:
        axis = item.spectrum.spectral_axis.replace(frame="observer")
        spectrum = item.spectrum.replace(spectral_axis=axis).with_meta(file=f"{item.id}.fits")
        items.append(item.replace(spectrum=spectrum))
    session.update(spectra=tuple(items))
    for dialog in (CombineDialog(session.state, operation, None), CoaddDialog(session.state, None)):
        qtbot.addWidget(dialog)
        assert "Earth's motion is not known" in dialog.verdict.text() and dialog._accept.isEnabled()


def test_two_selected_spectra_are_the_pair_as_the_tree_has_them(qtbot, session, three):
    session.update(selected_id="3", selected_ids=("2", "3"))
    dialog = CombineDialog(session.state, "ratio", None)
    qtbot.addWidget(dialog)
    assert [item.id for item in dialog.pair] == ["2", "3"]


def test_a_refusal_later_is_said_too(window, session, three, qtbot):
    from spectragui.gui.spectra.combining import combine_spectra

    with qtbot.waitSignal(session.tasks.idled, timeout=10000):
        combine_spectra(session, "telluric", three[0], three[2])
    assert session.notifications.messages[-1].severity == "failure"
    assert "different frames" in session.notifications.messages[-1].text


def test_one_spectrum_has_nothing_to_combine(window, session, three):
    session.update(spectra=three[:1])
    assert not window.actions_bar.qactions["spectrum.coadd"].isEnabled()
    assert not window.panel("View").combine.isVisible()


@pytest.fixture
def one_denoised(session, three):
    from spectragui.core.denoised import mark_denoised

    first = three[0].replace(spectrum=mark_denoised(three[0].spectrum, "pfs-dae", "1.0"))
    session.update(spectra=(first, *three[1:]))
    return first


def test_co_adding_takes_a_denoised_spectrum_only_where_told(window, session, one_denoised):
    dialog = CoaddDialog(session.state, window)
    assert "denoised by pfs-dae 1.0" in dialog.verdict.text() and not dialog._accept.isEnabled()
    dialog.form.set_values(dataclasses.replace(dialog.form.values, takes_denoised=True))
    dialog._follow()
    assert dialog._accept.isEnabled() and not dialog.verdict.text()


def test_telluric_division_takes_a_denoised_spectrum_only_where_told(window, session, one_denoised, qtbot):
    dialog = CombineDialog(session.state, "telluric", window)
    assert "denoised by pfs-dae 1.0" in dialog.verdict.text() and not dialog._accept.isEnabled()
    dialog.takes_denoised.click()
    assert dialog._accept.isEnabled() and not dialog.verdict.text()
    dialog.operation.setCurrentIndex(dialog.operation.findData("ratio"))
    assert dialog.takes_denoised.isHidden() and dialog._accept.isEnabled()


def test_measurement_of_a_denoised_spectrum_is_flagged(session, one_denoised):
    from spectragui.gui.view.measuring import measure

    axis = one_denoised.spectrum.spectral_axis.values
    measure(session, one_denoised, "statistics", float(axis[0]), float(axis[-1]))
    assert session.state.measurements[-1].row["flags"] == "DENOISED"
    assert "denoised, not data" in session.notifications.messages[-1].text
