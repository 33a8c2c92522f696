"""What the page on denoising computes: the bundled denoiser and the paper's network on simulated nights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.analysis.line_injection import LineInjection, end_level
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import find_model, read_card
from spectragui.core.progress import Progress, part_of
from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.weights_file import WEIGHTS_FILE
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.inference.model_drawing import layer_rows
from spectragui.networks.network_description import tensor_shapes
from spectragui.reports.layer_drawing import kept_rows
from spectragui.reports.loss_drawing import kept_training
from spectragui.reports.preset_models import preset_config, training_progress
from spectragui.reports.report_item import Results
from spectragui.reports.report_run import ReportRun, register_step
from spectragui.training.denoiser.baselines import hourglass
from spectragui.training.denoiser.config import DomainConfig
from spectragui.training.denoiser.disturbances import DenoiserAugmentation, augment
from spectragui.training.denoiser.generalisation import Generalisation
from spectragui.training.denoiser.heldout import HeldOut, HeldOutMaker, denoised_held_out
from spectragui.training.denoiser.report import DenoiserReport, Measures, evaluate_denoiser, measure
from spectragui.training.denoiser.run import domain_of
from spectragui.training.grids import find_shared_file, read_grid

PRESET, OURS = "paper-dae", "pfs-dae"
#: The star of the paper's Figure 1; [α/Fe] 0.
STAR = {"teff": 4183.0, "logg": 2.0, "m_h": -1.5, "alpha_m": 0.0, "vmic": 1.5}
STAR_WORDS = "Teff 4183 K, log g 2.0, [Fe/H] -1.5, [α/Fe] 0"
EXAMPLE_SNR = 10.0
CALCIUM_AA = (8500.35, 8544.44, 8664.52)  # vacuum
NEW_LINE_AA, FACTOR = 8600.0, 1.5
LINE_SNR = 60.0
_HALF_AA = 12.0


def _domain() -> DomainConfig:
    return domain_of(find_model(OURS))


def _star(seed: int, snr: float) -> HeldOut:
    """Return the paper's star in a drawn night."""
    names = HeldOutMaker(_domain()).emulator.label_names
    maker = HeldOutMaker(_domain(), labels=np.array([STAR[name] for name in names]))
    return maker.make(1, np.random.default_rng([seed, 40]), snr)


@register_step("denoise.heldout", "Bundled denoiser on held-out observations", 90.0, (PRESET,))
def judge_bundled(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Judge the bundled denoiser beside filters and the paper's network."""
    weights = run.model(PRESET, part_of(progress, 0.0, 0.4)) / WEIGHTS_FILE
    config = _domain()
    grid = read_grid(find_shared_file(*Path(config.grid).parts)).held_out()
    report = evaluate_denoiser(
        Denoiser.load(find_model(OURS), "cpu"),
        config,
        grid,
        n_spectra=run.count(200, 1000),
        seed=run.settings.seed,
        presets={f"hourglass {PRESET}": weights},
        progress=part_of(progress, 0.4, 1.0),
    )
    return {
        "natural": kept_measures(report.natural),
        "quantities": dict(report.quantities),
        "fixed": [[source, snr, kept_measures(one)] for (source, snr), one in report.fixed.items()],
        "rivals": {name: {str(snr): v for snr, v in found.items()} for name, found in report.rivals.items()},
        "cases": [dataclasses.asdict(case) for case in report.cases],
    }


def kept_measures(one: Measures) -> dict[str, Any]:
    """Return measures as a result keeps them."""
    return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}


def heldout_report(results: Results) -> DenoiserReport:
    """Return the report that a result keeps."""
    kept = results["denoise.heldout"]
    return DenoiserReport(
        Measures(**kept["natural"]),
        dict(kept["quantities"]),
        {(str(source), float(snr)): Measures(**one) for source, snr, one in kept["fixed"]},
        {name: {float(snr): float(v) for snr, v in found.items()} for name, found in kept["rivals"].items()},
        tuple(Generalisation(**case) for case in kept["cases"]),
    )


@register_step("denoise.hourglass", "The paper's network in drawn nights", 60.0, (PRESET,))
def judge_hourglass(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Judge the paper's network as far as it was trained, and list its layers."""
    folder = run.model(PRESET, progress)
    held = HeldOutMaker(_domain()).make(run.count(100, 300), np.random.default_rng([run.settings.seed, 41]))
    found = measure(held, hourglass(held, folder / WEIGHTS_FILE))
    widths = [int(width) for width in preset_config(run.settings, PRESET).network.options["widths"]]
    card = ModelCard(
        PRESET,
        "",
        "denoiser",
        wavelength=read_card(find_model(OURS)).wavelength,
        tensors=tensor_shapes("hourglass", *widths),
    )
    return {
        "natural": kept_measures(found),
        "quantities": dict(held.quantities),
        "trainings": [kept_training(training_progress(folder, PRESET))],
        "layers": kept_rows(layer_rows(card)),
    }


@register_step("denoise.example", "The star of Figure 1, noisy and denoised", 10.0, (PRESET,))
def denoise_star(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Simulate the paper's star at S/N 10, denoise it both ways, and augment it step by step."""
    held = _star(run.settings.seed, EXAMPLE_SNR)
    estimate = denoised_held_out(Denoiser.load(find_model(OURS), "cpu"), held)
    theirs = hourglass(held, run.model(PRESET, progress) / WEIGHTS_FILE)
    scale = 0.5 / np.median(held.truth[0])
    drawn = augment(
        held.truth * scale,
        held.sigma * scale,
        held.wavelength_aa,
        DenoiserAugmentation(),
        np.random.default_rng([run.settings.seed, 42]),
    )
    return {
        "wavelength_aa": held.wavelength_aa,
        "truth": held.truth[0] * scale,
        "noisy": held.noisy[0] * scale,
        "sigma": held.sigma[0] * scale,
        "snr": float(held.quantities["snr"][0]),
        "v_rad": float(held.quantities["v_rad"][0]),
        "denoised": {OURS: estimate.flux[0] * scale, PRESET: theirs[0] * scale},
        "measures": {
            OURS: kept_measures(measure(held, estimate.flux)),
            PRESET: kept_measures(measure(held, theirs)),
        },
        "augmented": {
            "calibrated": drawn.calibration[0] * held.truth[0] * scale,
            "noisy": drawn.calibration[0] * held.truth[0] * scale + drawn.noise[0],
            "input": drawn.input[0],
            "target": drawn.target[0],
            "scale": float(drawn.scale[0, 0]),
            "offset": float(drawn.offset[0, 0]),
        },
    }


@register_step("denoise.lines", "A new line and a deepened one", 10.0, (PRESET,))
def change_lines(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Put a Voigt line at 8600 A, deepen the calcium line at 8544 A, and denoise."""
    held = _star(run.settings.seed, LINE_SNR)
    shift = doppler_factor(float(held.quantities["v_rad"][0]))
    wave, truth = held.wavelength_aa, held.truth[0]
    changed = truth * (1.0 - LineInjection(NEW_LINE_AA * shift, 1.5, 3.0, 0.3).depth(wave))
    at = CALCIUM_AA[1] * shift
    inside = np.abs(wave - at) <= _HALF_AA
    level = end_level(wave[inside], truth[inside])
    changed[inside] = level + FACTOR * (truth[inside] - level)
    noisy = (changed + held.noisy[0] - truth)[None]
    estimate = denoised_held_out(Denoiser.load(find_model(OURS), "cpu"), held, noisy)
    weights = run.model(PRESET, progress) / WEIGHTS_FILE
    theirs = hourglass(dataclasses.replace(held, noisy=noisy), weights)
    scale = 0.5 / np.median(truth)
    return {
        "rest_aa": wave / shift,
        "truth": truth * scale,
        "changed": changed * scale,
        "denoised": {OURS: estimate.flux[0] * scale, PRESET: theirs[0] * scale},
    }
