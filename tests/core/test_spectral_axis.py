"""Air <-> vacuum and Doppler against published numbers and closed forms; the passport's rules."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import (
    SPEED_OF_LIGHT_KMS,
    SpectralAxis,
    air_to_vacuum,
    doppler_factor,
    vacuum_to_air,
)

# No subnormal numbers: a training in the same process may have told the processor to flush them.
SPEEDS = st.floats(-900.0, 900.0, allow_subnormal=False)


def make_axis(**changes):
    values = {"values": np.linspace(5000.0, 5100.0, 11), "medium": "air", "frame": "barycentric"}
    return SpectralAxis(**{**values, **changes})


@pytest.mark.parametrize(
    ("air", "vacuum"),
    [
        # Strong lines as the NIST database lists them (Ritz wavelengths, air and vacuum).
        (4861.35, 4862.71),  # H beta
        (5889.950954, 5891.583264),  # Na I D2
        (5895.924237, 5897.558147),  # Na I D1
        (6562.79, 6564.60),  # H alpha
        (8542.09, 8544.44),  # Ca II
    ],
)
def test_lines_of_the_nist_database_convert(air, vacuum):
    assert vacuum_to_air(vacuum) == pytest.approx(air, abs=0.02)
    if round(air, 2) != air:
        assert vacuum_to_air(vacuum) == pytest.approx(air, abs=2e-4)


@given(st.floats(2001.0, 50000.0))
def test_air_to_vacuum_and_back_closes(wavelength):
    assert vacuum_to_air(air_to_vacuum(wavelength)) == pytest.approx(wavelength, abs=1e-8)
    assert air_to_vacuum(vacuum_to_air(wavelength)) == pytest.approx(wavelength, abs=1e-8)


def test_below_2000_angstrom_air_is_vacuum():
    assert vacuum_to_air(1500.0) == 1500.0
    assert air_to_vacuum(1500.0) == 1500.0


def test_doppler_factor_is_the_closed_form():
    assert doppler_factor(0.0) == 1.0
    assert doppler_factor(0.6 * SPEED_OF_LIGHT_KMS) == pytest.approx(2.0)
    assert doppler_factor(30.0) * doppler_factor(-30.0) == pytest.approx(1.0, abs=1e-15)
    # To first order the classical shift, to second order what relativity adds: beta^2 / 2.
    beta = 1e-4
    factor = doppler_factor(beta * SPEED_OF_LIGHT_KMS)
    assert factor == pytest.approx(1.0 + beta + beta**2 / 2, abs=1e-12)


@given(SPEEDS, SPEEDS)
def test_shifts_compose_as_velocities_add(first, second):
    together = (first + second) / (1.0 + first * second / SPEED_OF_LIGHT_KMS**2)
    assert doppler_factor(first) * doppler_factor(second) == pytest.approx(
        doppler_factor(together), rel=1e-13
    )


def test_a_velocity_of_light_is_refused():
    with pytest.raises(UnitError, match="speed of light"):
        doppler_factor(SPEED_OF_LIGHT_KMS)


def test_a_receding_star_moves_to_its_rest_wavelength():
    rest = make_axis().shifted(30.0, "rest", "told")
    assert rest.frame == "rest"
    assert rest.values[0] == pytest.approx(5000.0 / doppler_factor(30.0))
    step = rest.velocity_history[0]
    assert (step.velocity_kms, step.frame_before, step.frame_after) == (30.0, "barycentric", "rest")


def test_a_velocity_is_never_applied_twice():
    rest = make_axis().shifted(30.0, "rest", "told")
    with pytest.raises(UnitError, match="already"):
        rest.shifted(30.0, "rest", "told")


def test_an_unknown_medium_is_not_converted():
    with pytest.raises(UnitError, match="not known"):
        make_axis(medium="unknown").in_medium("vacuum")


def test_converting_the_medium_says_so():
    vacuum = make_axis().in_medium("vacuum")
    assert vacuum.medium == "vacuum"
    assert vacuum.medium_source == "converted from air"
    assert np.allclose(vacuum.in_medium("air").values, make_axis().values, atol=1e-8)


@pytest.mark.parametrize(
    ("unit", "value", "angstrom"),
    [("nm", 500.0, 5000.0), ("um", 2.2, 22000.0), ("cm-1", 20000.0, 5000.0), ("Hz", 5.99584916e14, 5000.0)],
)
def test_units_convert_to_angstrom(unit, value, angstrom):
    axis = make_axis(values=np.array([value, value * 1.001]), unit=unit)
    assert axis.wavelength_aa[0] == pytest.approx(angstrom, rel=1e-12)


def test_pixels_have_no_wavelength():
    with pytest.raises(UnitError, match="no wavelength"):
        _ = make_axis(unit="pixel").wavelength_aa


@pytest.mark.parametrize("values", [[1.0], [2.0, 1.0], [1.0, 1.0, 2.0], [1.0, np.nan, 3.0], [[1.0, 2.0]]])
def test_values_must_ascend(values):
    with pytest.raises(UnitError):
        make_axis(values=np.array(values))


@pytest.mark.parametrize("field", ["medium", "frame"])
def test_media_and_frames_are_checked(field):
    with pytest.raises(UnitError, match="ether"):
        make_axis(**{field: "ether"})


def test_the_axis_is_a_value():
    values = np.linspace(5000.0, 5100.0, 11)
    axis = make_axis(values=values)
    values[0] = 1.0
    assert axis.values[0] == 5000.0
    with pytest.raises(ValueError, match="read-only"):
        axis.values[0] = 1.0
    assert pickle.loads(pickle.dumps(axis)) == axis
    assert axis != axis.replace(medium="vacuum")


def test_the_label_names_unit_medium_and_frame():
    assert make_axis(frame="rest").label() == "Wavelength (Å, air, rest frame)"
    assert make_axis(medium="unknown", frame="unknown").label().endswith("medium unknown, frame unknown)")
