"""A training in a process of its own: it says how far it is, line by line, and obeys a word in a file.

``python -m spectragui.training.child CONFIG.toml [--resume]`` is started by
`spectragui.workers.child_process`; it is `spectragui train` otherwise.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Cancelled
from spectragui.training.callbacks import Callback, TrainingState, why_not_written

CONTROL_FILE, PID_FILE = "control", "pid"
RUN, PAUSE, STOP = "run", "pause", "stop"
#: Exit codes beside 0: what a user is told, what was cancelled.
FAILED, CANCELLED = 1, 4
_REPORT_S = 0.1
_LOOK_S = 0.05  # while it pauses


def read_control(folder: Path) -> str:
    """Return the word that a training in a folder obeys: run, pause or stop."""
    try:
        word = (folder / CONTROL_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return RUN
    return word if word in (PAUSE, STOP) else RUN


class ObeyControl(Callback):
    """Pause and stop as the control file says; end where nobody is there any more who would read.

    Parameters
    ----------
    folder : pathlib.Path
        Of the training.
    parent : int
        Process that started it; when it is gone, the training ends with its last checkpoint.
    """

    def __init__(self, folder: Path, parent: int) -> None:
        self.folder, self.parent = folder, parent
        self._has_said_stopping = False

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Look at the file; wait as long as it says pause."""
        if self.obey() == STOP:
            state.is_stopping = self.is_stopped = True

    def obey(self) -> str:
        """Look at the file, wait as long as it says pause, and return its word: run or stop."""
        word = read_control(self.folder)
        if word == PAUSE:
            say(state="paused")
        while word == PAUSE:
            self._end_if_alone()
            time.sleep(_LOOK_S)
            word = read_control(self.folder)
            if word != PAUSE:
                say(state="running")
        self._end_if_alone()
        if word == STOP and not self._has_said_stopping:
            self._has_said_stopping = True
            say(state="stopping")
        return word

    def _end_if_alone(self) -> None:
        if os.getppid() != self.parent:
            raise Cancelled


def say(**content: Any) -> None:
    """Write one line that the window reads."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Train what a configuration describes; return the exit code."""
    from spectragui.training.config_file import read_config
    from spectragui.training.run import train_model

    config_path, resume = Path(arguments[0]), "--resume" in arguments
    folder = config_path.parent
    last, controls = [0.0], list[ObeyControl]()

    def progress(fraction: float, message: str = "") -> None:
        for control in controls:  # while spectra are prepared, too
            control.obey()
        now = time.monotonic()
        if now - last[0] >= _REPORT_S or fraction >= 1.0:
            last[0] = now
            say(fraction=round(fraction, 5), **_told(message))

    try:
        config = read_config(config_path)
        folder = Path(config.output)
        control = ObeyControl(folder, os.getppid())
        controls.append(control)
        (folder / PID_FILE).write_text(str(os.getpid()), encoding="utf-8")
        say(state="running")
        train_model(config, resume=resume, progress=progress, callbacks=[control])
        _compare(folder, config)
    except Cancelled:
        return CANCELLED
    except SpectraGUIError as error:
        say(error=error.message, hint=error.hint)
        return FAILED
    except Exception as error:
        # A full disk, a folder that is gone: whatever library writes has its own error for it.
        reason = why_not_written(folder, error)
        if not isinstance(error, OSError) and reason != "the disk is full":
            raise
        say(error=f"The training could not go on: {reason}.", hint="Resume it when that is mended.")
        return FAILED
    say(state="done")
    return 0


def _told(message: str, before: str = "") -> dict[str, str]:
    """Return what is said of a part's message: nothing where only the part is done, and the rest goes on."""
    return {"message": f"{before}{message}"} if message not in ("", "done") else {}


def _compare(folder: Path, config: Any) -> None:
    """Write the comparison with the base model, where there is one, for the window to show."""
    from spectragui.core.errors import TrainingError
    from spectragui.training.fine_tuning.comparison_content import ComparisonContent, write_content
    from spectragui.training.kinds import compare_with_base, is_compared

    if not is_compared(config):
        return
    say(fraction=1.0, message="Comparing with the base model")
    try:
        compare_with_base(folder, config, lambda _part, text="": say(**_told(text, "Comparing: ")))
    except TrainingError as error:
        write_content(ComparisonContent(config.base.model, folder.name, (str(error),)), folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
