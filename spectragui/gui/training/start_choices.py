"""What a training can start from: the models of every kind, and new networks by the papers' names."""

from __future__ import annotations

import dataclasses

from spectragui.core.model_folder import list_models
from spectragui.core.package_data import resource
from spectragui.gui.training.training_plan import TrainingPlan, TrainingSettings
from spectragui.inference.parameters.model_store import parameter_models
from spectragui.training.config_file import find_config, read_config
from spectragui.training.kinds import KINDS

_SHORT = {"denoiser": "denoiser", "cvae": "generator", "photometry": "photometry"}
#: New networks: name of a bundled configuration -> kind, what stands in the list.
PRESETS = {
    "": ("parameters", "New network"),
    "paper-starnet": ("parameters", "New network: StarNet"),
    "paper-vgg": ("parameters", "New network: VGG"),
    "paper-dae": ("denoiser", "New network: Pal & Dobos (denoiser)"),
    "paper-cvae": ("cvae", "New network: Gebran & Bentley (generator)"),
    "paper-alhambra-redshift": ("photometry", "New network: ALHAMBRA thesis, redshift"),
    "paper-alhambra-stellarity": ("photometry", "New network: ALHAMBRA thesis, stellarity"),
    "paper-alhambra-mass": ("photometry", "New network: ALHAMBRA thesis, mass"),
    "paper-alhambra-type": ("photometry", "New network: ALHAMBRA thesis, type"),
}


@dataclasses.dataclass(frozen=True)
class StartChoice:
    """One entry of the list."""

    text: str
    kind: str
    base: str
    preset: str


def start_choices() -> list[StartChoice]:
    """Return what a training can start from: models of parameters, of the other kinds, then presets."""
    found = [StartChoice(entry.card.name, "parameters", entry.card.name, "") for entry in parameter_models()]
    for kind, about in KINDS.items():
        if kind != "parameters" and about.is_in_dialog:
            names = [entry.card.name for entry in list_models(kind)]
            found += [StartChoice(f"{name} ({_SHORT.get(kind, kind)})", kind, name, "") for name in names]
    found += [
        StartChoice(text, kind, "", preset)
        for preset, (kind, text) in PRESETS.items()
        if not preset or resource("training", f"{preset}.toml").is_file()
    ]
    return found


def usual_settings(plan: TrainingPlan) -> TrainingSettings:
    """Return the settings that suit what a plan starts from; those of a preset are the paper's."""
    usual = TrainingSettings(seed=plan.settings.seed, device=plan.settings.device)
    if plan.preset:
        training = read_config(find_config(plan.preset)).training
        return dataclasses.replace(
            usual, steps=training.steps, batch=training.batch, rate_e4=1e4 * training.learning_rate,
            average=training.average, validate_every=training.validate_every, rehearsal=0.0,
            weight_decay=training.weight_decay,
        )  # fmt: skip
    if not plan.base:
        return dataclasses.replace(usual, steps=2000, rate_e4=10.0, rehearsal=0.0, validate_every=50)
    if plan.kind == "denoiser":
        return dataclasses.replace(usual, rate_e4=10.0, rehearsal=0.3)
    if plan.kind == "photometry":
        return dataclasses.replace(
            usual, steps=600, batch=256, average=0.99, validate_every=50, rehearsal=0.0
        )
    if plan.kind == "cvae":
        return dataclasses.replace(usual, batch=128, rate_e4=1.0)
    return usual


def unused_settings(plan: TrainingPlan) -> tuple[str, ...]:
    """Return the settings that say nothing of what a plan starts from: they are not shown."""
    unused = {"network", "together", "rehearsal", "draws", "calibration", "learning_curve", "folds", "freeze"}
    if plan.kind == "parameters":
        unused -= {"learning_curve", "folds"}
        unused -= {"rehearsal", "freeze"} if plan.base else {"together"}
        if not plan.base and not plan.preset:
            unused -= {"network"}
    elif plan.base:
        unused -= {"freeze"}
        if plan.kind != "photometry":
            unused -= {"rehearsal"}
        if plan.kind == "denoiser":
            unused -= {"draws", "calibration"}
    return tuple(sorted(unused))
