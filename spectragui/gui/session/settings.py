"""Preferences: one frozen dataclass of `param()` fields, kept as TOML."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.device_choice import device_param
from spectragui.core.errors import SettingsError
from spectragui.core.parameters import check_parameters, param, parameter_infos
from spectragui.core.regular_file import read_text
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.core.wording import plain_text

RECENT_FILES = 10
MOST_ENTRIES, MOST_LETTERS = 1000, 100_000  # of a list of files or hints, and of a text


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the user prefers, kept from one start to the next."""

    theme: str = param(
        "system",
        label="Theme",
        help="Colours of the window: those of the system, or always light or dark.",
        choices=("system", "light", "dark"),
    )
    predict_on_open: bool = param(
        False,
        label="Predict when a spectrum is opened",
        help="Start the suggested model as soon as a spectrum has been read.",
    )
    restore_session: bool = param(
        True,
        label="Offer to restore the last session",
        help="Keep the list of open files and the results, and offer them after a crash.",
    )
    device: str = device_param()
    recent_files: tuple[str, ...] = ()
    hints_seen: tuple[str, ...] = ()  # hints that are shown once
    export_folder: str = ""  # where the results table was written last
    watch_folder: str = ""  # that was watched last
    watch_predicts: bool = False  # whether what arrived there was predicted
    watch_denoises: bool = False  # whether it was denoised and added up
    view_shows: tuple[str, ...] = ()  # of the curves in the View: errors, stacked, normalised
    view_marks: tuple[str, ...] = ()  # rows of marks that the View shows: star, telluric, sky
    line_lists: tuple[str, ...] = ()  # files of the imported line lists
    measures_from_one: bool = False  # the continuum of measured lines is 1, not fitted
    catalogue_mappings: tuple[str, ...] = ()  # JSON: what was said of the columns of catalogues
    line_list: str = ""  # the one that is marked; empty = the bundled one

    def replace(self, **changes: Any) -> Settings:
        """Return a checked copy with some preferences changed."""
        changed = dataclasses.replace(self, **changes)
        check_parameters(changed)
        return changed

    def with_recent_file(self, path: str) -> Settings:
        """Return a copy with ``path`` in the first place of the recent files."""
        others = tuple(item for item in self.recent_files if item != path)
        return self.replace(recent_files=(path, *others)[:RECENT_FILES])


def read_settings(path: Path) -> tuple[Settings, str]:
    """Read the preferences.

    Parameters
    ----------
    path : pathlib.Path
        The TOML file; it need not exist.

    Returns
    -------
    settings : Settings
        Defaults for whatever is missing or not allowed.
    complaint : str
        One sentence where something in the file could not be used, else empty. A file that is not
        TOML is kept aside as ``NAME.corrupt``.
    """
    try:
        stored = parse_toml(read_text(path))
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        return (
            Settings(),
            f"The preferences in {path} could not be read ({error.strerror}); defaults are used.",
        )
    except (TomlError, UnicodeDecodeError, RecursionError):
        return Settings(), f"The preferences were damaged; defaults are used. {_put_aside(path)}"
    return _from_stored(stored)


def write_settings(path: Path, settings: Settings) -> None:
    """Write the preferences as TOML, atomically; comments the user wrote there stay.

    Raises
    ------
    WriteError
        If the folder cannot be written.
    """
    import tomlkit

    try:
        document = tomlkit.parse(read_text(path))
    except (OSError, ValueError):
        document = tomlkit.document()
    for name, value in dataclasses.asdict(settings).items():
        info = parameter_infos(settings).get(name)
        if name not in document and info is not None:
            document.add(tomlkit.comment(info.help))
        document[name] = _storable(value)
    with contextlib.suppress(OSError):  # said by the writing below
        path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, tomlkit.dumps(document))


def _storable(value: Any) -> Any:
    """Return a value as TOML holds it: names of files that are no UTF-8 cannot stand there."""
    if isinstance(value, tuple):
        return [one for one in value if not isinstance(one, str) or _is_kept(one)]
    return value if not isinstance(value, str) or _is_kept(value) else ""


def _is_kept(text: str) -> bool:
    """Whether a text can be kept to the next start: no control of a terminal, no zero, not too long."""
    return len(text) <= MOST_LETTERS and plain_text(text) == text


def _put_aside(path: Path) -> str:
    """Rename a damaged file, where the folder lets it; say what became of it."""
    aside = path.with_name(path.name + ".corrupt")
    try:
        path.replace(aside)
    except OSError as error:
        return f"The file {path} could not be put aside: {error.strerror}."
    return f"The old file is kept as {aside}."


def _from_stored(stored: dict[str, Any]) -> tuple[Settings, str]:
    settings, complaints = Settings(), []
    for field in dataclasses.fields(Settings):
        if field.name not in stored:
            continue
        value = stored[field.name]
        if isinstance(field.default, tuple) and isinstance(value, list):
            texts = tuple(str(item) for item in value[:MOST_ENTRIES])
            value, n_all = tuple(text for text in texts if _is_kept(text)), len(value)
            if len(value) < n_all:
                complaints.append(f"{n_all - len(value):,} of {field.name}")
        if type(value) is not type(field.default) or (isinstance(value, str) and not _is_kept(value)):
            complaints.append(f"{field.name} = {plain_text(repr(value)[:60])}")
            continue
        try:
            settings = settings.replace(**{field.name: value})
        except SettingsError:
            complaints.append(f"{field.name} = {plain_text(repr(value)[:60])}")
    complaint = (
        f"Not allowed in the preferences, the default is used: {'; '.join(complaints)}." if complaints else ""
    )
    return settings, complaint
