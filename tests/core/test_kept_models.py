"""A model that is replaced while a window is open is read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spectragui.core.errors import ModelError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.model_folder import CARD_FILE, WEIGHTS_FILE, find_model
from spectragui.networks.parameter_network import load_network


def test_it_is_read_again_where_a_file_of_its_folder_changes(tmp_path: Path):
    calls = []

    @kept_while_unchanged(2)
    def read(folder: Path, word: str = "") -> int:
        calls.append((folder, word))
        return len(calls)

    weights = tmp_path / "weights"
    weights.write_text("a")
    assert [read(tmp_path), read(tmp_path), read(tmp_path, "x"), read(tmp_path)] == [1, 1, 2, 1]
    weights.write_text("other")
    assert read(tmp_path) == 3
    (tmp_path / "more").write_text("")
    assert read(tmp_path) == 4
    assert read(tmp_path / "nothing") == 5


def test_weights_that_are_damaged_under_an_open_window_are_not_used_on(tmp_path: Path):
    for name in (CARD_FILE, WEIGHTS_FILE):
        shutil.copy(find_model("optical-parameters") / name, tmp_path / name)
    first = load_network(tmp_path)
    assert load_network(tmp_path) is first
    (tmp_path / WEIGHTS_FILE).unlink()
    (tmp_path / WEIGHTS_FILE).write_bytes(b"\0" * 1000)
    with pytest.raises(ModelError):
        load_network(tmp_path)
