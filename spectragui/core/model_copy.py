"""Models go in and out: only what the card names, ordinary files, under a name that is no path."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from spectragui.core.card_formats import NAME_RULE, check_card, is_allowed_name
from spectragui.core.errors import ModelError
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import (
    CARD_FILE,
    card_file_content,
    check_model,
    find_model,
    model_roots,
    parse_content,
    read_card,
    rename_hint,
    user_models_folder,
    write_card,
)
from spectragui.core.regular_file import NotOrdinaryError, copy_ordinary
from spectragui.core.toml_file import MOST_BYTES as MOST_CARD_BYTES
from spectragui.core.weights_file import (
    COPY_AGAIN,
    MOST_BYTES,
    PICKLE_SUFFIXES,
    WEIGHTS_FILE,
    is_pickle,
    no_weights,
)

Check = Callable[[Path], object]
_DEEPEST = 3  # folders below the user's models where an earlier version may have put one
_MOST_FOLDERS = 2000


@dataclasses.dataclass(frozen=True)
class UnusableModel:
    """A folder among the user's models that cannot be loaded.

    Attributes
    ----------
    path : pathlib.Path
    name : str
        As its card says it, else the folder's.
    why : str
        One sentence.
    hint : str
        The command that mends it; empty where none does.
    """

    path: Path
    name: str
    why: str
    hint: str = ""


def import_model(folder: Path, check: Check = check_model) -> Path:
    """Copy the files of a model's card among the user's models, check the copy, and only then keep it.

    Parameters
    ----------
    folder : path-like
    check : callable
        ``check(folder)`` raises where the model is not sound; `check_model` at least.

    Returns
    -------
    pathlib.Path
        The new folder: a folder of the card's name among the user's models, whatever the card says.

    Raises
    ------
    ModelError
        If the model is not sound, or one of this name is there already.
    """
    source = Path(folder)
    if source.is_file():
        raise _no_folder(source)
    card = read_card(source)
    _check_complete(card)
    _check_free(card.name)
    target = user_models_folder() / card.name
    with _making_folder(target, f"The model {card.name} could not be copied") as copy:
        _copy_files(source, copy, card)
        if read_card(copy).name != card.name:
            raise ModelError(f"The folder {source.name} was changed while it was copied.", COPY_AGAIN)
        check_model(copy)
        check(copy)
    return target


def export_model(name: str, target: Path) -> Path:
    """Copy the files of a model's card; return the copy: ``target``, or a folder in it if it is there.

    Raises
    ------
    ModelError
        If there is no such model, it is not sound, or the copy exists or cannot be written.
    """
    folder = find_model(name)
    card = check_model(folder)
    is_model = (Path(target) / CARD_FILE).exists()
    copy = Path(target) / card.name if Path(target).is_dir() and not is_model else Path(target)
    if copy.exists() or copy.is_symlink():
        raise ModelError(f"{copy} exists already; it was left alone.", "Choose another place.")
    with _making_folder(copy, f"The model {card.name} could not be copied to {copy}") as made:
        _copy_files(folder, made, card)
    return copy


def rename_model(old: str, new: str, check: Check = check_model) -> Path:
    """Give one of the user's models another name, on its card and as a folder; return the new folder.

    Parameters
    ----------
    old : str
        Its folder, below the user's models.
    new : str
    check : callable
        As in `import_model`.

    Raises
    ------
    ModelError
        If there is no such folder, the name is not allowed or taken, or the model is not sound.
    """
    root = user_models_folder()
    folder = root / old
    if not _is_inside(folder, root) or not (folder / CARD_FILE).is_file():
        raise ModelError(f"There is no folder {old!r} among your models.", f"They lie in {root}.")
    if not is_allowed_name(new):
        raise ModelError(f"A model cannot be called {new!r}.", NAME_RULE)
    _check_free(new)
    unchecked = parse_content(card_file_content(folder), folder.name)
    companions = unchecked.companions
    for field in ("emulator", "error_patterns"):
        if getattr(companions, field) == unchecked.name:
            companions = dataclasses.replace(companions, **{field: new})
    card = dataclasses.replace(unchecked, name=new, companions=companions)
    check_card(card)
    _check_complete(card)
    with _making_folder(root / new, f"The model {new} could not be written") as copy:
        _copy_files(folder, copy, card)
        write_card(card, copy)
        check_model(copy)
        check(copy)
    shutil.rmtree(folder, ignore_errors=True)
    return root / new


def unusable_models() -> list[UnusableModel]:
    """Return the folders among the user's models that have a card and cannot be loaded, with the reason."""
    root = user_models_folder()
    found = []
    for number, folder in enumerate(_folders_below(root)):
        if number >= _MOST_FOLDERS:
            break
        if not (folder / CARD_FILE).is_file():
            continue
        place = folder.relative_to(root)
        try:
            card = read_card(folder)
            if len(place.parts) == 1 and is_allowed_name(folder.name):
                continue
            name, why = card.name, "It does not lie where models lie."
        except ModelError as error:
            name, why = _name_in(folder), error.message
        misnamed = not is_allowed_name(name) or len(place.parts) > 1 or not is_allowed_name(folder.name)
        hint = rename_hint(str(place)) if misnamed else ""
        found.append(UnusableModel(folder, name, why, hint))
    return found


def _folders_below(root: Path) -> Iterator[Path]:
    """Give the folders below another, not deeper than models may lie; links are not followed."""
    for place, folders, _ in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(place) != root:
            yield Path(place)
        if len(Path(place).relative_to(root).parts) >= _DEEPEST:
            folders.clear()


def _name_in(folder: Path) -> str:
    with contextlib.suppress(ModelError):
        return str(card_file_content(folder).get("name", folder.name))
    return folder.name


def _is_inside(folder: Path, root: Path) -> bool:
    """Whether a folder lies below another one, links undone."""
    try:
        place = folder.resolve().relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        return False
    return bool(place.parts)


def _check_complete(card: ModelCard) -> None:
    """Raise where a card does not say which weights it means: nothing could be compared with it."""
    if not card.sha256 or not card.tensors:
        lacks = "checksum" if not card.sha256 else "list of tensors"
        raise ModelError(
            f"The card of the model {card.name} has no {lacks} of its weights.",
            "Ask whoever made the model for a complete card.",
        )


def _check_free(name: str) -> None:
    taken = any(os.path.lexists(root / name) for root, _ in model_roots())
    if taken:
        raise ModelError(f"There is a model {name} already.", "Change the name in the card of the new one.")


def _copy_files(source: Path, target: Path, card: ModelCard) -> None:
    copy_ordinary(source / CARD_FILE, target / CARD_FILE, MOST_CARD_BYTES)
    for file in card.sha256 or (WEIGHTS_FILE,):
        if not os.path.lexists(source / file):
            raise no_weights(source, file)
        copy_ordinary(source / file, target / file, MOST_BYTES)


@contextlib.contextmanager
def _making_folder(target: Path, what_failed: str) -> Iterator[Path]:
    """Give a temporary folder beside ``target`` that becomes it when the block ends well."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".spectragui-"))
    except OSError as error:
        raise ModelError(f"{what_failed}: {error.strerror or error}.", "Choose another folder.") from error
    try:
        yield temporary
        temporary.chmod(0o755)
        os.rename(temporary, target)
    except NotOrdinaryError as error:
        raise ModelError(f"{what_failed}: {error}.", "Only ordinary files are copied.") from error
    except OSError as error:
        raise ModelError(f"{what_failed}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _no_folder(path: Path) -> ModelError:
    if path.suffix in PICKLE_SUFFIXES:
        return is_pickle(path)
    return ModelError(
        f"{path.name} is a file; a model is a folder with {CARD_FILE} in it.", "Give the folder."
    )
