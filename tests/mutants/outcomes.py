"""What the tests said about each mutant: kept beside the list, and told in docs/reliability.md."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant_list import CHECKOUT, FOLDER, PATTERNS, Mutant

RESULTS = FOLDER / "results"
DOCUMENT = CHECKOUT / "docs" / "reliability.md"
BEGIN, END = "<!-- mutants: written by `make mutants` -->\n", "<!-- end of mutants -->\n"
KILLED, SURVIVED, UNKNOWN = "killed", "survived", "not run"


@dataclass(frozen=True)
class Outcome:
    """What happened to a mutant.

    Attributes
    ----------
    first
        "killed" or "survived", when it was put on the list; never changed. "not run", where it was not
        run before the tests that kill it were written.
    now
        The same, at the last run; "not run", where that was before the tests that are to kill it.
    by
        The test that killed it at the last run.
    """

    first: str
    now: str
    by: str = ""


def read_outcomes(room: str) -> dict[str, Outcome]:
    """Return the outcomes of a room by the mutants' names."""
    path = RESULTS / f"{room}.toml"
    if not path.is_file():
        return {}
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Outcome(**entry) for name, entry in entries.items()}


def keep_outcome(mutant: Mutant, now: str, by: str, first: str = "") -> None:
    """Write the outcome of a run; the first one of a mutant stays, `first` is for one that has none."""
    outcomes = read_outcomes(mutant.room)
    name = mutant.name()
    first = outcomes[name].first if name in outcomes else first or now
    outcomes[name] = Outcome(first, now, by)
    lines = []
    for key, outcome in sorted(outcomes.items()):
        lines += [f"[{json.dumps(key)}]", f'first = "{outcome.first}"', f'now = "{outcome.now}"']
        lines += [f"by = {json.dumps(outcome.by, ensure_ascii=False)}"] if outcome.by else []
        lines.append("")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{mutant.room}.toml").write_text("\n".join(lines), encoding="utf-8")


def table(mutants: list[Mutant]) -> str:
    """Return the section of docs/reliability.md: mutants by room and by pattern."""
    rooms = sorted({mutant.room for mutant in mutants})
    titles = "mutants | first run: survived | now: killed | change nothing | survive | not run"
    lines = [f"| room | {titles} |", "|---|---|---|---|---|---|---|"]
    lines += [_row(room, [m for m in mutants if m.room == room]) for room in rooms]
    lines += [_row("all", mutants), ""]
    lines += [f"| pattern | {titles} |", "|---|---|---|---|---|---|---|"]
    for number, words in PATTERNS.items():
        lines.append(_row(f"{number}: {words}", [m for m in mutants if m.pattern == number]))
    return "\n".join(lines) + "\n"


def _row(title: str, mutants: list[Mutant]) -> str:
    outcomes = [(mutant, read_outcomes(mutant.room).get(mutant.name())) for mutant in mutants]
    known = [(mutant, outcome) for mutant, outcome in outcomes if outcome is not None]
    first = sum(outcome.first == SURVIVED for _, outcome in known)
    first_runs = sum(outcome.first != UNKNOWN for _, outcome in known)
    killed = sum(outcome.now == KILLED for _, outcome in known)
    left = [mutant for mutant, outcome in known if outcome.now == SURVIVED]
    harmless = sum(bool(mutant.harmless) for mutant in left)
    alive, not_run = len(left) - harmless, len(mutants) - killed - len(left)
    cells = (title, len(mutants), f"{first} of {first_runs}", killed, harmless, alive, not_run)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def write_table(mutants: list[Mutant], path: Path = DOCUMENT) -> None:
    """Put the table between its marks."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}{table(mutants)}{END}{after}", encoding="utf-8")
