"""`spectragui models`: list, show, draw, cite, verify, import and export models."""

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
@click.option(
    "--drawing", type=click.Path(path_type=Path), metavar="NET.svg", help="Draw its layers into a file too."
)
@click.option(
    "--errors",
    type=click.Path(path_type=Path),
    metavar="FIGURE",
    help="Draw its errors on held-out spectra against S/N: .png .pdf or .svg.",
)
@json_option
def show(name: str, drawing: Path | None, errors: Path | None, as_json: bool) -> None:
    """Show what is known about a model: labels, ranges, training, accuracy, limits, citation.

    \b
    Examples:
      spectragui models show optical-parameters
      spectragui models show optical-parameters --drawing net.svg --errors errors.png
    """
    from spectragui.core.model_folder import find_model, read_card

    folder = find_model(name)
    card = read_card(folder)
    if drawing is not None:
        _write_drawing(card, drawing)
    if errors is not None:
        from spectragui.inference.model_figures import draw_errors

        draw_errors(card, errors)
        echo(f"wrote {errors}", err=True)
    if as_json:
        print_json({**_card_content(card), "path": folder})
    else:
        echo(_card_text(card))


@models.command("history")
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FIGURE",
    help=".png .pdf or .svg of the losses.",
)
@json_option
def history(name: str, output: Path | None, as_json: bool) -> None:
    """Show how the loss of a model fell while it was trained.

    \b
    Example:
      spectragui models history my-model -o loss.png
    """
    from spectragui.core.errors import ModelError
    from spectragui.core.loss_history import read_history
    from spectragui.core.model_folder import find_model, read_card

    folder = find_model(name)
    card = read_card(folder)
    found = read_history(folder, card)
    if not found:
        raise ModelError(
            f"The model {card.name} keeps no history of its training.",
            "Models that this version trains keep it in their card.",
        )
    if as_json:
        print_json([dataclasses.asdict(one) for one in found])
    else:
        for one in found:
            step, best = one.best
            reached = f"{one.step.size} points to batch {one.step[-1]:,.0f}"
            echo(f"{one.name}: {reached}; best {best:.4g} at {step:,.0f}")
    if output is not None:
        from spectragui.inference.model_figures import draw_history

        draw_history(found, f"{card.name} {card.version}", output)
        echo(f"wrote {output}", err=True)


@models.command("cite")
@click.argument("names", nargs=-1)
def cite(names: tuple[str, ...]) -> None:
    """Print how models are cited, as BibTeX; without NAMES all of them.

    \b
    Example:
      spectragui models cite optical-parameters >> paper.bib
    """
    from spectragui.core.model_citation import model_bibtex
    from spectragui.core.model_folder import find_model, list_models, read_card

    cards = [read_card(find_model(name)) for name in names] or [entry.card for entry in list_models()]
    for card in cards:
        echo(model_bibtex(card))


@models.command("verify")
@click.argument("names", nargs=-1)
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...]) -> None:
    """Compare models with the checksums and shapes of their cards and try them out; without NAMES all.

    \b
    Example:
      spectragui models verify
    """
    from spectragui.core.errors import ModelError
    from spectragui.core.model_copy import unusable_models
    from spectragui.core.model_folder import check_model, find_model, list_models
    from spectragui.inference.sound_model import check_loads

    damaged = [] if names else [f"{one.name}: {one.why} {one.hint}".rstrip() for one in unusable_models()]
    folders = [find_model(name) for name in names] or [entry.path for entry in list_models()]
    for folder in folders:
        try:
            check_model(folder)
            card = check_loads(folder)
        except ModelError as error:
            damaged.append(f"{folder.name}: {error}")
        else:
            echo(f"{card.name} {card.version}: sound")
    for text in damaged:
        echo(text, err=True)
    if damaged:
        context.exit(1)


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


def _write_drawing(card: ModelCard, path: Path) -> None:
    from spectragui.core.atomic_write import check_target, write_text_atomically
    from spectragui.core.errors import WriteError
    from spectragui.inference.model_drawing import model_svg

    if path.suffix.lower() != ".svg":
        raise WriteError(f"{path.name}: drawings are SVG.", "Use a name that ends in .svg.")
    check_target(path, ())
    write_text_atomically(path, model_svg(card))
    echo(f"wrote {path}", err=True)


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
