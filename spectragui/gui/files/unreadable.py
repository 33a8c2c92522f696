"""Say which files could not be read, and put the way to help into the message."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from spectragui.core.errors import SpectraGUIError
from spectragui.core.wording import counted
from spectragui.gui.files.reading import (
    READ_OTHERWISE,
    WHICH_UNIT,
    ReadingReport,
    Unreadable,
    can_be_helped,
    words_for_options,
)
from spectragui.gui.session.session import Session

SAID_ONE_BY_ONE = 3  # more are one message with a list
ReadOtherwise = Callable[[str], None]  # opens the import assistant on a file


def say_unreadable(session: Session, report: ReadingReport, read_otherwise: ReadOtherwise) -> None:
    """Say what could not be read, and that folders held files that were not looked at."""
    if len(report.errors) <= SAID_ONE_BY_ONE:
        for name, error in report.errors:
            _say_one(session, name, error, read_otherwise)
    else:
        say_many(session, report.errors, report.n_files, read_otherwise, report.n_others)
    if report.n_others and len(report.errors) <= SAID_ONE_BY_ONE:
        _say_others(session, report)
    if report.n_too_many:
        session.notifications.warning(
            f"{report.n_too_many:,} more files were not opened: a window holds {report.n_files:,} at once.",
            hint="Open them folder by folder, or predict them all with `spectragui predict`.",
        )


def say_many(
    session: Session,
    errors: Sequence[Unreadable],
    n_files: int,
    read_otherwise: ReadOtherwise,
    n_others: int = 0,
) -> None:
    """Say in one message that many files could not be read; a list with the reasons is behind it.

    Parameters
    ----------
    session : Session
    errors : sequence of (str, SpectraGUIError)
        Files, and why they could not be read.
    n_files : int
        That were looked at.
    read_otherwise : callable
    n_others : int
        Below folders that were not looked at, by their suffix: pictures, logs.
    """

    def show() -> None:
        from spectragui.gui.files.unreadable_dialog import show_unreadable

        show_unreadable(errors, read_otherwise)

    reasons = "\n".join(f"{name}: {error}" for name, error in errors)
    session.notifications.add_failure(
        f"{len(errors)} of {n_files} files could not be read{_and_others(n_others)}.",
        hint=f"The first: {errors[0][1].message}",
        details=reasons,
        button="Show them…",
        on_button=show,
    )


def _say_one(session: Session, name: str, error: SpectraGUIError, read_otherwise: ReadOtherwise) -> None:
    if not can_be_helped(error):
        session.notifications.failure(error)
        return
    button = "Choose a column…" if "-column" in error.hint else READ_OTHERWISE
    if error.hint.startswith(WHICH_UNIT):
        button = "Choose the unit…"
    session.notifications.add_failure(
        error.message,
        hint=words_for_options(error.hint),
        details=error.details,
        button=button,
        on_button=functools.partial(read_otherwise, name),
    )


def _and_others(n_others: int) -> str:
    """Return what is said of files that were not looked at: "; 2 others are no spectra by their names"."""
    if not n_others:
        return ""
    return (
        f"; {counted(n_others, 'other is no spectrum by its name', 'others are no spectra by their names')}"
    )


def _say_others(session: Session, report: ReadingReport) -> None:
    were = "was" if report.n_others == 1 else "were"
    text = f"{counted(report.n_others, 'other file')} {were} left out: no spectrum's name ends so."
    if report.readings or report.choices:
        session.notifications.note(text)
    elif report.n_files:
        session.notifications.warning(text)
    else:
        session.notifications.warning("There is no spectrum in the folder.", hint=text)
