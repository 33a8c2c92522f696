"""Look, measure, convert, mask, save: on a bundled example and on a real echelle spectrum."""

import numpy as np
import pytest

from spectragui.core.package_data import bundled_examples
from spectragui.core.spectrum import orders_of
from spectragui.gui.files.opening import open_files
from spectragui.gui.files.saving import save_spectrum
from spectragui.io.read import read_spectrum
from tests.gui.conftest import settle
from tests.gui.painted_plot import pixels_of, value_of


def wait_idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=30000)


def drag(view, start, stop):
    view.plot._on_region_dragged(start, stop, True)


def test_from_a_file_to_a_measured_and_masked_one(window, session, qtbot, tmp_path):
    open_files(session, [bundled_examples()[0].path])
    wait_idle(qtbot, session)
    view = window.panel("View")
    for name in ("view.marks.star", "view.marks.telluric", "view.curves.errors"):
        window.trigger(name)
    # The example recedes at 12.3 km/s: Mg b1 lies 0.21 Angstrom to the red.
    drag(view, 5182.6, 5185.0)
    window.trigger("measure.sum")
    row = session.state.measurements[0].row
    assert row["line"] == "Mg I b1 5183.60"
    assert row["centre"] == pytest.approx(5183.60 + 0.21, abs=0.05) and 0.5 < row["ew"] < 1.6
    window.trigger("spectrum.other_medium")
    assert view.plot.plot.axis_label("bottom") == "Wavelength (Å, vacuum, barycentric)"
    window.trigger("spectrum.to_nm")
    assert view.plot.plot.axis_label("bottom") == "Wavelength (nm, vacuum, barycentric)"
    drag(view, 500.0, 500.1)
    window.trigger("view.mask")
    item = session.state.selected
    axis = item.spectrum.spectral_axis
    inside = (axis.wavelength_aa >= 5000.0) & (axis.wavelength_aa <= 5001.0)
    assert not item.spectrum.good[inside].any()
    save_spectrum(session, item, tmp_path / "done.fits")
    wait_idle(qtbot, session)
    back = read_spectrum(tmp_path / "done.fits")
    assert (back.spectral_axis.unit, back.spectral_axis.medium) == ("nm", "vacuum")
    assert np.array_equal(back.good, item.spectrum.good)
    assert [line.split(",")[0].split(" by")[0] for line in back.meta["history"]][:2] == ["Converted"] * 2
    settle()
    text, ink = view.plot.plot.axis_label("bottom"), value_of(window.session.theme.color("observed"))
    assert "nm" in text and (pixels_of(view.plot.plot) == ink).sum() > 500
    for _ in range(4):
        window.trigger("edit.undo")
    first = session.state.selected.spectrum.spectral_axis
    assert (first.unit, first.medium) == ("Angstrom", "air") and session.state.measurements == ()


def test_a_telluric_standard_on_real_orders(window, session, qtbot, shared_data):
    """HPF: GJ 699 and an A0 star of the observatory; an order full of water becomes smooth."""
    from spectragui.gui.spectra.combining import combine_spectra

    paths = ("stars/hpf_gj699_20181003.fits", "formats/hpf_goldilocks_a0v.fits")
    open_files(session, [shared_data / path for path in paths])
    wait_idle(qtbot, session)
    star, standard = session.state.spectra
    combine_spectra(session, "telluric", star, standard)
    wait_idle(qtbot, session)
    made = session.state.selected
    assert made.name == "GJ_699, tellurics divided"

    def roughness(spectrum):
        order = next(o for o in orders_of(spectrum) if o.wavelength_aa[0] < 9400 < o.wavelength_aa[-1])
        good = orders_of(made.spectrum)[orders_of(spectrum).index(order)].good & order.good
        return np.std(np.diff(order.flux[good])) / np.median(order.flux[good])

    assert roughness(made.spectrum) < 0.3 * roughness(star.spectrum)
    view = window.panel("View")
    window.trigger("view.marks.telluric")
    window.trigger("view.marks.sky")
    assert view.plot.marks.row_layout("sky").indices.size > 30
