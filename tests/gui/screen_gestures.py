"""What a user does with pointer and keys, panel by panel: each gesture is one look at the screen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from tests.gui.program_on_screen import Place, ProgramOnScreen

Hands = ProgramOnScreen
SUN, GIANT = "Simulated Sun-like star", "Simulated K giant"
PLOT, BEFORE, ORDERS = "Spectrum plot", "Spectrum before the stage", "Orders"
COMPARED, GENERATED, CCF = (
    "Observed and generated spectrum",
    "Generated spectrum",
    "Cross-correlation function",
)
OVERVIEW, KIEL = "Overview of the whole spectrum", "Kiel diagram"
DIALOG = f"Velocity of {SUN}"
PLOTS = (PLOT, BEFORE, ORDERS, COMPARED, GENERATED, CCF, KIEL)


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
    do: Callable[[Hands], None]


def _find(hands: Hands, name: str) -> Place:
    return hands.find(name, "plot" if name in PLOTS else "widget")


def _over(name: str, right: float = 0.5, down: float = 0.5) -> Callable[[Hands], None]:
    return lambda hands: hands.screen.move(*_find(hands, name).at(right, down))


def _click(name: str, kind: str = "", within: str = "", **how: object) -> Callable[[Hands], None]:
    return lambda hands: hands.click(name, kind, within, **how)


def _at(name: str, right: float, down: float, **how: object) -> Callable[[Hands], None]:
    return lambda hands: hands.screen.click(*_find(hands, name).at(right, down), **how)  # type: ignore[arg-type]


def _wheel(
    name: str, steps: int, *keys: str, at: tuple[float, float] = (0.4, 0.5)
) -> Callable[[Hands], None]:
    return lambda hands: hands.screen.wheel(*_find(hands, name).at(*at), steps, keys)


def _drag(
    name: str, start: tuple[float, float], stop: tuple[float, float], *keys: str, button: str = "left"
) -> Callable[[Hands], None]:
    def do(hands: Hands) -> None:
        place = _find(hands, name)
        hands.screen.drag(place.at(*start), place.at(*stop), button, keys)

    return do


def _keys(*keys: str) -> Callable[[Hands], None]:
    return lambda hands: hands.screen.key(*keys)


def _type(text: str) -> Callable[[Hands], None]:
    return lambda hands: hands.screen.type(text)


def _knob(name: str, by: float) -> Callable[[Hands], None]:
    """Press the groove of a slider in its middle and drag by a part of its length."""
    return _drag(name, (0.5, 0.5), (0.5 + by, 0.5))


def _tree(name: str) -> Callable[[Hands], None]:
    return _click(name, "item", "Open spectra")


def _check_box(name: str) -> Callable[[Hands], None]:
    def do(hands: Hands) -> None:
        place = hands.find(name, "item", "Open spectra")
        hands.screen.click(place.x + 9, place.centre[1])

    return do


def _search(words: str) -> Callable[[Hands], None]:
    def do(hands: Hands) -> None:
        hands.screen.key("ctrl+k")
        hands.wait_idle()
        hands.screen.type(words)
        hands.wait_idle()
        hands.screen.key("Return")

    return do


def _between_docks(by: int) -> Callable[[Hands], None]:
    """Drag the line between the left docks and the centre."""

    def do(hands: Hands) -> None:
        tree: Place = hands.find("Spectra", "widget")
        line = tree.x + tree.width + 10
        hands.screen.drag((line, tree.y + 60), (line + by, tree.y + 60))

    return do


def _between_plots(upper: str, by: int) -> Callable[[Hands], None]:
    """Drag the line under a plot."""

    def do(hands: Hands) -> None:
        plot = _find(hands, upper)
        line = plot.y + plot.height + 2
        hands.screen.drag((plot.centre[0], line), (plot.centre[0], line + by))

    return do


VIEW = (
    Gesture("View", "hover over a curve", _over(PLOT)),
    Gesture("View", "wheel in", _wheel(PLOT, 4)),
    Gesture("View", "wheel in on y", _wheel(PLOT, 2, "ctrl")),
    Gesture("View", "drag", _drag(PLOT, (0.3, 0.4), (0.55, 0.5))),
    Gesture("View", "drag with the middle button", _drag(PLOT, (0.5, 0.4), (0.45, 0.6), button="middle")),
    Gesture("View", "errors on", _keys("b")),
    Gesture("View", "errors off", _keys("b")),
    Gesture("View", "select a region", _drag(PLOT, (0.35, 0.4), (0.6, 0.5), "shift")),
    Gesture("View", "zoom to the region", _keys("Return")),
    Gesture("View", "view before", _keys("alt+Left")),
    Gesture("View", "view after", _keys("alt+Right")),
    Gesture("View", "drag the overview's frame", _drag(OVERVIEW, (0.5, 0.5), (0.7, 0.5))),
    Gesture("View", "fit y", _keys("y")),
    Gesture("View", "show all by a double click", _at(PLOT, 0.5, 0.5, times=2)),
    Gesture("View", "stacked", _keys("s")),
    Gesture("View", "distance of the stacked", _knob("Distance of the stacked spectra", 0.3)),
    Gesture("View", "not stacked", _keys("s")),
    Gesture("View", "normalised for display", _keys("d")),
    Gesture("View", "fluxes as they are", _keys("d")),
    Gesture("View", "star's lines", _keys("l")),
    Gesture("View", "telluric bands", _keys("t")),
    Gesture("View", "sky lines", _keys("n")),
    Gesture("View", "wheel with marks", _wheel(PLOT, 3)),
    Gesture("View", "next order", _keys("bracketright")),
    Gesture("View", "previous order", _keys("bracketleft")),
    Gesture("View", "menu of curves", _click("Curves", "text")),
    Gesture("View", "menu away", _keys("Escape")),
    Gesture("View", "list of units", _click("Unit of the axis", "widget")),
    Gesture("View", "another unit", _keys("Down", "Return")),
    Gesture("View", "wheel in another unit", _wheel(PLOT, 2)),
    Gesture("View", "zoom in by a key", _keys("plus")),
    Gesture("View", "zoom out by a key", _keys("minus")),
    Gesture("View", "wider docks", _between_docks(60)),
    Gesture("View", "narrower docks", _between_docks(-60)),
    Gesture("Spectra", "hide a curve", _check_box(GIANT)),
    Gesture("Spectra", "show it again", _check_box(GIANT)),
    Gesture("Spectra", "select the giant", _tree(GIANT)),
    Gesture("Spectra", "select the Sun-like star", _tree(SUN)),
)
MEASURING = (
    Gesture("View", "region to be measured", _drag(PLOT, (0.35, 0.4), (0.6, 0.5), "shift")),
    Gesture("Measurements", "equivalent width", _keys("e")),
    Gesture("Measurements", "select the row", _at("Measurements", 0.3, 0.3)),
    Gesture("View", "undo the measurement", _keys("ctrl+z")),
    Gesture("Measurements", "redo", _keys("ctrl+y")),
    Gesture("View", "mask a region", _keys("m")),
    Gesture("View", "undo the mask", _keys("ctrl+z")),
)
FACTS = (
    Gesture("Axis passport", "hover over a button", _over("Correct")),
    Gesture("Header", "header in front", _click("Header", "tab")),
    Gesture(
        "Header", "search in it", lambda hands: (hands.click("Search the header"), hands.screen.type("obj"))
    ),
    Gesture("Header", "select a card", _at("Header of the file", 0.4, 0.1)),
    Gesture("Header", "search for nothing", _keys("BackSpace", "ctrl+a")),
    Gesture("Axis passport", "passport in front", _click("Axis passport", "tab")),
    Gesture("Log", "show the log", _search("Show Log")),
    Gesture("Jobs", "show the jobs", _search("Show Jobs")),
)
PIPELINE = (
    Gesture("Pipeline", "tab", _keys("ctrl+2")),
    Gesture("Pipeline", "start with a chain", _click("Start with “One spectrum”", "widget")),
    Gesture("Pipeline", "hover", _over(BEFORE)),
    Gesture("Pipeline", "wheel", _wheel(BEFORE, 4)),
    Gesture("Pipeline", "drag", _drag(BEFORE, (0.3, 0.4), (0.5, 0.5))),
    Gesture("Pipeline", "errors", _click("Errors", "text")),
    Gesture("Pipeline controls", "a slider", _knob("Degree", 0.4)),
    Gesture("Pipeline controls", "undo", _keys("ctrl+z")),
    Gesture("Pipeline", "a point by a double click", _at(BEFORE, 0.5, 0.3, times=2)),
    Gesture("Pipeline", "another point", _at(BEFORE, 0.7, 0.3, times=2)),
    Gesture("Pipeline", "undo a point", _keys("ctrl+z")),
    Gesture("Pipeline", "share of the heights", _between_plots(BEFORE, 40)),
    Gesture("Pipeline", "another stage", _click("Cosmic rays, done", "widget")),
    Gesture("Pipeline", "a stage off", _click("Bad pixels on", "widget")),
    Gesture("Pipeline", "show all", _keys("r")),
)
ECHELLE = (
    Gesture("Spectra", "select the giant", _tree(GIANT)),
    Gesture("Pipeline", "its chain", _click("Start with “Echelle orders”", "widget")),
    Gesture("Orders", "tab", _keys("ctrl+3")),
    Gesture("Orders", "hover over an order", _over(ORDERS, 0.3, 0.5)),
    Gesture("Orders", "hover over another", _over(ORDERS, 0.7, 0.5)),
    Gesture("Orders", "next order", _keys("bracketright")),
    Gesture("Orders", "wheel", _wheel(ORDERS, 3)),
    Gesture("Orders", "drag", _drag(ORDERS, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Orders", "isolate an order", _at(ORDERS, 0.5, 0.5)),
    Gesture("Orders", "its neighbour", _keys("bracketright")),
    Gesture("Orders", "all orders", _at(ORDERS, 0.5, 0.5)),
    Gesture("Orders", "menu of an order", _at(ORDERS, 0.5, 0.5, button="right")),
    Gesture("Orders", "leave it out", _click("Leave it out", "action")),
    Gesture("Orders", "undo", _keys("ctrl+z")),
    Gesture("Orders", "stitched over", _click("Stitched over", "text")),
    Gesture("Orders", "share of the heights", _between_plots(ORDERS, -40)),
    Gesture("Orders", "show all", _keys("r")),
)
PARAMETERS = (
    Gesture("Spectra", "select the Sun-like star", _tree(SUN)),
    Gesture("Parameters", "predict", _keys("F5")),
    Gesture("Parameters", "hover", _over(COMPARED)),
    Gesture("Parameters", "wheel", _wheel(COMPARED, 3)),
    Gesture("Parameters", "drag", _drag(COMPARED, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Parameters", "errors", _click("Errors", "text")),
    Gesture(
        "Parameters",
        "sensitivity",
        lambda hands: (hands.click("Sensitivity", "widget"), hands.screen.key("Down", "Return")),
    ),
    Gesture(
        "Parameters",
        "go to",
        lambda hands: (hands.click("Go to", "widget"), hands.screen.key("Down", "Return")),
    ),
    Gesture("Parameters", "show all", _keys("r")),
    Gesture(KIEL, "hover over the Kiel diagram", _over(KIEL, 0.485, 0.68)),
    Gesture(KIEL, "click its point", _at(KIEL, 0.485, 0.68)),
    Gesture("Results", "select its row", _at("Results", 0.3, 0.5)),
    Gesture(
        "Results",
        "filter",
        lambda hands: (hands.click("Filter the results", "widget"), hands.screen.type("sun")),
    ),
    Gesture("Results", "no filter", _keys("ctrl+a", "BackSpace")),
    Gesture("Results", "sort by a column", _at("Results", 0.6, 0.06)),
)
GENERATE = (
    Gesture("Generate", "tab", _keys("ctrl+5")),
    Gesture("Generate", "hover", _over(GENERATED)),
    Gesture("Generate controls", "drag a slider", _knob("Teff", 0.2)),
    Gesture("Generate controls", "undo", _keys("ctrl+z")),
    Gesture(
        "Generate controls",
        "type a value",
        lambda hands: (
            hands.click("v sin i, typed", "widget"),
            hands.screen.key("ctrl+a"),
            hands.screen.type("25\t"),
        ),
    ),
    Gesture("Generate", "wheel", _wheel(GENERATED, 3)),
    Gesture("Generate", "drag", _drag(GENERATED, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Generate", "spread", _click("Spread", "widget")),
    Gesture("Generate", "show all", _keys("r")),
)
DIALOGS = (
    Gesture("View", "tab", _keys("ctrl+1")),
    Gesture(DIALOG, "radial velocity", _keys("F6")),
    Gesture(CCF, "wheel on the correlation", _wheel(CCF, 3)),
    Gesture(CCF, "drag the correlation", _drag(CCF, (0.4, 0.4), (0.6, 0.5))),
    Gesture(DIALOG, "whole search", _click("Whole search", "text")),
    Gesture("View", "close it", _keys("Escape")),
    Gesture(
        "View", "search of actions", lambda hands: (hands.screen.key("ctrl+k"), hands.screen.type("zoom"))
    ),
    Gesture("View", "no search", _keys("Escape", "Escape")),
    Gesture("View", "dark colours", _search("Dark colours")),
    Gesture("View", "wheel in the dark", _wheel(PLOT, 3)),
    Gesture("View", "light colours", _search("Light colours")),
    Gesture("View", "wheel in the light", _wheel(PLOT, -3)),
)
GESTURES = (*VIEW, *MEASURING, *FACTS, *PIPELINE, *ECHELLE, *PARAMETERS, *GENERATE, *DIALOGS)
