"""`ProgramOnScreen`: the real program on an `XScreen`, in a process of its own, and where things are."""

from __future__ import annotations

import dataclasses
import json
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.gui.x_screen import XScreen

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0  # of a busy machine; nothing here waits that long on a quiet one


@dataclasses.dataclass(frozen=True)
class Place:
    """A rectangle on the screen [pixels]."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.at(0.5, 0.5)

    def at(self, right: float, down: float) -> tuple[float, float]:
        """Return the point at parts of its width and height."""
        return self.x + right * self.width, self.y + down * self.height


class ProgramOnScreen:
    """The window on a virtual screen.

    Parameters
    ----------
    screen : XScreen
    files : sequence of Path
        Opened at the start.
    log : Path
        Gets the program's standard error.
    theme : str
        "light" or "dark".
    """

    def __init__(self, screen: XScreen, files: Sequence[Path], log: Path, theme: str = "light") -> None:
        self.screen = screen
        self.log = log
        self._unread = b""
        options = {"files": [str(file) for file in files], "theme": theme, "size": screen.size}
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.gui.screen_probe", json.dumps(options)],
                cwd=CHECKOUT,
                env=screen.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self.wait_until(lambda: len(self.state()["spectra"]) >= len(files), "the files are open")
        self.wait_idle()

    def ask(self, what: str, **values: Any) -> Any:
        """Ask the probe in the program; see `screen_probe`."""
        line = json.dumps({"ask": what, **values}).encode() + b"\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail("the program has ended")
        return json.loads(self._read_line(what))

    def state(self) -> dict[str, Any]:
        """Return what the window shows."""
        return self.ask("state")

    def wait_idle(self) -> float:
        """Wait until all events are handled and nothing runs; return the seconds it took."""
        return float(self.ask("idle")["waited_s"])

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                self._fail(f"never came about: {what}")
            time.sleep(0.02)

    def find(self, name: str, kind: str = "", within: str = "") -> Place:
        """Return where the widget, tab, action or item of this name is, and can be clicked."""
        places = self.ask("where", name=name, kind=kind, within=within)
        if not places:
            self._fail(f"nothing on the screen is called {name!r}; there are: {self.ask('names')}")
        return Place(*places[0]["rect"])

    def has(self, name: str, kind: str = "", within: str = "") -> bool:
        """Whether something of this name is on the screen."""
        return bool(self.ask("where", name=name, kind=kind, within=within))

    def click(self, name: str, kind: str = "", within: str = "", **how: Any) -> None:
        """Click in the middle of what has this name."""
        self.screen.click(*self.find(name, kind, within).centre, **how)

    def close(self) -> int:
        """Quit as a user does; return the exit status."""
        if self._process.poll() is None:
            self.screen.key("ctrl+q")
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._fail("the program does not end")
        return self.kill()

    def kill(self) -> int:
        """End the process, whatever it does; return its exit status."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return int(self._process.wait())

    def _read_line(self, what: str) -> bytes:
        output = self._process.stdout
        assert output is not None
        end = time.monotonic() + PATIENCE_S
        while b"\n" not in self._unread:
            ready, _, _ = select.select([output], [], [], max(end - time.monotonic(), 0.0))
            more = output.read1(65536) if ready else b""
            if not ready:
                self._fail(f"no answer to {what!r} within {PATIENCE_S:.0f} s")
            if not more:
                self._fail("the program has ended")
            self._unread += more
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def _fail(self, reason: str) -> None:
        errors = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise AssertionError(f"{reason}\n{errors}")
