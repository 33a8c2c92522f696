"""`Chain`: stages in order, each on or off; runs them and re-runs only what changed."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from typing import Any

from spectragui.core.errors import SpectraGUIError, StageError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.preprocessing.stage import Stage, StageResult

_ids = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class ChainStep:
    """One place of a chain.

    Attributes
    ----------
    stage : Stage
    is_on : bool
        Off = passed over, its parameters kept.
    id : int
        Tells two equal steps apart on screen; no part of equality.
    """

    stage: Stage
    is_on: bool = True
    id: int = dataclasses.field(default_factory=lambda: next(_ids), compare=False)


@dataclasses.dataclass(frozen=True, eq=False)
class ChainRun:
    """What a chain gave for one spectrum.

    Attributes
    ----------
    chain : Chain
    source : Spectrum or EchelleSpectrum
        What went in.
    results : tuple of StageResult
        One a step, up to the failing one; a step that is off passes its input on.
    error : SpectraGUIError or None
        Why the step ``len(results)`` failed; what follows it was not run.
    """

    chain: Chain
    source: AnySpectrum
    results: tuple[StageResult, ...]
    error: SpectraGUIError | None = None

    @property
    def spectra(self) -> tuple[AnySpectrum, ...]:
        """The source and the spectrum after each step that was run."""
        return (self.source, *(result.spectrum for result in self.results))

    @property
    def spectrum(self) -> AnySpectrum:
        """The last spectrum there is."""
        return self.spectra[-1]

    @property
    def failed_step(self) -> int | None:
        """Index of the step that failed."""
        return None if self.error is None else len(self.results)

    @property
    def output(self) -> AnySpectrum:
        """The result of the whole chain, with its history and its hash in ``meta``.

        Raises
        ------
        SpectraGUIError
            The error of the failing stage.
        """
        if self.error is not None:
            raise self.error
        history = (*self.source.meta.get("history", ()), *self.chain.summaries())
        return self.spectrum.with_meta(history=history, chain_hash=self.chain.hash)


@dataclasses.dataclass(frozen=True)
class Chain:
    """Stages in the order in which they are applied.

    Attributes
    ----------
    steps : tuple of ChainStep
    title : str
        On screen.
    text : str
        What the chain is for.
    """

    steps: tuple[ChainStep, ...] = ()
    title: str = dataclasses.field(default="Chain", compare=False)
    text: str = dataclasses.field(default="", compare=False)

    @staticmethod
    def of(*stages: Stage, title: str = "Chain", text: str = "") -> Chain:
        """Return a chain of stages that all are on."""
        return Chain(tuple(ChainStep(stage) for stage in stages), title, text)

    def __len__(self) -> int:
        return len(self.steps)

    def insert(self, index: int, stage: Stage) -> Chain:
        """Return a chain with a stage put before the ``index``-th step."""
        return self._with((*self.steps[:index], ChainStep(stage), *self.steps[index:]))

    def remove(self, index: int) -> Chain:
        """Return a chain without its ``index``-th step."""
        return self._with((*self.steps[:index], *self.steps[index + 1 :]))

    def duplicate(self, index: int) -> Chain:
        """Return a chain with its ``index``-th step twice."""
        return self.insert(index + 1, self.steps[index].stage)

    def move(self, index: int, new_index: int) -> Chain:
        """Return a chain with its ``index``-th step at another place."""
        others = list(self.remove(index).steps)
        others.insert(new_index, self.steps[index])
        return self._with(tuple(others))

    def with_stage(self, index: int, stage: Stage) -> Chain:
        """Return a chain with another stage in its ``index``-th step."""
        return self._with_step(index, stage=stage)

    def switched(self, index: int, is_on: bool) -> Chain:
        """Return a chain with its ``index``-th step on or off."""
        return self._with_step(index, is_on=is_on)

    def run(
        self, spectrum: AnySpectrum, earlier: ChainRun | None = None, progress: Progress = no_progress
    ) -> ChainRun:
        """Apply the stages and keep every spectrum on the way.

        Parameters
        ----------
        spectrum : Spectrum or EchelleSpectrum
        earlier : ChainRun, optional
            A run of the same spectrum: the results of the steps that are the same again, from the
            first on, are taken over.
        progress : Progress
            Called before each stage; may raise `Cancelled`.
        """
        results = list(self._same_results(spectrum, earlier))
        now = results[-1].spectrum if results else spectrum
        for index in range(len(results), len(self.steps)):
            step = self.steps[index]
            progress(index / len(self.steps), step.stage.title)
            if not step.is_on:
                results.append(StageResult(now))
                continue
            try:
                results.append(step.stage.run(now))
            except SpectraGUIError as error:
                return ChainRun(self, spectrum, tuple(results), error)
            now = results[-1].spectrum
        progress(1.0)
        return ChainRun(self, spectrum, tuple(results))

    def apply(self, spectrum: AnySpectrum, progress: Progress = no_progress) -> AnySpectrum:
        """Return the spectrum after all stages.

        Raises
        ------
        StageError
            If a stage fails; the message names it.
        """
        run = self.run(spectrum, progress=progress)
        if run.error is not None:
            title = self.steps[len(run.results)].stage.title
            raise StageError(f"{title}: {run.error.message}", run.error.hint) from run.error
        return run.output

    def summaries(self) -> tuple[str, ...]:
        """Return a line for each stage that is on, for the history of a spectrum."""
        return tuple(step.stage.summary for step in self.steps if step.is_on)

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that tell chains apart; steps that are off do not count."""
        active = [[step.stage.name, step.stage.parameters()] for step in self.steps if step.is_on]
        return hashlib.sha256(json.dumps(active, sort_keys=True).encode()).hexdigest()[:12]

    def _same_results(self, spectrum: AnySpectrum, earlier: ChainRun | None) -> tuple[StageResult, ...]:
        if earlier is None or earlier.source is not spectrum:
            return ()
        pairs = zip(self.steps, earlier.chain.steps, strict=False)
        n_same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        return earlier.results[:n_same]

    def _with(self, steps: tuple[ChainStep, ...]) -> Chain:
        return dataclasses.replace(self, steps=steps)

    def _with_step(self, index: int, **changes: Any) -> Chain:
        step = dataclasses.replace(self.steps[index], **changes)
        return self._with((*self.steps[:index], step, *self.steps[index + 1 :]))
