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
from spectragui.gui.spectra.derived import free_name
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.analysis.line_injection import LineInjection
    from spectragui.inference.denoise.denoising_result import Denoised
    from spectragui.inference.denoise.line_trial import LineDeepening, LineTrial

TRIAL_TASK = "denoise-line"
TIMES_SHOWN, MOST_AT_ONCE = 20, 50  # of many spectra: how often, and how many come into the tree together
INJECT, DEEPEN = 0, 1  # the tools, in the order of their list
_KEY = "denoise:"
Part = tuple[str, AnySpectrum, "Denoised | SpectraGUIError"]  # id, what was denoised, what came out


def denoise_many(session: Session, spectrum_ids: Sequence[str], *, keeps: bool = True) -> None:
    """Denoise open spectra as one job; what is done when it is cancelled is kept.

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
    hand_over: Callable[[tuple[Part, ...]], None],
) -> None:
    """Denoise spectra (id, name, spectrum, options) in a worker; hand some over whenever they are done.

    Those that are handed over together are one change of the window: of many spectra, many.
    """
    if len(spectra) == 1:
        ((spectrum_id, _, spectrum, options),) = spectra
        hand_over(((spectrum_id, spectrum, _one(spectrum, options, progress)),))
        return
    at_once = min(max(len(spectra) // TIMES_SHOWN, 1), MOST_AT_ONCE)
    for start in range(0, len(spectra), at_once):
        some = spectra[start : start + at_once]
        progress(start / len(spectra), some[0][1])  # raises where it was cancelled
        hand_over(_together(some))


def _one(spectrum: AnySpectrum, options: DenoiseOptions, progress: Progress) -> Denoised | SpectraGUIError:
    try:
        return run_denoising(spectrum, options, progress)
    except SpectraGUIError as error:
        return error


def _together(some: Sequence[tuple[str, str, AnySpectrum, DenoiseOptions]]) -> tuple[Part, ...]:
    from spectragui.inference.denoise.denoise_batch import denoise_batch

    found: list[Part] = []
    for options in dict.fromkeys(one[3] for one in some):
        own = [one for one in some if one[3] == options]
        made = denoise_batch([spectrum for _, _, spectrum, _ in own], options)
        found += [(one[0], one[2], result) for one, result in zip(own, made, strict=True)]
    return tuple(found)


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
        _take(
            session, [(item, denoising)], f"Keep denoised {item.name}", session.new_id("denoise"), keeps=True
        )


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

    def keep(self, parts: Sequence[Part]) -> None:
        state, taken = self._session.state, list[tuple[OpenSpectrum, Denoising]]()
        told = told_options(state)
        known = {one.spectrum_id: one for one in state.denoisings}
        items = {item.id: item for item in state.spectra}
        for spectrum_id, spectrum, found in parts:
            item = items.get(spectrum_id)
            if item is None or item.spectrum is not spectrum:  # closed or corrected meanwhile
                continue
            if isinstance(found, SpectraGUIError):
                self._failed.append((item.name, found))
                continue
            own = told if spectrum_id in state.selected_ids else _about_any(told)
            old = known.get(spectrum_id)
            kept_id = old.kept_id if old is not None and old.kept_id in items else ""
            taken.append((item, Denoising(spectrum_id, spectrum, found, own, kept_id)))
        undo = f"Denoise {len(self._items)} spectra"
        if len(self._items) == 1:
            undo = f"Denoise {self._items[0].name}"
        if taken:
            _take(self._session, taken, undo, self._gesture, keeps=self._keeps)
        if len(self._items) == 1:
            for item, denoising in taken:
                notifications, verdict = self._session.notifications, denoising.denoised.verdict
                say = notifications.success if verdict.level == "good" else notifications.note
                say(f"{item.name}: {verdict.sentence}.".replace("..", "."))

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


def _take(
    session: Session,
    taken: Sequence[tuple[OpenSpectrum, Denoising]],
    undo: str,
    gesture: str,
    *,
    keeps: bool,
) -> None:
    """Take results as one change; those that are kept come into the tree, in the place of the one before."""
    state = session.state
    spectra = {item.id: item for item in state.spectra}
    names = {item.name for item in state.spectra}
    denoisings = {one.spectrum_id: one for one in state.denoisings}
    for item, denoising in taken:
        made, kept_id = denoising.denoised, denoising.kept_id
        if kept_id in spectra:
            old = spectra[kept_id]
            named = made.spectrum.with_meta(name=old.spectrum.name)
            spectra[kept_id] = old.replace(spectrum=named, snr=made.snr_after)
        elif keeps:
            name = free_name(f"{item.name}, denoised", names)
            names.add(name)
            kept_id = session.new_id("spectrum")
            named = made.spectrum.with_meta(name=name)
            spectra[kept_id] = OpenSpectrum(kept_id, (), 0, named, snr=made.snr_after)
        denoisings.pop(denoising.spectrum_id, None)
        denoisings[denoising.spectrum_id] = denoising.replace(kept_id=kept_id)
    session.update(
        undo=undo, gesture=gesture, spectra=tuple(spectra.values()), denoisings=tuple(denoisings.values())
    )


def _replace(session: Session, old: Denoising, new: Denoising) -> None:
    denoisings = tuple(new if one is old else one for one in session.state.denoisings)
    session.update(denoisings=denoisings)


def _on_tried(session: Session, denoised: Denoised, trial: LineTrial) -> None:
    for one in session.state.denoisings:
        if one.denoised is denoised:
            _replace(session, one, one.replace(trial=trial))


def _about_any(options: DenoiseOptions) -> DenoiseOptions:
    return DenoiseOptions(options.model, options.device)
