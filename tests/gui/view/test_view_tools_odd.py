"""Every tool of the View on spectra that are not as expected: a sentence or a result, never an exception."""

import numpy as np
import pytest

from spectragui.analysis.axis_conversion import converted
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.session.state import OpenSpectrum
from tests.gui.conftest import make_echelle, make_spectrum

TOOLS = (
    *(f"view.curves.{name}" for name in ("errors", "stacked", "normalised")),
    *(f"view.marks.{name}" for name in ("star", "telluric", "sky")),
    *(f"measure.{name}" for name in ("statistics", "sum", "gaussian", "voigt", "from_one", "gaussian")),
    "view.mask",
    "view.unmask",
    "spectrum.other_medium",
    "spectrum.to_rest",
    *(f"spectrum.to_{unit}" for unit in ("nm", "um", "cm-1", "Angstrom")),
    "edit.undo",
    "edit.undo",
)


def pixels():
    return Spectrum(SpectralAxis(np.arange(200.0), unit="pixel"), np.linspace(1, 2, 200))


def with_axis(**changes):
    spectrum = make_spectrum()
    return spectrum.replace(spectral_axis=spectrum.spectral_axis.replace(**changes))


CASES = {
    "pixels": pixels(),
    "no errors": make_spectrum().replace(uncertainty=None),
    "nothing good": make_spectrum().replace(mask=np.ones(400, dtype=bool)),
    "zero flux": make_spectrum().replace(flux=np.zeros(400)),
    "negative": make_spectrum().replace(flux=-make_spectrum().flux),
    "huge": make_spectrum().replace(flux=1e300 * make_spectrum().flux),
    "two pixels": Spectrum(SpectralAxis(np.array([5000.0, 5001.0])), np.array([1.0, 2.0])),
    "nothing known": with_axis(medium="unknown", frame="unknown"),
    "wavenumbers": converted(make_spectrum(), unit="cm-1"),
    "ultraviolet": make_spectrum(start_aa=1200.0),
    "infrared": make_spectrum(start_aa=50000.0),
    "orders": make_echelle(),
    "an order of pixels": EchelleSpectrum((make_spectrum(100, 5000.0), make_spectrum(100, 5002.0))),
}


@pytest.mark.parametrize("name", CASES)
def test_every_tool_on(window, session, name):
    unexpected = []
    session.notifications.unexpected_raised.connect(unexpected.append)
    other = OpenSpectrum("other", (), 0, make_spectrum(v_rad_kms=10.0))
    session.update(spectra=(OpenSpectrum("a", (), 0, CASES[name]), other), selected_id="a")
    view = window.panel("View")
    view.catch_up()
    (left, right), _ = view.plot.box.viewRange()
    for tool in TOOLS:
        middle, half = 0.5 * (left + right), 0.1 * (right - left)
        view.plot._on_region_dragged(middle - half, middle + half, True)
        if window.actions_bar.qactions[tool].isEnabled():
            window.trigger(tool)
        view.plot.plot.viewport().repaint()
        session.update(tool="")
    for index in range(4):
        view.units.activated.emit(index)
        view.plot.plot.viewport().repaint()
    window.panel("Axis passport").catch_up()
    window.panel("Measurements").catch_up()
    assert not unexpected
