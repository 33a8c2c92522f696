"""A view that was chosen for one spectrum shows the next one too, however bright it is."""

from __future__ import annotations

import numpy as np

from spectragui.gui.denoise.plot import DenoisePlot
from tests.gui.conftest import make_spectrum


def seen(plot, spectrum) -> float:
    low, high = plot.box.viewRange()[1]
    return float(np.mean((spectrum.flux >= low) & (spectrum.flux <= high)))


def test_y_limits_follow_a_brighter_star_and_stay_for_the_same_one(theme, qtbot):
    plot = DenoisePlot(theme)
    qtbot.addWidget(plot)
    plot.resize(800, 500)
    first = make_spectrum(2000)
    plot.set_denoising(first, None)
    start, stop = first.wavelength_aa[400], first.wavelength_aa[1200]
    plot.box.setRange(xRange=(start, stop), yRange=(0.98, 0.99), padding=0.0)
    masked = first.replace(mask=np.arange(2000) < 50)
    plot.set_denoising(masked, None)
    assert np.allclose(plot.box.viewRange(), ((start, stop), (0.98, 0.99)))
    plot.box.setRange(xRange=(start, stop), yRange=(0.0, 2.0), padding=0.0)
    similar = first.replace(flux=1.02 * first.flux)
    plot.set_denoising(similar, None)
    assert np.allclose(plot.box.viewRange(), ((start, stop), (0.0, 2.0)))
    bright = first.replace(flux=40.0 * first.flux)
    plot.set_denoising(bright, None)
    assert np.allclose(plot.box.viewRange()[0], (start, stop))
    assert seen(plot, bright) > 0.9
