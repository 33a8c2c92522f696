"""`spectragui evaluate MODEL DATASET`: judge a model on spectra with known labels."""

from __future__ import annotations

from pathlib import Path

import click

from spectragui.cli.comparing import SAMPLINGS, compare
from spectragui.cli.evaluation_request import HELD_OUT, SHARED_GRID, EvaluationRequest, grid_of
from spectragui.cli.options import device_option, say_device
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.terminal import echo
from spectragui.core.errors import TrainingError
from spectragui.core.model_folder import find_model, read_card

PHOTOMETRY = "alhambra"
WINDOWS = "windows"  # the dataset that is held-out spectra, parts of the wavelengths alone


@click.command()
@click.argument("model")
@click.argument("others", nargs=-1, required=True, metavar="[MODEL]... DATASET")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Report folder."
)
@click.option(
    "--grid",
    type=click.Path(path_type=Path),
    metavar="NPZ",
    help="Grid that `heldout` is taken from; else below $SPECTRAGUI_SHARED or ../shared.",
)
@click.option(
    "--spectra", default=2000, show_default=True, type=click.IntRange(min=1), help="Observations a case."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of noise, R and v sin i."
)
@click.option("--no-refine", is_flag=True, help="Real spectra: judge the network only.")
@click.option("--to-card", is_flag=True, help="Write the mean absolute errors into the card of the model.")
@click.option(
    "--preset",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="WEIGHTS",
    help="Denoisers: model.safetensors of a trained hourglass, to be compared; may be repeated.",
)
@click.option(
    "--labels",
    metavar="WORDS",
    help="Compare networks by T, TG, TGM (with commas): MAE, MSE, RMSE, R2, bias of every label.",
)
@click.option(
    "--stars",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Comparison: real spectra with a labels.csv, too; may be repeated.",
)
@device_option
def evaluate(
    model: str, others: tuple[str, ...], output: Path | None, grid: Path | None, spectra: int, seed: int,
    no_refine: bool, to_card: bool, preset: tuple[Path, ...], labels: str | None, stars: tuple[Path, ...],
    device: str,
) -> None:  # fmt: skip
    """Judge MODEL on DATASET: errors, their calibration, residual figures.

    DATASET is `heldout` (the spectra that the model was never trained on), `windows` (the same, parts
    of the wavelengths alone), `samplings` (the same stars in pixels of three widths), a grid of synthetic
    spectra (.npz), or a folder with spectra and a table labels.csv (columns file, teff, logg ...).
    A generator (optical-cvae) is judged on `heldout`: its residuals, the labels that
    come back from its spectra, its latent space. Several models, or --labels, make a
    comparison; one network gives T, TG and TGM at once, networks trained on fewer labels
    (`train --labels T`) are named beside it. `alhambra` (all networks of photometry, or one of
    them in the place of the bundled one) is judged on `heldout`, beside the thesis' networks, a template
    fit and boosted trees, or on a catalogue that says redshifts, masses, types or stars.

    \b
    Examples:
      spectragui evaluate optical-parameters heldout -o report
      spectragui evaluate optical-cvae heldout -o report
      spectragui evaluate pfs-dae heldout --spectra 1000 -o report
      spectragui evaluate optical-parameters my_stars/
      spectragui evaluate optical-starnet optical-parameters heldout --labels T,TG,TGM -o report
      spectragui evaluate mdwarf-starnet windows
      spectragui evaluate optical-starnet runs/optical-any-length samplings --spectra 60
      spectragui evaluate alhambra heldout -o report
      spectragui evaluate alhambra my_catalogue.fits -o report
    """
    *more, dataset = others
    device = say_device(device)
    if model == PHOTOMETRY and not more:
        _evaluate_photometry("", dataset, grid, output, device)
        return
    asked = EvaluationRequest(dataset, grid, output, spectra, seed, device)
    folder = find_model(model)
    if more or labels or stars or dataset == SAMPLINGS:
        compare([model, *more], asked, labels or "T,TG,TGM", stars)
        return
    kind = read_card(folder).kind
    if kind == "photometry":
        _evaluate_photometry(str(folder), dataset, grid, output, device)
        return
    if kind == "fused":
        _evaluate_fused(folder, asked)
    elif kind == "denoiser":
        _evaluate_denoiser(folder, asked, preset)
    elif kind == "cvae":
        _evaluate_generator(folder, asked)
    elif dataset != HELD_OUT and Path(dataset).is_dir():
        _evaluate_folder(folder, Path(dataset), output, refine=not no_refine, device=device)
    else:
        _evaluate_grid(folder, asked, to_card)


def _evaluate_photometry(
    model: str, dataset: str, mock: Path | None, output: Path | None, device: str
) -> None:
    from spectragui.io.catalogues import read_catalogue
    from spectragui.training.photometry.evaluation import evaluate_catalogue, evaluate_heldout
    from spectragui.training.photometry.report import photometry_report_text, write_photometry_report

    name = Path(model).name if model else PHOTOMETRY
    with progress_bar(f"Evaluating {name}") as progress:
        if dataset == HELD_OUT:
            report = evaluate_heldout(model, str(mock or ""), device, progress)
        else:
            report = evaluate_catalogue(read_catalogue(dataset), model, device, progress)
    shown = HELD_OUT if dataset == HELD_OUT else Path(dataset).name
    echo(photometry_report_text(name, shown, report))
    if output is not None:
        for path in write_photometry_report(name, shown, report, output):
            echo(f"wrote {path}")


def _evaluate_grid(folder: Path, asked: EvaluationRequest, to_card: bool) -> None:
    from spectragui.inference.opened_model import open_model
    from spectragui.networks.parameter_network import load_network
    from spectragui.training.grids import read_grid
    from spectragui.training.parameters.model_card import write_metrics
    from spectragui.training.parameters.observing_cases import (
        cases_within,
        fastest,
        usual_cases,
        window_cases,
    )
    from spectragui.training.parameters.report import (
        evaluate_network,
        report_text,
        targets_of,
        write_report,
    )

    model = open_model(str(folder))
    names = model.emulator.label_names
    if asked.dataset in (HELD_OUT, WINDOWS):
        chosen = read_grid(asked.grid if asked.grid is not None else grid_of(model), names).held_out()
    elif asked.dataset.endswith(".npz"):
        chosen = read_grid(asked.dataset, names)
    else:
        raise TrainingError(
            f"There is no dataset {asked.dataset!r}.",
            f"Give `{HELD_OUT}`, `{WINDOWS}`, a grid (.npz), or a folder with labels.csv.",
        )
    for note in chosen.notes:
        echo(note, err=True)
    network = load_network(folder, asked.device)
    with progress_bar(f"Evaluating {folder.name}") as progress:
        cases = usual_cases(model.card.domain.resolving_power, fastest(model.card))
        if asked.dataset == WINDOWS:
            cases = cases_within(
                window_cases(model.window_aa), model.card.domain.resolving_power, fastest(model.card)
            )
        results = evaluate_network(
            network, chosen, n_spectra=asked.n_spectra, cases=cases, seed=asked.seed, progress=progress
        )
    name = asked.dataset if asked.dataset in (HELD_OUT, WINDOWS) else Path(asked.dataset).name
    targets = targets_of(model.card)
    echo(report_text(folder.name, name, len(chosen), results, targets))
    if to_card:
        echo(f"wrote {write_metrics(results, folder)}")
    if asked.output is not None:
        for path in write_report(folder.name, name, len(chosen), results, asked.output, targets):
            echo(f"wrote {path}")


def _evaluate_fused(folder: Path, asked: EvaluationRequest) -> None:
    from spectragui.core.atomic_write import write_text_atomically
    from spectragui.training.fused.run import evaluate_fused
    from spectragui.training.parameters.report_figures import make_folder

    if asked.dataset != HELD_OUT:
        raise TrainingError(f"Two arms are not judged on {asked.dataset!r}.", f"Give `{HELD_OUT}`.")
    text = evaluate_fused(folder, asked.seed, asked.n_spectra)
    echo(text)
    if asked.output is not None:
        make_folder(asked.output)
        write_text_atomically(asked.output / "report.md", text + "\n")
        echo(f"wrote {asked.output / 'report.md'}")


def _evaluate_denoiser(folder: Path, asked: EvaluationRequest, presets: tuple[Path, ...]) -> None:
    from spectragui.inference.denoise.denoiser import Denoiser
    from spectragui.training.denoiser.report import evaluate_denoiser, report_text, write_report
    from spectragui.training.denoiser.run import domain_of
    from spectragui.training.grids import find_shared_file, read_grid

    if asked.dataset != HELD_OUT:
        raise TrainingError(f"A denoiser is not judged on {asked.dataset!r}.", f"Give `{HELD_OUT}`.")
    config = domain_of(folder)
    spectra = read_grid(
        asked.grid if asked.grid is not None else find_shared_file(*Path(config.grid).parts)
    ).held_out()
    with progress_bar(f"Evaluating {folder.name}") as progress:
        report = evaluate_denoiser(
            Denoiser.load(folder, asked.device),
            config,
            spectra,
            n_spectra=asked.n_spectra,
            seed=asked.seed,
            presets={f"hourglass {path.parent.name}": path for path in presets},
            progress=progress,
        )
    echo(report_text(folder.name, report))
    if asked.output is not None:
        for path in write_report(folder.name, report, asked.output):
            echo(f"wrote {path}")


def _evaluate_generator(folder: Path, asked: EvaluationRequest) -> None:
    from spectragui.simulation.generator import SpectrumGenerator, read_generator
    from spectragui.training.generator.report import (
        evaluate_generator,
        generator_report_text,
        write_generator_report,
    )
    from spectragui.training.grids import find_shared_file, read_grid

    if asked.device != "cpu":
        echo("A generator is judged on the CPU: its spectra are computed without torch.", err=True)
    if asked.dataset != HELD_OUT:
        raise TrainingError(f"A generator is not judged on {asked.dataset!r}.", f"Give `{HELD_OUT}`.")
    generator = read_generator(folder)
    if not isinstance(generator, SpectrumGenerator):
        raise TrainingError(
            f"The generator {folder.name} has no encoder and no basis, which the report is about.",
            "It generates: spectragui generate --model.",
        )
    spectra = read_grid(asked.grid if asked.grid is not None else find_shared_file(*SHARED_GRID))
    with progress_bar(f"Evaluating {folder.name}") as progress:
        result = evaluate_generator(
            generator, spectra, n_spectra=asked.n_spectra, seed=asked.seed, progress=progress
        )
    n_grid = len(spectra.held_out())
    echo(generator_report_text(folder.name, n_grid, result))
    if asked.output is not None:
        for path in write_generator_report(folder.name, n_grid, result, asked.output):
            echo(f"wrote {path}")


def _evaluate_folder(folder: Path, stars: Path, output: Path | None, *, refine: bool, device: str) -> None:
    from spectragui.core.atomic_write import write_text_atomically
    from spectragui.training.parameters.real_stars import evaluate_folder, star_table
    from spectragui.training.parameters.report_figures import make_folder

    with progress_bar(f"Predicting {stars.name}") as progress:
        results, notes = evaluate_folder(stars, str(folder), refine=refine, device=device, progress=progress)
    for note in notes:
        echo(note, err=True)
    text = f"# {folder.name} on {stars.resolve().name}\n\n{star_table(results)}\n"
    echo(text)
    if output is not None:
        make_folder(output)
        write_text_atomically(output / "report.md", text)
        echo(f"wrote {output / 'report.md'}")
    if any(result.prediction is None for result in results):
        click.get_current_context().exit(1)
