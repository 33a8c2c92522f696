"""Cards of every format, and cards that say what cannot be."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from spectragui.core.card_formats import MISSING_IN_FORMAT_1
from spectragui.core.errors import ModelError
from spectragui.core.model_card import Edge
from spectragui.core.model_folder import read_card, write_card
from spectragui.core.package_data import data_folder

FORMAT_1 = """
name = "mine"
version = "1.0"
kind = "parameters"

[labels.teff]
unit = "K"
minimum = 3900.0
maximum = 9720.0

[wavelength]
start_aa = 4450.017812358332
stop_aa = 5395.349404704716
n_pixels = 12032
dv_kms = 4.8
"""


def card_of(folder: Path, text: str):
    folder.mkdir(exist_ok=True)
    (folder / "card.toml").write_text(text, encoding="utf-8")
    return read_card(folder)


def test_format_1_means_what_the_program_then_did(tmp_path):
    card = card_of(tmp_path / "mine", FORMAT_1)
    assert card.window_aa == (4450.0, 5400.0)
    assert card.medium == "air"
    assert card.companions.emulator == card.companions.error_patterns == "optical-emulator"
    assert card.labels[0].edge == Edge(150.0, 60.0)
    assert (card.domain.coolest_teff, card.domain.lte_warn, card.domain.lte_bad) == (4200.0, -1.5, -2.0)
    assert card.errors["physics"]["teff"] == 34.0


@pytest.mark.parametrize("kind", sorted(MISSING_IN_FORMAT_1))
def test_a_card_that_is_written_again_is_of_the_present_format_and_the_same(tmp_path, kind):
    card = card_of(tmp_path / "mine", FORMAT_1.replace('"parameters"', f'"{kind}"'))
    path = write_card(card, tmp_path / "mine")
    assert "format = 2" in path.read_text(encoding="utf-8")
    assert read_card(tmp_path / "mine") == card


def test_bundled_cards_say_all_themselves():
    for folder in data_folder("models").iterdir():
        assert "format = 2" in (folder / "card.toml").read_text(encoding="utf-8")
    card = read_card(data_folder("models") / "optical-parameters")
    missing = MISSING_IN_FORMAT_1["parameters"]
    assert list(card.window_aa) == missing["domain"]["window_aa"]
    assert card.errors == missing["errors"]


def test_present_cards_get_nothing_from_the_program(tmp_path):
    card = card_of(tmp_path / "mine", "format = 2\n" + FORMAT_1)
    assert card.window_aa == (4450.017812358332, 5395.349404704716)
    assert card.companions.emulator == ""
    assert card.domain.coolest_teff == -math.inf
    assert card.labels[0].edge == Edge()


def test_a_newer_format_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="has format 3; this program reads formats up to 2") as caught:
        card_of(tmp_path / "mine", "format = 3\n" + FORMAT_1)
    assert caught.value.hint == "Update SpectraGUI."


@pytest.mark.parametrize("number", ['"2"', "0", "-1", "2.0", "true"])
def test_a_format_that_is_none_is_refused(tmp_path, number):
    with pytest.raises(ModelError, match="which is none"):
        card_of(tmp_path / "mine", f"format = {number}\n" + FORMAT_1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "mine"', 'name = "../../mine"', "name"),
        ('name = "mine"', 'name = "/etc/mine"', "name"),
        ('name = "mine"', f'name = "{"a" * 65}"', "name"),
        ('name = "mine"', 'name = ".mine"', "name"),
        ('kind = "parameters"', 'kind = "oracle"', "kind 'oracle' is not known"),
        ("[labels.teff]", "[labels.colour]", "'colour' is not a label"),
        ('unit = "K"', 'unit = "kK"', "'kK', not in 'K'"),
        ("minimum = 3900.0", "minimum = nan", "range of teff"),
        ("maximum = 9720.0", "maximum = inf", "range of teff"),
        ("maximum = 9720.0", "maximum = 100.0", "range of teff"),
        ("n_pixels = 12032", "n_pixels = 1000000000000", "n_pixels is 1000000000000"),
        ("n_pixels = 12032", "n_pixels = -1", "n_pixels is -1"),
        ("n_pixels = 12032", 'n_pixels = "many"', "n_pixels is 'many'"),
        ("start_aa = 4450.017812358332", "start_aa = -5.0", "range of wavelength"),
        ("dv_kms = 4.8", "dv_kms = nan", "dv_kms"),
        ("dv_kms = 4.8", 'dv_kms = 4.8\nmedium = "water"', "medium 'water'"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[domain]\nwindow_aa = [5400.0, 4450.0]", "window_aa"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[domain]\nwindow_aa = 4450.0", "incomplete or wrong"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[domain]\nresolving_power = [0.0, inf]", "resolving_power"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[domain]\ncoolest_teff = nan", "coolest_teff"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[domain]\nwarmest = 3.0", "incomplete or wrong"),
        ("dv_kms = 4.8", 'dv_kms = 4.8\n[companions]\nemulator = "../evil"', "emulator '../evil'"),
        ("dv_kms = 4.8", 'dv_kms = 4.8\n[sha256]\n"../../passwd" = "00"', "file '../../passwd'"),
        ("dv_kms = 4.8", 'dv_kms = 4.8\n[sha256]\n"model.safetensors" = "00"', "checksum"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[errors.physics]\nteff = -1.0", "physics.teff"),
        ("dv_kms = 4.8", "dv_kms = 4.8\n[tensors]\nweight = [-3]", "negative size"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, old, new, said):
    text = "format = 2\n" + FORMAT_1.replace(old, new)
    assert new in text
    with pytest.raises(ModelError) as caught:
        card_of(tmp_path / "mine", text)
    assert said in caught.value.message
