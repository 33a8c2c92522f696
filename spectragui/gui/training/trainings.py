"""The trainings of this user: where they lie, what runs, what was interrupted, what may be accepted."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.card_formats import NAME_RULE, is_allowed_name
from spectragui.core.errors import TrainingError
from spectragui.core.model_copy import import_model
from spectragui.core.model_folder import list_models, user_models_folder
from spectragui.core.progress import Progress, no_progress
from spectragui.gui.session.session import Session
from spectragui.gui.training.history_follower import HistoryFollower
from spectragui.gui.training.plan_config import config_text, separate_plans
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.training.child import PAUSE, RUN, STOP
from spectragui.training.data_sets.data_set import SUFFIX
from spectragui.workers.child_process import order, train_in_child
from spectragui.workers.tasks import Job

RUNNING, DONE, FAILED, CANCELLED, ACCEPTED = "running", "done", "failed", "cancelled", "accepted"
_STATE_SUFFIX = ".state.json"


def trainings_folder() -> Path:
    """Return where trainings lie: beside the user's models."""
    return user_models_folder().parent / "trainings"


@dataclasses.dataclass(frozen=True)
class Training:
    """One training, as its files say.

    Attributes
    ----------
    name : str
        Of the new model.
    base : str
        It was started from; empty = a new network.
    state : str
        "running" (also where its window was killed), "done", "failed", "cancelled" or "accepted".
    group : str
        Of trainings that were started together, to be compared in the end; empty = alone.
    """

    name: str
    base: str
    state: str
    group: str = ""

    @property
    def folder(self) -> Path:
        """Of the new model and its checkpoints."""
        return trainings_folder() / self.name

    @property
    def config(self) -> Path:
        """The configuration's file."""
        return trainings_folder() / f"{self.name}.toml"

    @property
    def data(self) -> Path:
        """The data set's file."""
        return trainings_folder() / f"{self.name}{SUFFIX}"

    def comparison(self) -> dict[str, Any]:
        """Return what the comparison with the base found; empty where there is none."""
        with contextlib.suppress(OSError, ValueError):
            content = json.loads((self.folder / "comparison.json").read_text(encoding="utf-8"))
            if isinstance(content, dict):
                return content
        return {}

    def history(self) -> list[dict[str, Any]]:
        """Return a row a validation: step, losses, learning rate, errors of the labels."""
        return HistoryFollower(self.folder).rows()


def list_trainings() -> list[Training]:
    """Return all trainings whose files are there, by name."""
    found = []
    for path in sorted(trainings_folder().glob(f"*{_STATE_SUFFIX}")):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            content = json.loads(path.read_text(encoding="utf-8"))
            name = path.name.removesuffix(_STATE_SUFFIX)
            if is_allowed_name(name) and (trainings_folder() / f"{name}.toml").is_file():
                texts = (str(content.get(key, "")) for key in ("base", "state", "group"))
                found.append(Training(name, *texts))
    return found


def together_with(training: Training) -> list[Training]:
    """Return the trainings that were started together with one, itself among them."""
    if not training.group:
        return [training]
    return [one for one in list_trainings() if one.group == training.group]


def free_name(base: str) -> str:
    """Return a name for a new model that no model and no training has."""
    number = 1
    while _is_taken(name := f"{base or 'my-model'}-tuned-{number}"):
        number += 1
    return name


def has_training(name: str) -> bool:
    """Whether there is a training of that name, whatever has become of it: its files are not written over."""
    return _state_path(name).exists()


def _is_taken(name: str) -> bool:
    return has_training(name) or any(entry.card.name == name for entry in list_models())


def check_name(name: str) -> None:
    """Raise where a new model may not be called so.

    Raises
    ------
    TrainingError
        If the name is no name, or taken.
    """
    if not is_allowed_name(name):
        raise TrainingError(f"The name {name!r} is not allowed.", NAME_RULE)
    if any(entry.card.name == name for entry in list_models()):
        raise TrainingError(f"There is a model {name} already.", "Choose another name.")
    if has_training(name):
        raise TrainingError(
            f"There is a training {name} already.", "Choose another name, or discard that training."
        )


def accept_training(training: Training, progress: Progress = no_progress) -> Path:
    """Copy a finished training among the user's models; return its place.

    Raises
    ------
    ModelError
        If it cannot be loaded, or its name is taken.
    """
    from spectragui.inference.sound_model import check_loads

    progress(0.1, "Checking the model")
    return import_model(training.folder, check_loads)


class Trainings(QObject):
    """Start trainings, one after the other, and know how they stand; one a session.

    Signals
    -------
    changed : str
        A training moved on or ended: its name.
    """

    changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.jobs: dict[str, Job] = {}
        self._told: dict[str, str] = {}
        session.tasks.job_changed.connect(self._on_job_changed)

    def start(self, plan: TrainingPlan) -> Training:
        """Train a plan whose data set lies there; where it is several trainings, one after the other.

        Returns
        -------
        Training
            The first one.
        """
        plans = separate_plans(plan)
        for one in plans:
            check_name(one.name)
        whole = Training(plan.name, plan.base, RUNNING).data
        group = plan.name if len(plans) > 1 else ""
        started = []
        for one in plans:
            training = Training(one.name, one.base, RUNNING, group)
            if training.data != whole and whole.is_file():
                shutil.copyfile(whole, training.data)
            started.append(self._start_one(one, training))
        if group:
            whole.unlink(missing_ok=True)
        return started[0]

    def _start_one(self, plan: TrainingPlan, training: Training) -> Training:
        shutil.rmtree(training.folder, ignore_errors=True)
        training.config.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(training.config, config_text(plan, trainings_folder()))
        self._run(training, resume=False)
        return training

    def resume(self, training: Training) -> None:
        """Go on with a training from its last checkpoint."""
        self._run(training, resume=True)

    def pause(self, training: Training, is_paused: bool) -> None:
        """Let a running training wait, or go on."""
        order(training.folder, PAUSE if is_paused else RUN)

    def stop(self, training: Training) -> None:
        """End a running training now, with the best weights so far."""
        order(training.folder, STOP)

    def cancel(self, training: Training) -> None:
        """End a running training; its checkpoints stay until it is discarded."""
        self._session.tasks.cancel_key(_key(training.name))

    def is_running(self, training: Training) -> bool:
        """Whether it runs, or waits for another one."""
        job = self.jobs.get(training.name)
        return job is not None and job.is_active

    def discard(self, training: Training) -> None:
        """Delete all files of a training; an accepted model is a copy, and stays."""
        self.cancel(training)
        shutil.rmtree(training.folder, ignore_errors=True)
        for path in (training.config, training.data, _state_path(training.name)):
            path.unlink(missing_ok=True)
        self.jobs.pop(training.name, None)
        self.changed.emit(training.name)

    def mark(self, training: Training, state: str) -> None:
        """Write how a training stands."""
        content = {"base": training.base, "state": state, "group": training.group}
        write_text_atomically(_state_path(training.name), json.dumps(content))
        self.changed.emit(training.name)

    def _run(self, training: Training, *, resume: bool) -> None:
        self.mark(training, RUNNING)
        self._session.run(
            _key(training.name),
            train_in_child,
            training.config,
            training.folder,
            resume,
            title=f"Training {training.name}",
            pool="training",
            on_done=_Ending(self, training).done,
            on_failed=_Ending(self, training).failed,
            on_cancelled=_Ending(self, training).cancelled,
        )

    def _on_job_changed(self, job: Job) -> None:
        name = job.key.removeprefix(_KEY)
        if name == job.key:
            return
        self.jobs[name] = job
        if self._told.get(name) != job.status:  # how far it is, whoever shows it looks at now and then
            self._told[name] = job.status
            self.changed.emit(name)

    def tell_done(self, training: Training) -> None:
        """Say that a training has ended well."""
        self.mark(training, DONE)
        self._session.notifications.info(
            f"The training of {training.name} is done.",
            hint="Compare and accept it: Spectrum > Train a model.",
        )

    def tell_failed(self, training: Training, error: BaseException) -> None:
        """Say why a training has ended."""
        self.mark(training, FAILED)
        if isinstance(error, TrainingError):
            self._session.notifications.failure(error)
        else:
            self._session.notifications.unexpected(error, f"training {training.name}")


@dataclasses.dataclass(frozen=True)
class _Ending:
    """What is done when a training ends, whether its dialog is there or not."""

    trainings: Trainings
    training: Training

    def done(self, _folder: object) -> None:
        self.trainings.tell_done(self.training)

    def failed(self, error: BaseException) -> None:
        self.trainings.tell_failed(self.training, error)

    def cancelled(self) -> None:
        self.trainings.mark(self.training, CANCELLED)


_KEY = "training:"


def _key(name: str) -> str:
    return f"{_KEY}{name}"


def _state_path(name: str) -> Path:
    return trainings_folder() / f"{name}{_STATE_SUFFIX}"


def trainings_of(session: Session) -> Trainings:
    """Return the one `Trainings` of a session."""
    found = session.findChild(Trainings)
    return found if found is not None else Trainings(session)


def offer_unfinished(session: Session) -> None:
    """Offer to go on with the trainings whose window was closed or killed, all in one message."""
    trainings = trainings_of(session)
    found = [one for one in list_trainings() if one.state == RUNNING and not trainings.is_running(one)]
    if not found:
        return

    def resume() -> None:
        for training in found:
            trainings.resume(training)

    names = ", ".join(training.name for training in found)
    is_one = len(found) == 1
    session.notifications.info(
        f"The training{'' if is_one else 's'} of {names} {'was' if is_one else 'were'} interrupted.",
        hint="It goes on from its last checkpoint."
        if is_one
        else "They go on one after the other, each from its last checkpoint.",
        button="Resume" if is_one else "Resume all",
        on_button=resume,
    )
