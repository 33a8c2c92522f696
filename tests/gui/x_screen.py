"""`XScreen`: a real X screen for tests, with a window manager, and events that go through the server.

pytest-qt and `sendEvent` hand events to Qt, and `grab()` repaints what it shows: neither sees what a user
sees. Here a program runs on a virtual display; pointer and keys are XTEST's.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

SIZE = (1440, 960)
NEEDED = ("Xvfb", "openbox", "xdotool")
START_S = 120.0  # a busy machine takes its time
BUTTONS = {"left": 1, "middle": 2, "right": 3}
WHEEL_UP, WHEEL_DOWN = 4, 5
DRAG_STEPS = 8

# No frames, so that the window manager paints nothing; no keys and buttons of its own, which would be
# handed on only when it has looked at them.
_WINDOW_MANAGER = """<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <resize><popupShow>Never</popupShow></resize>
  <keyboard></keyboard>
  <mouse></mouse>
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"""


def missing_programs() -> list[str]:
    """Return the names of programs that a virtual screen needs and this machine lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


def require_screen() -> None:
    """Skip the test where no virtual screen can be had; in CI that is a failure."""
    missing = missing_programs()
    if not missing and sys.platform.startswith("linux"):
        return
    reason = f"no virtual X screen: {', '.join(missing) or 'not on Linux'}"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"{reason}; packaging/system-packages.sh --xvfb adds what is missing")
    pytest.skip(f"{reason} (packaging/system-packages.sh --xvfb adds it on Debian and Ubuntu)")


class XScreen:
    """A virtual display with a window manager; ends with the process that made it.

    Parameters
    ----------
    folder : Path
        For the window manager's configuration and the logs.
    size : (int, int)
        Pixels.

    Attributes
    ----------
    display : str
        As ":3"; a free one, found by the server.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = SIZE) -> None:
        self.size = size
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.display = self._start_server()
        self._start_window_manager()

    @property
    def pids(self) -> list[int]:
        """Process ids of the server and the window manager."""
        return [process.pid for process in self._processes]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment in which a Qt program comes up on this screen."""
        mine = {
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": "1",
            "QT_ACCESSIBILITY": "0",
            "OMP_WAIT_POLICY": "PASSIVE",
            **more,
        }
        gone = ("WAYLAND_DISPLAY", "XAUTHORITY")
        return {**{key: value for key, value in os.environ.items() if key not in gone}, **mine}

    def close(self) -> None:
        """End the window manager and the server."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def send(self, *words: object) -> None:
        """Let xdotool send events; returns when the server has taken them."""
        subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment(),
            check=True,
            capture_output=True,
            timeout=START_S,
        )

    def move(self, x: float, y: float) -> None:
        """Move the pointer; first to beside the place, so that something moves there."""
        self.send("mousemove", round(x) - 1, round(y), "mousemove", round(x), round(y))

    def click(
        self, x: float, y: float, button: str = "left", times: int = 1, keys: Sequence[str] = ()
    ) -> None:
        """Click, with modifier keys ("ctrl", "shift") down."""
        self.move(x, y)
        clicks = ["click", "--repeat", times, "--delay", 60, BUTTONS[button]]
        self._with_keys(keys, clicks)

    def drag(
        self,
        start: tuple[float, float],
        stop: tuple[float, float],
        button: str = "left",
        keys: Sequence[str] = (),
    ) -> None:
        """Press at one place, go to another in a few steps, let go."""
        number = BUTTONS[button]
        self.move(*start)
        words: list[object] = ["mousedown", number]
        for i in range(1, DRAG_STEPS + 1):
            x, y = (round(a + (b - a) * i / DRAG_STEPS) for a, b in zip(start, stop, strict=True))
            words += ["mousemove", x, y, "sleep", "0.01"]
        self._with_keys(keys, [*words, "mouseup", number])

    def wheel(self, x: float, y: float, steps: int, keys: Sequence[str] = ()) -> None:
        """Turn the wheel: positive steps away from the user (zoom in, scroll up)."""
        self.move(x, y)
        button = WHEEL_UP if steps > 0 else WHEEL_DOWN
        self._with_keys(keys, ["click", "--repeat", abs(steps), "--delay", 20, button])

    def key(self, *keys: str) -> None:
        """Press keys, one after the other, as "ctrl+k", "Escape", "F5", "bracketleft"."""
        self.send("key", "--delay", 20, *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.send("type", "--delay", 10, text)

    def _with_keys(self, keys: Sequence[str], words: Sequence[object]) -> None:
        down = [word for key in keys for word in ("keydown", key)]
        up = [word for key in reversed(keys) for word in ("keyup", key)]
        self.send(*down, *words, *up)

    def _start_server(self) -> str:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "{}x{}x24".format(*self.size)]
        command += ["-nolisten", "tcp", "-noreset", "-dpi", "96"]
        self._start(command, "xvfb.log", pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as answer:
            ready, _, _ = select.select([answer], [], [], START_S)
            number = answer.readline().strip() if ready else ""
        if not number:
            self.close()
            raise RuntimeError(f"Xvfb did not start: {(self._folder / 'xvfb.log').read_text()}")
        return f":{number}"

    def _start_window_manager(self) -> None:
        configuration = self._folder / "openbox.xml"
        configuration.write_text(_WINDOW_MANAGER, encoding="utf-8")
        signal_pipe = self._folder / "managed"
        os.mkfifo(signal_pipe)
        reading = os.open(signal_pipe, os.O_RDWR)  # for writing too: else opening would wait
        try:
            command = ["openbox", "--sm-disable", "--config-file", str(configuration)]
            # Its start-up command runs when it manages the screen.
            command += ["--startup", f"sh -c 'echo ready >{signal_pipe}'"]
            self._start(command, "openbox.log")
            if not select.select([reading], [], [], START_S)[0]:
                self.close()
                raise RuntimeError(f"openbox did not start: {(self._folder / 'openbox.log').read_text()}")
        finally:
            os.close(reading)

    def _start(self, command: Sequence[str], log: str, pass_fds: tuple[int, ...] = ()) -> None:
        environment = self.environment() if hasattr(self, "display") else dict(os.environ)
        with (self._folder / log).open("wb") as output:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=pass_fds,
                preexec_fn=_end_with_parent,
            )
        self._processes.append(process)


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent dies, however that comes about."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


@pytest.fixture(scope="session")
def x_screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XScreen]:
    """Return a virtual screen of this test process alone."""
    require_screen()
    screen = XScreen(tmp_path_factory.mktemp("screen"))
    yield screen
    screen.close()
