"""Hostile files through every command: a sentence or a result, never Python's words, code or a half-written file."""

from __future__ import annotations

import re

import pytest

from tests.cli.hostile_files import FILES

#: What Python, numpy, astropy and torch say to programmers.
INTERNAL = re.compile(
    r"Traceback|fault of SpectraGUI|NoneType|object (is|has no)|not (iterable|subscriptable|callable)|reshape|broadcast"
    r"|dtype|ndarray|invalid literal|could not convert|to unpack|out of bounds|list index|positional argument"
    r"|unexpected keyword|operand|codec can't|astropy|numpy|torch|RuntimeWarning|UserWarning|DeprecationWarning"
    r"|VerifyWarning|zero-size|ufunc|casting|_[A-Z]\w+Error|\b[A-Z][a-z]+Error\b|<class|0x[0-9a-f]{8}"
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


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_in_every_command(run, folder, name):
    """The first three commands for each; the others for those that can be read, and one in three of the rest."""
    (folder / name).write_bytes(FILES[name])
    names = list(COMMANDS)
    readable = run("info", name).exit_code == 0
    place = sorted(FILES).index(name) % 3
    for number, (command, arguments) in enumerate(COMMANDS.items()):
        if not readable and number > 2 and number % 3 != place:
            continue
        filled = [name if word == "FILE" else word for word in arguments]
        check(run(*filled), (name, names[number]))
        for path in folder.iterdir():
            assert path.name == name or path.stem.startswith("OUT"), (command, path)
            assert not path.name.startswith("."), (command, path)
    assert not (folder / "run").exists()
