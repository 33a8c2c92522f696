"""What hands can do on the screen: each function returns what sends the events, by names of what is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from tests.gui.program_on_screen import Place, ProgramOnScreen

Hands = ProgramOnScreen
Do = Callable[[Hands], object]


@dataclasses.dataclass(frozen=True)
class Gesture:
    """One thing that a user does.

    Attributes
    ----------
    panel : str
        The panel that shows what comes of it.
    name : str
    do : callable
        Sends the events.
    """

    panel: str
    name: str
    do: Do


def find(hands: Hands, name: str) -> Place:
    """Return the plot of a name, else the widget."""
    return hands.find(name, "widget")


def over(name: str, right: float = 0.5, down: float = 0.5) -> Do:
    """Move the pointer over a part of a widget."""
    return lambda hands: hands.screen.move(*find(hands, name).at(right, down))


def click(name: str, kind: str = "", within: str = "", **how: object) -> Do:
    """Click in the middle of what has a name."""
    return lambda hands: hands.click(name, kind, within, **how)


def at(name: str, right: float, down: float, **how: object) -> Do:
    """Click at a part of a widget's width and height."""
    return lambda hands: hands.screen.click(*find(hands, name).at(right, down), **how)  # type: ignore[arg-type]


def wheel(name: str, steps: int, *keys: str, at: tuple[float, float] = (0.4, 0.5)) -> Do:
    """Turn the wheel over a widget."""
    return lambda hands: hands.screen.wheel(*find(hands, name).at(*at), steps, keys)


def drag(
    name: str, start: tuple[float, float], stop: tuple[float, float], *keys: str, button: str = "left"
) -> Do:
    """Drag from one part of a widget to another."""

    def do(hands: Hands) -> None:
        place = find(hands, name)
        hands.screen.drag(place.at(*start), place.at(*stop), button, keys)

    return do


def press(*keys: str) -> Do:
    """Press keys."""
    return lambda hands: hands.screen.key(*keys)


def type_text(text: str) -> Do:
    """Type a text."""
    return lambda hands: hands.screen.type(text)


def knob(name: str, by: float) -> Do:
    """Press the groove of a slider in its middle and drag by a part of its length."""
    return drag(name, (0.5, 0.5), (0.5 + by, 0.5))


def tree(name: str) -> Do:
    """Click on a spectrum in the tree."""
    return click(name, "item", "Open spectra")


def check_box(name: str) -> Do:
    """Click on a spectrum's box in the tree."""

    def do(hands: Hands) -> None:
        place = hands.find(name, "item", "Open spectra")
        hands.screen.click(place.x + 9, place.centre[1])

    return do


def search(words: str) -> Do:
    """Do an action by its name in the search."""

    def do(hands: Hands) -> None:
        hands.screen.key("ctrl+k")
        hands.wait_idle()
        hands.screen.type(words)
        hands.wait_idle()
        hands.screen.key("Return")

    return do


def between_docks(by: int) -> Do:
    """Drag the line between the left docks and the centre."""

    def do(hands: Hands) -> None:
        tree: Place = hands.find("Spectra", "widget")
        line = tree.x + tree.width + 10
        hands.screen.drag((line, tree.y + 60), (line + by, tree.y + 60))

    return do


def resize(width: int, height: int) -> Do:
    """Let the window manager give the window in front another size."""
    return lambda hands: hands.screen.send("getactivewindow", "windowsize", "--sync", width, height)


def between_plots(upper: str, by: int) -> Do:
    """Drag the line under a plot."""

    def do(hands: Hands) -> None:
        plot = find(hands, upper)
        line = plot.y + plot.height + 2
        hands.screen.drag((plot.centre[0], line), (plot.centre[0], line + by))

    return do
