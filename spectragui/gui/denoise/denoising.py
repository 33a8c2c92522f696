"""Denoise open spectra in the background, keep the results, try lines on them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from spectragui.core.errors import SettingsError, SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.denoise_state import Denoising
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.command_lines import copy_command, number_word, spectrum_words
from spectragui.gui.spectra.derived import add_derived
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.analysis.line_injection import LineInjection
    from spectragui.inference.denoise.denoising_result import Denoised
    from spectragui.inference.denoise.line_trial import LineDeepening, LineTrial

TRIAL_TASK = "denoise-line"
INJECT, DEEPEN = 0, 1  # the tools, in the order of their list
_KEY = "denoise:"
Part = tuple[str, AnySpectrum, "Denoised | SpectraGUIError"]  # id, what was denoised, what came out


def denoise_many(session: Session, spectrum_ids: Sequence[str], *, keeps: bool = True) -> None:
    """Denoise open spectra one after another as one job; what is done when it is cancelled is kept.

    A velocity that was told holds for the selected spectra and no others.

    Parameters
    ----------
    session : Session
    spectrum_ids : sequence of str
    keeps : bool
        Whether each result comes into the tree.
    """
    state = session.state
    sources = (source_of(session, one) for one in spectrum_ids)
    items = tuple(dict.fromkeys(item for item in sources if item is not None))
    if not items:
        return
    told, title = told_options(state), f"Denoising {items[0].name}"
    work = _Work(session, items, keeps)
    session.run(
        _KEY + "|".join(item.id for item in items),
        run_denoisings,
        tuple(
            (item.id, item.name, item.spectrum, told if item.id in state.selected_ids else _about_any(told))
            for item in items
        ),
        title=title if len(items) == 1 else f"Denoising {len(items)} spectra",
        pool="inference",
        on_part=work.keep,
        on_done=lambda _nothing: work.say_done(),
    )


def told_options(state: AppState) -> DenoiseOptions:
    """Return what the next denoising is told: the options of the tab, on the device of the preferences."""
    return dataclasses.replace(state.denoise.options, device=state.settings.device)


def source_of(session: Session, spectrum_id: str) -> OpenSpectrum | None:
    """Return the noisy spectrum that a spectrum of the tree is, or was made of; None where it is closed."""
    denoising = session.state.denoising(spectrum_id)
    return session.state.spectrum(denoising.spectrum_id if denoising is not None else spectrum_id)


def is_denoising_of(job: Job, spectrum_id: str) -> bool:
    """Whether a job denoises a spectrum, alone or with others."""
    return job.key.startswith(_KEY) and spectrum_id in job.key.removeprefix(_KEY).split("|")


def cancel_denoising(session: Session, spectrum_id: str) -> None:
    """Ask the job that denoises a spectrum to stop."""
    for job in session.tasks.active_jobs:
        if is_denoising_of(job, spectrum_id):
            session.tasks.cancel_key(job.key)


def run_denoisings(
    spectra: tuple[tuple[str, str, AnySpectrum, DenoiseOptions], ...],
    progress: Progress,
    hand_over: Callable[[Part], None],
) -> None:
    """Denoise spectra (id, name, spectrum, options) in a worker; hand each over as it is done."""
    for number, (spectrum_id, name, spectrum, options) in enumerate(spectra):
        progress(number / len(spectra), name if len(spectra) > 1 else "")  # raises where it was cancelled
        found: Denoised | SpectraGUIError
        try:
            found = run_denoising(spectrum, options, _quiet_share(progress, number, len(spectra)))
        except SpectraGUIError as error:
            found = error
        hand_over((spectrum_id, spectrum, found))


def run_denoising(spectrum: AnySpectrum, options: DenoiseOptions, progress: Progress) -> Denoised:
    """Denoise in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the model")
    from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum

    return denoise_spectrum(spectrum, options, progress)


def warm_up(session: Session, spectrum: AnySpectrum) -> None:
    """Load the denoiser that suits a spectrum while nobody waits for it."""
    device = session.state.settings.device
    session.run("denoise-warm-up", load_denoiser, spectrum, device, pool="inference", on_failed=_say_later)


def load_denoiser(spectrum: AnySpectrum, device: str, progress: Progress) -> None:
    """Load what the first denoising of a spectrum needs; all of it is cached."""
    from spectragui.inference.denoise.denoiser import open_denoiser
    from spectragui.inference.denoise.denoiser_choice import suggest_denoiser
    from spectragui.networks.device import choose_device

    progress(0.0)
    open_denoiser(suggest_denoiser(spectrum), choose_device(device).name)


def _say_later(_error: BaseException) -> None:
    """Leave a failed warm-up to the denoising, which says it where somebody asked."""


def try_line_change(session: Session, change: LineInjection | LineDeepening) -> None:
    """Put a line into the selected spectrum, or deepen one, and denoise it again; the tree is not touched."""
    denoising = session.state.denoising(session.state.selected_id)
    if denoising is not None:
        session.run(
            TRIAL_TASK,
            run_trial,
            denoising,
            change,
            title="Trying a line",
            pool="inference",
            on_done=functools.partial(_on_tried, session, denoising.denoised),
        )


def run_trial(denoising: Denoising, change: LineInjection | LineDeepening, progress: Progress) -> LineTrial:
    """Try a line in a worker."""
    from spectragui.inference.denoise.line_trial import try_line

    def denoise(spectrum: AnySpectrum) -> Denoised:
        return run_denoising(spectrum, denoising.options, progress)

    return try_line(denoising.denoised, change, denoise)


def forget_trial(session: Session) -> None:
    """Show the selected spectrum without the line that was tried."""
    denoising = session.state.denoising(session.state.selected_id)
    if denoising is not None and denoising.trial is not None:
        _replace(session, denoising, denoising.replace(trial=None))


def keep_denoised(session: Session) -> None:
    """Put the denoised spectrum of the selected one into the tree."""
    state = session.state
    denoising = state.denoising(state.selected_id)
    item = None if denoising is None else state.spectrum(denoising.spectrum_id)
    if denoising is not None and item is not None:
        gesture = session.new_id("denoise")
        _into_tree(session, item, denoising, f"Keep denoised {item.name}", gesture)


def denoising_words(session: Session) -> list[str]:
    """Return the command that denoises the selected spectrum alike, as words.

    Raises
    ------
    SettingsError
        If nothing is selected, or no file holds the spectrum.
    """
    state = session.state
    item = source_of(session, state.selected_id)
    if item is None:
        raise SettingsError("No spectrum is selected.", "Select one in the tree.")
    options = told_options(state)
    words = ["denoise", *spectrum_words(item)]
    if options.model:
        words += ["--model", options.model]
    if options.v_rad is not None:
        words += ["--v-rad", number_word(options.v_rad)]
    if options.device != DenoiseOptions.device:
        words += ["--device", options.device]
    stem = item.file_name.split(".")[0]
    return [*words, "-o", f"{stem}_denoised.fits"]


def copy_denoising_command(session: Session) -> None:
    """Put the command that denoises the selected spectrum into the clipboard."""
    copy_command(session, lambda: denoising_words(session))


class _Work:
    """Keeps what a job hands over, as one entry of the history, and says how it went."""

    def __init__(self, session: Session, items: Sequence[OpenSpectrum], keeps: bool) -> None:
        self._session, self._items, self._keeps = session, items, keeps
        self._gesture = session.new_id("denoise")
        self._failed: list[tuple[str, SpectraGUIError]] = []

    def keep(self, part: Part) -> None:
        spectrum_id, spectrum, found = part
        state = self._session.state
        item = state.spectrum(spectrum_id)
        if item is None or item.spectrum is not spectrum:  # closed or corrected meanwhile
            return
        if isinstance(found, SpectraGUIError):
            self._failed.append((item.name, found))
            return
        old = next((one for one in state.denoisings if one.spectrum_id == spectrum_id), None)
        told = told_options(state)
        told = told if spectrum_id in state.selected_ids else _about_any(told)
        kept_id = old.kept_id if old is not None and state.spectrum(old.kept_id) is not None else ""
        denoising = Denoising(spectrum_id, spectrum, found, told, kept_id)
        undo = f"Denoise {item.name}" if len(self._items) == 1 else f"Denoise {len(self._items)} spectra"
        if self._keeps or kept_id:
            _into_tree(self._session, item, denoising, undo, self._gesture)
        else:
            _put(self._session, denoising, undo, self._gesture)
        if len(self._items) == 1:
            notifications = self._session.notifications
            say = notifications.success if found.verdict.level == "good" else notifications.note
            say(f"{item.name}: {found.verdict.sentence}.".replace("..", "."))

    def say_done(self) -> None:
        """Say how many were denoised, and why others were not."""
        notifications, n_items = self._session.notifications, len(self._items)
        if n_items == 1:
            for _, error in self._failed:
                notifications.failure(error)
            return
        notifications.success(f"{n_items - len(self._failed)} of {n_items} spectra denoised.")
        if self._failed:
            name, error = self._failed[0]
            notifications.warning(
                f"{len(self._failed)} of {n_items} spectra could not be denoised.",
                hint=f"The first: {name}: {error.message}",
                details="\n".join(f"{name}: {error}" for name, error in self._failed),
            )


def _into_tree(session: Session, item: OpenSpectrum, denoising: Denoising, undo: str, gesture: str) -> None:
    """Put a result into the tree, in the place of the one before it, and remember which it is."""
    made = denoising.denoised
    named = made.spectrum.with_meta(name=f"{item.name}, denoised")
    old = session.state.spectrum(denoising.kept_id)
    if old is None:
        kept_id = add_derived(session, named, undo, gesture=gesture, is_selected=False, snr=made.snr_after)
    else:
        kept_id = old.id
        fresh = old.replace(spectrum=made.spectrum.with_meta(name=old.spectrum.name), snr=made.snr_after)
        spectra = tuple(fresh if one is old else one for one in session.state.spectra)
        session.update(undo=undo, gesture=gesture, spectra=spectra)
    _put(session, denoising.replace(kept_id=kept_id), undo, gesture)


def _put(session: Session, denoising: Denoising, undo: str, gesture: str) -> None:
    others = session.state.denoisings
    rest = tuple(one for one in others if one.spectrum_id != denoising.spectrum_id)
    session.update(undo=undo, gesture=gesture, denoisings=(*rest, denoising))


def _replace(session: Session, old: Denoising, new: Denoising) -> None:
    denoisings = tuple(new if one is old else one for one in session.state.denoisings)
    session.update(denoisings=denoisings)


def _on_tried(session: Session, denoised: Denoised, trial: LineTrial) -> None:
    for one in session.state.denoisings:
        if one.denoised is denoised:
            _replace(session, one, one.replace(trial=trial))


def _about_any(options: DenoiseOptions) -> DenoiseOptions:
    return DenoiseOptions(options.model, options.device)


def _quiet_share(progress: Progress, number: int, n_spectra: int) -> Progress:
    def report(fraction: float, message: str = "") -> None:
        progress((number + fraction) / n_spectra, message)

    return report
