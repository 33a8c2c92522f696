"""`spectragui models`: list, show, import and export models."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectragui.cli.options import json_option, print_json
from spectragui.cli.terminal import echo

if TYPE_CHECKING:
    from spectragui.core.model_card import ModelCard
    from spectragui.core.model_copy import UnusableModel
    from spectragui.core.model_folder import ModelEntry


@click.group(invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List the models, show their cards, copy them in and out.

    \b
    Examples:
      spectragui models
      spectragui models show optical-parameters
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@models.command("list")
@json_option
def list_(as_json: bool = False) -> None:
    """List the models that came with the program and those imported.

    \b
    Example:
      spectragui models list --json
    """
    from spectragui.cli.result_text import aligned
    from spectragui.core.model_copy import unusable_models
    from spectragui.core.model_folder import list_models

    entries, unusable = list_models(), unusable_models()
    if as_json:
        print_json([*map(_entry_content, entries), *map(_unusable_content, unusable)])
        return
    header = ["name", "version", "kind", "window (Å)", "from", "labels"]
    echo(aligned([header, *(_line(entry) for entry in entries)]))
    for model in unusable:
        echo(f"not loaded: {model.name} in {model.path}. {model.why} {model.hint}".rstrip())


@models.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what is known about a model: labels, ranges, training, accuracy, limits, citation.

    \b
    Example:
      spectragui models show optical-parameters
    """
    from spectragui.core.model_folder import find_model, read_card

    folder = find_model(name)
    card = read_card(folder)
    if as_json:
        print_json({**_card_content(card), "path": folder})
    else:
        echo(_card_text(card))


@models.command("import")
@click.argument("path", type=click.Path(path_type=Path))
def import_(path: Path) -> None:
    """Check the model folder PATH and copy it among your models.

    Only the files that the card names are copied, and only safetensors weights are read: a pickle is
    refused, since opening it can run any program.

    \b
    Example:
      spectragui models import my-model/
    """
    from spectragui.core.model_copy import import_model
    from spectragui.inference.sound_model import check_loads

    echo(f"imported to {import_model(path, check_loads)}")


@models.command("rename")
@click.argument("folder")
@click.argument("name")
def rename(folder: str, name: str) -> None:
    """Give the model in FOLDER, one of yours, another NAME; an earlier version allowed others.

    \b
    Example:
      spectragui models rename 'my model' my-model
    """
    from spectragui.core.model_copy import rename_model
    from spectragui.inference.sound_model import check_loads

    echo(f"renamed to {rename_model(folder, name, check_loads)}")


@models.command("export")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
def export(name: str, path: Path) -> None:
    """Copy the model NAME with its card to the folder PATH.

    \b
    Example:
      spectragui models export optical-parameters for-a-colleague/
    """
    from spectragui.core.model_copy import export_model

    echo(f"exported to {export_model(name, path)}")


def _line(entry: ModelEntry) -> list[str]:
    card = entry.card
    grid = card.wavelength
    window = f"{grid.start_aa:.0f}-{grid.stop_aa:.0f}" if grid else ""
    labels = ", ".join(label.name for label in card.labels)
    return [card.name, card.version, card.kind, window, "program" if entry.is_bundled else "you", labels]


def _entry_content(entry: ModelEntry) -> dict[str, Any]:
    return {
        **_card_content(entry.card),
        "path": entry.path,
        "is_bundled": entry.is_bundled,
        "is_loaded": True,
    }


def _unusable_content(model: UnusableModel) -> dict[str, Any]:
    return {**dataclasses.asdict(model), "labels": [], "is_bundled": False, "is_loaded": False}


def _card_content(card: ModelCard) -> dict[str, Any]:
    content = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    del content["tensors"]
    content["labels"] = [dataclasses.asdict(label) for label in card.labels]
    content["wavelength"] = dataclasses.asdict(card.wavelength) if card.wavelength else None
    content |= {name: dataclasses.asdict(getattr(card, name)) for name in ("domain", "companions")}
    return content


def _card_text(card: ModelCard) -> str:
    lines = [f"{card.name} {card.version}  ({card.kind})"]
    lines += [f"  {text}" for text in (card.title, card.summary) if text]
    if card.wavelength:
        grid = card.wavelength
        lines.append(
            f"  window: {grid.start_aa:.0f}-{grid.stop_aa:.0f} Å ({grid.medium}), {grid.n_pixels} pixels"
        )
    for label in card.labels:
        lines.append(f"  {label.name}: {label.minimum:g} to {label.maximum:g} {label.unit}".rstrip())
    lines += _section("training", card.training) + _section("metrics", card.metrics)
    lines += [f"  limit: {text}" for text in card.limits]
    lines += [
        f"  {word}: {text}" for word, text in (("licence", card.licence), ("cite", card.citation)) if text
    ]
    return "\n".join(lines)


def _section(title: str, content: Mapping[str, Any], indent: str = "  ") -> list[str]:
    if not content:
        return []
    lines = [f"{indent}{title}:"]
    for key, value in content.items():
        if isinstance(value, Mapping):
            lines += _section(key, value, indent + "  ")
        else:
            lines.append(f"{indent}  {key}: {value}")
    return lines
