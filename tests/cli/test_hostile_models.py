"""Models from strangers: whatever cards, weights and folders say, one sentence and nothing else happens."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tomlkit
from safetensors import safe_open
from safetensors.numpy import save_file

from spectragui.core.model_folder import checksum
from spectragui.core.package_data import data_folder

SMALL = Path(__file__).resolve().parents[1] / "homes" / "04dbaad" / "exported" / "small"
HUGE = 10**12


@pytest.fixture
def stranger(tmp_path) -> Path:
    """Return a folder with a sound model of a stranger, ready to be made unsound."""
    folder = tmp_path / "post" / "mine"
    folder.mkdir(parents=True)
    for name in ("card.toml", "model.safetensors"):
        shutil.copy(SMALL / name, folder / name)
    change_card(folder, name="mine")
    return folder


@pytest.fixture
def refused(run, private_home, tmp_path) -> Callable[[Path], str]:
    """Return a function that imports a folder, checks that nothing came of it, and returns what was said."""

    def import_it(folder: Path) -> str:
        before = everything_in(private_home, tmp_path)
        result = run("models", "import", folder)
        assert result.exit_code == 1, result.output
        assert result.stderr.count("\n") == 1, result.stderr
        assert "fault of SpectraGUI" not in result.stderr
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stderr), repr(result.stderr)
        for word in (
            "NoneType",
            "object is not",
            "cannot reshape",
            "broadcast",
            "unexpected keyword",
            "dtype",
        ):
            assert word not in result.stderr
        assert everything_in(private_home, tmp_path) == before
        return result.stderr

    return import_it


def everything_in(*folders: Path) -> set[str]:
    found = {str(path) for folder in folders for path in folder.rglob("*")}
    return {path for path in found if not path.endswith(("data/spectragui", "data/spectragui/models"))}


def change_card(folder: Path, **changes: object) -> None:
    """Set entries of a card by their dotted names (``wavelength__n_pixels``)."""
    path = folder / "card.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        *tables, key = name.split("__")
        table = content
        for part in tables:
            table = table.setdefault(part, {})
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    path.write_text(tomlkit.dumps(content), encoding="utf-8")


def change_weights(folder: Path, metadata: dict[str, str] | None = None, **tensors: object) -> None:
    """Change tensors (``__`` for a dot; None leaves one out) and metadata; the card then fits the file."""
    path = folder / "model.safetensors"
    with safe_open(path, "np") as stream:
        found = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        kept = dict(stream.metadata() or {})
    for name, value in tensors.items():
        key = name.replace("__", ".")
        found.pop(key, None)
        if value is not None:
            found[key] = np.ascontiguousarray(value)
    save_file(found, path, {**kept, **(metadata or {})})
    seal(folder, found)


def seal(folder: Path, tensors: dict[str, np.ndarray] | None = None) -> None:
    """Make the card's checksum, and its list of tensors, fit the weights."""
    change_card(folder, sha256={"model.safetensors": checksum(folder / "model.safetensors")})
    if tensors is not None:
        change_card(folder, tensors={name: list(value.shape) for name, value in tensors.items()})


def test_the_sound_one_is_imported_and_only_what_its_card_names(run, stranger, private_home):
    (stranger / "usercustomize.py").write_text("raise SystemExit('run')")
    (stranger / "checkpoints").mkdir()
    result = run("models", "import", stranger)
    assert result.exit_code == 0, result.output
    copied = private_home / "data" / "spectragui" / "models" / "mine"
    assert sorted(path.name for path in copied.iterdir()) == ["card.toml", "model.safetensors"]


NAMES = [
    "../../../lib/site-packages", "..", ".", "", "/evil", "a/b",
    "a\\b", "C:evil", "-rf", ".hidden",
    "a b", "é", "a" * 65, "con", "NUL.txt", "end.", "\x1b[31mred", "a\nb", "a\u202eb", "~", "$HOME", "%TEMP%",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_paths(refused, stranger, name):
    change_card(stranger, name=name)
    assert "name" in refused(stranger)


CARDS: dict[str, dict[str, object]] = {
    "sum of another file": {"sha256": {"card.toml": "0" * 64}},
    "sum of a file elsewhere": {"sha256": {"../../etc/passwd": "0" * 64}},
    "sum of an absolute file": {"sha256": {"/etc/passwd": "0" * 64}},
    "a program among the files": {"sha256__usercustomize.py": "0" * 64},
    "no sum": {"sha256": None},
    "sum is no sum": {"sha256": {"model.safetensors": "sound"}},
    "sum is a number": {"sha256": {"model.safetensors": 5}},
    "a hundred files": {"sha256": {f"{n}.safetensors": "0" * 64 for n in range(100)}},
    "no tensors": {"tensors": None},
    "tensor of another shape": {"tensors__member0.bias": [3]},
    "tensor of huge shape": {"tensors__member0.bias": [HUGE, HUGE]},
    "tensor of negative shape": {"tensors__member0.bias": [-4]},
    "shape is text": {"tensors__member0.bias": "many"},
    "shape is true": {"tensors__member0.bias": [True]},
    "one tensor more": {"tensors__more": [1]},
    "n_pixels huge": {"wavelength__n_pixels": HUGE},
    "n_pixels negative": {"wavelength__n_pixels": -1},
    "n_pixels zero": {"wavelength__n_pixels": 0},
    "n_pixels text": {"wavelength__n_pixels": "6016"},
    "n_pixels true": {"wavelength__n_pixels": True},
    "n_pixels broken": {"wavelength__n_pixels": 6016.5},
    "n_pixels of another grid": {"wavelength__n_pixels": 12032},
    "start nan": {"wavelength__start_aa": float("nan")},
    "start infinite": {"wavelength__start_aa": float("inf")},
    "start of another grid": {"wavelength__start_aa": 6000.0},
    "stop before start": {"wavelength__stop_aa": 1.0},
    "step nan": {"wavelength__dv_kms": float("nan")},
    "step of another grid": {"wavelength__dv_kms": 1.0},
    "medium unknown": {"wavelength__medium": "water"},
    "medium a list": {"wavelength__medium": ["air"]},
    "wavelength a list": {"wavelength": [1, 2]},
    "wavelength missing": {"wavelength": None},
    "wavelength with more": {"wavelength__unit": "parsec"},
    "kind unknown": {"kind": "oracle"},
    "kind of another model": {"kind": "emulator"},
    "kind a generator": {"kind": "cvae"},
    "kind a table": {"kind": {"a": 1}},
    "kind missing": {"kind": None},
    "version missing": {"version": None},
    "labels missing": {"labels": None},
    "labels a list": {"labels": ["teff"]},
    "label unknown": {"labels__colour": {"unit": "mag", "minimum": 0.0, "maximum": 1.0}},
    "label with nan limits": {"labels__teff__minimum": float("nan")},
    "label with infinite limits": {"labels__teff__maximum": float("inf")},
    "label with vast limits": {"labels__teff__maximum": 1e30},
    "label limits turned": {"labels__teff__minimum": 9e3, "labels__teff__maximum": 4e3},
    "label limits text": {"labels__teff__minimum": "cool"},
    "label limits a list": {"labels__teff__minimum": [4000.0]},
    "label a number": {"labels__teff": 5},
    "label of another unit": {"labels__teff__unit": "eV"},
    "edge nan": {"format": 2, "labels__teff__edge": {"warn": float("nan")}},
    "edge that switches the check off": {"format": 2, "labels__teff__edge": {"warn": -1e30, "bad": -1e30}},
    "edge unknown": {"format": 2, "labels__teff__edge": {"cliff": 1.0}},
    "edge text": {"format": 2, "labels__teff__edge": "far"},
    "domain nan": {"domain__coolest_teff": float("nan")},
    "domain of text": {"domain__window_aa": "all"},
    "domain of three": {"domain__window_aa": [1.0, 2.0, 3.0]},
    "domain a number": {"domain": 3},
    "companion a path": {"companions__emulator": "../../evil"},
    "companion a list": {"companions__emulator": ["optical-emulator"]},
    "companion unknown": {"companions__friend": "optical-emulator"},
    "error negative": {"errors__physics": {"teff": -5.0}},
    "error infinite": {"errors__physics": {"teff": float("inf")}},
    "error text": {"errors__physics": {"teff": "small"}},
    "errors a list": {"errors": [1.0]},
    "metrics a text": {"metrics": "good"},
    "limits a number": {"limits": 3},
    "chain a table": {"chain": {"a": 1}},
    "format newer": {"format": 99},
    "format none": {"format": "two"},
    "network unknown": {"network": {"architecture": "oracle", "n_members": 1}},
    "network a text": {"network": "big"},
}  # fmt: skip


@pytest.mark.parametrize("changes", CARDS.values(), ids=CARDS)
def test_cards_that_lie(refused, stranger, changes):
    change_card(stranger, **changes)
    refused(stranger)


TEXTS = {
    "empty": b"",
    "no toml": b"name = ",
    "binary": b"\x00\xff\x00\xff",
    "latin": 'name = "caf\xe9"'.encode("latin-1"),
    "deep list": b"a = " + b"[" * 100_000,
    "deep tables": b"a" + b".a" * 100_000 + b" = 1",
    "deep quoted": b'"a"' + b'."a"' * 50_000 + b" = 1",
    "long number": b"version = " + b"9" * 100_000,
    "huge number": b'name = "mine"\nversion = "1"\nkind = "cvae"\n[wavelength]\nn_pixels = 0x' + b"f" * 300,
    "vast": b"# " + b"x" * (3 << 20),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_cards_that_are_none(refused, stranger, text):
    (stranger / "card.toml").write_bytes(text)
    refused(stranger)


def scaling(**changes: object) -> dict[str, str]:
    with safe_open(SMALL / "model.safetensors", "np") as stream:
        return {"scaling": json.dumps({**json.loads(stream.metadata()["scaling"]), **changes})}


def grid(**changes: object) -> dict[str, str]:
    with safe_open(SMALL / "model.safetensors", "np") as stream:
        return {"grid": json.dumps({**json.loads(stream.metadata()["grid"]), **changes})}


SIX = ["teff", "logg", "m_h", "alpha_m", "vsini", "vmic"]
METADATA: dict[str, dict[str, str]] = {
    "hidden layers of 4 GB": {"options": json.dumps({"hidden": [30000] * 3})},
    "hidden layers without end": {"options": json.dumps({"hidden": [1] * 100_000})},
    "hidden negative": {"options": json.dumps({"hidden": [-1]})},
    "hidden text": {"options": json.dumps({"hidden": "big"})},
    "hidden nested": {"options": json.dumps({"hidden": [[1]]})},
    "hidden null": {"options": json.dumps({"hidden": None})},
    "chunk zero": {"options": json.dumps({"chunk_pixels": 0})},
    "option unknown": {"options": json.dumps({"eval": 1})},
    "option self": {"options": json.dumps({"self": 1, "shape": 2})},
    "options a list": {"options": "[1, 2]"},
    "options deep": {"options": "[" * 100_000},
    "options no json": {"options": "__import__('os')"},
    "architecture unknown": {"architecture": "os.system"},
    "no members": {"n_members": "0"},
    "members without end": {"n_members": "1000000000"},
    "members text": {"n_members": "many"},
    "grid of another size": grid(n_pixels=16 * HUGE),
    "grid with tiny bins": grid(bin_pixels=0),
    "grid nan": grid(step_kms=float("nan")),
    "grid text": grid(start_aa="blue"),
    "grid lacks": {"grid": "{}"},
    "scale nan": scaling(scale=[float("nan")] * 6),
    "scale zero": scaling(scale=[0.0] * 6),
    "scale huge": scaling(scale=[1e300] * 6),
    "centre huge": scaling(centre=[1e5] * 6),
    "centre of five": scaling(centre=[1.0] * 5),
    "labels renamed": scaling(names=["logg", "teff", *SIX[2:]]),
    "labels twice": scaling(names=["teff", "teff", *SIX[2:]]),
    "labels unknown": scaling(names=["a", "b", "c", "d", "e", "f"]),
    "labels none": scaling(names=[], centre=[], scale=[]),
    "kind": {"architecture": "\x1b]0;title\x07"},
}  # fmt: skip


@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
def test_descriptions_that_lie_take_no_memory(refused, stranger, metadata):
    change_weights(stranger, metadata)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(stranger)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000
    )  # kB; the libraries among them


FACTORS = np.ones((1, 3, 3, 8, 6), np.float32)
TENSORS: dict[str, dict[str, object]] = {
    "factors of 1e38": {"calibration__factors": FACTORS * 1e38},
    "factors of nothing": {"calibration__factors": FACTORS * 0},
    "factors negative": {"calibration__factors": -FACTORS},
    "factors nan": {"calibration__factors": FACTORS * np.nan},
    "factors of another shape": {"calibration__factors": FACTORS[..., :2]},
    "no factors": {"calibration__factors": None},
    "axis descends": {"calibration__log_snr": np.arange(8, 0, -1).astype(np.float32)},
    "axis empty": {"calibration__log_snr": np.zeros(0, np.float32)},
    "axis square": {"calibration__log_snr": np.zeros((2, 4), np.float32)},
    "bias infinite": {"member0__bias": np.full((94, 1, 4), np.inf, np.float16)},
    "bias huge": {"member0__bias": np.full((94, 1, 4), 3e38, np.float32),
                  "member0__dense__0__weight": np.full((16, 474), 3e38, np.float32)},
    "bias of another shape": {"member0__bias": np.zeros((94, 4), np.float16)},
    "bias complex": {"member0__bias": np.zeros((94, 1, 4), np.complex64)},
    "bias missing": {"member0__bias": None},
    "one tensor more": {"member0__more": np.zeros(3, np.float32)},
    "output huge": {"member0__dense__3__bias": np.full(12, 1e38, np.float32)},
}  # fmt: skip


@pytest.mark.parametrize("tensors", TENSORS.values(), ids=TENSORS)
def test_weights_that_are_not_sound(refused, stranger, tensors):
    change_weights(stranger, **tensors)
    refused(stranger)


@pytest.mark.parametrize("kept", [0, 7, 40, 2000, -1])
def test_weights_that_were_cut_and_sealed(refused, stranger, kept):
    path = stranger / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    seal(stranger)
    assert "damaged" in refused(stranger)


def test_a_header_that_promises_more_than_there_is(refused, stranger):
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [1 << 31, 1 << 31], "data_offsets": [0, 1 << 64]}}
    ).encode()
    (stranger / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    seal(stranger)
    refused(stranger)


def test_a_sparse_file_of_too_many_weights_is_not_copied(refused, stranger):
    with (stranger / "model.safetensors").open("r+b") as stream:
        stream.truncate(1 << 40)
    assert "bytes" in refused(stranger)


@pytest.mark.parametrize("file", ["card.toml", "model.safetensors"])
def test_links_are_not_followed(refused, stranger, tmp_path, file):
    secret = tmp_path / "secret"
    shutil.move(stranger / file, secret)
    (stranger / file).symlink_to(secret)
    assert "link" in refused(stranger)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("file", ["card.toml", "model.safetensors"])
def test_pipes_do_not_hang(refused, stranger, file):
    (stranger / file).unlink()
    os.mkfifo(stranger / file)
    refused(stranger)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
@pytest.mark.parametrize("file", ["card.toml", "model.safetensors"])
def test_devices_do_not_fill_the_disk(refused, stranger, file):
    (stranger / file).unlink()
    (stranger / file).symlink_to("/dev/zero")
    refused(stranger)


def test_a_linked_folder_is_not_brought(run, stranger, tmp_path, private_home):
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "private").write_text("mine")
    (stranger / "data").symlink_to(tmp_path / "large")
    assert run("models", "import", stranger).exit_code == 0
    assert not list((private_home / "data").rglob("private"))


def test_a_folder_for_a_file_is_refused(refused, stranger):
    (stranger / "model.safetensors").unlink()
    (stranger / "model.safetensors").mkdir()
    refused(stranger)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("optical-emulator", {"basis_small_step": np.full(96, 1e38, np.float32)}),
        ("optical-emulator", {"label_ranges": np.array([[0, 1e6]] * 5, np.float32)}),
        ("optical-emulator", {"knot_pixels": np.full(3, -5, np.int64)}),
        ("optical-emulator", {"wavelength_grid": np.array([1.0, 1.0])}),
        ("optical-emulator", {"feature_scale": np.zeros(6, np.float32)}),
        ("optical-emulator", {"mean": np.zeros(5, np.float32)}),
        ("optical-emulator", {"mean": None}),
        ("optical-emulator", {"kernel_sizes": np.array([-5, 10**9])}),
        ("optical-cvae", {"feature_scale": np.zeros(18, np.float32)}),
        ("optical-cvae", {"coefficient_scale": np.full(480, 1e38, np.float32)}),
        ("optical-cvae", {"basis.mean": np.zeros(7, np.float32)}),
        ("optical-cvae", {"mean.out.weight": np.zeros((480, 5), np.float32)}),
        ("optical-cvae", {"spread.from_latent.weight": None}),
    ],
)
def test_emulators_and_generators_that_lie(refused, tmp_path, model, changes):
    folder = tmp_path / "post" / "other"
    folder.mkdir(parents=True)
    for name in ("card.toml", "model.safetensors"):
        shutil.copy(data_folder("models") / model / name, folder / name)
    change_card(folder, name="other", companions__error_patterns=None)
    change_weights(folder, **{name.replace(".", "__"): value for name, value in changes.items()})
    refused(folder)


def test_a_model_of_an_earlier_version_under_another_name_is_listed_and_renamed(run, stranger, private_home):
    models = private_home / "data" / "spectragui" / "models"
    old = models / "my best" / "model"
    shutil.copytree(stranger, old)
    change_card(old, name="my best/model")
    listed = run("models", "list")
    assert listed.exit_code == 0, listed.output
    command = re.search(r"spectragui (models rename .*) NEW-NAME", listed.stdout)
    assert command is not None, listed.stdout
    entry = next(
        model for model in json.loads(run("models", "list", "--json").stdout) if not model["is_loaded"]
    )
    assert entry["name"] == "my best/model"
    assert "models rename 'my best/model'" in run("models", "show", "my best/model").stderr
    result = run("models", "rename", "my best/model", "best")
    assert result.exit_code == 0, result.output
    names = [model["name"] for model in json.loads(run("models", "list", "--json").stdout)]
    assert "best" in names and "my best/model" not in names
    assert not old.exists()


@pytest.mark.parametrize(
    ("old", "new"), [("../../..", "a"), ("nothing", "a"), ("mine", "../b"), ("mine", "con")]
)
def test_renaming_stays_among_the_models(run, stranger, private_home, old, new):
    assert run("models", "import", stranger).exit_code == 0
    before = everything_in(private_home)
    result = run("models", "rename", old, new)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert everything_in(private_home) == before


def test_an_export_takes_no_links_along(run, stranger, private_home, tmp_path):
    assert run("models", "import", stranger).exit_code == 0
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (private_home / "data" / "spectragui" / "models" / "mine" / "notes").symlink_to(secret)
    assert run("models", "export", "mine", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["card.toml", "model.safetensors"]


def test_card_texts_reach_the_terminal_without_escapes(run, stranger):
    text = "\x1b]0;owned\x07\x1b[2JA \u202emodel\x9b31m"
    change_card(
        stranger,
        title=text,
        summary=text,
        version=text,
        limits=[text],
        citation=text,
        training={"data": text},
    )
    assert run("models", "import", stranger).exit_code == 0
    for arguments in (["list"], ["show", "mine"], ["show", "mine", "--json"], ["list", "--json"]):
        told = run("models", *arguments)
        assert told.exit_code == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told.stdout), repr(told.stdout)
