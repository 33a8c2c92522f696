"""The one way of the command line to print: what files and models say cannot command the terminal."""

from __future__ import annotations

from typing import Any

import click

from spectragui.core.wording import plain_text


def echo(text: Any = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text without escape sequences and control characters.

    Parameters
    ----------
    text : object
    err : bool
        On standard error.
    nl : bool
        End the line.
    """
    click.echo(plain_text(str(text)), err=err, nl=nl)
