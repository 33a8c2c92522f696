"""Why a network gives the labels it gives: gradients under the residual, the lines that decide named."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.progress import Progress
from spectragui.core.wording import with_true_minus
from spectragui.gui.parameters.predicting import shown_result
from spectragui.gui.session.session import Session
from spectragui.inference.prediction import Comparison, Prediction

if TYPE_CHECKING:
    from spectragui.gui.plots.comparison_plot import ComparisonPlot
    from spectragui.gui.plots.plot_bar import PlotBar
    from spectragui.inference.parameters.why import Why

WHY_TASK = "why"
TIP = "Show under the residual what the network reads a label from, with the lines that decide named"


class Reasons(QObject):
    """The menu "Why" of the Parameters tab and what it shows; it lives as long as the plot.

    Parameters
    ----------
    session : Session
    plot : ComparisonPlot
    bar : PlotBar
        Gets the menu.
    before : callable
        Called when something is going to be shown: what else uses the same place gives way.
    """

    def __init__(
        self, session: Session, plot: ComparisonPlot, bar: PlotBar, before: Callable[[], None]
    ) -> None:
        super().__init__(plot)
        self._session, self._plot, self._before = session, plot, before
        self._found: tuple[Comparison, Why] | None = None
        self.label = ""  # that is explained; empty = none
        self._offered: tuple[str, ...] = PARAMETER_LABELS
        self.button = bar.add_menu("Why", "mdi6.help-circle-outline", TIP, self._fill)

    def leave(self) -> None:
        """Explain nothing more; what is drawn stays for whoever draws next."""
        self.label = ""
        self.button.setToolTip(TIP)
        self._session.tasks.cancel_key(WHY_TASK)

    def choose(self, label: str) -> None:
        """Explain a label of what is shown; empty = none."""
        self.label = label
        self.show()

    def show(self) -> None:
        """Explain the chosen label of what is shown, in the background."""
        comparison, result = self._plot.comparison, shown_result(self._session.state)
        self._before()
        if not self.label or comparison is None or result is None:
            self._session.tasks.cancel_key(WHY_TASK)
            self._plot.set_sensitivity(None)
            return
        if self._found is not None and self._found[0] is comparison:
            self._draw(comparison, self._found[1])
            return
        self._session.run(
            WHY_TASK,
            explain,
            result.prediction,
            self._session.state.settings.device,
            title="What the network reads the labels from",
            on_done=functools.partial(self._keep, comparison),
        )

    def offer(self, prediction: Prediction | None) -> None:
        """Offer only the labels that the network gave."""
        network = None if prediction is None else prediction.network
        self._offered = tuple(n for n in PARAMETER_LABELS if network is None or n in network)
        if self.label not in self._offered:
            self.label = ""

    def _fill(self, menu: QMenu) -> None:
        for name in ("", *self._offered):
            words = f"Why {LABELS[name].plain_symbol}" if name else "Nothing"
            action = menu.addAction(words, functools.partial(self.choose, name))
            action.setCheckable(True)
            action.setChecked(name == self.label)

    def _keep(self, comparison: Comparison, why: Any) -> None:
        self._found = (comparison, why)
        if comparison is self._plot.comparison and self.label:
            self._draw(comparison, why)

    def _draw(self, comparison: Comparison, why: Why) -> None:
        label = LABELS[self.label]
        gradient = np.interp(comparison.wavelength_aa, why.wavelength_aa, why.gradients[self.label])
        lines = why.lines[self.label]
        self._plot.set_sensitivity(
            np.where(np.isfinite(comparison.observed), gradient, np.nan),
            f"Δ{label.plain_symbol}{f' ({label.unit})' if label.unit else ''}, +1 % flux",
            f"Δ{label.plain_symbol}",
            [(line.wavelength_aa, line.name) for line in lines],
        )
        strongest = ", ".join(f"{line.name} ({line.change:+.2g} {label.unit})" for line in lines[:5])
        self.button.setToolTip(
            f"What {why.model} reads {label.plain_symbol} from. A tenth deeper, these would change it most: "
            f"{with_true_minus(strongest)}."
        )


def explain(prediction: Prediction, device: str, progress: Progress) -> Why:
    """Explain a prediction in a worker; torch is imported there."""
    from spectragui.inference.parameters.why import explain_prediction
    from spectragui.networks.device import choose_device

    return explain_prediction(prediction, choose_device(device).name, progress)
