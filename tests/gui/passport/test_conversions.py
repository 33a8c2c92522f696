"""Convert and correct: one click, undone with one, said in the passport."""

import numpy as np
import pytest

from spectragui.analysis.axis_conversion import Correction, converted, corrected
from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.gui.passport.conversions import conversions, convert, frame_shifts, star_velocity_and_source
from spectragui.gui.passport.convert_dialog import ConvertDialog
from spectragui.gui.passport.correct_dialog import CorrectDialog
from spectragui.gui.passport.panel import passport_rows
from spectragui.gui.session.state import OpenSpectrum
from spectragui.io.spectrum_summary import describe
from tests.gui.conftest import make_echelle, make_spectrum


def opened(session, spectrum):
    item = OpenSpectrum("a", ("a.fits",), 0, spectrum)
    session.update(spectra=(item,), selected_id="a")
    return item


def in_frame(frame, **meta):
    spectrum = make_spectrum(**meta)
    return spectrum.replace(spectral_axis=spectrum.spectral_axis.replace(frame=frame))


@pytest.mark.parametrize(("unit", "factor"), [("nm", 0.1), ("um", 1e-4)])
def test_units_are_converted_there_and_back(unit, factor):
    spectrum = make_spectrum()
    other = converted(spectrum, unit=unit)
    assert other.spectral_axis.unit == unit
    assert other.spectral_axis.values == pytest.approx(spectrum.wavelength_aa * factor)
    assert other.wavelength_aa == pytest.approx(spectrum.wavelength_aa, rel=1e-14)
    assert other.spectral_axis.unit_source == "converted from Angstrom"
    assert converted(other, unit="Angstrom").wavelength_aa == pytest.approx(spectrum.wavelength_aa, rel=1e-14)


def test_wavenumbers_are_those_in_vacuum_and_ascend():
    spectrum = make_spectrum()
    other = converted(spectrum, unit="cm-1")
    axis = other.spectral_axis
    assert (axis.unit, axis.medium) == ("cm-1", "vacuum")
    assert axis.values[0] == pytest.approx(1e8 / air_to_vacuum(spectrum.wavelength_aa[-1]))
    assert np.array_equal(other.flux, spectrum.flux[::-1])
    back = converted(other, medium="air")
    assert back.spectral_axis.unit == "Angstrom"
    assert back.wavelength_aa == pytest.approx(spectrum.wavelength_aa, abs=1e-8)
    assert np.array_equal(back.flux, spectrum.flux)


def test_a_medium_that_is_not_known_is_never_converted():
    spectrum = corrected(make_spectrum(), Correction(medium="unknown"))
    for arguments in ({"medium": "air"}, {"unit": "cm-1"}):
        with pytest.raises(UnitError):
            converted(spectrum, **arguments)


def test_the_unit_stays_where_only_medium_and_frame_change():
    spectrum = converted(make_spectrum(), unit="nm")
    other = converted(spectrum, "vacuum", 20.0)
    assert other.spectral_axis.unit == "nm"
    expected = air_to_vacuum(make_spectrum().wavelength_aa * (1 - 20 / 299792.458))
    assert other.wavelength_aa == pytest.approx(expected, abs=1e-4)


def test_the_record_says_which_of_the_two_was_done():
    moved = converted(make_spectrum(), "vacuum").meta["history"][-1]
    assert moved == "Converted, the wavelengths change: medium air (CTYPE1 = 'AWAV') to vacuum."
    kept = corrected(make_spectrum(), Correction(medium="vacuum")).meta["history"][-1]
    assert kept == "Corrected by hand, the numbers stay: medium air (CTYPE1 = 'AWAV') to vacuum."
    assert "history" not in corrected(make_spectrum(), Correction()).meta


def test_a_shift_by_hand_and_back_leaves_nothing(session):
    item = opened(session, in_frame("observer", berv_kms=12.0, berv_source="BERV = 12.0", v_rad_kms=-110.5))
    first = item.spectrum.wavelength_aa
    shifts = {shift.frame: shift for shift in frame_shifts(item, session.state)}
    assert shifts["barycentric"].velocity_kms == -12.0
    assert shifts["rest"].velocity_kms == pytest.approx(-122.5, abs=0.01)
    convert(session, item, {"velocity_kms": -12.0, "frame": "barycentric"})
    moved = session.state.selected
    assert moved.spectrum.wavelength_aa / first - 1 == pytest.approx(12.0 / 299792.458, rel=1e-4)
    back = frame_shifts(moved, session.state)[-1]
    assert back.frame == "observer"
    convert(session, moved, {"velocity_kms": back.velocity_kms, "frame": back.frame})
    assert session.state.selected.spectrum.wavelength_aa == pytest.approx(first, rel=1e-15)
    session.undo()
    session.undo()
    assert session.state.selected.spectrum.wavelength_aa is first


def test_a_barycentric_velocity_needs_the_observers_motion_on_his_axis(session):
    item = opened(session, in_frame("observer", v_rad_kms=-110.5))
    assert all(shift.frame != "rest" for shift in frame_shifts(item, session.state))
    velocity, _ = star_velocity_and_source(item, session.state)
    assert velocity == -110.5  # marks are drawn there, at most 30 km/s off


def test_a_velocity_is_not_applied_twice(session):
    item = opened(session, in_frame("rest", v_rad_kms=20.0))
    assert all(shift.frame != "rest" for shift in frame_shifts(item, session.state))
    convert(session, item, {"velocity_kms": 20.0, "frame": "rest"})
    assert session.state.selected is item
    assert "already" in session.notifications.messages[-1].text


def test_one_click_converts(window, session):
    opened(session, make_spectrum())
    panel = window.panel("Axis passport")
    panel.catch_up()
    menu = panel.convert.menu()
    menu.aboutToShow.emit()
    actions = {action.text(): action for action in menu.actions()}
    assert {"To vacuum", "To nm", "To cm⁻¹", "Other…"} <= set(actions)
    actions["To vacuum"].trigger()
    assert session.state.selected.spectrum.spectral_axis.medium == "vacuum"
    assert window.panel("View").plot.plot.axis_label("bottom") == "Wavelength (Å, vacuum, barycentric)"
    window.trigger("edit.undo")
    assert session.state.selected.spectrum.spectral_axis.medium == "air"
    window.trigger("spectrum.other_medium")
    window.trigger("spectrum.to_nm")
    assert session.state.selected.spectrum.spectral_axis.unit == "nm"


def test_the_rest_frame_wants_a_velocity(window, session):
    opened(session, make_spectrum())
    window.trigger("spectrum.to_rest")
    assert "not known" in session.notifications.messages[-1].text
    item = opened(session, make_spectrum(v_rad_kms=30.0, v_rad_source="VRAD = 30.0"))
    assert "To the rest frame (v = 30.000 km/s, VRAD = 30.0)" in [
        c.text for c in conversions(item, session.state)
    ]
    window.trigger("spectrum.to_rest")
    assert session.state.selected.spectrum.spectral_axis.frame == "rest"


def test_the_dialog_shows_what_happens_before_it_is_done(qtbot, session):
    item = opened(session, make_spectrum(v_rad_kms=30.0))
    dialog = ConvertDialog(item, session.state, None)
    qtbot.addWidget(dialog)
    assert not dialog._accept.isEnabled() and "Nothing changes" in dialog.preview.text()
    dialog.unit.setCurrentIndex(dialog.unit.findData("nm"))
    dialog.medium.setCurrentIndex(dialog.medium.findData("vacuum"))
    dialog.frame.setCurrentIndex(1)
    assert dialog.arguments["unit"] == "nm" and dialog.arguments["velocity_kms"] == 30.0
    assert "nm, vacuum, rest frame" in dialog.preview.text()
    dialog.velocity.setValue(25.0)
    assert dialog.arguments["source"] == "typed by hand"
    correct = CorrectDialog(item, None)
    qtbot.addWidget(correct)
    correct.medium.setCurrentText("vacuum")
    now, then = correct.preview.text().splitlines()
    assert now.split()[1] == then.split()[1] and "vacuum" in then


def test_passport_and_info_say_the_same():
    spectrum = converted(make_echelle(), "vacuum")
    rows = {name: (value, source) for name, value, source in passport_rows(spectrum)}
    for key in ("unit", "medium", "frame", "resolving_power", "uncertainty"):
        fact = describe(spectrum).fact(key)
        assert rows[fact.label][0] == fact.value
    assert any("Converted" in note for note in describe(spectrum).notes)
    assert any(
        source.startswith("Converted") for name, _, source in passport_rows(spectrum) if name == "Done"
    )


def test_minus_signs_are_true_where_the_passport_speaks_and_as_in_the_file_where_it_quotes():
    told = {"berv_kms": -12.76, "berv_source": "ESO DRS BERV = -12.76"}
    axis = make_spectrum().spectral_axis.replace(frame_source="v = -17.049 km/s taken out, typed by hand")
    spectrum = make_spectrum(**told).replace(spectral_axis=axis)
    sources = {name: source for name, _, source in passport_rows(spectrum)}
    assert sources["Frame"] == "v = −17.049 km/s taken out, typed by hand"
    assert sources["Barycentric correction"] == "ESO DRS BERV = -12.76"


def test_the_view_shows_the_unit_that_a_spectrum_was_converted_to(window, session, qtbot):
    from spectragui.analysis.axis_conversion import converted
    from spectragui.gui.session.state import OpenSpectrum
    from tests.gui.conftest import make_spectrum

    item = OpenSpectrum("s1", (), 0, make_spectrum())
    session.update(spectra=(item,), selected_id="s1", active_panel="View")
    view = window.panel("View")
    assert view.plot.unit.name == "Angstrom"
    session.update(spectra=(item.replace(spectrum=converted(item.spectrum, unit="nm")),))
    assert view.plot.unit.name == "nm"
    assert view.units.currentData() == "nm"
