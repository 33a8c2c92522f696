"""No circle of imports between files, counted with late and type-only imports."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "spectragui"


def modules():
    """Return module name -> file of the whole package."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(text, known):
    """Return the modules of the package that a file imports anywhere: at its top, late, for types only."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= members & known
            if members - known:
                found.add(node.module)
    return found & known


def import_graph():
    files = modules()
    return {name: imports_of(path.read_text(encoding="utf-8"), set(files)) for name, path in files.items()}


def circles(graph):
    """Return the strongly connected components of more than one module (Tarjan 1972), sorted."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(name):
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in graph[name]:
            if other not in number:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == number[name]:
            place = stack.index(name)
            circle = sorted(stack[place:])
            del stack[place:]
            if len(circle) > 1 or name in graph[name]:
                found.append(circle)

    for name in graph:
        if name not in number:
            visit(name)
    return sorted(found)


def test_circles_are_found_where_they_are():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}}
    assert circles(graph) == [["a", "b", "c"], ["e"]]


def test_late_and_type_only_imports_count():
    known = {"spectragui.core.labels", "spectragui.core", "spectragui.io.read"}
    text = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from spectragui.core import labels\n"
        "def late():\n    from spectragui.io.read import read_files\n"
    )
    assert imports_of(text, known) == {"spectragui.core.labels", "spectragui.io.read"}


def test_no_circle_of_files():
    assert circles(import_graph()) == []
