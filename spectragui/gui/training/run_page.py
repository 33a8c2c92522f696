"""Fourth page: how a training goes: losses, learning rate, errors of the labels; pause, stop, cancel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.labels import LABELS, true_minus
from spectragui.core.wording import estimate, with_true_minus
from spectragui.gui.plots.decimate import decimate
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.session.session import Session
from spectragui.gui.theme.rich_text import RichDelegate
from spectragui.gui.training.history_follower import HistoryFollower
from spectragui.gui.training.trainings import CANCELLED, FAILED, RUNNING, Training, Trainings, list_trainings
from spectragui.training.child import PAUSE, read_control

_LOOK_MS = 500
_BYTES_A_LOOK = 200_000  # some 1,000 validations: 15 ms
_COLUMN_PIXELS = 3.0  # that a drawn point of the losses stands for
_CUT = 5  # validations that are left out where the first ones hide the rest
_QUEUE_WORDS = {RUNNING: "interrupted"}
_STATES = {
    RUNNING: "Interrupted",
    FAILED: "Ended by an error: see Log",
    CANCELLED: "Cancelled",
}


class RunPage(QWidget):
    """Curves and buttons of one training.

    Parameters
    ----------
    session : Session
    trainings : Trainings

    Signals
    -------
    chosen : Training
        Another training was chosen to be shown.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, trainings: Trainings) -> None:
        super().__init__()
        self._trainings = trainings
        self.queue = QComboBox()
        self.queue.setAccessibleName("Trainings")
        self.queue.setToolTip("All trainings that are there; they run one after the other")
        self.queue.activated.connect(lambda index: self.chosen.emit(self.queue.itemData(index)))
        self.training: Training | None = None
        self._history = HistoryFollower(Path())
        self._rows: list[dict[str, Any]] | None = None  # that are shown
        self._is_cut = False
        self.bar, self.said, self.left = QProgressBar(), QLabel(), QLabel()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the training")
        self.left.setProperty("role", "secondary")
        self.plot = LossPlot(session)
        self.cut = QCheckBox("Leave out the first validations")
        self.cut.setToolTip("The first losses are large and hide how the later ones fall")
        self.errors = QTableWidget(0, 4)
        self.errors.setItemDelegateForColumn(0, RichDelegate(self.errors))
        self.errors.setAccessibleName("Errors on the validation stars")
        self.errors.setHorizontalHeaderLabels(["", "Mean |error|", "Bias", "Scatter"])
        self.errors.verticalHeader().hide()
        self.errors.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.errors.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.errors.setMaximumHeight(170)
        self.pause, self.stop = QPushButton("Pause"), QPushButton("Stop and keep the best")
        self.cancel, self.resume = QPushButton("Cancel"), QPushButton("Resume")
        self.pause.setCheckable(True)
        self._lay_out()
        self.pause.toggled.connect(self._on_pause_toggled)
        self.stop.clicked.connect(self._on_stop_clicked)
        self.cancel.clicked.connect(self._on_cancel_clicked)
        self.resume.clicked.connect(self._on_resume_clicked)
        self.cut.toggled.connect(lambda _on: self._follow())
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._follow)
        trainings.changed.connect(self._on_training_changed)

    def show_training(self, training: Training) -> None:
        """Show a training, and follow it."""
        self.training = training
        self._history, self._rows = HistoryFollower(training.folder, _BYTES_A_LOOK), None
        self.pause.blockSignals(True)
        self.pause.setChecked(read_control(training.folder) == PAUSE)
        self.pause.blockSignals(False)
        self._fill_queue()
        self._timer.start()
        self._follow()

    def _fill_queue(self) -> None:
        there = list_trainings()
        self.queue.clear()
        for number, one in enumerate(there):
            job = self._trainings.jobs.get(one.name)
            is_active = job is not None and job.is_active
            words = ("waits" if job and job.status == "waiting" else "runs") if is_active else one.state
            self.queue.addItem(f"{one.name} ({_QUEUE_WORDS.get(words, words)})", one)
            if self.training is not None and one.name == self.training.name:
                self.queue.setCurrentIndex(number)
        self.queue.setVisible(len(there) > 1)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.queue)
        layout.addWidget(self.said)
        layout.addWidget(self.bar)
        layout.addWidget(self.left)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.cut)
        layout.addWidget(self.errors)
        row = QHBoxLayout()
        for button in (self.pause, self.stop, self.cancel, self.resume):
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)

    def _follow(self) -> None:
        if self.training is None:
            return
        job = self._trainings.jobs.get(self.training.name)
        is_running = job is not None and job.is_active
        buttons = (self.pause, self.stop, self.cancel)
        had_focus = self.window().focusWidget() in (*buttons, self.resume)
        for button in buttons:
            button.setVisible(is_running)
        self.resume.setVisible(not is_running and self.training.state in _STATES)
        kept = [button for button in (*buttons, self.resume) if not button.isHidden()]
        if had_focus and kept and self.window().focusWidget() not in kept:
            kept[0].setFocus()  # Qt gives it to what comes next: Discard
        if job is not None and is_running:
            waits = job.status == "waiting"
            words = "Waits for another training" if waits else job.message or "Starting"
            words = "Paused" if self.pause.isChecked() and not waits else words
            self.said.setText(with_true_minus(f"{self.training.name}: {words}"))
            self.bar.setValue(round(1000 * job.fraction))
            seconds = job.remaining_s(time.monotonic())
            is_timed = seconds is not None and not self.pause.isChecked()
            minutes = estimate(max(seconds / 60.0, 0.1)) if is_timed and seconds is not None else ""
            self.left.setText(f"About {minutes} minutes left" if minutes else " ")
        else:
            self.said.setText(f"{self.training.name}: {_STATES.get(self.training.state, 'Done')}")
            self.left.setText(" ")
        rows = self._history.rows()
        if rows is self._rows and self.cut.isChecked() == self._is_cut:
            return  # a zoomed plot stays so, and nothing is drawn twice
        self._rows, self._is_cut = rows, self.cut.isChecked()
        self.plot.show_history(rows[_CUT:] if self._is_cut and len(rows) > _CUT + 1 else rows)
        self._show_errors(rows[-1].get("labels", {}) if rows else {})

    def _show_errors(self, errors: dict[str, Any]) -> None:
        known = {name: values for name, values in errors.items() if name in LABELS}
        self.errors.setRowCount(len(known))
        for row, (name, values) in enumerate(known.items()):
            label = LABELS[name]
            unit = f" {label.unit}" if label.unit not in ("", "dex") else ""
            decimals = label.decimals if label.unit == "K" else max(label.decimals, 2) + 1
            texts = [label.plain_symbol, *(true_minus(f"{value:.{decimals}f}") + unit for value in values)]
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.errors.setItem(row, column, item)

    def _on_training_changed(self, name: str) -> None:
        if self.training is None:
            return
        self._fill_queue()
        if name != self.training.name:
            return
        found = [one for one in list_trainings() if one.name == name]
        if found:
            self.training = found[0]
        self._follow()

    def _on_pause_toggled(self, is_paused: bool) -> None:
        if self.training is not None:
            self.pause.setText("Go on" if is_paused else "Pause")
            self._trainings.pause(self.training, is_paused)
            self._follow()

    def _on_stop_clicked(self) -> None:
        if self.training is not None:
            self._trainings.stop(self.training)

    def _on_cancel_clicked(self) -> None:
        if self.training is not None:
            self._trainings.cancel(self.training)

    def _on_resume_clicked(self) -> None:
        if self.training is not None:
            self._trainings.resume(self.training)
            self._follow()


class RateAxis(pg.AxisItem):
    """Axis of the learning rate's logarithm, with true minus signs."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Write the numbers of its ticks."""
        return [true_minus(text) for text in super().tickStrings(values, scale, spacing)]


class LossPlot(StyledPlot):
    """Loss of the batches and of the validation stars against the batch, the learning rate beside them.

    The losses are logarithms of a likelihood and may be negative: they are drawn as they are; the
    learning rate, always positive, is drawn over decades on its own axis.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._rate_box = pg.ViewBox(enableMenu=False)
        super().__init__(session.theme)
        self.setAccessibleName("Losses")
        self.set_axis_label("bottom", "Batch")
        self.set_axis_label("left", "Loss")
        item = self.getPlotItem()
        self._right = RateAxis("right")
        self._right.setStyle(maxTickLevel=0)
        item.layout.removeItem(item.getAxis("right"))
        item.axes["right"]["item"] = self._right
        item.layout.addItem(self._right, 2, 2)
        self._right.setZValue(-1000)
        self.scene().addItem(self._rate_box)
        self._right.linkToView(self._rate_box)
        self._rate_box.setXLink(self.getViewBox())
        self._right.setLabel("lg learning rate")
        self.getViewBox().sigResized.connect(self._fit_rate_box)
        self._words = {role: pg.TextItem(anchor=(0, 0)) for role in ("observed", "generated", "residual")}
        texts = {"observed": "training", "generated": "validation", "residual": "lg learning rate (right)"}
        for number, (role, text) in enumerate(self._words.items()):
            curve = pg.PlotCurveItem(antialias=True)
            self._curves[role] = curve
            (self._rate_box if role == "residual" else self).addItem(curve)
            text.setText(texts[role])
            text.setParentItem(self.getViewBox())
            text.setPos(10 + 130 * number, 4)
        self.apply_theme()

    def show_history(self, rows: list[dict[str, Any]]) -> None:
        """Draw the validations of a training."""
        steps = np.array([row["step"] for row in rows], dtype=float)
        losses = []
        for role, name in (
            ("observed", "loss"),
            ("generated", "validation_loss"),
            ("residual", "learning_rate"),
        ):
            values = np.array([row.get(name, np.nan) for row in rows], dtype=float)
            if role == "residual":
                with np.errstate(divide="ignore", invalid="ignore"):
                    values = np.log10(values)
            good = np.isfinite(values)
            self._curves[role].setData(*self._drawn(steps[good], values[good]))
            if role != "residual":
                losses.append(values[good])
        if len(rows) >= 2:
            self._show_whole(steps, np.concatenate(losses))

    def _show_whole(self, steps: np.ndarray, losses: np.ndarray) -> None:
        rate = self._curves["residual"].getData()[1]
        if len(losses):
            margin = 0.08 * max(float(np.ptp(losses)), 1e-3)
            self.getViewBox().setRange(
                xRange=(float(steps[0]), float(steps[-1])),
                yRange=(float(losses.min()) - margin, float(losses.max()) + 3.0 * margin),
                padding=0.0,
            )
        if rate is not None and len(rate):
            margin = 0.1 * max(float(np.ptp(rate)), 0.2)
            self._rate_box.setRange(
                yRange=(float(rate.min()) - margin, float(rate.max()) + 3.0 * margin), padding=0
            )
        self._fit_rate_box()

    def _drawn(self, steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is drawn of a curve: of thousands of validations the extremes a column of pixels."""
        columns = max(int(self.getViewBox().width() / _COLUMN_PIXELS), 50)
        if len(steps) < 2 or (np.diff(steps) < 0).any():  # a second member begins anew
            return steps, values
        return decimate(steps, values, values, float(steps[0]), float(steps[-1]), columns).polyline()

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        for role, curve in self._curves.items():
            curve.setPen(pg.mkPen(self.theme.color(role), width=1.5))
            self._words[role].setColor(self.theme.color(role))
        if self._curves:
            self._right.setPen(pg.mkPen(self.theme.color("secondary")))
            self._right.setTextPen(pg.mkPen(self.theme.color("secondary")))

    def _fit_rate_box(self, *_: object) -> None:
        self._rate_box.setGeometry(self.getViewBox().sceneBoundingRect())
        self._rate_box.linkedViewChanged(self.getViewBox(), self._rate_box.XAxis)
