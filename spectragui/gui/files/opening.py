"""Open files: read in the background, then add to the tree; say which could not be read."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.gui.files.joining import offer_to_join
from spectragui.gui.files.reading import (
    OPENED_UNASKED,
    Reading,
    ReadingReport,
    look_at_rules,
    read_spectra,
)
from spectragui.gui.files.unreadable import say_unreadable
from spectragui.gui.session.option_words import note_with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum, about_any
from spectragui.gui.spectra.correcting import replace_item
from spectragui.gui.spectra.open_spectra import DRAWN_TOGETHER, drawn_together, select_spectrum, show_spectrum

if TYPE_CHECKING:
    from spectragui.io.reading.read_options import ReadOptions


def open_files(
    session: Session,
    paths: Sequence[str | Path],
    options: ReadOptions | None = None,
    *,
    asks: bool = True,
    replaces: bool = False,
) -> None:
    """Read files in the background and add their spectra to the tree.

    Parameters
    ----------
    session : Session
    paths : sequence of path-like
        Files, or folders of files.
    options : ReadOptions, optional
        What the user says about the files; else found out, with his import rules.
    asks : bool
        Whether to ask which spectra of a file with several are wanted; else all of them are opened,
        unless they are very many.
    replaces: bool
        Whether spectra that are open already are put in the place of the old ones.
    """
    names = tuple(str(Path(path).expanduser().absolute()) for path in paths)
    if not names:
        return
    title = f"Opening {Path(names[0]).name}" if len(names) == 1 else f"Opening {len(names)} files"
    key = f"open:{'|'.join(names)}:{options.spectra if options else ()}"
    done = functools.partial(_on_read, session, names, replaces, asks)
    at_most = 1 if asks else OPENED_UNASKED
    mappings = session.state.settings.catalogue_mappings
    session.run(key, read_spectra, names, options, at_most, mappings, title=title, on_done=done)


def read_otherwise(session: Session, name: str) -> None:
    """Let the user say how a file is to be read, see it, and read it so."""
    from spectragui.gui.files.import_assistant import ask_how
    from spectragui.io.reading.read_options import ReadOptions

    ask_how(session, [name], ReadOptions(), functools.partial(open_files, session, replaces=True))


def read_selected_again(session: Session) -> None:
    """Ask how the file of the selected spectrum is to be read, and read it again."""
    from spectragui.gui.files.import_assistant import ask_how
    from spectragui.io.reading.read_options import ReadOptions

    item = session.state.selected
    if item is None or not item.files:
        return
    known = item.options or ReadOptions()
    is_one_of_many = int(item.spectrum.meta.get("n_spectra", 1)) > 1
    known = known.replace(use_rules=False, spectrum=None, spectra=(item.index,) * is_one_of_many)
    ask_how(session, item.files, known, functools.partial(open_files, session, replaces=True))


def say_if_rules_are_damaged(session: Session) -> None:
    """Look at the import rules in the background; a damaged file is kept aside, and said."""

    def on_done(complaint: str) -> None:
        if complaint:
            session.notifications.warning(complaint)

    session.run("look:rules", look_at_rules, on_done=on_done)


def _on_read(
    session: Session, names: tuple[str, ...], replaces: bool, asks: bool, report: ReadingReport
) -> None:
    say_unreadable(session, report, functools.partial(read_otherwise, session))
    if report.readings:
        ids = add_readings(session, report.readings, report.options, replaces=replaces)
        offer_to_join(session, ids)
    if report.choices:
        from spectragui.gui.files.choose_spectra import ask_which

        ask_which(report.choices, report.options, functools.partial(open_files, session))
    if report.catalogues:
        from spectragui.gui.photometry.opening_catalogues import open_catalogues

        open_catalogues(session, report.catalogues, asks=asks)
    _remember_recent(session, names, report)


def _remember_recent(session: Session, names: tuple[str, ...], report: ReadingReport) -> None:
    settings = session.state.settings
    read = {name for reading in report.readings for name in reading.files}
    read |= {str(choice.path) for choice in report.choices}
    for name in reversed([name for name in names if name in read]):
        settings = settings.with_recent_file(name)
    if settings != session.state.settings:
        session.update(settings=settings)


def add_readings(
    session: Session,
    readings: Sequence[Reading],
    options: ReadOptions | None = None,
    *,
    replaces: bool = False,
    is_asked: bool = True,
) -> tuple[str, ...]:
    """Add spectra to the tree, select the first, show it or all of a few files; one entry in the history.

    A spectrum that is open already is not added again; where the user now says how to read it (or
    with ``replaces``), it is put in the place of the one that is open.

    Returns
    -------
    tuple of str
        Ids of the spectra, the open ones included.
    """
    state = session.state
    known = {(item.files, item.index): item for item in state.spectra}
    old = [known.get((reading.files, reading.index)) for reading in readings]
    fresh = [
        OpenSpectrum(session.new_id("spectrum"), r.files, r.index, r.spectrum, False, r.snr, options=options)
        for r, item in zip(readings, old, strict=True)
        if item is None
    ]
    again = [(r, item) for r, item in zip(readings, old, strict=True) if item is not None]
    if fresh:
        _add_items(session, fresh, is_asked)
    for reading, item in again:
        if replaces or _is_told_otherwise(options, item.options):
            changed = item.replace(spectrum=reading.spectrum, snr=reading.snr, options=options, changes=())
            replace_item(session, changed, f"Read {item.file_name} with options")
            _say_notes(session, [changed])
        elif not fresh:
            session.notifications.note(f"{item.file_name} is open already.")
        if not fresh:
            select_spectrum(session, item.id)
            show_spectrum(session, item.id, True)
    known |= {(item.files, item.index): item for item in fresh}
    return tuple(known[(reading.files, reading.index)].id for reading in readings)


def _add_items(session: Session, fresh: Sequence[OpenSpectrum], is_asked: bool) -> None:
    """Add spectra and draw the first, or all of a few files; boxes that the user checked stay."""
    state, first = session.state, fresh[0]
    are_few = is_asked and len({item.files for item in fresh}) == len(fresh) <= DRAWN_TOGETHER
    drawn = [item.id for item in fresh] if are_few else [first.id]
    names = first.file_name if len(fresh) == 1 else f"{len(fresh)} spectra"
    changes: dict[str, Any] = {"selected_id": first.id, "options": about_any(state.options)}
    changes |= drawn_together(state, (*state.spectra, *fresh), drawn, swaps=False, are_peeks=len(drawn) == 1)
    session.update(undo=f"Open {names}", **changes)
    _say_notes(session, fresh)


def _say_notes(session: Session, fresh: Sequence[OpenSpectrum]) -> None:
    """Say what was assumed; what holds for many spectra once."""
    about: dict[str, list[str]] = {}
    for item in fresh:
        for note in item.spectrum.meta.get("notes", ()):
            about.setdefault(note, []).append(item.file_name)
    for note, names in about.items():
        who = names[0] if len(set(names)) == 1 else f"{names[0]} and {len(names) - 1} more"
        session.notifications.note(f"{who}: {note_with_control_names(note)}")


def _is_told_otherwise(options: ReadOptions | None, before: ReadOptions | None) -> bool:
    if options is None or before is None:
        return False
    chosen = {"spectrum": None, "spectra": ()}
    return options.replace(**chosen) != before.replace(**chosen)
