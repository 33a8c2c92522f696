"""The report of a denoiser on held-out observations: errors, calibration, the paper's statements, rivals."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.model_folder import read_card, write_card
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.training.denoiser.baselines import hourglass, pca_projection, savitzky_golay, wavelet
from spectragui.training.denoiser.config import DomainConfig
from spectragui.training.denoiser.generalisation import Generalisation, generalisation_cases
from spectragui.training.denoiser.heldout import QUANTITIES, HeldOut, HeldOutMaker, denoised_held_out
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.report_figures import make_folder, save_figures

Floats = NDArray[np.float64]
SNRS = (10.0, 30.0)
SNR_BINS = (3.0, 6.0, 12.0, 25.0, 50.0, 100.0, 250.0)
CHUNK = 100


@dataclasses.dataclass(frozen=True, eq=False)
class Measures:
    """Errors of denoised spectra (Pal & Dobos 2024, Section 4.1); arrays of shape (n_spectra,).

    Attributes
    ----------
    mean_e, max_e : ndarray
        |E| with the median of the truth scaled to 0.5.
    mean_r, max_r, bias : ndarray
        |R|, and R with its sign.
    kl : ndarray
        Kullback-Leibler divergence of the denoised spectrum from the truth.
    inside : ndarray
        Part of the pixels within 1 sigma; NaN without an uncertainty.
    dv : ndarray
        Error of the velocity [km/s]; NaN without one.
    """

    mean_e: Floats
    max_e: Floats
    mean_r: Floats
    max_r: Floats
    bias: Floats
    kl: Floats
    inside: Floats
    dv: Floats


def measure(held: HeldOut, flux: Floats, sigma: Floats | None = None, dv: Floats | None = None) -> Measures:
    """Return the errors of denoised fluxes."""
    error = flux - held.truth
    relative = error / held.truth
    scaled = error * 0.5 / np.median(held.truth, axis=1, keepdims=True)
    p = held.truth / held.truth.sum(axis=1, keepdims=True)
    q = np.maximum(flux, 1e-6 * np.median(held.truth, axis=1, keepdims=True))
    q = q / q.sum(axis=1, keepdims=True)
    nothing = np.full(len(held), np.nan)
    return Measures(
        np.abs(scaled).mean(axis=1),
        np.abs(scaled).max(axis=1),
        np.abs(relative).mean(axis=1),
        np.abs(relative).max(axis=1),
        relative.mean(axis=1),
        np.sum(p * np.log(p / q), axis=1),
        nothing if sigma is None else np.mean(np.abs(error) < sigma, axis=1),
        nothing if dv is None else dv,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class DenoiserReport:
    """Everything that is reported.

    Attributes
    ----------
    natural : Measures
        Of stars in drawn nights; ``quantities`` beside it.
    quantities : dict of str to ndarray
    fixed : dict of (str, float) to Measures
        By source of the truth ("emulator", "grid") and S/N.
    rivals : dict of str to dict of float to float
        Mean |R| by method and S/N.
    cases : tuple of Generalisation
        Lines that no star has.
    """

    natural: Measures
    quantities: dict[str, Floats]
    fixed: dict[tuple[str, float], Measures]
    rivals: dict[str, dict[float, float]]
    cases: tuple[Generalisation, ...] = ()


def denoise_held_out(model: Denoiser, held: HeldOut) -> Measures:
    """Return the errors of a denoiser on held-out observations."""
    estimate = denoised_held_out(model, held)
    sigma = np.sqrt(np.sum(np.square(estimate.factor), axis=2))
    return measure(held, estimate.flux, sigma, estimate.shift_kms - held.quantities["v_rad"])


def evaluate_denoiser(
    model: Denoiser,
    config: DomainConfig,
    grid: SpectrumGrid | None,
    *,
    n_spectra: int = 1000,
    seed: int = 0,
    presets: dict[str, Path] | None = None,
    progress: Progress = no_progress,
) -> DenoiserReport:
    """Judge a denoiser.

    Parameters
    ----------
    model : Denoiser
    config : DomainConfig
    grid : SpectrumGrid or None
        The held-out tenth of the computed spectra.
    n_spectra : int
        Observations a case.
    seed : int
    presets : dict of str to pathlib.Path
        Weights of trained hourglasses, by what to call them.
    progress : Progress
    """
    makers = {"emulator": HeldOutMaker(config)}
    if grid is not None:
        makers["grid"] = HeldOutMaker(config, grid)
    generator = np.random.default_rng([seed, 20])
    cases = [(name, snr) for name in makers for snr in SNRS]
    share = 1.0 / (len(cases) + 2)
    fixed: dict[tuple[str, float], Measures] = {}
    rivals: dict[str, dict[float, float]] = {}
    for number, (name, snr) in enumerate(cases):
        part = part_of(progress, number * share, (number + 1) * share)
        found, beside = _case(model, makers[name], n_spectra, snr, generator, presets or {}, part)
        fixed[name, snr] = found
        for method, error in (beside if name == "emulator" else {}).items():
            rivals.setdefault(method, {})[snr] = error
    part = part_of(progress, 1.0 - 2.0 * share, 1.0 - share)
    parts, quantities = _natural(model, makers["emulator"], n_spectra, generator, part)
    part = part_of(progress, 1.0 - share, 1.0)
    n_lines = max(n_spectra // 5, 4)
    lines = generalisation_cases(model, makers["emulator"], n_lines, SNRS, generator, part)
    return DenoiserReport(parts, quantities, fixed, rivals, lines)


def _case(
    model: Denoiser,
    maker: HeldOutMaker,
    n_spectra: int,
    snr: float,
    generator: np.random.Generator,
    presets: dict[str, Path],
    progress: Progress,
) -> tuple[Measures, dict[str, float]]:
    ours, rivals = [], []
    at_once = maker.at_once(CHUNK)
    for start in range(0, n_spectra, at_once):
        held = maker.make(min(at_once, n_spectra - start), generator, snr)
        ours.append(denoise_held_out(model, held))
        if start == 0:  # the rivals' means need no more
            rivals.append(_rivals(held, model, presets))
        progress(min(start + at_once, n_spectra) / n_spectra, f"S/N {snr:g}")
    return _joined(ours), rivals[0]


def _rivals(held: HeldOut, model: Denoiser, presets: dict[str, Path]) -> dict[str, float]:
    found = {
        "noisy": held.noisy,
        "Savitzky-Golay, best window": savitzky_golay(held),
        "wavelet, soft threshold": wavelet(held),
        "PCA projection, true velocity": pca_projection(held, model.basis_at(held.resolving_power)),
    }
    found |= {name: hourglass(held, path) for name, path in presets.items()}
    return {name: float(measure(held, flux).mean_r.mean()) for name, flux in found.items()}


def _natural(
    model: Denoiser, maker: HeldOutMaker, n_spectra: int, generator: np.random.Generator, progress: Progress
) -> tuple[Measures, dict[str, Floats]]:
    parts, quantities = [], []
    at_once = maker.at_once(CHUNK)
    for start in range(0, n_spectra, at_once):
        held = maker.make(min(at_once, n_spectra - start), generator)
        parts.append(denoise_held_out(model, held))
        quantities.append(held.quantities)
        progress(min(start + at_once, n_spectra) / n_spectra, "drawn nights")
    names = [name for name in QUANTITIES if name in quantities[0]]
    return _joined(parts), {name: np.concatenate([one[name] for one in quantities]) for name in names}


def _joined(parts: list[Measures]) -> Measures:
    names = [field.name for field in dataclasses.fields(Measures)]
    return Measures(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def report_text(name: str, report: DenoiserReport) -> str:
    """Return the report as Markdown."""
    n_spectra = len(report.natural.mean_r)
    lines = [f"# {name} on held-out observations", "", f"{n_spectra} simulated observations a case.", ""]
    lines += [
        "| truth | S/N | mean abs R % | 95th % | max % | bias % | KL | within 1 sigma % | v off > 30 km/s % |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for (source, snr), one in report.fixed.items():
        lost = 100 * float(np.mean(np.abs(one.dv) > 30.0))
        high = float(np.percentile(one.mean_r, 95))
        lines.append(
            f"| {source} | {snr:g} | {100 * one.mean_r.mean():.3f} | {100 * high:.3f} "
            f"| {100 * one.max_r.mean():.1f} | {100 * one.bias.mean():+.3f} | {one.kl.mean():.1e} "
            f"| {100 * one.inside.mean():.1f} | {lost:.1f} |"
        )
    lines += [
        "",
        "## Beside it",
        "",
        "| method | " + " | ".join(f"S/N {s:g}: mean abs R %" for s in SNRS) + " |",
    ]
    lines += ["|---|---|---|"]
    ours = {snr: float(report.fixed["emulator", snr].mean_r.mean()) for snr in SNRS}
    for method, errors in {name: ours, **report.rivals}.items():
        lines.append(f"| {method} | " + " | ".join(f"{100 * errors[snr]:.2f}" for snr in SNRS) + " |")
    lines += ["", "## Uncertainty", "", *_coverage(report)]
    lines += ["", "## Lines that no star has", "", *_generalisation(report.cases)]
    lines += ["", "## The paper's statements", "", *_statements(report)]
    return "\n".join(lines) + "\n"


def _coverage(report: DenoiserReport) -> list[str]:
    """Return the part of pixels within 1 sigma, in bins of S/N."""
    rows = ["| S/N | spectra | within 1 sigma % |", "|---|---|---|"]
    snr, inside = report.quantities["snr"], report.natural.inside
    for low, high in itertools.pairwise(SNR_BINS):
        chosen = (snr >= low) & (snr < high)
        if chosen.any():
            rows.append(f"| {low:g} to {high:g} | {chosen.sum()} | {100 * inside[chosen].mean():.1f} |")
    return rows


def _generalisation(cases: tuple[Generalisation, ...]) -> list[str]:
    """Return the table of lines put in or deepened, 5.5 to 7 sigma in equivalent width (sisters: 2 sigma)."""
    rows = [
        "| change | S/N | spectra | flagged % | shown, median % | sister line moved % | named % |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in cases:
        values = (one.flagged, one.shown, one.moved, one.named)
        numbers = " | ".join(f"{100 * value:.0f}" if np.isfinite(value) else "-" for value in values)
        rows.append(f"| {one.kind} | {one.snr:g} | {one.n_spectra} | {numbers} |")
    return rows


def report_metrics(report: DenoiserReport) -> dict[str, Any]:
    """Return what the card of the model says of the report."""
    found: dict[str, Any] = {"n_spectra": len(report.natural.mean_r)}
    for (source, snr), one in report.fixed.items():
        found[f"{source}_snr_{snr:g}"] = {
            "mean_abs_r": round(float(one.mean_r.mean()), 5),
            "bias": round(float(one.bias.mean()), 5),
            "within_1_sigma": round(float(one.inside.mean()), 3),
        }
    for case in report.cases:
        found[f"{case.kind.replace(' ', '_')}_snr_{case.snr:g}"] = {"flagged": round(case.flagged, 3)}
    return found


def write_metrics(folder: Path, report: DenoiserReport) -> None:
    """Write what a report measured into the card of its model."""
    card = read_card(folder)
    write_card(dataclasses.replace(card, metrics=report_metrics(report)), folder)


def _statements(report: DenoiserReport) -> list[str]:
    mean, known = report.natural.mean_r, report.quantities

    def over(name: str, low: float, high: float) -> str:
        inside = (known[name] >= low) & (known[name] < high)
        if not inside.any():
            return "none drawn"
        return f"{100 * mean[inside].mean():.2f} %"

    def spread(low: float, high: float) -> str:
        inside = (known["teff"] >= low) & (known["teff"] < high)
        return f"{100 * np.std(mean[inside]):.2f} %" if inside.any() else "none drawn"

    wide = mean[(known["snr"] > 10) & (known["snr"] < 120)]
    decade = f"{wide.max() / wide.min():.0f}" if wide.size else "-"
    gravities = ", ".join(
        f"{low:g} to {high:g}: {over('logg', low, high)}"
        for low, high in ((0.0, 0.5), (0.5, 4.5), (4.5, 5.01))
    )
    metals = ", ".join(
        f"{low:g} to {high:g}: {over('m_h', low, high)}"
        for low, high in ((-2.5, -1.5), (-1.5, -0.5), (-0.5, 0.51))
    )
    return [
        f"- Sub-per-cent at S/N 10. Ours, S/N 8-12: {over('snr', 8, 12)}.",
        f"- Means within a decade for 10 < S/N < 120. Ours: largest over smallest spectrum {decade}.",
        f"- An upturn below. Ours: S/N 5-10 {over('snr', 5, 10)}, below 5 {over('snr', 0, 5)}.",
        f"- More spread below 3750 K. Ours: {spread(0, 3750)} there, {spread(3750, 9e3)} above.",
        f"- Errors at the ends of log g. Ours, {gravities}.",
        f"- A rise with [Fe/H]. Ours, {metals}.",
        f"- Beyond it: above 700 km/s {100 * mean[np.abs(known['v_rad']) > 700].mean():.2f} %, below 300 "
        f"{100 * mean[np.abs(known['v_rad']) < 300].mean():.2f} %.",
    ]


def write_report(name: str, report: DenoiserReport, folder: Path) -> list[Path]:
    """Write text, table and figures of a report; return the files."""
    from astropy.table import Table

    make_folder(folder)
    text = folder / "report.md"
    write_text_atomically(text, report_text(name, report))
    columns = {
        **report.quantities,
        **{f.name: getattr(report.natural, f.name) for f in dataclasses.fields(Measures)},
    }
    table = Table(columns)
    for key, unit in (("teff", "K"), ("v_rad", "km/s"), ("ebv", "mag"), ("magnitude", "mag"), ("dv", "km/s")):
        if key in table.colnames:
            table[key].unit = unit
    path = folder / "spectra.ecsv"
    with atomic_path(path) as temporary:
        table.write(temporary, format="ascii.ecsv", overwrite=True)
    return [text, path, *save_figures([("errors.png", lambda figure: _draw(figure, report))], folder)]


def _draw(figure: Any, report: DenoiserReport) -> None:
    names = [name for name in QUANTITIES if name in report.quantities]
    axes = figure.subplots(2, 4, sharey=True).ravel()
    for ax, name in zip(axes, names, strict=False):
        values = report.quantities[name]
        for key, colour, label in (("max_r", "0.7", "max |R|"), ("mean_r", "tab:orange", "mean |R|")):
            ax.plot(values, 100 * getattr(report.natural, key), ".", ms=2, color=colour, label=label)
        ax.plot(values, 100 * np.abs(report.natural.bias), ".", ms=1.5, color="tab:blue", label="|bias|")
        ax.set_yscale("log")
        ax.set_xlabel(name)
        if name == "snr":
            ax.set_xscale("log")
            ax.legend(markerscale=4)
    axes[0].set_ylabel("error (%)")
