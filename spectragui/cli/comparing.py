"""What `spectragui evaluate` does with several models: one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress

if TYPE_CHECKING:
    from spectragui.training.parameters.observing_cases import CaseResult


def compare(
    models: Sequence[str],
    dataset: str,
    words: str,
    stars: Sequence[Path],
    grid: Path | None,
    output: Path | None,
    n_spectra: int,
    seed: int,
    device: str,
) -> None:
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

    if dataset != "heldout" and not dataset.endswith(".npz"):
        raise TrainingError(
            f"There is no dataset {dataset!r} for a comparison.",
            "Give `heldout` or a grid (.npz); folders of real stars with --stars.",
        )
    groups = label_groups(words)
    judges = [_judge(name, dataset, stars, grid, n_spectra, seed, device) for name in models]
    with progress_bar("Comparing") as progress:
        rows, results = compare_models(judges, groups, progress)
    notes = [
        f"{dataset}: up to {n_spectra} observations of each S/N, seed {seed}; R 20,000-115,000, v sin i < 30."
    ]
    echo(comparison_text(rows, notes))
    if output is not None:
        for path in write_comparison(rows, results, output, notes):
            echo(f"wrote {path}")


def _judge(
    name: str, dataset: str, stars: Sequence[Path], grid: Path | None, n_spectra: int, seed: int, device: str
) -> tuple[str, Callable[[Progress], list[CaseResult]]]:
    from spectragui.cli.evaluate import HELD_OUT, fastest, grid_of
    from spectragui.inference.parameters.model_store import named_model
    from spectragui.networks.parameter_network import load_network
    from spectragui.training.grids import read_grid
    from spectragui.training.parameters.model_comparison import compare_on_grid, real_stars_case
    from spectragui.training.parameters.real_stars import evaluate_folder

    model = named_model(name)

    def judge(progress: Progress) -> list[CaseResult]:
        names = model.emulator.label_names
        if dataset == HELD_OUT:
            spectra = read_grid(grid if grid is not None else grid_of(model), names).held_out()
        else:
            spectra = read_grid(dataset, names)
        network = load_network(model.path, device)
        found = compare_on_grid(
            model.name,
            network,
            spectra,
            model.card.domain.resolving_power,
            fastest(model),
            n_spectra=n_spectra,
            seed=seed,
            progress=progress,
        )
        for folder in stars:
            results, _ = evaluate_folder(folder, str(model.path), refine=False, device=device)
            case = real_stars_case(folder.resolve().name, results, network.label_names)
            found += [] if case is None else [case]
        return found

    return model.name, judge
