"""Chains in a form that survives a crash: as TOML, with the spectrum that each belongs to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import SpectraGUIError
from spectragui.gui.recovery.kept_json import read_list
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.preprocessing.chain import Chain

CHAINS = "chains.json"
KeptChain = dict[str, Any]  # files, index, chain


def kept_chains(state: AppState) -> tuple[tuple[tuple[str, ...], int, Chain], ...]:
    """Return files and index of each open spectrum that has a chain, and the chain."""
    return tuple(
        (item.files, item.index, state.chains[item.id])
        for item in state.spectra
        if item.files and item.id in state.chains
    )


def write_chains(folder: Path, chains: Sequence[tuple[tuple[str, ...], int, Chain]]) -> None:
    """Write chains into the folder of a session."""
    from spectragui.preprocessing.chain_files import chain_to_toml

    rows = [
        {"files": list(files), "index": index, "chain": chain_to_toml(chain)}
        for files, index, chain in chains
    ]
    write_text_atomically(folder / CHAINS, json.dumps(rows))


def read_chains(folder: Path) -> list[KeptChain]:
    """Return the chains that a session left; empty where they cannot be read."""
    return [row for row in read_list(folder / CHAINS) if _is_sound(row)]


def _is_sound(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    files, index, chain = row.get("files"), row.get("index"), row.get("chain")
    are_names = isinstance(files, list) and all(isinstance(name, str) for name in files)
    return are_names and isinstance(index, int) and isinstance(chain, str)


class ReturningChains(QObject):
    """Gives spectra their chains back as they are opened again.

    Parameters
    ----------
    session : Session
    chains : sequence of dict
        As from `read_chains`.
    """

    def __init__(self, session: Session, chains: Sequence[KeptChain]) -> None:
        super().__init__(session)
        self._session = session
        self._waiting = {(tuple(row["files"]), int(row["index"])): str(row["chain"]) for row in chains}
        session.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.spectra is new.spectra or not self._waiting:
            return
        found: dict[str, Chain] = {}
        for item in new.spectra:
            text = self._waiting.pop((item.files, item.index), "")
            chain = _chain_of(text) if text else None
            if chain is not None and item.id not in new.chains:
                found[item.id] = chain
        if found:
            self._session.update(chains={**new.chains, **found})


def _chain_of(text: str) -> Chain | None:
    from spectragui.preprocessing.chain_files import chain_from_toml

    try:
        return chain_from_toml(text)
    except SpectraGUIError:  # kept by another version of the program
        return None
