"""What a user does in every panel: each gesture is one look at the screen."""

from __future__ import annotations

from tests.gui.screen_hands import (
    Gesture,
    at,
    between_docks,
    between_plots,
    check_box,
    click,
    drag,
    knob,
    over,
    press,
    resize,
    search,
    tree,
    type_text,
    wheel,
)
from tests.gui.x_screen import SIZE

SUN, GIANT = "Simulated Sun-like star", "Simulated K giant"
PLOT, BEFORE, ORDERS = "Spectrum plot", "Spectrum before the stage", "Orders"
COMPARED, GENERATED, CCF = (
    "Observed and generated spectrum",
    "Generated spectrum",
    "Cross-correlation function",
)
OVERVIEW, KIEL = "Overview of the whole spectrum", "Kiel diagram"
DIALOG = f"Velocity of {SUN}"


VIEW = (
    Gesture("View", "hover over a curve", over(PLOT)),
    Gesture("View", "wheel in", wheel(PLOT, 4)),
    Gesture("View", "wheel in on y", wheel(PLOT, 2, "ctrl")),
    Gesture("View", "drag", drag(PLOT, (0.3, 0.4), (0.55, 0.5))),
    Gesture("View", "drag with the middle button", drag(PLOT, (0.5, 0.4), (0.45, 0.6), button="middle")),
    Gesture("View", "errors on", press("b")),
    Gesture("View", "errors off", press("b")),
    Gesture("View", "select a region", drag(PLOT, (0.35, 0.4), (0.6, 0.5), "shift")),
    Gesture("View", "zoom to the region", press("Return")),
    Gesture("View", "view before", press("alt+Left")),
    Gesture("View", "view after", press("alt+Right")),
    Gesture("View", "drag the overview's frame", drag(OVERVIEW, (0.5, 0.5), (0.7, 0.5))),
    Gesture("View", "fit y", press("y")),
    Gesture("View", "show all by a double click", at(PLOT, 0.5, 0.5, times=2)),
    Gesture("View", "stacked", press("s")),
    Gesture("View", "distance of the stacked", knob("Distance of the stacked spectra", 0.3)),
    Gesture("View", "not stacked", press("s")),
    Gesture("View", "normalised for display", press("d")),
    Gesture("View", "fluxes as they are", press("d")),
    Gesture("View", "star's lines", press("l")),
    Gesture("View", "telluric bands", press("t")),
    Gesture("View", "sky lines", press("n")),
    Gesture("View", "wheel with marks", wheel(PLOT, 3)),
    Gesture("View", "next order", press("bracketright")),
    Gesture("View", "previous order", press("bracketleft")),
    Gesture("View", "menu of curves", click("Curves", "text")),
    Gesture("View", "menu away", press("Escape")),
    Gesture("View", "list of units", click("Unit of the axis", "widget")),
    Gesture("View", "another unit", press("Down", "Return")),
    Gesture("View", "wheel in another unit", wheel(PLOT, 2)),
    Gesture("View", "zoom in by a key", press("plus")),
    Gesture("View", "zoom out by a key", press("minus")),
    Gesture("View", "logarithmic", press("shift+l")),
    Gesture("View", "wheel on powers of ten", wheel(PLOT, -2, "ctrl")),
    Gesture("View", "linear", press("shift+l")),
    Gesture("View", "y follows x", press("shift+y")),
    Gesture("View", "wheel with y that follows", wheel(PLOT, -2)),
    Gesture("View", "y as it is", press("shift+y")),
    Gesture("Go to", "go to a place", press("ctrl+j")),
    Gesture("Go to", "type it", type_text("515-520")),
    Gesture("View", "go there", press("Return")),
    Gesture("View", "wider docks", between_docks(60)),
    Gesture("View", "narrower docks", between_docks(-60)),
    Gesture("View", "smaller window", resize(1180, 760)),
    Gesture("View", "larger window", resize(*SIZE)),
    Gesture("Spectra", "hide a curve", check_box(GIANT)),
    Gesture("Spectra", "show it again", check_box(GIANT)),
    Gesture("Spectra", "select the giant", tree(GIANT)),
    Gesture("Spectra", "select the Sun-like star", tree(SUN)),
)
MEASURING = (
    Gesture("View", "region to be measured", drag(PLOT, (0.35, 0.4), (0.6, 0.5), "shift")),
    Gesture("Measurements", "equivalent width", press("e")),
    Gesture("Measurements", "select the row", at("Measurements", 0.3, 0.3)),
    Gesture("View", "undo the measurement", press("ctrl+z")),
    Gesture("Measurements", "redo", press("ctrl+y")),
    Gesture("View", "mask a region", press("m")),
    Gesture("View", "undo the mask", press("ctrl+z")),
)
FACTS = (
    Gesture("Axis passport", "hover over a button", over("Correct")),
    Gesture("Header", "header in front", click("Header", "tab")),
    Gesture(
        "Header", "search in it", lambda hands: (hands.click("Search the header"), hands.screen.type("obj"))
    ),
    Gesture("Header", "select a card", at("Header of the file", 0.4, 0.1)),
    Gesture("Header", "search for nothing", press("BackSpace", "ctrl+a")),
    Gesture("Axis passport", "passport in front", click("Axis passport", "tab")),
    Gesture("Log", "show the log", search("Show Log")),
    Gesture("Jobs", "show the jobs", search("Show Jobs")),
)
PIPELINE = (
    Gesture("Pipeline", "tab", press("ctrl+2")),
    Gesture("Pipeline", "start with a chain", click("Start with “One spectrum”", "widget")),
    Gesture("Pipeline", "hover", over(BEFORE)),
    Gesture("Pipeline", "wheel", wheel(BEFORE, 4)),
    Gesture("Pipeline", "drag", drag(BEFORE, (0.3, 0.4), (0.5, 0.5))),
    Gesture("Pipeline", "errors", click("Errors", "text")),
    Gesture("Pipeline controls", "a slider", knob("Clip above", 0.3)),
    Gesture("Pipeline controls", "undo", press("ctrl+z")),
    Gesture("Pipeline", "a point by a double click", at(BEFORE, 0.5, 0.3, times=2)),
    Gesture("Pipeline", "another point", at(BEFORE, 0.7, 0.3, times=2)),
    Gesture("Pipeline", "undo a point", press("ctrl+z")),
    Gesture("Pipeline", "share of the heights", between_plots(BEFORE, 40)),
    Gesture("Pipeline", "another stage", click("Cosmic rays, done", "widget")),
    Gesture("Pipeline", "a stage off", click("Bad pixels on", "widget")),
    Gesture("Pipeline", "show all", press("r")),
)
ECHELLE = (
    Gesture("Spectra", "select the giant", tree(GIANT)),
    Gesture("Pipeline", "its chain", click("Start with “Echelle orders”", "widget")),
    Gesture("Orders", "tab", press("ctrl+3")),
    Gesture("Orders", "hover over an order", over(ORDERS, 0.3, 0.5)),
    Gesture("Orders", "hover over another", over(ORDERS, 0.7, 0.5)),
    Gesture("Orders", "next order", press("bracketright")),
    Gesture("Orders", "wheel", wheel(ORDERS, 3)),
    Gesture("Orders", "drag", drag(ORDERS, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Orders", "smaller window", resize(1180, 700)),
    Gesture("Orders", "larger window", resize(*SIZE)),
    Gesture("Orders", "isolate an order", at(ORDERS, 0.5, 0.5)),
    Gesture("Orders", "its neighbour", press("bracketright")),
    Gesture("Orders", "all orders", at(ORDERS, 0.5, 0.5)),
    Gesture("Orders", "menu of an order", at(ORDERS, 0.5, 0.5, button="right")),
    Gesture("Orders", "leave it out", click("Leave it out", "action")),
    Gesture("Orders", "undo", press("ctrl+z")),
    Gesture("Orders", "errors", click("Errors", "text")),
    Gesture("Orders", "stitched over", click("Stitched over", "text")),
    Gesture("Orders", "share of the heights", between_plots(ORDERS, -40)),
    Gesture("Orders", "show all", press("r")),
)
PARAMETERS = (
    Gesture("Spectra", "select the Sun-like star", tree(SUN)),
    Gesture("Parameters", "predict", press("F5")),
    Gesture("Parameters", "hover", over(COMPARED)),
    Gesture("Parameters", "wheel", wheel(COMPARED, 3)),
    Gesture("Parameters", "drag", drag(COMPARED, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Parameters", "errors", click("Errors", "text")),
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
    Gesture("Parameters", "show all", press("r")),
    Gesture(KIEL, "hover over the Kiel diagram", over(KIEL, 0.485, 0.68)),
    Gesture(KIEL, "click its point", at(KIEL, 0.485, 0.68)),
    Gesture("Results", "select its row", at("Results", 0.3, 0.5)),
    Gesture(
        "Results",
        "filter",
        lambda hands: (hands.click("Filter the results", "widget"), hands.screen.type("sun")),
    ),
    Gesture("Results", "no filter", press("ctrl+a", "BackSpace")),
    Gesture("Results", "sort by a column", at("Results", 0.6, 0.06)),
)
GENERATE = (
    Gesture("Generate", "tab", press("ctrl+5")),
    Gesture("Generate", "hover", over(GENERATED)),
    Gesture("Generate controls", "drag a slider", knob("Teff", 0.2)),
    Gesture("Generate controls", "undo", press("ctrl+z")),
    Gesture(
        "Generate controls",
        "type a value",
        lambda hands: (
            hands.click("v sin i, typed", "widget"),
            hands.screen.key("ctrl+a"),
            hands.screen.type("25"),
            hands.screen.key("Tab"),
        ),
    ),
    Gesture("Generate", "wheel", wheel(GENERATED, 3)),
    Gesture("Generate", "drag", drag(GENERATED, (0.4, 0.4), (0.6, 0.5))),
    Gesture("Generate", "spread", click("Spread", "widget")),
    Gesture("Generate", "show all", press("r")),
)
DIALOGS = (
    Gesture("View", "tab", press("ctrl+1")),
    Gesture(DIALOG, "radial velocity", press("F6")),
    Gesture(CCF, "wheel on the correlation", wheel(CCF, 3)),
    Gesture(CCF, "drag the correlation", drag(CCF, (0.4, 0.4), (0.6, 0.5))),
    Gesture(DIALOG, "whole search", click("Whole search", "text")),
    Gesture("View", "close it", press("Escape")),
    Gesture(
        "View", "search of actions", lambda hands: (hands.screen.key("ctrl+k"), hands.screen.type("zoom"))
    ),
    Gesture("View", "no search", press("Escape", "Escape")),
    Gesture("View", "dark colours", search("Dark colours")),
    Gesture("View", "wheel in the dark", wheel(PLOT, 3)),
    Gesture("View", "light colours", search("Light colours")),
    Gesture("View", "wheel in the light", wheel(PLOT, -3)),
)
GESTURES = (*VIEW, *MEASURING, *FACTS, *PIPELINE, *ECHELLE, *PARAMETERS, *GENERATE, *DIALOGS)
