"""Hostile files through every command: a sentence or a result, no Python's words, no half-written file."""

from __future__ import annotations

import re

import pytest

from tests.cli.hostile_files import FILES

#: What Python, numpy, astropy and torch say to programmers.
INTERNAL = re.compile(
    r"Traceback|fault of SpectraGUI|NoneType|object (is|has no)|not (iterable|subscriptable|callable)"
    r"|reshape|broadcast|dtype|ndarray|invalid literal|could not convert|to unpack|out of bounds"
    r"|list index|positional argument|unexpected keyword|operand|codec can't|astropy|numpy\.|torch"
    r"|RuntimeWarning|UserWarning|DeprecationWarning|VerifyWarning|zero-size|ufunc|casting|\.verify\("
    r"|synchronously|_[A-Z]\w+Error|\b[A-Z][a-z]+Error\b|<class|0x[0-9a-f]{8}|\bb'|: [EW]\d\d: "
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COMMANDS = {
    "info": ["info", "FILE"],
    "predict": ["predict", "FILE", "--no-refine"],
    "table": ["predict", "FILE", "--no-refine", "-o", "OUT.csv"],
    "velocity": ["velocity", "FILE", "--json"],
    "preprocess": ["preprocess", "FILE", "-o", "OUT.fits"],
    "stitch": ["stitch", "FILE", "-o", "OUT.ecsv"],
    "denoise": ["denoise", "FILE", "-o", "OUT.fits"],
    "fit": ["generate", "--fit", "FILE"],
    "as template": ["velocity", "FILE", "--template", "FILE"],
    "as wavelengths": ["info", "FILE", "--wavelength-file", "FILE"],
    "as request": ["generate", "--table", "FILE", "-o", "OUT"],
    "as chain": ["preprocess", "FILE", "--chain", "FILE", "-o", "OUT.fits"],
}


def check(result, what):
    said = result.output + result.stderr
    assert result.exit_code in (0, 1, 2), (what, result.exit_code, said)
    assert result.exception is None or isinstance(result.exception, SystemExit), (what, result.exception)
    assert not INTERNAL.search(said), (what, INTERNAL.search(said), said)
    assert not CONTROLS.search(said), (what, repr(said))
    assert said.strip(), what


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def go_through(run, folder, name, commands):
    (folder / name).write_bytes(FILES[name])
    for command in commands:
        check(run(*(name if word == "FILE" else word for word in COMMANDS[command])), (name, command))
        for path in folder.iterdir():
            assert path.name == name or path.stem.startswith("OUT"), (command, path)
            assert not path.name.startswith("."), (command, path)
    assert not (folder / "run").exists()


@pytest.mark.parametrize("name", FILES)
def test_hostile_files(run, folder, name):
    """What it is, and two more commands, of which each meets many files."""
    others = [command for command in COMMANDS if command != "info"]
    place = list(FILES).index(name)
    go_through(
        run, folder, name, ["info", others[place % len(others)], others[(5 * place + 3) % len(others)]]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_hostile_files_in_every_command(run, folder, name):
    go_through(run, folder, name, COMMANDS)
