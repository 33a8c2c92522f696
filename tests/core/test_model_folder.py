"""Model folders: the card's round trip, and every way in which weights can be wrong."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from spectragui.core import model_copy, model_folder
from spectragui.core.errors import ModelError
from spectragui.core.model_folder import CardLabel, ModelCard, WavelengthGrid

CARD = ModelCard(
    name="toy",
    version="1.2",
    kind="emulator",
    title="A toy",
    summary="Nothing real.",
    labels=(CardLabel("teff", "K", 3900.0, 9750.0), CardLabel("logg", "dex", 0.5, 5.0)),
    wavelength=WavelengthGrid(4450.0, 5400.0, 100, 1.2, "air"),
    chain=("continuum", "doppler"),
    training={"data": "none", "seed": 3},
    metrics={"median": 0.001, "by_teff": {"4000-5000": 0.002}},
    limits=("Only a toy.",),
    licence="MIT",
    citation="Nobody 2026",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "toy"
    path.mkdir()
    _save(path, weight=np.ones((3, 4), np.float16), bias=np.zeros(3, np.float32))
    sha256, tensors = model_folder.describe_weights(path)
    model_folder.write_card(dataclasses.replace(CARD, sha256=sha256, tensors=tensors), path)
    return path


def _save(folder: Path, **tensors: np.ndarray) -> None:
    save_file(tensors, folder / model_folder.WEIGHTS_FILE)


def _forget(folder: Path, *names: str) -> None:
    card = model_folder.read_card(folder)
    model_folder.write_card(dataclasses.replace(card, **{name: {} for name in names}), folder)


def test_card_round_trip(folder: Path) -> None:
    card = model_folder.read_card(folder)
    for field in dataclasses.fields(ModelCard):
        if field.name not in ("sha256", "tensors"):
            assert getattr(card, field.name) == getattr(CARD, field.name), field.name
    assert card.tensors == {"weight": (3, 4), "bias": (3,)}
    assert card.range_of("logg") == (0.5, 5.0)
    assert pickle.loads(pickle.dumps(card)) == card


def test_sound_weights_are_read(folder: Path) -> None:
    assert model_folder.check_model(folder).name == "toy"
    weights = model_folder.read_weights(folder)
    np.testing.assert_array_equal(weights["weight"], np.ones((3, 4)))


def test_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        model_folder.read_card(tmp_path / "nowhere")
    (folder / model_folder.WEIGHTS_FILE).unlink()
    with pytest.raises(ModelError, match="lacks its weights"):
        model_folder.read_weights(folder)
    (folder / model_folder.CARD_FILE).unlink()
    with pytest.raises(ModelError, match="no model folder"):
        model_folder.check_model(folder)


@pytest.mark.parametrize("kept", [0, 4, 30, -5])
def test_truncated(folder: Path, kept: int) -> None:
    path = folder / model_folder.WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match="damaged or cut short"):
        model_folder.read_weights(folder)


def test_a_flipped_bit(folder: Path) -> None:
    path = folder / model_folder.WEIGHTS_FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="checksum"):
        model_folder.read_weights(folder)


def test_weights_that_are_no_numbers(folder: Path) -> None:
    _save(folder, weight=np.full((3, 4), np.nan, np.float16), bias=np.zeros(3, np.float32))
    _forget(folder, "sha256")
    with pytest.raises(ModelError, match="no numbers"):
        model_folder.read_weights(folder)


def test_weights_of_another_model(folder: Path) -> None:
    _forget(folder, "sha256")
    _save(folder, weight=np.ones((3, 4), np.float16))
    with pytest.raises(ModelError, match="lack bias"):
        model_folder.read_weights(folder)
    _save(folder, weight=np.ones((3, 5), np.float16), bias=np.zeros(3, np.float32))
    with pytest.raises(ModelError, match="shape"):
        model_folder.read_weights(folder)


def test_pickles_are_never_opened(folder: Path, tmp_path: Path) -> None:
    path = folder / model_folder.WEIGHTS_FILE
    path.write_bytes(pickle.dumps({"weight": [1.0]}))
    with pytest.raises(ModelError, match="pickle"):
        model_folder.read_weights(folder)
    path.unlink()
    (folder / "model.pt").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match=r"model\.pt is a pickle"):
        model_folder.read_weights(folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "net.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="pickle"):
        model_folder.check_model(other)


@pytest.mark.parametrize(
    "text", ["name = ", "", 'name = "x"\nversion = "1"\n', "\x00\xff", 'labels = "teff"']
)
def test_a_wrong_card(folder: Path, text: str) -> None:
    (folder / model_folder.CARD_FILE).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match="card"):
        model_folder.read_card(folder)


def test_import_find_and_list(folder: Path) -> None:
    before = [entry.card.name for entry in model_folder.list_models()]
    target = model_copy.import_model(folder)
    assert model_folder.find_model("toy") == target
    added = {entry.card.name: entry for entry in model_folder.list_models()}
    assert set(added) == {*before, "toy"} and not added["toy"].is_bundled
    assert model_folder.find_model(str(folder)) == folder
    with pytest.raises(ModelError, match="already"):
        model_copy.import_model(folder)
    with pytest.raises(ModelError, match="no model 'nothing'") as caught:
        model_folder.find_model("nothing")
    assert "toy" in caught.value.hint


def test_bundled_models_are_sound() -> None:
    bundled = [entry for entry in model_folder.list_models() if entry.is_bundled]
    for entry in bundled:
        assert model_folder.check_model(entry.path).name == entry.path.name


def test_a_second_export_does_not_nest(tmp_path):
    copy = model_copy.export_model("optical-parameters", tmp_path / "copy")
    with pytest.raises(ModelError, match="exists already"):
        model_copy.export_model("optical-parameters", copy)


def test_importing_what_is_not_there_blames_the_path(tmp_path):
    with pytest.raises(ModelError, match="Check the path"):
        model_copy.import_model(tmp_path / "nothing")
