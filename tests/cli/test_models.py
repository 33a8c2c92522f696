"""`spectragui models`: cards, copies in and out, and what is refused."""

import json
import pickle

import pytest

NAME = "optical-emulator"


@pytest.fixture
def exported(run, tmp_path):
    """Return a copy of a bundled model, under a name of its own."""
    copy = tmp_path / "mine"
    result = run("models", "export", NAME, copy)
    assert result.exit_code == 0, result.output
    card = copy / "card.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(f'name = "{NAME}"', 'name = "mine"', 1), encoding="utf-8")
    return copy


def test_the_bundled_models_are_listed(run):
    assert NAME in run("models").stdout
    entries = json.loads(run("models", "list", "--json").stdout)
    entry = next(entry for entry in entries if entry["name"] == NAME)
    assert entry["is_bundled"]
    assert {label["name"] for label in entry["labels"]} == {"teff", "logg", "m_h", "alpha_m", "vmic"}


def test_a_card_says_ranges_limits_and_citation(run):
    result = run("models", "show", NAME)
    assert result.exit_code == 0
    assert "teff: 3900 to 9750 K" in result.stdout
    assert "limit: " in result.stdout
    assert "cite: " in result.stdout
    assert json.loads(run("models", "show", NAME, "--json").stdout)["kind"] == "emulator"


def test_an_unknown_name_lists_the_known_ones(run):
    result = run("models", "show", "optical")
    assert result.exit_code == 1
    assert "There is no model 'optical'" in result.stderr
    assert NAME in result.stderr


def test_a_model_goes_out_and_in(run, exported, private_home):
    result = run("models", "import", exported)
    assert result.exit_code == 0, result.output
    entries = json.loads(run("models", "list", "--json").stdout)
    mine = next(entry for entry in entries if entry["name"] == "mine")
    assert not mine["is_bundled"]
    assert str(private_home) in mine["path"]
    again = run("models", "import", exported)
    assert again.exit_code == 1
    assert "There is a model mine already" in again.stderr


def test_an_export_overwrites_nothing(run, exported):
    (exported / "notes.txt").write_text("mine")
    for _ in range(2):  # into the folder, then onto what is there
        result = run("models", "export", NAME, exported)
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert (exported / "notes.txt").read_text() == "mine"


def test_damaged_weights_are_refused(run, exported):
    weights = exported / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 0x40
    weights.write_bytes(content)
    result = run("models", "import", exported)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    weights.write_bytes(content[: len(content) // 2])
    assert "damaged or cut short" in run("models", "import", exported).stderr


def test_a_pickle_is_refused_unopened(run, exported, tmp_path):
    (exported / "model.safetensors").write_bytes(pickle.dumps({"weights": [1.0]}))
    assert "is a pickle" in run("models", "import", exported).stderr
    alone = tmp_path / "model.pt"
    alone.write_bytes(b"PK\x03\x04")
    result = run("models", "import", alone)
    assert result.exit_code == 1
    assert "is a pickle" in result.stderr
