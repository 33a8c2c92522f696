"""Many spectra come into the tree together, each with its own options, and the window follows few changes."""

from __future__ import annotations

from spectragui.core.errors import ModelError
from spectragui.gui.denoise import denoising
from spectragui.gui.spectra.panel import SpectraPanel
from spectragui.inference.denoise import denoise_batch
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from tests.gui.conftest import make_spectrum


def test_many_are_handed_over_in_few_parts_with_their_own_options(monkeypatch):
    told, free = DenoiseOptions(v_rad=30.0), DenoiseOptions()
    spectra = tuple((str(k), f"star {k}", f"flux {k}", told if k % 7 == 0 else free) for k in range(130))
    seen = []

    def batch(some, options):
        seen.extend((one, options) for one in some)
        return [ModelError(one) for one in some]

    monkeypatch.setattr(denoise_batch, "denoise_batch", batch)
    handed, fractions = [], []
    denoising.run_denoisings(spectra, lambda part, _name: fractions.append(part), handed.append)
    assert len(handed) == len(fractions) <= denoising.TIMES_SHOWN + 2
    parts = {one[0]: one for some in handed for one in some}
    assert len(parts) == sum(map(len, handed)) == 130
    assert all(parts[k][1] == f"flux {k}" and str(parts[k][2]).startswith(f"flux {k}") for k in parts)
    assert {one for one, options in seen if options is told} == {f"flux {k}" for k in range(0, 130, 7)}


def test_rows_that_stay_are_not_touched_where_others_come(window, session, qtbot, monkeypatch):
    from spectragui.gui.session.state import OpenSpectrum

    items = tuple(OpenSpectrum(f"s{k}", (), 0, make_spectrum(object=f"star {k}"), snr=9.0) for k in range(4))
    session.update(spectra=items, selected_id="s0")
    touched = []
    monkeypatch.setattr(
        "spectragui.gui.spectra.panel.tooltip_of", lambda item, _axis: touched.append(item.id)
    )
    named = items[2].replace(is_visible=False)
    fresh = OpenSpectrum("s9", (), 0, make_spectrum(object="star 9"), snr=9.0)
    session.update(spectra=(*items[:2], named, items[3], fresh))
    assert touched == ["s2"]
    panel = window.findChild(SpectraPanel)
    assert set(panel._items()) == {"s0", "s1", "s2", "s3", "s9"}
