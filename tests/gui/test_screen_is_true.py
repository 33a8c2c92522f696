"""After every gesture the screen shows what a full repaint shows, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectragui.core.package_data import bundled_examples
from tests.gui.program_on_screen import ProgramOnScreen
from tests.gui.screen_gestures import GESTURES, Gesture
from tests.gui.x_screen import XScreen

PANELS = {gesture.panel for gesture in GESTURES}


def look(program: ProgramOnScreen, number: int, gesture: Gesture, folder: Path) -> tuple[int, str]:
    """Make a gesture; return how many pixels were compared, and what is wrong with the screen."""
    try:
        gesture.do(program)
    except AssertionError as error:
        raise AssertionError(f"{gesture.panel}, {gesture.name}: {error}") from None
    program.wait_idle()
    name = f"{number:03}-{gesture.panel}-{gesture.name}".replace(" ", "-")
    seen = program.ask("compare", folder=str(folder), name=name)
    fault = ""
    if seen["different"]:
        x, y, width, height = seen["rect"]
        fault = (
            f"{gesture.panel}, {gesture.name}: {seen['different']} pixels within {width}x{height}+{x}+{y}, "
            f"in {'; '.join(seen['widgets'])}: {folder / name}-screen.png"
        )
    shown = program.ask("panels")
    assert gesture.panel in shown, f"{gesture.panel}, {gesture.name}: on the screen are {shown}"
    return int(seen["pixels"]), fault


@pytest.mark.timeout(900)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screen_is_what_a_full_repaint_shows(
    x_screen: XScreen, tmp_path: Path, theme: str, record_property
) -> None:
    files = [example.path for example in bundled_examples()]
    program = ProgramOnScreen(x_screen, files, tmp_path / "errors.txt", theme)
    n_pixels, faults = 0, []
    try:
        for number, gesture in enumerate(GESTURES):
            compared, fault = look(program, number, gesture, tmp_path)
            n_pixels += compared
            faults += [fault] if fault else []
        state = program.state()
    finally:
        program.kill()
    summary = f"{len(GESTURES)} gestures in {len(PANELS)} panels, {theme}: {n_pixels:,} pixels compared"
    record_property("screen", summary)
    assert not faults, f"{summary}; {len(faults)} gestures left the screen wrong:\n" + "\n".join(faults)
    assert state["failures"] == [] and state["results"] == 1
