"""Errors say what happened and what to do, and survive the way between processes."""

import pickle

import pytest

from spectragui.core import errors


def all_errors():
    return [errors.SpectraGUIError, *errors.SpectraGUIError.__subclasses__()]


@pytest.mark.parametrize("kind", all_errors())
def test_both_sentences_survive_pickling(kind):
    error = pickle.loads(pickle.dumps(kind("sun.fits is empty.", "Download it again.")))
    assert type(error) is kind
    assert (error.message, error.hint) == ("sun.fits is empty.", "Download it again.")
    assert str(error) == "sun.fits is empty. Download it again."


def test_a_hint_may_be_missing():
    assert str(errors.ReadError("sun.fits is empty.")) == "sun.fits is empty."
