"""Import rules: what the user said once about the files of an instrument, used for all of them.

A rule tells files by header keywords or, for text, by column names and suffix, and says with which
`ReadOptions` they are read. Rules are kept as TOML in the folder of the preferences; window and
command line use the same ones.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import ReadError, SettingsError, SpectraGUIError, first_sentence
from spectragui.core.parameters import parameter_infos
from spectragui.core.regular_file import read_text
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source
from spectragui.io.rule_match import RuleMatch, fits_source, match_words

FILE_NAME = "import_rules.toml"
_HEAD = "# How SpectraGUI reads files of these instruments; made by the import assistant, may be edited.\n"
_NEVER_KEPT = ("spectrum", "max_values")  # about one file, not about an instrument


@dataclasses.dataclass(frozen=True)
class ImportRule:
    """How the files of one instrument are read.

    Attributes
    ----------
    name : str
        Shown in the passport.
    match : RuleMatch
        Which files.
    options : dict
        Field of `ReadOptions` -> value, only what is said.
    """

    name: str
    match: RuleMatch
    options: Mapping[str, str]

    def words(self) -> str:
        """Return what the rule says, in words: "unit nm, flux column counts"."""
        return words_for(self.options)

    def match_words(self) -> str:
        """Return which files it is for, in words: "INSTRUME = MYSPEC"."""
        return match_words(self.match)


def words_for(said: Mapping[str, str]) -> str:
    """Return fields of `ReadOptions` and their values in words: "unit nm, flux column counts"."""
    infos = parameter_infos(ReadOptions)
    return ", ".join(f"{infos[n].label[:1].lower()}{infos[n].label[1:]} {v}" for n, v in said.items())


def rules_path() -> Path:
    """Return the file of the user's import rules; it need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("spectragui", appauthor=False)) / FILE_NAME


def load_rules(path: Path | None = None) -> tuple[tuple[ImportRule, ...], str]:
    """Read the user's import rules.

    Parameters
    ----------
    path : pathlib.Path, optional
        Instead of `rules_path`.

    Returns
    -------
    rules : tuple of ImportRule
    complaint : str
        One sentence where something in the file could not be used, else empty. A file that is not
        TOML is kept aside as ``NAME.corrupt``.
    """
    path = path or rules_path()
    try:
        return parse_rules(read_text(path))
    except FileNotFoundError:
        return (), ""
    except OSError as error:
        return (), f"The import rules in {path} could not be read ({error.strerror})."
    except UnicodeDecodeError:
        return (), _keep_aside(path)
    except ReadError:
        return (), _keep_aside(path)


def known_rules() -> tuple[ImportRule, ...]:
    """Return the user's rules; the file is read again only when it has changed."""
    path = rules_path()
    try:
        state = path.stat()
    except OSError:
        return ()
    return _rules_of(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4)
def _rules_of(path: Path, _mtime_ns: int, _size: int) -> tuple[ImportRule, ...]:
    return load_rules(path)[0]


def parse_rules(text: str) -> tuple[tuple[ImportRule, ...], str]:
    """Return the rules in a text, and a sentence about those that cannot be used.

    Raises
    ------
    ReadError
        If the text is not TOML.
    """
    try:
        tables = parse_toml(text).get("rule", [])
    except TomlError as error:
        raise ReadError(
            f"The import rules are no TOML ({first_sentence(error)}).", "Export them again.", str(error)
        ) from error
    rules: dict[str, ImportRule] = {}
    complaints = []
    for number, table in enumerate(tables if isinstance(tables, list) else [], start=1):
        try:
            rule = _rule_of(table, number)
        except SpectraGUIError as error:
            complaints.append(error.message)
        else:
            rules[rule.name] = rule
    said = f"Import rules left out: {' '.join(complaints)}" if complaints else ""
    return tuple(rules.values()), said


def format_rules(rules: Iterable[ImportRule]) -> str:
    """Return rules as TOML."""
    import tomlkit

    document = tomlkit.document()
    tables = tomlkit.aot()
    for rule in rules:
        table = tomlkit.table()
        table["name"] = rule.name
        table["match"] = rule.match.to_dict()
        table["read"] = dict(rule.options)
        tables.append(table)
    document["rule"] = tables
    return _HEAD + tomlkit.dumps(document)


def save_rules(rules: Iterable[ImportRule], path: Path | None = None) -> None:
    """Write all rules, atomically.

    Raises
    ------
    WriteError
        If the folder cannot be written; the old file survives.
    """
    path = path or rules_path()
    with contextlib.suppress(OSError):  # said by the writing below
        path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, format_rules(rules))


def add_rule(rule: ImportRule, path: Path | None = None) -> None:
    """Keep one more rule; it takes the place of one of the same name, and is asked first."""
    rules, _ = load_rules(path)
    save_rules((rule, *(other for other in rules if other.name != rule.name)), path)


def import_rules(source: Path, path: Path | None = None) -> tuple[tuple[ImportRule, ...], str]:
    """Add the rules of a file that somebody exported; return them and what could not be used.

    Raises
    ------
    ReadError
        If the file cannot be read or holds no rule.
    """
    try:
        found, complaint = parse_rules(read_text(source))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"{source.name}: the rules cannot be read ({first_sentence(error)}).",
            "Export them again.",
            str(error),
        ) from error
    if not found:
        raise ReadError(
            f"{source.name}: there is no import rule in it. {complaint}".strip(),
            "Choose a file that was made by Export.",
        )
    known, _ = load_rules(path)
    names = {rule.name for rule in found}
    save_rules((*found, *(rule for rule in known if rule.name not in names)), path)
    return found, complaint


def make_rule(name: str, match: RuleMatch, options: ReadOptions) -> ImportRule:
    """Return a rule that keeps what was said in ``options``.

    Raises
    ------
    SettingsError
        If nothing is said, or the files are not told.
    """
    said = {
        field: str(getattr(options, field))
        for field in parameter_infos(ReadOptions)
        if field not in _NEVER_KEPT and getattr(options, field)
    }
    return _checked(name.strip(), match, said)


def find_rule(source: Source, rules: Iterable[ImportRule]) -> ImportRule | None:
    """Return the first rule for a file, None if there is none.

    Raises
    ------
    ReadError
        If the file is damaged.
    """
    return next((rule for rule in rules if fits_source(rule.match, source)), None)


def with_rule(options: ReadOptions, rule: ImportRule, folder: Path) -> ReadOptions:
    """Return options with what a rule says; what the user says about the file itself goes first."""
    fresh = {name: value for name, value in rule.options.items() if not getattr(options, name)}
    if "wavelength_file" in fresh:
        fresh["wavelength_file"] = str(folder / Path(fresh["wavelength_file"]).expanduser())
    if not fresh:
        return options
    return options.replace(rule=rule.name, rule_fields=tuple(fresh), **fresh)


def _rule_of(table: Any, number: int) -> ImportRule:
    if not isinstance(table, Mapping):
        raise SettingsError(f"rule {number} is no table.")
    name = str(table.get("name", f"rule {number}")).strip()
    match, said = table.get("match", {}), table.get("read", {})
    if not isinstance(match, Mapping) or not isinstance(said, Mapping):
        raise SettingsError(f"{name!r} needs the tables match and read.")
    return _checked(name, RuleMatch.from_dict(match), {str(k): str(v) for k, v in said.items()})


def _checked(name: str, match: RuleMatch, said: Mapping[str, str]) -> ImportRule:
    known = [field for field in parameter_infos(ReadOptions) if field not in _NEVER_KEPT]
    unknown = [field for field in said if field not in known]
    if unknown:
        raise SettingsError(f"{name!r} says {', '.join(unknown)}, which is no reading option.")
    if not name:
        raise SettingsError("The rule has no name.", "Name the instrument.")
    if match.is_empty:
        raise SettingsError(f"{name!r} does not say which files it is for.", "Choose what tells them.")
    if not said:
        raise SettingsError(f"{name!r} says nothing about how to read.", "Choose a column, unit or medium.")
    ReadOptions(**said)  # type: ignore[arg-type]  # raises where a value is not allowed
    return ImportRule(name, match, dict(said))


def _keep_aside(path: Path) -> str:
    aside = path.with_name(path.name + ".corrupt")
    try:
        path.replace(aside)
    except OSError as error:
        return f"The import rules in {path} are damaged and are not used ({error.strerror})."
    return f"The import rules were damaged and are not used. The old file is kept as {aside}."
