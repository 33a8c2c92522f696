"""Which parameter of a stage is edited in the plot, and how it is put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.core.errors import SpectraGUIError
from spectragui.core.parameters import Kind, parameter_infos
from spectragui.core.spectrum import AnySpectrum, Spectrum
from spectragui.gui.pipeline.edits import change_stage
from spectragui.gui.pipeline.shown import STITCH, shown_chain, shown_step
from spectragui.gui.session.session import Session

if TYPE_CHECKING:
    from spectragui.preprocessing.stage import Stage, StageResult

BY_POINTS = "points"  # the way of a stage whose curve runs through its points
N_SEEDS = 9
Points = tuple[tuple[float, float], ...]


def field_of_kind(stage: Stage | None, kind: Kind) -> str:
    """Return the name of a stage's first parameter of a kind; empty = it has none."""
    if stage is None:
        return ""
    return next((name for name, info in parameter_infos(stage).items() if info.kind == kind), "")


def drawn_field(stage: Stage | None, kind: Kind) -> str:
    """Return the parameter that the plot of a stage edits; the cuts of orders are edited in Orders."""
    if stage is not None and stage.name == STITCH:
        return ""
    return field_of_kind(stage, kind)


def drawn_points(stage: Stage | None, spectrum: AnySpectrum | None) -> Points | None:
    """Return the points that are drawn for a stage, None where none can be set.

    Where a stage finds its curve in another way, a spectrum in one piece can still be given points:
    they begin on that curve.
    """
    name = drawn_field(stage, "points")
    if stage is None or not name:
        return None
    chooser = _chooser(stage)
    if chooser and getattr(stage, chooser) != BY_POINTS:
        return () if isinstance(spectrum, Spectrum) else None
    points: Points = getattr(stage, name)
    return points


def points_values(stage: Stage, points: Points, result: StageResult | None) -> dict[str, Any]:
    """Return the parameters of a stage whose points were edited; the way becomes that by points."""
    name, chooser = drawn_field(stage, "points"), _chooser(stage)
    if not chooser or getattr(stage, chooser) == BY_POINTS:
        return {name: points}
    return {name: _with_curve(points, result), chooser: BY_POINTS}


def _with_curve(points: Points, result: StageResult | None) -> Points:
    """Return points with those of the curve that was found before, evenly spaced, where none is near."""
    curve = next((c for c in result.curves if c.role == "continuum"), None) if result is not None else None
    if curve is None:
        return points
    known = np.isfinite(curve.values)
    x, y = curve.wavelength_aa[known], curve.values[known]
    places = np.linspace(x[0], x[-1], N_SEEDS)
    apart = 0.5 * (places[1] - places[0])
    far = [p for p in places if all(abs(p - point[0]) > apart for point in points)]
    seeds = zip(far, np.interp(far, x, y), strict=True)
    return tuple(sorted((*points, *((float(a), float(b)) for a, b in seeds))))


def _chooser(stage: Stage) -> str:
    """Return the name of the parameter by which a stage is told to use its points."""
    return next((name for name, info in parameter_infos(stage).items() if BY_POINTS in info.choices), "")


def change_field(session: Session, name: str, value: Any, gesture: str) -> None:
    """Give a parameter of the step that is looked at another value."""
    change_fields(session, name, {name: value}, gesture)


def change_fields(session: Session, name: str, values: Mapping[str, Any], gesture: str) -> None:
    """Give parameters of the step that is looked at other values; the entry has the name of one."""
    index, chain = shown_step(session.state), shown_chain(session.state)
    if chain is None or index < 0 or not name:
        return
    stage = chain.steps[index].stage
    try:
        changed = dataclasses.replace(stage, **values)
    except SpectraGUIError as error:
        session.notifications.warning(str(error))
        return
    label = parameter_infos(stage)[name].label or name
    change_stage(session, index, changed, label.lower(), gesture)
