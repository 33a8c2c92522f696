"""Help > Models: cards, errors, losses, layers; import, export, verify in the background."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from spectragui.core.model_folder import find_model, list_models
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.models.cards_dialog import import_checked, show_models
from spectragui.gui.models.model_pages import ErrorsPage, LayersPage, LossPage
from tests.gui.predictions import open_with


@pytest.fixture
def dialog(window):
    shown = show_models(window)
    yield shown
    shown.close()


def choose(dialog, name):
    names = [entry.card.name for entry in list_models()]
    dialog._list.setCurrentRow(names.index(name))


def open_page(dialog, name):
    titles = [dialog._tabs.tabText(n) for n in range(dialog._tabs.count())]
    dialog._tabs.setCurrentIndex(titles.index(name))
    return dialog._tabs.currentWidget()


def test_errors_losses_and_layers_of_a_model_are_shown(dialog):
    choose(dialog, "optical-parameters")
    page = open_page(dialog, "Errors").findChild(ErrorsPage)
    assert len(page.plots) == 6
    assert "Teff" in page.plots[0].axis_label("left")
    assert open_page(dialog, "Loss").findChild(LossPage) is not None
    drawing = open_page(dialog, "Layers").findChild(LayersPage)
    assert drawing.widget().renderer().isValid()
    for entry in list_models():  # the page in front stays in front
        choose(dialog, entry.card.name)
        assert dialog._tabs.tabText(dialog._tabs.currentIndex()) == "Layers"
        for title in ("Card", "Errors", "Loss", "Layers"):
            open_page(dialog, title)
    dialog.grab()


def spectrum_from(start_aa):
    axis = SpectralAxis(start_aa + 0.05 * np.arange(18_000), medium="air", frame="rest")
    return Spectrum(axis, np.ones(18_000), np.full(18_000, 0.01))


@pytest.mark.parametrize(("start_aa", "said"), [(4460.0, "Serves the"), (8460.0, "covers 0 % of its window")])
def test_a_model_says_whether_it_serves_the_selected_spectrum(window, start_aa, said):
    open_with(window.session, spectrum_from(start_aa), None)
    dialog = show_models(window)
    choose(dialog, "optical-parameters")
    assert said in dialog._text.toPlainText()
    dialog.close()


def test_the_citation_is_copied_and_a_sound_model_verified(dialog, window, qtbot):
    choose(dialog, "optical-parameters")
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Copy BibTeX"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("@software{spectragui_optical_parameters")
    qtbot.mouseClick(buttons["Verify"], Qt.MouseButton.LeftButton)
    said = lambda: [m.text for m in window.session.notifications.messages]  # noqa: E731
    qtbot.waitUntil(lambda: any("is as its card says" in text for text in said()), timeout=30_000)


def test_an_imported_model_is_listed_and_a_damaged_one_refused(dialog, window, qtbot, tmp_path):
    source = tmp_path / "my-emulator"
    shutil.copytree(find_model("optical-emulator"), source)
    card = source / "card.toml"
    card.write_text(card.read_text().replace('name = "optical-emulator"', 'name = "my-emulator"'))
    dialog.import_from(source)
    qtbot.waitUntil(
        lambda: dialog.entry is not None and dialog.entry.card.name == "my-emulator", timeout=60_000
    )
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(Exception, match="checksum|truncated|damaged|already|there"):
        import_checked(source, lambda *_: None)


def test_a_history_beside_the_weights_is_drawn(theme, qtbot, tmp_path):
    from spectragui.core.loss_history import read_history
    from spectragui.core.model_folder import read_card

    folder = tmp_path / "checkpoints"
    folder.mkdir()
    lines = [
        json.dumps({"step": n, "loss": 1 / n, "validation_loss": 1.1 / n, "elapsed_s": n})
        for n in range(1, 50)
    ]
    (folder / "member0.jsonl").write_text("\n".join(lines))
    history = read_history(tmp_path, read_card(find_model("optical-parameters")))
    page = LossPage(history, theme)
    qtbot.addWidget(page)
    assert [one.name for one in history] == ["member0"] and history[0].best == (49.0, pytest.approx(1.1 / 49))
    assert (
        len(page.plot.listDataItems() if hasattr(page.plot, "listDataItems") else page.plot.plotItem.items)
        >= 2
    )
