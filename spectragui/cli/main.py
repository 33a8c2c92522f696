"""The command `spectragui`: one lazily imported module a subcommand, errors as one line.

Without a subcommand it opens the window: ``spectragui star.fits``.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from spectragui import __version__
from spectragui.cli.terminal import echo
from spectragui.core.errors import SpectraGUIError, fault_in_words

# Name of the subcommand -> its line in `spectragui --help`. Each is the function of the same name in
# the module of the same name beside this one.
COMMANDS = {
    "predict": "Stellar parameters with errors and a verdict, for each spectrum.",
    "preprocess": "Apply a chain of preprocessing stages to a spectrum.",
    "stitch": "Join the orders of an echelle spectrum to one spectrum.",
    "velocity": "Radial velocities by cross-correlation, barycentric where the frame is known.",
    "denoise": "Noiseless spectra from noisy ones, with the proof beside them.",
    "photometry": "Redshift, stellarity, mass and type for each object of a catalogue.",
    "info": "What was read from a file: orders, range, unit, medium, frame, from which keyword.",
    "generate": "Synthetic spectra from labels: one, many, samples, or fitted to a file.",
    "simulate": "A mock observation in an instrument's own file layout, with the truth beside it.",
    "models": "List, show, import and export models.",
    "evaluate": "Judge a model on spectra with known labels.",
    "dataset": "Check labelled spectra and pack them for training.",
    "train": "Train or fine-tune a model.",
    "grid": "Compute a training grid of synthetic spectra.",
    "reproduce": "Tables and figures of the four papers, ours beside the printed numbers.",
}

# Work on one spectrum after the other, in arrays too short to share between cores.
_SHORT_ARRAYS = ("predict", "velocity")

_DEBUG = click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error.")


class _MainGroup(click.Group):
    """Imports a subcommand when it is called, and opens the window where none is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == open_files.name:
            return open_files
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"spectragui.cli.{name}"), name)
        if _DEBUG not in command.params:
            command.params.append(_DEBUG)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["debug"] = "--debug" in args
        args = [argument for argument in args if argument != "--debug"]
        if "--help" in args[1:] and args[0] not in COMMANDS:
            known = ", ".join(COMMANDS)
            raise click.UsageError(f"There is no command {args[0]!r}. Commands: {known}.", ctx)
        if args[:1] not in (["--help"], ["--version"]) and (not args or args[0] not in COMMANDS):
            args = [str(open_files.name), *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except SpectraGUIError as error:
            if ctx.meta["debug"]:
                traceback.print_exc()
            echo(f"spectragui: {error}", err=True)
        except Exception as error:  # noqa: BLE001 - the one place of the command line that shows it
            if ctx.meta["debug"]:
                traceback.print_exc()
            echo(f"spectragui: {fault_in_words(error)}", err=True)
        ctx.exit(1)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("spectragui", "[FILES]... [OPTIONS]")
        formatter.write_usage("spectragui", "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in open_files.params if isinstance(p, click.Option)]
        records = [parameter.get_help_record(ctx) for parameter in (*options, *self.get_params(ctx), _DEBUG)]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records if record])
        with formatter.section("Commands (each has --help with an example)"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_MainGroup)
@click.version_option(__version__, prog_name="spectragui", message="%(prog)s %(version)s")
def commands() -> None:
    """Open stellar spectra, read their parameters, see why, export the table.

    Without a command the window opens, with the FILES if there are any:

    \b
      spectragui star.fits
      spectragui predict star.fits -o results.ecsv
    """


@click.command("open", add_help_option=False)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--screenshot",
    type=click.Path(path_type=Path),
    metavar="OUT.png",
    help="Save a picture of the window, made without a display, and end.",
)
@click.option(
    "--watch",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Open new files of this folder as they arrive.",
)
@click.option("--panel", metavar="NAME", help="Show this panel; Parameters predicts.")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="Instead of the system's.")
@click.option("--size", metavar="WxH", help="Size of the window, as 1280x720.")
@click.option("--scale", type=click.FloatRange(0.5, 4.0), help="Scale of the interface, as 1.5.")
def open_files(
    files: tuple[Path, ...],
    screenshot: Path | None,
    watch: Path | None,
    panel: str | None,
    theme: str | None,
    size: str | None,
    scale: float | None,
) -> None:
    """Open the window."""
    window_size = _size(size)
    _check_files(files)
    if watch is not None and not os.path.isdir(watch):
        raise SpectraGUIError(f"There is no folder {str(watch)!r} to watch.", "Check its name.")
    if screenshot is None:
        _check_display()
    from spectragui.cli.open import open_window

    status = open_window(
        files, screenshot=screenshot, panel=panel, theme=theme, size=window_size, scale=scale, watch=watch
    )
    if status:
        click.get_current_context().exit(int(status))


def _check_files(files: tuple[Path, ...]) -> None:
    missing = [file for file in files if not os.path.exists(file)]
    if not missing:
        return
    hint = f"Commands: {', '.join(COMMANDS)}." if missing[0].suffix == "" else "Check its name and folder."
    raise SpectraGUIError(f"There is no file {str(missing[0])!r}.", hint)


def _check_display() -> None:
    # Qt would abort the process with a page about its plugins.
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise SpectraGUIError(
            "There is no display here, so the window cannot open.",
            "Use --screenshot OUT.png for a picture of it, or `spectragui predict FILES` for the numbers.",
        )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 200 and int(height) >= 200):
        raise click.BadParameter("write it as WIDTHxHEIGHT in pixels, as 1280x720", param_hint="--size")
    return int(width), int(height)


def main() -> None:
    """Run the command line; end the process with its exit code."""
    import warnings

    if sys.argv[1:2] and sys.argv[1] in _SHORT_ARRAYS:
        # Threads of numpy's BLAS wait for one another by turning: four to eight times the CPU for nothing.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "--debug" not in sys.argv:
        # What a library warns about is no news to a user; what matters is said in the passport.
        warnings.simplefilter("ignore")
    commands(prog_name="spectragui")


if __name__ == "__main__":
    main()
