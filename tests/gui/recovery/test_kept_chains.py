"""Chains that a crash left go back to their own spectra, by file and by place in the file."""

from __future__ import annotations

import json

from spectragui.gui.recovery.kept_chains import (
    CHAINS,
    ReturningChains,
    kept_chains,
    read_chains,
    write_chains,
)
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.smooth import Smooth
from tests.gui.conftest import make_spectrum


def items(prefix):
    places = ((("a.fits",), 0), (("a.fits",), 3), (("b.fits", "c.fits"), 0), (("d.fits",), 0))
    return tuple(
        OpenSpectrum(f"{prefix}{number}", files, index, make_spectrum())
        for number, (files, index) in enumerate(places)
    )


def test_each_chain_returns_to_its_own_spectrum_once(session, tmp_path):
    before = items("s")
    widths = (3.0, 5.0, 7.0)
    chains = {one.id: Chain.of(Smooth(width_pix=width)) for one, width in zip(before, widths, strict=False)}
    kept = kept_chains(AppState(spectra=before, chains=chains))
    assert [(files, index) for files, index, _ in kept] == [(one.files, one.index) for one in before[:3]]
    write_chains(tmp_path, kept)
    rows = read_chains(tmp_path)
    broken = [
        7,
        {"files": "a.fits", "index": 0, "chain": ""},
        {"files": ["d.fits"], "index": 0, "chain": "no [["},
    ]
    (tmp_path / CHAINS).write_text(json.dumps([*rows, *broken]), encoding="utf-8")
    returning = ReturningChains(session, read_chains(tmp_path))
    after = items("t")
    own = Chain.of(Smooth(width_pix=11.0))
    session.update(spectra=after[1:2])
    session.update(spectra=after, chains={**session.state.chains, after[2].id: own})
    found = {one: chain.steps[0].stage.width_pix for one, chain in session.state.chains.items()}
    assert found == {"t0": 3.0, "t1": 5.0, "t2": 11.0}  # what has a chain of its own keeps it
    session.update(spectra=(), chains={})
    session.update(spectra=after)
    assert session.state.chains == {}  # once
    returning.deleteLater()
