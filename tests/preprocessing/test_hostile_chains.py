"""Chains and training configurations from strangers: a sentence, whatever they hold."""

from __future__ import annotations

import dataclasses

import pytest

from spectragui.core.errors import SettingsError, SpectraGUIError, TrainingError
from spectragui.preprocessing.chain_files import chain_from_toml
from spectragui.preprocessing.stage import STAGES
from spectragui.training.config import fill_sections

TUPLES = ["[1, 2]", "[[1]]", "[[1, 2, 3]]", '[["a", "b"]]', "[[[1, 2]]]", "[{a = 1}]", "[true]", "[[1, nan]]"]
PLAIN = ["[1]", "{a = 1}", "[[1, 2]]", "0x" + "f" * 300, "nan", "1e999", '"\\u0000"']


def cases() -> list[str]:
    found = ["step = 1", "step = [1]", '[[step]]\nstage = ["a"]', '[[step]]\nstage = "trim"\non = "no"']
    found += ["a = " + "[" * 10_000, "a" + ".a" * 10_000 + " = 1", "a = " + "9" * 10_000]
    for name, stage in STAGES.items():
        for field in dataclasses.fields(stage):
            values = TUPLES if isinstance(field.default, tuple) else PLAIN
            found += [f'[[step]]\nstage = "{name}"\n{field.name} = {value}' for value in values]
    return found


def test_every_field_of_every_stage_with_what_it_cannot_be():
    for text in cases():
        try:
            chain = chain_from_toml(text)
        except SpectraGUIError:
            continue
        assert isinstance(chain.hash, str)  # what is taken can be told apart, saved and run


@pytest.mark.parametrize("value", ["[1, 2]", "[[1]]", '[["a", "b"]]', "[{a = 1}]"])
def test_ranges_that_are_none_are_refused(value):
    with pytest.raises(SettingsError):
        chain_from_toml(f'[[step]]\nstage = "mask_ranges"\nranges = {value}')


UNKNOWN = {
    "a misspelt step": '[[steps]]\nstage = "trim"\n',
    "another word": '[[stage]]\nname = "trim"\n',
    "a number": "stage = 3\n",
    "a section": "[chain]\nstep = []\n",
    "beside a step": '[[step]]\nstage = "trim"\n[[stage]]\nname = "trim"\n',
    "an escape": '"\\u001b[2J" = 1\n',
    "a long one": "k" * 200_000 + " = 1\n",
    "a step of another chain": 'title = "x"\nstage = "trim"\n',
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_entries_that_are_not_known_are_refused(text):
    """Else the spectrum would come out as it was, as if it had been processed."""
    with pytest.raises(SettingsError, match="an entry .{1,80} that is not known"):
        chain_from_toml(text)


def test_a_mark_at_the_beginning_is_no_fault():
    assert chain_from_toml('\ufeff[[step]]\r\nstage = "trim"\r\n').steps


@dataclasses.dataclass(frozen=True)
class Part:
    steps: int = 1


@pytest.mark.parametrize(
    "table", [{"data": [1]}, {"data": 1}, {"data": {"steps": [1]}}, {"output": {"a": 1}}]
)
def test_sections_that_are_no_tables_are_refused(table):
    with pytest.raises(TrainingError):
        fill_sections(table, {"data": Part}, {"output": str}, "train.toml")
