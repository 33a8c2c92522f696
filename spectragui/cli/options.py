"""Options that several commands share: how to read a file, JSON on standard output."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from spectragui.cli.terminal import echo

Command = TypeVar("Command", bound=Callable[..., Any])

# What click needs to know beyond text, by field of `spectragui.io.reading.read_options.ReadOptions`.
_TYPES: dict[str, Any] = {"spectrum": click.IntRange(min=0), "max_values": click.IntRange(min=1000)}
_METAVARS = {
    "spectrum": "INDEX",
    "flux_column": "NAME",
    "wavelength_column": "NAME",
    "error_column": "NAME",
    "mask_column": "NAME",
    "mask_rule": "RULE",
    "unit": "UNIT",
    "wavelength_file": "FILE",
    "extension": "NAME",
    "max_values": "N",
}
_CONTROLS = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CHANGE = click.option(
    "--change",
    "changes",
    multiple=True,
    metavar="CHANGE",
    help="Change what was read, as in the window: 'correct medium=vacuum', 'convert velocity=16.9 "
    "frame=rest', 'convert unit=nm', 'mask 5000 5010'. May be given often; made in this order.",
)


def reading_options(command: Command) -> Command:
    """Add every reading option to a command, and ``--change``; it receives ``reading`` and ``changes``.

    The options are those of `spectragui.io.reading.read_options.ReadOptions`: name, choices and help are
    written there, once. What is not said is filled in by the user's import rules, as in the window.
    Changes are those of `spectragui.analysis.change_words`, made after reading, in their order.
    """
    from spectragui.core.parameters import parameter_infos
    from spectragui.io.reading.read_options import OPTION_FLAGS, ReadOptions

    infos = parameter_infos(ReadOptions)

    @functools.wraps(command)
    def with_reading(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in OPTION_FLAGS}
        chosen = {name: value for name, value in given.items() if value is not None}
        use_rules = not kwargs.pop("no_rules")
        if use_rules:
            _say_what_is_wrong_with_rules()
        changes = tuple(_parse_change(text) for text in kwargs.pop("changes"))
        return command(*args, reading=ReadOptions(**chosen, use_rules=use_rules), changes=changes, **kwargs)

    no_rules = click.option("--no-rules", is_flag=True, help="Leave out your import rules.")
    decorated: Any = _CHANGE(no_rules(with_reading))
    for name, flag in reversed(list(OPTION_FLAGS.items())):
        choices = [choice for choice in infos[name].choices if choice]
        kind = click.Choice(choices) if choices else _TYPES.get(name, str)
        option = click.option(flag, name, type=kind, metavar=_METAVARS.get(name), help=infos[name].help)
        decorated = option(decorated)
    return decorated


def _parse_change(text: str) -> Any:
    from spectragui.analysis.change_words import parse_change

    return parse_change(text)


def _say_what_is_wrong_with_rules() -> None:
    from spectragui.io.import_rules import load_rules

    complaint = load_rules()[1]
    if complaint:
        echo(f"spectragui: {complaint}", err=True)


def json_option(command: Command) -> Command:
    """Add ``--json``; the command receives ``as_json``."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
    return option(command)


def device_option(command: Command) -> Command:
    """Add ``--device``; the command receives ``device``."""
    from spectragui.core.device_choice import DEVICES

    option = click.option(
        "--device",
        type=click.Choice(DEVICES),
        default="auto",
        show_default=True,
        help="Where networks run: cuda = a GPU; auto = a GPU where there is one.",
    )
    return option(command)


def resume_option(command: Command) -> Command:
    """Add ``--resume``; the command receives ``is_resumed``."""
    option = click.option(
        "--resume",
        "is_resumed",
        is_flag=True,
        help="Go on where an earlier run with the same -o TABLE stopped.",
    )
    return option(command)


def say_device(wanted: str) -> str:
    """Return the device for what was asked, as torch calls it; say so where it is another one."""
    from spectragui.networks.device import choose_device

    device = choose_device(wanted)
    if device.remark:
        echo(device.remark, err=True)
    return device.name


def reading_facts(reading: Any, changes: Sequence[Any]) -> dict[str, Any]:
    """Return all that decides what is read from a file: options, changes, import rules, the program."""
    from spectragui import __version__
    from spectragui.io.import_rules import known_rules

    rules = [repr(rule) for rule in known_rules()] if reading.use_rules else []
    changed = [repr(change) for change in changes]
    return {"spectragui": __version__, **vars(reading), "changes": changed, "rules": rules}


def plain_json(value: Any) -> Any:
    """Return ``value`` in JSON's own types: NaN becomes null, arrays and tuples lists, paths text."""
    import math
    from collections.abc import Mapping

    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item) for item in value]
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return plain_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON on standard output."""
    import json

    text = json.dumps(plain_json(value), indent=2, ensure_ascii=False, allow_nan=False)
    # JSON writes only the first 32 controls as numbers; the others a terminal would obey too.
    click.echo(_CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text))
