"""A progress bar on standard error, shown on a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from spectragui.core.progress import Progress, no_progress
from spectragui.core.wording import plain_text


@contextlib.contextmanager
def progress_bar(description: str) -> Iterator[Progress]:
    """Show a bar while the block runs; give the callback that moves it.

    Parameters
    ----------
    description : str
        What is being done, until the callback says more.

    Yields
    ------
    Progress
        ``progress(fraction, message)``; it does nothing where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(plain_text(description)), total=1.0)

        def report(fraction: float, message: str = "") -> None:
            bar.update(task, completed=fraction, description=escape(plain_text(message or description)))

        yield report
