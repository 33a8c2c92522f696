"""Controls of Pipeline and Orders: the chain, what becomes of it, and the form of the chosen stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.wording import as_shown
from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.pipeline import edits, keep
from spectragui.gui.pipeline.panel import shows_other
from spectragui.gui.pipeline.runner import CHAIN_TASK, can_run_again, chain_runner
from spectragui.gui.pipeline.shown import (
    ORDERS,
    TABS,
    has_orders_selected,
    is_failure_valid,
    shown_chain,
    shown_result,
    shown_run,
    shown_step,
)
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.theme.icons import icon
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.preprocessing.stage import Stage

LEAST_WIDTH = 318  # as of the other dock on the right
CHAINS_TIP = "Chains that come with the program; choosing one takes the place of this one"
SETTLE_MS = 100  # without a run: the progress goes
PATIENCE_MS = 400  # a run that takes longer shows its progress


@register_panel(
    "Pipeline controls",
    area="right",
    icon="mdi6.tune",
    title=lambda _state: "Stages",
    is_available=lambda s: bool(s.spectra),
    for_tab=TABS,
)
class PipelineControlsPanel(Panel):
    """Chain, Keep as new spectrum, and the card of the chosen stage."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.form: Any = None
        self._form_key: tuple[int, type] | None = None
        self._gesture_before: tuple[str, Stage] | None = None
        self._build_chain_row()
        self._build_action()
        self._build_card()
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (self._chain_row, self._action, self.card, self.notes, self.stitch):
            layout.addWidget(part)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(LEAST_WIDTH)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._show_running(True))
        self._settled = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settled.timeout.connect(lambda: self._show_running(False))
        session.tasks.job_changed.connect(self._on_job_changed)
        self.repaint_theme()

    def _build_chain_row(self) -> None:
        self.chains = QComboBox()
        self.chains.setAccessibleName("Chain")
        self.chains.setToolTip(CHAINS_TIP)
        self.chains.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chains.setMinimumContentsLength(12)
        self.chains.setPlaceholderText("Choose a chain…")
        self.chains.activated.connect(self._on_chain_chosen)
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setToolTip("Open, save, copy or export")
        self.more.setAccessibleName("More about the chain")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        for text, function in (
            ("Open chain…", lambda: keep.ask_and_open_chain(self.session, self)),
            ("Save chain…", lambda: keep.ask_and_save_chain(self.session, self)),
            ("Use for all open spectra", lambda: edits.use_for_all(self.session)),
            ("Copy as command line", lambda: keep.copy_command(self.session, self)),
            ("Export processed spectrum…", lambda: keep.ask_and_export_result(self.session, self)),
        ):
            menu.addAction(text).triggered.connect(lambda _checked=False, function=function: function())
        give_menu(self.more, menu)
        self._chain_row = QWidget()
        row = QHBoxLayout(self._chain_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.chains, 1)
        row.addWidget(self.more)

    def _build_action(self) -> None:
        from spectragui.gui.forms.elided_label import ElidedLabel

        self.keep_button = QPushButton("Keep as new spectrum")
        self.keep_button.setProperty("primary", "true")
        self.keep_button.setToolTip("Put the result into the tree; the spectrum itself stays as it is")
        self.keep_button.clicked.connect(lambda: keep.keep_result(self.session))
        self.progress_bar, self.progress_text = QProgressBar(), ElidedLabel()
        self.progress_bar.setTextVisible(False)
        self.progress_bar.setRange(0, 1000)
        self.progress_bar.setAccessibleName("Progress of the chain")
        self.progress_text.setProperty("role", "secondary")
        stop = QPushButton("Stop")
        stop.clicked.connect(lambda: chain_runner(self.session).stop())
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self.progress_text)
        texts.addWidget(self.progress_bar)
        row.addLayout(texts, 1)
        row.addWidget(stop)
        self._running.hide()
        self._action = QWidget()
        column = QVBoxLayout(self._action)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.keep_button)
        column.addWidget(self._running)

    def _build_card(self) -> None:
        self.card = QFrame()
        self.card.setProperty("card", "true")
        self.title, self.help = QLabel(), _wrapped("secondary")
        self.title.setProperty("role", "value")
        self.error = _wrapped("bad")
        self.again = QPushButton("Run again")
        self.again.clicked.connect(lambda: chain_runner(self.session).run_again())
        self._form_place = QVBoxLayout()
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        for part in (self.title, self.help):
            layout.addWidget(part)
        layout.addLayout(self._form_place)
        layout.addWidget(self.error)  # below the form: a slider that is dragged stays under the mouse
        layout.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.notes = _wrapped("secondary")
        self.stitch = QPushButton("Stitch orders")
        self.stitch.setToolTip("Give the spectrum a chain that stitches its orders")
        self.stitch.clicked.connect(lambda: edits.add_stitching(self.session))
        self.stitch.hide()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the chain, the chosen step and the newest run."""
        if not shows_other(old, new):
            return
        self._show_chain(new)
        self._show_stage(new)
        self.keep_button.setEnabled(keep.finished_output(new) is not None)

    def repaint_theme(self) -> None:
        """Take colours from the theme again."""
        self.more.setIcon(icon("mdi6.dots-vertical", self.session.theme))

    def _show_chain(self, state: AppState) -> None:
        chain = shown_chain(state)
        if self.chains.count() == 0:
            for name, preset in keep.presets():
                self.chains.addItem(preset.title, name)
                self.chains.setItemData(self.chains.count() - 1, preset.text, Qt.ItemDataRole.ToolTipRole)
        while self.chains.count() > len(keep.presets()):
            self.chains.removeItem(self.chains.count() - 1)
        name = keep.preset_of(chain) if chain is not None else ""
        if chain is not None and not name:
            titles = [preset.title for _, preset in keep.presets()]
            changed = " (changed)" if chain.title in titles else ""
            self.chains.addItem(chain.title + changed, "")
        self.chains.setCurrentIndex(-1 if chain is None else self.chains.findData(name))
        self.chains.setToolTip((f"{chain.text}\n" if chain is not None and name else "") + CHAINS_TIP)
        self._action.setVisible(chain is not None)

    def _show_stage(self, state: AppState) -> None:
        chain, step = shown_chain(state), shown_step(state)
        has_stage = chain is not None and 0 <= step < len(chain)
        self.card.setVisible(has_stage)
        self.notes.setVisible(False)
        self.stitch.hide()
        if not has_stage or chain is None:
            self._set_form(None, None)
            self._say_without_stage(state)
            return
        stage, step_id = chain.steps[step].stage, chain.steps[step].id
        self.title.setText(stage.title)
        self.help.setText(stage.help)
        self._set_form(step_id, stage)
        run = shown_run(state)
        failed = run is not None and is_failure_valid(chain, run) and len(run.results) == step
        self.error.setText(str(run.error) if failed and run is not None else "")
        self.error.setVisible(failed)
        self.again.setVisible(failed and can_run_again(run))
        result = shown_result(state)
        said = "\n".join(result.notes) if result is not None and not failed else ""
        self.notes.setText(as_shown(said))
        self.notes.setVisible(bool(self.notes.text()))

    def _say_without_stage(self, state: AppState) -> None:
        if state.active_panel == ORDERS and has_orders_selected(state):
            self.stitch.show()
            self.notes.setText("The orders are not stitched yet.")
            self.notes.setVisible(True)

    def _set_form(self, step_id: int | None, stage: Stage | None) -> None:
        """Show the form of a stage, the same widgets where the stage has only other values."""
        from spectragui.gui.forms.parameter_form import ParameterForm

        key = None if step_id is None or stage is None else (step_id, type(stage))
        if key == self._form_key:
            if stage is not None and self.form.values != stage:
                self.form.set_values(stage)
            return
        self._form_key = key
        if self.form is not None:
            self._form_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if stage is not None:
            self.form = ParameterForm(stage, is_narrow=True)
            self.form.edited.connect(self._on_edited)
            self._form_place.addWidget(self.form)

    def _on_edited(self, name: str, stage: Stage) -> None:
        from spectragui.core.parameters import parameter_infos

        session = self.session
        chain, step = shown_chain(session.state), shown_step(session.state)
        if chain is None or step < 0:
            return
        gesture = f"stage {chain.steps[step].id} {name} {id(self.form)} {self.form.gesture}"
        if self._gesture_before is None or self._gesture_before[0] != gesture:
            self._gesture_before = (gesture, chain.steps[step].stage)
        if stage == self._gesture_before[1]:  # Esc, or dragged back: as if it had not been
            session.revert(gesture)
            self._gesture_before = None
        label = parameter_infos(stage)[name].label or name
        edits.change_stage(session, step, stage, label.lower(), gesture)

    def _on_chain_chosen(self, index: int) -> None:
        name = self.chains.itemData(index)
        if name:
            edits.use_preset(self.session, name)

    def _show_running(self, is_running: bool) -> None:
        """Show progress in the place of the button, so that nothing below it moves."""
        if is_running and self.keep_button.isVisible():
            self._running.setFixedHeight(self.keep_button.height())
        self._running.setVisible(is_running)
        self.keep_button.setVisible(not is_running)

    def _on_job_changed(self, job: Job) -> None:
        if job.key != CHAIN_TASK:
            return
        if not job.is_active:
            if not any(other.key == CHAIN_TASK for other in self.session.tasks.active_jobs):
                self._patience.stop()
                self._settled.start()  # the next run of a moving slider may follow at once
            return
        self._settled.stop()
        self.progress_bar.setValue(round(1000 * job.fraction))
        self.progress_text.set_full_text(f"{job.message or 'Waiting'} …")
        if self._running.isHidden() and not self._patience.isActive():
            self._patience.start()


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
