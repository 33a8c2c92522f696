"""Marks of star and atmosphere land where the light was recorded, whatever was done to the axis since."""

import math

import numpy as np
import pytest

from spectragui.analysis.mark_frames import observer_factor, star_velocity, velocity_in_frame
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis

LINE = 7600.0  # observed wavelength of a telluric line


def axis_in(frame):
    return SpectralAxis(np.array([LINE - 10, LINE, LINE + 10]), medium="vacuum", frame=frame)


def test_in_the_observers_frame_nothing_moves():
    assert observer_factor(axis_in("observer"), {"berv_kms": 20.0}) == (1.0, "")


def test_a_barycentric_file_has_its_tellurics_shifted_by_the_correction():
    factor, doubt = observer_factor(axis_in("barycentric"), {"berv_kms": 20.0})
    assert (factor - 1) * SPEED_OF_LIGHT_KMS == pytest.approx(20.0, abs=0.01) and not doubt


def test_shifts_by_hand_are_followed():
    """The telluric pixel keeps its place in the array, whatever the axis says."""
    axis = axis_in("observer").shifted(-20.0, "barycentric", "BERV").shifted(-110.0, "rest", "v_rad")
    factor, doubt = observer_factor(axis, {})
    assert factor * LINE == pytest.approx(axis.values[1]) and not doubt


def test_a_barycentric_file_taken_to_rest_by_hand():
    recorded = axis_in("barycentric")
    axis = recorded.shifted(30.0, "rest", "by hand")
    factor, _ = observer_factor(axis, {"berv_kms": -15.0})
    before, _ = observer_factor(recorded, {"berv_kms": -15.0})
    assert factor * LINE == pytest.approx(before * axis.values[1])


@pytest.mark.parametrize(
    ("frame", "meta"), [("unknown", {}), ("barycentric", {}), ("rest", {"berv_kms": 3.0}), ("rest", {})]
)
def test_what_is_not_known_is_said(frame, meta):
    factor, doubt = observer_factor(axis_in(frame), meta)
    assert factor == 1.0 and doubt.endswith(".")


def test_the_stars_velocity_is_that_on_its_axis():
    meta = {"v_rad_kms": 12.5, "berv_kms": 20.0}
    assert star_velocity(axis_in("rest"), meta) == 0.0
    assert star_velocity(axis_in("barycentric"), meta) == 12.5
    assert star_velocity(axis_in("observer"), meta) == pytest.approx(-7.5, abs=1e-5)
    assert star_velocity(axis_in("observer"), meta, -7.31) == -7.31
    assert star_velocity(axis_in("observer"), meta, 12.6, "barycentric") == pytest.approx(-7.4, abs=1e-5)
    assert star_velocity(axis_in("barycentric"), meta, 12.6, "barycentric") == 12.6
    assert star_velocity(axis_in("rest"), meta, 12.6, "barycentric") == 0.0
    assert star_velocity(axis_in("unknown"), {}) == 0.0
    assert star_velocity(axis_in("barycentric"), meta, -7.5, "observer") == pytest.approx(12.5, abs=1e-5)
    assert star_velocity(axis_in("observer"), {}, 12.5, "barycentric") == 12.5
    assert math.isnan(velocity_in_frame(12.5, "barycentric", "observer", {}))
