"""Model folders: a card (``card.toml``) and weights (``model.safetensors``), found and checked."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.card_formats import COMPARE, NAME, check_card, present_format
from spectragui.core.card_parsing import CardError, parse_card
from spectragui.core.errors import ModelError
from spectragui.core.model_card import CardLabel, ModelCard, WavelengthGrid, card_content
from spectragui.core.package_data import data_folder
from spectragui.core.toml_file import TomlError, read_toml
from spectragui.core.weights_file import (
    COPY_AGAIN,
    PICKLE_SUFFIXES,
    WEIGHTS_FILE,
    checksum,
    describe_weights,
    is_pickle,
    read_tensors,
)

__all__ = [
    "WEIGHTS_FILE",
    "CardLabel",
    "ModelCard",
    "ModelEntry",
    "WavelengthGrid",
    "check_model",
    "checksum",
    "describe_weights",
    "find_model",
    "list_models",
    "model_roots",
    "read_card",
    "read_weights",
    "user_models_folder",
    "write_card",
]

CARD_FILE = "card.toml"
REINSTALL = "Reinstall SpectraGUI, or copy the model folder again."


@dataclasses.dataclass(frozen=True)
class ModelEntry:
    """A model that was found: its folder, its card, and whether it came with the program."""

    path: Path
    card: ModelCard
    is_bundled: bool


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model folder.

    Raises
    ------
    ModelError
        If the folder or the card is missing, is no TOML, of a newer format, or says what cannot be.
    """
    card = parse_content(card_file_content(folder), Path(folder).name)
    check_card(card)
    return card


def card_file_content(folder: Path) -> dict[str, Any]:
    """Return what stands in the card of a folder, unchecked.

    Raises
    ------
    ModelError
        If the folder or the card is missing, or it is no TOML.
    """
    path = Path(folder) / CARD_FILE
    try:
        return read_toml(path)
    except (FileNotFoundError, NotADirectoryError):
        raise _no_card(Path(folder)) from None
    except (OSError, TomlError) as error:
        raise ModelError(
            f"The card of the model {path.parent.name} could not be read: {error}.", COPY_AGAIN
        ) from error


def parse_content(content: dict[str, Any], name: str) -> ModelCard:
    """Return the card that a file's content describes, which `check_card` has not seen yet.

    Raises
    ------
    ModelError
        If it describes none.
    """
    try:
        return parse_card(present_format(content, name))
    except CardError as error:
        raise ModelError(f"The card of the model {name} is incomplete or wrong: {error}.", COMPARE) from error


def write_card(card: ModelCard, folder: Path) -> Path:
    """Write a card into its folder, atomically; return the file's path.

    Raises
    ------
    ModelError
        If it says what cannot be.
    """
    import tomlkit

    check_card(card)
    document = tomlkit.document()
    for key, value in card_content(card).items():
        document.add(key, tomlkit.item(value))
    path = Path(folder) / CARD_FILE
    write_text_atomically(path, tomlkit.dumps(document))
    return path


def read_weights(
    folder: Path, card: ModelCard | None = None, file_name: str = WEIGHTS_FILE
) -> dict[str, NDArray[Any]]:
    """Read the weights of a model and check them against its card.

    Parameters
    ----------
    folder : path-like
    card : ModelCard, optional
        Read from the folder if not given.
    file_name : str
        One of the files of the folder.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ModelError
        If the file is missing, truncated, a pickle, does not match its checksum, has other tensors
        than the card says, or holds NaN.
    """
    return read_tensors(Path(folder), read_card(folder) if card is None else card, file_name)


def check_model(folder: Path) -> ModelCard:
    """Check a model folder completely; return its card.

    Raises
    ------
    ModelError
        With what is wrong, as `read_card` and `read_weights`.
    """
    card = read_card(folder)
    for file_name in card.sha256 or (WEIGHTS_FILE,):
        read_weights(folder, card, file_name)
    return card


def user_models_folder() -> Path:
    """Return the folder of the user's own models; it may not exist."""
    import platformdirs

    return Path(platformdirs.user_data_dir("spectragui", appauthor=False)) / "models"


def find_model(name: str) -> Path:
    """Return the folder of a model: the bundled one, else the user's, else ``name`` as a path.

    Raises
    ------
    ModelError
        If there is none; the hint lists what there is.
    """
    for root, _ in model_roots():
        if NAME.fullmatch(name) and (root / name / CARD_FILE).is_file():
            return root / name
    with contextlib.suppress(OSError):  # too long for a path
        if (Path(name) / CARD_FILE).is_file():
            return Path(name)
        if not NAME.fullmatch(name) and (user_models_folder() / name / CARD_FILE).is_file():
            raise ModelError(f"The name of the model {name!r} is not allowed any more.", rename_hint(name))
    known = ", ".join(entry.card.name for entry in list_models()) or "none"
    raise ModelError(f"There is no model {name!r}.", f"Known: {known}.")


def rename_hint(folder: str) -> str:
    """Return the command that gives a model of an earlier version a name that is allowed."""
    return f"Rename it: spectragui models rename {shlex.quote(folder)} NEW-NAME"


def list_models(kind: str = "") -> list[ModelEntry]:
    """Return the models that can be found, bundled ones first; folders without a sound card are left out."""
    return [entry for entry in _entries() if kind in ("", entry.card.kind)]


def model_roots() -> list[tuple[Path, bool]]:
    """Return where models lie: the bundled ones (True) and the user's."""
    try:
        bundled = [(data_folder("models"), True)]
    except FileNotFoundError:
        bundled = []
    return [*bundled, (user_models_folder(), False)]


def _entries() -> Iterator[ModelEntry]:
    seen: set[str] = set()
    for root, is_bundled in model_roots():
        try:
            names = sorted(filter(NAME.fullmatch, os.listdir(root)))
        except OSError:
            continue
        for name in names:
            folder = os.path.join(root, name)  # a Path takes longer, and this is asked often
            try:
                facts = os.stat(os.path.join(folder, CARD_FILE))
                entry = _known_entry(folder, is_bundled, facts.st_mtime_ns, facts.st_size)
            except (ModelError, OSError):
                continue  # said when somebody asks for it by name
            if entry.card.name not in seen:
                seen.add(entry.card.name)
                yield entry


@functools.lru_cache(maxsize=64)
def _known_entry(folder: str, is_bundled: bool, _changed_ns: int, _size: int) -> ModelEntry:
    """Return a model of a folder, its card parsed once as long as its file stays."""
    return ModelEntry(Path(folder), read_card(Path(folder)), is_bundled)


def _no_card(folder: Path) -> ModelError:
    if not folder.is_dir():
        hint = REINSTALL if folder.parent in [root for root, _ in model_roots()] else "Check the path."
        return ModelError(f"The model folder {folder.name} is missing.", hint)
    pickles = [path for path in folder.iterdir() if path.suffix in PICKLE_SUFFIXES]
    if pickles:
        return is_pickle(pickles[0])
    return ModelError(f"{folder.name} is no model folder: it has no {CARD_FILE}.", COPY_AGAIN)
