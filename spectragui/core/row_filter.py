"""Filter the rows of a table by words and expressions: ``teff > 5500 and snr > 50 and not LOW_SNR``.

Nothing is evaluated as code: the text is taken apart into words, numbers and signs here. The same test serves
one row (`RowFilter.__call__`) and whole columns at once (`RowFilter.select`): it is made of operators that
numbers and arrays share.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.flags import Flag

Kind = Literal["text", "number", "integer"]
Row = Mapping[str, Any]
Holds = Callable[[str], Any]  # whether a word occurs in what a row shows: one bool, or one a row
Test = Callable[[Row, Holds], Any]  # of a row's values, or of whole columns, and of what they show

_TOKEN = r"""\s*(?: (?P<sign> <= | >= | == | != | <> | [<>=≤≥≠] )
             | (?P<bracket> [()] )
             | (?P<quoted> "[^"]*" | '[^']*' )
             | (?P<word> [^\s()<>=!≤≥≠"'] [^\s()<>=!≤≥≠"]* )
             | (?P<other> \S ) )"""
_SIGNS = {"=": "==", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!="}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
DEEPEST = 50  # brackets in one another
_JOINERS = ("and", "or", "not")
FILTER_HINT = (
    "Words that occur anywhere in a row, or an expression:\n"
    "teff > 5500 and snr > 50,  4000 < teff < 5000,  not LOW_SNR or (m_h < -1),\n"
    'object == "HD 17051".  Columns and flags are called as in the exported file.'
)


@dataclasses.dataclass(frozen=True)
class _Token:
    kind: Literal["sign", "bracket", "quoted", "word"]
    text: str


@dataclasses.dataclass(frozen=True)
class _Value:
    """One side of a comparison: a column, a number or a text."""

    kind: Literal["text", "number"]
    said: str
    get: Callable[[Row], Any]
    column: str = ""


class RowFilter:
    """A filter as it was typed.

    Parameters
    ----------
    text : str
        Words and expressions; words beside one another must all occur. Empty = every row.
    columns : mapping of str to {"text", "number", "integer"}
        The columns that expressions may name.
    fractions : collection of str
        Columns that run from 0 to 1.
    flags : enum of flags
        Whose names stand for bits of ``flag_warn`` and ``flag_bad``.

    Raises
    ------
    SettingsError
        If an expression cannot be understood; the message says why.
    """

    def __init__(
        self,
        text: str,
        columns: Mapping[str, Kind],
        fractions: Collection[str] = (),
        flags: type[enum.IntFlag] = Flag,
    ) -> None:
        self.text = text.strip()
        tokens = _tokens(self.text)
        self._test = _Parser(tokens, columns, fractions, flags).parse() if tokens else _every

    def __call__(self, row: Row, shown: str) -> bool:
        """Return whether a row passes; ``shown`` is all its text on screen."""
        return bool(self._test(row, shown.casefold().__contains__))

    def select(self, columns: Row, holds: Holds, n_rows: int) -> NDArray[np.bool_]:
        """Return which rows of a table pass, all at once.

        Parameters
        ----------
        columns : mapping of str to ndarray, shape (n_rows,)
            Text columns in small letters (`str.casefold`).
        holds : callable
            ``holds(word)`` returns which rows show a word (in small letters), shape (n_rows,).
        n_rows : int
        """
        return np.broadcast_to(np.asarray(self._test(columns, holds), dtype=bool), (n_rows,))


def _every(_row: Row, _holds: Holds) -> bool:
    return True


def _all_of(tests: Sequence[Test]) -> Test:
    return lambda row, holds: functools.reduce(operator.and_, (test(row, holds) for test in tests))


def _any_of(tests: Sequence[Test]) -> Test:
    return lambda row, holds: functools.reduce(operator.or_, (test(row, holds) for test in tests))


def _as_text(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else str(value).casefold()


def _as_number(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else float(value)


def _as_integer(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else int(value)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in re.finditer(_TOKEN, text, re.VERBOSE):
        kind, said = str(match.lastgroup), match.group(str(match.lastgroup))
        if kind == "other":
            problem = "a quotation mark is not closed" if said in "\"'" else f"{said} stands alone"
            raise SettingsError(f"Filter: {problem}.", FILTER_HINT)
        if kind == "quoted":
            said = said[1:-1]
        found.append(_Token(kind, _SIGNS.get(said, said)))  # type: ignore[arg-type]
    return found


class _Parser:
    """Takes tokens apart: ``or`` binds least, then ``and`` (or nothing between), then ``not``."""

    def __init__(
        self,
        tokens: Sequence[_Token],
        columns: Mapping[str, Kind],
        fractions: Collection[str],
        flags: type[enum.IntFlag],
    ) -> None:
        self._flags = flags
        self._tokens = tokens
        self._at = 0
        self._columns = {name.casefold(): (name, kind) for name, kind in columns.items()}
        self._fractions = fractions
        self._depth = 0

    def parse(self) -> Test:
        test = self._either()
        if self._peek("bracket", ")"):
            raise self._error("a bracket is closed that was not opened")
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._take("word", "or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else _any_of(tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while not (self._is_at_end() or self._peek("word", "or") or self._peek("bracket", ")")):
            self._take("word", "and")
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else _all_of(tests)

    def _one(self) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error("there are too many brackets in one another")
        test = self._without_brackets()
        self._depth -= 1
        return test

    def _without_brackets(self) -> Test:
        if self._take("word", "not"):
            inner = self._one()
            return lambda row, holds: inner(row, holds) ^ True
        if self._take("bracket", "("):
            inner = self._either()
            if not self._take("bracket", ")"):
                raise self._error("a bracket is not closed")
            return inner
        token = self._next("a word or a comparison")
        if not self._is_at_end() and self._tokens[self._at].kind == "sign":
            return self._comparison(token)
        return self._alone(token)

    def _comparison(self, first: _Token) -> Test:
        """Return a comparison, or a chain of them: ``4000 < teff < 5000``."""
        tests: list[Test] = []
        left_token = first
        while not self._is_at_end() and self._tokens[self._at].kind == "sign":
            sign = self._tokens[self._at].text
            self._at += 1
            right_token = self._next(f"a number or a column after {sign}")
            tests.append(self._compare(self._value(left_token), sign, self._value(right_token)))
            left_token = right_token
        return _all_of(tests)

    def _compare(self, left: _Value, sign: str, right: _Value) -> Test:
        if not (left.column or right.column):
            words = [value.said for value in (left, right) if value.kind == "text"]
            if not words:
                raise self._error(f"{left.said} {sign} {right.said} names no column")
            raise self._unknown(words[0])
        if left.kind != right.kind:
            number, text = (left, right) if left.kind == "number" else (right, left)
            if text.column:
                raise self._error(f"{text.column} holds text, and {number.said} is a number")
            raise self._error(f"{number.said} holds numbers, and {text.said} is none")
        if left.kind == "text" and sign not in ("==", "!="):
            raise self._error(f"{left.column or right.column} holds text: compare it by == or !=")
        self._check_fraction(left, right)
        function = _COMPARE[sign]

        def test(row: Row, _holds: Holds) -> Any:
            a, b = left.get(row), right.get(row)
            if left.kind == "text":
                return function(a, b)
            return function(a, b) & (a == a) & (b == b)  # what is not known is neither equal nor unequal

        return test

    def _check_fraction(self, left: _Value, right: _Value) -> None:
        for value, other in ((left, right), (right, left)):
            if value.column in self._fractions and not other.column and other.get({}) > 1:
                raise self._error(f"{value.column} runs from 0 to 1: write {other.said}%")

    def _value(self, token: _Token) -> _Value:
        if token.kind not in ("word", "quoted"):
            raise self._error(f"{token.text} stands where a number or a column belongs")
        text = token.text
        if token.kind == "word":
            number = _number(text)
            if number is not None:
                return _Value("number", text, lambda _row: number)
            if text.casefold() in self._columns:
                name, kind = self._columns[text.casefold()]
                if kind == "text":
                    return _Value("text", name, lambda row: _as_text(row[name]), name)
                return _Value("number", name, lambda row: _as_number(row[name]), name)
            if text.casefold() in _JOINERS:
                raise self._error(f"{text} stands where a number or a column belongs")
        folded = text.casefold()
        return _Value("text", text, lambda _row: folded)

    def _alone(self, token: _Token) -> Test:
        """Return the test of a word that stands alone: a flag, or text that occurs."""
        word = token.text.casefold()
        if token.kind == "word":
            if word in _JOINERS:
                raise self._error(f"a word or a comparison is missing before {word!r}".replace("'", '"'))
            bit = _flag(token.text, self._flags)
            if bit is not None and "flag_bad" in self._columns:
                return lambda row, _holds: (_flag_bits(row) & int(bit)) != 0
            name, kind = self._columns.get(word, ("", "text"))
            if kind == "integer" and name != "spectrum":
                return lambda row, _holds: _as_integer(row[name]) != 0
            if kind != "text":
                raise self._error(f"{name} is a column of numbers: compare it, as in {name} > 0")
        return lambda _row, holds: holds(word)

    def _unknown(self, word: str) -> SettingsError:
        import difflib

        near = difflib.get_close_matches(word.casefold(), self._columns, n=1)
        meant = f"; {self._columns[near[0]][0]} is one" if near else ""
        return self._error(f"there is no column {word}{meant}")

    def _next(self, wanted: str) -> _Token:
        if self._is_at_end():
            raise self._error(f"{wanted} is missing at the end")
        token = self._tokens[self._at]
        if token.kind == "sign" or (token.kind, token.text) == ("bracket", ")"):
            raise self._error(f"{wanted} is missing before {token.text}")
        self._at += 1
        return token

    def _peek(self, kind: str, text: str) -> bool:
        if self._is_at_end():
            return False
        token = self._tokens[self._at]
        return token.kind == kind and token.text.casefold() == text

    def _take(self, kind: str, text: str) -> bool:
        is_there = self._peek(kind, text)
        self._at += is_there
        return is_there

    def _is_at_end(self) -> bool:
        return self._at >= len(self._tokens)

    @staticmethod
    def _error(problem: str) -> SettingsError:
        return SettingsError(f"Filter: {problem}.", FILTER_HINT)


def _flag_bits(row: Row) -> Any:
    return _as_integer(row["flag_warn"]) | _as_integer(row["flag_bad"])


def _number(text: str) -> float | None:
    text = text.replace("\N{MINUS SIGN}", "-")
    is_percent = text.endswith("%")
    try:
        value = float(text.removesuffix("%").replace("_", "x"))  # 1_000 is no number here
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return value / 100.0 if is_percent else value


def _flag(word: str, flags: type[enum.IntFlag]) -> enum.IntFlag | None:
    """Return a flag named in capitals, or in small letters where no word looks so (low_snr)."""
    if word in flags.__members__ or ("_" in word and word.upper() in flags.__members__):
        return flags[word.upper()]
    return None
