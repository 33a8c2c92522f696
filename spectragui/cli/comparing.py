"""What `spectragui evaluate` does with several models: one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.cli.evaluation_request import HELD_OUT, EvaluationRequest, grid_of
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress

SAMPLINGS = "samplings"  # the dataset that is the same stars at three samplings
MOST_STARS = 200

if TYPE_CHECKING:
    from spectragui.training.parameters.observing_cases import CaseResult


def compare(models: Sequence[str], asked: EvaluationRequest, words: str, stars: Sequence[Path]) -> None:
    """Compare networks on held-out spectra (or a grid) and on folders of real ones; print and write it.

    Raises
    ------
    TrainingError
        If a model gives no parameters, or the data set is none.
    """
    from spectragui.training.parameters.model_comparison import (
        compare_models,
        comparison_text,
        label_groups,
        write_comparison,
    )

    if asked.dataset == SAMPLINGS:
        _compare_samplings(models, asked)
        return
    if asked.dataset != "heldout" and not asked.dataset.endswith(".npz"):
        raise TrainingError(
            f"There is no dataset {asked.dataset!r} for a comparison.",
            "Give `heldout`, `samplings` or a grid (.npz); folders of real stars with --stars.",
        )
    groups = label_groups(words)
    judges = [_judge(name, asked, stars) for name in models]
    with progress_bar("Comparing") as progress:
        rows, results = compare_models(judges, groups, progress)
    notes = [
        f"{asked.dataset}: up to {asked.n_spectra} observations of each S/N, seed {asked.seed};"
        " R 20,000-115,000, v sin i < 30."
    ]
    echo(comparison_text(rows, notes))
    if asked.output is not None:
        for path in write_comparison(rows, results, asked.output, notes):
            echo(f"wrote {path}")


def _compare_samplings(models: Sequence[str], asked: EvaluationRequest) -> None:
    """Say what forcing spectra on a grid costs, of models of one emulator."""
    from spectragui.core.atomic_write import write_text_atomically
    from spectragui.inference.parameters.model_store import named_model
    from spectragui.training.parameters.report_figures import make_folder
    from spectragui.training.parameters.sampling_report import compare_samplings, sampling_text

    opened = [named_model(name) for name in models]
    if len({model.card.companions.emulator for model in opened}) > 1:
        raise TrainingError("The models have different emulators.", "Compare models of one window.")
    with progress_bar("Comparing samplings") as progress:
        rows, widths = compare_samplings(opened, min(asked.n_spectra, MOST_STARS), asked.seed, progress)
    text = sampling_text(rows, widths)
    echo(text)
    if asked.output is not None:
        make_folder(asked.output)
        write_text_atomically(asked.output / "samplings.md", f"# What resampling costs\n\n{text}\n")
        echo(f"wrote {asked.output / 'samplings.md'}")


def _judge(
    name: str, asked: EvaluationRequest, stars: Sequence[Path]
) -> tuple[str, Callable[[Progress], list[CaseResult]]]:
    from spectragui.inference.parameters.model_store import named_model
    from spectragui.networks.parameter_network import load_network
    from spectragui.training.grids import read_grid
    from spectragui.training.parameters.model_comparison import (
        cases_compared,
        compare_on_grid,
        real_stars_case,
    )
    from spectragui.training.parameters.observing_cases import fastest
    from spectragui.training.parameters.real_stars import evaluate_folder

    model = named_model(name)

    def judge(progress: Progress) -> list[CaseResult]:
        names = model.emulator.label_names
        if asked.dataset == HELD_OUT:
            spectra = read_grid(asked.grid if asked.grid is not None else grid_of(model), names).held_out()
        else:
            spectra = read_grid(asked.dataset, names)
        network = load_network(model.path, asked.device)
        found = compare_on_grid(
            network,
            spectra,
            cases_compared(model.name, model.card.domain.resolving_power, fastest(model.card)),
            n_spectra=asked.n_spectra,
            seed=asked.seed,
            progress=progress,
        )
        for folder in stars:
            results, _ = evaluate_folder(folder, str(model.path), refine=False, device=asked.device)
            case = real_stars_case(folder.resolve().name, results, network.label_names)
            found += [] if case is None else [case]
        return found

    return model.name, judge
