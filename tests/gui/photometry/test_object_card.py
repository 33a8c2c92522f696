"""What the card of an object says of the catalogue's own values."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from spectragui.gui.photometry.object_card import _catalogue_text


def test_a_type_is_a_word_a_number_between_two_or_nothing():
    types = np.array([1.0, 2.3, 0.0, np.nan, -1.0])
    catalogue = SimpleNamespace(table=SimpleNamespace(reference={"type": types}))
    shown = [_catalogue_text(catalogue, "spectral_type", 0, row) for row in range(len(types))]
    assert shown == ["E", "2.3", "", "", ""]
