"""Robustness of this result: labels against S/N, R, continuum and velocity, in one figure."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.labels import LABELS, MAIN_LABELS, format_with_error
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.core.wording import with_true_minus
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.theme.theme import Theme
from spectragui.inference.prediction import PredictOptions
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.gui.plots.styled_plot import StyledPlot
    from spectragui.inference.parameters.robustness import Robustness, Trial

TASK = "robustness"
SHOWN = (*MAIN_LABELS, "vsini")
FORMATS = "Figure (*.png);;Figure (*.pdf);;Figure (*.svg);;Table (*.ecsv);;Table (*.csv);;Table (*.fits)"
AXIS_WORDS = {"resolving_power": "R / 1000", "continuum": "Continuum, by its number"}


class RobustnessDialog(QDialog):
    """Runs the trials of one spectrum in the background and draws them.

    Parameters
    ----------
    session : Session
    item : OpenSpectrum
    options : PredictOptions
        As for its prediction.
    parent : QWidget
    """

    def __init__(
        self, session: Session, item: OpenSpectrum, options: PredictOptions, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Robustness of {item.name}")
        self.resize(980, 620)
        self._session, self._name = session, item.name
        self.found: Robustness | None = None
        self.plots: dict[tuple[str, str], StyledPlot] = {}
        self._said = QLabel(
            "Predicted again with more noise, less resolution, other continua, other velocities."
        )
        self._said.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._said.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the trials")
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._said)
        layout.addWidget(self._bar)
        self._place = QWidget()
        self._place.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._place, 1)
        layout.addWidget(self._buttons())
        session.tasks.job_changed.connect(self._on_job_changed)
        self.finished.connect(lambda _: session.tasks.cancel_key(TASK))
        session.run(
            TASK,
            run_trials,
            item.spectrum,
            options,
            title=f"Robustness of {item.name}",
            pool="inference",
            on_done=self.show_trials,
            on_failed=self._on_failed,
            on_cancelled=self._on_cancelled,
        )

    def show_trials(self, found: Robustness) -> None:
        """Draw the trials: a row a label, a column for what was changed."""
        from spectragui.inference.parameters.robustness import KNOBS

        self.found = found
        self._bar.hide()
        self._export.setEnabled(True)
        names = [name for name in SHOWN if name in found.labels]
        for row, name in enumerate(names):
            for column, (knob, title) in enumerate(KNOBS.items()):
                plot = trial_plot(self._session.theme, found, knob, name)
                if row == len(names) - 1:
                    plot.set_axis_label("bottom", AXIS_WORDS.get(knob, title))
                if column:
                    plot.set_axis_label("left", "")
                self.plots[name, knob] = plot
                self._grid.addWidget(plot, row, column)
            # A wrong velocity spoils labels by far more than the rest: on a scale of its own.
            self._share_scale([self.plots[name, knob] for knob in KNOBS if knob != "velocity"])
        self._say(summary(found))

    def _share_scale(self, plots: list[StyledPlot]) -> None:
        ranges = np.array([plot.viewRange()[1] for plot in plots])
        for plot in plots:
            plot.setYRange(float(ranges[:, 0].min()), float(ranges[:, 1].max()), padding=0)

    def save(self, path: Path) -> None:
        """Write the trials as a figure or a table in the background."""
        assert self.found is not None
        self._session.run(
            f"save:{path}",
            write_trials,
            self.found,
            path,
            title=f"Saving {path.name}",
            on_done=functools.partial(self._on_saved, path),
        )

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._export = QPushButton("Export…")
        self._export.setToolTip("Save these plots as a figure, or the numbers as a table")
        self._export.setEnabled(False)
        self._export.setAutoDefault(False)
        self._export.clicked.connect(self._on_export_clicked)
        box.addButton(self._export, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.close)
        return box

    def _on_export_clicked(self) -> None:
        folder = self._session.state.settings.export_folder
        first = str(Path(folder, f"{self._name} robustness.png".replace("/", "-")))
        name, _ = QFileDialog.getSaveFileName(self, "Export robustness", first, FORMATS)
        if name:
            self.save(Path(name))

    def _on_saved(self, path: Path, _nothing: object) -> None:
        self._session.notifications.success(f"Saved {path.name}.")

    def _on_job_changed(self, job: Job) -> None:
        if job.key == TASK and job.is_active:
            self._bar.setValue(round(1000 * job.fraction))
            if job.message:
                self._say(with_true_minus(f"{job.message} …"))

    def _on_cancelled(self) -> None:
        self._say("Stopped.")

    def _on_failed(self, error: BaseException) -> None:
        self._bar.hide()
        self._say(str(error))

    def _say(self, text: str) -> None:
        self._said.setText(text)


def show_robustness(session: Session, options: PredictOptions, parent: QWidget) -> RobustnessDialog | None:
    """Try the selected spectrum; returns the dialog, None where nothing is selected."""
    item = session.state.selected
    if item is None:
        return None
    dialog = RobustnessDialog(session, item, options, parent)
    dialog.open()
    return dialog


def run_trials(spectrum: AnySpectrum, options: PredictOptions, progress: Progress) -> Robustness:
    """Run the trials in a worker; torch is imported there."""
    from spectragui.inference.parameters.robustness import measure_robustness

    return measure_robustness(spectrum, options, progress)


def write_trials(found: Robustness, path: Path, progress: Progress) -> None:
    """Write trials in a worker."""
    from spectragui.inference.parameters.robustness_output import write_robustness

    progress(0.0, path.name)
    write_robustness(found, path)


def summary(found: Robustness) -> str:
    """Return the result and by how much it moves, in a sentence or two."""
    from spectragui.inference.parameters.robustness import KNOBS

    labels = found.labels
    told = ", ".join(
        f"{LABELS[n].plain_symbol} "
        + format_with_error(labels[n], labels.error(n), decimals=LABELS[n].decimals)
        for n in MAIN_LABELS
        if n in labels
    )
    name = MAIN_LABELS[0] if MAIN_LABELS[0] in labels else next(iter(labels.values))
    label = LABELS[name]
    moves = ", ".join(
        f"{title.split(' (')[0]} {found.spread(knob, name):.{label.decimals}f}"
        for knob, title in KNOBS.items()
        if np.isfinite(found.spread(knob, name))
    )
    continua = ", ".join(f"{n} {trial.name}" for n, trial in enumerate(found.of("continuum")))
    return (
        f"By the network of {found.model}: {told}. Largest change of {label.plain_symbol} [{label.unit}] "
        f"with {moves}. Band: the result and its error; open: do not use. Continua: {continua}."
    )


def trial_plot(theme: Theme, found: Robustness, knob: str, name: str) -> StyledPlot:
    """Return a small plot of one label against what was changed."""
    from spectragui.gui.plots.styled_plot import StyledPlot

    label = LABELS[name]
    plot = StyledPlot(theme)
    plot.setMinimumSize(120, 80)
    plot.setMouseEnabled(x=False, y=False)
    unit = f" ({label.unit})" if label.unit else ""
    plot.set_axis_label("left", f"{label.plain_symbol}{unit}", label.plain_symbol)
    plot.setAccessibleName(f"{label.plain_symbol} against {knob.replace('_', ' ')}")
    value, error = found.labels[name], found.labels.error(name)
    if np.isfinite(error):
        band = pg.LinearRegionItem(
            (value - error, value + error), "horizontal", theme.color("band"), movable=False
        )
        band.setZValue(-10)
        for line in band.lines:
            line.setPen(None)
        plot.addItem(band)
    plot.addItem(pg.InfiniteLine(value, 0, theme.color("residual")))
    trials = [trial for trial in found.of(knob) if trial.labels is not None and name in trial.labels]
    _draw_trials(plot, theme, knob, name, trials, error)
    return plot


def _draw_trials(
    plot: StyledPlot, theme: Theme, knob: str, name: str, trials: list[Trial], error: float
) -> None:
    if not trials:
        return
    is_named = knob == "continuum"
    unit = 1000.0 if knob == "resolving_power" else 1.0
    x = np.array(
        [place if is_named else trial.value / unit for place, trial in enumerate(trials)], dtype=float
    )
    y = np.array([trial.labels[name] for trial in trials if trial.labels is not None])
    sigma = np.nan_to_num([trial.labels.error(name) for trial in trials if trial.labels is not None])
    colour = theme.color("generated")
    plot.addItem(pg.ErrorBarItem(x=x, y=y, height=2 * sigma, pen=colour))
    brushes: list[Any] = [theme.color("surface") if trial.is_flagged else colour for trial in trials]
    tips = [f"{trial.name}: {y[n]:.{LABELS[name].decimals}f}" for n, trial in enumerate(trials)]
    plot.addItem(
        pg.ScatterPlotItem(
            x, y, size=7, pen=colour, brush=brushes, data=tips, hoverable=True, tip=lambda x, y, data: data
        )
    )
    margin = 0.08 * (float(np.ptp(x)) or 1.0)
    plot.setXRange(float(x.min()) - margin, float(x.max()) + margin, padding=0)
    reach = max(float(np.max(np.abs(y - y[len(y) // 2]) + sigma)), error if np.isfinite(error) else 0.0, 1e-6)
    middle = float(np.median(y))
    plot.setYRange(middle - 1.15 * reach, middle + 1.15 * reach, padding=0)
