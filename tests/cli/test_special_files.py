"""Options that take a file, given a pipe, a device, a folder, a loop: a sentence at once, and no memory."""

from __future__ import annotations

import os
import resource
import shutil

import pytest

from spectragui.core.errors import ReadError, SpectraGUIError
from spectragui.core.model_folder import find_model
from spectragui.core.package_data import bundled_examples
from tests.cli.test_hostile_files import check

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
EXAMPLE = str(bundled_examples()[0].path)
KINDS = ("fifo", "/dev/zero", "loop", "folder", "n" * 300, "/proc/self/mem")
COMMANDS = {
    "chain": ["preprocess", EXAMPLE, "--chain", "IT", "-o", "OUT.fits"],
    "labels": ["dataset", "build", "folder", "--labels", "IT"],
    "labels of a suffix": ["dataset", "build", "folder", "--labels", "IT.csv"],
    "cuts": ["dataset", "build", "folder", "--labels", "labels.csv", "--cuts", "IT"],
    "data set's chain": ["dataset", "build", "folder", "--labels", "labels.csv", "--chain", "IT"],
    "training": ["train", "IT", "-o", "OUT"],
    "grid": ["grid", "IT", "-o", "OUT"],
    "catalogue": ["photometry", "IT"],
    "bands": ["photometry", "labels.csv", "--bands", "IT.toml"],
    "template": ["velocity", EXAMPLE, "--template", "IT"],
    "request": ["generate", "--table", "IT", "-o", "OUT"],
    "model": ["models", "verify", "IT"],
    "import": ["models", "import", "IT"],
}
MOST_KB = 1_500_000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("fifo", "fifo.csv", "fifo.toml"):
        os.mkfifo(name)
    os.symlink("loop", "loop")
    os.symlink("/dev/zero", "zero.csv")
    (tmp_path / "folder").mkdir()
    (tmp_path / "labels.csv").write_text("file,teff\na.fits,5000\n")
    return tmp_path


@pytest.mark.timeout(120)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file_is_said_at_once(run, folder, command):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for kind in KINDS:
        words = [word.replace("IT", kind) for word in COMMANDS[command]]
        result = run(*words)
        check(result, (command, kind))
        assert result.exit_code != 0, (command, kind)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < max(MOST_KB, before + 200_000)


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "folder"])
def test_line_lists_rules_and_settings_are_ordinary_files(folder, kind):
    from spectragui.gui.session.settings import Settings, read_settings
    from spectragui.io.import_rules import import_rules, load_rules
    from spectragui.io.line_lists.importing import read_line_list
    from spectragui.io.line_lists.line_lists import load_line_list

    for read in (read_line_list, load_line_list, import_rules):
        with pytest.raises((ReadError, SpectraGUIError), match="ordinary|folder|directory"):
            read(folder / kind)
    settings, complaint = read_settings(folder / kind)
    assert settings == Settings() and "could not be read" in complaint and "None" not in complaint
    rules, complaint = load_rules(folder / kind)
    assert rules == () and "could not be read" in complaint and "None" not in complaint


def test_catalogues_in_no_encoding_are_read_and_say_what_does_not_fit(run, folder):
    from spectragui.core.photometry import band_set

    bands = band_set("alhambra").names
    head = ",".join([*bands, *(f"d{band}" for band in bands), "note"])
    row = ",".join(["22"] * len(bands) + ["0.1"] * len(bands))
    (folder / "c.csv").write_bytes(f"{head}\n{row},".encode() + b"\xff\xfe\x1b[2J\n" + f"{row},b\n".encode())
    check(result := run("photometry", "c.csv", "-o", "OUT.csv"), "no encoding")
    assert result.exit_code == 0 and b"\x1b" not in (folder / "OUT.csv").read_bytes()
    (folder / "c.csv").write_bytes(f"{head}\n{row},b\n".encode() + b"\xff\xfe,1\n" * 50_000)
    check(result := run("photometry", "c.csv"), "no rows")
    assert result.exit_code == 1 and "50,000 rows" in result.output


@pytest.mark.parametrize("entry", ["nan", "-1", "10**9", '"many"', "[24]"])
def test_verify_tries_a_model_out(run, folder, entry):
    model = folder / "mine"
    shutil.copytree(find_model("alhambra-type"), model)
    card = (model / "card.toml").read_text()
    said = entry.replace("10**9", "1000000000")
    (model / "card.toml").write_text(card.replace("n_bands = 24", f"n_bands = {said}"))
    for command in (["models", "verify", "mine"], ["photometry", "labels.csv", "--model", "mine"]):
        check(result := run(*command), (entry, command))
        assert result.exit_code == 1 and "does not describe a network" in result.output, result.output
