"""`PlotPanel`: a centre tab with a plot, the bar above it, and what stands there while it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout

from spectragui.gui.panel import Panel
from spectragui.gui.session.session import Session

if TYPE_CHECKING:
    from spectragui.gui.plots.browsing_plot import BrowsingPlot


LOGARITHMIC = "logarithmic"  # in the preferences: flux is drawn by its logarithm, in every plot of it
Y_FOLLOWS = "y_follows"  # in the preferences: y limits are chosen whenever x has moved


class PlotPanel(Panel):
    """Plot under a bar of controls; overridden by the panels that fill them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.plots.empty_place import EmptyPlace
        from spectragui.gui.plots.plot_bar import PlotBar

        self.plot: Any = self.make_plot()
        self._y_follows = False
        self.empty = EmptyPlace()
        self.bar = PlotBar(session.theme)
        self._pages = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        self.caution = QLabel()
        self.caution.setProperty("role", "remark")
        self.caution.setWordWrap(True)
        self.caution.hide()
        layout.addWidget(self.caution)
        layout.addLayout(self._pages, 1)
        self._pages.addWidget(self.empty)  # now: the first page is shown, alone it would be a window
        self._pages.addWidget(self.plot)
        self._add_moves()
        self.show_plot(False)
        self.plot.cursor_moved.connect(session.pointer_moved)
        self.plot.history.changed.connect(self._on_history_changed)
        self._on_history_changed()

    def make_plot(self) -> BrowsingPlot:
        """Return the panel's plot."""
        raise NotImplementedError

    def show_plot(self, shown: bool) -> None:
        """Show the plot, or what belongs in its place."""
        self._pages.setCurrentWidget(self.plot if shown else self.empty)
        self.bar.setVisible(shown)
        if not shown:
            self.plot.forget()

    def say(self, caution: str) -> None:
        """Say above the plot what has to be known to read it; empty = nothing."""
        self.caution.setText(caution)
        self.caution.setVisible(bool(caution))

    def reset(self) -> None:
        """Show everything."""
        self.plot.reset()

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        self.plot.fit_y()

    def zoom(self, factor: float) -> None:
        """Zoom in x about the cursor: below 1 = in."""
        self.plot.zoom(factor)

    def step(self, direction: int) -> None:
        """Go to the next or previous order, or half a view on or back."""
        self.plot.step(direction)

    def go_to_place(self) -> None:
        """Ask for a wavelength or a line, and go there."""
        from spectragui.gui.plots.go_to import ask_and_go

        ask_and_go(self.plot, self.window())

    def set_limits(self) -> None:
        """Ask for the limits of the view."""
        from spectragui.gui.plots.limits_dialog import ask_and_set_limits

        ask_and_set_limits(self.plot, self.window())

    def catch_up(self) -> None:
        """Show the present state, and let y follow x where that is wanted."""
        super().catch_up()
        follows = Y_FOLLOWS in self.session.state.settings.view_shows
        if follows != self._y_follows:
            self._y_follows = follows
            self.plot.set_y_follows(follows)
        self.plot.set_logarithmic(LOGARITHMIC in self.session.state.settings.view_shows)

    def back(self) -> None:
        """Return to the view before this one."""
        self.plot.history.back()

    def forward(self) -> None:
        """Return to the view that was left by going back."""
        self.plot.history.forward()

    def _add_moves(self) -> None:
        bar = self.bar
        self._back = bar.add_button(
            "Back", "mdi6.arrow-left", "The view before this one (Alt+Left)", self.back, shows_text=False
        )
        self._forward = bar.add_button(
            "Forward",
            "mdi6.arrow-right",
            "The view that was left (Alt+Right)",
            self.forward,
            shows_text=False,
        )
        bar.add_button("Show all", "mdi6.arrow-expand-all", "Everything (R, or double click)", self.reset)
        bar.add_line()

    def _on_history_changed(self) -> None:
        self._back.setEnabled(self.plot.history.can_go_back)
        self._forward.setEnabled(self.plot.history.can_go_forward)
