"""A reproduction in a process of its own: it says how far it is, line by line.

``python -m spectragui.reports.reproduction_child PAPER DIR [--quick] [--from MODELS]`` is started by
`spectragui.workers.child_process`; it is `spectragui reproduce` otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Cancelled
from spectragui.reports.needed_data import check_data
from spectragui.reports.report_settings import ReportSettings
from spectragui.training.child import CANCELLED, FAILED, say

_REPORT_S = 0.1


def main(arguments: list[str]) -> int:
    """Reproduce a paper; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("paper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="models", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    parent, last = os.getppid(), 0.0

    def progress(fraction: float, message: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_S or fraction >= 1.0:
            last = now
            if os.getppid() != parent:  # nobody is there any more who would read
                raise Cancelled
            say(fraction=round(fraction, 5), message=message)

    try:
        check_data(given.paper)
        from spectragui.reports.reproduce_paper import reproduce_paper

        reproduce_paper(ReportSettings(given.paper, given.folder, given.models, given.quick), progress)
    except Cancelled:
        return CANCELLED
    except SpectraGUIError as error:
        say(error=error.message, hint=error.hint)
        return FAILED
    except OSError as error:  # a full disk, a folder that is gone
        say(
            error=f"The page could not be made: {error.strerror or error}.",
            hint="Start it again: it goes on.",
        )
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
