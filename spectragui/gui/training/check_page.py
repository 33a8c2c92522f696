"""Second page: what the data hold and what is wrong with them, before anything is trained."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from spectragui.core.errors import SpectraGUIError
from spectragui.core.wording import with_true_minus
from spectragui.gui.forms.running_job import RunningJob
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.theme.rich_text import RichCombo, without_tags
from spectragui.gui.training.plan_data import CheckedData, check_data
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.gui.training.trainings import trainings_folder
from spectragui.training.data_sets.data_set import SUFFIX
from spectragui.workers.tasks import Job

_TASK = "training data"
_N_BINS = 24
# Colours of the parts of the split.
_ROLES = (("training", "observed"), ("validation", "generated"), ("test", "residual"))


class CheckPage(QWidget):
    """Sentences and histograms of a data set.

    Parameters
    ----------
    session : Session

    Signals
    -------
    changed
        A check began or ended.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.check: CheckedData | None = None
        self._key: tuple[object, ...] = ()
        self._wanted: tuple[object, ...] = ()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("What was found in the data")
        self.job = RunningJob("Checking the data", lambda: session.tasks.cancel_key(_TASK), self)
        self.label = RichCombo()
        self.label.setAccessibleName("Label of the histogram")
        self.plot = HistogramPlot(session.theme)
        row = QHBoxLayout()
        self.title = QLabel("Histogram of")
        row.addWidget(self.title)
        row.addWidget(self.label)
        row.addStretch(1)
        self.key = QLabel()
        row.addWidget(self.key)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.job)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        layout.addWidget(self.plot, 1)
        self.label.currentIndexChanged.connect(self._draw)
        session.tasks.job_changed.connect(self._on_job_changed)

    def is_of(self, plan: TrainingPlan) -> bool:
        """Whether the check is of this plan's data."""
        return self.check is not None and self._key == (plan.name, plan.data_key)

    def begin(self, plan: TrainingPlan) -> None:
        """Check the data of a plan, unless that was done or is being done."""
        wanted = (plan.name, plan.data_key)
        if self.is_of(plan) or self._wanted == wanted:
            return
        self.check, self._wanted = None, wanted
        self.text.setPlainText("The data are being read …")
        self.label.clear()
        self.plot.show_label(None, "")
        self._show_histogram(False)
        output = trainings_folder() / f"{plan.name}{SUFFIX}"
        self._session.run(
            _TASK, check_data, plan, output, title=f"Checking the data of {plan.name}",
            on_done=self._on_checked, on_failed=self._on_failed, on_cancelled=self._on_cancelled,
        )  # fmt: skip
        self.changed.emit()

    def _show_histogram(self, is_shown: bool) -> None:
        for widget in (self.title, self.label, self.key, self.plot):
            widget.setVisible(is_shown)

    def stop(self) -> None:
        """Cancel a check that runs."""
        self._session.tasks.cancel_key(_TASK, overtaken=True)
        self._wanted = ()

    def _on_checked(self, check: CheckedData) -> None:
        self.check, self._key, self._wanted = check, self._wanted, ()
        self.text.setPlainText(with_true_minus("\n".join(check.lines)))
        self.label.clear()
        for column in check.columns:
            self.label.addItem(without_tags(column.symbol), column.name)
        self._show_histogram(bool(check.columns))
        self._draw()
        self.changed.emit()

    def _on_failed(self, error: BaseException) -> None:
        self._wanted = ()
        if isinstance(error, SpectraGUIError):
            self.text.setPlainText(with_control_names(str(error)))
        else:
            self._session.notifications.unexpected(error, "checking the training data")
            self.text.setPlainText("The check has failed.")
        self.changed.emit()

    def _on_cancelled(self) -> None:
        self._wanted = ()
        self.text.setPlainText("The check was cancelled. Next begins it again.")
        self.changed.emit()

    def _on_job_changed(self, job: Job) -> None:
        if job.key == _TASK:
            self.job.show_job(job if job.is_active else None)

    def _draw(self, _index: int = 0) -> None:
        colours = {part: self._session.theme.color(role).name() for part, role in _ROLES}
        squares = (f'<span style="color:{colour}">■</span> {part}' for part, colour in colours.items())
        self.key.setText("&nbsp;&nbsp;".join(squares) if self.check is not None else "")
        self.plot.show_label(self.check, self.label.currentData() or "")


class HistogramPlot(StyledPlot):
    """How many spectra have which value of a label, part by part, over the range of the base model."""

    def show_label(self, check: CheckedData | None, name: str) -> None:
        """Draw one label of a check; nothing without one."""
        for item in [
            one for one in self.getPlotItem().items if isinstance(one, (pg.BarGraphItem, pg.InfiniteLine))
        ]:
            self.removeItem(item)
        column = next((one for one in check.columns if one.name == name), None) if check is not None else None
        if check is None or column is None:
            self.set_axis_label("bottom", "")
            self.set_axis_label("left", "")
            return
        self.set_axis_label("bottom", f"{column.symbol} ({column.unit})" if column.unit else column.symbol)
        self.set_axis_label("left", "Number")
        known = np.isfinite(column.values)
        if not known.any():
            return
        edges = np.histogram_bin_edges(column.values[known], _N_BINS)
        bottom = np.zeros(len(edges) - 1)
        for part, role in _ROLES:
            counts = np.histogram(column.values[known & (check.parts == part)], edges)[0].astype(float)
            colour = QColor(self.theme.color(role))
            bars = pg.BarGraphItem(
                x0=edges[:-1], x1=edges[1:], y0=bottom, height=counts, brush=colour, pen=colour, name=part
            )
            self.addItem(bars)
            bottom = bottom + counts
        for end in column.ends:
            self.addItem(
                pg.InfiniteLine(
                    end,
                    angle=90,
                    pen=pg.mkPen(self.theme.color("caution"), style=pg.QtCore.Qt.PenStyle.DashLine),
                )
            )
        self.getViewBox().setRange(
            xRange=(float(edges[0]), float(edges[-1])), yRange=(0.0, float(bottom.max()) * 1.08)
        )
