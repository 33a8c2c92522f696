"""The rules of the house: imports, sizes, colours, and what must not stand in any file."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "spectragui"
MODULES = sorted(PACKAGE.rglob("*.py"))
TORCH_ROOMS = ("networks/", "training/", "inference/", "simulation/batched.py")
LONGEST_FILE = 400  # lines
LONGEST_FUNCTION = 70


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def tracked_files(checkout):
    listing = subprocess.run(["git", "ls-files"], cwd=checkout, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [checkout / line for line in listing.stdout.splitlines()]


def text_files(checkout):
    suffixes = {".py", ".md", ".toml", ".txt", ".sh", ".cfg", ".json", ".qss", ".yml", ".svg", ".csv", ""}
    for path in tracked_files(checkout):
        if path.suffix in suffixes and path.is_file():
            yield path, path.read_text(encoding="utf-8")


def imported_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_layers_and_libraries_stay_in_their_rooms(checkout):
    # In a process of its own, since import-linter changes sys.path.
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_torch_stays_in_its_rooms():
    strays = [
        name_of(path)
        for path in MODULES
        if not name_of(path).startswith(TORCH_ROOMS)
        and any(
            name.split(".")[0] == "torch" or name == "safetensors.torch"
            for name in imported_names(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert strays == []


def test_files_and_functions_stay_short():
    long_files, long_functions = [], []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        n_lines = text.count("\n")
        if n_lines > LONGEST_FILE:
            long_files.append(f"{name_of(path)}: {n_lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = body_length(node)
                if length > LONGEST_FUNCTION:
                    long_functions.append(f"{name_of(path)}: {node.name} {length} lines")
    assert long_files == []
    assert long_functions == []


def body_length(function):
    """Return the lines of a function without its docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_colours_are_written_in_the_theme_only():
    written_colour = re.compile(r"#[0-9a-fA-F]{6}\b|QColor\(\s*\d")
    strays = [
        f"{name_of(path)}: {line.strip()}"
        for path in MODULES
        if name_of(path).startswith("gui/") and name_of(path) != "gui/theme/theme.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if written_colour.search(line)
    ]
    assert strays == []


def test_no_room_is_called_by_a_name_that_says_nothing():
    names = {"utils", "helpers", "common", "misc", "base", "util", "helper"}
    assert [name_of(path) for path in MODULES if names & {path.stem, *path.relative_to(PACKAGE).parts}] == []


def test_no_file_names_a_registry_or_a_path_of_one_machine(checkout):
    forbidden = re.compile(
        r"index[-_]url\W+https?://|/simple/?[\"'\s]|/roo" + r"t/|/home/[a-z]+/|/wor" + r"k/|/tm" + r"p/"
    )
    this_file = Path(__file__).resolve()
    strays = [
        f"{path.relative_to(checkout)}: {line.strip()[:100]}"
        for path, text in text_files(checkout)
        if path.resolve() != this_file
        for line in text.splitlines()
        if forbidden.search(line)
    ]
    assert strays == []


def test_the_tested_set_covers_every_requirement(checkout):
    """Every requirement of pyproject.toml is pinned in packaging/constraints.txt."""
    import tomllib

    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lines = (checkout / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonical(line.split("==")[0]) for line in lines if "==" in line}
    assert {canonical(re.split(r"[<>=!~\[]", line)[0]) for line in wanted} <= pinned
    assert "torch==2.13.0" in lines


def canonical(name):
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


#: Files that say a role within their folder; any other name occurs once in the package.
ROLES = {
    *("panel", "controls", "actions", "dialog", "plot", "table_model", "config", "run", "report", "data"),
    *("files", "figures", "evaluation", "model_card", "__init__"),
}
LOOSE_FILES = 6  # in gui/: what a newcomer opens first


def test_a_file_name_occurs_once():
    places = {}
    for path in MODULES:
        # A command's file is called as the command, and so may be called as what it is about.
        is_command = path.parent == PACKAGE / "cli"
        if path.stem not in ROLES and not is_command:
            places.setdefault(path.stem, []).append(name_of(path))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_the_window_lies_in_the_folders_of_its_features():
    loose = [name_of(path) for path in MODULES if path.parent == PACKAGE / "gui"]
    assert len(loose) <= LOOSE_FILES, loose


def test_the_labels_are_listed_once():
    """No module but core.labels lists three or more labels in their order."""
    from spectragui.core.labels import PARAMETER_LABELS, STAR_LABELS

    orders = [PARAMETER_LABELS, STAR_LABELS, PARAMETER_LABELS[:3]]
    strays = []
    for path in MODULES:
        if name_of(path) == "core/labels.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                names = tuple(item.value for item in node.elts if isinstance(item, ast.Constant))
                if len(names) >= 3 and any(names[: len(order)] == order for order in orders):
                    strays.append(f"{name_of(path)}:{node.lineno}")
    assert strays == []


def test_only_the_request_of_a_generated_spectrum_knows_the_optical_window():
    """A model's window, medium and emulator stand on its card; the table of format 1 is the one exception."""
    allowed = {"core/card_formats.py", "inference/generate/request.py", "training/generator/config.py"}
    strays = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if name_of(path) not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in (4450.0, 5400.0)
    ]
    assert strays == []


def test_a_mask_is_never_none():
    """`Spectrum.mask` is an array after construction: nothing has to be asserted of it."""
    strays = [
        f"{name_of(path)}: {line.strip()}"
        for path in MODULES
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*assert .*\.mask is not None", line)
    ]
    assert strays == []


MOST_PARAMETERS = 7
#: Functions that take more, each with the reason.
WIDE = {
    "core/parameters.py: param": "declares a field: each keyword is a fact of it, said where it stands",
    "gui/panel.py: register_panel": "declares a panel: each keyword is a field of `PanelEntry`",
    "gui/session/session.py: run": "what a task does and what happens at its ends: a call gives few",
    "workers/tasks.py: run": "as `Session.run`, which hands them on",
    "networks/starnet.py: __init__": "an architecture: its parameters are the options in train.toml",
    "networks/vgg.py: __init__": "an architecture, as StarNet",
}


def test_functions_with_many_parameters_take_their_config():
    """Commands of click are left out: their parameters are the options of the command line."""
    strays = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_click_command(node):
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if len([name for name in names if name not in ("self", "cls")]) > MOST_PARAMETERS:
                    strays.append(f"{name_of(path)}: {node.name}")
    assert sorted(strays) == sorted(WIDE)


def is_click_command(function):
    """Return whether click fills the parameters of a function, one an option."""
    called = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return any(isinstance(node, ast.Attribute) and node.attr == "command" for node in called)


def test_how_to_add_names_what_is_there():
    """What its examples import can be imported, and the files that it names are where it says."""
    checkout = PACKAGE.parent
    text = (checkout / "docs" / "how_to_add.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    taken = [
        node for part in examples for node in ast.walk(ast.parse(part)) if isinstance(node, ast.ImportFrom)
    ]
    assert len(examples) >= 5 and len(taken) >= 12
    for node in taken:
        path = checkout / f"{str(node.module).replace('.', '/')}.py"
        if str(node.module).startswith("spectragui"):
            words = path.read_text(encoding="utf-8")
            missing = [a.name for a in node.names if not re.search(rf"\b{a.name}\b", words)]
            assert not missing, f"{node.module} has no {missing}"
    named = re.findall(r"`((?:\w+/)+\w*(?:\.py|\.toml|\.csv)?)`", text)
    places = [checkout, PACKAGE, PACKAGE / "io", PACKAGE / "simulation"]
    made = re.compile(r"my_|NAME|\bname\b")
    lost = [name for name in named if not made.search(name) and not any((p / name).exists() for p in places)]
    assert len(named) > 20 and not lost
