"""What is under the cursor of a spectrum plot: the nearest pixel, its flux, error and S/N."""

from __future__ import annotations

import dataclasses
import math
import sys

import numpy as np

from spectragui.core.labels import format_with_error, true_minus
from spectragui.core.wording import superscript
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.curve import Curve, Trace


@dataclasses.dataclass(frozen=True)
class Reading:
    """The pixel nearest to the cursor.

    Attributes
    ----------
    key : str
        Of its curve.
    label, role : str
        Of its curve.
    x : float
        In the displayed unit.
    flux, uncertainty : float
        In the data's unit; uncertainty NaN where there is none.
    is_masked : bool
    order : int or None
        Number of the order, counted from 0; None where there is only one.
    screen_y : float
        Where the pixel is drawn.
    order_name : str
        What the order is called; empty where the spectrum has none.
    """

    key: str
    label: str
    role: str
    x: float
    flux: float
    uncertainty: float
    is_masked: bool
    order: int | None
    screen_y: float
    order_name: str = ""

    @property
    def snr(self) -> float:
        """Flux over uncertainty; NaN where it is not known."""
        return self.flux / self.uncertainty if self.uncertainty > 0 else math.nan

    def text(self, unit: DisplayUnit, is_pixel: bool = False) -> str:
        """Return the reading for the status bar: "5183.60 Å   0.146 ± 0.004   S/N 36"."""
        places = {"Angstrom": 3, "nm": 4, "um": 6, "cm-1": 2, "velocity": 2}[unit.name]
        place = f"pixel {self.x:.0f}" if is_pixel else f"{true_minus(f'{self.x:.{places}f}')} {unit.symbol}"
        parts = [place, format_flux(self.flux, self.uncertainty)]
        if math.isfinite(self.snr):
            parts.append(f"S/N {true_minus(f'{self.snr:.0f}')}")
        parts.append(self.order_name)
        if self.is_masked:
            parts.append("masked")
        return "   ".join(part for part in parts if part)


def format_flux(flux: float, uncertainty: float = math.nan) -> str:
    """Write a flux of any size with its error: "0.146 ± 0.004", "(3.14 ± 0.12) × 10⁻¹⁵"."""
    if not math.isfinite(flux):
        return "no value"
    power = max(math.floor(math.log10(abs(flux))), sys.float_info.min_10_exp) if flux else 0
    if -3 <= power < 6:
        return format_with_error(flux, uncertainty, decimals=4 if power < 2 else 1)
    scaled = format_with_error(flux / 10.0**power, uncertainty / 10.0**power, decimals=3)
    bracketed = f"({scaled})" if "±" in scaled else scaled
    return f"{bracketed} × 10{superscript(power)}"


def read_curves(curves: tuple[Curve, ...], x: float, y: float) -> Reading | None:
    """Return the pixel nearest to a place: the nearest in x of each trace, then the nearest in y.

    Parameters
    ----------
    curves : tuple of Curve
    x, y : float
        The place, in units of the screen's axes.
    """
    best: Reading | None = None
    for curve in curves:
        for trace in curve.traces:
            reading = _read_trace(curve, trace, x)
            if reading is None:
                continue
            if best is None or _distance(reading, y) < _distance(best, y):
                best = reading
    return best


def _distance(reading: Reading, y: float) -> float:
    return abs(reading.screen_y - y) if math.isfinite(reading.screen_y) else math.inf


def _read_trace(curve: Curve, trace: Trace, x: float) -> Reading | None:
    if not trace.x[0] <= x <= trace.x[-1]:
        return None
    i = int(np.searchsorted(trace.x, x))
    if i > 0 and (i == trace.x.size or x - trace.x[i - 1] < trace.x[i] - x):
        i -= 1
    flux = float(trace.flux[i])
    sigma = math.nan if trace.uncertainty is None else float(trace.uncertainty[i])
    order = trace.number if len(curve.traces) > 1 else None
    screen_y = float(curve.on_screen(np.array([flux]))[0])
    return Reading(
        curve.key,
        curve.label,
        curve.role,
        float(trace.x[i]),
        flux,
        sigma,
        bool(trace.mask[i]),
        order,
        screen_y,
        trace.name,
    )
