"""The status bar says where networks run, and changes it."""

from __future__ import annotations

import sys

import pytest

from spectragui.gui.shell import device_chip
from spectragui.gui.shell.device_chip import DeviceChip, device_words
from spectragui.networks.device import NO_GPU, Device


@pytest.fixture
def chip(qtbot, session):
    widget = DeviceChip(session)
    qtbot.addWidget(widget)
    return widget


def test_a_gpu_that_is_not_there_is_said_and_the_cpu_used(chip, session, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", sys.modules.get("torch") or object())
    monkeypatch.setattr(
        "spectragui.networks.device.choose_device",
        lambda wanted: Device("cpu", NO_GPU if wanted == "cuda" else ""),
    )
    menu = chip.menu_now()
    assert [action.isChecked() for action in menu.actions()] == [True, False, False]
    menu.actions()[2].trigger()
    assert session.state.settings.device == "cuda"
    assert chip.text() == "CPU" and NO_GPU in chip.toolTip()
    assert any(NO_GPU in message.text for message in session.notifications.messages)
    menu.actions()[1].trigger()
    assert session.state.settings.device == "cpu" and NO_GPU not in chip.toolTip()


def test_a_gpu_is_told_once_torch_is_there(chip, session, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert device_words("auto") == ("GPU if there is one", "")
    monkeypatch.setitem(sys.modules, "torch", object())
    monkeypatch.setattr("spectragui.networks.device.choose_device", lambda wanted: Device("cuda"))
    assert device_words("auto") == ("GPU", "")
    chip.show_device()
    assert chip.text() == "GPU"


def test_the_window_has_it(window):
    assert window.findChild(device_chip.DeviceChip) is not None
