"""Which networks predict is chosen where others than the bundled ones are at hand."""

import dataclasses

from spectragui.core.model_folder import find_model, read_card
from spectragui.gui.photometry.opening_catalogues import open_catalogues
from tests.gui.photometry.sample_catalogues import write_csv

LISTING = "spectragui.inference.photometry.photometry_model.other_models"


def test_a_network_of_ones_own_is_offered(window, qtbot, tmp_path, monkeypatch):
    card = read_card(find_model("alhambra-redshift"))
    monkeypatch.setattr(LISTING, lambda bands: [dataclasses.replace(card, name="mine")] if bands else [])
    session = window.session
    open_catalogues(session, [write_csv(tmp_path / "cat.csv", 5)], asks=False)
    qtbot.waitUntil(lambda: session.state.catalogue is not None and not session.tasks.active_jobs)
    controls = window.panel("Photometry controls")
    assert [controls.models.itemText(i) for i in range(controls.models.count())] == [
        "Bundled networks",
        f"mine {card.version} for redshift",
    ]
    controls.models.setCurrentIndex(1)
    controls.models.activated.emit(1)
    assert session.state.photometry.model == "mine" and controls.models.currentIndex() == 1
    session.update(photometry=session.state.photometry.replace(model=""))
    assert controls.models.currentIndex() == 0


def test_no_choice_is_shown_where_there_is_none(window, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(LISTING, lambda bands: [])
    session = window.session
    open_catalogues(session, [write_csv(tmp_path / "cat.csv", 5)], asks=False)
    qtbot.waitUntil(lambda: session.state.catalogue is not None and not session.tasks.active_jobs)
    assert window.panel("Photometry controls").models.isHidden()
