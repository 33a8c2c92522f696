"""The one family of errors that users are shown: what happened, and what to do about it."""

from __future__ import annotations

import re

from spectragui.core.wording import plain_text


class SpectraGUIError(Exception):
    """Report a failure in words that a user can act on.

    Parameters
    ----------
    message : str
        What happened, to which file or value, in one sentence.
    hint : str, optional
        What the user can do about it, in one sentence.
    details : str, optional
        What a library said in full, for the log and to be copied; never shown unasked.
    """

    def __init__(self, message: str, hint: str = "", details: str = "") -> None:
        # Names and texts of files stand in them: nothing of these may command a terminal.
        self.message = plain_text(message)
        self.hint = plain_text(hint)
        self.details = plain_text(details)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Errors cross process borders (workers, batch): all texts must survive pickling.
        return type(self), (self.message, self.hint, self.details)


def first_sentence(said: object, longest: int = 160) -> str:
    """Return the first sentence of what a library says, without its full stop, cut where it is long.

    Parameters
    ----------
    said : object
        An exception or a text; of an empty one the name of its class.
    longest : int
        Letters.
    """
    if isinstance(said, BaseException) and not isinstance(said, SpectraGUIError):
        plain = _plain_words(said)
        if plain:
            return plain
    # astropy's VOTable parser: place and number of the error, for programmers.
    lines = re.sub(r"^\S*:\d+:\d+: [EW]\d+: ", "", str(said).strip()).splitlines()
    if not lines:
        return type(said).__name__
    text = " ".join(lines[0].split())
    end = re.search(r"[.!?:;](?=\s+[A-Z\d(])", text)
    text = text if len(text) <= longest or end is None else text[: end.start()]
    if len(text) > longest:
        text = text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:") + "\N{HORIZONTAL ELLIPSIS}"
    return text.rstrip(".:; ")


#: What Python, numpy and astropy say to programmers; a user learns nothing from it.
_INTERNAL = re.compile(
    r"NoneType|\bobjects? (is|has|of type|does|cannot|must)\b"
    r"|\bnot (iterable|subscriptable|callable|hashable)"
    r"|reshape|broadcast|dtype|ndarray|array of size|buffer|invalid literal|could not convert|to unpack"
    r"|out of (bounds|range)|\bindex\b|(positional|keyword) argument|unexpected keyword|operand"
    r"|codec can't|numpy\.|astropy|expected (str|bytes|int|float|a )|\bint\(|\bfloat\(|ufunc|casting"
    r"|must be (real|str|int|a )|__\w+__|traceback|unsupported|\bslice\b|same shape|zero-size"
    r"|singular matrix|NaN to integer|synchronously|\.verify\(|\bb['\"]|0x[0-9a-f]{6}",
    re.IGNORECASE,
)


def _plain_words(error: BaseException) -> str:
    """Return what is said in place of a text that is meant for programmers; else nothing."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it is not text in UTF-8"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    card = re.match(r"Unparsable card \(([^)]*)\)", str(error))
    if card:
        return f"its card {card[1]} breaks the standard"
    if "truncated file" in str(error):
        return "it is truncated"
    if isinstance(error, KeyError):
        name = str(error.args[0]) if error.args else ""
        return f"there is no {name}" if re.fullmatch(r"[\w.-]{1,40}", name) else NO_FIT
    if _INTERNAL.search(str(error)) or not str(error).strip():
        return NO_FIT
    return ""


NO_FIT = "what it holds does not fit together"


class ReadError(SpectraGUIError):
    """A file could not be read as a spectrum or a table."""


class CatalogueError(ReadError):
    """A catalogue of photometry lacks what is needed, or says what cannot be."""


class WriteError(SpectraGUIError):
    """A file could not be written; the old file, if any, is untouched."""


class UnitError(SpectraGUIError):
    """A unit, medium or frame is unknown, wrong, or does not fit another one."""


class MeasurementError(SpectraGUIError):
    """A region of a spectrum does not allow what was to be measured in it."""


class StageError(SpectraGUIError):
    """A preprocessing stage could not be applied."""


class ModelError(SpectraGUIError):
    """A model is missing, damaged, of another kind, or cannot serve a spectrum."""


class TrainingError(SpectraGUIError):
    """A training could not start or go on."""


class SettingsError(SpectraGUIError):
    """A parameter or setting has a value that is not allowed."""


def fault_in_words(error: BaseException) -> str:
    """Return any exception as one sentence: of our own kinds what they say, else what the fault is."""
    if isinstance(error, SpectraGUIError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for it."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    hint = "This is a fault of SpectraGUI; --debug shows where it happened."
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{message}. {hint}"
