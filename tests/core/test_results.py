"""Rows of the results table are complete and read-only; flags have words."""

import math

import pytest
from astropy import units

from spectragui.core.flags import FLAG_WORDS, Flag, flag_names
from spectragui.core.results import COLUMN_NAMES, RESULT_COLUMNS, make_row

COLUMNS_OF_THE_MANUAL = """
    file object spectrum model model_version
    teff e_teff logg e_logg m_h e_m_h alpha_m e_alpha_m vsini e_vsini vmic e_vmic
    resolving_power v_rad e_v_rad snr coverage rchi2
    teff_fit e_teff_fit logg_fit e_logg_fit m_h_fit e_m_h_fit rchi2_fit
    flag_warn flag_bad flags chain_hash file_sha256 created citation
"""
FURTHER_COLUMNS = """
    v_rad_frame alpha_m_fit e_alpha_m_fit vsini_fit e_vsini_fit vmic_fit e_vmic_fit earlier_state
    reason follow_up vsini_limit
"""


def test_the_columns_are_those_of_the_manual():
    assert list(COLUMN_NAMES) == [*COLUMNS_OF_THE_MANUAL.split(), *FURTHER_COLUMNS.split()]
    for column in RESULT_COLUMNS:
        units.Unit(column.unit)
        assert column.description


def test_a_row_is_complete_and_read_only():
    row = make_row(teff=5772.0, object="Sun")
    assert tuple(row) == COLUMN_NAMES
    assert row["teff"] == 5772.0
    assert math.isnan(row["logg"])
    assert row["flags"] == ""
    assert row["flag_bad"] == 0
    with pytest.raises(TypeError):
        row["teff"] = 1.0


def test_a_column_that_is_none_is_refused():
    with pytest.raises(KeyError, match="tef"):
        make_row(tef=1.0)


def test_flags_have_the_bits_of_the_manual_and_words():
    bits = {flag.name: flag.value for flag in Flag}
    assert list(bits.values()) == [2**power for power in range(12)]
    assert bits["LTE"] == 1024 and bits["DENOISED"] == 2048
    assert set(FLAG_WORDS) == set(Flag)
    assert flag_names(Flag.LABEL_RANGE | Flag.CHI2) == "LABEL_RANGE,CHI2"
    assert flag_names(0) == ""
