"""A model of two labels in another window and medium, in the window."""

from __future__ import annotations

import pytest

from spectragui.gui.parameters.panel import ParametersPanel
from spectragui.gui.session.state import OpenSpectrum, Result
from spectragui.inference.prediction import PredictOptions
from tests.inference.toy_model import toy_in, toy_star

pytest.importorskip("torch")


def test_it_is_drawn_in_vacuum_with_its_own_labels_only(qtbot, session, tmp_path, tmp_path_factory):
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum

    star = toy_star(4000.0, 4.2)
    model = toy_in(tmp_path, tmp_path_factory)
    prediction = predict_spectrum(star, PredictOptions(model=str(model)))
    panel = ParametersPanel(session)
    qtbot.addWidget(panel)
    panel.resize(800, 500)
    panel.show()
    session.update(spectra=(OpenSpectrum("a", (), 0, star),), selected_id="a")
    session.update(results=(Result("r", "a", prediction),), selected_result_id="r")
    qtbot.waitUntil(lambda: panel.plot.comparison is prediction.comparison)
    axes = [plot.getAxis("bottom").labelText for plot in (panel.plot.plot, panel.plot.residual)]
    assert "Wavelength (Å, vacuum, rest frame)" in axes
    low, high = panel.plot.box.viewRange()[0]
    assert low > 8600.0 and high < 8850.0
    items = panel.sensitivities.model()
    offered = [
        panel.sensitivities.itemData(row) for row in range(items.rowCount()) if items.item(row).isEnabled()
    ]
    assert set(offered) == {"", "teff", "logg", "vsini"}
