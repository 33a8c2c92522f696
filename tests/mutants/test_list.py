"""The list of mutants can be used as it stands: every text is found, and its first result is known."""

from collections import Counter

import pytest

from tests.mutants.mutant_list import CHECKOUT, FOLDER, ListError, Mutant, read_list
from tests.mutants.outcomes import KILLED, RESULTS, SURVIVED, UNKNOWN, read_outcomes

MUTANTS = read_list()


def test_every_text_is_found_once_and_every_mutant_is_python():
    for mutant in MUTANTS:
        compile(mutant.text(), mutant.file, "exec")
        for path, _, test in (name.partition("::") for name in mutant.tests):
            assert (CHECKOUT / path).exists(), mutant
            assert not test or f"def {test}(" in (CHECKOUT / path).read_text(encoding="utf-8"), mutant


def test_a_text_that_is_not_there_is_an_error():
    lost = Mutant("spectragui/core/labels.py", "no such text", "", ("tests/core/test_labels.py",), 4)
    with pytest.raises(ListError, match="found 0 times"):
        lost.text()


def test_no_two_are_in_one_function():
    names = Counter(mutant.name() for mutant in MUTANTS)
    assert [name for name, count in names.items() if count > 1] == []


def test_each_has_its_results_and_a_survivor_a_sentence():
    for mutant in MUTANTS:
        outcome = read_outcomes(mutant.room).get(mutant.name())
        assert outcome is not None, f"run it: python -m tests.mutants.run {mutant.name()!r}"
        assert {outcome.first, outcome.now} <= {KILLED, SURVIVED, UNKNOWN}
        assert outcome.now != SURVIVED or mutant.harmless, (
            f"{mutant.name()} survives: why does it change nothing?"
        )


def test_no_result_is_of_a_mutant_that_is_gone():
    names = {mutant.name() for mutant in MUTANTS}
    told = {name for path in RESULTS.glob("*.toml") for name in read_outcomes(path.stem)}
    assert told - names == set()


def test_there_are_enough_of_each_room_and_pattern():
    rooms = Counter(mutant.room for mutant in MUTANTS)
    patterns = Counter(mutant.pattern for mutant in MUTANTS)
    outside = sum(count for room, count in rooms.items() if room != "gui")
    assert outside >= 150 and rooms["cli"] >= 20 and rooms["training"] >= 15, rooms
    assert all(patterns[number] >= 10 for number in (2, 3, 4, 5, 6, 7)), patterns
    if (FOLDER / "gui.toml").is_file():
        assert rooms["gui"] >= 60 and patterns[1] >= 10, (rooms, patterns)
