"""Say what was read and where each value comes from: for `spectragui info` and the passport."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from spectragui.core.denoised import denoised_by
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.core.spectrum import RATIO, AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.io.read import read_spectra
from spectragui.io.reading.read_options import ReadOptions


@dataclasses.dataclass(frozen=True)
class Fact:
    """One line of the passport.

    Attributes
    ----------
    key : str
        Short name for programs ("medium").
    label : str
        Name on screen ("Medium").
    value : str
        As shown, with unit.
    source : str
        The keyword it was read from, or "assumed: ..." with the reason; may be empty.
    raw : object
        The value for programs: a number, text, or None where it is not known.
    """

    key: str
    label: str
    value: str
    source: str = ""
    raw: Any = None

    @property
    def is_assumed(self) -> bool:
        """Whether the value was assumed rather than read."""
        return self.source.startswith("assumed")


@dataclasses.dataclass(frozen=True)
class SpectrumSummary:
    """What is known about one spectrum.

    Attributes
    ----------
    name : str
    facts : tuple of Fact
    notes : tuple of str
        What was repaired or assumed while reading, in sentences.
    """

    name: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def fact(self, key: str) -> Fact:
        """Return the fact called ``key``; raises KeyError if there is none."""
        for fact in self.facts:
            if fact.key == key:
                return fact
        raise KeyError(key)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        facts = {fact.key: {"value": fact.raw, "source": fact.source} for fact in self.facts}
        return {"name": self.name, **facts, "notes": list(self.notes)}

    def to_text(self) -> str:
        """Return aligned lines "label  value  (source)" and the notes."""
        width = max(len(fact.label) for fact in self.facts)
        value_width = min(44, max(len(fact.value) for fact in self.facts))
        lines = [self.name]
        for fact in self.facts:
            source = f"  ({fact.source})" if fact.source else ""
            lines.append(f"  {fact.label:<{width}}  {fact.value:<{value_width}}{source}".rstrip())
        lines.extend(f"  note: {note}" for note in self.notes)
        return "\n".join(lines)


def describe(spectrum: AnySpectrum) -> SpectrumSummary:
    """Return what is known about a spectrum, each value with where it comes from."""
    facts = (
        *_identity(spectrum),
        *_pixels(spectrum),
        *_range(spectrum),
        *passport_facts(spectrum),
        *_snr(spectrum),
    )
    notes = (*spectrum.meta.get("notes", ()), *spectrum.meta.get("history", ()))
    return SpectrumSummary(spectrum.name, facts, notes)


def passport_facts(spectrum: AnySpectrum) -> tuple[Fact, ...]:
    """Return what is known about axis and flux of a spectrum, each value with where it comes from.

    The passport of the window shows these; `describe` adds what has to be counted.
    """
    return (*_axis(spectrum), *_velocities(spectrum), *_flux(spectrum))


def origin_facts(spectrum: AnySpectrum) -> tuple[Fact, ...]:
    """Return what is to be known before anything else: that the flux was simulated, or denoised."""
    facts = []
    if spectrum.meta.get("simulated"):
        source = str(spectrum.meta.get("simulated_source", ""))
        facts.append(Fact("origin", "Origin", "simulated", source, "simulated"))
    model = denoised_by(spectrum)
    if model:
        facts.append(Fact("denoised", "Denoised", f"by {model}: not data", "", model))
    return tuple(facts)


def describe_file(
    path: str | os.PathLike[str], options: ReadOptions = ReadOptions()
) -> tuple[SpectrumSummary, ...]:
    """Read a file and describe each of its spectra.

    Raises
    ------
    ReadError
        If it cannot be read.
    """
    return tuple(describe(spectrum) for spectrum in read_spectra(path, options))


def _identity(spectrum: AnySpectrum) -> list[Fact]:
    meta = spectrum.meta
    keys = (("file", "File"), ("object", "Object"), ("instrument", "Instrument"), ("reader", "Reader"))
    facts = [Fact(key, label, str(meta[key]), "", str(meta[key])) for key, label in keys if meta.get(key)]
    facts.extend(origin_facts(spectrum))
    count = meta.get("n_spectra", 1)
    if count > 1:
        index = meta.get("spectrum_index", 0)
        facts.append(Fact("spectrum", "Spectrum", f"{index} of {count} (from 0)", "", index))
    return facts


def _pixels(spectrum: AnySpectrum) -> list[Fact]:
    orders = orders_of(spectrum)
    sizes = [len(order) for order in orders]
    total = sum(sizes)
    shape = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
    masked = sum(int(np.count_nonzero(~order.good)) for order in orders)
    facts = []
    if isinstance(spectrum, EchelleSpectrum):
        facts.append(Fact("orders", "Orders", f"{len(orders)} of {shape} pixels", "", len(orders)))
    facts.append(Fact("pixels", "Pixels", f"{total} ({100.0 * masked / total:.1f} % masked)", "", total))
    return facts


def _range(spectrum: AnySpectrum) -> list[Fact]:
    orders = orders_of(spectrum)
    low = min(float(np.min(order.wavelength_aa)) for order in orders)
    high = max(float(np.max(order.wavelength_aa)) for order in orders)
    step = float(np.median(np.concatenate([np.abs(np.diff(order.wavelength_aa)) for order in orders])))
    return [
        Fact("range_aa", "Range", f"{low:.2f} to {high:.2f} Å", "", [low, high]),
        Fact("step_aa", "Step", f"{step:.4g} Å (median)", "", step),
    ]


def _axis(spectrum: AnySpectrum) -> list[Fact]:
    first = orders_of(spectrum)[0]
    axis, meta = first.spectral_axis, {**first.meta, **spectrum.meta}
    facts = [
        Fact("unit", "Unit", UNIT_SYMBOLS.get(axis.unit, axis.unit), axis.unit_source, axis.unit),
        Fact("medium", "Medium", axis.medium, axis.medium_source, axis.medium),
        Fact("frame", "Frame", FRAME_WORDS[axis.frame], axis.frame_source, axis.frame),
    ]
    power = meta.get("resolving_power")
    value = "not known" if power is None else f"{power:,.0f}"
    source = str(meta.get("resolving_power_source", ""))
    return [*facts, Fact("resolving_power", "Resolving power", value, source, power)]


def _flux(spectrum: AnySpectrum) -> list[Fact]:
    order: Spectrum = orders_of(spectrum)[0]
    with_sigma = sum(o.uncertainty is not None for o in orders_of(spectrum))
    facts = [Fact("flux_unit", "Flux unit", _unit_words(order), "", order.flux_unit or None)]
    source = str(spectrum.meta.get("uncertainty_source", ""))
    said = "1 sigma" if with_sigma else "none in the file"
    facts.append(Fact("uncertainty", "Uncertainty", said, source, bool(with_sigma)))
    return facts


def _unit_words(order: Spectrum) -> str:
    if order.flux_unit:
        return order.flux_unit
    if order.meta.get("normalised"):
        return "none: normalised"
    return "none: a ratio" if order.meta.get(RATIO) else "not known"


def _snr(spectrum: AnySpectrum) -> list[Fact]:
    snr = spectrum_snr(spectrum)
    if not math.isfinite(snr):
        return []
    has_errors = any(order.uncertainty is not None for order in orders_of(spectrum))
    if denoised_by(spectrum):
        said = f"{snr:.1f} (median per pixel)"
        return [Fact("snr", "S/N", said, "denoised flux / the network's uncertainty", snr)]
    source = "flux / uncertainty" if has_errors else "flux / its scatter"
    return [Fact("snr", "S/N", f"{snr:.1f} (median per pixel)", source, snr)]


def _velocities(spectrum: AnySpectrum) -> list[Fact]:
    meta = {**orders_of(spectrum)[0].meta, **spectrum.meta}
    facts = []
    if "v_rad_kms" in meta:
        value = float(meta["v_rad_kms"])
        facts.append(
            Fact(
                "v_rad_kms", "Star's velocity", f"{value:.3f} km/s", str(meta.get("v_rad_source", "")), value
            )
        )
    if "berv_kms" in meta:
        value = float(meta["berv_kms"])
        source = str(meta.get("berv_source", ""))
        facts.append(Fact("berv_kms", "Barycentric correction", f"{value:.3f} km/s", source, value))
    for step in orders_of(spectrum)[0].spectral_axis.velocity_history:
        before, after = (FRAME_WORDS.get(name, name) for name in (step.frame_before, step.frame_after))
        said = f"{step.velocity_kms:.3f} km/s: {before} to {after}"
        facts.append(Fact("velocity_step", "Applied shift", said, step.source, step.velocity_kms))
    return facts
