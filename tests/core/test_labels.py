"""Labels know their names; numbers are shown with as many digits as their errors allow."""

import math
import pickle

import pytest
from astropy import units
from astropy.io.votable.ucd import parse_ucd

from spectragui.core.errors import SettingsError
from spectragui.core.labels import LABELS, LabelSet, format_with_error


@pytest.mark.parametrize(
    ("value", "error", "decimals", "text"),
    [
        (5779.3, 41.2, 0, "5779 ± 41"),
        (4.4219, 0.0704, 2, "4.42 ± 0.07"),
        (-0.0132, 0.031, 2, "\u22120.01 ± 0.03"),
        (-0.001, 0.03, 2, "0.00 ± 0.03"),
        (5779.3, None, 0, "5779"),
        (5779.3, math.nan, 0, "5779"),
        (math.nan, 1.0, 0, ""),
        (12345.0, 1234.0, 0, "12345 ± 1234"),
        (3.14159, 0.0996, 2, "3.14 ± 0.10"),
        (4.0, 0.0001, 2, "4.00 ± 0.01"),
    ],
)
def test_numbers_are_written_with_their_errors(value, error, decimals, text):
    assert format_with_error(value, error, decimals=decimals) == text


def test_every_label_has_its_unit_its_quantity_and_its_digits():
    """Units by astropy, quantities by the IVOA's vocabulary of UCD1+."""
    expected = {
        "teff": (units.K, "phys.temperature.effective", 0),
        "logg": (units.dex, "phys.gravity", 2),
        "m_h": (units.dex, "phys.abund.Z", 2),
        "alpha_m": (units.dex, "phys.abund", 2),
        "vsini": (units.km / units.s, "phys.veloc.rotat", 1),
        "vmic": (units.km / units.s, "phys.veloc.microTurb", 2),
        "resolving_power": (units.dimensionless_unscaled, "spect.resolution", 0),
        "v_rad": (units.km / units.s, "spect.dopplerVeloc", 2),
    }
    found = {name: (units.Unit(one.unit), one.ucd, one.decimals) for name, one in LABELS.items()}
    assert found == expected
    assert all(parse_ucd(label.ucd, check_controlled_vocabulary=True) for label in LABELS.values())


def test_label_sets_are_values():
    labels = LabelSet({"teff": 5772, "logg": 4.44}, {"teff": 30})
    assert labels["teff"] == 5772.0
    assert "m_h" not in labels
    assert labels.error("teff") == 30.0
    assert math.isnan(labels.error("logg"))
    assert pickle.loads(pickle.dumps(labels)) == labels
    with pytest.raises(TypeError):
        labels.values["teff"] = 1.0


def test_a_changed_value_loses_its_error():
    labels = LabelSet({"teff": 5772, "logg": 4.44}, {"teff": 30, "logg": 0.1}).replace(teff=5800)
    assert labels["teff"] == 5800.0
    assert math.isnan(labels.error("teff"))
    assert labels.error("logg") == 0.1


def test_an_unknown_label_is_refused():
    with pytest.raises(SettingsError, match="'tef' is not a label.*teff"):
        LabelSet({"tef": 5772})
