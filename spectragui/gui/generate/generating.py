"""Generate spectra in the background for the Generate tab; keep them, fit them, start from the network."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.core.labels import LabelSet, true_minus
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum, Spectrum
from spectragui.gui.session.generate_state import LABEL_FIELDS, FloatArray, GenerateState, Generation
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.command_lines import number_word
from spectragui.gui.spectra.derived import add_derived
from spectragui.inference.generate.request import GenerateRequest
from spectragui.inference.prediction import PredictOptions

if TYPE_CHECKING:
    from spectragui.inference.generate.fit_labels import LabelFit
    from spectragui.inference.generate.overlay import Backdrop

FIT_TASK = "generate:fit"
KEEP_TASK = "generate:keep"
OVERLAY_STEP_AA = 0.0125  # so that the data's pixels meet lines of any width as the fit does


def run_generation(
    state: GenerateState,
    backdrop: Backdrop | None,
    levels: tuple[FloatArray, ...] | None,
    is_settled: bool,
    progress: Progress,
) -> Generation:
    """Generate what the tab shows; while a slider moves without samples, noise and a new level."""
    from spectragui.inference.generate.generate_spectrum import generate_spectrum, out_of_range, quick_flux
    from spectragui.inference.generate.overlay import lay_over

    request = state.request
    wavelength, flux = quick_flux(request)
    progress(0.3)
    other = None
    if state.compares:
        other = quick_flux(dataclasses.replace(request, model=state.other_model))[1]
    samples = spread = noisy = None
    if is_settled and (request.samples or request.snr):
        made = generate_spectrum(request)
        samples = made.samples
        spread = None if made.band is None else 0.5 * (made.band[1] - made.band[0])
        noisy = np.asarray(made.spectrum.flux) if request.snr else None
    progress(0.7)
    overlay = None
    if backdrop is not None:
        at_rest = dataclasses.replace(request, v_rad=0.0, step_aa=OVERLAY_STEP_AA)
        rest_wavelength, rest_flux = quick_flux(at_rest)
        labels = LabelSet({name: getattr(request, name) for name in LABEL_FIELDS})
        known = None if is_settled else levels
        overlay = lay_over(backdrop, rest_wavelength, rest_flux, labels, request.v_rad, known)
    return Generation(
        state,
        backdrop,
        wavelength,
        flux,
        noisy,
        samples,
        spread,
        other,
        overlay,
        out_of_range(request),
        is_settled,
    )


def run_backdrop(spectrum: AnySpectrum, options: PredictOptions, progress: Progress) -> Backdrop:
    """Prepare an observed spectrum in a worker."""
    from spectragui.inference.generate.overlay import prepare_backdrop

    return prepare_backdrop(spectrum, options, progress)


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Return found values without digits that nobody needs: they stand in sliders and copied commands."""
    places = {"teff": 1, "resolving_power": 0}
    return {name: round(float(value), places.get(name, 3)) for name, value in values.items()}


def change_generation(session: Session, gesture: str, undo: str = "Move a slider", **changes: Any) -> None:
    """Change fields of the request; moves of one slider are one entry of the history."""
    generate = session.state.generate.with_request(**changes)
    session.update(undo=undo, gesture=gesture, generate=generate)


def start_from_result(session: Session) -> bool:
    """Set the sliders to the newest labels of the selected spectrum; return whether there are any."""
    labels = found_labels(session.state)
    prediction = session.state.prediction(session.state.selected_id)
    if labels is None or prediction is None:
        return False
    row = prediction.row
    values = {name: float(labels[name]) for name in LABEL_FIELDS if name in labels}
    values["extra_fwhm"] = 0.0  # the resolving power holds all there is
    for name in ("resolving_power", "v_rad"):
        if np.isfinite(float(row[name])):
            values[name] = float(row[name])
    change_generation(session, "", "Start from the prediction", **rounded(values))
    return True


def found_labels(state: AppState) -> LabelSet | None:
    """Return what was found for the selected spectrum: the fit's labels, else the network's."""
    prediction = state.prediction(state.selected_id)
    return None if prediction is None else (prediction.fit or prediction.network)


def shown_request(state: AppState) -> GenerateRequest:
    """Return what the tab shows as a request, in the frame that its axis says."""
    backdrop = shown_backdrop(state)
    request = state.generate.request
    return request if backdrop is None else dataclasses.replace(request, frame=backdrop.frame)


def generation_words(request: GenerateRequest) -> list[str]:
    """Return the command that generates the spectrum of a request, as words."""
    from spectragui.inference.generate.generate_spectrum import out_of_range

    defaults = GenerateRequest()
    words = ["generate"]
    for field in dataclasses.fields(request):
        value = getattr(request, field.name)
        is_said = field.name in LABEL_FIELDS or value != getattr(defaults, field.name)
        if isinstance(value, bool) or not is_said:
            continue
        flag = f"--{field.name.removesuffix('_aa').replace('_', '-')}"
        words += [flag, value if isinstance(value, str) else number_word(value)]
    if request.allow_extrapolation and out_of_range(request):
        words.append("--allow-extrapolation")
    return [*words, "-o", "generated.fits"]


def shown_backdrop(state: AppState) -> Backdrop | None:
    """Return the observed spectrum that the tab draws behind the generated one, if it does."""
    is_over = state.generate.is_over_observed and state.generation is not None
    return state.generation.backdrop if is_over and state.generation is not None else None


def observing_values(backdrop: Backdrop) -> dict[str, float]:
    """Return velocity and resolving power of an observed spectrum, for the sliders."""
    return rounded({"v_rad": backdrop.v_rad_kms, "resolving_power": backdrop.resolving_power})


def keep_generated(session: Session) -> None:
    """Add the generated spectrum to the tree; the selected one, over which it is drawn, stays selected."""
    request = shown_request(session.state)
    session.run(
        KEEP_TASK,
        run_keep,
        request,
        title="Generating a spectrum",
        on_done=functools.partial(_on_kept, session, request.model),
    )


def run_keep(request: GenerateRequest, progress: Progress) -> Spectrum:
    """Generate the spectrum that is kept."""
    from spectragui.inference.generate.generate_spectrum import generate_spectrum

    progress(0.0, "Generating")
    name = f"{request.teff:.0f} K, {request.logg:.2f}, {true_minus(f'{request.m_h:+.2f}')}"
    made = generate_spectrum(request).spectrum
    return made.with_meta(name=f"generated {name}", object="")


def fit_options(state: AppState) -> PredictOptions:
    """Return what a fit is told: the user's options, and the resolution that the sliders show.

    A resolving power that was taken over from the observation is left to it: where it had to be
    estimated, the fit then says so.
    """
    power, backdrop = state.generate.request.labels["resolving_power"], shown_backdrop(state)
    if backdrop is not None and power == observing_values(backdrop)["resolving_power"]:
        return state.options
    return dataclasses.replace(state.options, resolving_power=power)


def run_fit(
    spectrum: AnySpectrum, state: GenerateState, options: PredictOptions, progress: Progress
) -> LabelFit:
    """Fit the chosen labels from where the sliders are."""
    from spectragui.inference.generate.fit_labels import fit_labels

    start = {name: float(getattr(state.request, name)) for name in LABEL_FIELDS}
    return fit_labels(spectrum, free=state.free, start=start, options=options, progress=progress)


def take_fit(session: Session, fit: LabelFit) -> None:
    """Move the sliders to what a fit found: labels and velocity; all that observing does stays."""
    request = fit.applied_to(session.state.generate.request)
    found = {name: float(getattr(request, name)) for name in (*LABEL_FIELDS, "v_rad")}
    change_generation(session, "", "Fit the labels", **rounded(found))


def _on_kept(session: Session, model: str, spectrum: Spectrum) -> None:
    add_derived(session, spectrum, "Keep a generated spectrum", is_selected=False)
    session.notifications.success(f"{session.state.spectra[-1].name} by {model} is in the tree.")
