"""`spectragui models`: drawing, errors, history, BibTeX, checksums."""

from __future__ import annotations

import dataclasses
import json
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

from spectragui.core.loss_history import history_table, read_history
from spectragui.core.model_folder import find_model, list_models, read_card, user_models_folder
from spectragui.inference.model_drawing import layer_rows, model_svg


def test_every_bundled_model_has_a_drawing_whose_weights_are_the_cards():
    for entry in list_models():
        text = model_svg(entry.card)
        ElementTree.fromstring(text)
        assert entry.card.name in text
    card = read_card(find_model("optical-parameters"))
    rows = layer_rows(card)
    assert (rows[0].title, rows[-1].title) == ("spectrum", "labels")
    assert [row.text for row in rows if row.title == "dense.0"] == ["3,106 to 1,024, 3.18 M weights"]
    titles = [row.title for row in rows]
    assert titles.index("embedding") < titles.index("dense.0") < titles.index("dense.9")


def test_show_writes_drawing_and_errors(run, tmp_path):
    result = run(
        "models",
        "show",
        "optical-parameters",
        "--drawing",
        tmp_path / "net.svg",
        "--errors",
        tmp_path / "e.png",
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "net.svg").read_text().startswith("<svg") and (
        tmp_path / "e.png"
    ).stat().st_size > 5000
    assert run("models", "show", "optical-parameters", "--drawing", tmp_path / "net.doc").exit_code == 1
    without = run("models", "show", "optical-emulator", "--errors", tmp_path / "none.png")
    assert without.exit_code == 1 and "no errors by S/N" in without.stderr


@pytest.fixture
def trained(tmp_path):
    """Return a copy of a model among the user's, with a history in its card."""
    import tomlkit

    folder = user_models_folder() / "mine"
    shutil.copytree(find_model("optical-parameters"), folder)
    steps = tmp_path / "checkpoints"
    steps.mkdir()
    rows = [{"step": n, "loss": 2 / n, "validation_loss": 3 / n, "elapsed_s": n} for n in range(1, 1000)]
    (steps / "member0.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    card = folder / "card.toml"
    table = tomlkit.dumps({"history": history_table(steps)})
    card.write_text(card.read_text().replace('name = "optical-parameters"', 'name = "mine"') + "\n" + table)
    return folder


def test_a_history_is_kept_in_the_card_and_drawn(run, trained, tmp_path):
    (one,) = read_history(trained, read_card(trained))
    assert one.step.size == 200 and one.best == (999.0, pytest.approx(3 / 999))
    result = run("models", "history", "mine", "-o", tmp_path / "loss.png")
    assert result.exit_code == 0 and "member0: 200 points to batch 999" in result.stdout
    assert (tmp_path / "loss.png").stat().st_size > 5000
    (content,) = json.loads(run("models", "history", "mine", "--json").stdout)
    assert len(content["validation_loss"]) == 200
    none = run("models", "history", "optical-parameters")
    assert none.exit_code == 1 and "keeps no history" in none.stderr


def test_bibtex_of_all_and_of_one(run):
    every = run("models", "cite").stdout
    assert every.count("@software{") == len(list_models())
    one = run("models", "cite", "optical-parameters").stdout
    assert one.startswith("@software{spectragui_optical_parameters,") and "version = {1.0}" in one


def test_verify_finds_what_was_changed(run, trained):
    assert run("models", "verify", "optical-parameters").exit_code == 0
    weights = trained / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    result = run("models", "verify")
    assert (
        result.exit_code == 1
        and "mine: " in result.stderr
        and "optical-parameters 1.0: sound" in result.stdout
    )


def test_a_drawing_of_photometry_names_its_bands_and_outputs() -> None:
    """What magnitudes are scaled by is no layer; layers stand from the first to the last."""
    rows = layer_rows(read_card(find_model("alhambra-stellarity")))
    assert rows[0].text == "24 bands with errors, 7 sizes and shapes"
    assert (rows[1].title, rows[-2].title, rows[-1].text) == ("first", "last", "p_star: 2 bins")
    paper = read_card(find_model("alhambra-stellarity"))
    tensors = {"member0.labels.log_sigma": [3], "member0.labels.linear.weight": [3, 128]}
    said = layer_rows(dataclasses.replace(paper, kind="parameters", tensors=tensors))
    assert [row.title for row in said[1:3]] == ["labels.linear", "errors"] and "3 that no" in said[2].text
    assert not {"centre", "scale", "band_weight", "calibration"} & {row.title for row in rows}
