"""Say which files could not be read, and put the way to help into the message."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.files.reading import ReadingReport
from spectragui.gui.session.session import Session

SAID_ONE_BY_ONE = 3  # more are one message with a list
READ_OTHERWISE = "Read with options…"
Unreadable = tuple[str, SpectraGUIError]


def say_unreadable(session: Session, report: ReadingReport) -> None:
    """Say what could not be read, and that folders held files that were not looked at."""
    if len(report.errors) <= SAID_ONE_BY_ONE:
        for name, error in report.errors:
            _say_one(session, name, error)
    else:
        say_many(session, report.errors, report.n_files)
    if report.n_others:
        _say_others(session, report)
    if report.n_too_many:
        session.notifications.warning(
            f"{report.n_too_many:,} more files were not opened: a window holds {report.n_files:,} at once.",
            hint="Open them folder by folder, or predict them all with `spectragui predict`.",
        )


def say_many(session: Session, errors: Sequence[Unreadable], n_files: int) -> None:
    """Say in one message that many files could not be read; a list with the reasons is behind it."""

    def show() -> None:
        from spectragui.gui.files.unreadable_dialog import show_unreadable

        show_unreadable(session, errors)

    reasons = "\n".join(f"{name}: {error}" for name, error in errors)
    session.notifications.add_failure(
        f"{len(errors)} of {n_files} files could not be read.",
        hint=f"The first: {errors[0][1].message}",
        details=reasons,
        button="Show them…",
        on_button=show,
    )


def can_be_helped(error: SpectraGUIError) -> bool:
    """Return whether something that the user says would let the file be read."""
    return "--" in error.hint


def words_for_options(hint: str) -> str:
    """Return a hint with the names of the form's fields in place of the command line's options."""
    from spectragui.core.parameters import parameter_infos
    from spectragui.io.reading.read_options import ReadOptions

    hint = hint.replace("Leave the rules out with --no-rules.", "Read it with other options.")
    for name, info in parameter_infos(ReadOptions()).items():
        hint = hint.replace(
            "--" + name.replace("_", "-"),
            f"\N{LEFT DOUBLE QUOTATION MARK}{info.label}\N{RIGHT DOUBLE QUOTATION MARK}",
        )
    return hint


def _say_one(session: Session, name: str, error: SpectraGUIError) -> None:
    if not can_be_helped(error):
        session.notifications.failure(error)
        return
    button = "Choose a column…" if "-column" in error.hint else READ_OTHERWISE
    session.notifications.add_failure(
        error.message,
        hint=words_for_options(error.hint),
        button=button,
        on_button=functools.partial(read_otherwise, session, name),
    )


def read_otherwise(session: Session, name: str) -> None:
    """Open the import assistant on a file."""
    from spectragui.gui.files.import_assistant import ask_and_read

    ask_and_read(session, name)


def _say_others(session: Session, report: ReadingReport) -> None:
    plural = "s were" if report.n_others > 1 else " was"
    text = f"{report.n_others} other file{plural} left out: no spectrum's name ends so."
    if report.n_files:
        session.notifications.note(text)
    else:
        session.notifications.warning("There is no spectrum in the folder.", hint=text)
