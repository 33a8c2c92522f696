"""`param()` fields know their limits; values outside are refused in words."""

import dataclasses
import math

import pytest

from spectragui.core.errors import SettingsError
from spectragui.core.parameters import check_parameters, param, parameter_infos


@dataclasses.dataclass(frozen=True)
class Smoothing:
    width: float = param(
        2.0, label="Width", help="FWHM of the kernel.", unit="Angstrom", minimum=0.1, maximum=50
    )
    method: str = param("gauss", choices=("gauss", "box"))
    is_on: bool = param(True)
    untold: int = 3


def test_a_field_knows_what_was_said_of_it():
    infos = parameter_infos(Smoothing)
    assert list(infos) == ["width", "method", "is_on"]
    assert infos["width"].unit == "Angstrom"
    assert infos["width"].minimum == 0.1
    assert infos["method"].choices == ("gauss", "box")
    assert parameter_infos(Smoothing()) == infos


@pytest.mark.parametrize("width", [0.1, 50, 7.0])
def test_the_limits_belong_to_the_range(width):
    check_parameters(Smoothing(width=width))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 0.05}, "width = 0.05 Angstrom is below its minimum 0.1 Angstrom"),
        ({"width": 51}, "above its maximum"),
        ({"width": math.nan}, "finite"),
        ({"method": "spline"}, "'spline' is not one of the choices.*gauss, box"),
    ],
)
def test_values_outside_are_refused_in_words(changes, message):
    with pytest.raises(SettingsError, match=message):
        check_parameters(Smoothing(**changes))
