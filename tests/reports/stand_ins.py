"""Tiny results of every step, as the steps keep them, so that figures and tables are drawn in seconds."""

from __future__ import annotations

import numpy as np

from spectragui.core.labels import MAIN_LABELS
from spectragui.core.photometry import band_set
from spectragui.reports.cvae.evaluation import EXAMPLES
from spectragui.reports.preset_models import PRESETS
from spectragui.reports.thesis.evaluation import BUNDLED, WHOLE
from spectragui.reports.thesis.evaluation import PRESETS as STELLAR
from spectragui.training.config_file import LABEL_WORDS
from spectragui.training.denoiser.heldout import QUANTITIES
from spectragui.training.denoiser.report import Measures
from spectragui.training.generator.element_patterns import ELEMENT_GROUPS
from spectragui.training.generator.labels_returned import LABELS_TESTED
from spectragui.training.parameters.model_comparison import COMPARED, rows_of
from spectragui.training.parameters.observing_cases import CaseResult
from spectragui.training.photometry.measures import OBSERVED

RNG = np.random.default_rng(7)
LAYERS = [["input", "10 pixels", 0], ["dense.0", "10 to 2, 22 weights", 22], ["output", "Teff", 0]]


def training(name):
    step = np.arange(10.0, 60.0, 10.0)
    curves = {
        "step": step,
        "loss": np.exp(-step / 30),
        "validation_loss": np.exp(-step / 40),
        "learning_rate": np.full(5, 1e-3),
    }
    return {
        "name": name,
        "batches": 50,
        "batch_size": 8,
        "an_epoch": PRESETS[name].epoch_batches,
        "paper_epochs": PRESETS[name].paper_epochs,
        "preset_batches": 1000,
        "slope": -0.2,
        "curves": curves,
    }


def alhambra():
    n, bands = 80, len(band_set("alhambra"))
    star = (np.arange(n) % 8 == 0).astype(np.float32)
    z = np.where(star == 1, np.nan, RNG.uniform(0.1, 1.4, n)).astype(np.float32)
    kind = np.where(star == 1, np.nan, 1 + np.arange(n) % 5).astype(np.float32)
    mass = np.where(star == 1, np.nan, RNG.uniform(8, 11, n)).astype(np.float32)
    known = np.isfinite(z)
    measures = [
        ["redshift", method, OBSERVED, selection, quantity, value, 70]
        for method in ("network", "thesis, text", "thesis' layers, our inputs")
        for selection in ("all", "F814W < 22.5", "22.5-24.5", "0.9-1.2")
        for quantity, value in (("sigma_nmad", 0.01), ("outliers_0.15", 0.01), ("bias", 0.0))
    ]
    measures += [
        ["redshift", "network", OBSERVED, f"F814W {low}-{low + 1}", "inside_68_percent", 0.7, 20]
        for low in (20, 21)
    ]
    measures += [["stellarity", "network", OBSERVED, "20-21", q, 0.9, 9] for q in ("completeness", "purity")]
    result = {
        "z": np.nan_to_num(z, nan=0.5),
        "p_star": np.clip(star * 0.9 + 0.05, 0, 1),
        "p_star_photometry": np.clip(star * 0.6 + 0.2, 0, 1),
        "log_mass": np.nan_to_num(mass, nan=9.0),
        "m_abs_b": np.full(n, -19.0, dtype=np.float32),
        "spectral_type": np.nan_to_num(kind, nan=1.0).astype(int),
    }
    labels = {"z": z, "star": star, "log_mass": mass, "m_abs_b": mass - 30, "type": kind}
    return {
        "alhambra.heldout": {
            "measures": measures,
            "pit": RNG.uniform(size=70),
            "redshifts": {"network": z[known]},
            "remarks": [],
            "result": result,
            "models": {"redshift": "toy"},
            "magnitudes": RNG.uniform(19, 24, (n, bands)).astype(np.float32),
            "errors": np.full((n, bands), 0.05, dtype=np.float32),
            "limits": np.full((n, bands), np.nan, dtype=np.float32),
            "labels": labels,
        },
        "alhambra.rivals": {
            "measures": [],
            "redshifts": {"template fit": z[known] + np.where(np.arange(known.sum()) % 3, 0.01, 0.6)},
            "remarks": [],
            "epoch_part": 0.1,
        },
        "alhambra.layers": {
            "measures": [],
            "trainings": [training(name) for name in PRESETS if "alhambra" in name],
            "layers": {name: LAYERS for name in PRESETS if "alhambra" in name},
        },
    }


def generator_case(n=12, pixels=40):
    low = np.array([4000.0, 2.0, -1.0, 0.0, 0.5, 0.0, 1000.0])
    high = np.array([9000.0, 5.0, 0.4, 0.3, 3.0, 300.0, 1e5])
    error = RNG.uniform(1e-4, 4e-3, n)
    return {
        "labels": RNG.uniform(low, high, (n, 7)),
        "mean_error": error,
        "median_error": error,
        "bias": error - 1e-3,
        "reconstruction_error": error,
        "pixel_error": np.full(pixels, 1e-3),
        "pixel_bias": np.zeros(pixels),
        "wavelength_aa": np.linspace(4450.0, 5400.0, pixels),
    }


def cvae():
    case, pixels, n = generator_case(), 40, 30
    example = {
        "labels": case["labels"][0],
        "true": np.ones(pixels),
        "generated": np.ones(pixels),
        "mean_error": 1e-3,
    }
    latent = {
        "labels": RNG.uniform(0, 1, (n, 7)),
        "elements": RNG.normal(size=(n, len(ELEMENT_GROUPS))),
        "mean": RNG.normal(size=(n, 4)),
        "sigma": np.full((n, 4), 0.5),
        "change_rms": np.ones(n),
        "sample_rms": np.ones(n),
        "left_rms": np.ones(n),
    }
    test = {
        "name": "optical-parameters",
        "labels": list(LABELS_TESTED),
        "true": np.array([20.0, 0.03, 3.0, 0.02, 0.05]),
        "generated": np.array([22.0, 0.03, 3.1, 0.02, 0.05]),
        "n": 50,
    }
    return {
        "cvae.residuals": {
            "cases": [case, generator_case()],
            "examples": dict.fromkeys(EXAMPLES, example),
        },
        "cvae.paper": {
            "cases": [generator_case()],
            "trainings": [training("paper-cvae")],
            "hidden": [50, 20],
            "n_different": 5,
        },
        "cvae.layers": {"paper": LAYERS, "reader": LAYERS, "bundled": LAYERS},
        "cvae.labels": {"tests": [test], "minutes": 0.1, "n_training": 100, "hidden": [10, 5]},
        "cvae.latent": {"notes": [], "test": latent},
        "cvae.speed": {"one": 0.002, "of_hundred": 0.001, "emulator": 0.003},
    }


def denoiser_measures(n):
    names = Measures.__dataclass_fields__
    return {name: RNG.uniform(0.001, 0.01, n) for name in names} | {"inside": np.full(n, 0.68)}


def denoise():
    n, pixels = 40, 300
    wave = np.linspace(7100.0, 8850.0, pixels)
    truth = 0.5 + 0.05 * np.sin(wave / 50)
    quantities = {name: RNG.uniform(0.1, 1.0, n) for name in QUANTITIES}
    quantities["snr"] = np.geomspace(4, 120, n)
    quantities["teff"] = np.linspace(3600.0, 7000.0, n)
    both = {"pfs-dae": truth * 1.001, "paper-dae": truth * 1.01}
    return {
        "denoise.heldout": {
            "natural": denoiser_measures(n),
            "quantities": quantities,
            "fixed": [[s, snr, denoiser_measures(n)] for s in ("emulator", "grid") for snr in (10.0, 30.0)],
            "rivals": {"noisy": {"10.0": 0.1, "30.0": 0.03}},
            "cases": [
                {
                    "kind": "injected line",
                    "snr": 10.0,
                    "n_spectra": 4,
                    "flagged": 1.0,
                    "shown": 0.1,
                    "moved": 0.5,
                    "named": 1.0,
                }
            ],
        },
        "denoise.hourglass": {
            "natural": denoiser_measures(n),
            "quantities": quantities,
            "trainings": [training("paper-dae")],
            "layers": LAYERS,
        },
        "denoise.example": {
            "wavelength_aa": wave,
            "truth": truth,
            "noisy": truth + 0.01,
            "sigma": np.full(pixels, 0.05),
            "snr": 10.0,
            "v_rad": 20.0,
            "denoised": both,
            "measures": {name: denoiser_measures(1) for name in both},
            "augmented": {
                "calibrated": truth,
                "noisy": truth + 0.02,
                "input": truth,
                "target": truth,
                "scale": 1.01,
                "offset": 0.002,
            },
        },
        "denoise.lines": {"rest_aa": wave, "truth": truth, "changed": truth * 0.99, "denoised": both},
    }


def stellar_cases(labels):
    found = []
    for case in COMPARED:
        true = np.column_stack([RNG.uniform(4000, 7000, 20), RNG.uniform(2, 5, 20), RNG.uniform(-1, 0, 20)])
        true = true[:, : len(labels)]
        scale = np.array([30.0, 0.1, 0.05])[: len(labels)]
        found.append(
            CaseResult(
                case,
                tuple(labels),
                true + scale * RNG.normal(size=true.shape),
                np.tile(scale, (20, 1)),
                true,
                np.full(20, 5e4),
            )
        )
    return found


def thesis():
    rows, kept = [], {}
    for name in (*STELLAR, BUNDLED):
        words = "TGM" if name == BUNDLED else name.rsplit("-", 1)[-1]
        cases = stellar_cases(LABEL_WORDS[words])
        rows += rows_of(name, cases, [(words, LABEL_WORDS[words])])
        if words == "TGM":
            kept[name] = [
                {
                    "case": one.case.name,
                    "labels": list(one.label_names),
                    "predicted": one.predicted,
                    "sigma": one.sigma,
                    "true": one.true,
                    "resolving_power": one.resolving_power,
                }
                for one in cases
            ]
    wave = np.linspace(9000.0, 9100.0, 80)
    pixels = {"wavelength_aa": wave, "flux": np.ones(80)}
    star = {
        "object": "GJ 699",
        "instrument": "HPF",
        "model": "mdwarf-starnet",
        "message": "",
        "is_flagged": False,
        "known": dict.fromkeys(MAIN_LABELS, 0.0),
        "e_known": dict.fromkeys(MAIN_LABELS, 0.1),
        "labels": dict.fromkeys(MAIN_LABELS, 0.05),
        "errors": dict.fromkeys(MAIN_LABELS, 0.1),
    }
    orders = [{**pixels, "wavelength_aa": wave + shift} for shift in (0.0, 90.0, 180.0)]
    sensitivity = {
        "labels": list(MAIN_LABELS),
        "wavelength_aa": wave,
        "flux": np.ones(80),
        "gradients": np.ones((3, 80)),
        "star": np.array([5772.0, 4.44, 0.0]),
        "edges_aa": np.array([9000.0, 9050.0, 9100.0]),
        "whole": np.ones(3),
        "hidden": np.full((2, 3), 1.1),
        "n": 20,
    }
    return {
        "thesis.comparison": {
            "rows": [[r.model, r.labels, r.data, r.label, r.n_spectra, r.values] for r in rows],
            "cases": kept,
            "trainings": [training(name) for name in STELLAR],
            "layers": dict.fromkeys((*WHOLE, BUNDLED), LAYERS),
        },
        "thesis.stars": {"stars": [star, {**star, "labels": {}, "message": "Too short."}]},
        "thesis.sensitivity": {BUNDLED: sensitivity, WHOLE[0]: sensitivity},
        "thesis.frame": {
            "steps": dict.fromkeys(("deblazed", "smoothed", "continuum", "polynomial", "after"), pixels),
            "cycles": [pixels] * 3,
            "orders": orders,
            "stitched": {"order i wins": pixels, "inverse variance": pixels},
            "truth": pixels,
            "notes": ["First cycle: window 7 px and order 3 by BIC."],
            "n_orders": 61,
            "n_pixels": 4096,
        },
        "thesis.synthetic": {
            "observed": pixels,
            "synthetic": pixels,
            "before": {"observed": pixels, "synthetic": pixels},
            "summaries": [],
        },
    }


RESULTS = {"alhambra": alhambra, "cvae": cvae, "denoise": denoise, "thesis": thesis}
