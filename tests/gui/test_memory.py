"""Closed spectra leave memory, and come back by undo; what real files take is given back."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest

from spectragui.core.denoised import mark_denoised
from spectragui.core.kept_bytes import KeptBytes
from spectragui.core.progress import no_progress
from spectragui.core.spectrum import CORRELATION, EchelleSpectrum
from spectragui.gui.files.opening import open_files
from spectragui.gui.pipeline.edits import use_suggested
from spectragui.gui.plots.curve import Curve
from spectragui.gui.session.closed_spectra import ClosedSpectra
from spectragui.gui.session.denoise_state import DenoiseOptions, Denoising
from spectragui.gui.session.parking import park, park_unused
from spectragui.gui.session.state import Measurement, OpenSpectrum
from spectragui.gui.spectra.open_spectra import close_spectra
from spectragui.inference.denoise.denoising_result import Denoised
from tests.gui.conftest import make_spectrum
from tests.gui.files.test_import_assistant import wait_idle

MOST_MIB, LEAST_GIVEN_BACK = 450.0, 0.8


def is_in_memory(array: np.ndarray) -> bool:
    while array is not None:
        if isinstance(array, np.memmap):
            return False
        array = getattr(array, "base", None)
    return True


def test_parked_spectra_are_equal_and_not_in_memory():
    spectrum = make_spectrum(20_000)
    before = spectrum.replace()
    assert park([spectrum, spectrum], no_progress) > 3 * 20_000 * 8
    assert spectrum == before
    for array in (spectrum.flux, spectrum.uncertainty, spectrum.spectral_axis.values):
        assert not is_in_memory(array)
        assert not array.flags.writeable
        assert array.dtype == np.float64
    assert spectrum.mask.dtype == bool
    assert park([spectrum], no_progress) == 0


def test_what_is_small_stays_where_it_is():
    small = make_spectrum(200)
    assert park([small, None, ()], no_progress) == 0
    assert is_in_memory(small.flux)


def test_the_short_orders_of_an_echelle_are_parked_together():
    """Each is smaller than a page or two; sixty of them in two hundred steps of history are not."""
    echelle = EchelleSpectrum(tuple(make_spectrum(2000) for _ in range(30)))
    flux = echelle.orders[3].flux.copy()
    assert park([echelle], no_progress) > 30 * 2000 * 3 * 8
    assert not any(is_in_memory(order.flux) for order in echelle.orders)
    assert np.array_equal(echelle.orders[3].flux, flux, equal_nan=True)
    assert park([echelle], no_progress) == 0  # and again: its pages only leave memory
    assert np.array_equal(echelle.orders[3].flux, flux, equal_nan=True)


def test_arrays_in_what_is_known_of_a_spectrum_are_parked_too():
    """Blaze, correlated errors of a denoised spectrum, curves of a measurement: not fields of their own."""
    blaze, factor = np.linspace(0.5, 1.0, 20_000), np.ones((20_000, 3))
    spectrum = make_spectrum(20_000).with_meta(blaze=blaze, correlation=factor, history=("a", "b"))
    row = Measurement("m", "a", spectrum, {"line": "Ha"}, (("fit", blaze * 2.0, blaze * 3.0),))
    step = {"measurements": (row,)}
    meta = dict(spectrum.meta)
    n_bytes = spectrum.flux.nbytes
    assert park_unused([], [], [[(step, step)]], no_progress, most_bytes=5 * n_bytes) == [1]
    assert spectrum.meta.keys() == meta.keys()
    assert all(np.array_equal(spectrum.meta[key], meta[key]) for key in meta)
    assert not is_in_memory(spectrum.meta["blaze"])
    assert not is_in_memory(spectrum.meta["correlation"])
    assert not any(is_in_memory(array) for _, *arrays in row.curves for array in arrays)
    assert np.array_equal(row.curves[0][2], blaze * 3.0)
    # They count: flux, sigma, axis, mask, blaze, factor and two curves are more than five arrays.
    other = Measurement("n", "a", None, {}, (("fit", blaze + 1.0, blaze + 2.0),))
    assert park_unused([], [], [[row, other]], no_progress, most_bytes=9 * n_bytes) == [1]


def test_where_no_file_can_be_made_everything_stays(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    spectrum = make_spectrum(20_000)
    assert park([spectrum], no_progress) == 0
    assert is_in_memory(spectrum.flux)


def test_closed_spectra_are_parked_and_undo_brings_them_back(session, qtbot):
    ClosedSpectra(session)
    item = OpenSpectrum("a", (), 0, make_spectrum(20_000))
    before = item.spectrum.replace()
    session.update(undo="Open", spectra=(item,), selected_id="a")
    close_spectra(session, ["a"])
    qtbot.waitUntil(lambda: not is_in_memory(item.spectrum.flux), timeout=60_000)
    session.undo()
    assert session.state.selected.spectrum == before


def test_what_was_dear_to_make_is_forgotten_with_the_last_spectrum(session, qtbot):
    """The bases of denoisers on axes, templates, orders that were prepared: 100 to 400 MB."""
    ClosedSpectra(session)
    items = tuple(OpenSpectrum(name, (), 0, make_spectrum(20_000)) for name in "ab")
    session.update(undo="Open", spectra=items, selected_id="a")
    kept = KeptBytes[bytes](1000, len)
    kept.get("basis", lambda: bytes(100))
    close_spectra(session, ["a"])
    qtbot.waitUntil(lambda: not is_in_memory(items[0].spectrum.flux), timeout=60_000)
    assert len(kept) == 1  # one is open: it may be wanted
    close_spectra(session, ["b"])
    qtbot.waitUntil(lambda: not len(kept), timeout=60_000)


def test_nothing_that_is_open_is_parked(session, qtbot):
    ClosedSpectra(session)
    items = tuple(OpenSpectrum(name, (), 0, make_spectrum(20_000)) for name in "ab")
    session.update(undo="Open", spectra=items, selected_id="a")
    close_spectra(session, ["a", "b"])
    session.undo()
    close_spectra(session, ["b"])
    qtbot.waitUntil(lambda: not is_in_memory(items[1].spectrum.flux), timeout=60_000)
    assert is_in_memory(items[0].spectrum.flux)


def test_what_only_the_history_holds_of_an_open_spectrum_is_parked_too(session, qtbot):
    """Masks of earlier versions, what was denoised before: not only what was closed."""
    ClosedSpectra(session)
    first = make_spectrum(40_000)
    item = OpenSpectrum("a", (), 0, first)
    session.update(undo="Open", spectra=(item,), selected_id="a")
    later = first.replace(mask=~first.mask)
    session.update(undo="Mask", spectra=(item.replace(spectrum=later),))
    qtbot.waitUntil(lambda: not is_in_memory(first.mask), timeout=60_000)
    assert is_in_memory(later.mask)
    assert is_in_memory(later.flux)  # of both versions
    marked = mark_denoised(later, "m", "1", np.ones((40_000, 3)) * later.uncertainty[:, None])
    denoised = Denoised(marked, later, "m", "1", 1.0, 2.0, np.ones(40_000), 0.5, "", (), (), None, {})
    factor = denoised.factor
    old = Denoising("a", later, denoised, DenoiseOptions())
    session.update(undo="Denoise", denoisings=(old,))
    session.update(undo="Denoise", denoisings=())
    qtbot.waitUntil(lambda: not is_in_memory(denoised.spectrum.meta[CORRELATION]), timeout=60_000)
    assert is_in_memory(later.flux)
    session.undo()
    assert session.state.denoisings == (old,)
    assert factor.shape == (40_000, 3) and np.array_equal(old.denoised.factor, factor)


def test_the_history_is_bounded_by_its_bytes(session, qtbot, monkeypatch):
    monkeypatch.setattr("spectragui.gui.session.parking.MOST_HISTORY_BYTES", 3_000_000)
    ClosedSpectra(session)
    session.update(undo="First", spectra=())
    for number in range(8):
        item = OpenSpectrum(f"{number}", (), 0, make_spectrum(40_000))
        session.update(undo=f"Open {number}", spectra=(item,), selected_id=item.id)

    def history_fits():
        undo, _ = session.history
        held = {id(i.spectrum): i.spectrum for step in undo for i in step.before.get("spectra", ())}
        return 0 < sum(s.flux.nbytes * 3 for s in held.values()) <= 3_000_000

    qtbot.waitUntil(history_fits, timeout=60_000)
    assert session.undo_text == "Open 7"
    session.undo()
    assert session.state.selected.id == "6"


def test_the_last_step_can_be_undone_however_large_it_is():
    large = make_spectrum(40_000)
    assert park_unused([], [], [[large, make_spectrum(40_000)], [large]], no_progress, 1000) == [1, 1]


def test_hidden_panels_let_go_of_what_was_closed(window, qtbot, tmp_path):
    """Curves of the View, the Pipeline and the Orders, though another tab is in front."""
    from spectragui.core.package_data import bundled_examples

    session = window.session
    (echelle,) = [example.path for example in bundled_examples() if "echelle" in example.path.name]
    open_files(session, [echelle])
    wait_idle(qtbot, session)
    for name in ("Pipeline", "Orders", "View"):
        window.show_panel(name)
        if name == "Pipeline":
            use_suggested(session)
        wait_idle(qtbot, session)
    window.show_panel("Pipeline")
    wait_idle(qtbot, session)
    gc.collect()
    curves = [weakref.ref(c) for c in gc.get_objects() if issubclass(type(c), Curve) and c.key != "generated"]
    curves = [curve for curve in curves if curve().n_points > 5000]
    assert curves
    session.update(active_panel="Pipeline")
    close_spectra(session, [item.id for item in session.state.spectra])

    def none_is_left():
        gc.collect()
        return not [curve for curve in curves if curve() is not None]

    qtbot.waitUntil(none_is_left, timeout=60_000)
    qtbot.waitUntil(lambda: not session.state.runs, timeout=60_000)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
@pytest.mark.parametrize(("n_files", "n_predicted"), [(5, 1), pytest.param(15, 3, marks=pytest.mark.slow)])
def test_real_files_take_little_and_give_it_back(checkout, shared_data, n_files, n_predicted):
    """Measured after a first spectrum brought modules, models and templates; see the script."""
    script = checkout / "tests" / "soak" / "memory_of_files.py"
    done = subprocess.run(
        [sys.executable, str(script), str(shared_data), str(n_files), str(n_predicted)],
        capture_output=True,
        text=True,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    sizes = answer["sizes"]
    assert not answer["messages"]
    assert sizes["all done"] - sizes["empty"] < MOST_MIB, sizes
    if n_files == 15:  # of a few files the modules that their readers bring are too large a part
        taken = sizes["all done"] - sizes["warm"]
        assert sizes["all done"] - sizes["closed"] >= LEAST_GIVEN_BACK * taken, sizes
