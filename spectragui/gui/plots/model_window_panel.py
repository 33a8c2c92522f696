"""`WindowPanel`: a plot of the models' window, with marks of lines and a list of places worth a look."""

from __future__ import annotations

from spectragui.gui.plots.plot_panel import PlotPanel

PLACES = (  # in air [Angstrom]
    ("Whole window", 0.0, 0.0),
    ("Mg b", 5150.0, 5200.0),
    ("Hβ", 4840.0, 4885.0),
    ("Fe I 5250", 5225.0, 5275.0),
    ("Cr I 5208", 5200.0, 5230.0),
    ("Ba II 4934", 4910.0, 4940.0),
    ("Ti II 4572", 4550.0, 4590.0),
)
FIRST_PLACE = 1


class WindowPanel(PlotPanel):
    """Plot panel whose bar can lead to parts of the models' window."""

    def add_window_controls(self) -> None:
        """Add the marks' toggle and the list of places to the bar."""
        self.bar.add_toggle(
            "Lines",
            "mdi6.format-letter-starts-with",
            "Names of strong lines",
            self.plot.set_marks_shown,
            checked=True,
        )
        self.plot.set_marks_shown(True)
        self.bar.add_line()
        names = [(name, None) for name, _, _ in PLACES]
        self.places = self.bar.add_choice("Go to", "Go to a part of the window", names, self.go_to)
        self.places.setPlaceholderText("Go to…")
        self.plot.gesture_made.connect(lambda: self.places.setCurrentIndex(-1))

    def go_to(self, index: int) -> None:
        """Show one of `PLACES`, or everything where the curves do not reach there."""
        _, start, stop = PLACES[index]
        if stop > start and self.plot.covers(start, stop):
            self.plot.set_x_range(start, stop)
            self.plot.fit_y()
        else:
            self.plot.reset()
            index = 0
        self.places.setCurrentIndex(index)
