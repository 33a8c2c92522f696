"""Model folders: a card (``card.toml``) and weights (``model.safetensors``), found and checked.

Only safetensors are read: a pickle can run any program when it is opened. What the format itself
does not catch (flipped bits, NaN weights, another model's tensors) is checked against the card.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.card_formats import COMPARE, check_card, present_format
from spectragui.core.errors import ModelError
from spectragui.core.model_card import CardLabel, ModelCard, WavelengthGrid, card_content, parse_card
from spectragui.core.package_data import data_folder

__all__ = [
    "CardLabel",
    "ModelCard",
    "ModelEntry",
    "WavelengthGrid",
    "check_model",
    "checksum",
    "describe_weights",
    "export_model",
    "find_model",
    "import_model",
    "list_models",
    "read_card",
    "read_weights",
    "user_models_folder",
    "write_card",
]

CARD_FILE = "card.toml"
WEIGHTS_FILE = "model.safetensors"
PICKLE_SUFFIXES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
PICKLE_STARTS = (b"\x80", b"PK\x03\x04", b"\x1f\x8b")  # pickle, torch's zip of pickles, gzip
REINSTALL = "Reinstall SpectraGUI, or copy the model folder again."
COPY_AGAIN = "Copy the whole folder again from where it came."


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
    path = Path(folder) / CARD_FILE
    try:
        return _card_of(path.read_text(encoding="utf-8"), path.parent.name)
    except (FileNotFoundError, NotADirectoryError):
        raise _no_card(Path(folder)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(
            f"The card of the model {path.parent.name} could not be read: {error}.", COPY_AGAIN
        ) from error


@functools.lru_cache(maxsize=64)
def _card_of(text: str, folder_name: str) -> ModelCard:
    """Return the card that a text is; the window lists all models again with every selection."""
    content = tomllib.loads(text)
    try:
        card = parse_card(present_format(content, folder_name))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"The card of the model {folder_name} is incomplete or wrong: {error}.",
            COMPARE,
        ) from error
    check_card(card)
    return card


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


def checksum(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_weights(folder: Path) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Return checksums and tensor shapes of the weights in a folder, for a new card."""
    path = Path(folder) / WEIGHTS_FILE
    shapes = {name: tensor.shape for name, tensor in _open_tensors(path).items()}
    return {WEIGHTS_FILE: checksum(path)}, shapes


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
    folder = Path(folder)
    if card is None:
        card = read_card(folder)
    path = folder / file_name
    if not path.is_file():
        raise _no_weights(folder, file_name)
    tensors = _open_tensors(path)
    _check_checksum(path, card)
    if file_name == WEIGHTS_FILE:
        _check_shapes(tensors, card)
    for name, tensor in tensors.items():
        if np.issubdtype(tensor.dtype, np.floating) and not np.isfinite(tensor).all():
            raise ModelError(
                f"The weights of {card.name} hold values that are no numbers, in {name}.", COPY_AGAIN
            )
    return tensors


def check_model(folder: Path) -> ModelCard:
    """Check a model folder completely; return its card.

    Raises
    ------
    ModelError
        With what is wrong, as `read_card` and `read_weights`.
    """
    card = read_card(folder)
    for file_name in card.sha256 or {WEIGHTS_FILE: ""}:
        if file_name.endswith(".safetensors"):
            read_weights(folder, card, file_name)
        elif not (Path(folder) / file_name).is_file():
            raise _no_weights(Path(folder), file_name)
        else:
            _check_checksum(Path(folder) / file_name, card)
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
    for root, _ in _roots():
        if name and (root / name / CARD_FILE).is_file():
            return root / name
    if (Path(name) / CARD_FILE).is_file():
        return Path(name)
    known = ", ".join(entry.card.name for entry in list_models()) or "none"
    raise ModelError(f"There is no model {name!r}.", f"Known: {known}.")


def list_models(kind: str = "") -> list[ModelEntry]:
    """Return the models that can be found, bundled ones first; folders without a sound card are left out."""
    return [entry for entry in _entries() if kind in ("", entry.card.kind)]


def import_model(folder: Path) -> Path:
    """Check a model folder and copy it among the user's models; return the new folder.

    Raises
    ------
    ModelError
        If the model is not sound, or one of this name is there already.
    """
    if Path(folder).is_file():
        raise _no_folder(Path(folder))
    card = check_model(folder)
    target = user_models_folder() / card.name
    taken = [root / card.name for root, _ in _roots() if (root / card.name).exists()]
    if taken or target.exists():
        raise ModelError(
            f"There is a model {card.name} already.", "Change the name in the card of the new one."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, target)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ModelError(f"The model {card.name} could not be copied: {error}.") from error
    return target


def export_model(name: str, target: Path) -> Path:
    """Check a model and copy its folder; return the copy: ``target``, or a folder in it if it is there.

    Raises
    ------
    ModelError
        If there is no such model, it is not sound, or the copy exists or cannot be written.
    """
    folder = find_model(name)
    card = check_model(folder)
    is_model = (Path(target) / CARD_FILE).exists()
    copy = Path(target) / card.name if Path(target).is_dir() and not is_model else Path(target)
    if copy.exists():
        raise ModelError(f"{copy} exists already; it was left alone.", "Choose another place.")
    try:
        shutil.copytree(folder, copy)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(copy, ignore_errors=True)
        raise ModelError(f"The model {card.name} could not be copied to {copy}: {error}.") from error
    return copy


def _roots() -> list[tuple[Path, bool]]:
    try:
        bundled = [(data_folder("models"), True)]
    except FileNotFoundError:
        bundled = []
    return [*bundled, (user_models_folder(), False)]


def _entries() -> Iterator[ModelEntry]:
    seen: set[str] = set()
    for root, is_bundled in _roots():
        for path in sorted(root.glob(f"*/{CARD_FILE}")):
            try:
                facts = path.stat()
                card = _known_card(path.parent, facts.st_mtime_ns, facts.st_size)
            except (ModelError, OSError):
                continue  # said when somebody asks for it by name
            if card.name not in seen:
                seen.add(card.name)
                yield ModelEntry(path.parent, card, is_bundled)


@functools.lru_cache(maxsize=64)
def _known_card(folder: Path, _changed_ns: int, _size: int) -> ModelCard:
    """Return a card, parsed once as long as its file stays: it is asked for with each spectrum."""
    return read_card(folder)


def _open_tensors(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start.startswith(PICKLE_STARTS) and not _is_header_length(path):
            raise _is_pickle(path)
        with safe_open(path, "np") as tensors:
            return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, TypeError) as error:
        raise ModelError(
            f"The weights of {path.parent.name} are damaged or cut short: {error}.", COPY_AGAIN
        ) from error


def _is_header_length(path: Path) -> bool:
    """Whether the file starts as safetensors do: eight bytes of length, then JSON."""
    with path.open("rb") as stream:
        head = stream.read(9)
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size


def _check_checksum(path: Path, card: ModelCard) -> None:
    expected = card.sha256.get(path.name)
    if expected and checksum(path) != expected:
        raise ModelError(
            f"The weights of {card.name} are not those of its card: the checksum of {path.name} differs.",
            COPY_AGAIN,
        )


def _check_shapes(tensors: Mapping[str, NDArray[Any]], card: ModelCard) -> None:
    if not card.tensors:
        return
    for name in sorted(set(card.tensors) ^ set(tensors)):
        word = "lack" if name in card.tensors else "also hold"
        raise ModelError(
            f"The weights of {card.name} {word} {name}: they belong to another model.", COPY_AGAIN
        )
    for name, shape in card.tensors.items():
        if tensors[name].shape != tuple(shape):
            raise ModelError(
                f"In the weights of {card.name} {name} has the shape {tensors[name].shape}, "
                f"the card says {tuple(shape)}: they belong to another model.",
                COPY_AGAIN,
            )


def _no_card(folder: Path) -> ModelError:
    if not folder.is_dir():
        hint = REINSTALL if folder.parent in [root for root, _ in _roots()] else "Check the path."
        return ModelError(f"The model folder {folder.name} is missing.", hint)
    pickles = [path for path in folder.iterdir() if path.suffix in PICKLE_SUFFIXES]
    if pickles:
        return _is_pickle(pickles[0])
    return ModelError(f"{folder.name} is no model folder: it has no {CARD_FILE}.", COPY_AGAIN)


def _no_folder(path: Path) -> ModelError:
    if path.suffix in PICKLE_SUFFIXES:
        return _is_pickle(path)
    return ModelError(
        f"{path.name} is a file; a model is a folder with {CARD_FILE} in it.", "Give the folder."
    )


def _no_weights(folder: Path, file_name: str) -> ModelError:
    pickles = [path for path in folder.iterdir() if path.suffix in PICKLE_SUFFIXES]
    if pickles:
        return _is_pickle(pickles[0])
    return ModelError(f"The model {folder.name} lacks its weights, {file_name}.", COPY_AGAIN)


def _is_pickle(path: Path) -> ModelError:
    return ModelError(
        f"{path.name} is a pickle, which can run any program when it is opened, so it was not opened.",
        "Save the weights as safetensors.",
    )
