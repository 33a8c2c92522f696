"""Open files: read in the background, then add to the tree; say which could not be read."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress, part_of
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.gui.session import Session
from spectragui.gui.state import OpenSpectrum
from spectragui.inference.prediction import PredictOptions

if TYPE_CHECKING:
    from spectragui.io.read_options import ReadOptions


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """One spectrum that was read, with what the tree shows of it."""

    files: tuple[str, ...]
    index: int
    spectrum: AnySpectrum
    snr: float


@dataclasses.dataclass(frozen=True, eq=False)
class ReadingReport:
    """Everything that came of a list of files."""

    readings: tuple[Reading, ...]
    errors: tuple[tuple[str, SpectraGUIError], ...]  # with the file each is about


def open_files(session: Session, paths: Sequence[str | Path], options: ReadOptions | None = None) -> None:
    """Read files in the background and add their spectra to the tree."""
    names = tuple(str(Path(path).expanduser().absolute()) for path in paths)
    if not names:
        return
    title = f"Opening {Path(names[0]).name}" if len(names) == 1 else f"Opening {len(names)} files"
    key = f"open:{'|'.join(names)}"
    on_done = functools.partial(_on_read, session, names)
    session.run(key, read_spectra, names, options, title=title, on_done=on_done)


def read_spectra(paths: tuple[str, ...], options: ReadOptions | None, progress: Progress) -> ReadingReport:
    """Read files, each on its own, so that a damaged one costs nothing but itself.

    Parameters
    ----------
    paths : tuple of str
    options : ReadOptions or None
        What the user says about the files; None = found out from them.
    progress : callable

    Returns
    -------
    ReadingReport
        Spectra in the order of the files, and the errors of those that could not be read.
    """
    from spectragui.io.read import read_files
    from spectragui.io.read_options import ReadOptions

    errors: list[tuple[str, SpectraGUIError]] = []
    spectra = read_files(
        paths,
        options or ReadOptions(),
        on_failed=lambda file, error: errors.append((str(file), error)),
        progress=part_of(progress, 0.0, 0.9),
    )
    progress(0.9, "Measuring the signal-to-noise ratio")
    readings = tuple(_reading(item, Path(paths[0])) for item in spectra)
    return ReadingReport(readings, tuple(errors))


def _reading(spectrum: AnySpectrum, file: Path) -> Reading:
    meta = spectrum.meta
    files = tuple(str(name) for name in meta.get("files", (meta.get("file", file),)))
    return Reading(files, int(meta.get("spectrum_index", 0)), spectrum, spectrum_snr(spectrum))


def spectrum_snr(spectrum: AnySpectrum) -> float:
    """Return the median signal-to-noise ratio per pixel of a spectrum's orders.

    From the file's errors where it has them, else estimated from the flux; may be NaN.
    """
    import numpy as np

    values = [order_snr(order) for order in orders_of(spectrum)]
    finite = [value for value in values if np.isfinite(value)]
    return float(np.median(finite)) if finite else float("nan")


def order_snr(order: Spectrum) -> float:
    """Return the median signal-to-noise ratio per pixel of one order; may be NaN."""
    from spectragui.core.numerics import der_snr, median_snr

    if order.uncertainty is not None:
        return median_snr(order.flux, order.uncertainty, order.mask)
    return der_snr(order.flux, order.mask)


def _on_read(session: Session, names: tuple[str, ...], report: ReadingReport) -> None:
    for name, error in report.errors:
        _offer_assistant(session, name, error)
    if report.readings:
        add_readings(session, report.readings)
    settings = session.state.settings
    read = {name for reading in report.readings for name in reading.files}
    for name in reversed([name for name in names if name in read]):
        settings = settings.with_recent_file(name)
    if settings != session.state.settings:
        session.update(settings=settings)


def _offer_assistant(session: Session, name: str, error: SpectraGUIError) -> None:
    """Say why a file could not be read; where the user can help, put the way to do so in the message."""

    def ask() -> None:
        from spectragui.gui.dialogs.reading import ask_and_read

        ask_and_read(session, name, error)

    if "--" not in error.hint:  # nothing that could be told would help
        session.notifications.failure(error)
        return
    hint = words_for_options(error.hint)
    session.notifications.add_failure(error.message, hint=hint, button="Read with options…", on_button=ask)


def words_for_options(hint: str) -> str:
    """Return a hint with the names of the form's fields in place of the command line's options."""
    from spectragui.core.parameters import parameter_infos
    from spectragui.io.read_options import ReadOptions

    for name, info in parameter_infos(ReadOptions()).items():
        hint = hint.replace(
            "--" + name.replace("_", "-"),
            f"\N{LEFT DOUBLE QUOTATION MARK}{info.label}\N{RIGHT DOUBLE QUOTATION MARK}",
        )
    return hint


def add_readings(session: Session, readings: Sequence[Reading]) -> None:
    """Add spectra to the tree, show and select the first; one entry in the history."""
    state = session.state
    known = {(item.files, item.index): item for item in state.spectra}
    again = [known[key] for key in ((r.files, r.index) for r in readings) if key in known]
    fresh = [
        OpenSpectrum(session.new_id("spectrum"), r.files, r.index, r.spectrum, is_visible=False, snr=r.snr)
        for r in readings
        if (r.files, r.index) not in known
    ]
    first = fresh[0] if fresh else again[0]
    if again and not fresh:
        session.notifications.note(f"{first.file_name} is open already.")
    several = len(state.visible_spectra) > 1  # an overlay that the user made stays one
    spectra = tuple(
        item.replace(is_visible=True)
        if item.id == first.id
        else item
        if several
        else item.replace(is_visible=False)
        for item in (*state.spectra, *fresh)
    )
    names = first.file_name if len(fresh) == 1 else f"{len(fresh)} spectra"
    changes: dict[str, Any] = {"spectra": spectra, "selected_id": first.id}
    if first.id != state.selected_id:
        changes["options"] = about_any(state.options)
    session.update(undo=f"Open {names}" if fresh else "", **changes)
    for item in fresh:
        for note in item.spectrum.meta.get("notes", ()):
            session.notifications.note(f"{item.file_name}: {note}")


def select_spectrum(session: Session, spectrum_id: str) -> None:
    """Select a spectrum; where no overlay is shown, show it instead of the one shown before."""
    state = session.state
    item = state.spectrum(spectrum_id)
    if item is None or state.selected_id == spectrum_id:
        return
    changes: dict[str, Any] = {"selected_id": spectrum_id, "options": about_any(state.options)}
    if not item.is_visible and len(state.visible_spectra) <= 1:
        changes["spectra"] = tuple(
            other.replace(is_visible=other.id == spectrum_id) if other.is_visible or other is item else other
            for other in state.spectra
        )
    result = state.result_of(spectrum_id)
    if result is not None:
        changes["selected_result_id"] = result.id
    session.update(**changes)


def about_any(options: PredictOptions) -> PredictOptions:
    """Return the options without what was told about one spectrum only."""
    return dataclasses.replace(options, resolving_power=None, medium=None, v_rad=None)


def close_spectra(session: Session, spectrum_ids: Sequence[str]) -> None:
    """Take spectra from the tree; their results stay in the table."""
    state = session.state
    gone = [item for item in state.spectra if item.id in spectrum_ids]
    if not gone:
        return
    for item in gone:
        session.tasks.cancel_key(f"predict:{item.id}")
    spectra = tuple(item for item in state.spectra if item not in gone)
    selected = state.selected_id
    if state.spectrum(selected) in gone:
        selected = spectra[-1].id if spectra else ""
        if spectra and not any(item.is_visible for item in spectra):
            spectra = (*spectra[:-1], spectra[-1].replace(is_visible=True))
    name = gone[0].name if len(gone) == 1 else f"{len(gone)} spectra"
    session.update(undo=f"Close {name}", spectra=spectra, selected_id=selected)


def show_spectrum(session: Session, spectrum_id: str, is_visible: bool) -> None:
    """Draw a spectrum in the plots, or not."""
    state = session.state
    item = state.spectrum(spectrum_id)
    if item is None or item.is_visible == is_visible:
        return
    spectra = tuple(
        other.replace(is_visible=is_visible) if other.id == spectrum_id else other for other in state.spectra
    )
    session.update(undo=f"{'Show' if is_visible else 'Hide'} {item.name}", spectra=spectra)


def move_spectra(session: Session, spectrum_ids: Sequence[str], before_id: str) -> None:
    """Put spectra before another one in the tree (at the end where ``before_id`` is empty)."""
    state = session.state
    moved = [item for item in state.spectra if item.id in spectrum_ids]
    rest = [item for item in state.spectra if item.id not in spectrum_ids]
    at = next((i for i, item in enumerate(rest) if item.id == before_id), len(rest))
    spectra = (*rest[:at], *moved, *rest[at:])
    if moved and any(a is not b for a, b in zip(spectra, state.spectra, strict=True)):
        session.update(undo=f"Move {moved[0].name}", spectra=spectra)
