"""Put a spectrum on the pixels of another one, or on those that a published network was trained on."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui.core import numerics
from spectragui.core.errors import SpectraGUIError, StageError, UnitError
from spectragui.core.kept_bytes import forgettable
from spectragui.core.numerics import FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import FRAME_WORDS, SpectralAxis
from spectragui.core.spectrum import (
    BLAZE_KEYS,
    CORRELATION,
    AnySpectrum,
    EchelleSpectrum,
    Spectrum,
    orders_of,
)
from spectragui.preprocessing.pixel_stage import in_angstrom
from spectragui.preprocessing.stage import Stage, StageResult, register_stage

# Pixels of APOGEE's apStar (log10 of the wavelength, vacuum) and those of them that StarNet takes: the
# three chips without their ends (Fabbro et al. 2018, MNRAS 475, 2978), 7214 in all.
APOGEE_START, APOGEE_STEP, APOGEE_PIXELS = 4.179, 6e-6, 8575
STARNET_CHIPS = ((322, 3242), (3648, 6048), (6412, 8306))
GRIDS = ("as it is", "file", "APOGEE StarNet")


@register_stage("onto_grid", priority=135)
@dataclasses.dataclass(frozen=True)
class OntoGrid(Stage):
    """Put a spectrum on given pixels: finer ones are interpolated, coarser ones averaged."""

    title = "Onto a grid"
    help = (
        "Put the spectrum on the pixels of a file (its orders too), or on the 7214 pixels of StarNet for "
        "APOGEE; pixels that it does not cover are masked."
    )

    grid: str = param(
        "as it is",
        label="Pixels of",
        choices=GRIDS,
        help="The spectrum itself, a file, or a published network.",
    )
    file: str = param(
        "",
        label="File",
        help="Spectrum whose pixels are wanted, in the frame of this one; air and vacuum are converted.",
        used_if=("grid", ("file",)),
    )

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Return the spectrum on the grid: orders where the grid has orders, else one piece."""
        if self.grid == "as it is":
            return StageResult(spectrum, notes=("The pixels stay: no grid is chosen.",))
        orders = tuple(in_angstrom(order) for order in orders_of(spectrum))
        targets, note = self._targets(orders[0].spectral_axis)
        parts = [part for target in targets if (part := _on(orders, target)) is not None]
        if not parts:
            first, last = targets[0].values[0], targets[-1].values[-1]
            raise StageError(
                f"The spectrum covers none of the grid's pixels ({first:.0f} to {last:.0f} Å).",
                "Choose the file of another spectrum.",
            )
        n_empty = sum(int(np.count_nonzero(part.mask)) for part in parts)
        n_pixels = sum(len(part) for part in parts)
        notes = (f"{n_pixels} pixels of {note}, {n_empty} of them without flux.",)
        if len(targets) == 1:
            return StageResult(parts[0], notes=notes)
        return StageResult(EchelleSpectrum(tuple(parts), spectrum.meta), notes=notes)

    def _targets(self, axis: SpectralAxis) -> tuple[tuple[SpectralAxis, ...], str]:
        """Return the pixels of each order of the grid, in the medium of the spectrum; and its name."""
        if self.grid == "file":
            if not self.file:
                raise StageError("No file is given.", "Choose the spectrum whose pixels are wanted.")
            wanted, name = _axes_of(self.file, _changed_at(self.file)), Path(self.file).name
        else:
            if axis.frame != "rest":
                raise StageError(
                    f"{self.grid} takes spectra in the star's rest frame; this one is in the "
                    f"{FRAME_WORDS[axis.frame]}.",
                    "Put the stage Doppler shift before this one.",
                )
            wanted, name = (starnet_axis(),), self.grid
        try:
            return tuple(one.in_medium(axis.medium) for one in wanted), name
        except UnitError as error:
            raise StageError(
                "The grid's and the spectrum's wavelengths are in different media.", error.hint
            ) from error


def starnet_axis() -> SpectralAxis:
    """Return the 7214 pixels of StarNet for APOGEE [Angstrom, vacuum, rest frame]."""
    numbers = np.concatenate([np.arange(*chip) for chip in STARNET_CHIPS])
    return SpectralAxis(10.0 ** (APOGEE_START + APOGEE_STEP * numbers), medium="vacuum", frame="rest")


def _changed_at(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


@forgettable
@functools.lru_cache(maxsize=4)
def _axes_of(file: str, changed_at: int) -> tuple[SpectralAxis, ...]:
    from spectragui.io.read import read_spectrum

    try:
        return tuple(in_angstrom(order).spectral_axis for order in orders_of(read_spectrum(Path(file))))
    except SpectraGUIError as error:
        raise StageError(error.message, error.hint) from error


def _on(orders: Sequence[Spectrum], target: SpectralAxis) -> Spectrum | None:
    """Return the orders on one stretch of pixels; where several cover a pixel, the one with less error."""
    wavelength = target.values
    has_errors = all(order.uncertainty is not None for order in orders)
    flux, sigma = np.zeros(wavelength.size), np.full(wavelength.size, np.inf)
    mask = np.ones(wavelength.size, dtype=bool)
    for order in orders:
        new_flux, new_sigma, new_mask = _values(order, wavelength)
        better = ~new_mask & (mask | (new_sigma < sigma))
        flux[better], sigma[better], mask[better] = new_flux[better], new_sigma[better], False
    if mask.all():
        return None
    first = orders[0]
    dropped = (CORRELATION, "order", *BLAZE_KEYS)
    meta = {key: value for key, value in first.meta.items() if key not in dropped}
    axis = first.spectral_axis.replace(values=wavelength)
    return Spectrum(axis, flux, sigma if has_errors else None, mask, first.flux_unit, meta)


def _values(order: Spectrum, wavelength: FloatArray) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Return flux, sigma and mask of an order at pixels that may lie apart: chip by chip."""
    flux, sigma = np.zeros(wavelength.size), np.full(wavelength.size, np.inf)
    mask = np.ones(wavelength.size, dtype=bool)
    step = np.diff(wavelength)
    breaks = np.flatnonzero(step > 3.0 * np.median(step)) + 1
    for part in np.split(np.arange(wavelength.size), breaks):
        if part.size < 2:
            continue
        there = slice(*np.searchsorted(order.wavelength_aa, wavelength[part[[0, -1]]]) + (-2, 2))
        there = slice(max(there.start, 0), there.stop)
        if order.wavelength_aa[there].size < 2:
            continue
        own = np.median(np.diff(order.wavelength_aa[there]))
        is_coarser = np.median(np.diff(wavelength[part])) > 1.001 * own
        put = numerics.resample if is_coarser else numerics.interpolate_linear
        errors = None if order.uncertainty is None else order.uncertainty[there]
        found = put(
            order.wavelength_aa[there], order.flux[there], errors, order.mask[there], wavelength[part]
        )
        flux[part], sigma[part], mask[part] = found
    return flux, np.where(np.isnan(sigma), 1.0, sigma), mask
