"""Predict a catalogue in the background: one job, which can be cancelled."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress
from spectragui.core.wording import counted
from spectragui.gui.photometry.catalogues import replace_catalogue
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.core.photometry import BandSet, PhotometricTable
    from spectragui.core.photometry_result import PhotometryResult
    from spectragui.gui.session.photometry_state import OpenCatalogue

_KEY = "photometry:"
PDF_TASK = "photometry-pdf"
Pdf = tuple[NDArray[np.float64], NDArray[np.float64]]


def predict_catalogue(session: Session) -> None:
    """Predict all objects of the shown catalogue."""
    state = session.state
    shown = state.catalogue
    if shown is None:
        return
    session.run(
        _KEY + shown.id,
        run_prediction,
        shown.table,
        state.photometry.model,
        state.settings.device,
        title=f"Predicting {shown.name}",
        pool="inference",
        on_done=functools.partial(_on_predicted, session, shown),
    )


@functools.lru_cache(maxsize=16)
def why_not(bands: BandSet) -> str:
    """Return why nothing can be predicted in some bands, in a sentence; empty = it can.

    Asked at every change of the state: the models are looked at once for a band set.
    """
    from spectragui.inference.photometry.photometry_model import why_no_model

    return why_no_model(bands)


def can_predict(state: AppState) -> bool:
    """Whether a catalogue is shown, and a model knows its bands."""
    return state.catalogue is not None and not why_not(state.catalogue.table.band_set)


def is_prediction_of(job: Job, catalogue_id: str) -> bool:
    """Whether a job predicts a catalogue."""
    return job.key == _KEY + catalogue_id


def cancel_prediction(session: Session) -> None:
    """Ask the job that predicts the shown catalogue to stop."""
    session.tasks.cancel_key(_KEY + session.state.catalogue_id)


def run_prediction(table: PhotometricTable, model: str, device: str, progress: Progress) -> PhotometryResult:
    """Predict in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the models")
    from spectragui.inference.photometry.predict_photometry import PhotometryOptions, predict_photometry

    return predict_photometry(table, PhotometryOptions(model=model, device=device), progress)


def find_pdf(result: PhotometryResult, row: int, progress: Progress) -> Pdf:
    """Return redshifts and the probability density of one object's in a worker: the network runs for it."""
    progress(0.0)
    return result.pdf(row)


def _on_predicted(session: Session, shown: OpenCatalogue, result: PhotometryResult) -> None:
    now = next((one for one in session.state.catalogues if one.id == shown.id), None)
    if now is None or now.table is not shown.table:  # closed or read otherwise meanwhile
        return
    replace_catalogue(session, now.replace(result=result), f"Predict {shown.name}")
    n_bad = int((result.columns["flag_bad"] != 0).sum())
    bad = f"; {n_bad:,} of them are not to be used" if n_bad else ""
    session.notifications.success(f"{shown.name}: {counted(len(shown.table), 'object')} predicted{bad}.")
