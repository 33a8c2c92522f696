"""The command itself: help, version, what opens the window, and errors as one line."""

import os
import subprocess
import sys

import pytest

from spectragui import __version__
from spectragui.cli.main import COMMANDS, commands, main, open_files
from spectragui.core.errors import SpectraGUIError

HEAVY = {"torch", "PySide6", "pyqtgraph", "specutils", "matplotlib", "scipy.signal", "scipy.optimize"}


IMPORTS_AFTER = """
import sys
from spectragui.cli.main import commands
try:
    commands(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
print("IMPORTED", *sys.modules)
"""


def imports_of(arguments, checkout):
    """Return the modules that a fresh process has imported after running `spectragui ARGUMENTS`."""
    command = [sys.executable, "-c", IMPORTS_AFTER, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("IMPORTED ")[1].split())


def test_the_version_is_said(run):
    assert run("--version").output == f"spectragui {__version__}\n"


def test_help_names_every_command_and_the_options_of_the_window(run):
    result = run("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in result.output
    for option in open_files.params:
        if option.name != "files":
            assert option.opts[0] in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0, result.output
    subcommands = getattr(commands.get_command(None, name), "commands", {})
    texts = [run(name, sub, "--help").output for sub in subcommands] or [result.output]
    for text in texts:
        assert "Example" in text
        assert f"spectragui {name}" in text.split("Example")[1]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(checkout, arguments):
    assert not imports_of(arguments, checkout) & HEAVY


def test_info_imports_neither_torch_nor_qt(checkout, sine_file):
    assert not imports_of(["info", sine_file], checkout) & {"torch", "PySide6", "pyqtgraph", "specutils"}


def test_the_empty_window_needs_nothing_heavy_but_qt(checkout, tmp_path):
    picture = tmp_path / "window.png"
    imported = imports_of(["--screenshot", picture], checkout)
    assert "PySide6" in imported
    assert not imported & (HEAVY - {"PySide6", "pyqtgraph"})
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_start_does_no_work_that_can_wait(checkout, tmp_path):
    """No data base without a session to keep, no scan of numpy by PySide6, no search for garbage."""
    program = f"""
import gc, sys
gc.callbacks.append(lambda phase, info: searched.append("numpy" in sys.modules and not gc.get_freeze_count()))
searched = []
from spectragui.cli.open import open_window
assert open_window([], screenshot={str(tmp_path / "window.png")!r}) == 0
assert not any(searched), searched
assert gc.isenabled() and gc.get_freeze_count() > 10_000
order = list(sys.modules)
assert order.index("numpy") < order.index("PySide6")
assert "sqlite3" not in sys.modules
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, timeout=500, check=False)
    assert done.returncode == 0, done.stderr


def test_waiting_threads_of_torch_sleep_in_every_command(checkout):
    """Spinning ones made a training beside other work take eight times its time."""
    program = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print("policy", os.environ.get("OMP_WAIT_POLICY"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
from spectragui.cli.main import commands
commands(["models", "show", "optical-starnet"], standalone_mode=False)
import spectragui.training.run, torch
"""
    environment = {name: text for name, text in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=checkout,
        env=environment,
        check=False,
    )
    assert "policy PASSIVE" in done.stdout, done.stderr


def test_a_missing_file_is_said_in_one_line(run):
    result = run("nowhere.fits")
    assert result.exit_code == 1
    assert result.stderr == "spectragui: There is no file 'nowhere.fits'. Check its name and folder.\n"


def test_a_mistyped_command_lists_the_commands(run):
    result = run("predicct", "star.fits")
    assert result.exit_code == 1
    assert "There is no file 'predicct'. Commands: predict, " in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux runs without a display")
def test_without_a_display_the_window_says_what_to_do(run_process, sine_file):
    done = run_process(sine_file)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no display here" in done.stderr
    assert "--screenshot" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_size_that_is_none_is_refused(run):
    result = run("--size", "wide")
    assert result.exit_code == 2
    assert "1280x720" in result.stderr


def test_an_error_of_the_library_is_one_line(run, monkeypatch, sine_file):
    def fail(*arguments, **named):
        raise SpectraGUIError("The file is empty.", "Download it again.")

    monkeypatch.setattr("spectragui.io.read.read_files", fail)
    result = run("info", sine_file)
    assert result.exit_code == 1
    assert result.stderr == "spectragui: The file is empty. Download it again.\n"


def test_an_unexpected_error_is_one_line_and_debug_shows_where(run, monkeypatch, sine_file):
    def fail(*arguments, **named):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("spectragui.io.read.read_files", fail)
    result = run("info", sine_file)
    assert result.exit_code == 1
    assert result.stderr.startswith("spectragui: ZeroDivisionError: a b.")
    assert "--debug" in result.stderr
    assert result.stderr.count("\n") == 1
    for arguments in (("info", sine_file, "--debug"), ("--debug", "info", sine_file)):
        assert "Traceback" in run(*arguments).stderr


def test_main_ends_the_process_with_its_code(monkeypatch, recwarn):
    monkeypatch.setattr(sys, "argv", ["spectragui", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


@pytest.mark.parametrize(("command", "said"), [("predict", "1"), ("velocity", "1"), ("train", None)])
def test_commands_of_short_arrays_keep_one_core_busy(monkeypatch, command, said):
    import os

    import spectragui.cli.main as module

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")  # put back as it was afterwards
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setattr(module, "commands", lambda **_: None)
    monkeypatch.setattr(sys, "argv", ["spectragui", command, "x.fits"])
    main()
    assert os.environ.get("OPENBLAS_NUM_THREADS") == said
