"""Predict one star from the spectra of two arms, VIS and NIR, as one: by the fused network."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from spectragui.core.errors import ModelError
from spectragui.core.flags import Flag
from spectragui.core.labels import LABELS, MAIN_LABELS, LabelSet, format_with_error
from spectragui.core.model_folder import list_models
from spectragui.core.parameters import check_parameters
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.compare import Misfit, compare, comparison_at, physics_misfit
from spectragui.inference.observation.prepare import Prepared, prepare_observation
from spectragui.inference.observation.remark import Remark
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.parameters.model_store import window_overlap
from spectragui.inference.parameters.out_of_range import judge, label_remarks, verdict_of
from spectragui.inference.parameters.predict_spectrum import (
    UNSEEN_MISFIT,
    first_look,
    has_own_errors,
    limit_remarks,
    not_served,
    require_enough,
    upper_limits,
)
from spectragui.inference.parameters.result_row import result_row, with_limits
from spectragui.inference.parameters.uncertainty import with_systematics
from spectragui.inference.prediction import Prediction, PredictOptions, Verdict
from spectragui.inference.together.same_star import check_same_star

KIND = "fused"
LEAST_OVERLAP = 0.05  # of an arm's window
DISAGREEMENT_SIGMA = 4.0
_LEVELS = ("good", "caution", "bad")


@dataclasses.dataclass(frozen=True, eq=False)
class _Arm:
    """A spectrum made ready for its arm's model, what generates best there, and how well it fits."""

    spectrum: AnySpectrum
    prepared: Prepared
    misfit: float


def predict_together(
    spectra: Sequence[AnySpectrum], options: PredictOptions | None = None, progress: Progress = no_progress
) -> Prediction:
    """Predict the parameters of one star from the spectra of its arms.

    Parameters
    ----------
    spectra : sequence of Spectrum or EchelleSpectrum
        One or two; which arm each is, its wavelengths say. With one, the other arm is missing.
    options : PredictOptions, optional
        ``model`` names a fused model; a resolving power or a velocity cannot be told, since the arms differ.
    progress : Progress
        Called between the steps; may raise `Cancelled`.

    Returns
    -------
    Prediction
        Of the fused network; there is no fit. The comparison is that of the first arm that was served.

    Raises
    ------
    ModelError
        If there is no fused model, the spectra are of two stars, or no spectrum belongs to an arm.
    """
    options = options or PredictOptions()
    check_parameters(options)
    model = fused_model(options.model)
    from spectragui.networks.fused_network import load_fused

    network = load_fused(model.path)
    arms = [open_model(name) for name in network.arms]
    chosen = _by_arm(spectra, arms)
    remark = check_same_star(*spectra) if len(spectra) == 2 else ""
    own = dataclasses.replace(options, model="", resolving_power=None, v_rad=None, medium=None)
    ready: list[_Arm | None] = [None] * len(arms)
    failures: list[tuple[AnySpectrum, ModelError]] = []
    for number, (arm, spectrum) in enumerate(zip(arms, chosen, strict=True)):
        if spectrum is None:
            continue
        part = part_of(progress, 0.45 * number, 0.45 * (number + 1))
        try:
            ready[number] = _made_ready(spectrum, arm, own, part)
        except ModelError as error:
            failures.append((spectrum, error))
    if all(arm is None for arm in ready):
        return not_served(failures[0][0], model, failures[0][1], None)
    progress(0.9, "Running the network")
    labels = _labels(ready, model, options)
    said = [remark] if remark else []
    said += [f"{_name(one)} is not used: {error.message}" for one, error in failures]
    return _finish(ready, model, labels, said, _contradictions(ready, model, options))


def fused_model(name: str = "") -> OpenedModel:
    """Return the fused model of a name, or the one that is installed.

    Raises
    ------
    ModelError
        If there is none.
    """
    if name:
        model = open_model(name)
        if model.card.kind != KIND:
            raise ModelError(
                f"The model {name} takes one spectrum of a star only.",
                f"Choose: {', '.join(one.card.name for one in list_models(KIND)) or 'none is installed'}.",
            )
        return model
    entries = list_models(KIND)
    if not entries:
        raise ModelError("No model that takes two arms together is installed.", "Reinstall SpectraGUI.")
    return open_model(str(entries[0].path))


def _by_arm(spectra: Sequence[AnySpectrum], arms: Sequence[OpenedModel]) -> list[AnySpectrum | None]:
    if not 1 <= len(spectra) <= len(arms):
        raise ModelError(
            f"{len(spectra)} spectra were given; one star has {len(arms)} arms here.", "Give one or two."
        )
    chosen: list[AnySpectrum | None] = [None] * len(arms)
    windows = " or ".join(f"{arm.window_aa[0]:.0f}-{arm.window_aa[1]:.0f} Å" for arm in arms)
    for spectrum in spectra:
        overlaps = [
            window_overlap(spectrum, arm.card) if chosen[i] is None else -1.0 for i, arm in enumerate(arms)
        ]
        best = int(np.argmax(overlaps))
        if overlaps[best] < LEAST_OVERLAP:
            taken = (
                any(one is not None for one in chosen)
                and max(window_overlap(spectrum, arm.card) for arm in arms) > LEAST_OVERLAP
            )
            raise ModelError(
                f"{_name(spectrum)} is of the same arm as the other spectrum."
                if taken
                else f"{_name(spectrum)} does not cover {windows}.",
                "Give one spectrum of each arm." if taken else "Predict it by itself.",
            )
        chosen[best] = spectrum
    return chosen


def _made_ready(spectrum: AnySpectrum, arm: OpenedModel, options: PredictOptions, progress: Progress) -> _Arm:
    prepared = prepare_observation(spectrum, arm, options, progress)
    require_enough(prepared.observation)
    prepared, labels = first_look(prepared, _device(options))
    return _Arm(spectrum, prepared, physics_misfit(comparison_at(prepared.observation, labels)))


def _device(options: PredictOptions) -> str:
    from spectragui.networks.device import choose_device

    return choose_device(options.device).name


def _labels(ready: Sequence[_Arm | None], model: OpenedModel, options: PredictOptions) -> LabelSet:
    from spectragui.inference.parameters.network_input import conditions_of, native_pixels
    from spectragui.networks.fused_network import ArmInput, apply_fused, load_fused
    from spectragui.networks.parameter_network import load_network

    network = load_fused(model.path)
    inputs: list[ArmInput | None] = []
    for arm, name, grid in zip(ready, network.arms, network.grids, strict=True):
        if arm is None:
            inputs.append(None)
            continue
        observation = arm.prepared.observation
        knows_misfit = load_network(open_model(name).path).calibration.misfit[-1] > 0
        told = conditions_of(observation, arm.misfit if knows_misfit else 0.0)[0]
        inputs.append(ArmInput(native_pixels(observation.segments, grid), told))
    values, errors = apply_fused(network, inputs, _device(options))
    names = network.label_names
    return LabelSet(
        dict(zip(names, values.tolist(), strict=True)), dict(zip(names, errors.tolist(), strict=True))
    )


def _contradictions(
    ready: Sequence[_Arm | None], model: OpenedModel, options: PredictOptions
) -> list[Remark]:
    """Return what to say where each arm alone is another star, beyond noise and the physics of both."""
    if any(arm is None for arm in ready):
        return []
    alone = [
        _labels([arm if number == place else None for place, arm in enumerate(ready)], model, options)
        for number in range(len(ready))
    ]
    physics = model.card.errors.get("physics", {})
    for name in (name for name in MAIN_LABELS if all(name in one for one in alone)):
        both = 2.0**0.5 * physics.get(name, 0.0)
        error = math.hypot(*(one.error(name) for one in alone), both)
        values = [one[name] for one in alone]
        if max(values) - min(values) > DISAGREEMENT_SIGMA * error:
            label = LABELS[name]
            words = " and ".join(
                format_with_error(one[name], one.error(name), decimals=label.decimals) for one in alone
            )
            sentence = f"Each arm alone gives another star: {label.plain_symbol} {words}."
            return [Remark(Flag.OUT_OF_DISTRIBUTION, sentence, True)]
    return []


def _finish(
    ready: Sequence[_Arm | None],
    model: OpenedModel,
    labels: LabelSet,
    said: Sequence[str],
    doubts: Sequence[Remark],
) -> Prediction:
    served = [arm for arm in ready if arm is not None]
    results = [compare(arm.prepared.observation, labels) for arm in served]
    misfits = [misfit for _, misfit in results]
    best = int(np.argmax([arm.prepared.observation.snr for arm in served]))
    at_tenth = model.card.errors.get("misfit", {})
    unseen = max(0.0 if has_own_errors(arm.spectrum) else UNSEEN_MISFIT for arm in served)
    worst = max(misfits, key=lambda one: one.unexplained / max(one.signal, 1e-9))
    labels = with_systematics(labels, worst, at_tenth, served[best].prepared.observation.coverage, unseen)
    limits = upper_limits(labels, served[best].prepared.observation)
    extra = [*limit_remarks(limits), *label_remarks((labels,), model.card), *_velocity_remarks(served)]
    extra += doubts
    verdict = _verdict(served, labels, misfits, extra, said)
    first = served[best]
    both = (misfits[best],) * 2
    row = result_row(first.spectrum, model, first.prepared.observation, labels, None, both, verdict)
    row = dict(with_limits(row, limits))
    files = [str(arm.spectrum.meta.get("file") or arm.spectrum.name).rsplit("/", 1)[-1] for arm in served]
    row["file"] = " + ".join(files)
    notes = [*said, *(note for arm in served for note in _notes(arm))]
    estimated = not all(arm.prepared.observation.is_resolving_power_known for arm in served)
    return Prediction(
        row,
        labels,
        None,
        verdict,
        limits,
        results[best][0],
        tuple(notes),
        first.prepared.v_rad_frame,
        estimated,
    )


def _verdict(
    served: Sequence[_Arm],
    labels: LabelSet,
    misfits: Sequence[Misfit],
    extra: Sequence[Remark],
    said: Sequence[str],
) -> Verdict:
    """Return the worst of the arms' verdicts, with all reasons."""
    verdicts = [
        judge(arm.prepared.observation, (labels,), misfit, (*arm.prepared.remarks, *extra))
        for arm, misfit in zip(served, misfits, strict=True)
    ]
    if said:
        verdicts.append(verdict_of([Remark(Flag.COVERAGE, sentence) for sentence in said]))
    worst = max(verdicts, key=lambda one: _LEVELS.index(one.level))
    reasons = tuple(dict.fromkeys(reason for one in verdicts for reason in one.reasons))
    warn, bad = 0, 0
    for one in verdicts:
        warn, bad = warn | one.flag_warn, bad | one.flag_bad
    return Verdict(worst.level, worst.sentence, reasons, warn & ~bad, bad)


def _velocity_remarks(served: Sequence[_Arm]) -> list[Remark]:
    """Return what to say where both arms give a barycentric velocity and they are not the same."""
    frames = {arm.prepared.v_rad_frame for arm in served}
    if len(served) < 2 or frames != {"barycentric"}:
        return []
    one, other = (arm.prepared.observation for arm in served)
    apart = abs(one.v_rad_kms - other.v_rad_kms)
    if apart <= DISAGREEMENT_SIGMA * math.hypot(one.e_v_rad_kms, other.e_v_rad_kms) + 5.0:
        return []
    sentence = f"The arms have velocities {apart:.0f} km/s apart: they may be of two stars."
    return [Remark(Flag.VELOCITY, sentence)]


def _notes(arm: _Arm) -> list[str]:
    reasons = (remark.sentence for remark in arm.prepared.remarks)
    return [*arm.spectrum.meta.get("notes", ()), *reasons, *arm.prepared.notes]


def _name(spectrum: AnySpectrum) -> str:
    return str(spectrum.meta.get("file") or spectrum.name).rsplit("/", 1)[-1]
