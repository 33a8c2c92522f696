"""Chains as TOML files, and the bundled ones."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import SettingsError, first_sentence
from spectragui.core.package_data import resource
from spectragui.core.parameters import parameter_infos
from spectragui.core.regular_file import read_text
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.preprocessing.chain import Chain, ChainStep
from spectragui.preprocessing.stage import STAGES, Stage

LEAST_SNR = 3.0  # median per pixel: below it a continuum is a guess, and may come out negative


_ENTRIES = {"title", "text", "step"}


def chain_to_toml(chain: Chain) -> str:
    """Return a chain as TOML text, every parameter written out."""
    import tomlkit

    document = tomlkit.document()
    document["title"] = chain.title
    if chain.text:
        document["text"] = chain.text
    rows = tomlkit.aot()
    for step in chain.steps:
        row = tomlkit.table()
        row["stage"] = step.stage.name
        if not step.is_on:
            row["on"] = False
        for name, value in step.stage.parameters().items():
            if value is not None:
                row[name] = _plain(value)
        rows.append(row)
    document["step"] = rows
    return tomlkit.dumps(document)


def chain_from_toml(text: str, name: str = "chain") -> Chain:
    """Return the chain that a TOML text describes.

    Raises
    ------
    SettingsError
        If it is no TOML, names an unknown stage or parameter, or a value is not allowed.
    """
    try:
        content = parse_toml(text)
    except TomlError as error:
        raise SettingsError(f"{name} is not a TOML file: {first_sentence(error)}.") from error
    unknown = sorted(set(content) - _ENTRIES)
    if unknown:  # misspelt steps would be no steps, and the spectrum would come out as it was
        raise SettingsError(
            f"{name} has an entry {unknown[0][:60]!r} that is not known.",
            f"Known: {', '.join(sorted(_ENTRIES))}.",
        )
    rows = content.get("step", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SettingsError(f"{name}: the steps of a chain are [[step]] tables.")
    steps = tuple(_step_from(row, name) for row in rows)
    return Chain(steps, str(content.get("title", name)), str(content.get("text", "")))


def read_chain(path: str | os.PathLike[str]) -> Chain:
    """Read a chain from a TOML file.

    Raises
    ------
    SettingsError
        If the file cannot be read, or is no chain.
    """
    file = Path(path)
    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file.name} cannot be read: {first_sentence(error)}.") from error
    return chain_from_toml(text, file.name)


def write_chain(chain: Chain, path: str | os.PathLike[str]) -> None:
    """Write a chain to a TOML file, atomically."""
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(chain_to_toml(chain), encoding="utf-8")


def with_settings(chain: Chain, settings: Sequence[str]) -> Chain:
    """Return a chain with parameters changed by text, "STAGE.PARAMETER=VALUE".

    Raises
    ------
    SettingsError
        If the text is not of that form, the chain lacks the stage, or the value is not allowed.
    """
    for text in settings:
        place, sign, value = text.partition("=")
        stage_name, dot, field = place.strip().partition(".")
        if not sign or not dot:
            raise SettingsError(f"{text!r} changes nothing.", "Write it as STAGE.PARAMETER=VALUE.")
        found = [n for n, step in enumerate(chain.steps) if step.stage.name == stage_name]
        if not found:
            known = ", ".join(dict.fromkeys(step.stage.name for step in chain.steps))
            raise SettingsError(f"The chain has no stage {stage_name!r}.", f"It has: {known}.")
        for number in found:
            stage = chain.steps[number].stage
            row = {"stage": stage_name, **stage.parameters(), field: _value_of(value.strip())}
            chain = chain.with_stage(number, _step_from(row, text).stage)
    return chain


def _value_of(text: str) -> Any:
    """Return what a text is as a TOML value; a text that is none, as it is."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except TomlError:
        return text


def preset_names() -> list[str]:
    """Return the names of the bundled chains."""
    folder = resource("chains")
    return sorted(file.stem for file in folder.glob("*.toml"))


def load_preset(name: str) -> Chain:
    """Return a bundled chain.

    Raises
    ------
    SettingsError
        If there is none of this name.
    """
    if name not in preset_names():
        raise SettingsError(f"There is no chain {name!r}.", f"Known: {', '.join(preset_names())}.")
    return read_chain(resource("chains", f"{name}.toml"))


def suggested_preset(spectrum: AnySpectrum) -> str:
    """Return the name of the preset to begin with, by what a spectrum is.

    Orders without a blaze, as their reader says, are not deblazed; where the noise hides the continuum,
    none is divided out.
    """
    n_orders = len(orders_of(spectrum))
    is_blazed = n_orders > 1 and spectrum.meta.get("has_blaze", True)
    if is_blazed:
        return "generic-echelle"
    if spectrum_snr(spectrum) < LEAST_SNR:
        return "faint"
    return "calibrated-orders" if n_orders > 1 else "generic-1d"


def _step_from(row: Mapping[str, Any], name: str) -> ChainStep:
    values = dict(row)
    stage_name = str(values.pop("stage", ""))
    is_on = values.pop("on", True)
    if not isinstance(is_on, bool):
        raise SettingsError(f"{name}: on is true or false, not {repr(is_on)[:60]}.")
    if stage_name not in STAGES:
        raise SettingsError(
            f"{name}: there is no stage {stage_name!r}.", f"Known: {', '.join(STAGES.names())}."
        )
    cls = STAGES.get(stage_name)
    unknown = set(values) - set(parameter_infos(cls))
    if unknown:
        raise SettingsError(
            f"{name}: the stage {stage_name} has no parameter {sorted(unknown)[0]!r}.",
            f"Known: {', '.join(parameter_infos(cls))}.",
        )
    return ChainStep(_make_stage(cls, values, name), bool(is_on))


def _make_stage(cls: type[Stage], values: Mapping[str, Any], name: str) -> Stage:
    defaults = {field.name: field.default for field in dataclasses.fields(cls)}
    fitted = {}
    for key, value in values.items():
        fitted[key] = _fitted(value, defaults[key])
        if not _is_kind_of(fitted[key], defaults[key]) or _holds_table(value):
            raise SettingsError(f"{name}: {cls.name}.{key} cannot be {repr(value)[:60]}.")
    try:
        return cls(**fitted)
    except (TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise SettingsError(
            f"{name}: the parameters of the stage {cls.name} are not of the kind that it takes.",
            f"Known: {', '.join(parameter_infos(cls))}.",
        ) from error


def _holds_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_table, value)))


def _fitted(value: Any, default: Any) -> Any:
    """Return a TOML value as the type of a field: lists become tuples, 5 becomes 5.0."""
    if isinstance(value, list):
        return tuple(_fitted(item, ()) for item in value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _is_kind_of(value: Any, default: Any) -> bool:
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    return isinstance(value, type(default))


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
