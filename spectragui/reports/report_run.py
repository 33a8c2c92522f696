"""`ReportRun`: the steps of a page, each computed once, kept on disk, and the presets that they need."""

from __future__ import annotations

import dataclasses
import importlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spectragui import __version__
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.registry import Registry
from spectragui.reports.preset_models import fingerprint, trained_preset
from spectragui.reports.report_settings import ReportSettings
from spectragui.reports.result_store import ResultStore

COST = "cost"  # key of a result: what it took


class ReportRun:
    """The results of one page.

    Parameters
    ----------
    settings : ReportSettings
    """

    def __init__(self, settings: ReportSettings) -> None:
        self.settings = settings
        self.store = ResultStore(settings.folder / "results" / settings.kind)
        self.results: dict[str, dict[str, Any]] = {}

    @property
    def quick(self) -> bool:
        """Whether it is short."""
        return self.settings.quick

    def count(self, quick: int, full: int) -> int:
        """Return how many spectra are judged."""
        return quick if self.quick else full

    def result(self, name: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Return the result of a step: known, kept on disk, or computed now."""
        if name in self.results:
            return self.results[name]
        step = STEPS.get(name)
        signature = {
            "version": __version__, "seed": self.settings.seed, "presets": self._fingerprints(step.presets)
        }  # fmt: skip
        found = self.store.read(name, signature)
        if found is None:
            wall, cpu = time.monotonic(), time.process_time()
            computed = step.compute(self, progress)
            cost = {"wall_s": time.monotonic() - wall, "cpu_s": time.process_time() - cpu}
            found = {**computed, COST: cost}
            # A preset that was trained for this step has its fingerprint only now.
            signature["presets"] = self._fingerprints(step.presets)
            self.store.write(name, signature, found)
        progress(1.0, step.title)
        self.results[name] = found
        return found

    def model(self, name: str, progress: Progress = no_progress) -> Path:
        """Return the folder of a trained preset; it is trained where it is not there yet."""
        return trained_preset(self.settings, name, progress)

    def _fingerprints(self, presets: tuple[str, ...]) -> dict[str, str]:
        return {name: fingerprint(self.settings, name) for name in presets}


Compute = Callable[[ReportRun, Progress], Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Step:
    """Something that is computed once for a page.

    Attributes
    ----------
    name, title : str
    compute : callable
        ``compute(run, progress)`` returns a tree of numbers, texts and arrays.
    weight : float
        About so many seconds of one core, in a quick run.
    presets : tuple of str
        Trained networks that it looks at: another one makes it anew.
    """

    name: str
    title: str
    compute: Compute
    weight: float
    presets: tuple[str, ...] = ()


STEPS: Registry[Step] = Registry("step")


def register_step(
    name: str, title: str, weight: float, presets: tuple[str, ...] = ()
) -> Callable[[Compute], Compute]:
    """Return a decorator that registers a step ("cvae.residuals")."""

    def store(compute: Compute) -> Compute:
        STEPS.register(name)(Step(name, title, compute, weight, presets))
        return compute

    return store


def compute_steps(run: ReportRun, names: tuple[str, ...], progress: Progress = no_progress) -> None:
    """Compute what is not known yet, step by step."""
    importlib.import_module(f"spectragui.reports.{run.settings.paper}.evaluation")
    weights = [STEPS.get(name).weight for name in names]
    total, done = sum(weights) or 1.0, 0.0
    for name, weight in zip(names, weights, strict=True):
        title = STEPS.get(name).title

        def say(fraction: float, message: str = "", start: float = done, share: float = weight,
                title: str = title) -> None:  # fmt: skip
            shown = title if message in ("", title) else f"{title}: {message}"
            part_of(progress, start / total, (start + share) / total)(fraction, shown)

        say(0.0)
        run.result(name, say)
        done += weight
