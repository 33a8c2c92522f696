"""The verdict: whether a result lies inside what the model knows, in bits and in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable

from spectragui.core.flags import Flag
from spectragui.core.labels import LABELS, MAIN_LABELS, LabelSet, format_with_error
from spectragui.core.model_card import Domain, ModelCard
from spectragui.core.results import format_chi2
from spectragui.inference.fit.compare import Misfit
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.remark import Remark
from spectragui.inference.prediction import Level, Verdict

MIN_COVERAGE = 0.05  # below, nothing is served
MIN_SNR = 2.0
CORRELATION_NONE = 0.5
FEATURE_WARN, FEATURE_BAD = 0.05, 0.08  # of the continuum, over some 10 Angstrom
SIGNIFICANCE_BAD = 6.0
DISAGREEMENT_SIGMA = 4.0
RCHI2_WARN, RCHI2_BAD = 4.0, 25.0
# Bits that belong to a good result too: they say what a number means, not that it is doubtful.
HARMLESS = Flag.UPPER_LIMIT | Flag.VELOCITY | Flag.MEDIUM_ASSUMED


def judge(
    observation: Observation,
    labels: Iterable[LabelSet],
    misfit: Misfit,
    remarks: Iterable[Remark] = (),
) -> Verdict:
    """Judge a result: each reason for caution as a bit and a sentence.

    Parameters
    ----------
    observation : Observation
        With the model, whose card says what is outside.
    labels : iterable of LabelSet
        The network's, and the fit's where there is one; the worse decides.
    misfit : Misfit
        Of the better of them.
    remarks : iterable of Remark
        What the preparation found.

    Returns
    -------
    Verdict
    """
    labels = tuple(labels)
    if misfit.significance < SIGNIFICANCE_BAD or misfit.correlation < CORRELATION_NONE:
        # Nothing that is said about the labels of something else would help.
        kept = [remark for remark in remarks if remark.flag & (Flag.MEDIUM_ASSUMED | Flag.DENOISED)]
        return verdict_of(
            [*_misfit_remarks(misfit, observation.model.card.domain)[:1], *kept, *_data_remarks(observation)]
        )
    found = [*remarks, *label_remarks(labels, observation.model.card), *_data_remarks(observation)]
    found += [*_misfit_remarks(misfit, observation.model.card.domain), *_disagreement_remarks(labels)]
    return verdict_of(found)


def verdict_of(remarks: Iterable[Remark], harmless: Flag = HARMLESS) -> Verdict:
    """Put remarks together to a verdict; ``harmless`` bits alone leave it good."""
    remarks = tuple(dict.fromkeys(remarks))
    bad, warn = Flag(0), Flag(0)
    for remark in remarks:
        if remark.is_bad:
            bad |= remark.flag
        else:
            warn |= remark.flag
    warn &= ~bad
    # First what makes the verdict: lists and tables show no more than that.
    reasons = [r.sentence for r in sorted(remarks, key=lambda r: (not r.is_bad, not r.flag & ~harmless))]
    doubtful = [r for r in remarks if not r.is_bad and r.flag & ~harmless]
    level: Level = "bad" if bad else "caution" if doubtful else "good"
    sentence = {
        "good": "Inside what the model knows",
        "caution": "Read with care",
        "bad": "Do not use: outside what the model knows",
    }[level]
    return Verdict(level, sentence, tuple(reasons), int(warn), int(bad))


def label_remarks(labels: tuple[LabelSet, ...], card: ModelCard) -> list[Remark]:
    """Return what is doubtful about labels by the ranges of a card: near their ends, or outside."""
    remarks = []
    for label in sorted(card.labels, key=lambda label: list(LABELS).index(label.name)):
        name, edge = label.name, label.edge
        values = [(one[name], one.error(name)) for one in labels if name in one]
        if not values:
            continue
        low, high = label.minimum, label.maximum
        inside = {min(value - low, high - value): (value, error) for value, error in values}
        distance = min(inside)
        value, error = inside[distance]
        if distance < edge.warn:
            is_bad = distance < edge.bad and not error > edge.vague
            remarks.append(Remark(Flag.LABEL_RANGE, _edge_sentence(name, value, low, high), is_bad))
    return remarks + _physics_remarks(labels, card.domain)


def _edge_sentence(name: str, value: float, low: float, high: float) -> str:
    label = LABELS[name]
    unit = f" {label.unit}" if label.unit not in ("", "dex") else ""
    words = [format_with_error(x, decimals=label.decimals) for x in (value, low, high)]
    nearer = "starts at " + words[1] if value - low < high - value else "ends at " + words[2]
    where = "outside" if not low <= value <= high else "near the edge"
    return f"{label.plain_symbol} is {where}: {words[0]}{unit}; training {nearer}{unit}."


def _physics_remarks(labels: tuple[LabelSet, ...], domain: Domain) -> list[Remark]:
    remarks = []
    temperatures = [one["teff"] for one in labels if "teff" in one]
    coolest, hottest = min(temperatures, default=math.inf), max(temperatures, default=-math.inf)
    if coolest < domain.coolest_teff:
        limit = f"Cooler than {domain.coolest_teff:.0f} K ({coolest:.0f} K)"
        remarks.append(Remark(Flag.LABEL_RANGE, _with_reason(limit, domain.coolest_because), True))
    if hottest > domain.hottest_teff:
        limit = f"Hotter than {domain.hottest_teff:.0f} K ({hottest:.0f} K)"
        remarks.append(Remark(Flag.LABEL_RANGE, _with_reason(limit, domain.hottest_because), True))
    metallicities = [(one.error("m_h"), one["m_h"]) for one in labels if "m_h" in one]
    poorest = min((value for _, value in metallicities), default=math.inf)
    if poorest < domain.lte_warn:
        value = format_with_error(poorest)
        sentence = f"Metal-poor ([M/H] = {value}): the training spectra assume LTE, which fails there."
        # The surer of network and fit decides: the other one may reach so far by noise.
        remarks.append(Remark(Flag.LTE, sentence, min(metallicities)[1] < domain.lte_bad))
    return remarks


def _with_reason(sentence: str, reason: str) -> str:
    return f"{sentence}: {reason}." if reason else f"{sentence}: the model was not made for such stars."


def _disagreement_remarks(labels: tuple[LabelSet, ...]) -> list[Remark]:
    if len(labels) < 2:
        return []
    network, fit = labels[0], labels[1]
    for name in MAIN_LABELS:
        if name not in network or name not in fit:
            continue
        difference = abs(network[name] - fit[name])
        error = math.hypot(network.error(name), fit.error(name))
        if difference > DISAGREEMENT_SIGMA * error > 0:
            label = LABELS[name]
            words = [
                format_with_error(one[name], one.error(name), decimals=label.decimals)
                for one in (network, fit)
            ]
            sentence = f"Network and fit disagree in {label.plain_symbol}: {words[0]} and {words[1]}."
            return [Remark(Flag.OUT_OF_DISTRIBUTION, sentence)]
    return []


def _data_remarks(observation: Observation) -> list[Remark]:
    remarks = []
    if observation.snr < 20:
        sentence = f"The signal-to-noise ratio is low: {observation.snr:.0f} per pixel."
        remarks.append(Remark(Flag.LOW_SNR, sentence, observation.snr < 5))
    if observation.coverage < 0.6:
        sentence = f"Only {100 * observation.coverage:.0f} % of the model's window is covered."
        remarks.append(Remark(Flag.COVERAGE, sentence, observation.coverage < 0.1))
    power = observation.resolving_power
    low, high = observation.model.card.domain.resolving_power
    if not low <= power <= 1.05 * high:
        sentence = (
            f"The resolving power {power:,.0f} is outside the trained range, {low:,.0f} to {high:,.0f}."
        )
        remarks.append(Remark(Flag.RESOLUTION, sentence, not observation.model.card.domain.is_served(power)))
    return remarks


def _misfit_remarks(misfit: Misfit, domain: Domain) -> list[Remark]:
    remarks = []
    if misfit.significance < SIGNIFICANCE_BAD:
        sentence = "The lines of the generated spectrum are not found in the data."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, sentence, True))
    elif misfit.correlation < domain.correlation_warn:
        sentence = f"Data and generated spectrum are not alike (correlation {misfit.correlation:.2f})."
        remarks.append(
            Remark(Flag.OUT_OF_DISTRIBUTION, sentence, misfit.correlation < domain.correlation_bad)
        )
    size = abs(misfit.feature.size)
    if size > FEATURE_WARN:
        what = "absorption" if misfit.feature.size < 0 else "flux"
        sentence = (
            f"The data show {what} about {misfit.feature.wavelength_aa:.0f} Å that the model does not know "
            f"({100 * size:.0f} % of the continuum)."
        )
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, sentence, size > FEATURE_BAD))
    if misfit.rchi2 > RCHI2_WARN:
        sentence = f"The generated spectrum does not match the data (reduced χ² {format_chi2(misfit.rchi2)})."
        remarks.append(Remark(Flag.CHI2, sentence, misfit.rchi2 > RCHI2_BAD))
    return remarks
