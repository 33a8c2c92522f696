"""Trainings and pages in processes of their own: neither their memory nor their end touches the window."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.progress import Cancelled, Progress, no_progress
from spectragui.training.child import CANCELLED, CONTROL_FILE, RUN

if TYPE_CHECKING:
    from spectragui.reports.report_settings import ReportSettings

_LOOK_S = 0.1
_WORDS = {"paused": "Paused", "stopping": "Stopping; the best so far is kept"}
_PATIENCE_S = 2.0  # until a child that is to end is killed
_RESUME = {
    "training": "Resume goes on from its last checkpoint.",
    "reproduction": "Start it again: it goes on with what is missing.",
}


def train_in_child(config: Path, folder: Path, resume: bool, progress: Progress = no_progress) -> Path:
    """Train what a configuration file describes in a child process, and wait for it.

    Parameters
    ----------
    config : pathlib.Path
    folder : pathlib.Path
        Model folder, as the configuration says; holds the control file.
    resume : bool
    progress : Progress
        Gets what the child says; where it raises `Cancelled`, the child is ended.

    Returns
    -------
    pathlib.Path
        The model folder.

    Raises
    ------
    TrainingError
        With what the child said, or that it was killed.
    Cancelled
        If it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order(folder, RUN)
    arguments = [str(config), *(["--resume"] if resume else [])]
    _run("spectragui.training.child", arguments, "training", progress)
    return folder


def reproduce_in_child(settings: ReportSettings, progress: Progress = no_progress) -> Path:
    """Reproduce a paper in a child process, and wait for it; return the page.

    Parameters
    ----------
    settings : ReportSettings
        Paper, folder, models and whether it is quick; the rest is as by default.
    progress : Progress
        Gets what the child says; where it raises `Cancelled`, the child is ended.

    Raises
    ------
    TrainingError
        With what the child said, or that it was killed.
    Cancelled
        If it was.
    """
    arguments = [settings.paper, str(settings.folder), *(["--quick"] if settings.quick else [])]
    if settings.models is not None:
        arguments += ["--from", str(settings.models)]
    _run("spectragui.reports.reproduction_child", arguments, "reproduction", progress)
    return settings.folder / f"{settings.paper}.html"


def _run(module: str, arguments: Sequence[str], what: str, progress: Progress) -> None:
    """Run a module as a child and follow it; ``what`` it is, for messages."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            said, errors = _follow(child, progress)
        except BaseException:
            _end(child)
            raise
    if child.returncode == CANCELLED:
        raise Cancelled
    if child.returncode:
        raise _failure(child.returncode, said, errors, what)


def order(folder: Path, word: str) -> None:
    """Tell a training in a folder to run, to pause, or to stop and keep its best."""
    write_text_atomically(folder / CONTROL_FILE, word)


def _follow(child: subprocess.Popen[str], progress: Progress) -> tuple[dict[str, Any], str]:
    """Pass on what a child says until it ends; return its last words and its standard error."""
    lines: queue.Queue[str | None] = queue.Queue()
    errors: list[str] = []
    assert child.stdout is not None and child.stderr is not None
    readers = [
        threading.Thread(target=_read_lines, args=(child.stdout, lines), daemon=True),
        threading.Thread(target=_read_all, args=(child.stderr, errors), daemon=True),
    ]
    for reader in readers:
        reader.start()
    said: dict[str, Any] = {}
    fraction, message = 0.0, ""
    while True:
        try:
            line = lines.get(timeout=_LOOK_S)
        except queue.Empty:
            progress(fraction, message)
            continue
        if line is None:
            break
        content = _parsed(line)
        said |= content
        fraction = float(content.get("fraction", fraction))
        message = _WORDS.get(said.get("state", ""), str(content.get("message", message)))
        progress(fraction, message)
    child.wait()
    for reader in readers:
        reader.join(timeout=_PATIENCE_S)
    return said, "".join(errors)


def _read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _read_all(stream: IO[str], texts: list[str]) -> None:
    for line in stream:
        texts.append(line)
        del texts[:-200]


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _failure(code: int, said: Mapping[str, Any], errors: str, what: str) -> TrainingError:
    if "error" in said:
        return TrainingError(str(said["error"]), str(said.get("hint", "")), details=errors)
    if code < 0:
        name = str(-code)
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
        return TrainingError(
            f"The {what}'s process was ended from outside ({name}).", _RESUME[what], details=errors
        )
    return TrainingError(f"The {what} ended with a fault of SpectraGUI.", _RESUME[what], details=errors)
