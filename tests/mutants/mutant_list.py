"""The list of mutants: small faults put into the program, one at a time, that its tests must notice."""

from __future__ import annotations

import ast
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parent.parent
PACKAGE = "spectragui/"
PATTERNS = {
    1: "place in a picture",
    2: "one example for a family",
    3: "the told value equals the default",
    4: "the error of a value",
    5: "files by an outside reader",
    6: "training as right",
    7: "limits of a verdict",
}
FIELDS = {"file", "was", "became", "tests", "pattern", "harmless"}


class ListError(Exception):
    """An entry of the list that cannot be used."""


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    file
        Where it is put, from the checkout's root.
    was, became
        Text that occurs once in the file, and what is written instead.
    tests
        Files or folders of tests, or `file::test`, that are run first; the rest of the room follows.
    pattern
        Which kind of hole in a net it stands for (`PATTERNS`).
    harmless
        Why it changes nothing, where it does: one sentence.
    """

    file: str
    was: str
    became: str
    tests: tuple[str, ...]
    pattern: int
    harmless: str = ""

    @property
    def room(self) -> str:
        """The folder of the package that it is in."""
        return self.file.removeprefix(PACKAGE).split("/")[0]

    def text(self, checkout: Path = CHECKOUT) -> str:
        """Return the file with the fault in it."""
        original = (checkout / self.file).read_text(encoding="utf-8")
        if original.count(self.was) != 1:
            raise ListError(f"{self.file}: found {original.count(self.was)} times, not once: {self.was!r}")
        return original.replace(self.was, self.became)

    def name(self, checkout: Path = CHECKOUT) -> str:
        """Return what it is called: its file and the function, or the name at the module's level."""
        original = (checkout / self.file).read_text(encoding="utf-8")
        start = original.find(self.was) + len(self.was) - len(self.was.lstrip())
        line = original[:start].count("\n") + 1
        return f"{self.file.removeprefix(PACKAGE)} {_place(original, line)}"


@functools.lru_cache(maxsize=512)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _place(source: str, line: int) -> str:
    """Return the dotted name of the function, else of the statement, that a line is in."""
    names: list[str] = []
    nodes: list[ast.stmt] = _parsed(source).body
    while True:
        inside = [node for node in nodes if _first_line(node) <= line <= (node.end_lineno or node.lineno)]
        if not inside:
            return ".".join(names) or "module"
        node = inside[0]
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
            nodes = node.body
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.append(node.name)
            nodes = [
                child for child in ast.walk(node) if isinstance(child, ast.FunctionDef) and child is not node
            ]
        else:
            if not names or isinstance(node, (ast.Assign, ast.AnnAssign)):
                names.append(_target(node))
            return ".".join(names)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _target(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return ast.unparse(target) if target is not None else "module"


def read_list(folder: Path = FOLDER) -> list[Mutant]:
    """Return every mutant of the list, room by room."""
    mutants = []
    for path in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
            strange = set(entry) - FIELDS
            if strange or FIELDS - {"harmless"} - set(entry):
                raise ListError(f"{path.name}: not the fields of a mutant: {entry}")
            mutant = Mutant(**{**entry, "tests": tuple(entry["tests"])})
            if mutant.room != path.stem:
                raise ListError(f"{path.name}: {mutant.file} is in another room")
            if mutant.pattern not in PATTERNS or mutant.was == mutant.became or not mutant.tests:
                raise ListError(f"{path.name}: not a mutant: {entry}")
            mutants.append(mutant)
    return mutants
