"""A field that a form hides beside a chosen way changes nothing there, and something elsewhere."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.core.errors import SpectraGUIError
from spectragui.core.parameters import parameter_infos
from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.preprocessing.stage import STAGES
from tests.preprocessing.stages.test_stages import TUPLES, make_order

FIELDS = [
    (name, field)
    for name in STAGES.names()
    for field, info in parameter_infos(STAGES.get(name)).items()
    if info.used_if
]


def other_value(name, field, stage):
    info, value = parameter_infos(stage)[field], getattr(stage, field)
    if (name, field) in TUPLES:
        return TUPLES[name, field]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return "another.fits"
    step = info.step or 1.0
    up = value + type(value)(7 * step)
    return up if info.maximum is None or up <= info.maximum else info.minimum


def outcome(stage):
    spectrum = EchelleSpectrum((make_order(5000.0), make_order(5020.0, seed=2)), {"v_rad_kms": 12.0})
    try:
        result = stage.run(spectrum)
    except SpectraGUIError as error:
        return str(error)
    return [
        np.concatenate([o.flux, o.mask, o.wavelength_aa, o.uncertainty]) for o in orders_of(result.spectrum)
    ]


def is_same(first, second):
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    return len(first) == len(second) and all(
        a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
        for a, b in zip(first, second, strict=True)
    )


def choices_of(stage, chooser):
    info = parameter_infos(stage)[chooser]
    return info.choices or (False, True)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_hidden_fields_change_nothing(name, field):
    stage = STAGES.get(name)()
    chooser, used = parameter_infos(stage)[field].used_if
    assert set(used) <= set(choices_of(stage, chooser))
    for choice in choices_of(stage, chooser):
        chosen = dataclasses.replace(stage, **{chooser: choice})
        if choice not in used:
            changed = dataclasses.replace(chosen, **{field: other_value(name, field, chosen)})
            assert is_same(outcome(chosen), outcome(changed)), choice


def test_there_are_such_fields():
    assert len(FIELDS) > 15
