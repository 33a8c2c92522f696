"""What becomes of a chain and of its result: kept as a spectrum, exported, saved, opened, copied."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from spectragui.core.errors import SpectraGUIError
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.files.saving import ask_and_save
from spectragui.gui.pipeline.edits import first_interesting_step, set_chain
from spectragui.gui.pipeline.runner import chain_runner
from spectragui.gui.pipeline.shown import PIPELINE, is_failure_valid, is_settled, shown_chain, shown_run
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra import command_lines
from spectragui.gui.spectra.derived import add_derived

if TYPE_CHECKING:
    from spectragui.preprocessing.chain import Chain

CHAIN_FILTER = "Chain of stages (*.toml)"


def finished_output(state: AppState) -> AnySpectrum | None:
    """Return what the whole chain gave, None while it is not done or where a stage failed."""
    chain, run = shown_chain(state), shown_run(state)
    if chain is None or not len(chain) or run is None or run.error is not None or not is_settled(chain, run):
        return None
    # A run of a longer chain may have been shortened: the history is that of the chain.
    return dataclasses.replace(run, chain=chain, results=run.results[: len(chain)]).output


def keep_result(session: Session) -> None:
    """Put what the chain gave into the tree as a spectrum of its own."""
    state = session.state
    output, item = finished_output(state), state.selected
    if output is None or item is None:
        say_unfinished(session)
        return
    name = processed_name(item)
    add_derived(session, output.with_meta(name=name), undo=f"Keep {name}")
    session.notifications.success(f"{name} is in the tree, with the history of its stages.")


def ask_and_export_result(session: Session, parent: QWidget) -> None:
    """Ask for a file and write what the chain gave to it."""
    output, item = finished_output(session.state), session.state.selected
    if output is None or item is None:
        say_unfinished(session)
        return
    ask_and_save(session, parent, item.replace(spectrum=output.with_meta(name=processed_name(item))))


def say_unfinished(session: Session) -> None:
    """Say why there is no result, and show the stages."""
    chain, run = shown_chain(session.state), shown_run(session.state)
    if chain is None:
        return
    session.update(active_panel=PIPELINE)
    if is_failure_valid(chain, run) and run is not None:
        session.notifications.note(f"{chain.steps[len(run.results)].stage.title} failed: there is no result.")
    else:
        session.notifications.note("The stages are still to run: keep the result when they are done.")


def processed_name(item: OpenSpectrum) -> str:
    """Return what the result of a chain is called."""
    return f"{item.name}, processed"


def ask_and_open_chain(session: Session, parent: QWidget) -> None:
    """Ask for a chain's file and give it to the selected spectrum."""
    name, _ = QFileDialog.getOpenFileName(
        parent, "Open chain", session.state.settings.export_folder, f"{CHAIN_FILTER};;All files (*)"
    )
    if name:
        open_chain(session, Path(name))


def open_chain(session: Session, path: Path) -> None:
    """Give the selected spectrum the chain of a file."""
    from spectragui.preprocessing.chain_files import read_chain

    try:
        chain = read_chain(path)
    except SpectraGUIError as error:
        session.notifications.failure(error)
        return
    set_chain(session, chain, f"Open {path.name}", step_id=first_interesting_step(chain))
    remember_file(session, chain, path)


def ask_and_save_chain(session: Session, parent: QWidget) -> Path | None:
    """Ask for a file and save the chain; return the file, None where nothing was saved."""
    chain = shown_chain(session.state)
    if chain is None:
        return None
    stem = "".join(c if c.isalnum() else "-" for c in chain.title.lower()).strip("-") or "chain"
    first = Path(session.state.settings.export_folder, f"{stem}.toml")
    name, _ = QFileDialog.getSaveFileName(parent, "Save chain", str(first), CHAIN_FILTER)
    if not name:
        return None
    path = Path(name) if Path(name).suffix else Path(name).with_suffix(".toml")
    return path if save_chain(session, chain, path) else None


def save_chain(session: Session, chain: Chain, path: Path) -> bool:
    """Save a chain; return whether it could be."""
    from spectragui.preprocessing.chain_files import write_chain

    try:
        write_chain(chain, path)
    except SpectraGUIError as error:
        session.notifications.failure(error)
        return False
    remember_file(session, chain, path)
    session.notifications.success(f"Chain saved to {path}.")
    return True


def remember_file(session: Session, chain: Chain, path: Path) -> None:
    """Remember in which file a chain is, for its command line."""
    files = chain_runner(session).files
    for other in [known for known, file in files.items() if file == path]:
        del files[other]  # the file holds another chain now
    files[chain.hash] = path


def copy_command(session: Session, parent: QWidget) -> None:
    """Put the command that does the same into the clipboard; the chain is saved first if need be."""
    state = session.state
    chain, item = shown_chain(state), state.selected
    if chain is None or item is None:
        return
    name = preset_of(chain) or str(chain_runner(session).files.get(chain.hash, ""))
    if not name and item.files:
        path = ask_and_save_chain(session, parent)
        if path is None:
            return
        name = str(path)
    command_lines.copy_command(session, lambda: chain_words(item, name))


def chain_words(item: OpenSpectrum, chain: str) -> list[str]:
    """Return the command that applies a chain, by name or file, to an open spectrum, as words.

    Raises
    ------
    SettingsError
        If no file holds the spectrum.
    """
    words = ["preprocess", *command_lines.spectrum_words(item), "--chain", chain]
    return [*words, "-o", f"{Path(item.files[0]).stem}_processed.fits"]


def preset_of(chain: Chain) -> str:
    """Return the name of the bundled chain that a chain is, empty if it is none."""
    return next((name for name, preset in presets() if preset.steps == chain.steps), "")


@functools.cache
def presets() -> tuple[tuple[str, Chain], ...]:
    """Return name and chain of every bundled chain that can be read."""
    from spectragui.preprocessing.chain_files import load_preset, preset_names

    found = []
    for name in preset_names():
        try:
            found.append((name, load_preset(name)))
        except SpectraGUIError:
            continue  # shows itself where it is asked for by name
    return tuple(found)
