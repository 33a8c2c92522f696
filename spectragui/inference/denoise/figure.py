"""One denoised spectrum as a figure: noisy, denoised, truth; the residual below."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoising_result import Denoised


def draw_denoised(found: Denoised, truth: NDArray[np.float64] | None, path: Path) -> None:
    """Draw a denoised spectrum into a PNG or PDF.

    Raises
    ------
    WriteError
        If matplotlib is not installed or the suffix is another.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise WriteError(
            "No figure: matplotlib is not installed.", "Install it with: pip install 'spectragui[figures]'."
        ) from error
    if path.suffix.lower() not in (".png", ".pdf"):
        raise WriteError(f"{path.name}: figures are PNG or PDF.", "Use a name that ends in .png.")
    own, noisy = found.spectrum, found.noisy
    assert isinstance(own, Spectrum) and isinstance(noisy, Spectrum) and own.uncertainty is not None
    figure = Figure(figsize=(12, 7), layout="constrained")
    FigureCanvasAgg(figure)
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1, 1])
    wavelength = own.wavelength_aa
    flux = np.where(noisy.good, noisy.flux, np.nan)
    top.plot(wavelength, flux, color="0.75", lw=0.5, label="noisy")
    if truth is not None:
        top.plot(wavelength, truth, color="tab:blue", lw=1.0, label="truth")
    top.plot(wavelength, own.flux, color="tab:orange", lw=0.8, label=found.spectrum.meta["denoised"])
    low, high = np.nanpercentile(flux, [0.5, 99.5])
    top.set_ylim(low - 0.2 * (high - low), high + 0.2 * (high - low))
    top.set_ylabel(f"Flux ({noisy.flux_unit or 'no unit'})")
    top.legend(loc="upper right", ncols=3)
    top.set_title(
        f"{noisy.name}: S/N {found.snr_before:.1f} to {found.snr_after:.0f}. {found.whiteness_words}"
    )
    middle.plot(wavelength, found.residual_sigma, color="0.5", lw=0.4)
    middle.set_ylabel("residual (σ)")
    relative = 100 * own.uncertainty / own.flux
    bottom.fill_between(wavelength, -relative, relative, color="0.85", label="1 σ")
    if truth is not None:
        bottom.plot(wavelength, 100 * (own.flux / truth - 1.0), color="tab:orange", lw=0.6)
    bottom.set_ylim(-4 * np.nanmedian(relative), 4 * np.nanmedian(relative))
    bottom.set_ylabel("error (%)" if truth is not None else "1 σ (%)")
    bottom.set_xlabel(own.spectral_axis.label())
    for region in found.regions:
        for axes in (top, middle):
            axes.axvspan(region.start_aa, region.stop_aa, color="tab:red", alpha=0.15, lw=0)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format=path.suffix[1:].lower())
