"""The tasks that predict spectra: their key, and what stops them; written once."""

from __future__ import annotations

from collections.abc import Sequence

from spectragui.gui.session.session import Session
from spectragui.workers.tasks import Job

_KEY = "predict:"


def drop_prediction(session: Session, spectrum_ids: Sequence[str]) -> None:
    """Stop the predictions of spectra that were closed or changed; jobs that predict others go on."""
    for job in session.tasks.active_jobs:
        if job.key.startswith(_KEY) and set(_ids_of(job)) <= set(spectrum_ids):
            session.tasks.cancel_key(job.key)


def prediction_key(*spectrum_ids: str) -> str:
    """Return the key of the task that predicts spectra."""
    return _KEY + "|".join(spectrum_ids)


def is_prediction_of(job: Job, spectrum_id: str) -> bool:
    """Whether a job predicts a spectrum, alone or with others."""
    return job.key.startswith(_KEY) and spectrum_id in _ids_of(job)


def _ids_of(job: Job) -> list[str]:
    return job.key.removeprefix(_KEY).split("|")
