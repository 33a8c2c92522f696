"""*Fit from here*: labels by least squares on the noisy flux, from where the denoised spectrum is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from spectragui.analysis.exposure_forecast import exposures_for_error
from spectragui.core.labels import LABELS, format_with_error
from spectragui.core.progress import Progress
from spectragui.core.wording import counted
from spectragui.gui.denoise.between_exposures import exposures_of
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.inference.denoise.denoising_result import Denoised
    from spectragui.inference.denoise.fit_from_denoised import FitFromDenoised

FIT_TASK = "denoise-fit"


def fit_from_here(session: Session) -> None:
    """Fit labels to the noisy flux behind the selected denoised spectrum, in the background."""
    denoising = session.state.denoising(session.state.selected_id)
    if denoising is not None:
        session.run(
            FIT_TASK,
            run_fit,
            denoising.denoised,
            title="Fitting labels from the denoised spectrum",
            pool="inference",
            on_done=functools.partial(_on_fitted, session, denoising.denoised),
        )


def run_fit(denoised: Denoised, progress: Progress) -> FitFromDenoised:
    """Fit in a worker."""
    from spectragui.inference.denoise.fit_from_denoised import fit_from_denoised

    return fit_from_denoised(denoised, None, progress)


def fit_lines(found: FitFromDenoised) -> list[str]:
    """Return the labels of a fit with their errors, and what is to be said of them."""
    fit = found.fit
    lines = []
    for name, value in fit.labels.values.items():
        label = LABELS[name]
        text = format_with_error(value, fit.labels.errors.get(name), decimals=label.decimals)
        held = "" if name in fit.names else " (held)"
        lines.append(f"{label.plain_symbol} {text} {label.unit}".strip() + held)
    said = dict.fromkeys((*fit.verdict.reasons, *fit.messages))
    return [*lines, found.words, " ".join([f"{fit.verdict.sentence}.".replace("..", "."), *said])]


def error_forecast_words(state: AppState) -> str:
    """Return how many more exposures the wanted error of a label needs, in words."""
    items = exposures_of(state)
    if not items or state.night is None:
        return ""
    name, wanted = state.denoise.wanted_label, state.denoise.wanted_error
    label = LABELS[name]
    denoising = state.denoising(state.night.coadd_id if len(items) > 1 else items[0].id)
    if denoising is None or denoising.fit is None:
        what = "the sum" if len(items) > 1 else "the exposure"
        return f"Fit {what} to learn how many exposures an error of {label.plain_symbol} needs."
    error = denoising.fit.fit.labels.errors.get(name, float("nan"))
    needed = exposures_for_error(len(items), error, wanted)
    goal = f"{label.plain_symbol} to ±{wanted:g} {label.unit}".strip()
    if needed is None:
        return f"Nothing tells how many exposures {goal} needs."
    now = f"±{error:.{label.decimals}f} {label.unit}".strip()
    if needed == 0:
        return f"{goal} is reached ({now})."
    return f"{counted(needed, 'more exposure')} like these for {goal} (now {now})."


def _on_fitted(session: Session, denoised: Denoised, found: FitFromDenoised) -> None:
    kept = tuple(
        one.replace(fit=found) if one.denoised is denoised else one for one in session.state.denoisings
    )
    session.update(denoisings=kept)
    session.notifications.note(f"Labels fitted: {found.words}")
