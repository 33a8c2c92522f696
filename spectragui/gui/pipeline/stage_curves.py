"""Curves of one stage: before, after, what it removed, and what it found on its way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces
from spectragui.preprocessing.stage import CurveRole, StageCurve, StageResult

# Colours of what a stage finds; continuum green, smoothed blue, the rest as residuals.
ROLE_COLOURS: dict[CurveRole, str] = {
    "continuum": "continuum",
    "smooth": "denoised",
    "weight": "observed",
    "residual": "residual",
    "removed": "residual",
}
MOST_NAMES = 3  # of one role that are curves of their own; more belong to orders


def found_curves(result: StageResult, role: CurveRole) -> tuple[Curve, ...]:
    """Return what a stage found in one role, the orders of one name together as one curve."""
    return curves_of([curve for curve in result.curves if curve.role == role], role)


def curves_of(curves: Sequence[StageCurve], role: CurveRole) -> tuple[Curve, ...]:
    """Return curves of one role to be drawn, the orders of one name together as one curve."""
    found = [curve for curve in curves if curve.values.size > 1]
    names = list(dict.fromkeys(curve.name for curve in found))
    groups = {name: [curve for curve in found if curve.name == name] for name in names}
    if len(names) > MOST_NAMES:
        groups = {str(role): found}
    return tuple(_joined(name, group, role) for name, group in groups.items())


def _joined(name: str, curves: list[StageCurve], role: CurveRole) -> Curve:
    traces = (
        Trace(c.wavelength_aa, c.values, None, ~np.isfinite(c.values), c.order)
        for c in curves
        if c.wavelength_aa[-1] > c.wavelength_aa[0]
    )
    label = name if role in ("continuum", "smooth") else ""
    return curve_of_traces(f"{role}:{name}", traces, label=label, role=ROLE_COLOURS[role])


def removed_curves(before: AnySpectrum, result: StageResult) -> tuple[Curve, ...]:
    """Return what a stage took out of the flux: as it says, else input minus output on equal pixels.

    Empty where a continuum says it, where the pixels are others, or where nothing changed.
    """
    told = found_curves(result, "removed")
    if told or any(curve.role == "continuum" for curve in result.curves):
        return told
    first, second = orders_of(before), orders_of(result.spectrum)
    if len(first) != len(second) or result.spectrum is before:
        return ()
    traces = []
    for number, (a, b) in enumerate(zip(first, second, strict=True)):
        if not _is_same_grid(a, b):
            return ()
        both = a.good & b.good
        difference = np.full(both.shape, np.nan)
        np.subtract(a.flux, b.flux, out=difference, where=both)
        if a.spectral_axis.unit != "pixel":
            wavelength = a.wavelength_aa
        else:
            wavelength = a.spectral_axis.values
        direction = slice(None) if wavelength[0] < wavelength[-1] else slice(None, None, -1)
        traces.append(Trace(wavelength[direction], difference[direction], None, ~both[direction], number))
    if not any(np.any(trace.flux[~trace.mask] != 0) for trace in traces):
        return ()
    return (curve_of_traces("removed", traces, label="", role="residual"),)


def _is_same_grid(a: Spectrum, b: Spectrum) -> bool:
    if len(a) != len(b) or a.flux_unit != b.flux_unit:
        return False
    if a.meta.get("normalised") != b.meta.get("normalised"):
        return False
    return np.array_equal(a.spectral_axis.values, b.spectral_axis.values)
